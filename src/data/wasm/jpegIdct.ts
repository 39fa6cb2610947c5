// The inverse DCT of Loeffler, Ligtenberg and Moschytz 1989, as libjpeg's jidctint scales and rounds it.
import { block, work } from "./jpegState";

// @ts-ignore: decorator
@inline
function pair(a: i16, b: i16): v128 {
  return i16x8(a, b, a, b, a, b, a, b);
}

// @ts-ignore: decorator
@inline
function low(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

// @ts-ignore: decorator
@inline
function high(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** Sign-extends four lanes and scales them by 2^13. */
// @ts-ignore: decorator
@inline
function scaled(interleavedWithZero: v128): v128 {
  return i32x4.shr_s(interleavedWithZero, 3);
}

/** One pass over eight vectors at `at`: a one-dimensional inverse DCT of every lane, rounded to `shift` bits less. */
// @ts-ignore: decorator
@inline
function idctPass(at: usize, shift: i32): void {
  const in0 = v128.load(at);
  const in1 = v128.load(at, 16);
  const in2 = v128.load(at, 32);
  const in3 = v128.load(at, 48);
  const in4 = v128.load(at, 64);
  const in5 = v128.load(at, 80);
  const in6 = v128.load(at, 96);
  const in7 = v128.load(at, 112);
  const zero = i64x2.splat(0);
  const round = i32x4.splat(1 << (shift - 1));
  const sum = i16x8.add(in0, in4);
  const difference = i16x8.sub(in0, in4);
  const z3 = i16x8.add(in7, in3);
  const z4 = i16x8.add(in5, in1);
  // Lanes 0-3.
  let pairs = low(in2, in6);
  let tmp3 = i32x4.dot_i16x8_s(pairs, pair(10703, 4433));
  let tmp2 = i32x4.dot_i16x8_s(pairs, pair(4433, -10704));
  let tmp0 = i32x4.add(scaled(low(zero, sum)), round);
  let tmp1 = i32x4.add(scaled(low(zero, difference)), round);
  const even0 = i32x4.add(tmp0, tmp3);
  const even3 = i32x4.sub(tmp0, tmp3);
  const even1 = i32x4.add(tmp1, tmp2);
  const even2 = i32x4.sub(tmp1, tmp2);
  pairs = low(z3, z4);
  let odd3 = i32x4.dot_i16x8_s(pairs, pair(-6436, 9633));
  let odd4 = i32x4.dot_i16x8_s(pairs, pair(9633, 6437));
  pairs = low(in7, in1);
  tmp0 = i32x4.add(i32x4.dot_i16x8_s(pairs, pair(-4927, -7373)), odd3);
  tmp3 = i32x4.add(i32x4.dot_i16x8_s(pairs, pair(-7373, 4926)), odd4);
  pairs = low(in5, in3);
  tmp1 = i32x4.add(i32x4.dot_i16x8_s(pairs, pair(-4176, -20995)), odd4);
  tmp2 = i32x4.add(i32x4.dot_i16x8_s(pairs, pair(-20995, 4177)), odd3);
  const low0 = i32x4.shr_s(i32x4.add(even0, tmp3), shift);
  const low7 = i32x4.shr_s(i32x4.sub(even0, tmp3), shift);
  const low1 = i32x4.shr_s(i32x4.add(even1, tmp2), shift);
  const low6 = i32x4.shr_s(i32x4.sub(even1, tmp2), shift);
  const low2 = i32x4.shr_s(i32x4.add(even2, tmp1), shift);
  const low5 = i32x4.shr_s(i32x4.sub(even2, tmp1), shift);
  const low3 = i32x4.shr_s(i32x4.add(even3, tmp0), shift);
  const low4 = i32x4.shr_s(i32x4.sub(even3, tmp0), shift);
  // Lanes 4-7.
  pairs = high(in2, in6);
  tmp3 = i32x4.dot_i16x8_s(pairs, pair(10703, 4433));
  tmp2 = i32x4.dot_i16x8_s(pairs, pair(4433, -10704));
  tmp0 = i32x4.add(scaled(high(zero, sum)), round);
  tmp1 = i32x4.add(scaled(high(zero, difference)), round);
  const even4 = i32x4.add(tmp0, tmp3);
  const even7 = i32x4.sub(tmp0, tmp3);
  const even5 = i32x4.add(tmp1, tmp2);
  const even6 = i32x4.sub(tmp1, tmp2);
  pairs = high(z3, z4);
  odd3 = i32x4.dot_i16x8_s(pairs, pair(-6436, 9633));
  odd4 = i32x4.dot_i16x8_s(pairs, pair(9633, 6437));
  pairs = high(in7, in1);
  tmp0 = i32x4.add(i32x4.dot_i16x8_s(pairs, pair(-4927, -7373)), odd3);
  tmp3 = i32x4.add(i32x4.dot_i16x8_s(pairs, pair(-7373, 4926)), odd4);
  pairs = high(in5, in3);
  tmp1 = i32x4.add(i32x4.dot_i16x8_s(pairs, pair(-4176, -20995)), odd4);
  tmp2 = i32x4.add(i32x4.dot_i16x8_s(pairs, pair(-20995, 4177)), odd3);
  v128.store(at, i16x8.narrow_i32x4_s(low0, i32x4.shr_s(i32x4.add(even4, tmp3), shift)));
  v128.store(at, i16x8.narrow_i32x4_s(low7, i32x4.shr_s(i32x4.sub(even4, tmp3), shift)), 112);
  v128.store(at, i16x8.narrow_i32x4_s(low1, i32x4.shr_s(i32x4.add(even5, tmp2), shift)), 16);
  v128.store(at, i16x8.narrow_i32x4_s(low6, i32x4.shr_s(i32x4.sub(even5, tmp2), shift)), 96);
  v128.store(at, i16x8.narrow_i32x4_s(low2, i32x4.shr_s(i32x4.add(even6, tmp1), shift)), 32);
  v128.store(at, i16x8.narrow_i32x4_s(low5, i32x4.shr_s(i32x4.sub(even6, tmp1), shift)), 80);
  v128.store(at, i16x8.narrow_i32x4_s(low3, i32x4.shr_s(i32x4.add(even7, tmp0), shift)), 48);
  v128.store(at, i16x8.narrow_i32x4_s(low4, i32x4.shr_s(i32x4.sub(even7, tmp0), shift)), 64);
}

/** Transposes the 8x8 words at `at`. */
// @ts-ignore: decorator
@inline
function transpose(at: usize): void {
  const r0 = v128.load(at);
  const r1 = v128.load(at, 16);
  const r2 = v128.load(at, 32);
  const r3 = v128.load(at, 48);
  const r4 = v128.load(at, 64);
  const r5 = v128.load(at, 80);
  const r6 = v128.load(at, 96);
  const r7 = v128.load(at, 112);
  const a0 = low(r0, r4);
  const a1 = high(r0, r4);
  const a2 = low(r1, r5);
  const a3 = high(r1, r5);
  const a4 = low(r2, r6);
  const a5 = high(r2, r6);
  const a6 = low(r3, r7);
  const a7 = high(r3, r7);
  const b0 = low(a0, a4);
  const b1 = high(a0, a4);
  const b2 = low(a1, a5);
  const b3 = high(a1, a5);
  const b4 = low(a2, a6);
  const b5 = high(a2, a6);
  const b6 = low(a3, a7);
  const b7 = high(a3, a7);
  v128.store(at, low(b0, b4));
  v128.store(at, high(b0, b4), 16);
  v128.store(at, low(b1, b5), 32);
  v128.store(at, high(b1, b5), 48);
  v128.store(at, low(b2, b6), 64);
  v128.store(at, high(b2, b6), 80);
  v128.store(at, low(b3, b7), 96);
  v128.store(at, high(b3, b7), 112);
}

/** Columns `x` and `x + 4` of words as bytes around 128. */
// @ts-ignore: decorator
@inline
function columns(x: usize): v128 {
  const bytes = i8x16.narrow_i16x8_s(v128.load(work + 16 * x), v128.load(work + 16 * x, 64));
  return i8x16.add(bytes, i8x16.splat(-128));
}

// @ts-ignore: decorator
@inline
function lowBytes(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

// @ts-ignore: decorator
@inline
function highBytes(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** Stores columns of words as 8x8 bytes. */
// @ts-ignore: decorator
@inline
function storeColumns(out: usize, stride: usize): void {
  const even = lowBytes(columns(0), columns(2)); // columns 0 and 2 in turn
  const odd = lowBytes(columns(1), columns(3));
  const laterEven = highBytes(columns(0), columns(2)); // 4 and 6
  const laterOdd = highBytes(columns(1), columns(3));
  storeFourRows(out, stride, lowBytes(even, odd), lowBytes(laterEven, laterOdd));
  storeFourRows(out + 4 * stride, stride, highBytes(even, odd), highBytes(laterEven, laterOdd));
}

/** Four rows whose first four bytes stand in `left`, the others in `right`. */
// @ts-ignore: decorator
@inline
function storeFourRows(out: usize, stride: usize, left: v128, right: v128): void {
  const upper = v128.shuffle<u32>(left, right, 0, 4, 1, 5);
  const lower = v128.shuffle<u32>(left, right, 2, 6, 3, 7);
  v128.store64_lane(out, upper, 0);
  v128.store64_lane(out + stride, upper, 1);
  v128.store64_lane(out + 2 * stride, lower, 0);
  v128.store64_lane(out + 3 * stride, lower, 1);
}

/**
 * Dequantises `block`, clears it, transforms it and stores 8x8 bytes. False for coefficients so large that libjpeg's 16-bit
 * lanes would wrap: what it shows then is not worth equalling.
 */
export function inverse(quantAt: usize, out: usize, stride: usize): bool {
  let beyond = i64x2.splat(0);
  for (let row: usize = 0; row < 128; row += 16) {
    const coefficients = v128.load(block + row);
    v128.store(block + row, i64x2.splat(0));
    beyond = v128.or(beyond, i16x8.sub_sat_u(i16x8.abs(coefficients), v128.load(quantAt + row, 128)));
    v128.store(work + row, i16x8.mul(coefficients, v128.load(quantAt + row)));
  }
  if (v128.any_true(beyond)) return false;
  idctPass(work, 11);
  transpose(work);
  idctPass(work, 18);
  storeColumns(out, stride);
  return true;
}

/** A block whose only coefficient is DC: the same value 64 times. */
// @ts-ignore: decorator
@inline
export function flat(dc: i32, out: usize, stride: usize): void {
  const level = min(max(((dc * 4 + 16) >> 5) + 128, 0), 255);
  const bytes = i8x16.splat(<i8>level);
  for (let row: usize = 0; row < 8; row++) v128.store64_lane(out + row * stride, bytes, 0);
}
