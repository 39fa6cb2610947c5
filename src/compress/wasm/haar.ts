// The Haar wavelet packet transform of 8-bit pixels in whole numbers, pooled by the sum of magnitudes while it is
// computed. Nothing is rounded before the scale at the end, so results are exact to single precision.
//
// Levels 1 and 2 keep leaf columns in lanes and add up rows, level 2 turns the sums; level 3 turns 8x8 blocks so that
// lanes are sub-bands; level 4 joins four such blocks; from level 5 on four sub-bands at a time go on in 32-bit lanes.

import { Plan } from "./plan";
import {
  level1,
  level1Single,
  level2,
  level2Fresh,
  level3,
  level4Keep,
  level4x1,
  level4x2,
  turn2,
} from "./haar.generated";
import { deepLevels } from "./deep";
import { gather, slide, sumOf, threes } from "./sums";

let plan: Plan = changetype<Plan>(0);
let output: usize = 0;
let scale: f32 = 0;
let stride: i32 = 0; // of the strip last asked for
let stripBuffer: usize = 0;
let stripCols: i32 = 0;
let rowSums: usize = 0; // u16; level 1: [subBand, column of the padded sub-band]; level 2: [block, subBand, column of 8]
let bandBytes: i32 = 0;
let patchSums: usize = 0; // u32 [subBand, patchCol] at level 1, [patchCol, subBand] above

const STRIP: i32 = 16; // rows of the strip buffer

/** Compresses one channel; the parameters are those of compressFloat. */
export function compressHaar(plan_: usize, pixels: usize, out: usize, scratch: usize): void {
  plan = changetype<Plan>(plan_);
  output = out;
  scale = plan.scale;
  stripCols = (plan.cols + 31) & ~31;
  stripBuffer = scratch;
  let at = scratch + <usize>(stripCols * STRIP);
  memory.fill(stripBuffer, 0, <usize>(stripCols * STRIP));
  if (plan.level == 1 && plan.patchRows * plan.patchCols == 1 && (plan.cols & 15) == 0) {
    const row = (<usize>plan.leafCols) << 2;
    const band = row * <usize>plan.leafRows;
    for (let at = 0; at < plan.leafRows; at++) {
      level1Single(strip(pixels, at * 2, 2), stride, out + <usize>at * row, band, plan.cols, scale);
    }
  } else if (plan.level == 1) {
    // A row of sums ends with room for the columns that the last lanes add behind it.
    bandBytes = ((max(plan.gridCols * plan.patchCols, plan.beforeCols + (stripCols >> 1)) + 31) & ~15) << 1;
    rowSums = at;
    patchSums = at + ((<usize>bandBytes) << 2);
    byColumns(pixels);
  } else if (plan.level == 2) {
    const bytes = (<usize>stripCols) << 3; // 16 numbers of 16 bits for every leaf column
    rowSums = at;
    patchSums = at + 2 * bytes;
    byTurnedColumns(pixels, at + bytes);
  } else if (plan.level == 3) {
    patchSums = at;
    byBlocks3(pixels);
  } else if (plan.level == 4) {
    patchSums = at + 1024;
    byBlocks4(pixels, at);
  } else {
    const rows = (plan.rows + 15) >> 4;
    const cols = (plan.cols + 15) >> 4;
    keepLevel4(pixels, at, at + 512, rows, cols);
    deepLevels(plan_, at + 512, rows, cols, out, scale);
  }
}

/** `height` rows of pixels from `row` on: the image itself, or a copy with zeros where it ends. */
function strip(pixels: usize, row: i32, height: i32): usize {
  const cols = plan.cols;
  if ((cols & plan.blockMask) == 0 && row + height <= plan.rows) {
    stride = cols;
    return pixels + <usize>row * <usize>cols;
  }
  stride = stripCols;
  for (let at = 0; at < height; at++) {
    const target = stripBuffer + <usize>(at * stripCols);
    if (row + at < plan.rows) memory.copy(target, pixels + <usize>(row + at) * <usize>cols, <usize>cols);
    else memory.fill(target, 0, <usize>cols);
  }
  return stripBuffer;
}

// Level 1.

function byColumns(pixels: usize): void {
  const limit = 64; // rows whose coefficients, 255 * 4 at most, add up within 16 bits
  const carried = plan.patchRows > limit;
  const target = rowSums + ((<usize>plan.beforeCols) << 1);
  memory.fill(rowSums, 0, (<usize>bandBytes) << 2);
  if (carried) memory.fill(patchSums, 0, (<usize>plan.gridCols) << 4);
  let row = 0;
  let rowsIn = 0;
  while (row < plan.leafRows) {
    const patchRow = (row + plan.beforeRows) / plan.patchRows;
    const end = min((patchRow + 1) * plan.patchRows - plan.beforeRows, plan.leafRows);
    const whole = (plan.rows >> 1) - row;
    const leaves = max(1, min(min(end - row, limit - rowsIn), min(whole, 2)));
    level1(leaves, rowsIn == 0, strip(pixels, row * 2, leaves * 2), stride, target, bandBytes, plan.cols);
    row += leaves;
    rowsIn += leaves;
    if (row < end && rowsIn < limit) continue;
    for (let band = 0; band < 4; band++) flush(band, patchRow, rowsIn, carried, row == end);
    rowsIn = 0;
  }
}

/** Adds up the columns of every patch of a row, and writes the patches out, or carries them where more rows follow. */
function flush(band: i32, patchRow: i32, rows: i32, carried: bool, ends: bool): void {
  const row = rowSums + <usize>(band * bandBytes);
  const first = plan.beforeCols / plan.patchCols;
  const end = (plan.beforeCols + plan.leafCols + plan.patchCols - 1) / plan.patchCols;
  const width = plan.patchCols;
  const largest = band == 0 ? 1020 : 510;
  const at = output + ((<usize>((band * plan.gridRows + patchRow) * plan.gridCols + first)) << 2);
  if (carried) {
    carry(row, patchSums + ((<usize>(band * plan.gridCols + first)) << 2), first, end, ends, at);
  } else if (width == 3 && largest * rows <= 32767) {
    threes(row + ((<usize>(first * width)) << 1), end - first, at, scale);
  } else if (width < 8 && largest * rows * width <= 65535) {
    const from = row + ((<usize>(first * width)) << 1);
    if (width > 1) slide(from, (end - first) * width, width);
    gather(from, (<usize>width) << 1, end - first, at, scale);
    v128.store(from, i32x4.splat(0)); // the zeros left of the sub-band, less than one vector, took part in sliding
  } else {
    let from = row + ((<usize>(first * width)) << 1);
    for (let patch = first; patch < end; patch++) {
      store<f32>(at + ((<usize>(patch - first)) << 2), <f32>sumOf(from, width) * scale);
      from += (<usize>width) << 1;
    }
  }
}

function carry(row: usize, sums: usize, first: i32, end: i32, ends: bool, at: usize): void {
  const width = plan.patchCols;
  let from = row + ((<usize>(first * width)) << 1);
  for (let patch = first; patch < end; patch++) {
    const total = load<u32>(sums) + sumOf(from, width);
    if (ends) store<f32>(at, <f32>total * scale);
    store<u32>(sums, ends ? 0 : total);
    from += (<usize>width) << 1;
    sums += 4;
    at += 4;
  }
}

// Level 2.

function byTurnedColumns(pixels: usize, columns: usize): void {
  const limit = 16; // rows whose coefficients, 255 * 16 at most, add up within 16 bits
  memory.fill(patchSums, 0, (<usize>plan.gridCols) << 6);
  let rowsIn = 0;
  for (let row = 0; row < plan.leafRows;) {
    const patchRow = (row + plan.beforeRows) / plan.patchRows;
    const end = min((patchRow + 1) * plan.patchRows - plan.beforeRows, plan.leafRows);
    const from = strip(pixels, row * 4, 4);
    if (rowsIn == 0) level2Fresh(from, stride, rowSums, plan.cols);
    else level2(from, stride, rowSums, plan.cols);
    row++;
    rowsIn++;
    if (row < end && rowsIn < limit) continue;
    turn2(rowSums, columns, stripCols >> 5);
    addColumns(columns, 32 / rowsIn);
    rowsIn = 0;
    if (row == end) writeBlocks(patchRow, 4, 1);
  }
}

/** Adds columns to the sums of their patches; `most` columns of details fit 16 bits. */
function addColumns(from: usize, most: i32): void {
  let sums = patchSums + ((<usize>(plan.beforeCols / plan.patchCols)) << 6);
  let stop = plan.patchCols - (plan.beforeCols % plan.patchCols);
  for (let col = 0; col < plan.leafCols;) {
    const end = min(min(stop, plan.leafCols), col + most);
    let low0 = v128.load(sums);
    let low1 = v128.load(sums, 16);
    let high = i32x4.splat(0);
    for (; col < end; col++) {
      low0 = i32x4.add(low0, v128.load16x4_u(from));
      low1 = i32x4.add(low1, v128.load16x4_u(from, 8));
      high = i16x8.add(high, v128.load(from, 16));
      from += 32;
    }
    v128.store(sums, low0);
    v128.store(sums, low1, 16);
    v128.store(sums, i32x4.add(v128.load(sums, 32), i32x4.extend_low_i16x8_u(high)), 32);
    v128.store(sums, i32x4.add(v128.load(sums, 48), i32x4.extend_high_i16x8_u(high)), 48);
    if (col < stop) continue;
    stop += plan.patchCols;
    sums += 64;
  }
}

// Levels 3 and 4.

function byBlocks3(pixels: usize): void {
  const bytes = (<usize>plan.gridCols) << 8;
  memory.fill(patchSums, 0, bytes);
  for (let row = 0; row < plan.leafRows; row++) {
    const patchRow = (row + plan.beforeRows) / plan.patchRows;
    const end = min((patchRow + 1) * plan.patchRows - plan.beforeRows, plan.leafRows);
    let from = strip(pixels, row * 8, 8);
    let patch = plan.beforeCols / plan.patchCols;
    let left = (patch + 1) * plan.patchCols - plan.beforeCols;
    let col = 0;
    while (col < plan.leafCols) {
      const count = min(min(left, 8), plan.leafCols - col);
      level3(from, stride, count, patchSums + ((<usize>patch) << 8));
      from += (<usize>count) << 3;
      col += count;
      left -= count;
      if (left == 0) {
        patch++;
        left = plan.patchCols;
      }
    }
    if (row + 1 == end) writeBlocks(patchRow, 8, 1);
  }
}

function byBlocks4(pixels: usize, blocks: usize): void {
  memory.fill(patchSums, 0, (<usize>plan.gridCols) << 10);
  for (let row = 0; row < plan.leafRows; row++) {
    const patchRow = (row + plan.beforeRows) / plan.patchRows;
    const end = min((patchRow + 1) * plan.patchRows - plan.beforeRows, plan.leafRows);
    let from = strip(pixels, row * 16, 16);
    let patch = plan.beforeCols / plan.patchCols;
    let left = (patch + 1) * plan.patchCols - plan.beforeCols;
    for (let col = 0; col < plan.leafCols;) {
      const sums = patchSums + ((<usize>patch) << 10);
      const count = min(min(left, 2), plan.leafCols - col);
      if (count == 2) level4x2(from, stride, blocks, sums);
      else level4x1(from, stride, blocks, sums);
      from += (<usize>count) << 4;
      col += count;
      left -= count;
      if (left == 0) {
        patch++;
        left = plan.patchCols;
      }
    }
    if (row + 1 == end) writeBlocks(patchRow, 8, 4);
  }
}

/**
 * Writes and clears the sums of a row of patches: `quarters` times the paths of the levels before, `horizontals` by
 * horizontal path, whose lanes are vertical paths.
 */
function writeBlocks(patchRow: i32, horizontals: usize, quarters: usize): void {
  const first = plan.beforeCols / plan.patchCols;
  const count = (plan.beforeCols + plan.leafCols + plan.patchCols - 1) / plan.patchCols - first;
  const band = (<usize>(plan.gridRows * plan.gridCols)) << 2;
  const apart = band * quarters; // between sub-bands that differ at the level before the quarters
  const place = output + ((<usize>(patchRow * plan.gridCols + first)) << 2);
  const step = (horizontals * horizontals * quarters) << 2;
  let sums = patchSums + <usize>first * step;
  for (let quarter: usize = 0; quarter < quarters; quarter++) {
    for (let horizontal: usize = 0; horizontal < horizontals; horizontal++) {
      const spread = (horizontal & 1) | ((horizontal & 2) << 1) | ((horizontal & 4) << 2);
      const to = place + spread * apart + quarter * band;
      writeFour(sums, step, count, to, apart);
      sums += 16;
      if (horizontals == 4) continue;
      writeFour(sums, step, count, to + 32 * apart, apart);
      sums += 16;
    }
  }
  memory.fill(patchSums, 0, <usize>plan.gridCols * step);
}

/** Writes a row of patches of four sub-bands, whose sums are the lanes of vectors `step` bytes apart. */
function writeFour(from: usize, step: usize, count: i32, to: usize, apart: usize): void {
  const factor = f32x4.splat(scale);
  let left = count;
  for (; left >= 4; left -= 4) {
    const a = f32x4.convert_i32x4_s(v128.load(from));
    const b = f32x4.convert_i32x4_s(v128.load(from + step));
    const c = f32x4.convert_i32x4_s(v128.load(from + 2 * step));
    const d = f32x4.convert_i32x4_s(v128.load(from + 3 * step));
    const ac = v128.shuffle<f32>(a, c, 0, 4, 1, 5);
    const bd = v128.shuffle<f32>(b, d, 0, 4, 1, 5);
    const ac2 = v128.shuffle<f32>(a, c, 2, 6, 3, 7);
    const bd2 = v128.shuffle<f32>(b, d, 2, 6, 3, 7);
    v128.store(to, f32x4.mul(v128.shuffle<f32>(ac, bd, 0, 4, 1, 5), factor));
    v128.store(to + 2 * apart, f32x4.mul(v128.shuffle<f32>(ac, bd, 2, 6, 3, 7), factor));
    v128.store(to + 8 * apart, f32x4.mul(v128.shuffle<f32>(ac2, bd2, 0, 4, 1, 5), factor));
    v128.store(to + 10 * apart, f32x4.mul(v128.shuffle<f32>(ac2, bd2, 2, 6, 3, 7), factor));
    to += 16;
    from += 4 * step;
  }
  for (; left > 0; left--) {
    const values = f32x4.mul(f32x4.convert_i32x4_s(v128.load(from)), factor);
    v128.store32_lane(to, values, 0);
    v128.store32_lane(to + 2 * apart, values, 1);
    v128.store32_lane(to + 8 * apart, values, 2);
    v128.store32_lane(to + 10 * apart, values, 3);
    to += 4;
    from += step;
  }
}

/** Level 4 of the whole channel. */
function keepLevel4(pixels: usize, blocks: usize, planes: usize, rows: i32, cols: i32): void {
  const group = (<usize>(rows * cols)) << 6;
  for (let row = 0; row < rows; row++) {
    let from = strip(pixels, row * 16, 16);
    for (let col = 0; col < cols; col++) {
      level4Keep(from, stride, blocks, planes, group);
      from += 16;
      planes += 64;
    }
  }
}
