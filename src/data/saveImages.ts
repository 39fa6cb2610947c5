import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { DataError } from "../core/errors";
import { checkImages, checkUnique, type Images } from "../core/images";
import { refusalOfName } from "./inputs/names";
import { encodePng } from "./png";
import { writeFiles } from "./writeFiles";

const where = "saveImages";

/**
 * Writes images as 8-bit PNG files below a folder, each under its id with the ending .png; folders in an id are made.
 * What is beyond black and white is clamped. Each file appears whole or not at all.
 *
 * @param images - of one channel (grey) or three (RGB)
 * @returns the files, in the order of the images
 * @throws DataError when two ids give one file, an id leaves the folder, or a file cannot be written
 */
export async function saveImages(images: Images, folder: string): Promise<readonly string[]> {
  checkImages(images, where);
  const names = images.ids.map(pngName);
  checkUnique(names, `${where}: names of the PNG files`);
  for (const id of images.ids) pngFile(id, folder);
  const files: string[] = [];
  for (const [at, id] of images.ids.entries()) files.push(await savePng(await encodePng(images, at), id, folder));
  return files;
}

/**
 * Writes the PNG file of an image below a folder, whole or not at all.
 *
 * @returns the file
 * @throws DataError when the id leaves the folder, or the file cannot be written
 */
export async function savePng(png: Uint8Array, id: string, folder: string): Promise<string> {
  const file = pngFile(id, folder);
  await makeFolder(dirname(file));
  await writeFiles([{ file, pieces: [png] }]);
  return file;
}

/** Whether the PNG file of an image lies below the folder that it is written to. */
export function staysInside(id: string): boolean {
  const name = pngName(id);
  return join("/out", name) === join("/out", join("/", name));
}

// In bytes: the longest names of common file systems, and the longest paths of Linux.
const [mostOfName, mostOfPath] = [255, 4095];
const draftName = 46; // what writeFiles writes to first, with the slash before it

/** Why the PNG file of an image cannot be written below a folder, whatever lies there, or undefined. */
export function refusalOfId(id: string, folder: string): string | undefined {
  if (!staysInside(id))
    return "an id below which its PNG file stays in the output folder, got one that leads out of it";
  const control = refusalOfName(id);
  if (control !== undefined) return control.replace("a name", "an id");
  const name = pngName(id);
  const longest = Math.max(...name.split("/").map((part) => Buffer.byteLength(part)));
  if (longest > mostOfName) return `an id whose parts are names of ${mostOfName} bytes at most, got ${longest}`;
  const path = Buffer.byteLength(join(resolve(folder), name));
  const folders = Buffer.byteLength(dirname(join(resolve(folder), name)));
  if (Math.max(path, folders + draftName) > mostOfPath)
    return `an id that gives a path of ${mostOfPath} bytes at most, got ${path}`;
  return undefined;
}

function pngFile(id: string, folder: string): string {
  const name = pngName(id);
  if (!staysInside(id)) {
    throw new DataError({ where, file: folder, required: "ids that stay in the folder", got: `"${name}"` });
  }
  return join(folder, name);
}

/** The name of an image's PNG file: its id with another ending; what follows the last dot of a DICOM file's number is none. */
export function pngName(id: string): string {
  return `${id.replace(/\.(png|jpe?g|tiff?|dcm|dicom|nii|nii\.gz)(?=(#\d+)?$)/i, "")}.png`;
}

/** Makes a folder and those above it. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
    const got = cause.code === "EEXIST" || cause.code === "ENOTDIR" ? "a file in its place" : (cause.code ?? "none");
    const complaint = { where, file: folder, required: "a folder that can be made", got };
    throw new DataError({ ...complaint, remedy: "name another" }, { cause });
  });
}
