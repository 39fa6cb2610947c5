// Levels 5 and deeper of the integer Haar transform: every plane holds four sub-bands in its 32-bit lanes, small enough
// for the nearest cache. Sides are even: odd ones got a row or column of zeros.

import { Plan, zero } from "./plan";

let plan: Plan = changetype<Plan>(0);
let output: usize = 0;
let scale: f32 = 0;
let sums: usize = 0; // [child, patchRow, patchCol] vectors
let firstPatchRow: i32 = 0; // the first patch that is not padding alone
let firstPatch: i32 = 0;
let lane: usize = 0; // bytes between sub-bands that differ at level 3
let narrow: bool = false; // whether the plane to split holds 16-bit numbers
let half: usize = 0; // which half of their eight lanes
let bias: v128 = i32x4.splat(0); // added to every 16-bit number: level 4 keeps its all-low coefficient less 32768

/** Goes on from the 32 planes that level 4 left; the room behind them is used. */
export function deepLevels(plan_: usize, planes: usize, rows: i32, cols: i32, out: usize, scale_: f32): void {
  plan = changetype<Plan>(plan_);
  scale = scale_;
  firstPatchRow = plan.beforeRows / plan.patchRows;
  firstPatch = plan.beforeCols / plan.patchCols;
  const evenRows = (rows + 1) & ~1;
  const evenCols = (cols + 1) & ~1;
  const step = (<usize>(evenRows * evenCols)) << 4;
  sums = planes + (step << 5);
  const scratch = sums + ((<usize>plan.gridCols) << 6);
  const band = (<usize>(plan.gridRows * plan.gridCols)) << 2;
  lane = band << usize(2 * (plan.level - 3));
  const quarter = lane >> 2;
  for (let register: usize = 0; register < 32; register++) {
    const horizontal = register & 7;
    const spread = (horizontal & 1) | ((horizontal & 2) << 1) | ((horizontal & 4) << 2);
    for (half = 0; half < 2; half++) {
      output = out + spread * lane + (register >> 3) * quarter + half * 32 * lane;
      bias = register == 0 && half == 0 ? i32x4(32768, 0, 0, 0) : i32x4.splat(0);
      narrow = true;
      if (plan.level == 5) poolPlane(planes + register * step, evenRows, evenCols, 0);
      else splitPlane(planes + register * step, evenRows, evenCols, 5, 0, scratch);
    }
  }
}

/** Four neighbours of a plane: the numbers at (row, col), (row, col + 1) and below them. */
function at(from: usize): v128 {
  if (!narrow) return v128.load(from);
  return i32x4.add(v128.load16x4_s(from + (half << 3)), bias);
}

/** The four children of a plane at `level`, each with even sides, then their children. */
function splitPlane(plane: usize, rows: i32, cols: i32, level: i32, path: usize, scratch: usize): void {
  const childRows = rows >> 1;
  const childCols = cols >> 1;
  const evenRows = (childRows + 1) & ~1;
  const evenCols = (childCols + 1) & ~1;
  const step = (<usize>(evenRows * evenCols)) << 4;
  if (evenRows > childRows || evenCols > childCols) zeroEdges(scratch, step, childRows, childCols);
  const stride = (<usize>cols) << 4;
  for (let row = 0; row < childRows; row++) {
    let from = plane + <usize>(row << 1) * stride;
    let to = scratch + ((<usize>(row * evenCols)) << 4);
    for (let col = 0; col < childCols; col++) {
      const a = at(from);
      const b = at(from + 16);
      const c = at(from + stride);
      const d = at(from + stride + 16);
      const top = i32x4.add(a, b);
      const topDifference = i32x4.sub(b, a);
      const bottom = i32x4.add(c, d);
      const bottomDifference = i32x4.sub(d, c);
      v128.store(to, i32x4.add(top, bottom));
      v128.store(to + step, i32x4.add(topDifference, bottomDifference));
      v128.store(to + 2 * step, i32x4.sub(bottom, top));
      v128.store(to + 3 * step, i32x4.sub(bottomDifference, topDifference));
      from += 32;
      to += 16;
    }
  }
  const wasNarrow = narrow;
  narrow = false;
  for (let child: usize = 0; child < 4; child++) {
    const next = scratch + child * step;
    if (level + 1 == plan.level) poolPlane(next, evenRows, evenCols, (path << 2) + child);
    else splitPlane(next, evenRows, evenCols, level + 1, (path << 2) + child, scratch + 4 * step);
  }
  narrow = wasNarrow;
}

/** Makes the odd sides of four planes even. */
function zeroEdges(planes: usize, step: usize, rows: i32, cols: i32): void {
  const evenCols = (cols + 1) & ~1;
  const width = (<usize>evenCols) << 4;
  for (let child: usize = 0; child < 4; child++) {
    const plane = planes + child * step;
    if (evenCols > cols) {
      let at = plane + ((<usize>cols) << 4);
      for (let row = 0; row < rows; row++) {
        v128.store(at, i32x4.splat(0));
        at += width;
      }
    }
    if ((rows & 1) != 0) zero(plane + <usize>rows * width, width);
  }
}

/** The last level of a plane, pooled at once; the sums of all its patches are written together. */
function poolPlane(plane: usize, rows: i32, cols: i32, path: usize): void {
  const stride = (<usize>cols) << 4;
  const childStep = (<usize>(plan.gridRows * plan.gridCols)) << 4;
  zero(sums, childStep << 2);
  let rowSums = sums + ((<usize>(firstPatchRow * plan.gridCols + firstPatch)) << 4);
  let rowsLeft = (firstPatchRow + 1) * plan.patchRows - plan.beforeRows;
  const firstStop = (firstPatch + 1) * plan.patchCols - plan.beforeCols;
  for (let row = 0; row < plan.leafRows; row++, rowsLeft--) {
    if (rowsLeft == 0) {
      rowSums += (<usize>plan.gridCols) << 4;
      rowsLeft = plan.patchRows;
    }
    let from = plane + <usize>(row << 1) * stride;
    let sum = rowSums;
    let stop = firstStop;
    let col = 0;
    while (col < plan.leafCols) {
      stop = min(stop, plan.leafCols);
      let s0 = v128.load(sum);
      let s1 = v128.load(sum + childStep);
      let s2 = v128.load(sum + 2 * childStep);
      let s3 = v128.load(sum + 3 * childStep);
      for (; col < stop; col++) {
        const a = at(from);
        const b = at(from + 16);
        const c = at(from + stride);
        const d = at(from + stride + 16);
        const top = i32x4.add(a, b);
        const topDifference = i32x4.sub(b, a);
        const bottom = i32x4.add(c, d);
        const bottomDifference = i32x4.sub(d, c);
        s0 = i32x4.add(s0, i32x4.abs(i32x4.add(top, bottom)));
        s1 = i32x4.add(s1, i32x4.abs(i32x4.add(topDifference, bottomDifference)));
        s2 = i32x4.add(s2, i32x4.abs(i32x4.sub(bottom, top)));
        s3 = i32x4.add(s3, i32x4.abs(i32x4.sub(bottomDifference, topDifference)));
        from += 32;
      }
      v128.store(sum, s0);
      v128.store(sum + childStep, s1);
      v128.store(sum + 2 * childStep, s2);
      v128.store(sum + 3 * childStep, s3);
      sum += 16;
      stop += plan.patchCols;
    }
  }
  writePlane(path << 2);
}

/** Writes the four children's patches, which lie behind each other in the result, four at a time in each of four lanes. */
function writePlane(path: usize): void {
  const patches = <usize>(plan.gridRows * plan.gridCols);
  const factor = f32x4.splat(scale);
  let to = output + ((path * patches) << 2);
  let from = sums;
  for (let left = patches; left > 0; left--) {
    const a = f32x4.convert_i32x4_s(v128.load(from));
    const b = f32x4.convert_i32x4_s(v128.load(from, 16));
    const c = f32x4.convert_i32x4_s(v128.load(from, 32));
    const d = f32x4.convert_i32x4_s(v128.load(from, 48));
    const ac = v128.shuffle<f32>(a, c, 0, 4, 1, 5);
    const bd = v128.shuffle<f32>(b, d, 0, 4, 1, 5);
    const ac2 = v128.shuffle<f32>(a, c, 2, 6, 3, 7);
    const bd2 = v128.shuffle<f32>(b, d, 2, 6, 3, 7);
    v128.store(to, f32x4.mul(v128.shuffle<f32>(ac, bd, 0, 4, 1, 5), factor));
    v128.store(to + 2 * lane, f32x4.mul(v128.shuffle<f32>(ac, bd, 2, 6, 3, 7), factor));
    v128.store(to + 8 * lane, f32x4.mul(v128.shuffle<f32>(ac2, bd2, 0, 4, 1, 5), factor));
    v128.store(to + 10 * lane, f32x4.mul(v128.shuffle<f32>(ac2, bd2, 2, 6, 3, 7), factor));
    to += 16;
    from += 64;
  }
}
