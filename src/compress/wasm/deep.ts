// Levels 5 and deeper of the integer Haar transform, four sub-bands at a time in 32-bit lanes and in planes small enough
// for the nearest cache. Four planes lie between each other: a pixel of one is 64 bytes from the next.

import { Plan } from "./plan";

const PIXEL: usize = 64;

let plan: Plan = changetype<Plan>(0);
let output: usize = 0;
let scale: f32 = 0;
let sums: usize = 0; // [child, patchRow, patchCol] vectors
let childBytes: usize = 0; // of one child's sums
let cells: bool = false; // whether every coefficient is a patch of its own
let firstPatchRow: i32 = 0; // the first patch that is not padding alone
let firstPatch: i32 = 0;
let lane: usize = 0; // bytes between sub-bands that differ at level 3

/**
 * Goes on from level 4; the room behind its planes is used.
 *
 * @param planes - `[horizontal path of level 3, row, col, path of level 4, vertical path of level 3]` in 16 bits
 */
export function deepLevels(plan_: usize, planes: usize, rows: i32, cols: i32, out: usize, scale_: f32): void {
  plan = changetype<Plan>(plan_);
  scale = scale_;
  firstPatchRow = plan.beforeRows / plan.patchRows;
  firstPatch = plan.beforeCols / plan.patchCols;
  const pixels = rows * cols;
  const group = <usize>pixels * PIXEL;
  const patches = <usize>(plan.gridRows * plan.gridCols);
  sums = planes + (group << 3);
  childBytes = patches << 4;
  cells = plan.patchRows * plan.patchCols == 1;
  memory.fill(sums, 0, childBytes << 2); // patches of padding alone stay so
  const wide = sums + (childBytes << 2);
  const scratch = wide + group;
  lane = (patches << 2) << usize(2 * (plan.level - 3));
  for (let horizontal: usize = 0; horizontal < 8; horizontal++) {
    const spread = (horizontal & 1) | ((horizontal & 2) << 1) | ((horizontal & 4) << 2);
    for (let quarter: usize = 0; quarter < 4; quarter++) {
      for (let half: usize = 0; half < 2; half++) {
        const plane = planes + horizontal * group + (quarter << 4) + (half << 3);
        output = out + spread * lane + quarter * (lane >> 2) + half * 32 * lane;
        if (horizontal + quarter + half > 0) descend<i16>(plane, rows, cols, 5, 0, scratch);
        else {
          widenFirst(plane, pixels, wide);
          descend<i32>(wide, rows, cols, 5, 0, scratch);
        }
      }
    }
  }
}

/** The plane of the all-low sub-band in 32 bits: level 4 keeps it less 32768, in its first lane. */
function widenFirst(from: usize, pixels: i32, to: usize): void {
  for (let left = pixels; left > 0; left--) {
    v128.store(to, i32x4.add(v128.load16x4_s(from), i32x4(32768, 0, 0, 0)));
    from += PIXEL;
    to += PIXEL;
  }
}

/** From a plane to its children at `level`, which are pooled where they are the last. */
function descend<T>(plane: usize, rows: i32, cols: i32, level: i32, path: usize, scratch: usize): void {
  if (level == plan.level) {
    if (childBytes == 16) return poolWhole<T>(plane, rows, cols, path << 2);
    if (cells) split<T>(plane, rows, cols, sums, childBytes, 16);
    else pool<T>(plane, rows, cols);
    return write(path << 2);
  }
  split<T>(plane, rows, cols, scratch, 16, PIXEL);
  const childRows = (rows + 1) >> 1;
  const childCols = (cols + 1) >> 1;
  if (level + 1 == plan.level && childBytes == 16 && childRows == 3 && childCols == 3) {
    for (let child: usize = 0; child < 4; child++) poolNine(scratch + (child << 4), ((path << 2) + child) << 2);
    return;
  }
  const next = scratch + <usize>(childRows * childCols) * PIXEL;
  for (let child: usize = 0; child < 4; child++) {
    descend<i32>(scratch + (child << 4), childRows, childCols, level + 1, (path << 2) + child, next);
  }
}

/** Four numbers of 16 or 32 bits. */
function four<T>(from: usize, offset: usize): v128 {
  return sizeof<T>() == 2 ? v128.load16x4_s(from + offset) : v128.load(from + offset);
}

/**
 * The four children of a plane, so many bytes apart, their pixels `step` bytes from each other; what is missing of the last
 * pair of an odd side counts as zero.
 */
function split<T>(plane: usize, rows: i32, cols: i32, to: usize, apart: usize, step: usize): void {
  const stride = <usize>cols * PIXEL;
  const none = i32x4.splat(0);
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
      storeFour(
        to,
        apart,
        i32x4.add(top, bottom),
        i32x4.add(topDifference, bottomDifference),
        i32x4.sub(bottom, top),
        i32x4.sub(bottomDifference, topDifference),
      );
      from += 2 * PIXEL;
      to += step;
    }
    if (left > 0) {
      const a = four<T>(from, 0);
      const c = four<T>(from + stride, 0);
      const sum = i32x4.add(a, c);
      storeFour(to, apart, sum, i32x4.sub(none, sum), i32x4.sub(c, a), i32x4.sub(a, c));
      to += step;
    }
    plane += 2 * stride;
  }
  if (rows == 0) return;
  for (; cols > 1; cols -= 2) {
    const a = four<T>(plane, 0);
    const b = four<T>(plane, PIXEL);
    const sum = i32x4.add(a, b);
    storeFour(to, apart, sum, i32x4.sub(b, a), i32x4.sub(none, sum), i32x4.sub(a, b));
    plane += 2 * PIXEL;
    to += step;
  }
  if (cols == 0) return;
  const a = four<T>(plane, 0);
  storeFour(to, apart, a, i32x4.sub(none, a), i32x4.sub(none, a), a);
}

function storeFour(to: usize, apart: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(to, a);
  v128.store(to + apart, b);
  v128.store(to + 2 * apart, c);
  v128.store(to + 3 * apart, d);
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
function poolNine(plane: usize, path: usize): void {
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
