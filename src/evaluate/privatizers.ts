import { OptionError, ShapeError } from "../core/errors";
import { checkImages, type Images, inBrief } from "../core/images";
import { plainImage } from "../compress/images";
import { enlarge } from "../compress/enlarge";
import { privatize, type PrivatizeOptions } from "../compress/privatize";
import { rowsOf } from "./scored";

/** Settings whose privatized images are compared with a reference privatizer's. */
export type Candidate = Pick<PrivatizeOptions, "level" | "patchGrid" | "wavelet">;

/** The candidate nearest to a reference privatizer. */
export interface NearestSettings {
  readonly candidate: Candidate;
  /** Root mean squared difference of the two privatized images, both at original size. */
  readonly distance: number;
  /** The distance of every candidate, in the order given. */
  readonly distances: readonly number[];
}

/**
 * The paper's first reference privatizer: a Gaussian blur (standard deviation K pixels, K or K + 1 taps to be odd, edges
 * mirrored), then the mean of every K x K block. Rows and columns that fill no block are cut off.
 *
 * @throws OptionError when K is not a whole number from 2 to the shorter side
 */
export function blurPooling(images: Images, block: number): Images {
  check(images, block, "blurPooling");
  const taps = gaussianTaps(block);
  return mapPlanes(images, [Math.floor, block], (pixels, rows, cols, [high, wide]) => {
    const along = filterRows(pixels, rows, cols, taps);
    const blurred = transposed(filterRows(transposed(along, rows, cols), cols, rows, taps), cols, rows);
    const means = new Float32Array(high * wide);
    for (let row = 0; row < high * block; row++) {
      for (let col = 0; col < wide * block; col++) {
        const at = Math.floor(row / block) * wide + Math.floor(col / block);
        (means[at] as number) += (blurred[row * cols + col] as number) / block ** 2;
      }
    }
    return means;
  });
}

/**
 * The paper's second reference privatizer: the median of every K x K block (the lower of the two in the middle), the
 * image first mirrored at its edges to a multiple of K, half of what is missing on each side.
 *
 * @throws OptionError when K is not a whole number from 2 to the shorter side
 */
export function medianPooling(images: Images, block: number): Images {
  check(images, block, "medianPooling");
  return mapPlanes(images, [Math.ceil, block], (pixels, rows, cols, [high, wide]) => {
    const [top, left] = [Math.floor((high * block - rows) / 2), Math.floor((wide * block - cols) / 2)];
    const inside = new Float64Array(block ** 2);
    return Float32Array.from({ length: high * wide }, (_, at) => {
      const [firstRow, firstCol] = [Math.floor(at / wide) * block - top, (at % wide) * block - left];
      for (let k = 0; k < inside.length; k++) {
        const row = mirrored(firstRow + Math.floor(k / block), rows);
        inside[k] = pixels[row * cols + mirrored(firstCol + (k % block), cols)] as number;
      }
      return inside.sort()[Math.floor((inside.length - 1) / 2)] as number;
    });
  });
}

const nearest = "evaluate.nearestSettings";

/**
 * Which settings privatize most like a reference: the smallest distance (L2) of the privatized images, the reference
 * enlarged to original size by bilinear interpolation (corners not aligned).
 *
 * @param images - `[image, channel, row, col]`
 * @param reference - the same images, matched by id, after {@link blurPooling} or {@link medianPooling}
 * @throws OptionError without candidates
 * @throws DataError when an image has no reference
 * @throws ShapeError when the two differ in channels
 */
export async function nearestSettings(
  images: Images,
  reference: Images,
  candidates: readonly Candidate[],
): Promise<NearestSettings> {
  if (candidates.length === 0) {
    throw new OptionError({ where: nearest, required: "at least one candidate", got: "none" });
  }
  checkImages(images, nearest);
  checkImages(reference, nearest);
  const [, channels, rows, cols] = images.shape;
  if (reference.shape[1] !== channels) {
    throw new ShapeError({ where: nearest, required: `${channels} channels`, got: `${reference.shape[1]}` });
  }
  const order = rowsOf(images.ids, reference.ids, "reference", nearest);
  const large = Array.from(order, (row) => enlarge(plainImage(reference, row), [rows, cols]).values);
  const distances: number[] = [];
  for (const candidate of candidates) distances.push(distance(await privatize(images, candidate), large));
  const best = distances.indexOf(Math.min(...distances));
  return { candidate: candidates[best] as Candidate, distance: distances[best] as number, distances };
}

function distance({ pixels }: Images, reference: readonly Float64Array[]): number {
  let [sum, at] = [0, 0];
  for (const image of reference) for (const value of image) sum += (value - (pixels[at++] as number)) ** 2;
  return Math.sqrt(sum / at);
}

function check(images: Images, block: number, name: string): void {
  const where = `evaluate.${name}`;
  checkImages(images, where);
  const side = Math.min(images.shape[2], images.shape[3]);
  if (Number.isInteger(block) && block >= 2 && block <= side) return;
  throw new OptionError({ where, required: `a block of 2 to ${side} pixels`, got: inBrief(block) });
}

type PoolPlane = (pixels: Float64Array, rows: number, cols: number, to: readonly [number, number]) => Float32Array;

function mapPlanes(images: Images, [round, block]: [(value: number) => number, number], pool: PoolPlane): Images {
  const [count, channels, rows, cols] = images.shape;
  const to = [round(rows / block), round(cols / block)] as const;
  const size = to[0] * to[1];
  const pixels = new Float32Array(count * channels * size);
  for (let image = 0; image < count; image++) {
    const { values } = plainImage(images, image);
    for (let channel = 0; channel < channels; channel++) {
      const plane = values.subarray(channel * rows * cols, (channel + 1) * rows * cols);
      pixels.set(pool(plane, rows, cols, to), (image * channels + channel) * size);
    }
  }
  return { pixels, shape: [count, channels, ...to], ids: images.ids };
}

function gaussianTaps(block: number): Float64Array {
  const count = block % 2 === 1 ? block : block + 1;
  const taps = Float64Array.from({ length: count }, (_, at) =>
    Math.exp(-((at - (count - 1) / 2) ** 2) / (2 * block ** 2)),
  );
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

function filterRows(pixels: Float64Array, rows: number, cols: number, taps: Float64Array): Float64Array {
  const half = (taps.length - 1) / 2;
  const result = new Float64Array(pixels.length);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      let sum = 0;
      for (let tap = 0; tap < taps.length; tap++) {
        sum += (taps[tap] as number) * (pixels[row * cols + mirrored(col + tap - half, cols)] as number);
      }
      result[row * cols + col] = sum;
    }
  }
  return result;
}

function transposed(pixels: Float64Array, rows: number, cols: number): Float64Array {
  return Float64Array.from(pixels, (_, at) => pixels[(at % rows) * cols + Math.floor(at / rows)] as number);
}

/** A place beyond an edge, mirrored about the edge pixel. */
function mirrored(at: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const folded = ((at % period) + period) % period;
  return folded < length ? folded : period - folded;
}
