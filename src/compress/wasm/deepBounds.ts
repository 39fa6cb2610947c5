// How large the integer Haar transform can become below some planes, so that it is known what fits 16 bits: no coefficient
// is larger than the magnitudes that it comes from together, and no patch either.

import { PIXEL } from "./deepSplit";

/** The levels below for which a bound of {@link boundFour} holds. */
export const AHEAD: i32 = 2;
/** Bytes that it writes. */
export const BOUNDS: usize = 32;
/** Bytes between the two bounds of a plane. */
export const TOTAL: usize = 16;

const SIDE: i32 = 1 << AHEAD;

/**
 * Bounds of four planes of 16 bits that lie between each other, 65535 for whatever is larger: for each of them of single
 * coefficients down to {@link AHEAD} levels below, then for each of what the magnitudes of any of its descendants add up to.
 */
export function boundFour(planes: usize, rows: i32, cols: i32, to: usize): void {
  let m0 = i16x8.splat(0);
  let m1 = m0;
  let m2 = m0;
  let m3 = m0;
  let t0 = m0;
  let t1 = m0;
  let t2 = m0;
  let t3 = m0;
  const stride = <usize>cols * PIXEL;
  for (let row = 0; row < rows; row += SIDE) {
    const height = <usize>min(SIDE, rows - row) * stride;
    for (let col = 0; col < cols; col += SIDE) {
      let s0 = i16x8.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      const from = planes + <usize>col * PIXEL;
      const width = <usize>min(SIDE, cols - col) * PIXEL;
      for (let line = from; line < from + height; line += stride) {
        for (let at = line; at < line + width; at += PIXEL) {
          s0 = i16x8.add_sat_u(s0, i16x8.abs(v128.load(at)));
          s1 = i16x8.add_sat_u(s1, i16x8.abs(v128.load(at, 16)));
          s2 = i16x8.add_sat_u(s2, i16x8.abs(v128.load(at, 32)));
          s3 = i16x8.add_sat_u(s3, i16x8.abs(v128.load(at, 48)));
        }
      }
      m0 = i16x8.max_u(m0, s0);
      m1 = i16x8.max_u(m1, s1);
      m2 = i16x8.max_u(m2, s2);
      m3 = i16x8.max_u(m3, s3);
      t0 = i16x8.add_sat_u(t0, s0);
      t1 = i16x8.add_sat_u(t1, s1);
      t2 = i16x8.add_sat_u(t2, s2);
      t3 = i16x8.add_sat_u(t3, s3);
    }
    planes += <usize>SIDE * stride;
  }
  v128.store(to, largestOf(m0, m1, m2, m3));
  v128.store(to, largestOf(t0, t1, t2, t3), 16);
}

/** The largest lane of each of four vectors. */
function largestOf(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i16x8.max_u(
    v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11),
    v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15),
  );
  const cd = i16x8.max_u(
    v128.shuffle<i16>(c, d, 0, 8, 1, 9, 2, 10, 3, 11),
    v128.shuffle<i16>(c, d, 4, 12, 5, 13, 6, 14, 7, 15),
  );
  const all = i16x8.max_u(v128.shuffle<i32>(ab, cd, 0, 4, 1, 5), v128.shuffle<i32>(ab, cd, 2, 6, 3, 7));
  return i32x4.extend_low_i16x8_u(i16x8.max_u(all, v128.shuffle<i64>(all, all, 1, 0)));
}
