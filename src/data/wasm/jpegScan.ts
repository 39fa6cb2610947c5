// The scan: blocks into planes, one a component.
import {
  ok,
  other,
  quant,
  block,
  width,
  height,
  components,
  horizontal,
  vertical,
  restartInterval,
  componentQuant,
  componentTables,
  planeAt,
  planeStride,
  inputEnd,
  resultAt,
  take,
} from "./jpegState";
import { scanAt } from "./jpegHeader";
import { markerAt, unstuff, bitsLeft, readBlock, dcDifference, lastIndex } from "./jpegEntropy";
import { inverse, flat } from "./jpegIdct";
import { toRgb } from "./jpegColour";

const previousDc: usize = memory.data(16, 16);

/** One block of component `c` at block column `blockCol` of block row `blockRow`; false where it is irregular. */
// @ts-ignore: decorator
@inline
function decodeBlock(c: usize, blockRow: i32, blockCol: i32): bool {
  const selector = <usize>load<u8>(componentTables + c);
  if (!readBlock(selector >> 4, 2 + (selector & 1))) return false;
  const dc = load<i32>(previousDc + 4 * c) + dcDifference;
  store<i32>(previousDc + 4 * c, dc);
  if (dc < -2047 || dc > 2047) return false;
  const stride = <usize>load<u32>(planeStride + 4 * c);
  const out = <usize>load<u32>(planeAt + 4 * c) + <usize>blockRow * 8 * stride + <usize>blockCol * 8;
  const quantAt = quant + <usize>load<u8>(componentQuant + c) * 256;
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
  const room = inputEnd - scanAt + 2048;
  const stream = take(room);
  resultAt = take(<usize>width * height * components + 64);
  if (stream == 0 || resultAt == 0) return other;
  memory.fill(block, 0, 144);
  memory.fill(previousDc, 0, 16);
  if (!unstuff(scanAt, stream + room)) return other;
  let untilRestart = restartInterval;
  let restarts: i32 = 0;
  for (let mcuRow = 0; mcuRow < mcuRows; mcuRow++) {
    for (let mcuCol = 0; mcuCol < mcuCols; mcuCol++) {
      if (restartInterval != 0 && untilRestart == 0) {
        if (!isUsedUp() || load<u8>(markerAt, 1) != <u8>(0xd0 + (restarts & 7))) return other;
        if (!unstuff(markerAt + 2, stream + room)) return other;
        memory.fill(previousDc, 0, 16);
        untilRestart = restartInterval;
        restarts++;
      }
      if (!decodeMcu(mcuRow, mcuCol)) return other;
      if (bitsLeft() < 0) return other;
      untilRestart--;
    }
  }
  if (!isUsedUp() || load<u8>(markerAt, 1) != 0xd9) return other;
  if (components == 1) cropGrey();
  else toRgb();
  return ok;
}

/** Whether the segment's data ended with its last whole byte used and not one bit more. */
function isUsedUp(): bool {
  return <u32>bitsLeft() < 8;
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
