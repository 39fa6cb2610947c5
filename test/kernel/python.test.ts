import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { installKernel } from "../../src/kernel/install";

/** The kernel through Jupyter's own client. These tests are Python, run by the Python that `npm run setup` prepares. */
const environment = join(import.meta.dirname, "..", "..", ".venv");
const python = join(environment, "bin", "python");
const full = process.env["DEEPFIXCX_TEST_FULL"] === "1";
const patienceMs = full ? 1_800_000 : 600_000;

async function run(...args: readonly string[]): Promise<string> {
  // unittest reports on stderr.
  const { stdout, stderr } = await promisify(execFile)(python, args, { cwd: import.meta.dirname, maxBuffer: 2 ** 26 });
  return stdout + stderr;
}

// Without the Python environment of `npm run setup` there is no Jupyter to test with.
describe.skipIf(!existsSync(python))("the kernel through Jupyter's client", () => {
  beforeAll(() => void installKernel({ prefix: environment }));

  it(
    "passes jupyter_kernel_test but for the pager",
    async () => {
      const report = await run("test_messaging.py", "-v");
      const skipped = report.match(/^.*\.\.\. skipped.*$/gm) ?? [];
      expect(skipped.map((line) => line.split(" ")[0])).toEqual(["test_pager"]);
    },
    patienceMs,
  );

  it("keeps what it promises of cells", async () => void (await run("test_cells.py")), patienceMs);

  it(
    "serves danfo, tensors, the library's long calls and papermill",
    async () => void (await run("test_library.py")),
    patienceMs,
  );

  it(
    "survives malformed, mis-signed and out-of-order messages",
    async () => expect(await run("fuzz.py", full ? "10000" : "500")).toContain("the kernel lives"),
    patienceMs,
  );
});
