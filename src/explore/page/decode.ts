import type { Embedding } from "../../compress/embedding";
import { blending, type GridFeatures, gridFeatures } from "../../evaluate/privacy/grid";
import type { PageDecoder } from "../pageDecoder";
import { fromBase64 } from "./image";

// The decoder of `evaluate.trainDecoder` without TensorFlow: the same layers, one image at a time.

/** Numbers `[row, col, depth]`. */
interface Volume {
  readonly values: Float32Array;
  readonly rows: number;
  readonly cols: number;
  readonly depth: number;
}

/** A decoder whose numbers are unpacked. */
export interface ReadyDecoder {
  readonly about: PageDecoder;
  readonly featureMean: Float32Array;
  readonly featureSpread: Float32Array;
  readonly weights: readonly Float32Array[];
}

export function unpack(about: PageDecoder): ReadyDecoder {
  return {
    about,
    featureMean: floats(about.featureMean),
    featureSpread: floats(about.featureSpread),
    weights: about.weights.map(({ values }) => floats(values)),
  };
}

/** Whether a decoder was trained for embeddings like this one. */
export function fits(
  { settings, imageShape }: PageDecoder,
  embedding: Pick<Embedding, "settings" | "imageShape">,
): boolean {
  return JSON.stringify([settings, imageShape]) === JSON.stringify([embedding.settings, embedding.imageShape]);
}

/**
 * The picture that the decoder rebuilds of one image.
 *
 * @returns `[channel, row, col]` in 0..1, of the decoder's side
 */
export function decodeHere(decoder: ReadyDecoder, embedding: Embedding): Float32Array {
  const { side } = decoder.about;
  const channels = embedding.imageShape[0];
  const [, kernel1, bias1, kernel2, bias2, kernel3, mean] = decoder.weights as [
    Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array,
  ]; // prettier-ignore
  const grid = gridFeatures(embedding);
  const [, rows, cols] = grid.shape;
  const inside = Math.max(rows, cols) > side / 2 ? side : side / 2;
  const fine = blend(mixed(decoder, grid), embedding, inside);
  const coarse = inside === side ? folded(fine) : fine;
  const first = convolve(coarse, kernel1, bias1);
  const second = convolve(first, kernel2, bias2);
  const detail = unfolded(convolve(second, kernel3, undefined), channels);
  const brightness = blend({ values: grid.brightness, rows, cols, depth: channels }, embedding, side);
  const picture = new Float32Array(channels * side * side);
  for (let at = 0; at < detail.length; at++) {
    const value = (detail[at] as number) + (brightness.values[at] as number) + (mean[at] as number);
    picture[(at % channels) * side * side + Math.floor(at / channels)] = Math.min(1, Math.max(0, value));
  }
  return picture;
}

/** Features, made standard and mixed patch by patch. */
function mixed({ featureMean, featureSpread, weights }: ReadyDecoder, { values, shape }: GridFeatures): Volume {
  const [, rows, cols, features] = shape;
  const mix = weights[0] as Float32Array;
  const depth = mix.length / features;
  const result = new Float32Array(rows * cols * depth);
  for (let patch = 0; patch < rows * cols; patch++) {
    for (let feature = 0; feature < features; feature++) {
      const raw = values[patch * features + feature] as number;
      const value = (raw - (featureMean[feature] as number)) / (featureSpread[feature] as number);
      for (let to = 0; to < depth; to++) {
        (result[patch * depth + to] as number) += value * (mix[feature * depth + to] as number);
      }
    }
  }
  return { values: result, rows, cols, depth };
}

/** Patches to pixels, by rows, then by columns. */
function blend({ values, rows, cols, depth }: Volume, embedding: Embedding, side: number): Volume {
  const [down, across] = [blending(embedding, 0, side), blending(embedding, 1, side)];
  const tall = product(down, values, side, rows, cols * depth);
  const result = new Float32Array(side * side * depth);
  for (let row = 0; row < side; row++) {
    const line = tall.subarray(row * cols * depth, (row + 1) * cols * depth);
    result.set(product(across, line, side, cols, depth), row * side * depth);
  }
  return { values: result, rows: side, cols: side, depth };
}

/** A matrix product that passes over the zeros of the first. */
function product(a: Float32Array, b: Float32Array, rows: number, inner: number, cols: number): Float32Array {
  const result = new Float32Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    for (let at = 0; at < inner; at++) {
      const share = a[row * inner + at] as number;
      if (share === 0) continue;
      for (let col = 0; col < cols; col++) {
        (result[row * cols + col] as number) += share * (b[at * cols + col] as number);
      }
    }
  }
  return result;
}

/** Every 2x2 block of pixels becomes one pixel with four times the depth. */
function folded({ values, rows, cols, depth }: Volume): Volume {
  const half = { rows: rows / 2, cols: cols / 2, depth: 4 * depth };
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const from = (row * cols + col) * depth;
      const corner = (row % 2) * 2 + (col % 2);
      const to = ((row >> 1) * half.cols + (col >> 1)) * half.depth + corner * depth;
      result.set(values.subarray(from, from + depth), to);
    }
  }
  return { values: result, ...half };
}

/** The inverse, to `[row, col, channel]`. */
function unfolded({ values, cols, depth }: Volume, channels: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const [pixel, place] = [Math.floor(at / depth), at % depth];
    const corner = Math.floor(place / channels);
    const row = 2 * Math.floor(pixel / cols) + (corner >> 1);
    const col = 2 * (pixel % cols) + (corner & 1);
    result[(row * 2 * cols + col) * channels + (place % channels)] = values[at] as number;
  }
  return result;
}

/** 3x3, zeros outside; with biases the negative part is cut off. */
function convolve(
  { values, rows, cols, depth }: Volume,
  kernel: Float32Array,
  biases: Float32Array | undefined,
): Volume {
  const outputs = kernel.length / (9 * depth);
  const result = new Float32Array(rows * cols * outputs);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const sums = result.subarray((row * cols + col) * outputs, (row * cols + col + 1) * outputs);
      if (biases !== undefined) sums.set(biases);
      for (let tap = 0; tap < 9; tap++) {
        const [y, x] = [row + Math.floor(tap / 3) - 1, col + (tap % 3) - 1];
        if (y >= 0 && y < rows && x >= 0 && x < cols) addTap(sums, values, (y * cols + x) * depth, kernel, tap, depth);
      }
      if (biases !== undefined) for (let at = 0; at < outputs; at++) sums[at] = Math.max(0, sums[at] as number);
    }
  }
  return { values: result, rows, cols, depth: outputs };
}

function addTap(
  sums: Float32Array,
  values: Float32Array,
  from: number,
  kernel: Float32Array,
  tap: number,
  depth: number,
): void {
  const outputs = sums.length;
  let weight = tap * depth * outputs;
  for (let input = 0; input < depth; input++) {
    const value = values[from + input] as number;
    for (let output = 0; output < outputs; output++) (sums[output] as number) += value * (kernel[weight++] as number);
  }
}

function floats(text: string): Float32Array {
  return new Float32Array(fromBase64(text).buffer);
}
