import { nestedPlace, subBandPaths } from "../../compress/settings";
import { paint, type Range, surfaceOf } from "./colour";
import { element } from "./dom";

/** Sub-bands of one channel, or of the mean over channels, `[subBand, row, col]`. */
export interface Bands {
  readonly values: Float32Array;
  readonly level: number;
  readonly rows: number;
  readonly cols: number;
}

/** The scales on which bands were drawn. */
export interface BandScales {
  readonly approximation: Range;
  readonly details: Range;
  readonly signed: boolean;
}

const deepestLabelled = 2;

/** The channels of an embedding-like array `[channel, subBand, row, col]` as one: their mean. */
export function meanOverChannels(values: Float32Array, channels: number): Float32Array {
  if (channels === 1) return values;
  const size = values.length / channels;
  const mean = new Float32Array(size);
  for (let at = 0; at < values.length; at++) (mean[at % size] as number) += (values[at] as number) / channels;
  return mean;
}

/** Draws sub-bands as the transform nests them; the approximation in grey on a scale of its own, since it is far larger. */
export function paintBands(canvas: HTMLCanvasElement, bands: Bands): BandScales {
  const { values, level, rows, cols } = bands;
  const side = 2 ** level;
  const scales = scalesOf(bands);
  const surface = surfaceOf(canvas, side * rows, side * cols);
  for (let band = 0; band < side * side; band++) {
    const [row, col] = nestedPlace(band, level);
    const place = { from: band * rows * cols, rows, cols, top: row * rows, left: col * cols };
    if (band === 0) paint(surface, values, "grey", scales.approximation, place);
    else paint(surface, values, scales.signed ? "diverging" : "sequential", scales.details, place);
  }
  surface.show();
  return scales;
}

/** Ends of scales: all of the approximation; of details what is not beyond the largest of 200, so that the rest is seen. */
function scalesOf({ values, rows, cols }: Bands): BandScales {
  const size = rows * cols;
  let [low, high, far, signed] = [Infinity, -Infinity, 0, false];
  for (let at = 0; at < size; at++) {
    const value = values[at] as number;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  for (let at = size; at < values.length; at++) {
    const value = values[at] as number;
    if (value < 0) signed = true;
    const distance = Math.abs(value);
    if (distance > far) far = distance;
  }
  const end = quantile(values, size, far, 0.995);
  return { approximation: [Math.min(0, low), high], details: [signed ? -end : 0, end], signed };
}

/** About this quantile of the distances from zero, from a place on: fine enough for a scale. */
function quantile(values: Float32Array, from: number, far: number, share: number): number {
  if (far === 0) return 0;
  const bins = 512;
  const counts = new Uint32Array(bins + 1);
  const scale = bins / far;
  for (let at = from; at < values.length; at++) (counts[(Math.abs(values[at] as number) * scale) | 0] as number)++;
  let left = (1 - share) * (values.length - from);
  for (let bin = bins; bin > 0; bin--) {
    left -= counts[bin] as number;
    if (left < 0) return ((bin + 1) * far) / bins;
  }
  return far / bins;
}

const lined = new WeakMap<HTMLElement, number>();

/** Lines between sub-bands, and their paths while there is room. */
export function labelBands(overlay: HTMLElement, level: number): void {
  if (lined.get(overlay) === level) return;
  lined.set(overlay, level);
  overlay.className = "overlay bands";
  overlay.style.setProperty("--cells", String(2 ** Math.min(level, 4)));
  const cells = subBandPaths(Math.min(level, deepestLabelled)).map((path, band) => {
    const [row, col] = nestedPlace(band, Math.min(level, deepestLabelled));
    return element("span", { style: `grid-area: ${row + 1} / ${col + 1}` }, path);
  });
  overlay.replaceChildren(...(level <= deepestLabelled ? cells : []));
}
