import { existsSync } from "node:fs";
import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import { Command } from "commander";
import { DataError, OptionError } from "../core/errors";
import { dataFolder, packageFolder, projectFolder, reportsFolder } from "../core/paths";
import { cleaned, readNotebook } from "../experiment/notebook";
import { checkData, type NamedNotebook } from "./reproduce/checkData";
import { checkJupyter } from "./reproduce/jupyter";
import { writeReport } from "./reproduce/report";
import { type NotebookRun, runNotebook, type RunOptions } from "./reproduce/runNotebook";

/** Options of {@link reproduce}; `data` may be a relative path, and is that of `DEEPFIXCX_DATA` by default. */
export interface ReproduceOptions extends RunOptions {
  /** Puts the executed notebooks in the place of the committed ones, for who has changed something on purpose. */
  readonly accept?: boolean;
}

/** `deepfixcx reproduce`: the notebooks, run and held against the committed ones. */
export function reproduceCommand(): Command {
  return new Command("reproduce")
    .summary("run the notebooks and write the report")
    .description(
      "Runs notebooks in the kernel and writes the executed copies, a page of each, index.html and results.json into " +
        "reports/. What an earlier run made of the same notebook, code and data is read. Fails when a cell does, when " +
        "an output differs from the committed one, or when a number that depends on no data is not the paper's.",
    )
    .argument("[notebook...]", "names without .ipynb; all when none is given")
    .option(
      "--data <folder>",
      "real images to run on, with a labels.csv or the data sets that notebooks read (default: DEEPFIXCX_DATA)",
    )
    .option("--full", "the paper's settings, which take long, instead of the quick ones")
    .option("--accept", "make the executed notebooks the committed ones")
    .action(async (names: readonly string[], options: ReproduceOptions) => {
      process.exitCode = await reproduce(names, options);
    });
}

/**
 * Runs notebooks in the kernel and writes the executed copies, a page of each, `index.html` and `results.json` into the
 * reports folder. Tagged outputs are compared with the committed ones where both are of the same synthetic data.
 *
 * @param names - notebook names without `.ipynb`; none means all
 * @returns the exit code: 0 when every notebook ran and agreed, else 1
 * @throws OptionError when a name is not a notebook's, or notebooks of real data are to be accepted
 * @throws DataError when there are no notebooks, the data folder is none, or has nothing of what the notebooks read
 * @throws the reason of the host's signal when interrupted; notebooks that came to their end are read the next time
 */
export async function reproduce(names: readonly string[], options: ReproduceOptions = {}): Promise<number> {
  const folder = notebooksFolder();
  const chosen = await chooseNotebooks(folder, names);
  const data = options.data === undefined ? dataFolder() : resolve(options.data);
  if (data !== undefined) checkData(data, await readAll(folder, chosen), names.length > 0);
  checkJupyter();
  await mkdir(reportsFolder(), { recursive: true });
  const runs = await inParallel(chosen, async (name) => {
    console.log(`${name}: running`);
    const run = await runNotebook(folder, name, { ...options, ...(data === undefined ? {} : { data }) });
    return options.accept === true ? accept(folder, run) : run;
  });
  await writeReport(runs);
  for (const run of runs) console.log(inWords(run));
  console.log(join(reportsFolder(), "index.html"));
  return runs.every(({ status }) => status === "ran") ? 0 : 1;
}

function inWords({ name, status, from, seconds, data, reason }: NotebookRun): string {
  const how = from === "cache" ? "(read: same notebook, code and data)" : `in ${seconds.toFixed(0)} s`;
  return `${name}: ${status} ${how}${data === "" ? "" : `, on ${data}`}${reason === "" ? "" : `\n  ${reason.replaceAll("\n", "\n  ")}`}`;
}

function notebooksFolder(): string {
  const folder = [projectFolder(), packageFolder].map((place) => join(place, "notebooks")).find(existsSync);
  if (folder !== undefined) return folder;
  const got = `none in ${projectFolder()}`;
  const remedy = "reproduce works in a clone of the repository; a package has no notebooks";
  throw new DataError({ where: "reproduce", required: "a folder notebooks", got, remedy });
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

function readAll(folder: string, names: readonly string[]): Promise<NamedNotebook[]> {
  return Promise.all(
    names.map(async (name) => ({ name, notebook: await readNotebook(join(folder, `${name}.ipynb`)) })),
  );
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

/** The new outputs become the committed ones; a notebook that failed stays as it was. */
async function accept(folder: string, run: NotebookRun): Promise<NotebookRun> {
  if (run.status === "failed") return run;
  if (!run.asCommitted) {
    const required = "outputs of the quick run on phantoms";
    throw new OptionError({ where: "reproduce --accept", required, got: "real data or the paper's settings" });
  }
  const file = join(folder, `${run.name}.ipynb`);
  const executed = await readNotebook(join(reportsFolder(), `${run.name}.ipynb`));
  await writeFile(`${file}.part`, `${JSON.stringify(cleaned(executed), undefined, 1)}\n`);
  await rename(`${file}.part`, file);
  const failed = run.rows.some(({ status }) => status === "failed");
  return failed ? run : { ...run, status: "ran", reason: "" };
}
