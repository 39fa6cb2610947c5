import { basename } from "node:path";
import type { Images, Rejected } from "../core/images";
import type { ImageFile } from "../data/imageFile";
import { findImageFiles } from "../data/imageFiles";
import { streamFiles } from "../data/readImages";
import type { ReadOptions } from "../data/readSettings";
import { scaledSides, scalingNote, shortestSide } from "./fit";
import { inlineImages } from "./inline";
import type { InlinedImage } from "./pageData";

/** Image files as they go into a page, and those that could not be used. */
export interface PageFiles {
  readonly images: readonly InlinedImage[];
  readonly rejected: readonly Rejected[];
}

/**
 * Reads image files for a page, each at its own size; larger ones are scaled to what the page works with.
 *
 * @param input - files and folders, as for `readImages`
 */
export async function readPageFiles(input: readonly string[]): Promise<PageFiles> {
  const [images, rejected]: [InlinedImage[], Rejected[]] = [[], []];
  for (const file of await findImageFiles(input)) {
    const read = await readOne(file, { minSide: shortestSide });
    rejected.push(...read.rejected);
    if (read.images === undefined) continue;
    const [, , rows, cols] = read.images.shape;
    const sides = scaledSides(rows, cols);
    const note = scalingNote([rows, cols], sides);
    const fitting = note === "" ? read.images : (await readOne(file, { size: sides })).images;
    if (fitting !== undefined) images.push(...(await inlineImages(fitting, [basename(file.file)], note)));
  }
  return { images, rejected };
}

async function readOne(
  file: ImageFile,
  options: ReadOptions,
): Promise<{ readonly images?: Images; readonly rejected: readonly Rejected[] }> {
  const stream = streamFiles([file], options);
  for await (const images of stream) return { images, rejected: [] };
  return { rejected: [...stream.rejected] };
}
