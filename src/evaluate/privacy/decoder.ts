import type * as tf from "@tensorflow/tfjs";
import type { Embedding } from "../../compress/embedding";
import { OptionError, ShapeError } from "../../core/errors";
import type { Images } from "../../core/images";
import { tensorflow } from "../../core/packages";
import { type LongWorkOptions, startWork } from "../../core/progress";
import { Random } from "../../core/random";
import { type Adam, startState } from "../../train/adam";
import { createAdam } from "../../train/createAdam";
import { readData, writeData } from "../../train/files";
import { initialWeights, type Weight, type WeightSpec } from "../../train/weights";
import { rowsOf } from "../scored";
import { blending, type GridFeatures, gridFeatures } from "./grid";

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

/** A trained attack: turns embeddings of these settings back into small pictures. */
export interface Decoder {
  readonly kind: "decoder";
  readonly settings: Embedding["settings"];
  readonly imageShape: Embedding["imageShape"];
  /** Rows and columns of what it rebuilds. */
  readonly side: number;
  /** Mean and spread of every feature over the images that it learned from. */
  readonly featureMean: Float32Array;
  readonly featureSpread: Float32Array;
  readonly weights: readonly Weight[];
  /** Images that it learned from. */
  readonly images: number;
}

const where = "evaluate.trainDecoder";
const width = 32;

/**
 * Trains a small convolutional network to rebuild pictures from embeddings: features mixed per patch, blended to half
 * the picture's side at the place that each patch covers, three 3x3 convolutions, and a mean picture, on top of the
 * patches' brightness. About 15 thousand weights, Adam on the squared error. Whoever holds other patients' images can do
 * this; patients under attack must not be among them.
 *
 * @param embedding - of the attacker's own images
 * @param pictures - the same images at the size to be rebuilt, square with even side: see `evaluate.thumbnails`
 * @throws ShapeError when the pictures are not square with an even side
 * @throws DataError when an embedding has no picture
 */
export async function trainDecoder(
  embedding: Embedding,
  pictures: Images,
  { epochs = 25, batchSize = 16, learningRate = 3e-3, seed = 0, ...rest }: DecoderOptions = {},
): Promise<Decoder> {
  const side = checkPictures(pictures, epochs, batchSize);
  const rows = rowsOf(embedding.ids, pictures.ids, "pictures", where);
  const grid = gridFeatures(embedding);
  const statistics = featureStatistics(grid);
  const specs = weightSpecs(grid, side, embedding.imageShape[0]);
  const random = new Random(seed).fork("decoder");
  const initial = initialWeights(specs, random.fork("weights"));
  const tfjs = await tensorflow();
  const adam = createAdam(
    tfjs,
    specs,
    startState(
      specs,
      initial.map(({ values }) => values),
    ),
  );
  const steps = epochs * Math.ceil(rows.length / batchSize);
  const work = startWork("train the decoder", steps, rest);
  const context: Context = { tfjs, grid, statistics, embedding, side };
  try {
    for (let step = 0, queue: number[] = []; step < steps; step++) {
      if (queue.length === 0) queue = random.shuffle(Array.from(rows.keys()));
      work.check();
      const rate = (learningRate * (1 + Math.cos((Math.PI * step) / steps))) / 2;
      const loss = descend(context, adam, queue.splice(0, batchSize), { pictures, rows }, rate);
      work.report(step + 1, `error ${(-10 * Math.log10(loss)).toFixed(1)} dB`);
      if (step % 8 === 7) await work.breathe();
    }
    const weights = adam.state().weights.map((values, at) => ({ ...(initial[at] as Weight), values }));
    const { settings, imageShape } = embedding;
    return Object.freeze({
      kind: "decoder" as const,
      settings,
      imageShape,
      side,
      ...statistics,
      weights,
      images: rows.length,
    });
  } finally {
    adam.dispose();
    work.end();
  }
}

/**
 * Rebuilds pictures from embeddings.
 *
 * @returns pictures in 0..1 of the decoder's size, with the embedding's ids
 * @throws OptionError when the embedding was made with other settings or from images of another size
 */
export async function decode(decoder: Decoder, embedding: Embedding): Promise<Images> {
  checkSettings(decoder, embedding);
  const tfjs = await tensorflow();
  const { side, featureMean, featureSpread } = decoder;
  const channels = embedding.imageShape[0];
  const grid = gridFeatures(embedding);
  const context: Context = { tfjs, grid, statistics: { featureMean, featureSpread }, embedding, side };
  const pixels = new Float32Array(embedding.ids.length * channels * side * side);
  const weights = decoder.weights.map(({ values, shape }) => tfjs.tensor(values, [...shape]));
  const chunk = 64;
  try {
    for (let start = 0; start < embedding.ids.length; start += chunk) {
      const rows = Array.from({ length: Math.min(chunk, embedding.ids.length - start) }, (_, at) => start + at);
      const rebuilt = tfjs.tidy(() => forward(context, weights, rows).transpose([0, 3, 1, 2]).clipByValue(0, 1));
      pixels.set(await rebuilt.data<"float32">(), start * channels * side * side);
      rebuilt.dispose();
    }
  } finally {
    tfjs.dispose(weights);
  }
  return { pixels, shape: [embedding.ids.length, channels, side, side], ids: embedding.ids };
}

/**
 * Writes a trained decoder into one file, to attack other patients' embeddings with later.
 *
 * @throws DataError when the file cannot be written
 */
export function saveDecoder(decoder: Decoder, file: string): void {
  writeData(file, "decoder", decoder);
}

/**
 * Reads what {@link saveDecoder} wrote; it rebuilds the same pictures.
 *
 * @throws DataError when the file cannot be read, is damaged, or holds something else
 */
export function loadDecoder(file: string): Decoder {
  return readData(file, "decoder") as Decoder;
}

interface Statistics {
  readonly featureMean: Float32Array;
  readonly featureSpread: Float32Array;
}

interface Context {
  readonly tfjs: typeof tf;
  readonly grid: GridFeatures;
  readonly statistics: Statistics;
  readonly embedding: Embedding;
  readonly side: number;
}

/** One step of training; gives the mean squared error before it. */
function descend(
  context: Context,
  adam: Adam,
  images: readonly number[],
  { pictures, rows }: { pictures: Images; rows: Int32Array },
  rate: number,
): number {
  const { tfjs, side } = context;
  const channels = pictures.shape[1];
  return tfjs.tidy(() => {
    const size = channels * side * side;
    const pixels = images.map((image) =>
      pictures.pixels.subarray((rows[image] as number) * size, ((rows[image] as number) + 1) * size),
    );
    const target = tfjs
      .tensor(concatenated(pixels as Float32Array[]), [images.length, channels, side, side])
      .transpose([0, 2, 3, 1]);
    const weights = adam.read();
    const loss = (...current: tf.Tensor[]): tf.Scalar => forward(context, current, images).sub(target).square().mean();
    const { value, grads } = tfjs.valueAndGrads(loss)(weights);
    tfjs.dispose(weights);
    adam.apply(grads, rate);
    return value.dataSync()[0] as number;
  });
}

/** `[image, row, col, channel]` */
function forward(context: Context, weights: readonly tf.Tensor[], images: readonly number[]): tf.Tensor4D {
  const { tfjs, grid, statistics, embedding, side } = context;
  const [mix, kernel1, bias1, kernel2, bias2, kernel3, mean] = weights as [
    tf.Tensor2D,
    tf.Tensor4D,
    tf.Tensor1D,
    tf.Tensor4D,
    tf.Tensor1D,
    tf.Tensor4D,
    tf.Tensor3D,
  ];
  const [, patchRows, patchCols, features] = grid.shape;
  const take = (values: Float32Array, depth: number): tf.Tensor4D => {
    const size = patchRows * patchCols * depth;
    const chosen = concatenated(images.map((image) => values.subarray(image * size, (image + 1) * size)));
    return tfjs.tensor4d(chosen, [images.length, patchRows, patchCols, depth]);
  };
  const standard = take(grid.values, features).sub(statistics.featureMean).div<tf.Tensor4D>(statistics.featureSpread);
  const mixed = standard
    .reshape<tf.Tensor2D>([-1, features])
    .matMul(mix)
    .reshape<tf.Tensor4D>([images.length, patchRows, patchCols, -1]);
  const inside = innerSide(grid, side);
  const fine = blend(tfjs, mixed, embedding, inside);
  const coarse = inside === side / 2 ? fine : folded(fine, side / 2);
  const first = tfjs.relu(tfjs.conv2d(coarse, kernel1, 1, "same").add(bias1)) as tf.Tensor4D;
  const second = tfjs.relu(tfjs.conv2d(first, kernel2, 1, "same").add(bias2)) as tf.Tensor4D;
  const detail = unfolded(tfjs.conv2d(second, kernel3, 1, "same"), side);
  const brightness = blend(tfjs, take(grid.brightness, embedding.imageShape[0]), embedding, side);
  return detail.add(brightness).add<tf.Tensor4D>(mean);
}

/** Grids finer than half the picture are blended to its full side, then folded. */
function innerSide({ shape }: GridFeatures, side: number): number {
  return Math.max(shape[1], shape[2]) > side / 2 ? side : side / 2;
}

/** Patches to pixels, by rows, then by columns. */
function blend(tfjs: typeof tf, grid: tf.Tensor4D, embedding: Embedding, side: number): tf.Tensor4D {
  const [images, patchRows, patchCols, depth] = grid.shape;
  const down = tfjs.tensor3d(blending(embedding, 0, side), [1, side, patchRows]).tile([images, 1, 1]);
  const across = tfjs.tensor3d(blending(embedding, 1, side), [1, side, patchCols]).tile([images, 1, 1]);
  const tall = down.matMul(grid.reshape<tf.Tensor3D>([images, patchRows, patchCols * depth]));
  const turned = tall.reshape([images, side, patchCols, depth]).transpose<tf.Tensor4D>([0, 2, 1, 3]);
  const full = across.matMul(turned.reshape<tf.Tensor3D>([images, patchCols, side * depth]));
  return full.reshape([images, side, side, depth]).transpose<tf.Tensor4D>([0, 2, 1, 3]);
}

/** Every 2x2 block of pixels becomes one pixel with four times the depth. */
function folded(pixels: tf.Tensor4D, half: number): tf.Tensor4D {
  const [images, , , depth] = pixels.shape;
  const split = pixels.reshape([images, half, 2, half, 2 * depth]);
  return split.transpose([0, 1, 3, 2, 4]).reshape([images, half, half, 4 * depth]);
}

function unfolded(pixels: tf.Tensor4D, side: number): tf.Tensor4D {
  const [images, half, , depth] = pixels.shape;
  const split = pixels.reshape([images, half, half, 2, depth / 2]);
  return split.transpose([0, 1, 3, 2, 4]).reshape([images, side, side, depth / 4]);
}

function weightSpecs(grid: GridFeatures, side: number, channels: number): WeightSpec[] {
  const features = grid.shape[3];
  const mixed = Math.min(24, features);
  const inputs = innerSide(grid, side) === side ? 4 * mixed : mixed;
  const drawn = (name: string, shape: readonly number[], fanIn: number, gain = 2): WeightSpec => ({
    name,
    shape,
    initial: { kind: "normal", deviation: Math.sqrt(gain / fanIn) },
    trainable: true,
  });
  const zero = (name: string, shape: readonly number[]): WeightSpec => ({
    name,
    shape,
    initial: { kind: "constant", value: 0 },
    trainable: true,
  });
  return [
    drawn("mix", [features, mixed], features, 1),
    drawn("convolution1", [3, 3, inputs, width], 9 * inputs),
    zero("bias1", [width]),
    drawn("convolution2", [3, 3, width, width], 9 * width),
    zero("bias2", [width]),
    drawn("convolution3", [3, 3, width, 4 * channels], 9 * width, 0.01), // starts near the patches' brightness
    zero("mean", [side, side, channels]),
  ];
}

function featureStatistics({ values, shape }: GridFeatures): Statistics {
  const features = shape[3];
  const rows = values.length / features;
  const [sum, squares] = [new Float64Array(features), new Float64Array(features)];
  values.forEach((value, at) => {
    (sum[at % features] as number) += value;
    (squares[at % features] as number) += value * value;
  });
  const featureMean = Float32Array.from(sum, (total) => total / rows);
  const spread = (at: number): number =>
    Math.sqrt(Math.max(0, (squares[at] as number) / rows - ((sum[at] as number) / rows) ** 2));
  return { featureMean, featureSpread: featureMean.map((_, at) => spread(at) || 1) };
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

function checkPictures({ shape }: Images, epochs: number, batchSize: number): number {
  const [, , rows, cols] = shape;
  if (rows !== cols || rows % 2 === 1) {
    throw new ShapeError({
      where,
      required: "square pictures with an even side",
      got: `${rows}x${cols}`,
      remedy: "use evaluate.thumbnails",
    });
  }
  for (const [name, value] of Object.entries({ epochs, batchSize })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new OptionError({ where, required: `${name} a whole number of at least 1`, got: String(value) });
  }
  return rows;
}

function checkSettings(decoder: Decoder, embedding: Embedding): void {
  const words = ({ settings, imageShape }: Pick<Embedding, "settings" | "imageShape">): string => {
    const { level, patchGrid, wavelet, pooling } = settings;
    return `J=${level}, P=${patchGrid.join("x")}, ${wavelet}, ${pooling.join("+")}, ${imageShape.join("x")}`;
  };
  if (words(decoder) === words(embedding)) return;
  throw new OptionError({
    where: "evaluate.decode",
    required: `an embedding of ${words(decoder)}`,
    got: words(embedding),
  });
}
