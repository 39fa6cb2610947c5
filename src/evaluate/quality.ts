import { OptionError, ShapeError } from "../core/errors";
import { checkImages, type Images, inBrief } from "../core/images";
import { type LongWorkOptions, startWork } from "../core/progress";
import type { Embedding } from "../compress/embedding";
import { pixelScale } from "../compress/images";
import { inMemoryRatio } from "../compress/settings";
import type { Groups } from "../data/labels";
import { histogram } from "../display/charts";
import { showAs, type Shown, type Tabled } from "../display/show";
import type { Page, Table } from "../display/view";
import { bootstrap, type BootstrapOptions, type Estimate } from "./bootstrap";
import { cell, inWords } from "./evaluationView";
import { patientsOf, rowsOf } from "./scored";
import { type Plane, psnr, ssim, ssimMap, type SsimOptions } from "./ssim";

/** Options of `evaluate.quality`. */
export interface QualityOptions extends SsimOptions, BootstrapOptions, LongWorkOptions {
  /** The embedding between the two, for the in-memory ratio. */
  readonly embedding?: Embedding;
  /** The patient of every image, by image id: intervals then come from drawing patients. */
  readonly groups?: Groups;
}

/** How much of images is left to see after compression. */
export interface Quality {
  readonly kind: "quality";
  readonly ids: readonly string[];
  /** Structural similarity of every image, the mean over its channels; 1 is equal. */
  readonly ssim: Float64Array;
  /** Peak signal-to-noise ratio of every image in decibels. */
  readonly psnr: Float64Array;
  /** Means over images. */
  readonly meanSsim: Estimate;
  readonly meanPsnr: Estimate;
  /** Numbers in the embedding as a percentage of numbers in the images; there when the embedding was given. */
  readonly inMemoryRatio?: number;
  readonly window: number;
  readonly dataRange: number;
}

const where = "evaluate.quality";

/**
 * Compares images with their reconstructions by structural similarity and peak signal-to-noise ratio. Both are read on
 * the scale 0..1, and reconstructions are clamped to it. This says how much detail is seen, not what an attack can
 * rebuild: see `evaluate.privacy`.
 *
 * @param original - `[image, channel, row, col]`
 * @param reconstruction - of the same size, matched by id
 * @throws ShapeError when the sizes differ or are below the window
 * @throws OptionError when the window is not odd, or the data range not above 0
 * @throws DataError when an original has no reconstruction
 * @see paper, "Measures": window 3, and no data range, which came to 2
 */
export async function quality(
  original: Images,
  reconstruction: Images,
  options: QualityOptions = {},
): Promise<Quality & Shown & Tabled> {
  const { window = 3, dataRange = 1, embedding, groups, ...rest } = options;
  check(original, reconstruction, window, dataRange);
  const rows = rowsOf(original.ids, reconstruction.ids, "reconstructions", where);
  const clusters = patientsOf(original.ids, groups, where);
  const [ssims, psnrs] = [new Float64Array(rows.length), new Float64Array(rows.length)];
  const work = startWork("compare images", rows.length, rest);
  try {
    for (const [image, row] of rows.entries()) {
      work.check();
      const pairs = planes(original, image).map(
        (plane, channel) => [plane, planes(reconstruction, row)[channel] as Plane] as const,
      );
      ssims[image] = mean(pairs.map(([a, b]) => ssim(a, b, { window, dataRange })));
      psnrs[image] = psnr(joined(pairs.map(([a]) => a)), joined(pairs.map(([, b]) => b)), dataRange);
      work.report(image + 1);
      if (image % 32 === 31) await work.breathe();
    }
  } finally {
    work.end();
  }
  const means = bootstrap(clusters, (weights) => [weightedMean(ssims, weights), weightedMean(psnrs, weights)], rest);
  const result: Quality = {
    kind: "quality",
    ids: original.ids,
    ssim: ssims,
    psnr: psnrs,
    meanSsim: means[0] as Estimate,
    meanPsnr: means[1] as Estimate,
    ...(embedding === undefined ? {} : { inMemoryRatio: inMemoryRatio(embedding.settings, embedding.imageShape) }),
    window,
    dataRange,
  };
  return showAs(result, {
    summary: () => summary(result),
    view: () => qualityView(result),
    table: () => imageTable(result),
  });
}

/**
 * Where images and their reconstructions agree: structural similarity at every pixel whose window lies inside, the mean
 * over channels, as one-channel pictures of 1 (equal) down to -1. Their mean is that of {@link quality}.
 *
 * @param original - `[image, channel, row, col]`
 * @param reconstruction - of the same size, matched by id
 * @returns `[image, 1, row - window + 1, col - window + 1]`
 * @throws ShapeError, OptionError and DataError as {@link quality} does
 */
export function ssimMaps(
  original: Images,
  reconstruction: Images,
  { window = 3, dataRange = 1 }: SsimOptions = {},
): Images {
  check(original, reconstruction, window, dataRange);
  const order = rowsOf(original.ids, reconstruction.ids, "reconstructions", where);
  const [count, channels, rows, cols] = original.shape;
  const [high, wide] = [rows - window + 1, cols - window + 1];
  const pixels = new Float32Array(count * high * wide);
  for (const [image, row] of order.entries()) {
    const others = planes(reconstruction, row);
    for (const [channel, plane] of planes(original, image).entries()) {
      const { values } = ssimMap(plane, others[channel] as Plane, { window, dataRange });
      values.forEach((value, at) => ((pixels[image * high * wide + at] as number) += value / channels));
    }
  }
  return { pixels, shape: [count, 1, high, wide], ids: original.ids };
}

/** The channels of one image on the scale 0..1, clamped to it. */
export function planes(images: Images, image: number): Plane[] {
  const { pixels, shape } = images;
  const [, channels, rows, cols] = shape;
  const scale = pixelScale(images);
  const size = rows * cols;
  return Array.from({ length: channels }, (_, channel) => {
    const start = (image * channels + channel) * size;
    const values = Float64Array.from(pixels.subarray(start, start + size));
    return { values: values.map((value) => Math.min(1, Math.max(0, value / scale))), rows, cols };
  });
}

function check(original: Images, reconstruction: Images, window: number, dataRange: number): void {
  checkImages(original, where);
  checkImages(reconstruction, where);
  if (!Number.isInteger(window) || window < 3 || window % 2 === 0) {
    throw new OptionError({ where, required: "window an odd whole number of at least 3", got: inBrief(window) });
  }
  if (!(Number.isFinite(dataRange) && dataRange > 0))
    throw new OptionError({ where, required: "dataRange above 0", got: inBrief(dataRange) });
  const [size, other] = [original, reconstruction].map(({ shape }) => shape.slice(1).join("x"));
  if (size !== other) {
    const remedy = 'reconstruct with size "original"';
    throw new ShapeError({
      where,
      required: `reconstructions of ${size} (channel x row x col)`,
      got: `${other}`,
      remedy,
    });
  }
  if (Math.min(...original.shape.slice(2)) < window) {
    throw new ShapeError({ where, required: `sides of at least the window, ${window}`, got: `${size}` });
  }
}

function joined(channels: readonly Plane[]): Plane {
  const values = Float64Array.from(channels.flatMap((plane) => Array.from(plane.values)));
  return { values, rows: values.length, cols: 1 };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function weightedMean(values: Float64Array, weights: Uint16Array): number {
  let [sum, total] = [0, 0];
  for (let at = 0; at < values.length; at++) {
    const weight = weights[at] as number;
    if (weight === 0) continue; // an infinite ratio that was not drawn would make 0 x Infinity
    sum += weight * (values[at] as number);
    total += weight;
  }
  return sum / total;
}

function summary({ meanSsim, meanPsnr, ids, window }: Quality): string {
  return `Quality: SSIM ${inWords(meanSsim)} (window ${window}), PSNR ${inWords(meanPsnr, 1)} dB, ${ids.length} images`;
}

function imageTable({ ids, ssim: ssims, psnr: psnrs }: Quality): Table {
  const columns = ["image", "SSIM", "PSNR in dB"].map((name) => ({ name }));
  return { kind: "table", columns, rows: ids.map((id, at) => [id, ssims[at] ?? null, psnrs[at] ?? null]) };
}

function qualityView(result: Quality): Page {
  const { meanSsim, meanPsnr, inMemoryRatio: ratio, window, dataRange, ids } = result;
  const rows = [
    [`SSIM (window ${window}, data range ${dataRange})`, cell(meanSsim.value), cell(meanSsim.low), cell(meanSsim.high)],
    ["PSNR in dB", cell(meanPsnr.value), cell(meanPsnr.low), cell(meanPsnr.high)],
    ...(ratio === undefined ? [] : [["in-memory ratio in %", ratio, null, null]]),
  ];
  return {
    kind: "page",
    views: [
      {
        kind: "table",
        title: "Reconstructions beside their originals",
        columns: ["measure", "mean", "low", "high"].map((name) => ({ name })),
        rows,
        note: `${ids.length} images; what an attack rebuilds can be closer to the original`,
      },
      histogram([{ name: "images", values: result.ssim }], {
        title: `SSIM of ${ids.length} images: ${inWords(meanSsim)}`,
        x: `SSIM (window ${window}, data range ${dataRange})`,
        y: "images",
      }),
    ],
  };
}
