import type { Host } from "../compress/kernel";
import type { Decoded } from "./centre";
import { pngDecoder } from "./decoders.generated";
import { WasmDecoder } from "./wasmDecoder";

// Free of Node's modules: the explorer's page uses it too.

/** The PNG files that are decoded here: 8 or 16 bits, grey or RGB, not interlaced. */
export interface PngHeader {
  readonly rows: number;
  readonly cols: number;
  readonly bits: 8 | 16;
  readonly channels: 1 | 3;
}

interface PngExports extends Host {
  reserve(rows: number, rowBytes: number): number;
  unfilter(rows: number, rowBytes: number, pixelBytes: number): number;
  planes8(rows: number, cols: number, channels: number): void;
  planes16(rows: number, cols: number, channels: number): void;
  getResult(): number;
}

/** The decoder of {@link pngPixels}. */
export const png: WasmDecoder<PngExports> = new WasmDecoder<PngExports>(pngDecoder);

const mostLineBytes = 2 ** 30; // rows and planes have to lie beside each other within 32 bits of addresses

/** The bytes of all rows of pixels, each behind the one that names its filter; undefined for more than find room. */
export function lineBytesOf(header: PngHeader): number | undefined {
  const bytes = header.rows * (rowBytesOf(header) + 1);
  return bytes > mostLineBytes ? undefined : bytes;
}

function rowBytesOf({ cols, bits, channels }: PngHeader): number {
  return (cols * channels * bits) / 8;
}

/**
 * The planes of inflated rows, unfiltered in WebAssembly.
 *
 * @param lines - `lineBytesOf(header)` bytes
 * @returns pixels that the next call may overwrite; undefined for fewer or more bytes, for a filter that does not exist, and
 *   for want of memory
 */
export function pngPixels(lines: Uint8Array, header: PngHeader): Decoded | undefined {
  const { rows, cols, bits, channels } = header;
  const rowBytes = rowBytesOf(header);
  if (lines.length !== lineBytesOf(header)) return undefined;
  return png.use((decoder) => {
    const at = decoder.reserve(rows, rowBytes) >>> 0;
    if (at === 0) return undefined;
    new Uint8Array(decoder.memory.buffer, at, lines.length).set(lines);
    if (decoder.unfilter(rows, rowBytes, rowBytes / cols) === 0) return undefined;
    if (bits === 8) decoder.planes8(rows, cols, channels);
    else decoder.planes16(rows, cols, channels);
    const Pixels = bits === 8 ? Uint8Array : Uint16Array;
    const pixels = new Pixels(decoder.memory.buffer, decoder.getResult() >>> 0, rows * cols * channels);
    return { pixels, shape: [channels, rows, cols] };
  });
}
