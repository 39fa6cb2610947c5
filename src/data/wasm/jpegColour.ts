// Chrominance to full size and YCbCr to RGB, as libjpeg does both.
import { work, width, height, horizontal, vertical, planeAt, planeStride, resultAt, take } from "./jpegState";

export function toRgb(): void {
  const chromaCols = (width + horizontal - 1) / horizontal;
  const chromaRows = (height + vertical - 1) / vertical;
  const cb = take(<usize>chromaCols * 2 + 64);
  const cr = take(<usize>chromaCols * 2 + 64);
  const sums = take(<usize>chromaCols * 2 + 96) + 16;
  for (let row = 0; row < height; row++) {
    upsampleRow(1, row, chromaCols, chromaRows, sums, cb);
    upsampleRow(2, row, chromaCols, chromaRows, sums, cr);
    convertRow(row, cb, cr);
  }
}

/** One row of chrominance at full width: libjpeg's smooth upsampling weighs the nearer sample 3 and the farther 1. */
function upsampleRow(c: usize, row: i32, cols: i32, rows: i32, sums: usize, out: usize): void {
  const stride = <usize>load<u32>(planeStride + 4 * c);
  const plane = <usize>load<u32>(planeAt + 4 * c);
  if (horizontal == 1) {
    memory.copy(out, plane + <usize>row * stride, cols);
    return;
  }
  const near = row / vertical;
  if (vertical == 1) {
    const line = plane + <usize>near * stride;
    for (let x: usize = 0; x < <usize>cols; x += 8) v128.store(sums + 2 * x, v128.load8x8_u(line + x));
    smooth(sums, cols, out, 1, 2, 2);
    return;
  }
  const far = min(max(near + (row & 1 ? 1 : -1), 0), rows - 1);
  const nearLine = plane + <usize>near * stride;
  const farLine = plane + <usize>far * stride;
  for (let x: usize = 0; x < <usize>cols; x += 8) {
    const three = i16x8.mul(v128.load8x8_u(nearLine + x), i16x8.splat(3));
    v128.store(sums + 2 * x, i16x8.add(three, v128.load8x8_u(farLine + x)));
  }
  smooth(sums, cols, out, 8, 7, 4);
}

/** Doubles a row of words: left samples take 1/4 of the neighbour before, right ones of the neighbour behind. */
function smooth(sums: usize, cols: i32, out: usize, leftRound: i16, rightRound: i16, shift: i32): void {
  store<u16>(sums - 2, load<u16>(sums));
  store<u16>(sums + 2 * <usize>cols, load<u16>(sums + 2 * <usize>(cols - 1)));
  for (let x: usize = 0; x < <usize>cols; x += 8) {
    const at = sums + 2 * x;
    const three = i16x8.mul(v128.load(at), i16x8.splat(3));
    const left = i16x8.shr_u(i16x8.add(i16x8.add(three, v128.load(at - 2)), i16x8.splat(leftRound)), shift);
    const right = i16x8.shr_u(i16x8.add(i16x8.add(three, v128.load(at + 2)), i16x8.splat(rightRound)), shift);
    v128.store(out + 2 * x, v128.or(left, i16x8.shl(right, 8)));
  }
}

/** YCbCr to RGB as JFIF defines it, in libjpeg's 16-bit fixed point. */
function convertRow(row: i32, cb: usize, cr: usize): void {
  const area = <usize>width * height;
  const y = <usize>load<u32>(planeAt) + <usize>row * <usize>load<u32>(planeStride);
  const red = resultAt + <usize>row * width;
  const whole = width & ~7;
  for (let x: usize = 0; x < <usize>whole; x += 8) convertEight(y + x, cb + x, cr + x, red + x, area);
  if (width > whole) convertTail(y, cb, cr, red, area, whole);
}

// @ts-ignore: decorator
@inline
function convertEight(y: usize, cb: usize, cr: usize, red: usize, area: usize): void {
  const luma = v128.load8x8_u(y);
  const blueness = i16x8.sub(v128.load8x8_u(cb), i16x8.splat(128));
  const redness = i16x8.sub(v128.load8x8_u(cr), i16x8.splat(128));
  const half = i32x4.splat(32768);
  const bLow = i32x4.extend_low_i16x8_s(blueness);
  const bHigh = i32x4.extend_high_i16x8_s(blueness);
  const rLow = i32x4.extend_low_i16x8_s(redness);
  const rHigh = i32x4.extend_high_i16x8_s(redness);
  storeChannel(red, luma, fixed(rLow, 91881, half), fixed(rHigh, 91881, half));
  const gLow = i32x4.shr_s(i32x4.add(i32x4.add(times(bLow, -22554), times(rLow, -46802)), half), 16);
  const gHigh = i32x4.shr_s(i32x4.add(i32x4.add(times(bHigh, -22554), times(rHigh, -46802)), half), 16);
  storeChannel(red + area, luma, gLow, gHigh);
  storeChannel(red + 2 * area, luma, fixed(bLow, 116130, half), fixed(bHigh, 116130, half));
}

// @ts-ignore: decorator
@inline
export function times(a: v128, factor: i32): v128 {
  return i32x4.mul(a, i32x4.splat(factor));
}

// @ts-ignore: decorator
@inline
function fixed(a: v128, factor: i32, half: v128): v128 {
  return i32x4.shr_s(i32x4.add(times(a, factor), half), 16);
}

// @ts-ignore: decorator
@inline
function storeChannel(at: usize, luma: v128, lowPart: v128, highPart: v128): void {
  const words = i16x8.add(luma, i16x8.narrow_i32x4_s(lowPart, highPart));
  v128.store64_lane(at, i8x16.narrow_i16x8_u(words, words), 0);
}

/** The last columns, by way of a scratch row so that no store reaches past the row's end. */
function convertTail(y: usize, cb: usize, cr: usize, red: usize, area: usize, from: i32): void {
  convertEight(y + from, cb + from, cr + from, work, 16);
  const count = <usize>(width - from);
  memory.copy(red + from, work, count);
  memory.copy(red + area + from, work + 16, count);
  memory.copy(red + 2 * area + from, work + 32, count);
}
