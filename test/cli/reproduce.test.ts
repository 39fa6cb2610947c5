import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { packageFolder } from "../../src/core/paths";
import { paperResults } from "../../src/experiment/paperResults";

const environment = join(packageFolder, ".venv");
const project = mkdtempSync(join(tmpdir(), "reproduce-"));
afterAll(() => rmSync(project, { recursive: true, force: true }));

interface Run {
  readonly code: number;
  readonly text: string;
}

const main = join(packageFolder, "dist", "cli", "main.js");
const env: NodeJS.ProcessEnv = { ...process.env, DEEPFIXCX_DATA: "" };
delete env["DEEPFIXCX_REPORTS"];

function reproduce(...args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, "reproduce", ...args], { cwd: project, env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, text: stdout + stderr });
    });
  });
}

/** In a process group of its own, so that all of it can be killed. */
function startReproduce(): ChildProcess {
  return spawn(process.execPath, [main, "reproduce"], { cwd: project, env, detached: true, stdio: "ignore" });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const inProject = (...parts: readonly string[]): string => join(project, ...parts);
const read = (...parts: readonly string[]): string => readFileSync(inProject(...parts), "utf8");

/** Says who runs it, then waits for a file: it is cut off in the middle, and comes to its end the next time. */
const waiting = `import { existsSync, writeFileSync } from "node:fs";
if (!existsSync("go")) {
  writeFileSync("kernel.pid", String(process.pid));
  await new Promise(() => {});
}
console.log(6 * 7)`;

/** A number that depends on no data and is not the paper's. */
const wrong = `import { paperTable } from "deepfixcx";
paperTable([{ id: "chest-J1-P19-densenet121-ratio", ours: 2 }], { name: "phantoms", synthetic: true })`;

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
    notebook("wrong", wrong, "");
    notebook("waiting", waiting, "42\n");
  });

  it("goes on where a run was killed with all its processes, and leaves no kernel behind", async () => {
    const first = startReproduce();
    const mark = inProject("reports", ".runs", "same.json");
    const pid = inProject("notebooks", "kernel.pid");
    await vi.waitFor(() => expect([mark, pid].map(existsSync)).toEqual([true, true]), { timeout: 90_000 });
    process.kill(-(first.pid as number), "SIGKILL");
    await vi.waitFor(() => expect(isAlive(Number(read("notebooks", "kernel.pid")))).toBe(false), { timeout: 20_000 });
    expect(existsSync(inProject("reports", "results.json"))).toBe(false);
    writeFileSync(inProject("notebooks", "go"), "");
    const { code, text } = await reproduce();
    expect(code).toBe(1);
    expect(text).toMatch(/same: ran \(read: same notebook, code and data\)/);
    expect(text).toMatch(/waiting: ran in \d+ s/);
    expect(text).toMatch(/changed: differs .*\n\s+cell 1: committed 43, now 42/);
    expect(text).toMatch(/broken: failed [^]*no such luck/);
    expect(text).toContain("result chest-J1-P19-densenet121-ratio: 2, the paper 1.41");
  });

  it("writes the pages of notebooks, an index of them, and the explorer", () => {
    expect(existsSync(inProject("reports", "same.ipynb"))).toBe(true);
    expect(read("reports", "same.html")).toContain("42");
    for (const page of ["same", "explorer"]) {
      expect(read("reports", "index.html")).toContain(`<a href="${page}.html">${page}</a>`);
      expect(read("reports", `${page}.html`)).not.toMatch(/<(script|link)[^>]+(src|href)="http/);
    }
  });

  it("lists every result of the paper with status and reason", () => {
    const report = JSON.parse(read("reports", "results.json")) as {
      readonly results: readonly { readonly id: string; readonly status: string; readonly reason: string }[];
    };
    expect(report.results.map(({ id }) => id)).toEqual(paperResults.map(({ id }) => id));
    for (const { id, status, reason } of report.results) {
      expect(status).toBe(id === "chest-J1-P19-densenet121-ratio" ? "failed" : "not run");
      expect(reason).not.toBe("");
    }
  });

  it("reads what an earlier run made, still compares it, and runs a changed notebook again", async () => {
    expect((await reproduce("same")).text).toMatch(/same: ran \(read: same notebook, code and data\)/);
    expect(await reproduce("changed")).toMatchObject({
      code: 1,
      text: expect.stringMatching(/read.*[^]*43, now 42/) as string,
    });
    notebook("changed", "console.log(7 * 7)", "43\n");
    expect((await reproduce("changed")).text).toMatch(/changed: differs in \d+ s\n\s+cell 1: committed 43, now 49/);
  });

  it("makes the executed notebook the committed one when told to", async () => {
    expect(await reproduce("changed", "--accept")).toMatchObject({ code: 0 });
    expect(read("notebooks", "changed.ipynb")).toContain("49");
    expect(await reproduce("changed")).toMatchObject({ code: 0 });
    expect(await reproduce("changed", "--full", "--accept")).toMatchObject({ code: 2 });
  });

  it("exits 0 when all agree", async () => {
    expect(await reproduce("same.ipynb")).toMatchObject({ code: 0 });
  });

  it("refuses an unknown notebook, naming the known ones, and a data folder that is not there", async () => {
    expect(await reproduce("other")).toMatchObject({
      code: 2,
      text: expect.stringContaining("broken, changed, same, waiting, wrong") as string,
    });
    expect(await reproduce("same", "--data", "nowhere")).toMatchObject({
      code: 1,
      text: expect.stringContaining("nowhere") as string,
    });
  });
});
