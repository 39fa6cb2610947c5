// The wavelet packet transform in single precision for any wavelet and any kind of pixel, pooled while it is computed.
//
// After the first level a pixel is four lanes, its A, V, H and D coefficients, so that every later level works on whole
// vectors: no lane ever has to move, and any odd size is as fast as an even one.

import {
  horizontal2,
  horizontal4,
  horizontal6,
  horizontal8,
  horizontalFirst2,
  horizontalFirst4,
  horizontalFirst6,
  horizontalFirst8,
  vertical2,
  vertical4,
  vertical6,
  vertical8,
  verticalFirst2,
  verticalFirst4,
  verticalFirst6,
  verticalFirst8,
} from "./float.generated";
import { beginPooling, poolLeafRow } from "./pool";
import { Plan, zero } from "./plan";

let plan: Plan = changetype<Plan>(0);
let overhang: i32 = 0; // filter taps left of the first coefficient's own pixel
let lowRow: usize = 0; // one row of vertical low-pass results with zeros on both sides
let highRow: usize = 0;
let leafRows: usize = 0; // four rows of leaf coefficients
let rowBytes: usize = 0; // one row of leaf coefficients

/**
 * Compresses one channel.
 *
 * @param pixels - `[row, col]` of the plan's kind
 * @param out - `[subBand, patchRow, patchCol, pooling]`; patches of nothing but padding are left as they are
 * @param scratch - as many bytes as `floatScratch` in ../kernel-choice.ts says, aligned to 16
 */
export function compressFloat(plan_: usize, pixels: usize, out: usize, scratch: usize): void {
  plan = changetype<Plan>(plan_);
  overhang = (plan.taps - 1) >> 1;
  const at = scratch;
  const ring = at;
  const ringRow = <usize>(((plan.cols + 7) & ~7) << 2);
  const cols1 = (plan.cols + 1) >> 1;
  const rows1 = (plan.rows + 1) >> 1;
  lowRow = ring + ringRow * <usize>plan.ringRows;
  const margins = <usize>((cols1 + 1 + plan.taps + 8) << 5);
  highRow = lowRow + margins;
  leafRows = highRow + margins;
  rowBytes = (<usize>(cols1 + 2)) << 4;
  const planes = beginPooling(plan_, out, leafRows + (rowBytes << 2), plan.scale);
  memory.fill(lowRow, 0, margins << 1);
  firstLevel(pixels, ring, ringRow, rows1, cols1, planes);
  if (plan.level == 1) return;
  const next = planes + ((<usize>rows1 * <usize>cols1) << 4);
  laterLevel(planes, rows1, cols1, 2, 0, next);
}

/** From pixels to vectors of A, V, H, D. */
function firstLevel(pixels: usize, ring: usize, ringRow: usize, rows1: i32, cols1: i32, planes: usize): void {
  const leaf = plan.level == 1;
  const mask = plan.ringRows - 1;
  let read = 0; // rows converted so far
  for (let row = 0; row < rows1; row++) {
    const start = 2 * row - overhang;
    const end = min(start + plan.taps, plan.rows);
    for (; read < end; read++) convertRow(pixels, read, ring + <usize>(read & mask) * ringRow);
    verticalFirst(ring, ringRow, mask, max(start, 0), end, start);
    const target = leaf ? leafRows : planes + ((<usize>row * <usize>cols1) << 4);
    horizontalFirst(target, cols1);
    if (leaf) poolLeafRow(row, rows1, cols1, 1, target, 0, 0);
  }
}

function convertRow(pixels: usize, row: i32, target: usize): void {
  const cols = plan.cols;
  const whole = cols & ~7;
  if (plan.kind == 0) {
    const from = pixels + <usize>row * <usize>cols;
    for (let col = 0; col < whole; col += 8) {
      const v = v128.load8x8_u(from + <usize>col);
      v128.store(target + ((<usize>col) << 2), f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(v)));
      v128.store(target + ((<usize>col) << 2), f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(v)), 16);
    }
    for (let col = whole; col < cols; col++) {
      store<f32>(target + ((<usize>col) << 2), <f32>load<u8>(from + <usize>col));
    }
  } else if (plan.kind == 1) {
    const from = pixels + ((<usize>row * <usize>cols) << 1);
    for (let col = 0; col < whole; col += 8) {
      const v = v128.load(from + ((<usize>col) << 1));
      v128.store(target + ((<usize>col) << 2), f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(v)));
      v128.store(target + ((<usize>col) << 2), f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(v)), 16);
    }
    for (let col = whole; col < cols; col++) {
      store<f32>(target + ((<usize>col) << 2), <f32>load<u16>(from + ((<usize>col) << 1)));
    }
  } else {
    memory.copy(target, pixels + ((<usize>row * <usize>cols) << 2), (<usize>cols) << 2);
  }
  for (let col = cols; (col & 7) != 0; col++) store<f32>(target + ((<usize>col) << 2), 0);
}

/** Both vertical filters over the rows [from, end) of the ring; writes low and high of every column side by side. */
function verticalFirst(ring: usize, ringRow: usize, mask: i32, from: i32, end: i32, start: i32): void {
  const taps = plan.filters;
  if (end - from == plan.taps) {
    const to = lowRow + ((<usize>overhang) << 3);
    if (plan.taps == 2) return verticalFirst2(ring, ringRow, mask, start, to, taps);
    if (plan.taps == 4) return verticalFirst4(ring, ringRow, mask, start, to, taps);
    if (plan.taps == 6) return verticalFirst6(ring, ringRow, mask, start, to, taps);
    if (plan.taps == 8) return verticalFirst8(ring, ringRow, mask, start, to, taps);
  }
  const lowTaps = taps;
  const highTaps = taps + ((<usize>plan.taps) << 2);
  let target = lowRow + ((<usize>overhang) << 3);
  for (let col: usize = 0; col < ringRow; col += 32) {
    let low0 = f32x4.splat(0);
    let low1 = low0;
    let high0 = low0;
    let high1 = low0;
    for (let row = from; row < end; row++) {
      const source = ring + <usize>(row & mask) * ringRow + col;
      const tap = (<usize>(row - start)) << 2;
      const low = v128.load32_splat(lowTaps + tap);
      const high = v128.load32_splat(highTaps + tap);
      const x0 = v128.load(source);
      const x1 = v128.load(source, 16);
      low0 = f32x4.add(low0, f32x4.mul(x0, low));
      low1 = f32x4.add(low1, f32x4.mul(x1, low));
      high0 = f32x4.add(high0, f32x4.mul(x0, high));
      high1 = f32x4.add(high1, f32x4.mul(x1, high));
    }
    v128.store(target, v128.shuffle<f32>(low0, high0, 0, 4, 1, 5));
    v128.store(target, v128.shuffle<f32>(low0, high0, 2, 6, 3, 7), 16);
    v128.store(target, v128.shuffle<f32>(low1, high1, 0, 4, 1, 5), 32);
    v128.store(target, v128.shuffle<f32>(low1, high1, 2, 6, 3, 7), 48);
    target += 64;
  }
  // What the filter reads behind the row is zero: columns behind the image are, and the margin starts behind them.
}

/** Both horizontal filters on low and high at once: [low, high, low, high] times [l, l, h, h]. */
function horizontalFirst(target: usize, cols1: i32): void {
  const taps = plan.taps;
  const pairs = plan.filters + ((<usize>taps) << 4);
  let source = lowRow;
  let left = cols1;
  if (taps == 2) left = horizontalFirst2(source, cols1, target, pairs);
  else if (taps == 4) left = horizontalFirst4(source, cols1, target, pairs);
  else if (taps == 6) left = horizontalFirst6(source, cols1, target, pairs);
  else if (taps == 8) left = horizontalFirst8(source, cols1, target, pairs);
  let col = cols1 - left;
  source += (<usize>col) << 4;
  target += (<usize>col) << 4;
  for (; col + 4 <= cols1; col += 4) {
    let a = f32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    for (let k = 0; k < taps; k++) {
      const tap = v128.load(pairs + ((<usize>k) << 4));
      const from = source + ((<usize>k) << 3);
      a = f32x4.add(a, f32x4.mul(tap, v128.load64_splat(from)));
      b = f32x4.add(b, f32x4.mul(tap, v128.load64_splat(from, 16)));
      c = f32x4.add(c, f32x4.mul(tap, v128.load64_splat(from, 32)));
      d = f32x4.add(d, f32x4.mul(tap, v128.load64_splat(from, 48)));
    }
    v128.store(target, v128.shuffle<f32>(a, a, 0, 2, 1, 3));
    v128.store(target, v128.shuffle<f32>(b, b, 0, 2, 1, 3), 16);
    v128.store(target, v128.shuffle<f32>(c, c, 0, 2, 1, 3), 32);
    v128.store(target, v128.shuffle<f32>(d, d, 0, 2, 1, 3), 48);
    target += 64;
    source += 64;
  }
  for (; col < cols1; col++) {
    let a = f32x4.splat(0);
    for (let k = 0; k < taps; k++) {
      const tap = v128.load(pairs + ((<usize>k) << 4));
      a = f32x4.add(a, f32x4.mul(tap, v128.load64_splat(source + ((<usize>k) << 3))));
    }
    v128.store(target, v128.shuffle<f32>(a, a, 0, 2, 1, 3));
    target += 16;
    source += 16;
  }
}

/** From a plane of vectors to its four children, and on to their children; the last level is pooled row by row. */
function laterLevel(plane: usize, rows: i32, cols: i32, level: i32, path: i32, scratch: usize): void {
  const rows2 = (rows + 1) >> 1;
  const cols2 = (cols + 1) >> 1;
  const leaf = level == plan.level;
  const childBytes = (<usize>rows2 * <usize>cols2) << 4;
  // Zeros right of the row, which may be shorter than the row of the level before.
  const behind = (<usize>(overhang + cols)) << 4;
  const after = (<usize>(plan.taps + 2)) << 4;
  zero(lowRow, (<usize>overhang) << 4);
  zero(highRow, (<usize>overhang) << 4);
  zero(lowRow + behind, after);
  zero(highRow + behind, after);
  for (let row = 0; row < rows2; row++) {
    vertical(plane, rows, cols, 2 * row - overhang);
    const rowAt = (<usize>row * <usize>cols2) << 4;
    const first = leaf ? leafRows : scratch + rowAt;
    const step = leaf ? rowBytes : childBytes;
    horizontal(lowRow, first, first + step, cols2);
    horizontal(highRow, first + 2 * step, first + 3 * step, cols2);
    if (leaf) poolLeafRow(row, rows2, cols2, 4, first, step, path << 2);
  }
  if (leaf) return;
  const next = scratch + (childBytes << 2);
  for (let child = 0; child < 4; child++) {
    laterLevel(scratch + <usize>child * childBytes, rows2, cols2, level + 1, (path << 2) + child, next);
  }
}

function vertical(plane: usize, rows: i32, cols: i32, start: i32): void {
  const lowTaps = plan.filters + ((<usize>plan.taps) << 3);
  const highTaps = lowTaps + ((<usize>plan.taps) << 2);
  const from = max(start, 0);
  const end = min(start + plan.taps, rows);
  const stride = (<usize>cols) << 4;
  let low = lowRow + ((<usize>overhang) << 4);
  let high = highRow + ((<usize>overhang) << 4);
  let source = plane + <usize>from * stride;
  const firstTap = (<usize>(from - start)) << 2;
  const count = end - from;
  let col = 0;
  for (; col + 2 <= cols; col += 2) {
    let low0 = f32x4.splat(0);
    let low1 = low0;
    let high0 = low0;
    let high1 = low0;
    let at = source;
    let tap = firstTap;
    for (let k = 0; k < count; k++) {
      const l = v128.load32_splat(lowTaps + tap);
      const h = v128.load32_splat(highTaps + tap);
      const x0 = v128.load(at);
      const x1 = v128.load(at, 16);
      low0 = f32x4.add(low0, f32x4.mul(x0, l));
      low1 = f32x4.add(low1, f32x4.mul(x1, l));
      high0 = f32x4.add(high0, f32x4.mul(x0, h));
      high1 = f32x4.add(high1, f32x4.mul(x1, h));
      at += stride;
      tap += 4;
    }
    v128.store(low, low0);
    v128.store(low, low1, 16);
    v128.store(high, high0);
    v128.store(high, high1, 16);
    low += 32;
    high += 32;
    source += 32;
  }
  if (col < cols) {
    let low0 = f32x4.splat(0);
    let high0 = low0;
    let at = source;
    let tap = firstTap;
    for (let k = 0; k < count; k++) {
      const x0 = v128.load(at);
      low0 = f32x4.add(low0, f32x4.mul(x0, v128.load32_splat(lowTaps + tap)));
      high0 = f32x4.add(high0, f32x4.mul(x0, v128.load32_splat(highTaps + tap)));
      at += stride;
      tap += 4;
    }
    v128.store(low, low0);
    v128.store(high, high0);
  }
}

function horizontal(source: usize, low: usize, high: usize, cols2: i32): void {
  const lowTaps = plan.filters + ((<usize>plan.taps) << 3);
  const highTaps = lowTaps + ((<usize>plan.taps) << 2);
  const end = (<usize>plan.taps) << 2;
  let col = 0;
  for (; col + 2 <= cols2; col += 2) {
    let low0 = f32x4.splat(0);
    let low1 = low0;
    let high0 = low0;
    let high1 = low0;
    for (let tap: usize = 0; tap < end; tap += 4) {
      const l = v128.load32_splat(lowTaps + tap);
      const h = v128.load32_splat(highTaps + tap);
      const x0 = v128.load(source + (tap << 2));
      const x1 = v128.load(source + (tap << 2), 32);
      low0 = f32x4.add(low0, f32x4.mul(x0, l));
      low1 = f32x4.add(low1, f32x4.mul(x1, l));
      high0 = f32x4.add(high0, f32x4.mul(x0, h));
      high1 = f32x4.add(high1, f32x4.mul(x1, h));
    }
    v128.store(low, low0);
    v128.store(low, low1, 16);
    v128.store(high, high0);
    v128.store(high, high1, 16);
    low += 32;
    high += 32;
    source += 64;
  }
  if (col < cols2) {
    let low0 = f32x4.splat(0);
    let high0 = low0;
    for (let tap: usize = 0; tap < end; tap += 4) {
      const x0 = v128.load(source + (tap << 2));
      low0 = f32x4.add(low0, f32x4.mul(x0, v128.load32_splat(lowTaps + tap)));
      high0 = f32x4.add(high0, f32x4.mul(x0, v128.load32_splat(highTaps + tap)));
    }
    v128.store(low, low0);
    v128.store(high, high0);
  }
}
