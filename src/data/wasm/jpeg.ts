// Baseline JPEG (ITU-T T.81) to planar pixels, in AssemblyScript. It decodes the regular case only, bit for bit as
// libjpeg-turbo does with its accurate inverse DCT and smooth upsampling; at the slightest irregularity it returns a
// status other than 0 and the caller hands the file to sharp.

/** The file is decoded here: `decode` returned this. */
const ok: i32 = 0;
/** Regular or not, this file is not for this decoder. */
const other: i32 = 1;

/** Side limit: larger pictures are rare, and 32-bit addresses would overflow in the middle of the work. */
const maxSide: i32 = 16384;

// ---- Tables ----------------------------------------------------------------------------------------------------

const zigzag: usize = memory.data<u8>([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35,
  42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
]);
const lookBits: i32 = 10;
const lookSize: usize = 1 << lookBits;
/**
 * Four Huffman tables (DC 0, DC 1, AC 0, AC 1), an i32 for every 10 bits that may come next:
 * bits 0-7 how many bits code and value take together, 8-15 the run of zeros, 16-31 the value; where both do not fit in
 * 10 bits, bits 0-7 are 0 and 8-15 hold the symbol, 16-23 the code's length; 0 in all where the code itself is longer.
 */
const look: usize = memory.data(16384, 16);
/** For codes above 10 bits, for every table and length: the largest code left-aligned to 16 bits plus one, and the symbol's offset. */
const longLimit: usize = memory.data(4 * 17 * 4, 16);
const longOffset: usize = memory.data(4 * 17 * 4, 16);
const symbols: usize = memory.data(4 * 256, 16);
const tableSet: usize = memory.data(4, 4);
/** The DHT segment that each table was made from, so that a batch from one camera builds its tables once. */
const madeFrom: usize = memory.data(4 * 288, 16);
const madeLength: usize = memory.data(4 * 4, 16);

/** Quantisers in natural order, i16[4][64]. */
const quant: usize = memory.data(4 * 128, 16);
const quantSet: usize = memory.data(4, 4);

const block: usize = memory.data(128, 16);
const work: usize = memory.data(128, 16);

// ---- The picture -----------------------------------------------------------------------------------------------

let width: i32 = 0;
let height: i32 = 0;
let components: i32 = 0;
let horizontal: i32 = 1; // luminance samples a chrominance sample, along a row
let vertical: i32 = 1;
let restartInterval: i32 = 0;
let orientation: i32 = 1;
let sawJfif: bool = false;
let adobeTransform: i32 = -1;
let sawFrame: bool = false;
const componentId: usize = memory.data(4, 4);
const componentQuant: usize = memory.data(4, 4);
const componentTables: usize = memory.data(4, 4); // DC selector << 4 | AC selector
/** First byte and row length of each component's plane of whole blocks. */
const planeAt: usize = memory.data(16, 16);
const planeStride: usize = memory.data(16, 16);

// ---- Memory ----------------------------------------------------------------------------------------------------

const arena: usize = __heap_base;
let inputAt: usize = 0;
let inputEnd: usize = 0;
let next: usize = 0;
let resultAt: usize = 0;

function take(bytes: usize): usize {
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

// ---- Headers ---------------------------------------------------------------------------------------------------

// @ts-ignore: decorator
@inline
function be16(at: usize): i32 {
  return (<i32>load<u8>(at) << 8) | load<u8>(at, 1);
}

/** Reads the header only: 0 when `decode` may be called. The scan's place is kept. */
let scanAt: usize = 0;

export function readHeader(): i32 {
  width = height = components = 0;
  horizontal = vertical = 1;
  restartInterval = 0;
  orientation = 1;
  sawJfif = sawFrame = false;
  adobeTransform = -1;
  store<u32>(quantSet, 0);
  store<u32>(tableSet, 0);
  let at = inputAt;
  if (inputEnd - at < 4 || be16(at) != 0xffd8) return other;
  at += 2;
  while (at + 4 <= inputEnd) {
    if (load<u8>(at) != 0xff) return other;
    const marker = <i32>load<u8>(at, 1);
    const length = <usize>be16(at + 2);
    const from = at + 4;
    const to = at + 2 + length;
    if (length < 2 || to > inputEnd) return other;
    let status = ok;
    if (marker == 0xdb) status = readQuantisers(from, to);
    else if (marker == 0xc4) status = readHuffman(from, to);
    else if (marker == 0xc0 || marker == 0xc1) status = readFrame(from, to);
    else if (marker == 0xdd) status = readRestart(from, to);
    else if (marker == 0xda) {
      scanAt = to;
      return readScan(from, to);
    } else if (marker == 0xe0) status = readJfif(from, to);
    else if (marker == 0xe1) status = readExif(from, to);
    else if (marker == 0xee) status = readAdobe(from, to);
    else if (marker == 0xe2) return other; // a colour profile: sharp converts by it
    else if (marker != 0xfe && (marker < 0xe0 || marker > 0xef)) return other;
    if (status != ok) return status;
    at = to;
  }
  return other;
}

function readQuantisers(from: usize, to: usize): i32 {
  let at = from;
  while (at < to) {
    const which = load<u8>(at++);
    if (which > 3 || at + 64 > to) return other; // 16-bit quantisers are not baseline
    for (let k: usize = 0; k < 64; k++) {
      const value = <i16>load<u8>(at + k);
      if (value == 0) return other;
      store<i16>(quant + which * 128 + 2 * <usize>load<u8>(zigzag + k), value);
    }
    store<u8>(quantSet + which, 1);
    at += 64;
  }
  return ok;
}

function readHuffman(from: usize, to: usize): i32 {
  let at = from;
  while (at < to) {
    const which = load<u8>(at);
    if ((which & 0xee) != 0 || at + 17 > to) return other; // baseline has tables 0 and 1 of each kind
    let count: usize = 0;
    for (let length: usize = 1; length <= 16; length++) count += load<u8>(at + length);
    if (count > 256 || at + 17 + count > to) return other;
    const table = <usize>((which >> 3) | (which & 1));
    if (!sameAsMade(table, at, 17 + count)) {
      store<u32>(madeLength + 4 * table, 0);
      if (makeTable(table, at + 1, count) != ok) return other;
      memory.copy(madeFrom + table * 288, at, 17 + count);
      store<u32>(madeLength + 4 * table, <u32>(<i32>count + 17));
    }
    store<u8>(tableSet + table, 1);
    at += 17 + count;
  }
  return ok;
}

function sameAsMade(table: usize, at: usize, length: usize): bool {
  return load<u32>(madeLength + 4 * table) == <u32>length && memory.compare(madeFrom + table * 288, at, length) == 0;
}

function makeTable(table: usize, counts: usize, count: usize): i32 {
  const isDc = table < 2;
  const lookAt = look + table * lookSize * 4;
  memory.fill(lookAt, 0, lookSize * 4);
  memory.copy(symbols + table * 256, counts + 16, count);
  let code: i32 = 0;
  let index: i32 = 0;
  for (let length: i32 = 1; length <= 16; length++) {
    const here = <i32>load<u8>(counts + length - 1);
    store<i32>(longOffset + (table * 17 + length) * 4, index - code);
    for (let i = 0; i < here; i++, code++, index++) {
      const symbol = <i32>load<u8>(counts + 16 + index);
      if (isDc ? symbol > 11 : (symbol & 15) > 10) return other; // more bits than 8-bit samples can need
      if (length <= lookBits) fillLook(lookAt, code, length, symbol, isDc);
    }
    store<i32>(longLimit + (table * 17 + length) * 4, code << (16 - length));
    if (code > 1 << length || (here > 0 && code == 1 << length)) return other; // too many codes, or one of all ones
    code <<= 1;
  }
  return ok;
}

/** Every continuation of one code: with its value where that fits too. */
function fillLook(lookAt: usize, code: i32, length: i32, symbol: i32, isDc: bool): void {
  const size = isDc ? symbol : symbol & 15;
  const run = isDc ? 0 : symbol >> 4;
  const rest = lookBits - length;
  for (let tail = 0; tail < 1 << rest; tail++) {
    let entry = (length << 16) | (symbol << 8);
    if (size <= rest && (isDc || size > 0)) {
      const bits = tail >> (rest - size);
      entry = (extend(bits, size) << 16) | (run << 8) | (length + size);
    }
    store<i32>(lookAt + 4 * <usize>((code << rest) | tail), entry);
  }
}

// @ts-ignore: decorator
@inline
function extend(bits: i32, size: i32): i32 {
  return bits + (((bits - ((1 << size) >> 1)) >> 31) & (1 - (1 << size)));
}

function readFrame(from: usize, to: usize): i32 {
  if (sawFrame || to - from < 6 || load<u8>(from) != 8) return other;
  sawFrame = true;
  height = be16(from + 1);
  width = be16(from + 3);
  components = load<u8>(from, 5);
  if (width == 0 || height == 0 || width > maxSide || height > maxSide) return other;
  if ((components != 1 && components != 3) || to - from != 6 + 3 * components) return other;
  for (let c = 0; c < components; c++) {
    const at = from + 6 + 3 * c;
    const sampling = load<u8>(at, 1);
    if (load<u8>(at, 2) > 3) return other;
    store<u8>(componentId + c, load<u8>(at));
    store<u8>(componentQuant + c, load<u8>(at, 2));
    if ((sampling & 0xcc) != 0 || (sampling & 0x0f) == 0 || (sampling & 0xf0) == 0) return other;
    if (components == 1) continue; // a single component's sampling changes nothing
    if (c > 0) {
      if (sampling != 0x11) return other;
      continue;
    }
    if (sampling != 0x11 && sampling != 0x21 && sampling != 0x22) return other;
    horizontal = sampling >> 4;
    vertical = sampling & 15;
  }
  // So narrow that libjpeg repeats chrominance instead of smoothing it.
  return horizontal == 2 && width <= 4 ? other : ok;
}

function readRestart(from: usize, to: usize): i32 {
  if (to - from != 2) return other;
  restartInterval = be16(from);
  return ok;
}

/** libjpeg warns of revisions other than 1 and 2. */
function readJfif(from: usize, to: usize): i32 {
  if (to - from < 14 || load<u32>(from) != 0x4649464a || load<u8>(from, 4) != 0) return ok;
  const revision = load<u8>(from, 5);
  sawJfif = true;
  return revision == 1 || revision == 2 ? ok : other;
}

/** Only Adobe's marker for YCbCr (or grey) is regular. */
function readAdobe(from: usize, to: usize): i32 {
  if (to - from < 12 || load<u32>(from) != 0x626f6441 || load<u8>(from, 4) != 0x65) return ok;
  adobeTransform = load<u8>(from, 11);
  return ok;
}

function readExif(from: usize, to: usize): i32 {
  if (to - from < 14 || load<u32>(from) != 0x66697845 || load<u16>(from, 4) != 0) return ok;
  const tiff = from + 6;
  const little = load<u16>(tiff) == 0x4949;
  if (!little && load<u16>(tiff) != 0x4d4d) return other;
  if (exif16(tiff + 2, little) != 42) return other;
  const directory = tiff + <usize>exif32(tiff + 4, little);
  if (directory < tiff || directory + 2 > to) return other;
  const entries = exif16(directory, little);
  if (directory + 2 + 12 * <usize>entries > to) return other;
  for (let entry: i32 = 0; entry < entries; entry++) {
    const at = directory + 2 + 12 * <usize>entry;
    if (exif16(at, little) != 0x0112) continue;
    if (exif16(at + 2, little) != 3 || exif32(at + 4, little) != 1) return other;
    orientation = exif16(at + 8, little);
    if (orientation < 1 || orientation > 8) return other;
  }
  return ok;
}

function exif16(at: usize, little: bool): i32 {
  return little ? <i32>load<u16>(at) : be16(at);
}

function exif32(at: usize, little: bool): u32 {
  return little ? load<u32>(at) : bswap<u32>(load<u32>(at));
}

function readScan(from: usize, to: usize): i32 {
  if (!sawFrame || to - from != 4 + 2 * components || load<u8>(from) != <u8>components) return other;
  for (let c = 0; c < components; c++) {
    const selector = load<u8>(from + 2 + 2 * c);
    if (load<u8>(from + 1 + 2 * c) != load<u8>(componentId + c) || (selector & 0xee) != 0) return other;
    if (!load<u8>(tableSet + (selector >> 4)) || !load<u8>(tableSet + 2 + (selector & 1))) return other;
    if (!load<u8>(quantSet + load<u8>(componentQuant + c))) return other;
    store<u8>(componentTables + c, selector);
  }
  const spectral = from + 1 + 2 * components;
  if (load<u8>(spectral) != 0 || load<u8>(spectral, 1) != 63 || load<u8>(spectral, 2) != 0) return other;
  return isYcc() ? ok : other;
}

/** Whether libjpeg would take three components for YCbCr. */
function isYcc(): bool {
  if (components == 1 || sawJfif) return true;
  if (adobeTransform >= 0) return adobeTransform == 1;
  return load<u8>(componentId) == 1 && load<u8>(componentId, 1) == 2 && load<u8>(componentId, 2) == 3;
}

// ---- Entropy-coded data ----------------------------------------------------------------------------------------

let bits: u64 = 0; // the next bits, left-aligned
let bitCount: i32 = 0;
let readAt: usize = 0;
let segmentEnd: usize = 0;
/** Where the marker that ended the segment stands in the file. */
let markerAt: usize = 0;

/** Copies one segment without its stuffed zeros to `to`, behind it 16 zero bytes; false where the file ends first. */
function unstuff(from: usize, to: usize): bool {
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
function segmentUsedUp(): bool {
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

let lastIndex: i32 = 0;

/** The DC difference; `failed` is set where no code fits. */
let failed: bool = false;
function readDc(table: usize): i32 {
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
function readAc(table: usize): void {
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

// ---- Inverse DCT: Loeffler, Ligtenberg and Moschytz 1989, as libjpeg's jidctint scales and rounds it -------------------

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

/** Two rows of words to bytes around 128, stored as rows `row` and `row + 1`. */
// @ts-ignore: decorator
@inline
function storeRows(at: usize, out: usize, stride: usize): void {
  const bytes = i8x16.add(i8x16.narrow_i16x8_s(v128.load(at), v128.load(at, 16)), i8x16.splat(-128));
  v128.store64_lane(out, bytes, 0);
  v128.store64_lane(out + stride, bytes, 1);
}

/**
 * Dequantises `block`, transforms it and stores 8x8 bytes. False for coefficients so large that libjpeg's 16-bit lanes
 * would wrap: what it shows then is not worth equalling.
 */
function inverse(quantAt: usize, out: usize, stride: usize): bool {
  let largest = i64x2.splat(0);
  for (let row: usize = 0; row < 128; row += 16) {
    const coefficients = v128.load(block + row);
    const scale = v128.load(quantAt + row);
    const exactLow = i32x4.extmul_low_i16x8_s(coefficients, scale);
    const exactHigh = i32x4.extmul_high_i16x8_s(coefficients, scale);
    largest = v128.or(largest, v128.or(i32x4.abs(exactLow), i32x4.abs(exactHigh)));
    v128.store(work + row, i16x8.mul(coefficients, scale));
    v128.store(block + row, i64x2.splat(0));
  }
  // 2047 * 2 is as far as a regular encoder's rounding can go; below 4096 no lane can wrap.
  if (v128.any_true(v128.and(largest, i32x4.splat(~4095)))) return false;
  idctPass(work, 11);
  transpose(work);
  idctPass(work, 18);
  transpose(work);
  storeRows(work, out, stride);
  storeRows(work + 32, out + 2 * stride, stride);
  storeRows(work + 64, out + 4 * stride, stride);
  storeRows(work + 96, out + 6 * stride, stride);
  return true;
}

/** A block whose only coefficient is DC: the same value 64 times. */
// @ts-ignore: decorator
@inline
function flat(dc: i32, out: usize, stride: usize): void {
  const level = min(max(((dc * 4 + 16) >> 5) + 128, 0), 255);
  const bytes = i8x16.splat(<i8>level);
  for (let row: usize = 0; row < 8; row++) v128.store64_lane(out + row * stride, bytes, 0);
}

// ---- The scan --------------------------------------------------------------------------------------------------

const previousDc: usize = memory.data(16, 16);

/** One block of component `c` at block column `blockCol` of block row `blockRow`; false where it is irregular. */
// @ts-ignore: decorator
@inline
function decodeBlock(c: usize, blockRow: i32, blockCol: i32): bool {
  const selector = <usize>load<u8>(componentTables + c);
  const dc = load<i32>(previousDc + 4 * c) + readDc(selector >> 4);
  store<i32>(previousDc + 4 * c, dc);
  readAc(2 + (selector & 1));
  if (failed || dc < -2047 || dc > 2047) return false;
  const stride = <usize>load<u32>(planeStride + 4 * c);
  const out = <usize>load<u32>(planeAt + 4 * c) + <usize>blockRow * 8 * stride + <usize>blockCol * 8;
  const quantAt = quant + <usize>load<u8>(componentQuant + c) * 128;
  if (lastIndex == 0) {
    const level = dc * load<i16>(quantAt);
    if (level < -8191 || level > 8191) return false;
    flat(level, out, stride);
    return true;
  }
  store<i16>(block, <i16>dc);
  return inverse(quantAt, out, stride);
}

/** Decodes the scan that `readHeader` found; 0 when the planes stand at `getResult()`. */
export function decode(): i32 {
  const mcuCols = (width + 8 * horizontal - 1) / (8 * horizontal);
  const mcuRows = (height + 8 * vertical - 1) / (8 * vertical);
  if (!takePlanes(mcuCols, mcuRows)) return other;
  // One unit of broken data can read 1.3 KB past its segment before the check below sees it.
  const stream = take(inputEnd - scanAt + 2048);
  resultAt = take(<usize>width * height * components + 64);
  if (stream == 0 || resultAt == 0) return other;
  memory.fill(block, 0, 128);
  memory.fill(previousDc, 0, 16);
  failed = false;
  if (!unstuff(scanAt, stream)) return other;
  let untilRestart = restartInterval;
  let restarts: i32 = 0;
  for (let mcuRow = 0; mcuRow < mcuRows; mcuRow++) {
    for (let mcuCol = 0; mcuCol < mcuCols; mcuCol++) {
      if (restartInterval != 0 && untilRestart == 0) {
        if (!segmentUsedUp() || load<u8>(markerAt, 1) != <u8>(0xd0 + (restarts & 7))) return other;
        if (!unstuff(markerAt + 2, stream)) return other;
        memory.fill(previousDc, 0, 16);
        untilRestart = restartInterval;
        restarts++;
      }
      if (!decodeMcu(mcuRow, mcuCol)) return other;
      if (readAt > segmentEnd + 16) return other; // ran past the data: the rest would be zeros
      untilRestart--;
    }
  }
  if (!segmentUsedUp() || load<u8>(markerAt, 1) != 0xd9) return other;
  if (components == 1) cropGrey();
  else toRgb();
  return ok;
}

function takePlanes(mcuCols: i32, mcuRows: i32): bool {
  for (let c: usize = 0; c < <usize>components; c++) {
    const stride = mcuCols * 8 * (c == 0 ? horizontal : 1);
    const at = take(<usize>stride * <usize>(mcuRows * 8 * (c == 0 ? vertical : 1)) + 64);
    if (at == 0) return false;
    store<u32>(planeAt + 4 * c, <u32>at);
    store<u32>(planeStride + 4 * c, <u32>stride);
  }
  return true;
}

// @ts-ignore: decorator
@inline
function decodeMcu(mcuRow: i32, mcuCol: i32): bool {
  for (let y = 0; y < vertical; y++) {
    for (let x = 0; x < horizontal; x++) {
      if (!decodeBlock(0, mcuRow * vertical + y, mcuCol * horizontal + x)) return false;
    }
  }
  if (components == 1) return true;
  return decodeBlock(1, mcuRow, mcuCol) && decodeBlock(2, mcuRow, mcuCol);
}

function cropGrey(): void {
  const stride = load<u32>(planeStride);
  if (stride == <u32>width) {
    resultAt = load<u32>(planeAt);
    return;
  }
  for (let row: i32 = 0; row < height; row++) {
    memory.copy(resultAt + <usize>(row * width), <usize>load<u32>(planeAt) + <usize>(row * stride), width);
  }
}

// ---- Colour ----------------------------------------------------------------------------------------------------

function toRgb(): void {
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
function times(a: v128, factor: i32): v128 {
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
