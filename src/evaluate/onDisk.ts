import { DataError, ShapeError } from "../core/errors";
import { checkImages, type Images } from "../core/images";
import { checkOptions, longWorkNames } from "../core/options";
import { sharp } from "../core/packages";
import { type LongWorkOptions, startWork } from "../core/progress";
import type { NumberById } from "../data/imageFacts";
import { planes } from "./quality";

/** Sizes on disk. */
export interface OnDiskRatio {
  /** Bytes of all privatized images as JPEG of quality 95, in percent of the originals' (the paper's ODR). */
  readonly ratio: number;
  /** Bytes of each privatized image as JPEG, by id. */
  readonly bytes: NumberById;
}

/**
 * The on-disk ratio: privatized images as JPEG files of quality 95, beside the bytes of the original files.
 *
 * @param privatized - one or three channels, clamped to 0..1
 * @param originalBytes - the size of every original file, by id
 * @throws DataError when an original's size is not given
 */
export async function onDiskRatio(
  privatized: Images,
  originalBytes: NumberById,
  options: LongWorkOptions = {},
): Promise<OnDiskRatio> {
  const where = "evaluate.onDiskRatio";
  checkOptions(where, options, longWorkNames);
  checkImages(privatized, where);
  const { ids, shape } = privatized;
  if (shape[1] !== 1 && shape[1] !== 3)
    throw new ShapeError({ where, required: "1 or 3 channels", got: `${shape[1]}` });
  const missing = ids.find((id) => !((originalBytes[id] ?? 0) > 0));
  if (missing !== undefined)
    throw new DataError({ where, required: "the bytes of every original", got: `none for "${missing}"` });
  const work = startWork("measure files", ids.length, options);
  const bytes: Record<string, number> = {};
  try {
    for (const [image, id] of ids.entries()) {
      work.check();
      bytes[id] = await jpegBytes(privatized, image);
      work.report(image + 1);
    }
  } finally {
    work.end();
  }
  const sum = (of: NumberById): number => ids.reduce((total, id) => total + (of[id] as number), 0);
  return { ratio: (100 * sum(bytes)) / sum(originalBytes), bytes };
}

async function jpegBytes(images: Images, image: number): Promise<number> {
  const channels = planes(images, image);
  const [, count, height, width] = images.shape;
  const raw = new Uint8Array(count * height * width);
  channels.forEach(({ values }, channel) =>
    values.forEach((value, at) => (raw[at * count + channel] = Math.round(255 * value))),
  );
  const encoded = sharp()(raw, { raw: { width, height, channels: count as 1 | 3 } });
  return (
    await encoded
      .toColourspace(count === 1 ? "b-w" : "srgb")
      .jpeg({ quality: 95 })
      .toBuffer()
  ).length;
}
