import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Sharp } from "sharp";
import { afterAll } from "vitest";
import { sharp } from "../../src/core/packages";

/** A folder of its own for a test file, removed at its end. */
export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "deepfixcx-test-"));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A grey ramp as a file; the ending decides the format. */
export async function writeGrey(file: string, rows: number, cols: number, offset = 0): Promise<Uint8Array> {
  const pixels = Uint8Array.from({ length: rows * cols }, (_, at) => (at * 7 + offset) % 256);
  await mkdir(dirname(file), { recursive: true });
  const picture = sharp()(pixels, { raw: { width: cols, height: rows, channels: 1 } }).toColourspace("b-w");
  await lossless(picture, file).toFile(file);
  return pixels;
}

/** sharp writes TIFF with lossy compression unless told otherwise. */
function lossless(picture: Sharp, file: string): Sharp {
  return /tiff?$/.test(file) ? picture.tiff({ compression: "none" }) : picture;
}

/** A picture of one colour as a file. */
export async function writeColour(file: string, rows: number, cols: number, rgb: readonly number[]): Promise<void> {
  const pixels = Uint8Array.from({ length: rows * cols * 3 }, (_, at) => rgb[at % 3] as number);
  await mkdir(dirname(file), { recursive: true });
  await sharp()(pixels, { raw: { width: cols, height: rows, channels: 3 } }).toFile(file);
}

/** A 16-bit grey ramp as PNG or TIFF. */
export async function writeDeep(file: string, rows: number, cols: number): Promise<Uint16Array> {
  const pixels = Uint16Array.from({ length: rows * cols }, (_, at) => (at * 257 + 3) % 65536);
  const raw = { width: cols, height: rows, channels: 1, depth: "ushort" };
  await lossless(sharp()(pixels, { raw } as never).toColourspace("grey16"), file).toFile(file);
  return pixels;
}

/** The beginning of a PNG file that says it has so many pixels, without having them. */
export async function writeHugeHeader(file: string, side: number): Promise<void> {
  const whole = await sharp()({ create: { width: 4, height: 4, channels: 3, background: "black" } })
    .png()
    .toBuffer();
  whole.writeUInt32BE(side, 16);
  whole.writeUInt32BE(side, 20);
  // The checksum of the header chunk, over its name and 13 bytes.
  whole.writeUInt32BE(crc32(whole.subarray(12, 29)), 29);
  await writeFile(file, whole);
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
