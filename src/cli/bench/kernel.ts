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
import { median, type Benchmark, type Row } from "./benchmark";

const script = join(packageFolder, "src", "cli", "bench", "measure_kernel.py");

const rounds = 5;
const kernels = { deepfixcx: "typescript", tslab: "typescript", python3: "python" } as const;

/**
 * Our kernel, tslab as it comes, and ipykernel, in turn, a few rounds; the medians of these are given. `readyMs` ends with the answer to `kernel_info_request` and a
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
      const measured: Row[] = [];
      for (let round = 0; round < rounds; round++)
        for (const [name, language] of Object.entries(kernels))
          measured.push(await measure(python, prefix, name, language));
      for (const name of Object.keys(kernels)) yield medians(measured.filter(({ kernel }) => kernel === name));
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

/** One row for several of the same kernel. */
function medians(rows: readonly Row[]): Row {
  const [first = {}] = rows;
  const numbers = Object.keys(first).filter((name) => typeof first[name] === "number");
  const middle = numbers.map((name) => [name, median(rows.map((row) => Number(row[name])))] as const);
  return { ...first, ...Object.fromEntries(middle), rounds: rows.length };
}
