import type { Embedding } from "../../compress/embedding";
import type { Images } from "../../core/images";

/** Some of the images, in the order of `rows`. */
export function imagesAt(images: Images, rows: readonly number[]): Images {
  const [, ...shape] = images.shape;
  return {
    pixels: rowsAt(images.pixels, rows, images.ids.length),
    shape: [rows.length, ...shape],
    ids: idsAt(images.ids, rows),
  };
}

/** Some of the rows of an embedding, in the order of `rows`. */
export function embeddingAt(embedding: Embedding, rows: readonly number[]): Embedding {
  const [, ...shape] = embedding.shape;
  const values = rowsAt(embedding.values, rows, embedding.ids.length);
  return { ...embedding, values, shape: [rows.length, ...shape], ids: idsAt(embedding.ids, rows) };
}

function idsAt(ids: readonly string[], rows: readonly number[]): string[] {
  return rows.map((row) => ids[row] as string);
}

function rowsAt<T extends Uint8Array | Uint16Array | Float32Array>(
  values: T,
  rows: readonly number[],
  count: number,
): T {
  const size = values.length / count;
  const result = values.slice(0, rows.length * size) as T;
  rows.forEach((row, at) => result.set(values.subarray(row * size, (row + 1) * size), at * size));
  return result;
}
