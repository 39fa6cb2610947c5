// Undoes the row filters of a PNG (W3C PNG, section 9) and lays its samples out in planes, in AssemblyScript.

const front: usize = (__heap_base + 15) & ~15;
let arena: usize = front;

const lastPage: u64 = 0xffff0000; // is never used, so that no address wraps

function take(at: usize, bytes: u64): usize {
  const end = <u64>at + bytes;
  if (end > lastPage) return 0;
  const pages = <i32>((end + 65535) >>> 16) - memory.size();
  return pages > 0 && memory.grow(pages) < 0 ? 0 : at;
}

let inputAt: usize = 0;
let resultAt: usize = 0;

/** Keeps so many bytes before all pictures for somebody else, instead of those kept before; returns where, or 0. */
export function keep(bytes: u32): usize {
  if (take(front, bytes) == 0) return 0;
  arena = (front + bytes + 15) & ~15;
  return front;
}

/** Makes room for `rows` filtered rows of `rowBytes` bytes (each after its filter byte) and returns where they go, or 0. */
export function reserve(rows: u32, rowBytes: u32): usize {
  const size = <u64>rows * (<u64>rowBytes + 1);
  // A row of zeros stands before the first: filters reach up. 32 bytes more, since whole vectors are read and written.
  const room = take(arena, 2 * size + <u64>rowBytes + 128);
  if (room == 0) return 0;
  memory.fill(arena, 0, rowBytes + 33);
  inputAt = arena + 32 + rowBytes;
  resultAt = (inputAt + <usize>size + 47) & ~15;
  return inputAt;
}

/** Where the planes lie: [channel, row, col], one or two bytes each, without gaps. */
export function getResult(): usize {
  return resultAt;
}

/** Undoes the filters in place; false for a filter that does not exist. */
export function unfilter(rows: i32, rowBytes: i32, pixelBytes: i32): bool {
  let above = inputAt - rowBytes;
  for (let row = 0; row < rows; row++) {
    const filterAt = inputAt + <usize>row * (<usize>rowBytes + 1);
    const line = filterAt + 1;
    const filter = load<u8>(filterAt);
    if (filter > 4) return false;
    if (pixelBytes == 3 && (filter == 1 || filter > 2)) undoRgb(line, above, rowBytes, filter);
    else if (filter == 1) undoSub(line, rowBytes, pixelBytes);
    else if (filter == 2) undoUp(line, above, rowBytes);
    else if (filter == 3) undoAverage(line, above, rowBytes, pixelBytes);
    else if (filter == 4) undoPaeth(line, above, rowBytes, pixelBytes);
    above = line;
  }
  return true;
}

function undoSub(line: usize, length: i32, step: i32): void {
  for (let x = <usize>step; x < <usize>length; x++) {
    store<u8>(line + x, load<u8>(line + x) + load<u8>(line + x - step));
  }
}

function undoUp(line: usize, above: usize, length: i32): void {
  const whole = <usize>(length & ~15);
  for (let x: usize = 0; x < whole; x += 16) v128.store(line + x, i8x16.add(v128.load(line + x), v128.load(above + x)));
  for (let x = whole; x < <usize>length; x++) store<u8>(line + x, load<u8>(line + x) + load<u8>(above + x));
}

function undoAverage(line: usize, above: usize, length: i32, step: i32): void {
  for (let x: usize = 0; x < <usize>length; x++) {
    const left = x < <usize>step ? 0 : <i32>load<u8>(line + x - step);
    store<u8>(line + x, load<u8>(line + x) + <u8>((left + load<u8>(above + x)) >> 1));
  }
}

function undoPaeth(line: usize, above: usize, length: i32, step: i32): void {
  for (let channel: usize = 0; channel < <usize>step; channel++) {
    let left: i32 = 0;
    let corner: i32 = 0;
    for (let x = channel; x < <usize>length; x += step) {
      const up = <i32>load<u8>(above + x);
      left = (load<u8>(line + x) + paeth(left, up, corner)) & 255;
      store<u8>(line + x, left);
      corner = up;
    }
  }
}

/** Of the three neighbours the one nearest to left + up - corner; left before up before corner where two are. */
// @ts-ignore: decorator
@inline
function paeth(left: i32, up: i32, corner: i32): i32 {
  const toLeft = abs(up - corner);
  const toUp = abs(left - corner);
  const toCorner = abs(left + up - 2 * corner);
  const upOrCorner = select(up, corner, toUp <= toCorner);
  return select(left, upOrCorner, toLeft <= toUp && toLeft <= toCorner);
}

/** Sub, Average or Paeth of 8-bit RGB: the three samples of a pixel at once. */
function undoRgb(line: usize, above: usize, length: i32, filter: u8): void {
  const low = i16x8.splat(255);
  let left = i64x2.splat(0);
  let corner = i64x2.splat(0);
  for (let x: usize = 0; x < <usize>length; x += 3) {
    const up = v128.load8x8_u(above + x);
    let guess = left;
    if (filter == 3) guess = i16x8.shr_u(i16x8.add(left, up), 1);
    else if (filter == 4) guess = paethOf(left, up, corner);
    left = v128.and(i16x8.add(v128.load8x8_u(line + x), guess), low);
    corner = up;
    const bytes = i8x16.narrow_i16x8_u(left, left);
    v128.store16_lane(line + x, bytes, 0);
    v128.store8_lane(line + x, bytes, 2, 2);
  }
}

/** As {@link paeth}, of words. */
// @ts-ignore: decorator
@inline
function paethOf(left: v128, up: v128, corner: v128): v128 {
  const fromCorner = i16x8.sub(up, corner);
  const leftward = i16x8.sub(left, corner);
  const toLeft = i16x8.abs(fromCorner);
  const toUp = i16x8.abs(leftward);
  const toCorner = i16x8.abs(i16x8.add(fromCorner, leftward));
  const upOrCorner = v128.bitselect(up, corner, i16x8.le_s(toUp, toCorner));
  return v128.bitselect(left, upOrCorner, i16x8.le_s(toLeft, i16x8.min_s(toUp, toCorner)));
}

/** Interleaved 8-bit samples to planes. */
export function planes8(rows: i32, cols: i32, channels: i32): void {
  const area = <usize>rows * cols;
  for (let row: usize = 0; row < <usize>rows; row++) {
    const line = inputAt + row * (<usize>(cols * channels) + 1) + 1;
    const out = resultAt + row * <usize>cols;
    if (channels == 1) {
      memory.copy(out, line, cols);
      continue;
    }
    const whole = <usize>(cols & ~15);
    for (let x: usize = 0; x < whole; x += 16) sixteenRgb(line + 3 * x, out + x, area);
    for (let x = whole; x < <usize>cols; x++) {
      store<u8>(out + x, load<u8>(line + 3 * x));
      store<u8>(out + area + x, load<u8>(line + 3 * x, 1));
      store<u8>(out + 2 * area + x, load<u8>(line + 3 * x, 2));
    }
  }
}

/** Every third of 48 bytes to each of three planes. */
// @ts-ignore: decorator
@inline
function sixteenRgb(from: usize, red: usize, area: usize): void {
  const a = v128.load(from);
  const b = v128.load(from, 16);
  const c = v128.load(from, 32);
  const redAB = v128.shuffle<u8>(a, b, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0);
  const greenAB = v128.shuffle<u8>(a, b, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0);
  const blueAB = v128.shuffle<u8>(a, b, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0);
  v128.store(red, v128.shuffle<u8>(redAB, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29));
  v128.store(red + area, v128.shuffle<u8>(greenAB, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30));
  v128.store(red + 2 * area, v128.shuffle<u8>(blueAB, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31));
}

/** Interleaved 16-bit samples, most significant byte first, to planes. */
export function planes16(rows: i32, cols: i32, channels: i32): void {
  const area = <usize>rows * cols;
  for (let row: usize = 0; row < <usize>rows; row++) {
    const line = inputAt + row * (<usize>(cols * channels * 2) + 1) + 1;
    for (let x: usize = 0; x < <usize>cols; x++) {
      for (let channel: usize = 0; channel < <usize>channels; channel++) {
        const sample = bswap<u16>(load<u16>(line + 2 * (x * channels + channel)));
        store<u16>(resultAt + 2 * (channel * area + row * cols + x), sample);
      }
    }
  }
}
