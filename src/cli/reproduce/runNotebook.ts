import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeVersion } from "../../core/codeVersion";
import { hash } from "../../core/hash";
import { reportsFolder } from "../../core/paths";
import { compareOutputs, readNotebook, resultRows, type Difference, type Notebook } from "../../experiment/notebook";
import type { ResultRow } from "../../experiment/paperTable";
import { execute } from "./jupyter";

/** How notebooks are run. */
export interface RunOptions {
  /** The absolute path of a folder with real data, given to the notebooks as `DEEPFIXCX_DATA`. */
  readonly data?: string;
  /** The paper's settings instead of the quick ones, given to the notebooks as `DEEPFIXCX_SCALE=full`. */
  readonly full?: boolean;
}

/** What became of one notebook. */
export interface NotebookRun {
  readonly name: string;
  readonly status: "ran" | "failed" | "differs";
  /** Whether it was run now, or its results are those of an earlier run of the same notebook, code and data. */
  readonly from: "computed" | "cache";
  /** Of the run that computed the results. */
  readonly seconds: number;
  /** The images that it ran on, in words: real ones of which folder, or phantoms; empty where the notebook does not tell. */
  readonly data: string;
  /** Whether it ran on what the committed outputs are of: phantoms, and the quick settings. */
  readonly asCommitted: boolean;
  /** The first lines that say what went wrong, or where the outputs differ. */
  readonly reason: string;
  readonly rows: readonly ResultRow[];
}

/** What is remembered of a run that came to its end. */
interface Mark {
  readonly key: string;
  readonly seconds: number;
  readonly synthetic: boolean | undefined;
}

/**
 * Runs a notebook into the reports folder, unless an earlier run of the same notebook, code and data is there, and
 * compares its tagged outputs with the committed ones where both are of the same synthetic data.
 */
export async function runNotebook(folder: string, name: string, options: RunOptions): Promise<NotebookRun> {
  const source = join(folder, `${name}.ipynb`);
  const copy = join(reportsFolder(), `${name}.ipynb`);
  const committed = await readNotebook(source);
  const key = await keyOf(committed, options);
  const kept = await readMark(name, key);
  const from = kept === undefined ? "computed" : "cache";
  const started = performance.now();
  const problem = kept === undefined ? await execute(source, dirname(copy), environment(options)) : undefined;
  const seconds = kept?.seconds ?? (performance.now() - started) / 1000;
  if (problem !== undefined) {
    await forget(name);
    return { name, status: "failed", from, seconds, data: "", asCommitted: false, reason: problem, rows: [] };
  }
  const executed = await readNotebook(copy);
  const rows = resultRows(executed);
  const { synthetic } = kept ?? (await writeMark(name, { key, seconds, synthetic: await isSynthetic(name, rows) }));
  const asCommitted = !isFull(options) && (synthetic ?? options.data === undefined);
  const differences = asCommitted ? compareOutputs(committed, executed) : [];
  const reasons = [
    ...differences.map(describe),
    ...rows.filter(({ status }) => status === "failed").map(describeFailed),
  ];
  const status = reasons.length === 0 ? "ran" : "differs";
  const data = inWords(synthetic, options.data);
  return { name, status, from, seconds, data, asCommitted, reason: reasons.join("\n"), rows };
}

function environment({ data, full }: RunOptions): NodeJS.ProcessEnv {
  return {
    ...process.env,
    // One thread an operation: sums are grouped by thread, so that learned numbers would depend on the cores.
    TF_NUM_INTRAOP_THREADS: "1",
    DEEPFIXCX_REPORTS: reportsFolder(),
    ...(data === undefined ? {} : { DEEPFIXCX_DATA: data }),
    ...(full === true ? { DEEPFIXCX_SCALE: "full" } : {}),
  };
}

/** A hash of all that decides a notebook's results: its cells, the code, the data and the environment. */
async function keyOf({ cells }: Notebook, options: RunOptions): Promise<string> {
  const env = environment(options);
  const settings = Object.entries(env).filter(
    ([name]) => (/^DEEPFIXCX_/.test(name) && !/_(CACHE|REPORTS)$/.test(name)) || name === "TF_NUM_INTRAOP_THREADS",
  );
  const sources = cells.map(({ cell_type: type, source }) => [type, [source ?? ""].flat().join("")]);
  const files = options.data === undefined ? [] : await filesIn(options.data);
  return hash(codeVersion(), process.version, Object.fromEntries(settings), sources, files);
}

/** Names, sizes and times of change of all files: quick to tell, and a file that changed shows. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const facts = files.sort().map(async (file) => {
    const { size, mtimeMs } = await stat(file);
    return `${file} ${size} ${mtimeMs}`;
  });
  return Promise.all(facts);
}

function markFile(name: string): string {
  return join(reportsFolder(), ".runs", `${name}.json`);
}

/** The mark of an earlier run with this key whose copy and page are still there. */
async function readMark(name: string, key: string): Promise<Mark | undefined> {
  try {
    const mark = JSON.parse(await readFile(markFile(name), "utf8")) as Mark;
    for (const ending of ["ipynb", "html"]) await stat(join(reportsFolder(), `${name}.${ending}`));
    return mark.key === key ? mark : undefined;
  } catch {
    return undefined; // no run yet, or its files have gone
  }
}

async function writeMark(name: string, mark: Mark): Promise<Mark> {
  const file = markFile(name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.part`, JSON.stringify(mark));
  await rename(`${file}.part`, file);
  return mark;
}

/** What an earlier run left of a notebook that now failed: neither results of this run, nor to be read by the next. */
async function forget(name: string): Promise<void> {
  const left = ["ipynb", "html", "json"].map((ending) => join(reportsFolder(), `${name}.${ending}`));
  for (const file of [markFile(name), ...left]) await rm(file, { force: true });
}

function isFull({ full }: RunOptions): boolean {
  return full === true || process.env["DEEPFIXCX_SCALE"] === "full";
}

/** Whether its images were phantoms, as its result tables say, or else its report; undefined where neither does. */
async function isSynthetic(name: string, rows: readonly ResultRow[]): Promise<boolean | undefined> {
  const used = rows.filter((row) => row.data !== null);
  if (used.length > 0) return used.every(({ synthetic }) => synthetic);
  const report = await readFile(join(reportsFolder(), `${name}.json`), "utf8").catch(() => "{}");
  return (JSON.parse(report) as { readonly synthetic?: boolean }).synthetic;
}

function inWords(synthetic: boolean | undefined, data: string | undefined): string {
  if (synthetic === undefined) return "";
  if (data === undefined) return synthetic ? "synthetic phantoms" : "real images";
  return synthetic ? `synthetic phantoms: nothing for it in ${data}` : `real images: DEEPFIXCX_DATA=${data}`;
}

function describe({ cell, committed, rerun }: Difference): string {
  return `cell ${cell}: committed ${committed}, now ${rerun}`;
}

function describeFailed({ id, ours, paper, reason }: ResultRow): string {
  return `result ${id}: ${ours ?? "nothing"}, the paper ${paper?.value ?? "-"}: ${reason}`;
}
