import { inversePacketTransform, packetTransform, type Plane } from "./packet";
import { poolSubBand, spreadPatches } from "./pool";
import { type CompressSettings, type ImageShape, checkFit, embeddingSize, patchLayout } from "./settings";
import { waveletFilters } from "./wavelets";

// The compression as the paper defines it, one image at a time in double precision. It is what the fast kernels are
// tested against, and what explains settings and attributions where speed does not matter.

/** One image, or one reconstruction, in double precision: `[channel, row, col]`. */
export interface PlainImage {
  readonly values: Float64Array;
  readonly shape: ImageShape;
}

/** `"original"`: the sides of the image that was compressed. `"compact"`: patches per axis times 2^level. */
export type ReconstructionSize = "original" | "compact";

/**
 * Compresses one image.
 *
 * @param image - pixels in 0..1
 * @returns `[channel, subBand, patchRow, patchCol, pooling]`
 * @throws ShapeError when a side is below 2^level, or the patch grid is larger than a sub-band
 */
export function compressImage(image: PlainImage, settings: CompressSettings): Float64Array {
  checkFit(settings, image.shape, "compressImage");
  const layout = patchLayout(settings, image.shape);
  const wavelet = waveletFilters(settings.wavelet);
  const result = new Float64Array(embeddingSize(settings, image.shape));
  let at = 0;
  for (const channel of channelsOf(image)) {
    for (const subBand of packetTransform(channel, settings.level, wavelet)) {
      const pooled = poolSubBand(subBand, layout, settings.pooling);
      result.set(pooled, at);
      at += pooled.length;
    }
  }
  return result;
}

/**
 * Rebuilds one image from its pooled values, or an attribution of them as a picture: every value over its patch's area,
 * repeated over the patch at original size, and the inverse transform.
 *
 * @param pooled - `[channel, subBand, patchRow, patchCol]`, of one pooling
 * @param imageShape - the shape of the image that was compressed
 */
export function reconstructImage(
  pooled: Float64Array,
  settings: CompressSettings,
  imageShape: ImageShape,
  size: ReconstructionSize = "original",
): PlainImage {
  const [channels, rows, cols] = imageShape;
  const wavelet = waveletFilters(settings.wavelet);
  const values = pooled.length / channels;
  const planes = Array.from({ length: channels }, (_, channel) => {
    const subBands = subBandsOf(pooled.subarray(channel * values, (channel + 1) * values), settings, imageShape, size);
    const merged = inversePacketTransform(subBands, wavelet);
    return size === "original" ? cropCentre(merged, rows, cols) : merged;
  });
  const [first] = planes as [Plane, ...Plane[]];
  const whole = new Float64Array(channels * first.values.length);
  planes.forEach((plane, channel) => whole.set(plane.values, channel * plane.values.length));
  return { values: whole, shape: [channels, first.rows, first.cols] };
}

/** Where the centre crop of `kept` out of `whole` starts: half of what is cut off, halves rounded to even (paper's code). */
export function cropStart(whole: number, kept: number): number {
  const half = Math.floor((whole - kept) / 2);
  return (whole - kept) % 2 === 1 && half % 2 === 1 ? half + 1 : half;
}

function channelsOf({ values, shape: [channels, rows, cols] }: PlainImage): Plane[] {
  const size = rows * cols;
  return Array.from({ length: channels }, (_, channel) => ({
    values: values.subarray(channel * size, (channel + 1) * size),
    rows,
    cols,
  }));
}

function subBandsOf(
  pooled: Float64Array,
  settings: CompressSettings,
  imageShape: ImageShape,
  size: ReconstructionSize,
): Plane[] {
  const layout = patchLayout(settings, imageShape);
  const [rows, cols] = layout.grid;
  const area = layout.patch[0] * layout.patch[1];
  return Array.from({ length: 4 ** settings.level }, (_, subBand) => {
    const values = pooled.subarray(subBand * rows * cols, (subBand + 1) * rows * cols);
    return size === "original"
      ? spreadPatches(values, layout)
      : { values: values.map((value) => value / area), rows, cols };
  });
}

function cropCentre({ values, cols: width, rows: height }: Plane, rows: number, cols: number): Plane {
  const [top, left] = [cropStart(height, rows), cropStart(width, cols)];
  const cropped = new Float64Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    const from = (top + row) * width + left;
    cropped.set(values.subarray(from, from + cols), row * cols);
  }
  return { values: cropped, rows, cols };
}
