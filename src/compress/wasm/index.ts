import { compressFloat } from "./float";
import { compressHaar } from "./haar";
import { Plan } from "./plan";

/**
 * Compresses channels that lie behind each other.
 *
 * @param plan - a Plan
 * @param pixels - `[channel, row, col]`
 * @param out - `[channel, subBand, patchRow, patchCol, pooling]`
 * @param scratch - the bytes that the plan asks for, aligned to 16
 */
export function compress(plan: usize, pixels: usize, out: usize, scratch: usize, channels: i32): void {
  const shape = changetype<Plan>(plan);
  // Where there is padding, whole patches may consist of it, and nobody writes them.
  const padded = shape.gridRows * shape.patchRows > shape.leafRows || shape.gridCols * shape.patchCols > shape.leafCols;
  if (padded) memory.fill(out, 0, <usize>shape.outBytes * <usize>channels);
  for (let channel = 0; channel < channels; channel++) {
    if (shape.integer) compressHaar(plan, pixels, out, scratch);
    else compressFloat(plan, pixels, out, scratch);
    pixels += shape.pixelBytes;
    out += shape.outBytes;
  }
}
