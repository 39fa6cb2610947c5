// How levels 5 and deeper of the integer Haar transform become patches, while their last level is computed: of eight
// sub-bands in 16-bit lanes or four in 32-bit lanes. R and T are those of deepSplit.ts.

import { PIXEL, lanes, split } from "./deepSplit";
import { TWO_LEVELS_BYTES, twoLevels } from "./haar.generated";
import { Plan } from "./plan";

let plan: Plan = changetype<Plan>(0);
let whole: usize = 0; // of the eight sub-bands at hand
let output: usize = 0; // of these, or of the half of them at hand
let scale: f32 = 0;
let sums: usize = 0; // [child, patchRow, patchCol] vectors
let childBytes: usize = 0; // of one child's sums
let cells: bool = false; // whether every coefficient is a patch of its own
let firstPatchRow: i32 = 0; // the first patch that is not padding alone
let firstPatch: i32 = 0;
let lane: usize = 0; // bytes between sub-bands that differ at level 3
let half: usize = 0; // bytes between sub-bands that differ at the first level

/** Sets out to pool a channel; returns where the room behind its sums begins. */
export function beginDeepPooling(plan_: usize, room: usize, scale_: f32): usize {
  plan = changetype<Plan>(plan_);
  scale = scale_;
  firstPatchRow = plan.beforeRows / plan.patchRows;
  firstPatch = plan.beforeCols / plan.patchCols;
  const patches = <usize>(plan.gridRows * plan.gridCols);
  sums = room;
  childBytes = patches << 4;
  cells = plan.patchRows * plan.patchCols == 1;
  lane = (patches << 2) << usize(2 * (plan.level - 3));
  half = 32 * lane;
  const bytes = max(childBytes << 2, TWO_LEVELS_BYTES); // patches of padding alone stay zero
  memory.fill(sums, 0, bytes);
  return sums + bytes;
}

/** Goes on to the eight sub-bands of a horizontal path of level 3 and a path of level 4. */
export function poolInto(out: usize, horizontal: usize, quarter: usize): void {
  const spread = (horizontal & 1) | ((horizontal & 2) << 1) | ((horizontal & 4) << 2);
  whole = out + spread * lane + quarter * (lane >> 2);
  output = whole;
}

/** Goes on to the first or last four of them. */
export function poolHalf(at: usize): void {
  output = whole + at * half;
}

/**
 * Whether children can be pooled in 16 bits.
 *
 * @param largest - at least that of their magnitudes
 * @param total - at least what these add up to
 */
export function fitSixteen(largest: i32, total: i32): bool {
  return total <= 65534 || largest <= 65535 / (plan.patchRows * plan.patchCols);
}

/** The children of a plane at the last level, pooled. */
export function poolChildren<R, T>(plane: usize, rows: i32, cols: i32, path: usize): void {
  if (cells) split<R, T>(plane, rows, cols, sums, childBytes, 16);
  else if (childBytes == 16) poolPatch<R, T>(plane, <usize>cols * PIXEL, rows, cols, sums);
  else poolPatches<R, T>(plane, rows, cols);
  write<T>(path, childBytes >> 4);
}

/** Whether planes of this size, two levels above the last, are pooled by {@link poolGrandchildren}. */
export function areTwentyFive(rows: i32, cols: i32): bool {
  return childBytes == 16 && rows == 5 && cols == 5;
}

/** The last two levels of a plane of 5 x 5, pooled to one patch: what an image of some hundred pixels ends with. */
export function poolGrandchildren<R, T>(plane: usize, path: usize): void {
  twoLevels<R, T>(plane, sums);
  write<T>(path, 4);
}

function poolPatches<R, T>(plane: usize, rows: i32, cols: i32): void {
  const stride = <usize>cols * PIXEL;
  const rowBytes = (<usize>plan.gridCols) << 4;
  let row = sums + <usize>firstPatchRow * rowBytes + ((<usize>firstPatch) << 4);
  let height = 2 * ((firstPatchRow + 1) * plan.patchRows - plan.beforeRows);
  while (rows > 0) {
    let from = plane;
    let width = 2 * ((firstPatch + 1) * plan.patchCols - plan.beforeCols);
    let sum = row;
    for (let left = cols; left > 0; left -= width) {
      if (sum > row) width = 2 * plan.patchCols;
      poolPatch<R, T>(from, stride, min(rows, height), min(left, width), sum);
      from += <usize>width * PIXEL;
      sum += 16;
    }
    plane += <usize>height * stride;
    rows -= height;
    height = 2 * plan.patchRows;
    row += rowBytes;
  }
}

/** The last level of so many rows and columns of a plane, pooled to one patch, whose four sums are put at `to` and behind. */
function poolPatch<R, T>(plane: usize, stride: usize, rows: i32, cols: i32, to: usize): void {
  let s0 = i32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (; rows > 1; rows -= 2) {
    let from = plane;
    let left = cols;
    for (; left > 1; left -= 2) {
      const a = lanes<R, T>(from, 0);
      const b = lanes<R, T>(from, PIXEL);
      const c = lanes<R, T>(from + stride, 0);
      const d = lanes<R, T>(from + stride, PIXEL);
      const top = v128.add<T>(a, b);
      const topDifference = v128.sub<T>(b, a);
      const bottom = v128.add<T>(c, d);
      const bottomDifference = v128.sub<T>(d, c);
      s0 = v128.add<T>(s0, v128.abs<T>(v128.add<T>(top, bottom)));
      s1 = v128.add<T>(s1, v128.abs<T>(v128.add<T>(topDifference, bottomDifference)));
      s2 = v128.add<T>(s2, v128.abs<T>(v128.sub<T>(bottom, top)));
      s3 = v128.add<T>(s3, v128.abs<T>(v128.sub<T>(bottomDifference, topDifference)));
      from += 2 * PIXEL;
    }
    if (left > 0) {
      const a = lanes<R, T>(from, 0);
      const c = lanes<R, T>(from + stride, 0);
      const low = v128.abs<T>(v128.add<T>(a, c));
      const high = v128.abs<T>(v128.sub<T>(c, a));
      s0 = v128.add<T>(s0, low);
      s1 = v128.add<T>(s1, low);
      s2 = v128.add<T>(s2, high);
      s3 = v128.add<T>(s3, high);
    }
    plane += 2 * stride;
  }
  if (rows > 0) {
    let low = i32x4.splat(0);
    let high = low;
    for (; cols > 1; cols -= 2) {
      const a = lanes<R, T>(plane, 0);
      const b = lanes<R, T>(plane, PIXEL);
      low = v128.add<T>(low, v128.abs<T>(v128.add<T>(a, b)));
      high = v128.add<T>(high, v128.abs<T>(v128.sub<T>(b, a)));
      plane += 2 * PIXEL;
    }
    if (cols > 0) {
      const a = v128.abs<T>(lanes<R, T>(plane, 0));
      low = v128.add<T>(low, a);
      high = v128.add<T>(high, a);
    }
    s0 = v128.add<T>(s0, low);
    s1 = v128.add<T>(s1, high);
    s2 = v128.add<T>(s2, low);
    s3 = v128.add<T>(s3, high);
  }
  v128.store(to, s0);
  v128.store(to + childBytes, s1);
  v128.store(to + 2 * childBytes, s2);
  v128.store(to + 3 * childBytes, s3);
}

/** Writes so many times four sums that lie behind each other in the result, of eight or four sub-bands. */
function write<T>(path: usize, groups: usize): void {
  const from = sums;
  const to = output + ((path * groups) << 4);
  if (sizeof<T>() == 2) writeEight(from, from + (groups << 6), to);
  else writeFour(from, from + (groups << 6), to);
}

function writeFour(from: usize, end: usize, to: usize): void {
  const factor = f32x4.splat(scale);
  const apart = lane;
  for (; from < end; from += 64) {
    const a = i32x4.abs(v128.load(from));
    const b = i32x4.abs(v128.load(from, 16));
    const c = i32x4.abs(v128.load(from, 32));
    const d = i32x4.abs(v128.load(from, 48));
    const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
    const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
    v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(v128.shuffle<i64>(ab, cd, 0, 2)), factor));
    v128.store(to + 2 * apart, f32x4.mul(f32x4.convert_i32x4_s(v128.shuffle<i64>(ab, cd, 1, 3)), factor));
    const ab2 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
    const cd2 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
    v128.store(to + 8 * apart, f32x4.mul(f32x4.convert_i32x4_s(v128.shuffle<i64>(ab2, cd2, 0, 2)), factor));
    v128.store(to + 10 * apart, f32x4.mul(f32x4.convert_i32x4_s(v128.shuffle<i64>(ab2, cd2, 1, 3)), factor));
    to += 16;
  }
}

function writeEight(from: usize, end: usize, to: usize): void {
  const factor = f32x4.splat(scale);
  const apart = lane;
  for (; from < end; from += 64) {
    let a = v128.load(from);
    let b = v128.load(from, 16);
    let c = v128.load(from, 32);
    let d = v128.load(from, 48);
    if (cells) {
      // Sums of magnitudes may take all 16 bits, leaves have a sign.
      a = i16x8.abs(a);
      b = i16x8.abs(b);
      c = i16x8.abs(c);
      d = i16x8.abs(d);
    }
    const ab = v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
    const cd = v128.shuffle<i16>(c, d, 0, 8, 1, 9, 2, 10, 3, 11);
    const one = v128.shuffle<i32>(ab, cd, 0, 4, 1, 5);
    v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(one)), factor));
    v128.store(to + 2 * apart, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(one)), factor));
    const two = v128.shuffle<i32>(ab, cd, 2, 6, 3, 7);
    v128.store(to + 8 * apart, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(two)), factor));
    v128.store(to + 10 * apart, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(two)), factor));
    const ab2 = v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
    const cd2 = v128.shuffle<i16>(c, d, 4, 12, 5, 13, 6, 14, 7, 15);
    const three = v128.shuffle<i32>(ab2, cd2, 0, 4, 1, 5);
    v128.store(to + 32 * apart, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(three)), factor));
    v128.store(to + 34 * apart, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(three)), factor));
    const four = v128.shuffle<i32>(ab2, cd2, 2, 6, 3, 7);
    v128.store(to + 40 * apart, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(four)), factor));
    v128.store(to + 42 * apart, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(four)), factor));
    to += 16;
  }
}
