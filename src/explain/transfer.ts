import { cropStart } from "../compress/definition";
import { merge, type Plane, split } from "../compress/packet";
import { poolSubBand, spreadPatches } from "../compress/pool";
import { type CompressSettings, type ImageShape, type PatchLayout, patchLayout } from "../compress/settings";
import { type Wavelet, waveletFilters } from "../compress/wavelets";

/** How much of the contrast of evenly spaced bars comes back from the embedding. */
export interface ContrastKept {
  /** The width of one bar in pixels: half a period. */
  readonly barWidth: number;
  /** Share of the contrast, in place; 1 all, 0 none, below 0 with dark and bright exchanged. */
  readonly kept: number;
}

/** At least this share of the contrast must come back, in place, for a detail to count as kept. */
export const enoughContrast = 0.5;

/**
 * The modulation transfer of compress and reconstruct along one axis: sinusoidal bars go in, and what comes back is
 * projected on them; the mean over four phases.
 *
 * @param axis - `"row"`: the bars follow each other down the rows; `"col"`: across the columns
 */
export function contrastKept(settings: CompressSettings, imageShape: ImageShape, axis: "row" | "col"): ContrastKept[] {
  const [side, patches] =
    axis === "row" ? [imageShape[1], settings.patchGrid[0]] : [imageShape[2], settings.patchGrid[1]];
  const probe = probeOf(settings, side, patches); // rows and columns are filtered alike
  return barWidths(side).map((barWidth) => {
    const bars = [0, 1, 2, 3].map((quarter) => project(probe, barWidth, (quarter * Math.PI) / 4));
    const sum = (part: keyof Projection): number => bars.reduce((total, bar) => total + bar[part], 0);
    return { barWidth, kept: sum("back") / sum("put") };
  });
}

/** The narrowest bars from which on at least half of the contrast is kept; undefined when not even the widest keep it. */
export function narrowestKept(transfer: readonly ContrastKept[]): number | undefined {
  const lost = transfer.findLastIndex(({ kept }) => kept < enoughContrast);
  return transfer[lost + 1]?.barWidth;
}

/** Contrast put in and got back, as the products of each with the bars. */
interface Projection {
  readonly put: number;
  readonly back: number;
}

/**
 * An image as wide as the real one and only as high as the filters reach. Bars do not change along themselves, so that
 * half of the sub-bands, those high-pass along the bars, stay empty: each level has two children, not four.
 */
interface Probe {
  readonly settings: CompressSettings;
  readonly wavelet: Wavelet;
  readonly layout: PatchLayout;
  readonly rows: number;
  readonly cols: number;
}

function probeOf(given: CompressSettings, side: number, patches: number): Probe {
  const wavelet = waveletFilters(given.wavelet);
  const taps = wavelet.analysis.low.length;
  // Each row of coefficients is a patch of its own, so that the middle one knows nothing of the strip's ends.
  const patchRows = taps === 2 ? 1 : 2 * taps + 1;
  const rows = patchRows * 2 ** given.level;
  const pooling = given.pooling.filter((name) => name === "l1" || name === "sum").slice(0, 1);
  const settings: CompressSettings = { ...given, pooling, patchGrid: [patchRows, patches] };
  return { settings, wavelet, layout: patchLayout(settings, [1, rows, side]), rows, cols: side };
}

function project(probe: Probe, width: number, phase: number): Projection {
  const { rows, cols } = probe;
  const wave = Float64Array.from({ length: cols }, (_, col) => Math.sin((Math.PI * (col + 0.5)) / width + phase));
  const mean = wave.reduce((sum, value) => sum + value, 0) / cols;
  const values = Float64Array.from({ length: rows * cols }, (_, at) => 0.5 + 0.4 * (wave[at % cols] as number));
  const seen = throughPatches({ values, rows, cols }, probe);
  const start = Math.floor(seen.rows / 2) * seen.cols + cropStart(seen.cols, cols);
  let [back, put] = [0, 0];
  for (let col = 0; col < cols; col++) {
    const wanted = (wave[col] as number) - mean;
    back += (seen.values[start + col] as number) * wanted;
    put += 0.4 * wanted * wanted;
  }
  return { put, back };
}

/** Compress and reconstruct, for bars across the columns. */
function throughPatches(bars: Plane, { settings, wavelet, layout }: Probe): Plane {
  let planes: Plane[] = [bars];
  for (let level = 0; level < settings.level; level++) {
    planes = planes.flatMap((plane) => split(plane, wavelet).slice(0, 2));
  }
  planes = planes.map((plane) => spreadPatches(poolSubBand(plane, layout, settings.pooling), layout));
  for (let level = 0; level < settings.level; level++) {
    planes = planes.flatMap((low, at) => {
      const high = planes[at + 1] as Plane;
      const empty = { ...low, values: new Float64Array(low.values.length) };
      return at % 2 === 0 ? [merge([low, high, empty, empty], wavelet)] : [];
    });
  }
  return planes[0] as Plane;
}

/** One pixel, then two steps to every doubling, up to half the image. */
function barWidths(side: number): number[] {
  const widths = [1];
  for (let width = 1.5; width <= side / 2; width *= widths.length % 2 === 0 ? 4 / 3 : 3 / 2) widths.push(width);
  return widths;
}
