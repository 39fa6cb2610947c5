import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { DataError } from "../core/errors";
import type { Inputs } from "../data/inputs/findInputs";

/** The files and archives in which inputs lie, those that were set aside, too. */
export function sourcesOf({ files, rejected }: Inputs): readonly string[] {
  return [...files.map(({ file, packed }) => packed?.archive ?? file), ...rejected.map(({ file }) => file)];
}

/** What is written, by which command and option, and what is read. */
export interface Places {
  readonly where: string;
  readonly out: string;
  readonly read: readonly string[];
  readonly written: readonly string[];
}

/**
 * Checks that no file or folder that is written is one that is read, through links neither.
 *
 * @throws DataError naming the first that is
 */
export async function checkApart({ where, out, read, written }: Places): Promise<void> {
  const taken = await realPaths(read);
  const shared = [...(await realPaths(written))].find((place) => taken.has(place));
  if (shared === undefined) return;
  const required = "an output apart from the inputs";
  throw new DataError({ where, file: out, required, got: `input at ${shared}`, remedy: "name another with --out" });
}

/** What does not exist yet stays as it is named. */
async function realPaths(paths: readonly string[]): Promise<ReadonlySet<string>> {
  const names = [...new Set(paths.map((path) => resolve(path)))];
  return new Set(await Promise.all(names.map((name) => realpath(name).catch(() => name))));
}
