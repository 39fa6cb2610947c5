import { readdir, stat } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import { DataError } from "../core/errors";
import { checkUnique } from "../core/images";

/** An image that lies in a file, and the id by which results refer to it. */
export interface ImageFile {
  readonly id: string;
  /** Its path; inside a zip archive, that of the archive and on. */
  readonly file: string;
  /** Where it lies in a zip archive. */
  readonly packed?: PackedFile;
}

/** Where a file lies in a zip archive, and how long it is. */
export interface PackedFile {
  readonly archive: string;
  /** Of the header before the bytes. */
  readonly offset: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly method: "stored" | "deflated";
  readonly crc32: number;
}

const extensions = /\.(png|jpe?g|tiff?)$/i;

/** Whether a file is taken for an image, by its name. */
export function isImageName(name: string): boolean {
  return extensions.test(name);
}

/**
 * The image files (PNG, JPEG, TIFF by their endings) that are named or lie in named folders and their sub-folders,
 * sorted by id. An id is the path below the folder, with forward slashes; with several inputs, below the folder that
 * holds them all.
 *
 * @throws DataError when an input does not exist, there is no image file, or a file is named twice
 */
export async function findImageFiles(input: string | readonly string[]): Promise<readonly ImageFile[]> {
  const inputs = (typeof input === "string" ? [input] : input).map((name) => resolve(name));
  const found = await Promise.all(inputs.map(expand));
  const root = commonFolder(found.map(({ folder }) => folder));
  const files = found.flatMap(({ files }) => files).map((file) => ({ id: relativeId(root, file), file }));
  if (files.length === 0) {
    throw new DataError({
      where: "readImages",
      file: inputs.join(", "),
      required: "at least one .png, .jpg, .jpeg, .tif or .tiff file",
      got: "none",
    });
  }
  checkUnique(
    files.map(({ id }) => id),
    "readImages",
  );
  return files.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The path of `file` below `root` with forward slashes on every system. */
export function relativeId(root: string, file: string): string {
  return relative(root, file).split(sep).join("/");
}

async function expand(input: string): Promise<{ folder: string; files: readonly string[] }> {
  const found = await stat(input).catch((cause: unknown) => {
    throw new DataError(
      { where: "readImages", file: input, required: "a file or folder", got: "nothing there" },
      { cause },
    );
  });
  if (!found.isDirectory()) return { folder: dirname(input), files: [input] };
  const entries = await readdir(input, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith(".") && isImageName(entry.name))
    .map((entry) => `${entry.parentPath}${sep}${entry.name}`);
  return { folder: input, files };
}

/** The folder that holds all of these. */
export function commonFolder(folders: readonly string[]): string {
  const [first = [], ...others] = folders.map((folder) => folder.split(sep));
  let depth = first.length;
  for (const other of others) {
    const differs = first.findIndex((part, at) => part !== other[at]);
    if (differs >= 0) depth = Math.min(depth, differs);
  }
  return first.slice(0, depth).join(sep) || sep;
}
