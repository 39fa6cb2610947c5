// Everything before the scan: markers, tables, the frame (T.81, annex B).
import {
  ok,
  other,
  maxSide,
  zigzag,
  lookBits,
  lookSize,
  look,
  longLimit,
  longOffset,
  endOfBlock,
  noSymbol,
  symbols,
  tableSet,
  madeFrom,
  madeLength,
  quant,
  quantSet,
  width,
  height,
  components,
  horizontal,
  vertical,
  restartInterval,
  orientation,
  sawJfif,
  sawExif,
  adobeTransform,
  sawFrame,
  componentId,
  componentQuant,
  componentTables,
  inputAt,
  inputEnd,
  take,
} from "./jpegState";

// @ts-ignore: decorator
@inline
function be16(at: usize): i32 {
  return (<i32>load<u8>(at) << 8) | load<u8>(at, 1);
}

/** Where the scan's data begin. */
export let scanAt: usize = 0;

/** Reads what stands before the scan; 0 when `decode` may be called. */
export function readHeader(): i32 {
  width = height = components = 0;
  horizontal = vertical = 1;
  restartInterval = 0;
  orientation = 1;
  sawJfif = sawExif = sawFrame = false;
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

// 2047 * 2 is as far as a regular encoder's rounding can go, and up to here no 16-bit lane of libjpeg's wraps.
const mostDequantised: i16 = 4095;

function readQuantisers(from: usize, to: usize): i32 {
  let at = from;
  while (at < to) {
    const which = load<u8>(at++);
    if (which > 3 || at + 64 > to) return other; // 16-bit quantisers are not baseline
    for (let k: usize = 0; k < 64; k++) {
      const value = <i16>load<u8>(at + k);
      if (value == 0) return other;
      const entry = quant + which * 256 + 2 * <usize>load<u8>(zigzag + k);
      store<i16>(entry, value);
      store<i16>(entry, mostDequantised / value, 128);
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
  const lookAt = look + table * lookSize * 8;
  memory.fill(lookAt, 0, lookSize * 8);
  memory.copy(symbols + table * 256, counts + 16, count);
  let code: i32 = 0;
  let index: i32 = 0;
  for (let length: i32 = 1; length <= 16; length++) {
    const here = <i32>load<u8>(counts + length - 1);
    // Too many codes, which would lie behind the table, or one of all ones.
    if (code + here > 1 << length || (here > 0 && code + here == 1 << length)) return other;
    store<i32>(longOffset + (table * 17 + length) * 4, index - code);
    for (let i = 0; i < here; i++, code++, index++) {
      const symbol = <i32>load<u8>(counts + 16 + index);
      if (isDc ? symbol > 11 : (symbol & 15) > 10) return other; // more bits than 8-bit samples can need
      if (length <= lookBits) fillLook(lookAt, code, length, symbol, isDc);
    }
    store<i32>(longLimit + (table * 17 + length) * 4, code << (16 - length));
    code <<= 1;
  }
  if (!isDc) joinPairs(lookAt);
  return ok;
}

/** Every continuation of one code: with its value where that fits too. */
function fillLook(lookAt: usize, code: i32, length: i32, symbol: i32, isDc: bool): void {
  const size = isDc ? symbol : symbol & 15;
  const rest = lookBits - length;
  for (let tail = 0; tail < 1 << rest; tail++) {
    const behind = (<u64>tail << 1) << (63 - rest);
    const entry = size <= rest ? entryOf(symbol, length, behind, isDc) : <u64>((length << 16) | (symbol << 8));
    store<u64>(lookAt + 8 * <usize>((code << rest) | tail), entry);
  }
}

/** The entry of one symbol whose code has so many bits; `behind`: the bits that follow the code, left-aligned. */
export function entryOf(symbol: u32, length: u32, behind: u64, isDc: bool): u64 {
  const size = isDc ? symbol : symbol & 15;
  const total = <u64>(length + size);
  let step: u32 = isDc ? 1 : (symbol >> 4) + 1;
  if (!isDc && size == 0 && symbol != 0xf0) {
    if (symbol != 0) return noSymbol;
    step = endOfBlock;
  }
  const value = size == 0 ? 0 : <u64>extend(<i32>(behind >> (64 - size)), size) & 0xffff;
  return (value << 48) | (value << 32) | (total << 24) | (step << 8) | total;
}

const singles: usize = memory.data(8 << lookBits, 16);

/** Joins coefficients with what follows them, where both fit. */
function joinPairs(lookAt: usize): void {
  memory.copy(singles, lookAt, lookSize * 8);
  for (let at: usize = 0; at < lookSize; at++) {
    const first = load<u64>(singles + 8 * at);
    const used = first & 255;
    if (used == 0 || ((first >> 8) & 255) > 16) continue; // no coefficient
    const second = load<u64>(singles + 8 * ((at << <usize>used) & (lookSize - 1)));
    const total = used + (second & 255);
    if (total == used || total > <u64>lookBits) continue;
    const values = (second & 0xffff000000000000) | (first & 0xffff00000000);
    store<u64>(lookAt + 8 * at, values | (used << 24) | ((second & 0xff00) << 8) | (first & 0xff00) | total);
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

/** libjpeg-turbo warns of revisions other than 1, and sharp refuses what is warned of. */
function readJfif(from: usize, to: usize): i32 {
  if (to - from < 14 || load<u32>(from) != 0x4649464a || load<u8>(from, 4) != 0) return ok;
  const revision = load<u8>(from, 5);
  sawJfif = true;
  return revision == 1 ? ok : other;
}

/** Only Adobe's marker for YCbCr (or grey) is regular. */
function readAdobe(from: usize, to: usize): i32 {
  if (to - from < 12 || load<u32>(from) != 0x626f6441 || load<u8>(from, 4) != 0x65) return ok;
  adobeTransform = load<u8>(from, 11);
  return ok;
}

/** Of two segments, or two orientations in one, sharp has rules of its own for which counts. */
function readExif(from: usize, to: usize): i32 {
  if (to - from < 4 || load<u32>(from) != 0x66697845) return ok;
  if (sawExif || to - from < 14 || load<u16>(from, 4) != 0) return other;
  sawExif = true;
  const tiff = from + 6;
  const little = load<u16>(tiff) == 0x4949;
  if (!little && load<u16>(tiff) != 0x4d4d) return other;
  if (exif16(tiff + 2, little) != 42) return other;
  const directory = tiff + <usize>exif32(tiff + 4, little);
  if (directory < tiff || directory > to - 2) return other; // directory + 2 could begin again at 0
  const entries = exif16(directory, little);
  if (directory + 2 + 12 * <usize>entries > to) return other;
  let sawOrientation = false;
  for (let entry: i32 = 0; entry < entries; entry++) {
    const at = directory + 2 + 12 * <usize>entry;
    if (exif16(at, little) != 0x0112) continue;
    if (sawOrientation || exif16(at + 2, little) != 3 || exif32(at + 4, little) != 1) return other;
    orientation = exif16(at + 8, little);
    if (orientation < 1 || orientation > 8) return other;
    sawOrientation = true;
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
