import type * as tf from "@tensorflow/tfjs";
import { OptionError } from "../../core/errors";
import { type Images, inBrief } from "../../core/images";
import { type LongWorkOptions, startWork } from "../../core/progress";
import { Random } from "../../core/random";
import { type Adam, startState } from "../../train/adam";
import { createAdam } from "../../train/createAdam";
import { initialWeights, type Weight, type WeightSpec } from "../../train/weights";

/** How a decoder is trained. */
export interface DecoderOptions extends LongWorkOptions {
  /** Times that every image is seen; default 25. */
  readonly epochs?: number;
  /** Images in one step; default 16. */
  readonly batchSize?: number;
  /** Default 3e-3, falling to zero along a cosine. */
  readonly learningRate?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** A network that makes pictures. */
export interface PictureNetwork {
  readonly specs: readonly WeightSpec[];
  /** The pictures `[image, row, col, channel]` that these weights make of the images of these rows. */
  readonly forward: (weights: readonly tf.Tensor[], rows: readonly number[]) => tf.Tensor4D;
}

/** Weights of a network that makes `pictures`, one for each row, by Adam on the squared error. */
export async function fitPictures(
  tfjs: typeof tf,
  { specs, forward }: PictureNetwork,
  pictures: Images,
  { epochs = 25, batchSize = 16, learningRate = 3e-3, seed = 0, ...rest }: DecoderOptions,
): Promise<Weight[]> {
  checkWhole({ epochs, batchSize });
  const random = new Random(seed).fork("decoder");
  const initial = initialWeights(specs, random.fork("weights"));
  const start = startState(
    specs,
    initial.map(({ values }) => values),
  );
  const adam = createAdam(tfjs, specs, start);
  const steps = epochs * Math.ceil(pictures.ids.length / batchSize);
  const work = startWork("train the decoder", steps, rest);
  try {
    for (let step = 0, queue: number[] = []; step < steps; step++) {
      if (queue.length === 0) queue = random.shuffle(Array.from(pictures.ids.keys()));
      work.check();
      const rate = (learningRate * (1 + Math.cos((Math.PI * step) / steps))) / 2;
      const loss = descend(tfjs, forward, adam, pictures, queue.splice(0, batchSize), rate);
      work.report(step + 1, `error ${(-10 * Math.log10(loss)).toFixed(1)} dB`);
      if (step % 8 === 7) await work.breathe();
    }
    return adam.state().weights.map((values, at) => ({ ...(initial[at] as Weight), values }));
  } finally {
    adam.dispose();
    work.end();
  }
}

/** One step of training; gives the mean squared error before it. */
function descend(
  tfjs: typeof tf,
  forward: PictureNetwork["forward"],
  adam: Adam,
  pictures: Images,
  rows: readonly number[],
  rate: number,
): number {
  return tfjs.tidy(() => {
    const target = pictureTensor(tfjs, pictures, rows);
    const weights = adam.read();
    const loss = (...current: tf.Tensor[]): tf.Scalar => forward(current, rows).sub(target).square().mean();
    const { value, grads } = tfjs.valueAndGrads(loss)(weights);
    tfjs.dispose(weights);
    adam.apply(grads, rate);
    return value.dataSync()[0] as number;
  });
}

/** What a trained network makes of so many images, in 0..1. */
export async function makePictures(
  tfjs: typeof tf,
  forward: PictureNetwork["forward"],
  trained: readonly Weight[],
  ids: readonly string[],
  [channels, side]: readonly [channels: number, side: number],
): Promise<Images> {
  const pixels = new Float32Array(ids.length * channels * side * side);
  const weights = trained.map(({ values, shape }) => tfjs.tensor(values, [...shape]));
  const chunk = 64;
  try {
    for (let start = 0; start < ids.length; start += chunk) {
      const rows = Array.from({ length: Math.min(chunk, ids.length - start) }, (_, at) => start + at);
      const rebuilt = tfjs.tidy(() => forward(weights, rows).transpose([0, 3, 1, 2]).clipByValue(0, 1));
      pixels.set(await rebuilt.data<"float32">(), start * channels * side * side);
      rebuilt.dispose();
    }
  } finally {
    tfjs.dispose(weights);
  }
  return { pixels, shape: [ids.length, channels, side, side], ids };
}

/** `[image, row, col, channel]` */
export function pictureTensor(tfjs: typeof tf, { pixels, shape }: Images, rows: readonly number[]): tf.Tensor4D {
  const [, channels, height, width] = shape;
  const size = channels * height * width;
  const chosen = concatenated(rows.map((row) => (pixels as Float32Array).subarray(row * size, (row + 1) * size)));
  return tfjs.tensor4d(chosen, [rows.length, channels, height, width]).transpose<tf.Tensor4D>([0, 2, 3, 1]);
}

export function concatenated(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/** Every 2x2 block of pixels becomes one pixel with four times the depth. */
export function folded(pixels: tf.Tensor4D, half: number): tf.Tensor4D {
  const [images, , , depth] = pixels.shape;
  const split = pixels.reshape([images, half, 2, half, 2 * depth]);
  return split.transpose([0, 1, 3, 2, 4]).reshape([images, half, half, 4 * depth]);
}

/** What undoes {@link folded}. */
export function unfolded(pixels: tf.Tensor4D, side: number): tf.Tensor4D {
  const [images, half, , depth] = pixels.shape;
  const split = pixels.reshape([images, half, half, 2, depth / 2]);
  return split.transpose([0, 1, 3, 2, 4]).reshape([images, side, side, depth / 4]);
}

/** Weights that start as normal numbers whose spread keeps that of `fanIn` inputs. */
export function drawn(name: string, shape: readonly number[], fanIn: number, gain = 2): WeightSpec {
  return { name, shape, initial: { kind: "normal", deviation: Math.sqrt(gain / fanIn) }, trainable: true };
}

/** Weights that start at zero. */
export function zero(name: string, shape: readonly number[]): WeightSpec {
  return { name, shape, initial: { kind: "constant", value: 0 }, trainable: true };
}

function checkWhole(options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new OptionError({
      where: "evaluate.trainDecoder",
      required: `${name} a whole number of at least 1`,
      got: inBrief(value),
    });
  }
}
