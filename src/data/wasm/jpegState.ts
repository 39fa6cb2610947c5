// What the parts of the JPEG decoder share: tables, the picture, memory.

/** The file is decoded here: `decode` returned this. */
export const ok: i32 = 0;
/** Regular or not, this file is not for this decoder. */
export const other: i32 = 1;

/** Side limit: larger pictures are rare, and 32-bit addresses would overflow in the middle of the work. */
export const maxSide: i32 = 16384;

// ---- Tables ----------------------------------------------------------------------------------------------------

export const zigzag: usize = memory.data<u8>([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35,
  42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
]);
export const lookBits: i32 = 10;
export const lookSize: usize = 1 << lookBits;
/**
 * Four Huffman tables (DC 0, DC 1, AC 0, AC 1), an i32 for every 10 bits that may come next:
 * bits 0-7 how many bits code and value take together, 8-15 the run of zeros, 16-31 the value; where both do not fit in
 * 10 bits, bits 0-7 are 0 and 8-15 hold the symbol, 16-23 the code's length; 0 in all where the code itself is longer.
 */
export const look: usize = memory.data(16384, 16);
/** For codes above 10 bits, for every table and length: the largest code left-aligned to 16 bits plus one, and the symbol's offset. */
export const longLimit: usize = memory.data(4 * 17 * 4, 16);
export const longOffset: usize = memory.data(4 * 17 * 4, 16);
export const symbols: usize = memory.data(4 * 256, 16);
export const tableSet: usize = memory.data(4, 4);
/** The DHT segment that each table was made from, so that a batch from one camera builds its tables once. */
export const madeFrom: usize = memory.data(4 * 288, 16);
export const madeLength: usize = memory.data(4 * 4, 16);

/** Quantisers in natural order, i16[4][64]. */
export const quant: usize = memory.data(4 * 128, 16);
export const quantSet: usize = memory.data(4, 4);

export const block: usize = memory.data(128, 16);
export const work: usize = memory.data(128, 16);

// ---- The picture -----------------------------------------------------------------------------------------------

export let width: i32 = 0;
export let height: i32 = 0;
export let components: i32 = 0;
export let horizontal: i32 = 1; // luminance samples a chrominance sample, along a row
export let vertical: i32 = 1;
export let restartInterval: i32 = 0;
export let orientation: i32 = 1;
export let sawJfif: bool = false;
export let adobeTransform: i32 = -1;
export let sawFrame: bool = false;
export const componentId: usize = memory.data(4, 4);
export const componentQuant: usize = memory.data(4, 4);
export const componentTables: usize = memory.data(4, 4); // DC selector << 4 | AC selector
/** First byte and row length of each component's plane of whole blocks. */
export const planeAt: usize = memory.data(16, 16);
export const planeStride: usize = memory.data(16, 16);

// ---- Memory ----------------------------------------------------------------------------------------------------

const arena: usize = __heap_base;
export let inputAt: usize = 0;
export let inputEnd: usize = 0;
export let next: usize = 0;
export let resultAt: usize = 0;

export function take(bytes: usize): usize {
  const at = (next + 15) & ~15;
  next = at + bytes;
  const pages = <i32>((next + 65535) >>> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) return 0;
  return at;
}

/** Makes room for a file of `bytes` bytes and returns where to put it, or 0 where memory is short. */
export function reserve(bytes: i32): usize {
  next = arena;
  inputAt = take(<usize>bytes + 64);
  inputEnd = inputAt + bytes;
  return inputAt;
}

export function getWidth(): i32 {
  return width;
}
export function getHeight(): i32 {
  return height;
}
export function getComponents(): i32 {
  return components;
}
/** EXIF orientation, 1 to 8. */
export function getOrientation(): i32 {
  return orientation;
}
/** Where the decoded planes lie: [component, row, col], one byte each, without gaps. */
export function getResult(): usize {
  return resultAt;
}
