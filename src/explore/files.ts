import { basename } from "node:path";
import { DataError } from "../core/errors";
import type { Images, Rejected } from "../core/images";
import { decodeFile } from "../data/decode";
import type { ImageFile } from "../data/imageFile";
import type { Inputs } from "../data/inputs/findInputs";
import { nothingUsable, reasonOf } from "../data/outcomes";
import { type ReadOptions, readSettings } from "../data/readSettings";
import { checkCount, longestSide, scaledSides, scalingNote, shortestSide, type SomeWishes, startWith } from "./fit";
import { inlineImages } from "./inline";
import type { InlinedImage, PageData } from "./pageData";

/** Image files as they go into a page, what it starts with, and what could not be used. */
export interface PageFiles extends Pick<PageData, "images" | "start"> {
  readonly rejected: readonly Rejected[];
}

/**
 * Reads image files for a page, each at its own size; larger ones are scaled to what the page works with.
 *
 * @throws DataError when nothing can be used
 * @throws OptionError when there are more images than a page holds, or a setting is not allowed
 * @throws ShapeError when the first image that can be used does not allow what is asked for
 */
export async function readPageFiles(found: Inputs, asked: SomeWishes): Promise<PageFiles> {
  checkCount(found.files.length);
  const [images, rejected]: [InlinedImage[], Rejected[]] = [[], [...found.rejected]];
  let start: PageData["start"] | undefined;
  for (const file of found.files) {
    const read = await orReject(file);
    if ("reason" in read) rejected.push(read);
    else {
      const [, ...shape] = read.images.shape;
      start ??= startWith(asked, shape);
      images.push(...(await inlineImages(read.images, [basename(file.id)], read.note)));
    }
  }
  if (start === undefined) throw nothingUsable(rejected);
  return { images, start, rejected };
}

/** One image as a page takes it, and what was done to it. */
interface Fitted {
  readonly images: Images;
  readonly note: string;
}

async function orReject(image: ImageFile): Promise<Fitted | Rejected> {
  try {
    return await fitted(image);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return { file: image.file, id: image.id, reason: reasonOf(error) };
  }
}

async function fitted(file: ImageFile): Promise<Fitted> {
  const whole = await readOne(file, { minSide: shortestSide });
  const [, , rows, cols] = whole.shape;
  const size = scaledSides(rows, cols);
  if (Math.min(...size) < shortestSide) {
    const required = `sides of at least ${shortestSide} once the longer one is scaled to ${longestSide}`;
    throw new DataError({ where: "explore", file: file.file, required, got: `${rows}x${cols}` });
  }
  const note = scalingNote([rows, cols], size);
  return { images: note === "" ? whole : await readOne(file, { size }), note };
}

async function readOne(file: ImageFile, options: ReadOptions): Promise<Images> {
  const { pixels, shape } = await decodeFile(file, readSettings(options));
  return { pixels, shape: [1, ...shape], ids: [file.id] };
}
