import { DataError } from "../../core/errors";
import type { FrameSamples } from "./frameSamples";
import { type DicomImage, bigEndian } from "./header";
import { type LookupTable, lookUp, tableOf } from "./lookup";

/** The stored values of one frame, before rescaling and windows; colours as RGB. */
export interface Samples {
  /** `[channel, row, col]` */
  readonly values: Float64Array;
  readonly channels: 1 | 3;
  /** Bits of a value. */
  readonly bits: number;
}

/**
 * Turns bytes into values `[channel, row, col]`: grey as stored, colour as RGB, palettes looked up.
 *
 * @throws DataError when there are too few bytes, or the colours are none that is known
 */
export function samplesOf(image: DicomImage, frame: FrameSamples): Samples {
  const { file, bitsStored, samples } = image;
  const { photometric } = frame;
  const values = areHalved(image, frame) ? halved(image, frame) : ordered(image, frame);
  if (photometric === "PALETTE COLOR") return lookedUp(image, values);
  if (samples === 1) return { values, channels: 1, bits: bitsStored };
  if (photometric === "YBR_FULL" || photometric === "YBR_FULL_422") toRgb(values, bitsStored);
  else if (!["RGB", "YBR_RCT", "YBR_ICT"].includes(photometric)) {
    throw new DataError({
      where: "readImages",
      file,
      required: "colours as RGB, YBR_FULL or a palette",
      got: photometric,
    });
  }
  return { values, channels: 3, bits: bitsStored };
}

/** Whether two pixels still share their colours: codecs give every pixel its own. */
function areHalved({ rows, cols, samples, bitsAllocated }: DicomImage, { bytes, photometric }: FrameSamples): boolean {
  return photometric.endsWith("_422") && samples === 3 && bitsAllocated === 8 && bytes.length < 3 * rows * cols;
}

function checkLength({ file, bitsAllocated }: DicomImage, { bytes }: FrameSamples, count: number): void {
  const required = Math.ceil((count * bitsAllocated) / 8);
  if (bytes.length >= required) return;
  throw new DataError({ where: "readImages", file, required: `${required} bytes of pixels`, got: `${bytes.length}` });
}

function ordered(image: DicomImage, frame: FrameSamples): Float64Array {
  const { bytes, planar } = frame;
  const { rows, cols, samples } = image;
  const size = rows * cols;
  checkLength(image, frame, samples * size);
  const read = reader(image, bytes);
  const values = new Float64Array(samples * size);
  const [pixelStep, sampleStep] = planar ? [1, size] : [samples, 1];
  for (let sample = 0; sample < samples; sample++) {
    for (let at = 0; at < size; at++) values[sample * size + at] = read(at * pixelStep + sample * sampleStep);
  }
  return values;
}

/** Two pixels at a time: their brightnesses, then the colours that they share (PS3.3, C.7.6.3.1.2). */
function halved(image: DicomImage, frame: FrameSamples): Float64Array {
  const size = image.rows * image.cols;
  checkLength(image, frame, 2 * (size + (size & 1)));
  const read = reader(image, frame.bytes);
  const values = new Float64Array(3 * size);
  for (let at = 0; at < size; at++) {
    const pair = 4 * (at >> 1);
    values[at] = read(pair + (at & 1));
    values[size + at] = read(pair + 2);
    values[2 * size + at] = read(pair + 3);
  }
  return values;
}

/** Reads the value at a place, only the bits that are stored. */
function reader(image: DicomImage, bytes: Uint8Array): (at: number) => number {
  const { bitsAllocated, bitsStored, highBit, signed, syntax } = image;
  if (bitsAllocated === 1) return (at) => ((bytes[at >> 3] as number) >> (at & 7)) & 1;
  const big = syntax === bigEndian;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const raw = {
    8: (at: number) => bytes[at] as number,
    16: (at: number) => view.getUint16(2 * at, !big),
    32: (at: number) => view.getUint32(4 * at, !big),
  }[bitsAllocated as 8 | 16 | 32];
  const [down, range] = [2 ** (highBit + 1 - bitsStored), 2 ** bitsStored];
  return (at) => {
    const value = Math.floor(raw(at) / down) % range;
    return signed && value >= range / 2 ? value - range : value;
  };
}

/** ITU-R BT.601 at full range, rounded (PS3.3, C.7.6.3.1.2). */
function toRgb(values: Float64Array, bits: number): void {
  const size = values.length / 3;
  const [most, middle] = [2 ** bits - 1, 2 ** (bits - 1)];
  const clamped = (value: number): number => Math.min(most, Math.max(0, Math.floor(value + 0.5)));
  for (let at = 0; at < size; at++) {
    const [y, cb, cr] = [
      values[at] as number,
      (values[size + at] as number) - middle,
      (values[2 * size + at] as number) - middle,
    ];
    values[at] = clamped(y + 1.402 * cr);
    values[size + at] = clamped(y - (0.114 * 1.772 * cb + 0.299 * 1.402 * cr) / 0.587);
    values[2 * size + at] = clamped(y + 1.772 * cb);
  }
}

/** Colours of a palette (PS3.3, C.7.9): three tables of 8 or 16 bits. */
function lookedUp(image: DicomImage, indices: Float64Array): Samples {
  const size = indices.length;
  const values = new Float64Array(3 * size);
  const tables = ["1", "2", "3"].map((colour) =>
    tableOf(image, image.dataSet, `x0028110${colour}`, `x0028120${colour}`),
  ) as [LookupTable, LookupTable, LookupTable];
  tables.forEach((table, plane) => {
    for (let at = 0; at < size; at++) values[plane * size + at] = lookUp(table, indices[at] as number);
  });
  return { values, channels: 3, bits: tables[2].bits };
}
