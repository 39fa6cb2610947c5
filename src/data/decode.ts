import type { Metadata, Sharp } from "sharp";
import { DataError } from "../core/errors";
import { sharp } from "../core/packages";
import { mostBytes, readBytes } from "./fileBytes";
import type { ImageFile } from "./imageFile";
import { centre, type Decoded } from "./centre";
import { decodeRegular, isAsked } from "./decodeRegular";
import { decodeMedical, isMedical } from "./medical";
import { bitsOf } from "./outcomes";
import type { ReadSettings } from "./readSettings";

/** What decoded a file: our own decoders, for the common kinds of file, or sharp. The pixels do not depend on it. */
export type Decoder = "own" | "sharp";

/** An image and what decoded it. */
export interface DecodedFile extends Decoded {
  readonly decoder: Decoder;
}

/**
 * Reads one image: PNG and TIFF of 8 or 16 bits, JPEG, frames of DICOM and slices of NIfTI files, grey or colour. The
 * orientation that a camera noted is applied.
 *
 * @throws DataError naming the file: not an image, broken off, too large, too small, several pages, another depth
 */
export async function decodeFile(image: ImageFile, settings: ReadSettings): Promise<DecodedFile> {
  return decodeBytes(image, readBytes(image, mostBytes(settings.pixelLimit)), settings);
}

/** As {@link decodeFile}, of the file's bytes. */
export async function decodeBytes(image: ImageFile, bytes: Uint8Array, settings: ReadSettings): Promise<DecodedFile> {
  const regular = decodeRegular(bytes, settings);
  if (regular === undefined) return decodeOther(image, bytes, settings);
  return { ...regular, pixels: regular.pixels.slice(), decoder: "own" };
}

/** As {@link decodeFile}, of what is no common file: medical formats, and all that sharp reads. */
export async function decodeOther(image: ImageFile, bytes: Uint8Array, settings: ReadSettings): Promise<DecodedFile> {
  const { file } = image;
  const medical = await decodeMedical(image, bytes, settings, (height, width) => {
    checkHeader(file, { width, height, depth: "ushort" }, settings);
  });
  if (medical !== undefined) return { ...(await adapt(file, medical, settings)), decoder: "own" };
  const { pipeline, metadata } = await openImage(file, bytes, settings);
  return { ...(await render(file, pipeline, metadata, settings)), decoder: "sharp" };
}

/** Brings pixels to the size and colours asked for, by sharp where they have to change. */
async function adapt(file: string, image: Decoded, settings: ReadSettings): Promise<Decoded> {
  if (isAsked(image, { ...settings, bits: "file" })) {
    const decoded = { ...image, pixels: toDepth(image.pixels, settings.bits) };
    return settings.size === "file" ? decoded : centre(decoded, settings.size);
  }
  const [channels, height, width] = image.shape;
  const pipeline = sharp()(interleaved(image.pixels, channels), {
    raw: { width, height, channels: channels as 1 | 3 },
  });
  return render(file, pipeline, await pipeline.metadata(), settings);
}

async function render(file: string, pipeline: Sharp, metadata: Metadata, settings: ReadSettings): Promise<Decoded> {
  const deep = metadata.depth === "ushort";
  const shaped = scale(pipeline.autoOrient(), metadata, settings).removeAlpha();
  const { data, info } = await orFail(file, () =>
    shaped
      .toColourspace(colourSpace(metadata, settings, deep))
      .raw({ depth: deep ? "ushort" : "uchar" })
      .toBuffer({ resolveWithObject: true }),
  );
  const values = deep ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : new Uint8Array(data);
  const decoded: Decoded = {
    pixels: toDepth(planar(values, info.channels), settings.bits),
    shape: [info.channels, info.height, info.width],
  };
  return settings.size === "file" ? decoded : centre(decoded, settings.size);
}

/**
 * The shape and depth that an image will have, from its header alone.
 *
 * @throws DataError where {@link decodeFile} would, but for damage behind the header
 */
export async function readHeader(
  image: ImageFile,
  settings: ReadSettings,
): Promise<{ readonly shape: Decoded["shape"]; readonly bits: number }> {
  const { file, packed } = image;
  if (isMedical(image)) {
    const { shape, pixels } = await decodeFile(image, settings);
    return { shape, bits: bitsOf(pixels) };
  }
  const source = packed === undefined ? file : readBytes(image, mostBytes(settings.pixelLimit));
  const { metadata } = await openImage(file, source, settings);
  const { width, height } = metadata.autoOrient;
  const deep = metadata.depth === "ushort";
  const own = settings.upright && width > height ? ([width, height] as const) : ([height, width] as const);
  const [rows, cols] = settings.size === "file" ? own : settings.size;
  const channels = isGrey(metadata, settings) ? 1 : 3;
  return { shape: [channels, rows, cols], bits: settings.bits === "file" ? (deep ? 16 : 8) : settings.bits };
}

async function openImage(
  file: string,
  source: string | Uint8Array,
  settings: ReadSettings,
): Promise<{ pipeline: Sharp; metadata: Metadata }> {
  if (source.length === 0) {
    const got = "no image, the file is empty";
    throw new DataError({ where: "readImages", file, required: "a whole PNG, TIFF, JPEG, DICOM or NIfTI image", got });
  }
  // The limit is ours to check, with a message that names the option; sharp's own is switched off.
  const pipeline = sharp()(source, { limitInputPixels: false });
  const metadata = await orFail(file, () => pipeline.metadata());
  checkHeader(file, metadata, settings);
  return { pipeline, metadata };
}

function colourSpace(metadata: Metadata, settings: ReadSettings, deep: boolean): string {
  if (isGrey(metadata, settings)) return deep ? "grey16" : "b-w";
  return deep ? "rgb16" : "srgb";
}

/** Whether an image becomes one channel. */
function isGrey({ space }: Metadata, { colour }: ReadSettings): boolean {
  return colour === "grey" || (colour === "file" && (space === "b-w" || space === "grey16"));
}

/** Between depths black stays black and white white: 65535 is 257 times 255. */
function toDepth(pixels: Uint8Array | Uint16Array, bits: ReadSettings["bits"]): Uint8Array | Uint16Array {
  if (bits === "file" || bits === 8 * pixels.BYTES_PER_ELEMENT) return pixels;
  if (bits === 16) return Uint16Array.from(pixels, (value) => 257 * value);
  return Uint8Array.from(pixels, (value) => Math.round(value / 257));
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

type Header = Pick<Metadata, "width" | "height" | "depth" | "pages">;

function checkHeader(file: string, metadata: Header, { pixelLimit, minSide }: ReadSettings): void {
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
    throw new DataError(
      { where: "readImages", file, required: "a whole PNG, TIFF, JPEG, DICOM or NIfTI image", got },
      { cause },
    );
  }
}

/** libvips speaks of itself, in several lines, and not the same at every run; a reader wants to know what to do. */
function plain(message: string): string {
  if (message.includes("missing")) return "no such file";
  if (message.includes("unsupported image format")) return "no image, or one without its end";
  if (/premature end|failOn|read error|corrupt/.test(message)) return "one that is damaged or broken off";
  return message.split("\n")[0] as string;
}

function interleaved<T extends Uint8Array | Uint16Array>(planes: T, channels: number): T {
  if (channels === 1) return planes;
  const size = planes.length / channels;
  const result = planes.slice() as T;
  for (let at = 0; at < planes.length; at++)
    result[(at % size) * channels + Math.floor(at / size)] = planes[at] as number;
  return result;
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
