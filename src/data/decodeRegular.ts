import type { Host } from "../compress/kernel";
import { centre, type Decoded } from "./centre";
import { decodeJpeg, jpegHost } from "./decodeJpeg";
import { decodePng } from "./decodePng";
import { pngHost } from "./pngPixels";
import type { ReadSettings } from "./readSettings";

/**
 * Decodes the common files, baseline JPEG and plain PNG, several times faster than sharp and to the same pixels, where
 * nothing is to be scaled, turned or converted.
 *
 * @returns pixels that the next call may overwrite; undefined where sharp must: for other files and settings, and for every irregular or refused file
 */
export function decodeRegular(bytes: Uint8Array, settings: ReadSettings): Decoded | undefined {
  const { size, pixelLimit } = settings;
  if (isScaled(settings)) return undefined;
  const image = bytes[0] === 0xff ? decodeJpeg(bytes, pixelLimit) : decodePng(bytes, pixelLimit);
  if (image === undefined || !isAsked(image, settings)) return undefined;
  return size === "file" ? image : centre(image, size);
}

/** The decoder in whose memory pixels lie. */
export function hostOf(pixels: Decoded["pixels"]): Host | undefined {
  return [jpegHost(), pngHost()].find((host) => host?.memory.buffer === pixels.buffer);
}

/** Whether pixels change on the way, which is sharp's part. */
export function isScaled({ size, fit, upright }: ReadSettings): boolean {
  return upright || (size !== "file" && fit !== "crop");
}

/** Whether an image's own channels, depth and sides are what was asked for, but for cropping and padding. */
export function isAsked({ pixels, shape }: Decoded, settings: ReadSettings): boolean {
  const { colour, bits, minSide } = settings;
  if (isScaled(settings)) return false;
  const [channels, rows, cols] = shape;
  if (colour !== "file" && channels !== (colour === "grey" ? 1 : 3)) return false;
  if (bits !== "file" && bits !== 8 * pixels.BYTES_PER_ELEMENT) return false;
  return Math.min(rows, cols) >= minSide;
}
