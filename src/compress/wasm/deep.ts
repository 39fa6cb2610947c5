// Levels 5 and deeper of the integer Haar transform, four sub-bands at a time in 32-bit lanes and in planes small enough
// for the nearest cache.

import { areNine, beginDeepPooling, poolChildren, poolInto, poolNine } from "./deepPool";
import { PIXEL, split } from "./deepSplit";
import { Plan } from "./plan";

let plan: Plan = changetype<Plan>(0);

/**
 * Goes on from level 4; the room behind its planes is used.
 *
 * @param planes - `[horizontal path of level 3, row, col, path of level 4, vertical path of level 3]` in 16 bits
 */
export function deepLevels(plan_: usize, planes: usize, rows: i32, cols: i32, out: usize, scale: f32): void {
  plan = changetype<Plan>(plan_);
  const pixels = rows * cols;
  const group = <usize>pixels * PIXEL;
  const wide = beginDeepPooling(plan_, planes + (group << 3), scale);
  const scratch = wide + group;
  for (let horizontal: usize = 0; horizontal < 8; horizontal++) {
    for (let quarter: usize = 0; quarter < 4; quarter++) {
      for (let half: usize = 0; half < 2; half++) {
        const plane = planes + horizontal * group + (quarter << 4) + (half << 3);
        poolInto(out, horizontal, quarter, half);
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
  if (level == plan.level) return poolChildren<T>(plane, rows, cols, path << 2);
  split<T>(plane, rows, cols, scratch, 16, PIXEL);
  const childRows = (rows + 1) >> 1;
  const childCols = (cols + 1) >> 1;
  if (level + 1 == plan.level && areNine(childRows, childCols)) {
    for (let child: usize = 0; child < 4; child++) poolNine(scratch + (child << 4), ((path << 2) + child) << 2);
    return;
  }
  const next = scratch + <usize>(childRows * childCols) * PIXEL;
  for (let child: usize = 0; child < 4; child++) {
    descend<i32>(scratch + (child << 4), childRows, childCols, level + 1, (path << 2) + child, next);
  }
}
