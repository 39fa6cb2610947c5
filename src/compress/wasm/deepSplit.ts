// One level of the integer Haar transform in planes of which four lie between each other: a pixel of one is 64 bytes from
// the next.

export const PIXEL: usize = 64;

/** Four numbers of 16 or 32 bits. */
export function four<T>(from: usize, offset: usize): v128 {
  return sizeof<T>() == 2 ? v128.load16x4_s(from + offset) : v128.load(from + offset);
}

/**
 * The four children of a plane, so many bytes apart, their pixels `step` bytes from each other; what is missing of the last
 * pair of an odd side counts as zero.
 */
export function split<T>(plane: usize, rows: i32, cols: i32, to: usize, apart: usize, step: usize): void {
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
