import type { Host } from "../compress/kernel";
import type { Decoded } from "./centre";
import { jpegDecoder } from "./decoders.generated";

interface JpegExports extends Host {
  reserve(bytes: number): number;
  readHeader(): number;
  decode(): number;
  getWidth(): number;
  getHeight(): number;
  getComponents(): number;
  getOrientation(): number;
  getResult(): number;
}

let decoder: JpegExports | undefined;

/** The decoder's memory, once it has decoded something. */
export function jpegHost(): Host | undefined {
  return decoder;
}

/**
 * Decodes a regular baseline JPEG: 8 bits, grey or YCbCr with 4:4:4, 4:2:2 or 4:2:0 sampling, with or without restart
 * markers. The pixels equal libjpeg-turbo's with its accurate inverse DCT and smooth upsampling, so sharp's, and the
 * orientation that a camera noted is applied.
 *
 * @returns pixels that the next call may overwrite; undefined for any other file, and at the slightest irregularity: sharp
 *   decides then
 */
export function decodeJpeg(bytes: Uint8Array, pixelLimit: number): Decoded | undefined {
  decoder ??= new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(jpegDecoder, "base64")))
    .exports as unknown as JpegExports;
  const at = decoder.reserve(bytes.length);
  if (at === 0) return undefined;
  new Uint8Array(decoder.memory.buffer, at, bytes.length).set(bytes);
  if (decoder.readHeader() !== 0) return undefined;
  const [rows, cols, channels] = [decoder.getHeight(), decoder.getWidth(), decoder.getComponents()];
  if (rows * cols > pixelLimit || decoder.decode() !== 0) return undefined;
  const pixels = new Uint8Array(decoder.memory.buffer, decoder.getResult(), channels * rows * cols);
  return orient({ pixels, shape: [channels, rows, cols] }, decoder.getOrientation());
}

/** EXIF orientations (JEITA CP-3451, tag 274) as steps: transposed first, then flipped. */
const steps: readonly { readonly transpose: boolean; readonly flipRows: boolean; readonly flipCols: boolean }[] = [
  { transpose: false, flipRows: false, flipCols: false },
  { transpose: false, flipRows: false, flipCols: true },
  { transpose: false, flipRows: true, flipCols: true },
  { transpose: false, flipRows: true, flipCols: false },
  { transpose: true, flipRows: false, flipCols: false },
  { transpose: true, flipRows: false, flipCols: true },
  { transpose: true, flipRows: true, flipCols: true },
  { transpose: true, flipRows: true, flipCols: false },
];

function orient(image: Decoded, orientation: number): Decoded {
  const step = steps[orientation - 1];
  if (orientation === 1 || step === undefined) return image;
  const [channels, rows, cols] = image.shape;
  const [newRows, newCols] = step.transpose ? [cols, rows] : [rows, cols];
  const pixels = new Uint8Array(image.pixels.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < newRows; row++) {
      const y = step.flipRows ? newRows - 1 - row : row;
      for (let col = 0; col < newCols; col++) {
        const x = step.flipCols ? newCols - 1 - col : col;
        const from = step.transpose ? x * cols + y : y * cols + x;
        pixels[(channel * newRows + row) * newCols + col] = image.pixels[channel * rows * cols + from] as number;
      }
    }
  }
  return { pixels, shape: [channels, newRows, newCols] };
}
