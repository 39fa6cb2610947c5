// The entry of the browser's build (dist/browser/compress.js, one file with the kernels inside): the same bytes as
// compress and reconstruct give, on the page's own thread, without what needs Node.

import { type Images, checkImages } from "../core/images";
import type { ReconstructionSize } from "./definition";
import { bytesOf, runHere } from "./kernel";
import { pixelKind } from "./images";
import { planKernel } from "./kernel-plan";
import { planRebuild } from "./rebuild-plan";
import { type SettingsOptions, checkFit, embeddingShape, embeddingSize, subBandPaths, toSettings } from "./settings";

export { subBandPaths };

/** Numbers and the lengths of their axes. */
export interface Numbers {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/**
 * Compresses images on this thread.
 *
 * @param images - `[image, channel, row, col]`
 * @returns `[image, channel, subBand, patchRow, patchCol, pooling]`
 * @throws OptionError, ShapeError or DataError as compress does
 */
export function compress(images: Images, options: SettingsOptions): Numbers {
  const settings = toSettings(options, "compress");
  checkImages(images, "compress");
  const [count, ...imageShape] = images.shape;
  checkFit(settings, imageShape, "compress");
  const values = new Float32Array(count * embeddingSize(settings, imageShape));
  const plan = planKernel(settings, imageShape, pixelKind(images.pixels));
  runHere(plan, bytesOf(images.pixels), values, count * imageShape[0]);
  return { values, shape: [count, ...embeddingShape(settings, imageShape)] };
}

/**
 * Rebuilds images from what {@link compress} gave, by its first pooling.
 *
 * @param imageShape - `[channel, row, col]` of the images that were compressed
 * @returns `[image, channel, row, col]`
 */
export function reconstruct(
  embedding: Numbers,
  options: SettingsOptions,
  imageShape: readonly [channel: number, row: number, col: number],
  size: ReconstructionSize = "original",
): Numbers {
  const settings = toSettings(options, "reconstruct");
  checkFit(settings, imageShape, "reconstruct");
  const plan = planRebuild(settings, imageShape, 0, size);
  const [channels] = imageShape;
  const count = Math.round((4 * embedding.values.length) / (channels * plan.inputBytes));
  const values = new Float32Array((count * channels * plan.outBytes) / 4);
  runHere(plan, bytesOf(embedding.values), values, count * channels);
  const { patchGrid, level } = settings;
  const sides = size === "original" ? imageShape.slice(1) : patchGrid.map((patches) => patches * 2 ** level);
  return { values, shape: [count, channels, ...sides] };
}
