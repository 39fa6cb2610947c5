import type { Decoded } from "../../data/centre";
import { type PngHeader, pngPixels } from "../../data/pngPixels";

// The page decodes plain PNG files itself: a canvas would bring 16 bits to 8 and may change colours by a profile.

const signature = [137, 80, 78, 71, 13, 10, 26, 10];
/** Chunks that change how pixels look; such a file is the browser's to decode. */
const changing = new Set(["PLTE", "tRNS", "gAMA", "cHRM", "iCCP", "cICP", "acTL"]);

/**
 * Decodes a plain PNG file: 8 or 16 bits, grey or RGB, not interlaced, without transparency or colour profile.
 *
 * @returns undefined for any other file
 */
export async function decodePng(bytes: Uint8Array<ArrayBuffer>): Promise<Decoded | undefined> {
  const found = readChunks(bytes);
  if (found === undefined) return undefined;
  const { header, data } = found;
  const lines = await inflate(data);
  const decoded = lines && pngPixels(lines, header);
  return decoded && { ...decoded, pixels: decoded.pixels.slice() }; // the next call overwrites them
}

/** The header of a PNG file of any kind, for what can be said of it. */
export function pngBits(bytes: Uint8Array): number | undefined {
  return signature.every((byte, at) => bytes[at] === byte) ? bytes[24] : undefined;
}

function readChunks(
  bytes: Uint8Array<ArrayBuffer>,
): { readonly header: PngHeader; readonly data: Uint8Array<ArrayBuffer>[] } | undefined {
  if (!signature.every((byte, at) => bytes[at] === byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data: Uint8Array<ArrayBuffer>[] = [];
  let header: PngHeader | undefined;
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 12 + view.getUint32(at);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (end > bytes.length || changing.has(name)) return undefined;
    if (name === "IHDR") header = readHeader(view, at + 8);
    if (name === "IDAT") data.push(bytes.subarray(at + 8, end - 4));
    if (name === "IEND") return header === undefined ? undefined : { header, data };
    at = end;
  }
  return undefined;
}

function readHeader(view: DataView, at: number): PngHeader | undefined {
  const [bits, colour, interlace] = [view.getUint8(at + 8), view.getUint8(at + 9), view.getUint8(at + 12)];
  if ((bits !== 8 && bits !== 16) || (colour !== 0 && colour !== 2) || interlace !== 0) return undefined;
  return { rows: view.getUint32(at + 4), cols: view.getUint32(at), bits, channels: colour === 0 ? 1 : 3 };
}

async function inflate(parts: Uint8Array<ArrayBuffer>[]): Promise<Uint8Array | undefined> {
  const stream = new Blob(parts).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(stream).arrayBuffer().catch(() => undefined);
  return buffer === undefined ? undefined : new Uint8Array(buffer);
}
