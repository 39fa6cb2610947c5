import type { Plane } from "./packet";
import type { PatchLayout, Pooling } from "./settings";

/** Coefficients this near to zero count neither as positive nor as negative (paper's code). */
export const signThreshold = 1e-6;

const poolers: Readonly<Record<Pooling, (patch: Float64Array) => number>> = {
  l1: (patch) => patch.reduce((sum, value) => sum + Math.abs(value), 0),
  l2: (patch) => patch.reduce((sum, value) => sum + value * value, 0),
  sum: (patch) => patch.reduce((sum, value) => sum + value, 0),
  max: (patch) => patch.reduce((high, value) => Math.max(high, value), -Infinity),
  min: (patch) => patch.reduce((low, value) => Math.min(low, value), Infinity),
  median: (patch) => patch.toSorted()[Math.floor((patch.length - 1) / 2)] as number,
  sum_pos: (patch) => patch.reduce((sum, value) => (value > signThreshold ? sum + value : sum), 0),
  sum_neg: (patch) => patch.reduce((sum, value) => (value < -signThreshold ? sum + value : sum), 0),
};

/**
 * Pools every patch of a sub-band.
 *
 * @returns `[patchRow, patchCol, pooling]`
 */
export function poolSubBand(subBand: Plane, layout: PatchLayout, pooling: readonly Pooling[]): Float64Array {
  const [patchRows, patchCols] = layout.grid;
  const result = new Float64Array(patchRows * patchCols * pooling.length);
  let at = 0;
  for (let row = 0; row < patchRows; row++) {
    for (let col = 0; col < patchCols; col++) {
      const patch = cutPatch(subBand, layout, row, col);
      for (const name of pooling) result[at++] = poolers[name](patch);
    }
  }
  return result;
}

/** The plane in which every patch is filled with its value over its area; the sides are those of the padded sub-band. */
export function spreadPatches(values: Float64Array, layout: PatchLayout): Plane {
  const [patchHeight, patchWidth] = layout.patch;
  const [patchRows, patchCols] = layout.grid;
  const [rows, cols] = [patchRows * patchHeight, patchCols * patchWidth];
  const spread = new Float64Array(rows * cols);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const patch = Math.floor(row / patchHeight) * patchCols + Math.floor(col / patchWidth);
      spread[row * cols + col] = (values[patch] as number) / (patchHeight * patchWidth);
    }
  }
  return { values: spread, rows, cols };
}

/** The coefficients of one patch, with the zeros that make the sub-band a multiple of the patch grid. */
function cutPatch(
  { values, rows, cols }: Plane,
  { patch, before }: PatchLayout,
  row: number,
  col: number,
): Float64Array {
  const cut = new Float64Array(patch[0] * patch[1]);
  for (let y = 0; y < patch[0]; y++) {
    const fromRow = row * patch[0] + y - before[0];
    if (fromRow < 0 || fromRow >= rows) continue;
    for (let x = 0; x < patch[1]; x++) {
      const fromCol = col * patch[1] + x - before[1];
      if (fromCol >= 0 && fromCol < cols) cut[y * patch[1] + x] = values[fromRow * cols + fromCol] as number;
    }
  }
  return cut;
}
