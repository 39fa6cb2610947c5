import type { Metadata, Sharp } from "sharp";
import { DataError } from "../core/errors";
import { sharp } from "../core/packages";
import { centre, type Decoded } from "./centre";
import type { ReadSettings } from "./readSettings";

/**
 * Reads one image file: PNG and TIFF of 8 or 16 bits, and JPEG, grey or colour. The orientation that a camera noted is
 * applied.
 *
 * @throws DataError naming the file: not an image, broken off, too large, too small, several pages, another depth
 */
export async function decodeFile(file: string, settings: ReadSettings): Promise<Decoded> {
  // The limit is ours to check, with a message that names the option; sharp's own is switched off.
  const pipeline = sharp()(file, { limitInputPixels: false });
  const metadata = await orFail(file, () => pipeline.metadata());
  checkHeader(file, metadata, settings);
  const { channels, bits } = target(metadata, settings);
  const shaped = scale(pipeline.autoOrient(), metadata, settings).removeAlpha();
  const space = channels === 1 ? (bits === 16 ? "grey16" : "b-w") : bits === 16 ? "rgb16" : "srgb";
  const { data, info } = await orFail(file, () =>
    shaped
      .toColourspace(space)
      .raw({ depth: bits === 16 ? "ushort" : "uchar" })
      .toBuffer({ resolveWithObject: true }),
  );
  const values = bits === 16 ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : new Uint8Array(data);
  const decoded: Decoded = {
    pixels: planar(values, info.channels),
    shape: [info.channels, info.height, info.width],
  };
  return settings.size === "file" ? decoded : centre(decoded, settings.size);
}

function target(metadata: Metadata, { colour, bits }: ReadSettings): { channels: 1 | 3; bits: 8 | 16 } {
  const fileIsGrey = metadata.space === "b-w" || metadata.space === "grey16";
  const channels = colour === "grey" || (colour === "file" && fileIsGrey) ? 1 : 3;
  return { channels, bits: bits === "file" ? (metadata.depth === "ushort" ? 16 : 8) : bits };
}

/** Scales as the fit asks; cropping and padding to the exact size come after decoding. */
function scale(pipeline: Sharp, metadata: Metadata, { size, fit, upright }: ReadSettings): Sharp {
  const { width, height } = metadata.autoOrient;
  const turned = upright && width > height ? pipeline.rotate(90) : pipeline;
  if (size === "file" || fit === "crop") return turned;
  const [rows, cols] = size;
  const how = ({ stretch: "fill", contain: "inside", cover: "outside" } as const)[fit];
  return turned.resize(cols, rows, { fit: how });
}

function checkHeader(file: string, metadata: Metadata, { pixelLimit, minSide }: ReadSettings): void {
  const { width, height, depth, pages = 1 } = metadata;
  const fail = (required: string, got: string, remedy: string): never => {
    throw new DataError({ where: "readImages", file, required, got, remedy });
  };
  if (width * height > pixelLimit) {
    fail(
      `at most ${pixelLimit.toLocaleString("en-US")} pixels`,
      `${width}x${height}`,
      `raise the limit with pixelLimit: ${width * height} (--pixel-limit ${width * height})`,
    );
  }
  if (Math.min(width, height) < minSide) {
    fail(`sides of at least ${minSide}`, `${height}x${width}`, "leave it out or ask for a lower level");
  }
  if (depth !== "uchar" && depth !== "ushort") fail("8 or 16 bits", depth, "convert the file");
  if (pages > 1) fail("one page", `${pages} pages`, "split the file");
}

async function orFail<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const got = cause instanceof Error ? plain(cause.message) : String(cause);
    throw new DataError({ where: "readImages", file, required: "a whole PNG, TIFF or JPEG image", got }, { cause });
  }
}

/** libvips speaks of itself in several lines; the first words that mean something to a reader are enough. */
function plain(message: string): string {
  if (message.includes("missing")) return "no such file";
  if (message.includes("unsupported image format")) return "no image";
  return (message.split("\n")[0] as string).replace(/^Vips\w*: /, "");
}

function planar<T extends Uint8Array | Uint16Array>(interleaved: T, channels: number): T {
  if (channels === 1) return interleaved;
  const size = interleaved.length / channels;
  const result = interleaved.slice() as T;
  for (let channel = 0; channel < channels; channel++) {
    const start = channel * size;
    for (let at = 0, from = channel; at < size; at++, from += channels) {
      result[start + at] = interleaved[from] as number;
    }
  }
  return result;
}
