import type { Images } from "../../../src/core/images";
import type { Dataset } from "../../../src/data/dataset";

/** All images of an 8-bit data set in one batch. */
export async function allImages(dataset: Dataset): Promise<Images> {
  const batches: Images[] = [];
  for await (const batch of dataset.images()) batches.push(batch);
  const [, channels, rows, cols] = (batches[0] as Images).shape;
  const ids = batches.flatMap((batch) => batch.ids);
  const pixels = new Uint8Array(ids.length * channels * rows * cols);
  let at = 0;
  for (const batch of batches) {
    pixels.set(batch.pixels, at);
    at += batch.pixels.length;
  }
  return { pixels, shape: [ids.length, channels, rows, cols], ids };
}
