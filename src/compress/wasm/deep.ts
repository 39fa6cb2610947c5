// Levels 5 and deeper of the integer Haar transform, in planes small enough for the nearest cache: eight sub-bands at a
// time in 16-bit lanes as long as these are known to suffice, four in 32-bit lanes from there.

import { AHEAD, BOUNDS, TOTAL, boundFour } from "./deepBounds";
import {
  areTwentyFive,
  beginDeepPooling,
  fitSixteen,
  poolChildren,
  poolGrandchildren,
  poolHalf,
  poolInto,
} from "./deepPool";
import { PIXEL, split } from "./deepSplit";
import { Plan } from "./plan";

let plan: Plan = changetype<Plan>(0);

const HALF: usize = 8; // bytes: four sub-bands of 16 bits

/**
 * Goes on from level 4; the room behind its planes is used.
 *
 * @param planes - `[horizontal path of level 3, row, col, path of level 4, vertical path of level 3]` in 16 bits
 */
export function deepLevels(plan_: usize, planes: usize, rows: i32, cols: i32, out: usize, scale: f32): void {
  plan = changetype<Plan>(plan_);
  const pixels = rows * cols;
  const group = <usize>pixels * PIXEL;
  const bounds = beginDeepPooling(plan_, planes + (group << 3), scale);
  const wide = bounds + BOUNDS;
  const scratch = wide + group;
  for (let horizontal: usize = 0; horizontal < 8; horizontal++) {
    const four = planes + horizontal * group;
    boundFour(four, rows, cols, bounds);
    for (let quarter: usize = 0; quarter < 4; quarter++) {
      const plane = four + (quarter << 4);
      poolInto(out, horizontal, quarter);
      if (horizontal + quarter > 0) descendEight(plane, rows, cols, 5, 0, bounds + (quarter << 2), AHEAD, scratch);
      else {
        widenFirst(plane, pixels, wide);
        descendFour<i32>(wide, rows, cols, 5, 0, scratch);
        poolHalf(1);
        descendFour<i16>(plane + HALF, rows, cols, 5, 0, scratch);
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

/**
 * From eight sub-bands in 16 bits to their children at `level`, which are pooled where they are the last.
 *
 * @param bounds - of boundFour
 * @param ahead - the levels below for which the first of them holds
 */
function descendEight(
  plane: usize,
  rows: i32,
  cols: i32,
  level: i32,
  path: usize,
  bounds: usize,
  ahead: i32,
  scratch: usize,
): void {
  const largest = load<i32>(bounds) << (ahead == 0 ? 2 : 0); // a coefficient comes from four
  const pools = fitSixteen(largest, load<i32>(bounds, TOTAL));
  const isLast = level == plan.level;
  if (largest > 32767 || (isLast && !pools)) {
    descendFour<i16>(plane, rows, cols, level, path, scratch);
    poolHalf(1);
    descendFour<i16>(plane + HALF, rows, cols, level, path, scratch);
    return poolHalf(0);
  }
  if (isLast) return poolChildren<i16, i16>(plane, rows, cols, path);
  const isNextLast = level + 1 == plan.level;
  if (isNextLast && ahead == AHEAD && pools && areTwentyFive(rows, cols)) {
    return poolGrandchildren<i16, i16>(plane, path);
  }
  const children = scratch + BOUNDS;
  split<i16, i16>(plane, rows, cols, children, 16, PIXEL);
  const childRows = (rows + 1) >> 1;
  const childCols = (cols + 1) >> 1;
  const bounded = ahead == AHEAD || isNextLast;
  if (!bounded) boundFour(children, childRows, childCols, scratch);
  const next = children + <usize>(childRows * childCols) * PIXEL;
  for (let child: usize = 0; child < 4; child++) {
    descendEight(
      children + (child << 4),
      childRows,
      childCols,
      level + 1,
      (path << 2) + child,
      bounded ? bounds : scratch + (child << 2),
      bounded ? ahead - 1 : AHEAD,
      next,
    );
  }
}

/** From four sub-bands to their children at `level`, in 32 bits, which are pooled where they are the last. */
function descendFour<R>(plane: usize, rows: i32, cols: i32, level: i32, path: usize, scratch: usize): void {
  if (level == plan.level) return poolChildren<R, i32>(plane, rows, cols, path);
  if (level + 1 == plan.level && areTwentyFive(rows, cols)) return poolGrandchildren<R, i32>(plane, path);
  split<R, i32>(plane, rows, cols, scratch, 16, PIXEL);
  const childRows = (rows + 1) >> 1;
  const childCols = (cols + 1) >> 1;
  const next = scratch + <usize>(childRows * childCols) * PIXEL;
  for (let child: usize = 0; child < 4; child++) {
    descendFour<i32>(scratch + (child << 4), childRows, childCols, level + 1, (path << 2) + child, next);
  }
}
