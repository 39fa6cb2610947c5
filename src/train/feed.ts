import type * as tf from "@tensorflow/tfjs";

/** Where batches come from: the images of one part of a split, counted from 0. */
export interface Feed {
  readonly count: number;
  /** Batches `[image, ...input shape]` of these images in this order; whoever takes a batch disposes it. */
  batches(order: Int32Array, batchSize: number): AsyncIterable<tf.Tensor>;
  dispose(): void;
}

/**
 * Rows of features that stay on the backend from one epoch to the next.
 *
 * @param values - `[image, feature]`; not to be changed afterwards
 */
export function tableFeed(tfjs: typeof tf, values: Float32Array, features: number): Feed {
  const table = tfjs.tensor2d(values, [values.length / features, features]);
  // A generator that never waits, but other feeds must.
  // eslint-disable-next-line @typescript-eslint/require-await
  async function* batches(order: Int32Array, batchSize: number): AsyncGenerator<tf.Tensor> {
    for (const rows of chunks(order, batchSize)) {
      yield tfjs.tidy(() => tfjs.gather(table, tfjs.tensor1d(rows, "int32")));
    }
  }
  return { count: values.length / features, batches, dispose: () => table.dispose() };
}

/** An order cut into batches, the last one shorter. */
export function chunks(order: Int32Array, batchSize: number): Int32Array[] {
  const count = Math.ceil(order.length / batchSize);
  return Array.from({ length: count }, (_, at) => order.slice(at * batchSize, (at + 1) * batchSize));
}
