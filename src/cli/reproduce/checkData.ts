import { existsSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../../core/errors";
import { checkFolder } from "../../data/givenFolder";
import { experimentData } from "../../experiment/open";
import type { Notebook } from "../../experiment/notebook";

const where = "reproduce";

/** A notebook by its name. */
export interface NamedNotebook {
  readonly name: string;
  readonly notebook: Notebook;
}

interface Reader {
  readonly name: string;
  readonly reads: readonly string[];
}

/**
 * Refuses a data folder before anything runs on phantoms that was meant to run on it. Of notebooks that were asked for by
 * name each must find data there; of all that there are, one: the others stay on phantoms, and say so.
 *
 * @throws DataError when no folder is there, or it does not hold what is read, with what to add
 */
export function checkData(data: string, notebooks: readonly NamedNotebook[], byName: boolean): void {
  const wayOut = "or leave out --data and DEEPFIXCX_DATA to run on phantoms";
  checkFolder(where, data, `name another, ${wayOut}`);
  const readers: Reader[] = notebooks.map(({ name, notebook }) => ({ name, reads: readsOf(notebook) }));
  const reading = readers.filter(({ reads }) => reads.length > 0);
  const without = reading.filter(({ reads }) => !reads.some((entry) => existsSync(join(data, entry))));
  if (without.length === 0 || (!byName && without.length < reading.length)) return;
  const entries = [...new Set(without.flatMap(({ reads }) => reads))];
  throw new DataError({
    where,
    file: data,
    required: `a folder with ${inWords(without)}`,
    got: "none of it",
    remedy: `${entries.map((entry) => howToGet(entry, data)).join("; ")}; ${wayOut}`,
  });
}

/** Notebooks that read the same stand together: `labels.csv (for compress, quickstart) and kim-eye (for glaucoma)`. */
function inWords(readers: readonly Reader[]): string {
  const names = new Map<string, string[]>();
  for (const { name, reads } of readers) {
    const what = reads.join(" or ");
    names.set(what, [...(names.get(what) ?? []), name]);
  }
  return [...names].map(([what, all]) => `${what} (for ${all.join(", ")})`).join(" and ");
}

/** What a notebook reads below the data folder, as far as its cells tell; without any of it, phantoms stand in. */
function readsOf({ cells }: Notebook): readonly string[] {
  const code = cells.filter((cell) => cell.cell_type === "code").map(({ source = "" }) => [source].flat().join(""));
  const text = code.join("\n");
  const table = /datasets\.open\("quickstart"|"labels\.csv"/.test(text) ? ["labels.csv"] : [];
  const experiments = Object.entries(experimentData).filter(([name]) => text.includes(`openExperiment("${name}"`));
  return [...new Set([...table, ...experiments.flatMap(([, entries]) => entries)])];
}

function howToGet(entry: string, data: string): string {
  if (entry !== "labels.csv") return `\`deepfixcx data ${entry} --to ${data}\` gets ${entry}`;
  return "add a table labels.csv with the columns file, patient and a finding of 0 or 1";
}
