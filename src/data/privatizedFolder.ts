import { opendir, readdir, readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { DataError } from "../core/errors";
import { versions } from "../core/packages";
import type { PrivatizeStart } from "./privatizeFilesWorker";
import { isDraftName, writeFiles } from "./writeFiles";

const settingsName = "settings.json";
const limits = ["pixelLimit", "minSide"];

/**
 * Checks that a folder may take images privatized with some settings: it is empty, or its images have the same. Limits,
 * which decide what is set aside and no pixel, may differ.
 *
 * @throws DataError naming what differs
 */
export async function checkFolder(folder: string, start: PrivatizeStart): Promise<void> {
  const [other] = (await readdir(folder)).filter((name) => !name.startsWith("."));
  if (other === undefined) return;
  const text = await readFile(join(folder, settingsName), "utf8").catch(() => undefined);
  const got = text === undefined ? [`${other} and no ${settingsName} there`] : differences(text, start);
  if (got.length === 0) return;
  const required = "an empty folder, or one of images with the same settings";
  const remedy = "name another with --out, or remove it";
  throw new DataError({ where: "privatize", file: folder, required, got: got.join(", "), remedy });
}

/** How many images a run wrote to a folder, and how many more PNG files lie there. */
export interface Counts {
  readonly images: number;
  readonly others: number;
}

/**
 * Writes down how the images of a folder were read and privatized, and whether all that were asked for are there.
 *
 * @param done - of a run that has come to its end
 */
export async function noteSettings(folder: string, { settings, read }: PrivatizeStart, done?: Counts): Promise<void> {
  const facts = { version: versions().deepfixcx, settings, read, complete: done !== undefined, ...done };
  await writeFiles([{ file: join(folder, settingsName), pieces: [`${JSON.stringify(facts, undefined, 2)}\n`] }]);
}

/** Removes what killed runs left half written; only who has claimed the folder may. */
export async function removeDrafts(folder: string): Promise<void> {
  for await (const { name, path } of filesBelow(folder)) if (isDraftName(name)) await rm(join(folder, path));
}

/** PNG files that a run did not write, as paths below the folder: of inputs that only earlier runs had, or somebody else's. */
export async function otherPngs(folder: string, written: ReadonlySet<string>): Promise<readonly string[]> {
  const others: string[] = [];
  for await (const { path } of filesBelow(folder)) if (/\.png$/i.test(path) && !written.has(path)) others.push(path);
  return others.sort();
}

async function* filesBelow(folder: string): AsyncGenerator<{ readonly name: string; readonly path: string }> {
  for await (const entry of await opendir(folder, { recursive: true })) {
    if (!entry.isDirectory()) yield { name: entry.name, path: relative(folder, join(entry.parentPath, entry.name)) };
  }
}

type Noted = { readonly version?: string } & { readonly [part in keyof PrivatizeStart]?: object };

function differences(text: string, { settings, read }: PrivatizeStart): readonly string[] {
  const now = { version: versions().deepfixcx, ...settings, ...read };
  const noted = parse(text);
  const there: Readonly<Record<string, unknown>> = { version: noted.version, ...noted.settings, ...noted.read };
  return Object.entries(now).flatMap(([name, value]) => {
    if (limits.includes(name)) return [];
    const [old, own] = [JSON.stringify(there[name]) ?? "unknown", JSON.stringify(value)];
    return old === own ? [] : [`${name} ${old} there and ${own} now`];
  });
}

/** Of a file that somebody else wrote nothing is known. */
function parse(text: string): Noted {
  try {
    return Object(JSON.parse(text)) as Noted;
  } catch {
    return {};
  }
}
