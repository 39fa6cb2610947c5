// The wavelet packet transform in double precision, for settings with a median: what is in the middle may be a
// thousand times smaller than the coefficients around it, and so not much larger than what single precision rounds away. A median moves
// every coefficient about, which takes longer than transforming it, so this is as plain as can be: whole planes, pooled
// patch by patch.

import { L1, L2, MAX, MEDIAN, MIN, SIGN_THRESHOLD, SUM, SUM_POS } from "./pool";
import { Plan } from "./plan";

let plan: Plan = changetype<Plan>(0);
let output: usize = 0;
let overhang: i32 = 0; // filter taps left of the first coefficient's own pixel
let patch: usize = 0; // the coefficients of one patch
let lowRow: usize = 0; // one row of vertical low-pass results with zeros on both sides
let highRow: usize = 0;

/** Compresses one channel; the parameters are those of compressFloat, and the scratch bytes those of `exactScratch`. */
export function compressExact(plan_: usize, pixels: usize, out: usize, scratch: usize): void {
  plan = changetype<Plan>(plan_);
  output = out;
  overhang = (plan.taps - 1) >> 1;
  patch = scratch;
  lowRow = patch + number(plan.patchRows * plan.patchCols);
  highRow = lowRow + number(plan.cols + 2 * plan.taps);
  const plane = highRow + number(plan.cols + 2 * plan.taps);
  const size = plan.rows * plan.cols;
  memory.fill(lowRow, 0, plane - lowRow);
  for (let at = 0; at < size; at++) store<f64>(plane + number(at), pixel(pixels, at) * <f64>plan.scale);
  split(plane, plan.rows, plan.cols, 1, 0, plane + number(size));
}

/** Bytes of so many numbers. */
function number(count: i32): usize {
  return (<usize>count) << 3;
}

function pixel(pixels: usize, at: i32): f64 {
  if (plan.kind == 0) return <f64>load<u8>(pixels + <usize>at);
  if (plan.kind == 1) return <f64>load<u16>(pixels + ((<usize>at) << 1));
  return <f64>load<f32>(pixels + ((<usize>at) << 2));
}

/** From a plane to its four children, which are pooled where they are the last. */
function split(plane: usize, rows: i32, cols: i32, level: i32, path: i32, children: usize): void {
  const rows2 = (rows + 1) >> 1;
  const cols2 = (cols + 1) >> 1;
  const apart = number(rows2 * cols2);
  memory.fill(lowRow + number(overhang + cols), 0, number(plan.taps));
  memory.fill(highRow + number(overhang + cols), 0, number(plan.taps));
  for (let row = 0; row < rows2; row++) {
    vertical(plane, rows, cols, 2 * row - overhang);
    const to = children + number(row * cols2);
    horizontal(lowRow, to, to + apart, cols2);
    horizontal(highRow, to + 2 * apart, to + 3 * apart, cols2);
  }
  for (let child = 0; child < 4; child++) {
    const at = children + <usize>child * apart;
    if (level == plan.level) pool(at, rows2, cols2, 4 * path + child);
    else split(at, rows2, cols2, level + 1, 4 * path + child, children + 4 * apart);
  }
}

/** Both filters down all columns, from a row on that may lie above the first. */
function vertical(plane: usize, rows: i32, cols: i32, start: i32): void {
  const first = max(start, 0);
  const end = min(start + plan.taps, rows);
  const low = lowRow + number(overhang);
  const high = highRow + number(overhang);
  memory.fill(low, 0, number(cols));
  memory.fill(high, 0, number(cols));
  for (let row = first; row < end; row++) {
    const lowTap = load<f64>(plan.filters + number(row - start));
    const highTap = load<f64>(plan.filters + number(row - start + plan.taps));
    const from = plane + number(row * cols);
    for (let at: usize = 0; at < number(cols); at += 8) {
      const value = load<f64>(from + at);
      store<f64>(low + at, load<f64>(low + at) + lowTap * value);
      store<f64>(high + at, load<f64>(high + at) + highTap * value);
    }
  }
}

/** Both filters along a row. */
function horizontal(source: usize, low: usize, high: usize, cols2: i32): void {
  for (let col = 0; col < cols2; col++) {
    let lowSum: f64 = 0;
    let highSum: f64 = 0;
    for (let tap: usize = 0; tap < number(plan.taps); tap += 8) {
      const value = load<f64>(source + tap);
      lowSum += load<f64>(plan.filters + tap) * value;
      highSum += load<f64>(plan.filters + number(plan.taps) + tap) * value;
    }
    store<f64>(low + number(col), lowSum);
    store<f64>(high + number(col), highSum);
    source += 16;
  }
}

/** Pools one sub-band. */
function pool(plane: usize, rows: i32, cols: i32, subBand: i32): void {
  const count = plan.patchRows * plan.patchCols;
  let to = output + ((<usize>(subBand * plan.gridRows * plan.gridCols * plan.poolings)) << 2);
  for (let patchRow = 0; patchRow < plan.gridRows; patchRow++) {
    for (let patchCol = 0; patchCol < plan.gridCols; patchCol++) {
      const top = patchRow * plan.patchRows - plan.beforeRows;
      const left = patchCol * plan.patchCols - plan.beforeCols;
      gather(plane, rows, cols, top, left);
      for (let at = 0; at < plan.poolings; at++) {
        const pooling = load<i32>(plan.poolingList + ((<usize>at) << 2));
        const value = pooling == MEDIAN ? median(count) : pooled(pooling, patch + number(count));
        store<f32>(to, <f32>value);
        to += 4;
      }
    }
  }
}

/** The coefficients of one patch, zeros where it reaches beyond the sub-band. */
function gather(plane: usize, rows: i32, cols: i32, top: i32, left: i32): void {
  const first = max(left, 0);
  const end = min(left + plan.patchCols, cols);
  let to = patch;
  if (end - first < plan.patchCols || top < 0 || top + plan.patchRows > rows) {
    memory.fill(patch, 0, number(plan.patchRows * plan.patchCols));
  }
  for (let row = top; row < top + plan.patchRows; row++) {
    if (row >= 0 && row < rows) {
      let at = to + number(first - left);
      const stop = plane + number(row * cols + end);
      for (let from = plane + number(row * cols + first); from < stop; from += 8) {
        store<f64>(at, load<f64>(from));
        at += 8;
      }
    }
    to += number(plan.patchCols);
  }
}

/** What a pooling other than the median makes of the patch at hand. */
function pooled(pooling: i32, end: usize): f64 {
  const extreme = pooling == MAX || pooling == MIN;
  let result: f64 = extreme ? load<f64>(patch) : 0;
  for (let from = patch; from < end; from += 8) {
    const value = load<f64>(from);
    if (pooling == L1) result += abs(value);
    else if (pooling == L2) result += value * value;
    else if (pooling == SUM) result += value;
    else if (pooling == MAX) result = max(result, value);
    else if (pooling == MIN) result = min(result, value);
    else if (pooling == SUM_POS) result += value > SIGN_THRESHOLD ? value : 0;
    else result += value < -SIGN_THRESHOLD ? value : 0;
  }
  return result;
}

/**
 * The lower median of the patch at hand, which is put in another order (Hoare's selection). Pivots come from random places,
 * the same ones every time: those of a fixed place can be the largest again and again, as the middle of a rise and fall is.
 */
function median(count: i32): f64 {
  const wanted = (count - 1) >> 1;
  let low = 0;
  let high = count - 1;
  let random: u32 = 1;
  while (low < high) {
    random = random * 1664525 + 1013904223;
    const place = <i32>((<u64>random * <u64>(high - low + 1)) >> 32);
    const pivot = load<f64>(patch + number(low + place));
    let left = low;
    let right = high;
    while (left <= right) {
      while (load<f64>(patch + number(left)) < pivot) left++;
      while (load<f64>(patch + number(right)) > pivot) right--;
      if (left <= right) {
        const value = load<f64>(patch + number(left));
        store<f64>(patch + number(left), load<f64>(patch + number(right)));
        store<f64>(patch + number(right), value);
        left++;
        right--;
      }
    }
    if (wanted <= right) high = right;
    else if (wanted >= left) low = left;
    else break;
  }
  return load<f64>(patch + number(wanted));
}
