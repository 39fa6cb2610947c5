import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { codeVersion } from "../core/codeVersion";
import { hash, type Hashable } from "../core/hash";
import { versions } from "../core/packages";
import { cacheFolder } from "../core/paths";

/** A value, and whether it was computed now or read from the cache. */
export interface Cached<T> {
  readonly value: T;
  readonly from: "computed" | "cache";
}

/** The folders whose code decides a result; how it is shown does not. */
const deciding = ["core", "compress", "data", "train", "evaluate", "experiment"];
let version: string | undefined;

/**
 * The file in which a result is kept: its name is a hash of the code, the threads, the data and the options.
 *
 * @param kind - the folder below the cache's
 */
export function cacheFile(kind: string, key: Hashable, ending = ".json"): string {
  version ??= codeVersion(deciding);
  return cacheFolder(kind, `${hash(version, versions().threads, key).slice(0, 32)}${ending}`);
}

/** Reads a result that the same code computed from the same data and options, else computes and keeps it. */
export async function cached<T>(kind: string, key: Hashable, compute: () => Promise<T>): Promise<Cached<T>> {
  const file = cacheFile(kind, key);
  const kept = await readKept<T>(file);
  if (kept !== undefined) return { value: kept.value, from: "cache" };
  const value = await compute();
  await keep(file, { value });
  return { value, from: "computed" };
}

/** A file that is missing, or was cut off, counts as not there. */
async function readKept<T>(file: string): Promise<{ readonly value: T } | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as { readonly value: T };
  } catch {
    return undefined;
  }
}

async function keep(file: string, content: unknown): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.${process.pid}`, JSON.stringify(content));
    await rename(`${file}.${process.pid}`, file);
  } catch {
    // A cache that cannot be written costs time at the next run; the result of this one is whole.
  }
}
