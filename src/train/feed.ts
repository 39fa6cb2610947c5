import type * as tf from "@tensorflow/tfjs";
import type { Images } from "../core/images";

/** Some images of a part, ready for a network. */
export interface Batch {
  /** `[image, ...input shape]`; whoever takes it disposes it. */
  readonly inputs: tf.Tensor;
  /** Which images of the part these are, counted from 0. */
  readonly rows: Int32Array;
}

/** Where batches come from: the images of one part of a split, counted from 0. */
export interface Feed {
  readonly count: number;
  /** These images in this order; a file that cannot be read is missing from its batch. */
  batches(order: Int32Array, batchSize: number): AsyncIterable<Batch>;
  dispose(): void;
}

/**
 * Rows of features that stay on the backend from one epoch to the next.
 *
 * @param values - `[image, feature]`; not to be changed afterwards
 */
export function tableFeed(tfjs: typeof tf, values: Float32Array, features: number): Feed {
  const table = tfjs.tensor2d(values, [values.length / features, features]);
  // Never waits itself; feeds that read files do.
  // eslint-disable-next-line @typescript-eslint/require-await
  async function* batches(order: Int32Array, batchSize: number): AsyncGenerator<Batch> {
    for (const rows of chunks(order, batchSize)) {
      yield { inputs: tfjs.tidy(() => tfjs.gather(table, tfjs.tensor1d(rows, "int32"))), rows };
    }
  }
  return { count: values.length / features, batches, dispose: () => table.dispose() };
}

/**
 * Images by id, from memory or files, as maps `[image, row, col, channel]` of numbers that are nominally in 0..1.
 *
 * @param read - gives the images of these ids in batches, in order
 */
export function imageFeed(
  tfjs: typeof tf,
  ids: readonly string[],
  read: (ids: readonly string[], batchSize: number) => AsyncIterable<Images>,
): Feed {
  const rowOf = new Map(ids.map((id, row) => [id, row]));
  async function* batches(order: Int32Array, batchSize: number): AsyncGenerator<Batch> {
    const wanted = Array.from(order, (row) => ids[row] as string);
    for await (const images of read(wanted, batchSize)) {
      const rows = Int32Array.from(images.ids, (id) => rowOf.get(id) as number);
      yield { inputs: mapsOf(tfjs, images), rows };
    }
  }
  return { count: ids.length, batches, dispose: () => undefined };
}

/** An order cut into batches, the last one shorter. */
export function chunks(order: Int32Array, batchSize: number): Int32Array[] {
  const count = Math.ceil(order.length / batchSize);
  return Array.from({ length: count }, (_, at) => order.slice(at * batchSize, (at + 1) * batchSize));
}

function mapsOf(tfjs: typeof tf, { pixels, shape }: Images): tf.Tensor4D {
  const [images, channels, rows, cols] = shape;
  const scale = pixels instanceof Float32Array ? 1 : 1 / (pixels instanceof Uint8Array ? 255 : 65535);
  const area = rows * cols;
  const values = new Float32Array(pixels.length);
  for (let image = 0; image < images; image++) {
    const start = image * channels * area;
    for (let channel = 0; channel < channels; channel++) {
      for (let at = 0; at < area; at++) {
        values[start + at * channels + channel] = (pixels[start + channel * area + at] as number) * scale;
      }
    }
  }
  return tfjs.tensor4d(values, [images, rows, cols, channels]);
}
