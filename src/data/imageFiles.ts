import { readdir, stat } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import { DataError } from "../core/errors";
import { checkUnique, inBrief } from "../core/images";
import type { ImageFile } from "./imageFile";
import { startsAsDicom, withFrames } from "./medical";

const extensions = /\.(png|jpe?g|tiff?|dcm|dicom|nii|nii\.gz)$/i;

/** The kinds of files that are read, as messages name them. */
export const imageKinds =
  "PNG, JPEG, TIFF, DICOM or NIfTI file (.png, .jpg, .jpeg, .tif, .tiff, .dcm, .dicom, .nii, .nii.gz)";

/** Whether a file is taken for an image, by its name. */
export function isImageName(name: string): boolean {
  return extensions.test(name);
}

/** Whether a name has no ending, as those of DICOM files often have none; what follows a dot in a number is none. */
export function hasNoEnding(name: string): boolean {
  return !/\.[a-z]\w*$/i.test(name);
}

/** Whether a file is taken for an image, by its name or, where that has no ending, by how it begins. */
export function isImageFile(file: string): boolean {
  return isImageName(file) || (hasNoEnding(file) && startsAsDicom({ file }));
}

/**
 * The image files (PNG, JPEG, TIFF, DICOM, NIfTI by their endings, DICOM without one by its first bytes) that are named
 * or lie in named folders and their sub-folders, sorted by id. An id is the path below the folder, with forward slashes; with several inputs, below the folder that
 * holds them all.
 *
 * @throws DataError when an input does not exist, there is no image file, or a file is named twice
 */
export async function findImageFiles(input: string | readonly string[]): Promise<readonly ImageFile[]> {
  const inputs = pathsOf(input).map((name) => resolve(name));
  const found = await Promise.all(inputs.map(expand));
  const root = commonFolder(found.map(({ folder }) => folder));
  const files = found.flatMap(({ files }) => files).map((file) => ({ id: relativeId(root, file), file }));
  if (files.length === 0) {
    throw new DataError({
      where: "readImages",
      file: inputs.join(", "),
      required: `at least one ${imageKinds}`,
      got: "none",
    });
  }
  checkUnique(
    files.map(({ id }) => id),
    "readImages",
  );
  files.sort((a, b) => (a.id < b.id ? -1 : 1));
  return withFrames(files);
}

/** Cells and JavaScript can give anything, for instance nothing. */
function pathsOf(input: string | readonly string[]): readonly string[] {
  const paths = typeof input === "string" ? [input] : input;
  if (Array.isArray(paths) && paths.every((path) => typeof path === "string")) return paths;
  const required = "the path of a file or folder, or a list of paths";
  const got = Array.isArray(input) ? "a list of other things" : inBrief(input);
  throw new DataError({ where: "readImages", required, got, remedy: 'say, for instance, readImages("scans")' });
}

/** The path of `file` below `root` with forward slashes on every system. */
export function relativeId(root: string, file: string): string {
  const isPlain = sep === "/" && file.startsWith(`${root}/`) && !/\/\.{0,2}\//.test(file); // asked of millions
  return isPlain ? file.slice(root.length + 1) : relative(root, file).split(sep).join("/");
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
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
    .map((entry) => `${entry.parentPath}${sep}${entry.name}`)
    .filter(isImageFile);
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
