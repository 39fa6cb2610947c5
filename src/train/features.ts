import { DataError } from "../core/errors";
import type { Embedding } from "../compress/embedding";
import { checkUnique, type Images } from "../core/images";
import { sizeOf } from "./weights";

/** What is taken from each feature and what it is then divided by, from the training images. */
export interface Normalisation {
  readonly kind: "zero mean" | "whitening";
  readonly mean: Float32Array;
  /** 1 where the kind is `"zero mean"` or a feature never changes. */
  readonly deviation: Float32Array;
}

/** One row of numbers an image, as a model on features takes them. */
export interface FeatureTable {
  /** `[image, feature]` */
  readonly values: Float32Array;
  readonly features: number;
  readonly ids: readonly string[];
}

/**
 * The inputs as rows of features; the pixels of integer images are brought to 0..1.
 *
 * @throws DataError when an id stands twice
 */
export function featuresOf(inputs: Images | Embedding): FeatureTable {
  checkUnique(inputs.ids, "train");
  const features = sizeOf(inputs.shape.slice(1));
  return { values: "values" in inputs ? inputs.values : unitPixels(inputs.pixels), features, ids: inputs.ids };
}

/** Pixels as numbers that are nominally in 0..1. */
export function unitPixels(pixels: Uint8Array | Uint16Array | Float32Array): Float32Array {
  if (pixels instanceof Float32Array) return pixels;
  const scale = 1 / (pixels instanceof Uint8Array ? 255 : 65535);
  return Float32Array.from(pixels, (pixel) => pixel * scale);
}

/** Mean and standard deviation (divided by the number of rows, not one less) of each feature over some rows. */
export function measure(table: FeatureTable, rows: Int32Array, kind: Normalisation["kind"]): Normalisation {
  const { values, features } = table;
  const sums = new Float64Array(features);
  const squares = new Float64Array(features);
  for (const row of rows) {
    const start = row * features;
    for (let at = 0; at < features; at++) sums[at] = (sums[at] as number) + (values[start + at] as number);
  }
  const mean = Float32Array.from(sums, (sum) => sum / rows.length);
  if (kind === "zero mean") return { kind, mean, deviation: new Float32Array(features).fill(1) };
  for (const row of rows) {
    const start = row * features;
    for (let at = 0; at < features; at++) {
      squares[at] = (squares[at] as number) + ((values[start + at] as number) - (mean[at] as number)) ** 2;
    }
  }
  return { kind, mean, deviation: Float32Array.from(squares, (sum) => Math.sqrt(sum / rows.length) || 1) };
}

/**
 * Some rows of a table, normalised.
 *
 * @returns `[row, feature]`
 * @throws DataError naming the image with a feature that is not finite
 */
export function normalisedRows(
  { values, features, ids }: FeatureTable,
  rows: Int32Array,
  normalisation: Normalisation | undefined,
): Float32Array {
  const result = new Float32Array(rows.length * features);
  rows.forEach((row, place) => {
    const from = values.subarray(row * features, (row + 1) * features);
    const bad = from.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new DataError({
        where: "train",
        required: "finite features",
        got: `${from[bad]} in image "${ids[row]}", feature ${bad}`,
      });
    }
    const to = result.subarray(place * features, (place + 1) * features);
    if (normalisation === undefined) return to.set(from);
    const { mean, deviation } = normalisation;
    for (let at = 0; at < features; at++) {
      to[at] = ((from[at] as number) - (mean[at] as number)) / (deviation[at] as number);
    }
  });
  return result;
}
