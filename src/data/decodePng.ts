import * as zlib from "node:zlib";
import type { Decoded, IsWanted } from "./centre";
import { type PngHeader, lineBytesOf, pngPixels } from "./pngPixels";

const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
/** Chunks that change no pixel; whatever else a file holds is sharp's to judge. */
const harmless = new Set(["pHYs", "tIME", "tEXt", "sRGB"]);

/**
 * Decodes a regular PNG: 8 or 16 bits, grey or RGB, not interlaced, without transparency or colour profile; inflated by
 * zlib, unfiltered in WebAssembly.
 *
 * @returns pixels that the next call may overwrite; undefined for any other file, for one that is not wanted, and at the
 *   slightest irregularity: sharp decides then
 */
export function decodePng(bytes: Uint8Array, isWanted: IsWanted): Decoded | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const found = readChunks(file, ({ channels, rows, cols, bits }) => isWanted([channels, rows, cols], bits));
  if (found === undefined) return undefined;
  const { header, data } = found;
  const size = lineBytesOf(header);
  const lines = size === undefined ? undefined : inflate(data, size);
  return lines === undefined ? undefined : pngPixels(lines, header);
}

function readChunks(
  file: Buffer,
  isWanted: (header: PngHeader) => boolean,
): { header: PngHeader; data: Buffer } | undefined {
  if (file.length < 57 || file.compare(signature, 0, 8, 0, 8) !== 0) return undefined;
  const data: Buffer[] = [];
  let header: PngHeader | undefined;
  for (let at = 8; at + 12 <= file.length;) {
    const length = file.readUInt32BE(at);
    const end = at + 12 + length;
    if (end > file.length || zlib.crc32(file.subarray(at + 4, end - 4)) !== file.readUInt32BE(end - 4))
      return undefined;
    const name = file.toString("latin1", at + 4, at + 8);
    const content = file.subarray(at + 8, end - 4);
    if ((header === undefined) !== (name === "IHDR")) return undefined;
    if (name === "IEND")
      return end === file.length && header !== undefined ? { header, data: joined(data) } : undefined;
    if (name === "IHDR") {
      if ((header = readHeader(content)) === undefined || !isWanted(header)) return undefined;
    } else if (name === "IDAT") data.push(content);
    else if (!harmless.has(name) || data.length > 0) return undefined;
    at = end;
  }
  return undefined;
}

function joined(parts: readonly Buffer[]): Buffer {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}

function readHeader(content: Buffer): PngHeader | undefined {
  if (content.length !== 13) return undefined;
  const [cols, rows] = [content.readUInt32BE(0), content.readUInt32BE(4)];
  const [bits, colour, compression, filter, interlace] = content.subarray(8);
  if (rows === 0 || cols === 0 || compression !== 0 || filter !== 0 || interlace !== 0) return undefined;
  if ((bits !== 8 && bits !== 16) || (colour !== 0 && colour !== 2)) return undefined;
  return { rows, cols, bits, channels: colour === 0 ? 1 : 3 };
}

const mostWindow = 32768;

/** How far back the stream says that it refers; libpng believes it, while zlib sees all that it has inflated at once. */
function windowOf(data: Buffer): number {
  return 2 ** (8 + ((data[0] ?? 0) >> 4));
}

const mostInflated = 1032; // bytes that a byte of deflated data can become

/** The whole stream, of exactly `size` bytes, with nothing behind it. */
function inflate(data: Buffer, size: number): Buffer | undefined {
  if (windowOf(data) < Math.min(size, mostWindow)) return undefined;
  try {
    // One piece for all of it, and a little more, since zlib begins another once one is full; but no more than so much
    // data can become, whatever the header promises.
    const chunkSize = Math.min(size, mostInflated * data.length) + 64;
    const options = { maxOutputLength: size, chunkSize, info: true } as const;
    // With `info`, zlib also tells how much of the input it has used; its types do not know.
    const { buffer, engine } = zlib.inflateSync(data, options) as unknown as { buffer: Buffer; engine: zlib.Inflate };
    return buffer.length === size && engine.bytesWritten === data.length ? buffer : undefined;
  } catch {
    return undefined; // broken or too long: sharp says what is wrong with it
  }
}
