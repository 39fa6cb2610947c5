// Huffman-coded coefficients (T.81, annex F.2.2).
import { place, lookBits, lookSize, look, endOfBlock, noSymbol, longLimit, longOffset, symbols, block, inputEnd } from "./jpegState";
import { entryOf } from "./jpegHeader";

let ahead: u64 = 0; // the next bits, left-aligned
let count: i64 = 0; // how many of them are there, besides what comes again with the next bytes
let readAt: usize = 0; // the next eight bytes of the segment, which runs down from `origin`
let origin: usize = 0;
let segmentBits: i32 = 0;
/** Where the marker that ended the segment stands in the file. */
export let markerAt: usize = 0;

/**
 * Copies one segment without its stuffed zeros, last byte first, to below `to`, so that numbers loaded from it have the
 * bits that come first on top; 16 zero bytes follow. False where the file ends first.
 */
export function unstuff(from: usize, to: usize): bool {
  let at = from;
  let out = to;
  const ones = i8x16.splat(-1);
  for (;;) {
    while (at + 16 <= inputEnd) {
      const chunk = v128.load(at);
      v128.store(out - 16, v128.shuffle<u8>(chunk, chunk, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
      const hits = i8x16.bitmask(i8x16.eq(chunk, ones));
      const clean = hits == 0 ? 16 : ctz(hits);
      at += clean;
      out -= clean;
      if (hits != 0) break;
    }
    while (at < inputEnd && load<u8>(at) != 0xff) store<u8>(--out, load<u8>(at++));
    if (at + 2 > inputEnd) return false;
    if (load<u8>(at, 1) != 0) break;
    store<u8>(--out, 0xff);
    at += 2;
  }
  markerAt = at;
  segmentBits = 8 * <i32>(to - out);
  v128.store(out - 16, i64x2.splat(0));
  readAt = origin = to - 8;
  ahead = 0;
  count = 0;
  return true;
}

/** How many bits of the segment are left; below 0 once more were read than it has. */
export function bitsLeft(): i32 {
  return segmentBits - 8 * <i32>(origin - readAt) + <i32>count;
}

/** The entry of a code that the look-up does not hold, or not with its value. */
function longEntry(table: usize, bits: u64, entry: u64): u64 {
  let symbol = <u32>(entry >> 8) & 255;
  let length = <u32>(entry >> 16) & 255;
  if (entry == 0) {
    const code = <i32>(bits >> 48);
    length = lookBits + 1;
    while (length <= 16 && code >= load<i32>(longLimit + (table * 17 + length) * 4)) length++;
    if (length > 16) return noSymbol;
    const index = (code >> (16 - length)) + load<i32>(longOffset + (table * 17 + length) * 4);
    symbol = load<u8>(symbols + table * 256 + index);
  }
  return entryOf(symbol, length, bits << length, table < 2);
}

// @ts-ignore: decorator
@inline
function entryFor(table: usize, bits: u64): u64 {
  const entry = load<u64>(look + 8 * (table * lookSize + <usize>(bits >> (64 - lookBits))));
  return (entry & 255) != 0 ? entry : longEntry(table, bits, entry);
}

export let dcDifference: i32 = 0;
/** The position in zigzag order behind which all coefficients are zero. */
export let lastIndex: i32 = 0;

/**
 * Reads the DC difference, and the 63 others into `block` in natural order; false where no code fits. At every code the
 * bits are filled up to 56 or more, out of eight bytes that were loaded a code earlier: nothing waits for memory.
 */
export function readBlock(dcTable: usize, acTable: usize): bool {
  let at = readAt;
  let have = count;
  let bits = ahead | (load<u64>(at) >> have);
  at -= <usize>((63 - have) >> 3);
  have |= 56;
  let next = load<u64>(at);
  let entry = entryFor(dcTable, bits);
  if (((entry >> 8) & 255) != 1) return false;
  dcDifference = <i32>(<i64>entry >> 48);
  let k: u32 = 0;
  let first: u32 = 0;
  for (;;) {
    have -= entry & 255;
    bits = (bits << entry) | (next >> have); // a shift takes the lowest six bits of what it is given
    at -= <usize>((63 - have) >> 3);
    have |= 56;
    next = load<u64>(at);
    entry = entryFor(acTable, bits);
    first = k + (<u32>(entry >> 8) & 255);
    store<u16>(load<u8>(first, place), <u16>(entry >> 32), block);
    k = first + (<u32>(entry >> 16) & 255);
    if (k >= 63) break;
    store<u16>(load<u8>(k, place), <u16>(entry >> 48), block);
  }
  if (first >= 63) {
    // What follows belongs to the next block.
    k = first;
    entry >>= 24;
  } else store<u16>(load<u8>(k, place), <u16>(entry >> 48), block);
  ahead = bits << entry;
  count = have - (entry & 255);
  readAt = at;
  lastIndex = k == 63 ? 63 : k - endOfBlock;
  return k == 63 || k >= endOfBlock;
}
