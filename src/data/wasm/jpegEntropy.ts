// Huffman-coded coefficients (T.81, annex F.2.2).
import { zigzag, lookBits, lookSize, look, longLimit, longOffset, symbols, block, inputEnd } from "./jpegState";
import { extend } from "./jpegHeader";

let bits: u64 = 0; // the next bits, left-aligned
let bitCount: i32 = 0;
export let readAt: usize = 0;
export let segmentEnd: usize = 0;
/** Where the marker that ended the segment stands in the file. */
export let markerAt: usize = 0;

/** Copies one segment without its stuffed zeros to `to`, behind it 16 zero bytes; false where the file ends first. */
export function unstuff(from: usize, to: usize): bool {
  let at = from;
  let out = to;
  const ones = i8x16.splat(-1);
  for (;;) {
    while (at + 16 <= inputEnd) {
      const chunk = v128.load(at);
      v128.store(out, chunk);
      const hits = i8x16.bitmask(i8x16.eq(chunk, ones));
      const clean = hits == 0 ? 16 : ctz(hits);
      at += clean;
      out += clean;
      if (hits != 0) break;
    }
    while (at < inputEnd && load<u8>(at) != 0xff) store<u8>(out++, load<u8>(at++));
    if (at + 2 > inputEnd) return false;
    if (load<u8>(at, 1) != 0) break;
    store<u8>(out++, 0xff);
    at += 2;
  }
  markerAt = at;
  segmentEnd = out;
  v128.store(out, i64x2.splat(0));
  readAt = to;
  bits = 0;
  bitCount = 0;
  return true;
}

// @ts-ignore: decorator
@inline
function refill(): void {
  bits |= bswap<u64>(load<u64>(readAt)) >> bitCount;
  readAt += (63 - bitCount) >> 3;
  bitCount |= 56;
}

// @ts-ignore: decorator
@inline
function skip(count: i32): void {
  bits <<= count;
  bitCount -= count;
}

/** Whether the segment's data ended with its last whole byte used and not one bit more. */
export function segmentUsedUp(): bool {
  const used = <i64>readAt * 8 - bitCount;
  const left = <i64>segmentEnd * 8 - used;
  return left >= 0 && left < 8;
}

/** The symbol of a code longer than the look-up, or -1. */
function longSymbol(table: usize): i32 {
  const ahead = <i32>(bits >> 48);
  for (let length: i32 = lookBits + 1; length <= 16; length++) {
    if (ahead < load<i32>(longLimit + (table * 17 + length) * 4)) {
      const index = (ahead >> (16 - length)) + load<i32>(longOffset + (table * 17 + length) * 4);
      skip(length);
      return load<u8>(symbols + table * 256 + index);
    }
  }
  return -1;
}

// @ts-ignore: decorator
@inline
function readValue(size: i32): i32 {
  if (size == 0) return 0;
  const raw = <i32>(bits >> (64 - size));
  skip(size);
  return extend(raw, size);
}

export let lastIndex: i32 = 0;

/** The DC difference; `failed` is set where no code fits. */
export let failed: bool = false;
export function readDc(table: usize): i32 {
  if (bitCount < 32) refill();
  const entry = load<i32>(look + 4 * (table * lookSize + <usize>(bits >> (64 - lookBits))));
  const total = entry & 255;
  if (total != 0) {
    skip(total);
    return entry >> 16;
  }
  let size = (entry >> 8) & 255;
  if (entry != 0) skip(entry >> 16);
  else size = longSymbol(table);
  if (size < 0) {
    failed = true;
    return 0;
  }
  return readValue(size);
}

/** Reads the 63 others into `block` in natural order; `lastIndex` becomes the last one's place in zigzag order. */
export function readAc(table: usize): void {
  const lookAt = look + 4 * table * lookSize;
  lastIndex = 0;
  for (let k: i32 = 1; k < 64; k++) {
    if (bitCount < 32) refill();
    const entry = load<i32>(lookAt + 4 * <usize>(bits >> (64 - lookBits)));
    const total = entry & 255;
    let value: i32;
    if (total != 0) {
      skip(total);
      k += (entry >> 8) & 255;
      value = entry >> 16;
    } else {
      let symbol = (entry >> 8) & 255;
      if (entry != 0) skip(entry >> 16);
      else symbol = longSymbol(table);
      if (symbol < 0) {
        failed = true;
        return;
      }
      const size = symbol & 15;
      if (size == 0) {
        if (symbol == 0) return; // end of block
        if (symbol != 0xf0) {
          failed = true;
          return;
        }
        k += 15;
        continue;
      }
      k += symbol >> 4;
      value = readValue(size);
    }
    if (k > 63) {
      failed = true;
      return;
    }
    store<i16>(block + 2 * <usize>load<u8>(zigzag + k), <i16>value);
    lastIndex = k;
  }
}
