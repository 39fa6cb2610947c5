import { compress, type Numbers, reconstruct } from "../../compress/browser";
import {
  type CompressSettings,
  inMemoryRatio,
  type PatchLayout,
  patchLayout,
  subBandShape,
} from "../../compress/settings";
import { type Plane, ssim } from "../../evaluate/ssim";
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
  const { original, ssimOf } = knownOf(image);
  return {
    image,
    settings,
    layout: patchLayout(settings, image.shape),
    embedding,
    privatized,
    original,
    ratio: inMemoryRatio(settings, image.shape),
    ssim: ssimOf(privatized),
  };
}

/** What is worked out once for an image. */
interface Known {
  readonly original: Float32Array;
  readonly ssimOf: (pixels: Float32Array) => number | undefined;
}

const known = new WeakMap<PageImage, Known>();

function knownOf(image: PageImage): Known {
  const made = known.get(image);
  if (made !== undefined) return made;
  const original = unitPixels(image);
  const first = { original, ssimOf: similarityTo(original, image.shape) };
  known.set(image, first);
  return first;
}

/** As `evaluate.quality` has it: clamped to 0..1, the mean over channels. */
export function similarity(a: Float32Array, b: Float32Array, shape: PageImage["shape"]): number | undefined {
  return similarityTo(a, shape)(b);
}

/** The similarity of one image to others, which are many: its planes are made once, and theirs in one place. */
function similarityTo(pixels: Float32Array, [channels, rows, cols]: PageImage["shape"]): Known["ssimOf"] {
  if (Math.min(rows, cols) < 3) return () => undefined;
  const [own, theirs] = [new Float64Array(pixels.length), new Float64Array(pixels.length)];
  clamp(pixels, own);
  const plane = (values: Float64Array, channel: number): Plane => {
    return { values: values.subarray(channel * rows * cols, (channel + 1) * rows * cols), rows, cols };
  };
  return (others) => {
    clamp(others, theirs);
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += ssim(plane(own, channel), plane(theirs, channel));
    return sum / channels;
  };
}

function clamp(pixels: Float32Array, into: Float64Array): void {
  for (let at = 0; at < pixels.length; at++) {
    const value = pixels[at] as number;
    into[at] = value < 0 ? 0 : value > 1 ? 1 : value;
  }
}

/**
 * All coefficients before pooling, `[channel, subBand, row, col]`: one patch for every coefficient, and its sum.
 */
export function coefficients(image: PageImage, { level, wavelet }: CompressSettings): Numbers {
  const [, rows, cols] = image.shape;
  const patchGrid = subBandShape(level, [rows, cols]);
  return compress(asImages(image), { level, wavelet, patchGrid, pooling: "sum" });
}
