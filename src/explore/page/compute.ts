import { compress, type Numbers, reconstruct } from "../../compress/browser";
import {
  type CompressSettings,
  inMemoryRatio,
  type PatchLayout,
  patchLayout,
  subBandShape,
} from "../../compress/settings";
import { ssim } from "../../evaluate/ssim";
import { asImages, type PageImage, unitPixels } from "./image";

/** All that the views of a pane show, of one image at one setting. */
export interface Result {
  readonly image: PageImage;
  readonly settings: CompressSettings;
  readonly layout: PatchLayout;
  readonly embedding: Numbers;
  /** `[channel, row, col]`, may leave 0..1. */
  readonly privatized: Float32Array;
  /** The image in 0..1, `[channel, row, col]`. */
  readonly original: Float32Array;
  /** Percent. */
  readonly ratio: number;
  /** Mean over channels, window 3, data range 1; undefined for images smaller than the window. */
  readonly ssim: number | undefined;
}

/** Compresses and rebuilds an image with the library's kernel. */
export function compute(image: PageImage, settings: CompressSettings): Result {
  const embedding = compress(asImages(image), settings);
  const privatized = reconstruct(embedding, settings, image.shape).values;
  const original = originalOf(image);
  return {
    image,
    settings,
    layout: patchLayout(settings, image.shape),
    embedding,
    privatized,
    original,
    ratio: inMemoryRatio(settings, image.shape),
    ssim: similarity(original, privatized, image.shape),
  };
}

const originals = new WeakMap<PageImage, Float32Array>();

function originalOf(image: PageImage): Float32Array {
  const known = originals.get(image) ?? unitPixels(image);
  originals.set(image, known);
  return known;
}

/** As `evaluate.quality` has it: clamped to 0..1, the mean over channels. */
export function similarity(a: Float32Array, b: Float32Array, shape: PageImage["shape"]): number | undefined {
  const [channels, rows, cols] = shape;
  if (Math.min(rows, cols) < 3) return undefined;
  const size = rows * cols;
  const plane = (pixels: Float32Array, channel: number): { values: Float64Array; rows: number; cols: number } => {
    const values = Float64Array.from(pixels.subarray(channel * size, (channel + 1) * size));
    for (let at = 0; at < size; at++) values[at] = Math.min(1, Math.max(0, values[at] as number));
    return { values, rows, cols };
  };
  let sum = 0;
  for (let channel = 0; channel < channels; channel++) sum += ssim(plane(a, channel), plane(b, channel));
  return sum / channels;
}

/**
 * All coefficients before pooling, `[channel, subBand, row, col]`: one patch for every coefficient, and its sum.
 */
export function coefficients(image: PageImage, { level, wavelet }: CompressSettings): Numbers {
  const [, rows, cols] = image.shape;
  const patchGrid = subBandShape(level, [rows, cols]);
  return compress(asImages(image), { level, wavelet, patchGrid, pooling: "sum" });
}
