import type * as tf from "@tensorflow/tfjs";
import type { Embedding } from "../../compress/embedding";
import { OptionError, ShapeError } from "../../core/errors";
import type { Images } from "../../core/images";
import { tensorflow } from "../../core/packages";
import { readData, writeData } from "../../train/files";
import type { Weight, WeightSpec } from "../../train/weights";
import { rowsOf } from "../scored";
import {
  concatenated,
  type DecoderOptions,
  drawn,
  fitPictures,
  folded,
  makePictures,
  unfolded,
  zero,
} from "./fitPictures";
import { blending, type GridFeatures, gridFeatures } from "./grid";
import { imagesAt } from "./subset";

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
  options: DecoderOptions = {},
): Promise<Decoder> {
  const side = checkPictures(pictures);
  const own = imagesAt(pictures, Array.from(rowsOf(embedding.ids, pictures.ids, "pictures", where)));
  const grid = gridFeatures(embedding);
  const statistics = featureStatistics(grid);
  const specs = weightSpecs(grid, side, embedding.imageShape[0]);
  const tfjs = await tensorflow();
  const context: Context = { tfjs, grid, statistics, embedding, side };
  const weights = await fitPictures(tfjs, { specs, forward: forward.bind(undefined, context) }, own, options);
  const { settings, imageShape } = embedding;
  return Object.freeze({
    kind: "decoder" as const,
    settings,
    imageShape,
    side,
    ...statistics,
    weights,
    images: own.ids.length,
  });
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
  const grid = gridFeatures(embedding);
  const context: Context = { tfjs, grid, statistics: { featureMean, featureSpread }, embedding, side };
  const size = [embedding.imageShape[0], side] as const;
  return makePictures(tfjs, forward.bind(undefined, context), decoder.weights, embedding.ids, size);
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

function weightSpecs(grid: GridFeatures, side: number, channels: number): WeightSpec[] {
  const features = grid.shape[3];
  const mixed = Math.min(24, features);
  const inputs = innerSide(grid, side) === side ? 4 * mixed : mixed;
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

function checkPictures({ shape }: Images): number {
  const [, , rows, cols] = shape;
  if (rows !== cols || rows % 2 === 1) {
    throw new ShapeError({
      where,
      required: "square pictures with an even side",
      got: `${rows}x${cols}`,
      remedy: "use evaluate.thumbnails",
    });
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
