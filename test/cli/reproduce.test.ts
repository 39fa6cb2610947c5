import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths";

const environment = join(packageFolder, ".venv");
const project = mkdtempSync(join(tmpdir(), "reproduce-"));
afterAll(() => rmSync(project, { recursive: true, force: true }));

interface Run {
  readonly code: number;
  readonly text: string;
}

function reproduce(...args: readonly string[]): Promise<Run> {
  const env = { ...process.env, DEEPFIXCX_DATA: "", DEEPFIXCX_REPORTS: "" };
  delete (env as NodeJS.ProcessEnv)["DEEPFIXCX_REPORTS"];
  return new Promise((resolve) => {
    const main = join(packageFolder, "dist", "cli", "main.js");
    execFile(process.execPath, [main, "reproduce", ...args], { cwd: project, env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, text: stdout + stderr });
    });
  });
}

function notebook(name: string, source: string, said: string): void {
  const outputs = [{ output_type: "stream", name: "stdout", text: [said] }];
  const cell = { cell_type: "code", id: "one", metadata: { tags: ["check"] }, execution_count: 1, outputs, source };
  const content = { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 };
  writeFileSync(join(project, "notebooks", `${name}.ipynb`), JSON.stringify(content));
}

describe.skipIf(!existsSync(environment))("reproduce (needs the .venv that set-up makes)", { timeout: 120_000 }, () => {
  beforeAll(() => {
    writeFileSync(join(project, "package.json"), "{}");
    symlinkSync(environment, join(project, ".venv"));
    mkdirSync(join(project, "notebooks"));
    notebook("same", "console.log(6 * 7)", "42\n");
    notebook("changed", "console.log(6 * 7)", "43\n");
    notebook("broken", "throw new Error('no such luck')", "");
  });

  it("runs notebooks, says which fail or differ and where, and writes their pages and an index", async () => {
    const { code, text } = await reproduce();
    expect(code).toBe(1);
    expect(text).toMatch(/same: ran/);
    expect(text).toMatch(/changed: differs .*\n\s+cell 1: committed 43, now 42/);
    expect(text).toMatch(/broken: failed [^]*no such luck/);
    expect(existsSync(join(project, "reports", "same.ipynb"))).toBe(true);
    expect(readFileSync(join(project, "reports", "index.html"), "utf8")).toContain('<a href="same.html">same</a>');
  });

  it("exits 0 when all agree", async () => {
    expect(await reproduce("same.ipynb")).toMatchObject({ code: 0 });
  });

  it("refuses an unknown notebook, naming the known ones, and a data folder that is not there", async () => {
    expect(await reproduce("other")).toMatchObject({
      code: 2,
      text: expect.stringContaining("broken, changed, same") as string,
    });
    expect(await reproduce("same", "--data", "nowhere")).toMatchObject({
      code: 1,
      text: expect.stringContaining("nowhere") as string,
    });
  });
});
