import { existsSync } from "node:fs";
import { open, readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { DataError, OptionError } from "../../core/errors";
import { readCsv } from "../csv";
import { findImageFiles } from "../imageFiles";
import { catalog, type Count, type Source } from "./catalog";
import { copiesIn, readHeader } from "./copies";
import { download, type DownloadOptions } from "./download";
import { unzip } from "./unzip";

/** What is there of a data set. */
export interface DataReport {
  readonly source: Source;
  readonly folder: string;
  readonly counts: readonly (Count & { readonly found: number })[];
  /** What else a user must know. */
  readonly notes: readonly string[];
}

/**
 * Fetches a data set where anyone may, unpacks it, and checks what is there.
 *
 * @param name - as in the catalog
 * @param data - the data folder, below which the set gets a folder of its own
 * @throws OptionError when no data set has that name
 * @throws DataError when it cannot be fetched, needs a login (with the steps), or has other counts than it should
 */
export async function fetchData(
  name: string,
  data: string,
  options: DownloadOptions & { readonly source?: Source } = {},
): Promise<DataReport> {
  const source = options.source ?? catalog[name];
  if (source === undefined) {
    const required = `one of ${Object.keys(catalog).join(", ")}`;
    throw new OptionError({ where: "data", required, got: `"${name}"` });
  }
  const folder = join(data, source.folder);
  if (source.download !== undefined) await fetchAndUnpack(name, folder, source, options);
  else if (!existsSync(folder)) throw needsLogin(name, folder, source);
  const counts = await Promise.all(
    source.counts.map(async (count) => ({ ...count, found: await countAt(folder, count) })),
  );
  const wrong = counts.filter(({ found, expected }) => found !== expected);
  if (wrong.length > 0) throw miscounted(name, folder, source, wrong);
  return { source, folder, counts, notes: await copiesIn(name, folder, source, options) };
}

async function fetchAndUnpack(name: string, folder: string, source: Source, options: DownloadOptions): Promise<void> {
  const { file, ...what } = source.download as NonNullable<Source["download"]>;
  const target = join(folder, file);
  // A zip is a means; an .npz is the data set's own file, unpacked beside itself.
  const unpacked = file.endsWith(".npz") ? join(folder, name) : join(folder, "unpacked");
  if (source.counts.every(({ path }) => existsSync(join(folder, path)))) return;
  await download(what, target, options);
  if (!existsSync(unpacked)) await unzip(target, unpacked, options);
  if (!file.endsWith(".npz")) await lift(unpacked, folder, source);
}

/** Moves what is counted to its place, however many folders the zip put around it; what a killed run moved stays. */
async function lift(from: string, folder: string, { counts }: Source): Promise<void> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  for (const { path } of counts) {
    const found = entries.find((entry) => entry.name === path && !entry.parentPath.includes("__MACOSX"));
    if (found !== undefined) await rename(join(found.parentPath, found.name), join(folder, path));
  }
}

async function countAt(folder: string, { path }: Count): Promise<number> {
  if (path.includes("*")) {
    const pattern = new RegExp(`^${path.replace("*", ".*")}$`);
    const names = (await readdir(folder)).filter((name) => pattern.test(name));
    const found = await Promise.all(names.map((name) => countAt(folder, { what: "", path: name, expected: 0 })));
    return found.reduce((sum, count) => sum + count, 0);
  }
  const place = join(folder, path);
  const there = await stat(place).catch(() => undefined);
  if (there === undefined) return 0;
  if (path.endsWith(".csv")) return (await readCsv(place)).rows.length;
  if (path.endsWith(".npy")) return firstAxis(place);
  return (await findImageFiles(place).catch(() => [])).length;
}

async function firstAxis(file: string): Promise<number> {
  const handle = await open(file);
  try {
    return (await readHeader(file, handle)).shape[0] ?? 0;
  } finally {
    await handle.close();
  }
}

function needsLogin(name: string, folder: string, { title, steps = [] }: Source): DataError {
  const list = steps.map((step, at) => `\n  ${at + 1}. ${step.replaceAll("FOLDER", folder)}`).join("");
  return new DataError({
    where: `data ${name}`,
    file: folder,
    required: `${title}, which needs a login`,
    got: "no folder",
    remedy: `do this:${list}`,
  });
}

function miscounted(name: string, folder: string, source: Source, wrong: DataReport["counts"]): DataError {
  const list = wrong.map(({ what, path, expected, found }) => `${what} (${path}): ${found} instead of ${expected}`);
  return new DataError({
    where: `data ${name}`,
    file: folder,
    required: `all of ${source.title}`,
    got: list.join("; "),
    remedy: source.steps === undefined ? "remove the folder and type the command again" : "unpack what is missing",
  });
}
