// How levels 5 and deeper of the integer Haar transform become patches, while their last level is computed.

import { PIXEL, four, split } from "./deepSplit";
import { Plan } from "./plan";

let plan: Plan = changetype<Plan>(0);
let output: usize = 0; // of the four sub-bands at hand
let scale: f32 = 0;
let sums: usize = 0; // [child, patchRow, patchCol] vectors
let childBytes: usize = 0; // of one child's sums
let cells: bool = false; // whether every coefficient is a patch of its own
let firstPatchRow: i32 = 0; // the first patch that is not padding alone
let firstPatch: i32 = 0;
let lane: usize = 0; // bytes between sub-bands that differ at level 3

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
  memory.fill(sums, 0, childBytes << 2); // patches of padding alone stay so
  return sums + (childBytes << 2);
}

/** Goes on to the sub-bands of a horizontal path of level 3, a path of level 4 and a half of the vertical paths of level 3. */
export function poolInto(out: usize, horizontal: usize, quarter: usize, half: usize): void {
  const spread = (horizontal & 1) | ((horizontal & 2) << 1) | ((horizontal & 4) << 2);
  output = out + spread * lane + quarter * (lane >> 2) + half * 32 * lane;
}

/** Whether planes of this size are pooled by {@link poolNine}. */
export function areNine(rows: i32, cols: i32): bool {
  return childBytes == 16 && rows == 3 && cols == 3;
}

/** The children of a plane at the last level, pooled. */
export function poolChildren<T>(plane: usize, rows: i32, cols: i32, path: usize): void {
  if (childBytes == 16) return poolWhole<T>(plane, rows, cols, path);
  if (cells) split<T>(plane, rows, cols, sums, childBytes, 16);
  else pool<T>(plane, rows, cols);
  write(path);
}

/** The last level of a plane, pooled to one patch. */
function poolWhole<T>(plane: usize, rows: i32, cols: i32, path: usize): void {
  const stride = <usize>cols * PIXEL;
  let s0 = i32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (; rows > 1; rows -= 2) {
    let from = plane;
    let left = cols;
    for (; left > 1; left -= 2) {
      const a = four<T>(from, 0);
      const b = four<T>(from, PIXEL);
      const c = four<T>(from + stride, 0);
      const d = four<T>(from + stride, PIXEL);
      const top = i32x4.add(a, b);
      const topDifference = i32x4.sub(b, a);
      const bottom = i32x4.add(c, d);
      const bottomDifference = i32x4.sub(d, c);
      s0 = i32x4.add(s0, i32x4.abs(i32x4.add(top, bottom)));
      s1 = i32x4.add(s1, i32x4.abs(i32x4.add(topDifference, bottomDifference)));
      s2 = i32x4.add(s2, i32x4.abs(i32x4.sub(bottom, top)));
      s3 = i32x4.add(s3, i32x4.abs(i32x4.sub(bottomDifference, topDifference)));
      from += 2 * PIXEL;
    }
    if (left > 0) {
      const a = four<T>(from, 0);
      const c = four<T>(from + stride, 0);
      const low = i32x4.abs(i32x4.add(a, c));
      const high = i32x4.abs(i32x4.sub(c, a));
      s0 = i32x4.add(s0, low);
      s1 = i32x4.add(s1, low);
      s2 = i32x4.add(s2, high);
      s3 = i32x4.add(s3, high);
    }
    plane += 2 * stride;
  }
  if (rows > 0) {
    let low = i32x4.splat(0);
    let high = low;
    for (; cols > 1; cols -= 2) {
      const a = four<T>(plane, 0);
      const b = four<T>(plane, PIXEL);
      low = i32x4.add(low, i32x4.abs(i32x4.add(a, b)));
      high = i32x4.add(high, i32x4.abs(i32x4.sub(b, a)));
      plane += 2 * PIXEL;
    }
    if (cols > 0) {
      const a = i32x4.abs(four<T>(plane, 0));
      low = i32x4.add(low, a);
      high = i32x4.add(high, a);
    }
    s0 = i32x4.add(s0, low);
    s1 = i32x4.add(s1, high);
    s2 = i32x4.add(s2, low);
    s3 = i32x4.add(s3, high);
  }
  writeFour(output + (path << 2), s0, s1, s2, s3);
}

/** The last level of a plane of 3 x 3, pooled to one patch: what an image of some hundred pixels ends with. */
export function poolNine(plane: usize, path: usize): void {
  const a = v128.load(plane); // the others lie 64 bytes from each other
  const b = v128.load(plane, 64);
  const c = v128.load(plane, 192);
  const d = v128.load(plane, 256);
  const top = i32x4.add(a, b);
  const topDifference = i32x4.sub(b, a);
  const bottom = i32x4.add(c, d);
  const bottomDifference = i32x4.sub(d, c);
  // Right of these four, below them, and both: with zeros for what is missing.
  const e = v128.load(plane, 128);
  const f = v128.load(plane, 320);
  const g = v128.load(plane, 384);
  const h = v128.load(plane, 448);
  const corner = i32x4.abs(v128.load(plane, 512));
  const rightLow = i32x4.add(i32x4.abs(i32x4.add(e, f)), corner);
  const rightHigh = i32x4.add(i32x4.abs(i32x4.sub(f, e)), corner);
  const belowLow = i32x4.abs(i32x4.add(g, h));
  const belowHigh = i32x4.abs(i32x4.sub(h, g));
  writeFour(
    output + (path << 2),
    i32x4.add(i32x4.add(i32x4.abs(i32x4.add(top, bottom)), rightLow), belowLow),
    i32x4.add(i32x4.add(i32x4.abs(i32x4.add(topDifference, bottomDifference)), rightLow), belowHigh),
    i32x4.add(i32x4.add(i32x4.abs(i32x4.sub(bottom, top)), rightHigh), belowLow),
    i32x4.add(i32x4.add(i32x4.abs(i32x4.sub(bottomDifference, topDifference)), rightHigh), belowHigh),
  );
}

/** The last level of a plane, pooled at once. */
function pool<T>(plane: usize, rows: i32, cols: i32): void {
  const stride = <usize>cols * PIXEL;
  const rowBytes = (<usize>plan.gridCols) << 4;
  const firstStop = (firstPatch + 1) * plan.patchCols - plan.beforeCols;
  let sum = sums + <usize>firstPatchRow * rowBytes + ((<usize>firstPatch) << 4);
  let rowsLeft = (firstPatchRow + 1) * plan.patchRows - plan.beforeRows;
  let fresh = true;
  for (let row = 0; row < rows; row += 2) {
    const from = plane + <usize>row * stride;
    if (row + 1 < rows) poolPair<T>(from, stride, cols, firstStop, sum, fresh);
    else poolLast<T>(from, cols, firstStop, sum, fresh);
    rowsLeft--;
    fresh = rowsLeft == 0;
    if (fresh) {
      sum += rowBytes;
      rowsLeft = plan.patchRows;
    }
  }
}

/** One row of leaves, from two rows of a plane. */
function poolPair<T>(from: usize, stride: usize, cols: i32, stop: i32, sum: usize, fresh: bool): void {
  const pairs = cols >> 1;
  const leaves = (cols + 1) >> 1;
  for (let col = 0; col < leaves; stop += plan.patchCols) {
    let s0 = i32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    if (!fresh) {
      s0 = v128.load(sum);
      s1 = v128.load(sum + childBytes);
      s2 = v128.load(sum + 2 * childBytes);
      s3 = v128.load(sum + 3 * childBytes);
    }
    for (const end = min(stop, pairs); col < end; col++) {
      const a = four<T>(from, 0);
      const b = four<T>(from, PIXEL);
      const c = four<T>(from + stride, 0);
      const d = four<T>(from + stride, PIXEL);
      const top = i32x4.add(a, b);
      const topDifference = i32x4.sub(b, a);
      const bottom = i32x4.add(c, d);
      const bottomDifference = i32x4.sub(d, c);
      s0 = i32x4.add(s0, i32x4.abs(i32x4.add(top, bottom)));
      s1 = i32x4.add(s1, i32x4.abs(i32x4.add(topDifference, bottomDifference)));
      s2 = i32x4.add(s2, i32x4.abs(i32x4.sub(bottom, top)));
      s3 = i32x4.add(s3, i32x4.abs(i32x4.sub(bottomDifference, topDifference)));
      from += 2 * PIXEL;
    }
    if (col < stop && col < leaves) {
      // The last of an odd number of columns, with zeros right of it.
      const a = four<T>(from, 0);
      const c = four<T>(from + stride, 0);
      const low = i32x4.abs(i32x4.add(a, c));
      const high = i32x4.abs(i32x4.sub(c, a));
      s0 = i32x4.add(s0, low);
      s1 = i32x4.add(s1, low);
      s2 = i32x4.add(s2, high);
      s3 = i32x4.add(s3, high);
      col++;
    }
    v128.store(sum, s0);
    v128.store(sum + childBytes, s1);
    v128.store(sum + 2 * childBytes, s2);
    v128.store(sum + 3 * childBytes, s3);
    sum += 16;
  }
}

/** The last of an odd number of rows, with zeros below it. */
function poolLast<T>(from: usize, cols: i32, stop: i32, sum: usize, fresh: bool): void {
  const pairs = cols >> 1;
  const leaves = (cols + 1) >> 1;
  for (let col = 0; col < leaves; stop += plan.patchCols) {
    let low = i32x4.splat(0);
    let high = low;
    for (const end = min(stop, pairs); col < end; col++) {
      const a = four<T>(from, 0);
      const b = four<T>(from, PIXEL);
      low = i32x4.add(low, i32x4.abs(i32x4.add(a, b)));
      high = i32x4.add(high, i32x4.abs(i32x4.sub(b, a)));
      from += 2 * PIXEL;
    }
    if (col < stop && col < leaves) {
      const a = i32x4.abs(four<T>(from, 0));
      low = i32x4.add(low, a);
      high = i32x4.add(high, a);
      col++;
    }
    addTo(sum, low, fresh);
    addTo(sum + childBytes, high, fresh);
    addTo(sum + 2 * childBytes, low, fresh);
    addTo(sum + 3 * childBytes, high, fresh);
    sum += 16;
  }
}

function addTo(sum: usize, value: v128, fresh: bool): void {
  v128.store(sum, fresh ? value : i32x4.add(v128.load(sum), value));
}

/** Writes the magnitudes of the four children's patches, which lie behind each other in the result, four at a time in each of four lanes. */
function write(path: usize): void {
  const patches = <usize>(plan.gridRows * plan.gridCols);
  let to = output + ((path * patches) << 2);
  let from = sums;
  for (let left = patches; left > 0; left--) {
    writeFour(to, v128.load(from), v128.load(from, 16), v128.load(from, 32), v128.load(from, 48));
    to += 16;
    from += 64;
  }
}

function writeFour(to: usize, s0: v128, s1: v128, s2: v128, s3: v128): void {
  const factor = f32x4.splat(scale);
  const a = f32x4.mul(f32x4.convert_i32x4_s(i32x4.abs(s0)), factor);
  const b = f32x4.mul(f32x4.convert_i32x4_s(i32x4.abs(s1)), factor);
  const c = f32x4.mul(f32x4.convert_i32x4_s(i32x4.abs(s2)), factor);
  const d = f32x4.mul(f32x4.convert_i32x4_s(i32x4.abs(s3)), factor);
  const ac = v128.shuffle<f32>(a, c, 0, 4, 1, 5);
  const bd = v128.shuffle<f32>(b, d, 0, 4, 1, 5);
  const ac2 = v128.shuffle<f32>(a, c, 2, 6, 3, 7);
  const bd2 = v128.shuffle<f32>(b, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ac, bd, 0, 4, 1, 5));
  v128.store(to + 2 * lane, v128.shuffle<f32>(ac, bd, 2, 6, 3, 7));
  v128.store(to + 8 * lane, v128.shuffle<f32>(ac2, bd2, 0, 4, 1, 5));
  v128.store(to + 10 * lane, v128.shuffle<f32>(ac2, bd2, 2, 6, 3, 7));
}
