import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageFolder } from "../../src/core/paths";
import { paperResults } from "../../src/experiment/paperResults";

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
    symlinkSync(join(packageFolder, "node_modules"), join(project, "node_modules"));
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

  it("lists every result of the paper with status and reason", () => {
    const report = readFileSync(join(project, "reports", "results.json"), "utf8");
    const { results } = JSON.parse(report) as { results: { id: string; status: string; reason: string }[] };
    expect(results.length).toBe(paperResults.length);
    expect(results.every(({ status, reason }) => status === "not run" && reason !== "")).toBe(true);
  });

  it("reads what an earlier run made, still compares it, and runs a changed notebook again", async () => {
    expect((await reproduce("same")).text).toMatch(/same: ran read, same notebook, code and data/);
    expect(await reproduce("changed")).toMatchObject({
      code: 1,
      text: expect.stringMatching(/read.*[^]*43, now 42/) as string,
    });
    notebook("changed", "console.log(7 * 7)", "43\n");
    expect((await reproduce("changed")).text).toMatch(/changed: differs in \d+ s\n\s+cell 1: committed 43, now 49/);
  });

  it("makes the executed notebook the committed one when told to", async () => {
    expect(await reproduce("changed", "--accept")).toMatchObject({ code: 0 });
    expect(readFileSync(join(project, "notebooks", "changed.ipynb"), "utf8")).toContain("49");
    expect(await reproduce("changed")).toMatchObject({ code: 0 });
    expect(await reproduce("changed", "--full", "--accept")).toMatchObject({ code: 2 });
  });

  it("fails a number that depends on no data and is not the paper's, naming it", async () => {
    const source = [
      'import { paperTable } from "deepfixcx";',
      'paperTable([{ id: "chest-J1-P19-densenet121-ratio", ours: 2 }], { name: "phantoms", synthetic: true })',
    ].join("\n");
    notebook("wrong", source, "");
    expect(await reproduce("wrong")).toMatchObject({
      code: 1,
      text: expect.stringContaining("result chest-J1-P19-densenet121-ratio: 2, the paper 1.41") as string,
    });
    rmSync(join(project, "notebooks", "wrong.ipynb"));
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
