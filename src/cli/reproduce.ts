import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import { Command } from "commander";
import { DataError, OptionError } from "../core/errors";
import { packageFolder, projectFolder, reportsFolder } from "../core/paths";
import { toDocument } from "../display/html";
import type { Table } from "../display/view";
import { compareOutputs, readNotebook, type Difference } from "../experiment/notebook";

/** Options of {@link reproduce}. */
export interface ReproduceOptions {
  /** A folder with real data, given to the notebooks as `DEEPFIXCX_DATA`. */
  readonly data?: string;
  /** The paper's settings instead of the quick ones, given to the notebooks as `DEEPFIXCX_SCALE=full`. */
  readonly full?: boolean;
}

/** What became of one notebook. */
interface NotebookRun {
  readonly name: string;
  readonly status: "ran" | "failed" | "differs";
  readonly seconds: number;
  /** The first lines that say what went wrong, or where the outputs differ. */
  readonly reason: string;
}

/** `deepfixcx reproduce`: the notebooks, run and held against the committed ones. */
export function reproduceCommand(): Command {
  return new Command("reproduce")
    .summary("run the notebooks and write the report")
    .description(
      "Runs notebooks in the kernel and writes the executed copies, a page of each and an index.html into reports/. " +
        "Fails when a cell does, or when an output differs from the committed one.",
    )
    .argument("[notebook...]", "names without .ipynb; all when none is given")
    .option("--data <folder>", "real data to run on, instead of phantoms")
    .option("--full", "the paper's settings, which take long, instead of the quick ones")
    .action(async (names: readonly string[], options: ReproduceOptions) => {
      process.exitCode = await reproduce(names, options);
    });
}

/**
 * Runs notebooks in the kernel, writes the executed copies, a page of each and `index.html` into the reports folder, and
 * compares the tagged outputs with the committed ones where both are of the same synthetic data.
 *
 * @param names - notebook names without `.ipynb`; none means all
 * @returns the exit code: 0 when every notebook ran and agreed, else 1
 * @throws OptionError when a name is not a notebook's
 */
export async function reproduce(names: readonly string[], options: ReproduceOptions = {}): Promise<number> {
  const folder = notebooksFolder();
  checkData(options);
  const chosen = await chooseNotebooks(folder, names);
  checkJupyter();
  await mkdir(reportsFolder(), { recursive: true });
  const runs = await inParallel(chosen, (name) => runNotebook(folder, name, options));
  await writeIndex(runs);
  for (const { name, status, seconds, reason } of runs) {
    console.log(
      `${name}: ${status} in ${seconds.toFixed(0)} s${reason === "" ? "" : `\n  ${reason.replaceAll("\n", "\n  ")}`}`,
    );
  }
  console.log(join(reportsFolder(), "index.html"));
  return runs.every(({ status }) => status === "ran") ? 0 : 1;
}

function notebooksFolder(): string {
  const own = join(projectFolder(), "notebooks");
  return existsSync(own) ? own : join(packageFolder, "notebooks");
}

async function chooseNotebooks(folder: string, names: readonly string[]): Promise<string[]> {
  const all = (await readdir(folder)).filter((file) => file.endsWith(".ipynb")).map((file) => basename(file, ".ipynb"));
  const wanted = names.map((name) => basename(name, ".ipynb"));
  const unknown = wanted.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    throw new OptionError({
      where: "reproduce",
      required: `a notebook's name, one of ${all.join(", ")}`,
      got: `"${unknown}"`,
    });
  }
  return wanted.length === 0 ? all : wanted;
}

function python(): string {
  return join(projectFolder(), ".venv", "bin", "python");
}

function checkData({ data }: ReproduceOptions): void {
  if (data === undefined || existsSync(data)) return;
  throw new DataError({ where: "reproduce", file: data, required: "--data a folder", got: "nothing there" });
}

function checkJupyter(): void {
  if (existsSync(python())) return;
  throw new DataError({
    where: "reproduce",
    file: python(),
    required: "Jupyter's Python",
    got: "no such file",
    remedy: "run the setup command first",
  });
}

/** Each notebook wants about one core: training and compressing use more for short whiles only. */
async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at] as T);
  };
  await Promise.all(Array.from({ length: Math.min(items.length, availableParallelism()) }, worker));
  return results;
}

async function runNotebook(folder: string, name: string, options: ReproduceOptions): Promise<NotebookRun> {
  const started = performance.now();
  const source = join(folder, `${name}.ipynb`);
  const run = (status: NotebookRun["status"], reason: string): NotebookRun => {
    return { name, status, seconds: (performance.now() - started) / 1000, reason };
  };
  console.log(`${name}: running`);
  const executed = await jupyter([...executeArguments, "--output-dir", reportsFolder(), source], environment(options));
  if (executed.code !== 0) return run("failed", tail(executed.text));
  const copy = join(reportsFolder(), `${name}.ipynb`);
  const page = await jupyter([...pageArguments, "--output-dir", reportsFolder(), copy], environment(options));
  if (page.code !== 0) return run("failed", tail(page.text));
  const differences = (await ranOnRealData(name, options))
    ? []
    : compareOutputs(await readNotebook(source), await readNotebook(copy));
  return differences.length === 0 ? run("ran", "") : run("differs", differences.map(describe).join("\n"));
}

const executeArguments = [
  "--to",
  "notebook",
  "--execute",
  "--ExecutePreprocessor.kernel_name=deepfixcx",
  "--ExecutePreprocessor.timeout=-1",
  "--ExecutePreprocessor.record_timing=False",
];
// The page must open offline: nothing is loaded from elsewhere.
const pageArguments = [
  "--to",
  "html",
  "--HTMLExporter.require_js_url=",
  "--HTMLExporter.mathjax_url=",
  "--HTMLExporter.jquery_url=",
];

function environment({ data, full }: ReproduceOptions): NodeJS.ProcessEnv {
  return {
    ...process.env,
    DEEPFIXCX_REPORTS: reportsFolder(),
    ...(data === undefined ? {} : { DEEPFIXCX_DATA: resolve(data) }),
    ...(full === true ? { DEEPFIXCX_SCALE: "full" } : {}),
  };
}

/** The committed outputs are of the quick run on phantoms; a run that was given real data may have found none it knows. */
async function ranOnRealData(name: string, { data, full }: ReproduceOptions): Promise<boolean> {
  if (full === true) return true;
  if (data === undefined && (process.env["DEEPFIXCX_DATA"] ?? "") === "") return false;
  const report = await readFile(join(reportsFolder(), `${name}.json`), "utf8").catch(() => "{}");
  return (JSON.parse(report) as { readonly synthetic?: boolean }).synthetic !== true;
}

interface Finished {
  readonly code: number;
  readonly text: string;
}

function jupyter(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Finished> {
  return new Promise((resolveRun, reject) => {
    const child = spawn(python(), ["-m", "nbconvert", ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => resolveRun({ code: code ?? 1, text: Buffer.concat(chunks).toString() }));
  });
}

/** The last lines of a failed run hold the cell's error. */
function tail(text: string): string {
  return text.trimEnd().split("\n").slice(-25).join("\n");
}

function describe({ cell, committed, rerun }: Difference): string {
  return `cell ${cell}: committed ${committed}, now ${rerun}`;
}

async function writeIndex(runs: readonly NotebookRun[]): Promise<void> {
  const html = await toDocument([indexTable(runs)], { title: "DeepFixCX: notebooks and results" });
  const file = join(reportsFolder(), "index.html");
  await writeFile(`${file}.part`, html);
  await rename(`${file}.part`, file);
}

function indexTable(runs: readonly NotebookRun[]): Table {
  return {
    kind: "table",
    columns: [{ name: "notebook" }, { name: "status" }, { name: "seconds", digits: 0 }, { name: "reason" }],
    rows: runs.map(({ name, status, seconds, reason }) => [
      status === "failed" ? name : { text: name, href: `${name}.html` },
      status,
      seconds,
      reason,
    ]),
    note: "Numbers of synthetic phantoms stand for no number of the paper.",
  };
}
