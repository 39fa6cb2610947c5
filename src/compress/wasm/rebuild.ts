// The inverse wavelet packet transform of pooled values, for any wavelet. As in float.ts a pixel is four lanes, the A, V,
// H and D of the first level, until the last step makes pixels of them.

import { Rebuild } from "./plan";

let plan: Rebuild = changetype<Rebuild>(0);
let values: usize = 0;
let overhang: i32 = 0; // filter taps cut off on the left

/**
 * Rebuilds one channel.
 *
 * @param pooled - `[subBand, patchRow, patchCol, pooling]`
 * @param out - `[row, col]`
 * @param scratch - as many bytes as `rebuildScratch` in rebuild-plan.ts says, aligned to 16
 */
export function rebuildChannel(plan_: usize, pooled: usize, out: usize, scratch: usize): void {
  plan = changetype<Rebuild>(plan_);
  values = pooled + ((<usize>plan.pooling) << 2);
  overhang = (plan.taps - 1) >> 1;
  const rows = plan.leafRows << (plan.level - 1);
  const cols = plan.leafCols << (plan.level - 1);
  parent(scratch, rows, cols, 1, 0, scratch + ((<usize>rows * <usize>cols) << 4));
  const rowBytes = (<usize>(2 * cols + 4)) << 2;
  lastLevel(scratch, rows, cols, out, scratch + ((<usize>rows * <usize>cols) << 4), rowBytes);
}

/** The plane of a node: from its values where it is a leaf, else from its four children. */
function parent(target: usize, rows: i32, cols: i32, level: i32, path: usize, scratch: usize): void {
  if (level == plan.level) {
    spread(target, path);
    return;
  }
  const childRows = rows >> 1;
  const childCols = cols >> 1;
  const bytes = (<usize>childRows * <usize>childCols) << 4;
  const next = scratch + (bytes << 2);
  for (let child: usize = 0; child < 4; child++) {
    parent(scratch + child * bytes, childRows, childCols, level + 1, (path << 2) + child, next);
  }
  // Along rows: A and V become the low half, H and D the high half, one behind the other.
  const half = bytes << 1;
  for (let row = 0; row < childRows; row++) {
    const from = scratch + ((<usize>row * <usize>childCols) << 4);
    const to = next + ((<usize>row * <usize>cols) << 4);
    alongRow(from, from + bytes, childCols, to);
    alongRow(from + 2 * bytes, from + 3 * bytes, childCols, to + half);
  }
  for (let row = 0; row < rows; row++) {
    downColumns(next, half, childRows, cols, row, target + ((<usize>row * <usize>cols) << 4));
  }
}

/** The four leaves of one path, every value over the area of its patch, repeated over it. */
function spread(target: usize, path: usize): void {
  const band = (<usize>(plan.gridRows * plan.gridCols * plan.poolings)) << 2;
  const lane = band << usize(2 * (plan.level - 1));
  const step = (<usize>plan.poolings) << 2;
  const rowBytes = (<usize>plan.leafCols) << 4;
  const scale = f32x4.splat(plan.scale);
  let from = values + path * band;
  let to = target;
  for (let patchRow = 0; patchRow < plan.gridRows; patchRow++) {
    const row = to;
    for (let patchCol = 0; patchCol < plan.gridCols; patchCol++) {
      let value = v128.load32_zero(from);
      value = v128.load32_lane(from + lane, value, 1);
      value = v128.load32_lane(from + 2 * lane, value, 2);
      value = v128.load32_lane(from + 3 * lane, value, 3);
      value = f32x4.mul(value, scale);
      for (let col = 0; col < plan.patchCols; col++) {
        v128.store(to, value);
        to += 16;
      }
      from += step;
    }
    for (let copy = 1; copy < plan.patchRows; copy++) {
      memory.copy(to, row, rowBytes);
      to += rowBytes;
    }
  }
}

/** Low and high of `cols` columns to twice as many. */
function alongRow(low: usize, high: usize, cols: i32, to: usize): void {
  for (let col = 0; col < 2 * cols; col++) {
    // Tap k of coefficient i lands on column 2 i + k - overhang.
    const last = (col + overhang) >> 1;
    const first = max(0, (col + overhang - plan.taps + 2) >> 1);
    const end = min(last, cols - 1);
    let at = (<usize>first) << 4;
    let tap = plan.filters + ((<usize>(col + overhang - 2 * first)) << 2);
    let sum = f32x4.splat(0);
    for (let i = first; i <= end; i++) {
      sum = f32x4.add(sum, f32x4.mul(v128.load(low + at), v128.load32_splat(tap)));
      sum = f32x4.add(sum, f32x4.mul(v128.load(high + at), v128.load32_splat(tap + ((<usize>plan.taps) << 2))));
      at += 16;
      tap -= 8;
    }
    v128.store(to, sum);
    to += 16;
  }
}

/** One row of twice as many rows, from a low plane and the high plane `half` bytes behind it. */
function downColumns(plane: usize, half: usize, rows: i32, cols: i32, row: i32, to: usize): void {
  const last = min((row + overhang) >> 1, rows - 1);
  const first = max(0, (row + overhang - plan.taps + 2) >> 1);
  const stride = (<usize>cols) << 4;
  const firstTap = plan.filters + ((<usize>(row + overhang - 2 * first)) << 2);
  const high = (<usize>plan.taps) << 2;
  let start = plane + <usize>first * stride;
  for (let col = 0; col < cols; col++) {
    let sum = f32x4.splat(0);
    let at = start;
    let tap = firstTap;
    for (let i = first; i <= last; i++) {
      sum = f32x4.add(sum, f32x4.mul(v128.load(at), v128.load32_splat(tap)));
      sum = f32x4.add(sum, f32x4.mul(v128.load(at + half), v128.load32_splat(tap + high)));
      at += stride;
      tap -= 8;
    }
    v128.store(to, sum);
    start += 16;
    to += 16;
  }
}

/** From vectors of A, V, H, D to pixels, of which the middle is kept. */
function lastLevel(plane: usize, rows: i32, cols: i32, out: usize, halves: usize, rowBytes: usize): void {
  const highRows = halves + rowBytes * <usize>rows;
  for (let row = 0; row < rows; row++) {
    const at = <usize>row * rowBytes;
    lastAlongRow(plane + ((<usize>row * <usize>cols) << 4), cols, halves + at, highRows + at);
  }
  const left = (<usize>plan.cropLeft) << 2;
  for (let row = 0; row < plan.outRows; row++) {
    lastDownColumns(halves + left, highRows + left, rowBytes, rows, row + plan.cropTop, out);
    out += (<usize>plan.outCols) << 2;
  }
}

/** [low, high, low, high] times [A, V, H, D], of which two neighbours are a sum. */
function lastAlongRow(from: usize, cols: i32, low: usize, high: usize): void {
  for (let col = 0; col < 2 * cols; col += 2) {
    const one = lastAt(from, cols, col);
    const two = lastAt(from, cols, col + 1);
    const sums = f32x4.add(v128.shuffle<f32>(one, two, 0, 4, 2, 6), v128.shuffle<f32>(one, two, 1, 5, 3, 7));
    v128.store64_lane(low, sums, 0);
    v128.store64_lane(high, sums, 1);
    low += 8;
    high += 8;
  }
}

function lastAt(from: usize, cols: i32, col: i32): v128 {
  const last = min((col + overhang) >> 1, cols - 1);
  const first = max(0, (col + overhang - plan.taps + 2) >> 1);
  let at = from + ((<usize>first) << 4);
  let tap = plan.filters + ((<usize>plan.taps) << 3) + ((<usize>(col + overhang - 2 * first)) << 4);
  let sum = f32x4.splat(0);
  for (let i = first; i <= last; i++) {
    sum = f32x4.add(sum, f32x4.mul(v128.load(at), v128.load(tap)));
    at += 16;
    tap -= 32;
  }
  return sum;
}

function lastDownColumns(low: usize, high: usize, rowBytes: usize, rows: i32, row: i32, out: usize): void {
  const last = min((row + overhang) >> 1, rows - 1);
  const first = max(0, (row + overhang - plan.taps + 2) >> 1);
  const firstTap = plan.filters + ((<usize>(row + overhang - 2 * first)) << 2);
  const highTap = (<usize>plan.taps) << 2;
  let start = <usize>first * rowBytes;
  let left = plan.outCols;
  while (left > 0) {
    let sum = f32x4.splat(0);
    let at = start;
    let tap = firstTap;
    for (let i = first; i <= last; i++) {
      sum = f32x4.add(sum, f32x4.mul(v128.load(low + at), v128.load32_splat(tap)));
      sum = f32x4.add(sum, f32x4.mul(v128.load(high + at), v128.load32_splat(tap + highTap)));
      at += rowBytes;
      tap -= 8;
    }
    if (left >= 4) v128.store(out, sum);
    else {
      v128.store32_lane(out, sum, 0);
      if (left > 1) v128.store32_lane(out + 4, sum, 1);
      if (left > 2) v128.store32_lane(out + 8, sum, 2);
    }
    left -= 4;
    start += 16;
    out += 16;
  }
}
