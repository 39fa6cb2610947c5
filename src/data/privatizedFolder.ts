import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../core/errors";
import { versions } from "../core/packages";
import type { PrivatizeStart } from "./privatizeFilesWorker";
import { writeFiles } from "./writeFiles";

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

/** Writes down how the images of a folder were read and privatized, and whether all that were asked for are there. */
export async function noteSettings(
  folder: string,
  { settings, read }: PrivatizeStart,
  complete: boolean,
): Promise<void> {
  const facts = { version: versions().deepfixcx, settings, read, complete };
  await writeFiles([{ file: join(folder, settingsName), pieces: [`${JSON.stringify(facts, undefined, 2)}\n`] }]);
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
