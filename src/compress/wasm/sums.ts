// Sums of 16-bit numbers that lie side by side: rows of patches of the integer kernel at level 1.

/** Replaces every 16-bit number by the sum of itself and the `width` - 1 that follow. */
export function slide(from: usize, count: i32, width: i32): void {
  const last = (<usize>width) << 1;
  const end = from + ((<usize>count) << 1);
  for (; from < end; from += 16) {
    let sum = v128.load(from);
    for (let at: usize = 2; at < last; at += 2) sum = i16x8.add(sum, v128.load(from + at));
    v128.store(from, sum);
  }
}

/** Writes 16-bit numbers that lie `step` bytes apart as scaled floating-point numbers. */
export function gather(from: usize, step: usize, count: i32, at: usize, scale: f32): void {
  const factor = f32x4.splat(scale);
  let left = count;
  if (step == 2) {
    for (; left >= 8; left -= 8) {
      v128.store(at, f32x4.mul(f32x4.convert_i32x4_s(v128.load16x4_u(from)), factor));
      v128.store(at, f32x4.mul(f32x4.convert_i32x4_s(v128.load16x4_u(from, 8)), factor), 16);
      from += 16;
      at += 32;
    }
  }
  for (; left >= 4; left -= 4) {
    let v = v128.load16_lane(from, i32x4.splat(0), 0);
    v = v128.load16_lane(from + step, v, 2);
    v = v128.load16_lane(from + 2 * step, v, 4);
    v = v128.load16_lane(from + 3 * step, v, 6);
    v128.store(at, f32x4.mul(f32x4.convert_i32x4_s(v), factor));
    from += 4 * step;
    at += 16;
  }
  for (; left > 0; left--) {
    store<f32>(at, <f32>(<i32>load<u16>(from)) * scale);
    from += step;
    at += 4;
  }
}

/** Writes sums of three signed 16-bit numbers each as scaled floating-point numbers; may read 4 bytes behind the last. */
export function threes(from: usize, count: i32, at: usize, scale: f32): void {
  const factor = f32x4.splat(scale);
  const one = i16x8.splat(1);
  let left = count;
  for (; left >= 4; left -= 4) {
    const a = v128.load(from);
    const b = v128.load(from, 12);
    const firstTwo = v128.or(
      v128.swizzle(a, i8x16(0, 1, 2, 3, 6, 7, 8, 9, -1, -1, -1, -1, -1, -1, -1, -1)),
      v128.swizzle(b, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, 0, 1, 2, 3, 6, 7, 8, 9)),
    );
    const third = v128.or(
      v128.swizzle(a, i8x16(4, 5, -1, -1, 10, 11, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)),
      v128.swizzle(b, i8x16(-1, -1, -1, -1, -1, -1, -1, -1, 4, 5, -1, -1, 10, 11, -1, -1)),
    );
    const sum = i32x4.add(i32x4.dot_i16x8_s(firstTwo, one), third);
    v128.store(at, f32x4.mul(f32x4.convert_i32x4_s(sum), factor));
    from += 24;
    at += 16;
  }
  for (; left > 0; left--) {
    const sum = <i32>load<i16>(from) + <i32>load<i16>(from, 2) + <i32>load<i16>(from, 4);
    store<f32>(at, <f32>sum * scale);
    from += 6;
    at += 4;
  }
}

/** The sum of `count` unsigned 16-bit numbers. */
export function sumOf(from: usize, count: i32): u32 {
  let sum: u32 = 0;
  let left = count;
  if (left >= 8) {
    let wide = i32x4.splat(0);
    for (; left >= 8; left -= 8) {
      wide = i32x4.add(wide, i32x4.extadd_pairwise_i16x8_u(v128.load(from)));
      from += 16;
    }
    wide = i32x4.add(wide, v128.shuffle<i32>(wide, wide, 2, 3, 0, 1));
    sum = i32x4.extract_lane(wide, 0) + i32x4.extract_lane(wide, 1);
  }
  for (; left > 0; left--) {
    sum += load<u16>(from);
    from += 2;
  }
  return sum;
}
