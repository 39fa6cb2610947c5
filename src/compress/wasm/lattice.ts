// The wavelet packet transform in single precision for orthogonal wavelets of four, six and eight taps: as float.ts, with
// the filters taken apart into rotations, which need half as many operations.
//
// Rows come in pairs, as the filters begin: pair p is rows 2p - overhang and the next. What an output needs of earlier
// pairs waits in rows of delays, so that output p - stages + 1 comes with pair p; those before the first go nowhere.
// Level 2 takes the rows of level 1 as they come, two at a time, while they are in the nearest cache.

import {
  latticeFirst2,
  latticeFirst3,
  latticeFirst4,
  latticeLater2,
  latticeLater3,
  latticeLater4,
} from "./lattice.generated";
import { beginPooling, poolLeafRow } from "./pool";
import { Plan, zero } from "./plan";

const VECTOR: usize = 16;
// Zero vectors left and right of every row: filters reach up to three beyond it, and level 1 writes as many.
const LEFT: usize = 4 * VECTOR;
const RIGHT: usize = 8 * VECTOR;

let plan: Plan = changetype<Plan>(0);
let stages: i32 = 0;
let overhang: i32 = 0; // filter taps left of the first coefficient's own pixel
let lead: usize = 0; // bytes that outputs lie behind the pairs that they come with
let half: usize = 0; // bytes of one half of a pixel row
let nothing: usize = 0; // a row of zeros
let delays: usize = 0;
let laterDelays: usize = 0; // those of later levels
let delayBytes: usize = 0; // one row of them
let leafRows: usize = 0; // four rows of leaf coefficients
let rowBytes: usize = 0; // one row of level 1, margins included

/** Compresses one channel; the parameters are those of compressFloat, and the scratch bytes those of `latticeScratch`. */
export function compressLattice(plan_: usize, pixels: usize, out: usize, scratch: usize): void {
  plan = changetype<Plan>(plan_);
  stages = plan.taps >> 1;
  overhang = stages - 1;
  lead = <usize>overhang * VECTOR;
  const cols1 = (plan.cols + 1) >> 1;
  const rows1 = (plan.rows + 1) >> 1;
  half = (<usize>((cols1 + overhang + 3) & ~3)) << 2;
  delayBytes = (<usize>(((cols1 + 1) >> 1) + stages)) << 5;
  nothing = scratch;
  delays = nothing + delayBytes;
  laterDelays = delays + <usize>overhang * delayBytes;
  const pair = laterDelays + <usize>overhang * delayBytes;
  rowBytes = LEFT + <usize>cols1 * VECTOR + RIGHT;
  leafRows = pair + 4 * half + LEFT;
  zero(nothing, pair + 4 * half - nothing);
  const rows = beginPooling(plan_, out, leafRows - LEFT + 4 * rowBytes, 1) + LEFT;
  const children = rows + 2 * rowBytes;
  firstLevels(pixels, pair, rows1, cols1, rows, children);
  if (plan.level > 2) deeper(children, (rows1 + 1) >> 1, (cols1 + 1) >> 1, 3, 0);
}

/** From pixels to vectors of A, V, H, D, a row at a time, and from every two such rows to one of their children. */
function firstLevels(pixels: usize, pair: usize, rows1: i32, cols1: i32, rows: usize, children: usize): void {
  const leaf = plan.level == 1;
  for (let row = -overhang; row < rows1; row++) {
    const top = 2 * row + overhang;
    const above = pixelRow(pixels, top, pair);
    const below = pixelRow(pixels, top + 1, pair + 2 * half);
    const target = leaf || row < 0 ? leafRows : rows + <usize>(row & 1) * rowBytes;
    if (stages == 2) latticeFirst2(above, below, half, delays, target - lead, plan.filters);
    else if (stages == 3) latticeFirst3(above, below, half, delays, target - lead, plan.filters);
    else latticeFirst4(above, below, half, delays, target - lead, plan.filters);
    if (row < 0) continue;
    if (leaf) poolLeafRow(row, rows1, cols1, 1, target, 0, 0);
    else {
      clearSides(target, cols1);
      const isSecond = ((row + overhang) & 1) == 1;
      if (isSecond) childRow(rows, row, rows1, cols1, (row - overhang - 1) >> 1, children);
    }
  }
  if (leaf) return;
  for (let row = (rows1 - overhang) >> 1; row < (rows1 + 1) >> 1; row++) {
    childRow(rows, 2 * row + overhang + 1, rows1, cols1, row, children);
  }
}

/** A row of the children of level 1, whose pair ends with row `below`. */
function childRow(rows: usize, below: i32, rows1: i32, cols1: i32, row: i32, children: usize): void {
  const first = ringRow(rows, below - 1, rows1);
  const second = ringRow(rows, below, rows1);
  laterRow(first, second, row, (rows1 + 1) >> 1, (cols1 + 1) >> 1, plan.level == 2, 0, children);
}

/** A row of level 1 from where its first pair begins. */
function ringRow(rows: usize, row: i32, rows1: i32): usize {
  if (row < 0 || row >= rows1) return nothing;
  return rows + <usize>(row & 1) * rowBytes - lead;
}

/** A row of pixels in two halves of pairs, in the room that is given; zeros where the image has none. */
function pixelRow(pixels: usize, row: i32, target: usize): usize {
  if (row < 0 || row >= plan.rows) return nothing;
  const cols = plan.cols;
  const from = pixels + <usize>row * <usize>cols * (plan.kind == 0 ? 1 : plan.kind == 1 ? 2 : 4);
  // Column c is of pair (c + overhang) / 2.
  const isOdd = (overhang & 1) == 1;
  const evens = target + (isOdd ? half : 0) + ((<usize>(overhang >> 1)) << 2);
  const odds = target + (isOdd ? 0 : half) + ((<usize>((overhang + 1) >> 1)) << 2);
  const done = convertVectors(from, cols, evens, odds);
  for (let col = done; col < cols; col++) {
    const at = <usize>col;
    let value: f32;
    if (plan.kind == 0) value = <f32>(<i32>load<u8>(from + at));
    else if (plan.kind == 1) value = <f32>(<i32>load<u16>(from + (at << 1)));
    else value = load<f32>(from + (at << 2));
    store<f32>(((col & 1) == 0 ? evens : odds) + ((at >> 1) << 2), value * plan.scale);
  }
  return target;
}

/** Even and odd columns apart, in floating point and scaled; returns how many columns it did. */
function convertVectors(from: usize, cols: i32, evens: usize, odds: usize): i32 {
  const scale = f32x4.splat(plan.scale);
  let col = 0;
  if (plan.kind == 0) {
    for (; col + 16 <= cols; col += 16) {
      const v = v128.load(from);
      const even = v128.and(v, i16x8.splat(0xff));
      const odd = i16x8.shr_u(v, 8);
      v128.store(evens, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(even)), scale));
      v128.store(evens, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(even)), scale), 16);
      v128.store(odds, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(odd)), scale));
      v128.store(odds, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(odd)), scale), 16);
      from += 16;
      evens += 32;
      odds += 32;
    }
  } else if (plan.kind == 1) {
    for (; col + 8 <= cols; col += 8) {
      const v = v128.load(from);
      v128.store(evens, f32x4.mul(f32x4.convert_i32x4_s(v128.and(v, i32x4.splat(0xffff))), scale));
      v128.store(odds, f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(v, 16)), scale));
      from += 16;
      evens += 16;
      odds += 16;
    }
  } else {
    for (; col + 8 <= cols; col += 8) {
      const v = v128.load(from);
      const w = v128.load(from, 16);
      v128.store(evens, f32x4.mul(v128.shuffle<f32>(v, w, 0, 2, 4, 6), scale));
      v128.store(odds, f32x4.mul(v128.shuffle<f32>(v, w, 1, 3, 5, 7), scale));
      from += 32;
      evens += 16;
      odds += 16;
    }
  }
  return col;
}

function clearSides(row: usize, cols: i32): void {
  zero(row - LEFT, LEFT);
  zero(row + <usize>cols * VECTOR, RIGHT);
}

/** From a plane of vectors to its four children, and on to their children; the last level is pooled row by row. */
function laterLevel(plane: usize, rows: i32, cols: i32, level: i32, path: i32, children: usize): void {
  const rows2 = (rows + 1) >> 1;
  const cols2 = (cols + 1) >> 1;
  const leaf = level == plan.level;
  zero(laterDelays, <usize>overhang * delayBytes);
  for (let row = -overhang; row < rows2; row++) {
    const top = 2 * row + overhang;
    const above = planeRow(plane, rows, cols, top);
    const below = planeRow(plane, rows, cols, top + 1);
    laterRow(above, below, row, rows2, cols2, leaf, path, children);
  }
  if (!leaf) deeper(children, rows2, cols2, level + 1, path);
}

/** From four planes that lie behind each other to the children of each. */
function deeper(planes: usize, rows: i32, cols: i32, level: i32, path: i32): void {
  const bytes = planeBytes(rows, cols);
  for (let child = 0; child < 4; child++) {
    laterLevel(planes + <usize>child * bytes, rows, cols, level, (path << 2) + child, planes + (bytes << 2));
  }
}

/** From a pair of rows to one row of each of the four children, which is pooled where they are leaves. */
function laterRow(
  above: usize,
  below: usize,
  row: i32,
  rows: i32,
  cols: i32,
  leaf: bool,
  path: i32,
  children: usize,
): void {
  const kept = !leaf && row >= 0;
  const first = kept ? children + <usize>row * (LEFT + <usize>cols * VECTOR + RIGHT) : leafRows;
  const step = kept ? planeBytes(rows, cols) : rowBytes;
  const count = cols + overhang;
  if (stages == 2) latticeLater2(above, below, count, laterDelays, delayBytes, first - lead, step, plan.filters);
  else if (stages == 3) latticeLater3(above, below, count, laterDelays, delayBytes, first - lead, step, plan.filters);
  else latticeLater4(above, below, count, laterDelays, delayBytes, first - lead, step, plan.filters);
  if (row < 0) return;
  if (leaf) poolLeafRow(row, rows, cols, 4, first, step, path << 2);
  else for (let child: usize = 0; child < 4; child++) clearSides(first + child * step, cols);
}

function planeBytes(rows: i32, cols: i32): usize {
  return <usize>rows * (LEFT + <usize>cols * VECTOR + RIGHT);
}

/** A row of a plane from where its first pair begins. */
function planeRow(plane: usize, rows: i32, cols: i32, row: i32): usize {
  if (row < 0 || row >= rows) return nothing;
  return plane + <usize>row * (LEFT + <usize>cols * VECTOR + RIGHT) - lead;
}
