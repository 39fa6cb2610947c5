import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { DataError } from "../../core/errors";
import { packageFolder } from "../../core/paths";
import { installKernel, installStockKernel } from "../../kernel/install";
import { pythonIn } from "../setup/jupyter";
import type { Benchmark, Row } from "./benchmark";

const script = join(packageFolder, "src", "cli", "bench", "measure_kernel.py");

/**
 * Our kernel, tslab as it comes, and ipykernel, in turn. `readyMs` ends with the answer to `kernel_info_request` and a
 * heartbeat, as Jupyter's own client waits; `firstCellDoneMs`, from the start too, ends with the first cell.
 */
export const kernel: Benchmark = {
  summary: "the kernel beside stock tslab and ipykernel: start, a small cell, 100,000 lines, memory",
  async *run(peer) {
    const python = pythonIn(resolve(".venv"));
    if (!existsSync(python))
      throw new DataError({
        where: "bench kernel",
        required: "Jupyter in .venv",
        got: "none",
        remedy: "run setup first",
      });
    const prefix = await mkdtemp(join(tmpdir(), "deepfixcx-bench-"));
    try {
      installKernel({ prefix });
      installStockKernel({ prefix });
      yield await measure(python, prefix, "deepfixcx", "typescript");
      yield await measure(python, prefix, "tslab", "typescript");
      yield await measure(python, prefix, "python3", "python");
      if (peer !== undefined) yield* await peer();
    } finally {
      await rm(prefix, { recursive: true });
    }
  },
};

async function measure(python: string, prefix: string, name: string, language: string): Promise<Row> {
  const env = { ...process.env, JUPYTER_PATH: join(prefix, "share", "jupyter") };
  const { stdout } = await promisify(execFile)(python, [script, name, language], { env, cwd: prefix });
  return JSON.parse(stdout) as Row;
}
