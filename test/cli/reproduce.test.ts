import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import type { Readable } from "node:stream";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { checkData } from "../../src/cli/reproduce/checkData";
import { packageFolder } from "../../src/core/paths";
import { readNotebook } from "../../src/experiment/notebook";
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
function startReproduce(...args: readonly string[]): ChildProcessByStdio<null, null, Readable> {
  const stdio = ["ignore", "ignore", "pipe"] as const;
  return spawn(process.execPath, [main, "reproduce", ...args], {
    cwd: project,
    env,
    detached: true,
    stdio: [...stdio],
  });
}

/** As a terminal does at Ctrl-C: the signal goes to all of the group. */
async function interrupt(run: ReturnType<typeof startReproduce>): Promise<Run> {
  let text = "";
  run.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  process.kill(-(run.pid as number), "SIGINT");
  return new Promise((resolve) => run.on("close", (code) => resolve({ code: code ?? -1, text })));
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

/** Phantoms, or the images of the data folder; the report tells which. */
const xrays = `import { datasets, saveReport } from "deepfixcx";
const data = await datasets.open("quickstart");
await saveReport("xrays", { synthetic: data.synthetic });
console.log(data.labels.ids.length)`;

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

  it("says that it was interrupted, counts no notebook as failed, leaves no kernel, and goes on the next time", async () => {
    rmSync(inProject("notebooks", "go"));
    rmSync(inProject("notebooks", "kernel.pid"));
    notebook("waiting", `${waiting} // changed`, "42\n");
    const before = read("reports", "results.json");
    const run = startReproduce("same", "waiting");
    await vi.waitFor(() => expect(existsSync(inProject("notebooks", "kernel.pid"))).toBe(true), { timeout: 90_000 });
    expect(await interrupt(run)).toEqual({ code: 130, text: "interrupted\n" });
    await vi.waitFor(() => expect(isAlive(Number(read("notebooks", "kernel.pid")))).toBe(false), { timeout: 20_000 });
    expect(read("reports", "results.json")).toBe(before);
    writeFileSync(inProject("notebooks", "go"), "");
    const { code, text } = await reproduce("same", "waiting");
    expect(code).toBe(0);
    expect(text).toMatch(/same: ran \(read[^]*waiting: ran in \d+ s/);
  });

  it("says what it ran on, phantoms or the data folder, and does not hold the one against the other", async () => {
    notebook("xrays", xrays, "600\n");
    mkdirSync(inProject("real"));
    writeFileSync(inProject("real", "labels.csv"), "file,patient,ill\na.png,1,1\nb.png,2,0\n");
    expect((await reproduce("xrays")).text).toMatch(/xrays: ran in \d+ s, on synthetic phantoms\n/);
    expect(read("reports", "index.html")).toContain("synthetic phantoms<");
    const { code, text } = await reproduce("xrays", "--data", "real");
    expect(code).toBe(0);
    expect(text).toContain(`on real images: DEEPFIXCX_DATA=${inProject("real")}\n`);
    expect(read("reports", "index.html")).toContain(`real images: DEEPFIXCX_DATA=${inProject("real")}`);
    expect((await reproduce("xrays", "--data", "real")).text).toContain(
      "(read: same notebook, code and data), on real",
    );
    expect(await reproduce("xrays", "--data", "real", "--accept")).toMatchObject({ code: 2 });
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
      text: expect.stringContaining("nowhere: a folder, got nothing there") as string,
    });
    expect(await reproduce("same", "--data", "package.json")).toMatchObject({
      code: 1,
      text: expect.stringContaining("package.json: a folder, got a file; name another, or leave out --data") as string,
    });
  });

  it("leaves nothing of an earlier run of a notebook that failed", async () => {
    expect(existsSync(inProject("reports", "xrays.html"))).toBe(true);
    notebook("xrays", "throw new Error('no such luck')", "");
    expect(await reproduce("xrays")).toMatchObject({ code: 1 });
    const left = ["xrays.html", "xrays.ipynb", "xrays.json", join(".runs", "xrays.json")];
    expect(left.filter((file) => existsSync(inProject("reports", file)))).toEqual([]);
    expect(read("reports", "index.html")).toContain("no such luck");
    expect(read("reports", "index.html")).not.toContain("\u001b");
  });
});

describe("checkData", () => {
  const folder = mkdtempSync(join(tmpdir(), "data-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const named = (...names: readonly string[]) =>
    Promise.all(
      names.map(async (name) => ({
        name,
        notebook: await readNotebook(join(packageFolder, "notebooks", `${name}.ipynb`)),
      })),
    );

  it("refuses a folder with nothing of what the notebooks read, saying what to add", async () => {
    const all = await named("cervix", "chest", "glaucoma", "quickstart", "teaching", "your-own-images");
    for (const byName of [true, false]) {
      expect(() => checkData(folder, all, byName)).toThrow(
        "a folder with mobileodt (for cervix) and labels.csv or chexpert-small (for chest) and kim-eye (for glaucoma) " +
          "and labels.csv (for quickstart, teaching, your-own-images), got none of it; `deepfixcx data mobileodt",
      );
    }
    expect(() => checkData(folder, [all[3] as (typeof all)[number]], true)).toThrow(
      /add a table labels\.csv with the columns file, patient .*; or leave out --data and DEEPFIXCX_DATA/,
    );
  });

  it("wants data for each notebook asked for by name, and for one of all that there are", async () => {
    mkdirSync(join(folder, "chexpert-small"));
    const both = await named("chest", "glaucoma");
    expect(() => checkData(folder, both, false)).not.toThrow();
    expect(() => checkData(folder, both, true)).toThrow(/with kim-eye \(for glaucoma\), got none of it/);
    expect(() => checkData(folder, both.slice(0, 1), true)).not.toThrow();
  });
});
