import type { Embedding } from "../../compress/embedding";
import { patchLayout } from "../../compress/settings";

/** An embedding as a decoder reads it. */
export interface GridFeatures {
  /** `[image, patchRow, patchCol, feature]`: every sub-band's mean over the pixels that a patch really covers. */
  readonly values: Float32Array;
  readonly shape: readonly [image: number, patchRow: number, patchCol: number, feature: number];
  /** `[image, patchRow, patchCol, channel]`: the mean brightness of each patch, where the pooling tells it; else zeros. */
  readonly brightness: Float32Array;
}

/** Turns sums over patches into means, so that patches at the rim, which cover less, are read like the others. */
export function gridFeatures({ values, shape, settings, imageShape }: Embedding): GridFeatures {
  const [images, channels, subBands, patchRows, patchCols, poolings] = shape;
  const areas = coveredAreas(settings, imageShape);
  const summed = settings.pooling.map((name) => name !== "max" && name !== "min" && name !== "median");
  const level = settings.pooling.findIndex((name) => name === "l1" || name === "sum");
  const features = channels * subBands * poolings;
  const result = new Float32Array(values.length);
  const brightness = new Float32Array(images * patchRows * patchCols * channels);
  const patches = patchRows * patchCols;
  for (let at = 0; at < values.length; at++) {
    const pooling = at % poolings;
    const patch = Math.floor(at / poolings) % patches;
    const band = Math.floor(at / (poolings * patches)) % (channels * subBands);
    const image = Math.floor(at / (features * patches));
    const mean = (values[at] as number) / (summed[pooling] === true ? Math.max(1, areas[patch] as number) : 1);
    // Detail coefficients have long tails; a root makes them even enough for a small network.
    const detail = band % subBands > 0;
    result[(image * patches + patch) * features + band * poolings + pooling] = detail
      ? Math.sign(mean) * Math.sqrt(Math.abs(mean))
      : mean;
    if (!detail && pooling === level) {
      brightness[(image * patches + patch) * channels + band / subBands] = mean / 2 ** settings.level;
    }
  }
  return { values: result, shape: [images, patchRows, patchCols, features], brightness };
}

/** How many coefficients of a sub-band each patch really covers, without the zeros at the rim. */
function coveredAreas(settings: Embedding["settings"], imageShape: Embedding["imageShape"]): Float64Array {
  const { grid, subBand, patch, before } = patchLayout(settings, imageShape);
  const covered = (axis: 0 | 1): number[] =>
    Array.from({ length: grid[axis] }, (_, at) => {
      const start = at * patch[axis] - before[axis];
      return Math.max(0, Math.min(subBand[axis], start + patch[axis]) - Math.max(0, start));
    });
  const [down, across] = [covered(0), covered(1)];
  return Float64Array.from(down.flatMap((rows) => across.map((cols) => rows * cols)));
}

/**
 * How patches along an axis are blended into pixels along it: `[pixel, patch]`, bilinear between the centres of the
 * patches, each pixel at the place in the image that it shows.
 */
export function blending(
  { settings, imageShape }: Pick<Embedding, "settings" | "imageShape">,
  axis: 0 | 1,
  pixels: number,
): Float32Array {
  const { grid, subBand, patch, before } = patchLayout(settings, imageShape);
  const [patches, side] = [grid[axis], patch[axis]];
  const centreOf = (at: number): number =>
    (Math.min(subBand[axis], (at + 1) * side - before[axis]) + Math.max(0, at * side - before[axis])) / 2;
  const result = new Float32Array(pixels * patches);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const place = ((pixel + 0.5) * imageShape[(axis + 1) as 1 | 2]) / pixels / 2 ** settings.level;
    let low = 0;
    while (low + 2 < patches && centreOf(low + 1) <= place) low++;
    const high = Math.min(low + 1, patches - 1);
    const share = high === low ? 0 : (place - centreOf(low)) / (centreOf(high) - centreOf(low));
    const bounded = Math.min(1, Math.max(0, share));
    (result[pixel * patches + low] as number) += 1 - bounded;
    (result[pixel * patches + high] as number) += bounded;
  }
  return result;
}
