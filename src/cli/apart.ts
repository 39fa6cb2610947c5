import { realpath } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { DataError } from "../core/errors";
import { isThere } from "../data/archive/draft";
import type { Inputs } from "../data/inputs/findInputs";
import { isGlob, parseGlob } from "../data/inputs/glob";

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

/**
 * Checks that a folder for images lies below no input folder, nor where a pattern looks: what is written there would be
 * among the inputs of the next command.
 *
 * @throws DataError naming the first input that holds it
 */
export async function checkOutside(where: string, out: string, inputs: readonly string[]): Promise<void> {
  const place = await whereItWillBe(resolve(out));
  for (const input of inputs) {
    const isPattern = isGlob(input) && !(await isThere(input));
    const { folder, enters } = isPattern ? parseGlob(input, where) : { folder: input, enters: () => true };
    const below = relative(await whereItWillBe(resolve(folder)), place);
    if (below === "" || below.split(sep)[0] === ".." || !enters(below.split(sep).join("/"))) continue;
    const required = "an output that is not below an input";
    throw new DataError({ where, file: out, required, got: `one below ${input}`, remedy: "name another with --out" });
  }
}

/** The real path of something, or of the folder that is there of those in which it will be made. */
function whereItWillBe(path: string): Promise<string> {
  return realpath(path).catch(async () => join(await whereItWillBe(dirname(path)), basename(path)));
}

/** What does not exist yet stays as it is named. */
async function realPaths(paths: readonly string[]): Promise<ReadonlySet<string>> {
  const names = [...new Set(paths.map((path) => resolve(path)))];
  return new Set(await Promise.all(names.map((name) => realpath(name).catch(() => name))));
}
