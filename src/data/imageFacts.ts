import { stat } from "node:fs/promises";
import type { Images } from "../core/images";
import type { Dataset } from "./dataset";

/** One number for every image, by image id. */
export type NumberById = Readonly<Record<string, number>>;

/**
 * Plain numbers that tell how a picture was taken and nothing of what it shows, by name and image id, to be scored by
 * `evaluate.easyPredictors` beside a model; images that cannot be read have none:
 *
 * - `mean brightness`, 0..1 of full scale;
 * - `file size` in bytes, where each image is a file of its own;
 * - `patient number`, where every patient's name is a number.
 *
 * @throws DataError when no image can be read
 */
export async function imageFacts(dataset: Dataset): Promise<Readonly<Record<string, NumberById>>> {
  const { files, groups = {} } = dataset;
  const numbers = Object.entries(groups).map(([id, patient]) => [id, Number(patient)] as const);
  const numbered = numbers.length > 0 && numbers.every(([, number]) => Number.isFinite(number));
  return {
    "mean brightness": await meanBrightness(dataset.images()),
    ...(files === undefined ? {} : { "file size": await fileSizes(files) }),
    ...(numbered ? { "patient number": Object.fromEntries(numbers) } : {}),
  };
}

async function meanBrightness(batches: AsyncIterable<Images>): Promise<NumberById> {
  const byId: Record<string, number> = {};
  for await (const { pixels, shape, ids } of batches) {
    const size = shape[1] * shape[2] * shape[3];
    const fullScale = pixels instanceof Uint8Array ? 255 : pixels instanceof Uint16Array ? 65535 : 1;
    ids.forEach((id, image) => {
      let sum = 0;
      for (let at = image * size; at < (image + 1) * size; at++) sum += pixels[at] as number;
      byId[id] = sum / (size * fullScale);
    });
  }
  return byId;
}

/** A file that is not there has no size, as it has no pixels. */
async function fileSizes(files: Readonly<Record<string, string>>): Promise<NumberById> {
  const found = await Promise.all(
    Object.entries(files).map(async ([id, file]) => [id, (await stat(file).catch(() => undefined))?.size] as const),
  );
  return Object.fromEntries(found.filter((entry): entry is readonly [string, number] => entry[1] !== undefined));
}
