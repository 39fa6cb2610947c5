import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { isImageFile } from "../imageFiles";
import type { Found } from "./found";
import { refusalOfName } from "./names";

/**
 * The images in a folder and its sub-folders. Links are followed to files inside the folder; names that begin with a dot
 * are left alone, as the shell does.
 *
 * @param takes - of the path below the folder, with forward slashes; default: everything that is called an image, and DICOM files without an ending
 * @param enters - of the path of a folder below the folder; default: every one
 */
export async function* inFolder(
  folder: string,
  takes: (path: string) => boolean = (path) => isImageFile(join(folder, path)),
  enters: (path: string) => boolean = () => true,
): AsyncGenerator<Found> {
  const root = await realpath(folder);
  async function* walk(below: string): AsyncGenerator<Found> {
    let entries: Dirent[];
    try {
      entries = await readdir(join(folder, below), { withFileTypes: true });
    } catch (cause) {
      yield { path: below, refusal: `a folder that can be read, got ${(cause as NodeJS.ErrnoException).code}` };
      return;
    }
    for (const entry of entries) {
      if (entry.name.startsWith(".")) continue;
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) {
        if (enters(path)) yield* walk(path);
      } else if (entry.isSymbolicLink()) yield* link(path);
      else if (takes(path)) yield { path, ...refusedOf(await refusalOfFile(entry, join(folder, path))) };
    }
  }
  async function* link(path: string): AsyncGenerator<Found> {
    const target = await realpath(join(folder, path)).catch(() => undefined);
    const kind = target === undefined ? undefined : await stat(target);
    if (target === undefined || kind === undefined) {
      if (takes(path)) yield { path, refusal: "a file, got a link that leads nowhere" };
    } else if (target !== root && !target.startsWith(root + sep)) {
      // A link to a folder may hide images behind it, whatever its name.
      if (kind.isDirectory() ? enters(path) : takes(path)) {
        yield {
          path,
          refusal: "a file inside the folder, got a link that leads out of it; name its target as an input",
        };
      }
    } else if (kind.isFile() && takes(path)) yield { path, ...refusedOf(refusalOfName(path)) };
    // A folder that is linked from within is walked where it is.
  }
  yield* walk("");
}

async function refusalOfFile(entry: Dirent, file: string): Promise<string | undefined> {
  if (!entry.isFile()) return "a file, got a pipe, socket or device";
  // Node puts U+FFFD where bytes are no UTF-8, and under that name there is nothing.
  if (entry.name.includes("\uFFFD") && (await stat(file).catch(() => undefined)) === undefined) {
    return "a name in UTF-8, got other bytes; rename it";
  }
  return refusalOfName(file);
}

function refusedOf(refusal: string | undefined): { readonly refusal?: string } {
  return refusal === undefined ? {} : { refusal };
}
