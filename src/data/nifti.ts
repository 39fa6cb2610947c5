import { gunzipSync } from "node:zlib";
import type { NiftiHeader } from "nifti-reader-js";
import { DataError } from "../core/errors";
import type { Decoded } from "./centre";
import type { Intensity } from "./readSettings";

/** A NIfTI file in memory. */
interface Volume {
  readonly header: NiftiHeader;
  /** `[slice, row, col]` as stored, rescaled. */
  readonly read: (at: number) => number;
  readonly cols: number;
  readonly rows: number;
  readonly slices: number;
  /** Of the type of its numbers; undefined for fractions. */
  readonly possible: readonly [low: number, high: number] | undefined;
  readonly bits: number;
}

interface NumberType {
  readonly bytes: number;
  readonly read: (view: DataView, at: number, little: boolean) => number;
  readonly possible?: readonly [number, number];
}

const whole = (bytes: number, signed: boolean): readonly [number, number] => {
  return signed ? [-(2 ** (8 * bytes - 1)), 2 ** (8 * bytes - 1) - 1] : [0, 2 ** (8 * bytes) - 1];
};

// The codes of numbers that the format knows, but for complex ones, colours and those of more than 64 bits.
const types: Readonly<Record<number, NumberType>> = {
  2: { bytes: 1, read: (view, at) => view.getUint8(at), possible: whole(1, false) },
  4: { bytes: 2, read: (view, at, little) => view.getInt16(at, little), possible: whole(2, true) },
  8: { bytes: 4, read: (view, at, little) => view.getInt32(at, little), possible: whole(4, true) },
  16: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  64: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
  256: { bytes: 1, read: (view, at) => view.getInt8(at), possible: whole(1, true) },
  512: { bytes: 2, read: (view, at, little) => view.getUint16(at, little), possible: whole(2, false) },
  768: { bytes: 4, read: (view, at, little) => view.getUint32(at, little), possible: whole(4, false) },
};

/** Whether a file is one of NIfTI, by its name. */
export function isNiftiName(name: string): boolean {
  return /\.nii(\.gz)?$/i.test(name);
}

/** How many slices a NIfTI file has: along its third axis, and for each point in time. */
export async function slicesOf(file: string, bytes: Uint8Array, mostBytes: number): Promise<number> {
  return (await openVolume(file, bytes, mostBytes)).slices;
}

/**
 * One slice across the third axis: columns along the first axis and rows along the second, in the order of the file,
 * which is not turned to how a radiologist looks at it. 16 bits, or 8 where the file has bytes.
 *
 * @throws DataError naming the file: damaged, not whole, or with numbers that are no brightness
 */
export async function decodeNifti(
  file: string,
  bytes: Uint8Array,
  slice: number,
  intensity: Intensity,
  mostBytes: number,
): Promise<Decoded> {
  const { header, read, rows, cols, possible, bits } = await openVolume(file, bytes, mostBytes);
  const values = Float64Array.from({ length: rows * cols }, (_, at) => read(slice * rows * cols + at));
  const [low, high] = rangeOf(header, values, possible, intensity);
  const most = bits === 8 ? 255 : 65535;
  const pixels = bits === 8 ? new Uint8Array(values.length) : new Uint16Array(values.length);
  values.forEach((value, at) => {
    const share = high > low ? (value - low) / (high - low) : 0;
    pixels[at] = Number.isNaN(share) ? 0 : Math.round(Math.min(1, Math.max(0, share)) * most);
  });
  return { pixels, shape: [1, rows, cols] };
}

function rangeOf(
  header: NiftiHeader,
  values: Float64Array,
  possible: Volume["possible"],
  intensity: Intensity,
): readonly [number, number] {
  if (intensity === "window" && header.cal_max > header.cal_min) return [header.cal_min, header.cal_max];
  if (intensity !== "data" && possible !== undefined) return possible;
  const finite = values.filter(Number.isFinite);
  return finite.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}

let latest: { readonly bytes: Uint8Array; readonly volume: Volume } | undefined;

/** The slices of a file are asked for one after another: what the latest was unpacked to is kept. */
async function openVolume(file: string, bytes: Uint8Array, mostBytes: number): Promise<Volume> {
  if (latest !== undefined && Buffer.compare(latest.bytes, bytes) === 0) return latest.volume;
  const volume = await parse(file, bytes, mostBytes);
  latest = { bytes, volume };
  return volume;
}

async function parse(file: string, bytes: Uint8Array, mostBytes: number): Promise<Volume> {
  const fail = (got: string): never => {
    throw new DataError({ where: "readImages", file, required: "a whole NIfTI file", got });
  };
  const { header, unpacked } = await unpack(file, bytes, mostBytes);
  const { datatypeCode, dims, littleEndian, vox_offset: from, scl_slope: slope, scl_inter: intercept } = header;
  const type = types[datatypeCode];
  if (type === undefined) return fail(`numbers of type ${datatypeCode}, which are not supported`);
  const length = (axis: number): number => Math.max(1, (dims[0] ?? 0) >= axis ? (dims[axis] ?? 1) : 1);
  const [cols, rows, slices] = [length(1), length(2), length(3) * length(4)];
  const size = cols * rows * slices * type.bytes;
  if (!(from >= 0 && from + size <= unpacked.length)) return fail(`${unpacked.length} bytes of ${from + size}`);
  const view = new DataView(unpacked.buffer, unpacked.byteOffset + from, size);
  // A slope of 0 means that there is none (NIfTI-1, on scl_slope).
  const isScaled = slope !== 0 && Number.isFinite(slope) && Number.isFinite(intercept);
  const scaled = (value: number): number => (isScaled ? value * slope + intercept : value);
  const [one, other] = (type.possible ?? [NaN, NaN]).map(scaled) as [number, number];
  return {
    ...{ header, cols, rows, slices, bits: 8 * type.bytes },
    read: (at) => scaled(type.read(view, at * type.bytes, littleEndian)),
    possible: type.possible === undefined ? undefined : [Math.min(one, other), Math.max(one, other)],
  };
}

async function unpack(
  file: string,
  bytes: Uint8Array,
  mostBytes: number,
): Promise<{ header: NiftiHeader; unpacked: Uint8Array }> {
  const { readHeader } = await import("nifti-reader-js");
  try {
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const unpacked = isPacked ? gunzipSync(bytes, { maxOutputLength: mostBytes }) : bytes;
    const { buffer, byteOffset, length } = unpacked;
    const header = readHeader(buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer);
    if (header !== null) return { header, unpacked };
  } catch (cause) {
    const got = `one that is damaged: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new DataError({ where: "readImages", file, required: "a whole NIfTI file", got }, { cause });
  }
  throw new DataError({ where: "readImages", file, required: "a NIfTI file", got: "none by its header" });
}
