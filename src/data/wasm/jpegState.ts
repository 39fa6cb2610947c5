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
/**
 * Where in `block` each coefficient goes, in bytes, by its position in zigzag order; positions behind the block's end lead
 * to spare bytes, so that they can be found out afterwards.
 */
export const place: usize = memory.data(256, 16);
memory.fill(place, 128, 256);
for (let k: usize = 0; k < 64; k++) store<u8>(place + k, 2 * load<u8>(zigzag + k));

export const lookBits: i32 = 10;
export const lookSize: usize = 1 << lookBits;
/**
 * Four Huffman tables (DC 0, DC 1, AC 0, AC 1), an entry of 64 bits for every 10 bits that may come next. It holds one
 * coefficient, or the two that fit together:
 * bits 0-7 how many bits it takes, 8-15 how many positions on the first stands, 16-23 how many behind that the second, 0 where
 * there is none, 24-31 how many bits the first takes alone, 32-47 the value of the first, 48-63 that of the second or else of
 * the first again. Where code and value do not fit in 10 bits, bits 0-7 are 0, 8-15 hold the symbol and 16-23 the
 * code's length; 0 in all where the code itself is longer.
 */
export const look: usize = memory.data(4 * 8 << lookBits, 16);
/** How many positions on the end of a block stands, from wherever it is reached. */
export const endOfBlock: u32 = 192;
/** The entry of a symbol that does not exist: it leads behind the block, but not to its end. */
export const noSymbol: u64 = (64 << 8) | 1;
/** For codes above 10 bits, for every table and length: the largest code left-aligned to 16 bits plus one, and the symbol's offset. */
export const longLimit: usize = memory.data(4 * 17 * 4, 16);
export const longOffset: usize = memory.data(4 * 17 * 4, 16);
export const symbols: usize = memory.data(4 * 256, 16);
export const tableSet: usize = memory.data(4, 4);
/** The DHT segment that each table was made from, so that a batch from one camera builds its tables once. */
export const madeFrom: usize = memory.data(4 * 288, 16);
export const madeLength: usize = memory.data(4 * 4, 16);

/** For each of four tables the quantisers in natural order, i16[64], and the largest coefficients that they may meet. */
export const quant: usize = memory.data(4 * 256, 16);
export const quantSet: usize = memory.data(4, 4);

/** The coefficients of a block in natural order, i16[64], and spare bytes. */
export const block: usize = memory.data(144, 16);
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
export let sawExif: bool = false;
export let adobeTransform: i32 = -1;
export let sawFrame: bool = false;
export const componentId: usize = memory.data(4, 4);
export const componentQuant: usize = memory.data(4, 4);
export const componentTables: usize = memory.data(4, 4); // DC selector << 4 | AC selector
/** First byte and row length of each component's plane of whole blocks. */
export const planeAt: usize = memory.data(16, 16);
export const planeStride: usize = memory.data(16, 16);

// ---- Memory ----------------------------------------------------------------------------------------------------

const front: usize = (__heap_base + 15) & ~15;
let arena: usize = front;
export let inputAt: usize = 0;
export let inputEnd: usize = 0;
export let next: usize = 0;
export let resultAt: usize = 0;

const lastPage: u64 = 0xffff0000; // is never used, so that no address wraps

/** Takes so many bytes and returns where they are, or 0 where memory is short. */
export function take(bytes: u64): usize {
  const at = (next + 15) & ~15;
  const end = <u64>at + bytes;
  if (end > lastPage) return 0;
  const pages = <i32>((end + 65535) >>> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) return 0;
  next = <usize>end;
  return at;
}

/** Keeps so many bytes before all pictures for somebody else, instead of those kept before; returns where, or 0. */
export function keep(bytes: u32): usize {
  next = front;
  if (take(bytes) == 0) return 0;
  arena = next;
  return front;
}

/** Makes room for a file of `bytes` bytes and returns where to put it, or 0 where memory is short. */
export function reserve(bytes: f64): usize {
  next = arena;
  inputAt = take(<u64>bytes + 64);
  inputEnd = inputAt + <usize>bytes;
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
