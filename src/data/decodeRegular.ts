import type { Host } from "../compress/kernel";
import { centre, type Decoded, type IsWanted } from "./centre";
import { decodeJpeg, jpeg } from "./decodeJpeg";
import { decodePng } from "./decodePng";
import { png } from "./pngPixels";
import type { ReadSettings } from "./readSettings";

/**
 * Decodes the common files, baseline JPEG and plain PNG, several times faster than sharp and to the same pixels, where
 * they already have the size, the colours and the bits that are asked for.
 *
 * @returns pixels that the next call may overwrite; undefined where sharp must: for other files and settings, and for every irregular or refused file
 */
export function decodeRegular(bytes: Uint8Array, settings: ReadSettings): Decoded | undefined {
  const { size } = settings;
  const isWanted: IsWanted = (shape, bits) => isAsked(shape, bits, settings);
  const image = bytes[0] === 0xff ? decodeJpeg(bytes, isWanted) : decodePng(bytes, isWanted);
  return image === undefined || size === "file" ? image : centre(image, size);
}

/** The decoder in whose memory pixels lie, unless that is given back. */
export function hostOf(pixels: Decoded["pixels"]): Host | undefined {
  return [jpeg.host, png.host].find((host) => host?.memory.buffer === pixels.buffer);
}

/** Whether an image's own channels, depth and sides are what was asked for, but for cropping and padding. */
export function isAsked(shape: Decoded["shape"], ownBits: number, settings: ReadSettings): boolean {
  const { size, fit, upright, colour, bits, minSide, pixelLimit } = settings;
  const [channels, rows, cols] = shape;
  if (upright && cols > rows) return false;
  if (size !== "file" && fit !== "crop" && (rows !== size[0] || cols !== size[1])) return false;
  if (colour !== "file" && channels !== (colour === "grey" ? 1 : 3)) return false;
  if (bits !== "file" && bits !== ownBits) return false;
  return Math.min(rows, cols) >= minSide && rows * cols <= pixelLimit;
}
