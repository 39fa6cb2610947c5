import { mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { codeVersion } from "../../core/codeVersion";
import { hash } from "../../core/hash";
import { dataFolder, reportsFolder } from "../../core/paths";
import { compareOutputs, readNotebook, resultRows, type Difference, type Notebook } from "../../experiment/notebook";
import type { ResultRow } from "../../experiment/paperTable";
import { execute } from "./jupyter";

/** How notebooks are run. */
export interface RunOptions {
  /** A folder with real data, given to the notebooks as `DEEPFIXCX_DATA`. */
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
  /** The first lines that say what went wrong, or where the outputs differ. */
  readonly reason: string;
  readonly rows: readonly ResultRow[];
}

/** What is remembered of a run that came to its end. */
interface Mark {
  readonly key: string;
  readonly seconds: number;
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
  const started = performance.now();
  const problem = kept === undefined ? await execute(source, dirname(copy), environment(options)) : undefined;
  const seconds = kept?.seconds ?? (performance.now() - started) / 1000;
  const from = kept === undefined ? "computed" : "cache";
  if (problem !== undefined) return { name, status: "failed", from, seconds, reason: problem, rows: [] };
  if (kept === undefined) await writeMark(name, { key, seconds });
  const executed = await readNotebook(copy);
  const rows = resultRows(executed);
  const differences = (await ranOnRealData(name, rows, options)) ? [] : compareOutputs(committed, executed);
  const reasons = [
    ...differences.map(describe),
    ...rows.filter(({ status }) => status === "failed").map(describeFailed),
  ];
  return { name, status: reasons.length === 0 ? "ran" : "differs", from, seconds, reason: reasons.join("\n"), rows };
}

function environment({ data, full }: RunOptions): NodeJS.ProcessEnv {
  return {
    ...process.env,
    // One thread an operation: sums are grouped by thread, so that learned numbers would depend on the cores.
    TF_NUM_INTRAOP_THREADS: "1",
    DEEPFIXCX_REPORTS: reportsFolder(),
    ...(data === undefined ? {} : { DEEPFIXCX_DATA: resolve(data) }),
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
  const data = options.data ?? dataFolder();
  const files = data === undefined ? [] : await filesIn(resolve(data));
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

async function writeMark(name: string, mark: Mark): Promise<void> {
  const file = markFile(name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.part`, JSON.stringify(mark));
  await rename(`${file}.part`, file);
}

/** The committed outputs are of the quick run on phantoms; a run that was given real data may have found none it knows. */
export async function ranOnRealData(
  name: string,
  rows: readonly ResultRow[],
  { data, full }: RunOptions,
): Promise<boolean> {
  if (full === true || process.env["DEEPFIXCX_SCALE"] === "full") return true;
  if (data === undefined && dataFolder() === undefined) return false;
  const used = rows.filter((row) => row.data !== null);
  if (used.length > 0) return used.some(({ synthetic }) => !synthetic);
  const report = await readFile(join(reportsFolder(), `${name}.json`), "utf8").catch(() => "{}");
  return (JSON.parse(report) as { readonly synthetic?: boolean }).synthetic !== true;
}

function describe({ cell, committed, rerun }: Difference): string {
  return `cell ${cell}: committed ${committed}, now ${rerun}`;
}

function describeFailed({ id, ours, paper, reason }: ResultRow): string {
  return `result ${id}: ${ours ?? "nothing"}, the paper ${paper?.value ?? "-"}: ${reason}`;
}
