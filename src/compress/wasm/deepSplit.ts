// One level of the integer Haar transform in planes of which four lie between each other: a pixel of one is 64 bytes from
// the next. A plane is a vector a pixel: eight sub-bands in 16 bits, or four in 32.
//
// R is what is read and T what is computed with: of 16 bits each, or of 32, or from 16 to 32.

export const PIXEL: usize = 64;

/** The lanes of a pixel as T. */
export function lanes<R, T>(from: usize, offset: usize): v128 {
  return sizeof<R>() < sizeof<T>() ? v128.load16x4_s(from + offset) : v128.load(from + offset);
}

/**
 * The four children of a plane, so many bytes apart, their pixels `step` bytes from each other; what is missing of the last
 * pair of an odd side counts as zero.
 */
export function split<R, T>(plane: usize, rows: i32, cols: i32, to: usize, apart: usize, step: usize): void {
  const stride = <usize>cols * PIXEL;
  const none = i32x4.splat(0);
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
      storeFour(
        to,
        apart,
        v128.add<T>(top, bottom),
        v128.add<T>(topDifference, bottomDifference),
        v128.sub<T>(bottom, top),
        v128.sub<T>(bottomDifference, topDifference),
      );
      from += 2 * PIXEL;
      to += step;
    }
    if (left > 0) {
      const a = lanes<R, T>(from, 0);
      const c = lanes<R, T>(from + stride, 0);
      const low = v128.add<T>(a, c);
      const high = v128.sub<T>(c, a);
      storeFour(to, apart, low, v128.sub<T>(none, low), high, v128.sub<T>(none, high));
      to += step;
    }
    plane += 2 * stride;
  }
  if (rows == 0) return;
  for (; cols > 1; cols -= 2) {
    const a = lanes<R, T>(plane, 0);
    const b = lanes<R, T>(plane, PIXEL);
    const low = v128.add<T>(a, b);
    const high = v128.sub<T>(b, a);
    storeFour(to, apart, low, high, v128.sub<T>(none, low), v128.sub<T>(none, high));
    plane += 2 * PIXEL;
    to += step;
  }
  if (cols > 0) {
    const a = lanes<R, T>(plane, 0);
    const negative = v128.sub<T>(none, a);
    storeFour(to, apart, a, negative, negative, a);
  }
}

function storeFour(to: usize, apart: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(to, a);
  v128.store(to + apart, b);
  v128.store(to + 2 * apart, c);
  v128.store(to + 3 * apart, d);
}
