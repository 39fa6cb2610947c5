import type { Images } from "../../../src/core/images";
import { Random } from "../../../src/core/random";
import type { Dataset } from "../../../src/data/dataset";
import type { Labels } from "../../../src/data/labels";

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

/** Synthetic patients of two pictures each: a pattern of their own, and brighter where they have the finding. */
export function patients(count: number): { images: Images; labels: Labels; groups: Record<string, string> } {
  const random = new Random(8);
  const faces = Array.from({ length: count }, () => Array.from({ length: 256 }, () => random.integer(150)));
  const ids = Array.from({ length: 2 * count }, (_, at) => `${Math.floor(at / 2)}-${at % 2}`);
  const sick = (at: number): number => Math.floor(at / 2) % 2;
  const pixels = Uint8Array.from(
    ids.flatMap((_, at) => (faces[Math.floor(at / 2)] as number[]).map((x) => x + random.integer(40) + 15 * sick(at))),
  );
  return {
    images: { pixels, shape: [ids.length, 1, 16, 16], ids },
    labels: { kind: "binary", classes: ["finding"], ids, values: Float32Array.from(ids, (_, at) => sick(at)) },
    groups: Object.fromEntries(ids.map((id) => [id, id.split("-")[0] as string])),
  };
}
