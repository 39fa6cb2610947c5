// How the leaves of the float transform become patches: four sub-bands at a time, row by row as they come.

import { Plan, zero } from "./plan";

// Pooling numbers, in the order of `poolings` in settings.ts.
export const L1: i32 = 0;
export const L2: i32 = 1;
export const SUM: i32 = 2;
export const MAX: i32 = 3;
export const MIN: i32 = 4;
export const MEDIAN: i32 = 5;
export const SUM_POS: i32 = 6;

/** Coefficients within this of zero count neither as positive nor as negative: signThreshold in ../pool.ts. */
export const SIGN_THRESHOLD: f64 = 1e-6;

// Coefficients in a row are added up in runs of this many, and no more runs than that in single precision, so that
// rounding stays near 1e-6 whatever the size of a patch.
const RUN: i32 = 64;
const VECTOR: usize = 16;

let plan: Plan = changetype<Plan>(0);
let output: usize = 0;
let scale: f32 = 1;
let sums: usize = 0; // [child, pooling, patchCol] vectors
let longSums: usize = 0; // the same in double precision, two vectors each, for patches of more than RUN runs

/** Sets out to pool a channel, whose results are multiplied by a scale; returns where the room behind its sums begins. */
export function beginPooling(plan_: usize, out: usize, room: usize, scale_: f32): usize {
  plan = changetype<Plan>(plan_);
  output = out;
  scale = scale_;
  sums = room;
  const bytes = ((<usize>(plan.poolings * plan.gridCols)) << 4) * 4;
  longSums = sums + bytes;
  return longSums + (bytes << 1);
}

/** Takes one row of `children` leaf sub-bands into the sums of its patch row, and writes them out behind its last row. */
export function poolLeafRow(row: i32, rows: i32, cols: i32, children: i32, from: usize, step: usize, path: i32): void {
  const place = row + plan.beforeRows;
  const patchRow = place / plan.patchRows;
  const begins = row == 0 || place == patchRow * plan.patchRows;
  const ends = row == rows - 1 || place == (patchRow + 1) * plan.patchRows - 1;
  const top = patchRow * plan.patchRows - plan.beforeRows;
  const cutRows = top < 0 || top + plan.patchRows > rows;
  const long = plan.patchRows * ((plan.patchCols + RUN - 1) / RUN) > RUN;
  const perChild = (<usize>(plan.poolings * plan.gridCols)) << 4;
  if (children == 4 && plan.poolings == 1 && load<i32>(plan.poolingList) == L1 && plan.patchCols <= RUN && !long) {
    poolMagnitudes(from, step, cols, sums, perChild, begins);
    if (ends)
      for (let child = 0; child < 4; child++) writePatches(sums + <usize>child * perChild, path + child, patchRow, 0);
    return;
  }
  for (let child = 0; child < children; child++) {
    for (let at = 0; at < plan.poolings; at++) {
      const pooling = load<i32>(plan.poolingList + ((<usize>at) << 2));
      const sum = sums + <usize>child * perChild + ((<usize>(at * plan.gridCols)) << 4);
      const isSum = pooling != MAX && pooling != MIN;
      const longSum = long && isSum ? longSums + ((sum - sums) << 1) : 0;
      if (begins) {
        if (isSum) zero(longSum == 0 ? sum : longSum, (<usize>plan.gridCols) << (longSum == 0 ? 4 : 5));
        else beginExtremes(pooling, sum, cols, cutRows);
      }
      poolRow(pooling, from + <usize>child * step, cols, sum, longSum);
      if (ends && longSum != 0) shorten(longSum, sum);
      if (ends) writePatches(sum, path + child, patchRow, at);
    }
  }
}

/** A patch with padding in it starts from that zero; another starts from nothing. */
function beginExtremes(pooling: i32, sum: usize, cols: i32, cutRows: bool): void {
  const none = f32x4.splat(pooling == MAX ? -Infinity : Infinity);
  const zero = f32x4.splat(0);
  for (let patch = 0; patch < plan.gridCols; patch++) {
    const left = patch * plan.patchCols - plan.beforeCols;
    const cut = cutRows || left < 0 || left + plan.patchCols > cols;
    v128.store(sum + ((<usize>patch) << 4), cut ? zero : none);
  }
}

/** What nearly everyone asks for, of four sub-bands at once: sums of magnitudes, begun anew where they are `fresh`. */
function poolMagnitudes(from: usize, step: usize, cols: i32, sum: usize, perChild: usize, fresh: bool): void {
  const patch = plan.beforeCols / plan.patchCols;
  sum += (<usize>patch) << 4;
  let end = (patch + 1) * plan.patchCols - plan.beforeCols;
  for (let col = 0; col < cols; end += plan.patchCols) {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (const stop = min(end, cols); col < stop; col++) {
      s0 = f32x4.add(s0, f32x4.abs(v128.load(from)));
      s1 = f32x4.add(s1, f32x4.abs(v128.load(from + step)));
      s2 = f32x4.add(s2, f32x4.abs(v128.load(from + 2 * step)));
      s3 = f32x4.add(s3, f32x4.abs(v128.load(from + 3 * step)));
      from += VECTOR;
    }
    if (!fresh) {
      // Behind the run and not before it, so that the run is a short sum.
      s0 = f32x4.add(s0, v128.load(sum));
      s1 = f32x4.add(s1, v128.load(sum + perChild));
      s2 = f32x4.add(s2, v128.load(sum + 2 * perChild));
      s3 = f32x4.add(s3, v128.load(sum + 3 * perChild));
    }
    v128.store(sum, s0);
    v128.store(sum + perChild, s1);
    v128.store(sum + 2 * perChild, s2);
    v128.store(sum + 3 * perChild, s3);
    sum += VECTOR;
  }
}

/** Takes a row into the sums of its patches: into those in double precision, where there are any. */
function poolRow(pooling: i32, row: usize, cols: i32, sums: usize, longSums: usize): void {
  const width = plan.patchCols;
  let patch = plan.beforeCols / width;
  let end = (patch + 1) * width - plan.beforeCols;
  let col = 0;
  while (col < cols) {
    const sum = sums + ((<usize>patch) << 4);
    // The run is cut at RUN from its own beginning, so that long patches add short sums.
    const stop = min(min(end, cols), col + RUN);
    const from = row + ((<usize>col) << 4);
    const to = row + ((<usize>stop) << 4);
    if (pooling == MAX) v128.store(sum, highest(v128.load(sum), from, to));
    else if (pooling == MIN) v128.store(sum, lowest(v128.load(sum), from, to));
    else {
      const part = total(pooling, from, to);
      if (longSums == 0) v128.store(sum, f32x4.add(v128.load(sum), part));
      else addLong(longSums + ((<usize>patch) << 5), part);
    }
    col = stop;
    if (col == end) {
      patch++;
      end += width;
    }
  }
}

function highest(value: v128, from: usize, to: usize): v128 {
  for (; from < to; from += 16) value = f32x4.max(value, v128.load(from));
  return value;
}

function lowest(value: v128, from: usize, to: usize): v128 {
  for (; from < to; from += 16) value = f32x4.min(value, v128.load(from));
  return value;
}

/** What a pooling adds up over some coefficients. */
function total(pooling: i32, from: usize, to: usize): v128 {
  const threshold = f32x4.splat(<f32>SIGN_THRESHOLD);
  let sum = f32x4.splat(0);
  if (pooling == L1) {
    for (; from < to; from += 16) sum = f32x4.add(sum, f32x4.abs(v128.load(from)));
  } else if (pooling == SUM) {
    for (; from < to; from += 16) sum = f32x4.add(sum, v128.load(from));
  } else {
    for (; from < to; from += 16) {
      const value = v128.load(from);
      if (pooling == L2) sum = f32x4.add(sum, f32x4.mul(value, value));
      else if (pooling == SUM_POS) sum = f32x4.add(sum, v128.and(value, f32x4.gt(value, threshold)));
      else sum = f32x4.add(sum, v128.and(value, f32x4.lt(value, f32x4.neg(threshold))));
    }
  }
  return sum;
}

function addLong(longSum: usize, value: v128): void {
  const high = v128.shuffle<f32>(value, value, 2, 3, 2, 3);
  v128.store(longSum, f64x2.add(v128.load(longSum), f64x2.promote_low_f32x4(value)));
  v128.store(longSum, f64x2.add(v128.load(longSum, 16), f64x2.promote_low_f32x4(high)), 16);
}

/** Brings the sums of a row of patches from double to single precision. */
function shorten(longSum: usize, sum: usize): void {
  for (let patch = 0; patch < plan.gridCols; patch++) {
    const low = f32x4.demote_f64x2_zero(v128.load(longSum));
    const high = f32x4.demote_f64x2_zero(v128.load(longSum, 16));
    v128.store(sum, v128.shuffle<f32>(low, high, 0, 1, 4, 5));
    sum += 16;
    longSum += 32;
  }
}

/** Writes the lanes of every patch of a row to the four sub-bands that they are. */
function writePatches(sum: usize, path: i32, patchRow: i32, pooling: i32): void {
  const first = plan.beforeCols / plan.patchCols;
  const last = min(plan.gridCols, (plan.beforeCols + plan.leafCols + plan.patchCols - 1) / plan.patchCols);
  const band = (<usize>(plan.gridRows * plan.gridCols * plan.poolings)) << 2;
  const lane = band << usize(2 * (plan.level - 1));
  const step = (<usize>plan.poolings) << 2;
  const factor = f32x4.splat(scale);
  let at = output + <usize>path * band + <usize>((patchRow * plan.gridCols + first) * plan.poolings + pooling) * 4;
  for (let patch = first; patch < last; patch++) {
    const value = f32x4.mul(v128.load(sum + ((<usize>patch) << 4)), factor);
    v128.store32_lane(at, value, 0);
    v128.store32_lane(at + lane, value, 1);
    v128.store32_lane(at + 2 * lane, value, 2);
    v128.store32_lane(at + 3 * lane, value, 3);
    at += step;
  }
}
