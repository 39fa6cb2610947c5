import type { Host } from "../compress/kernel";
import type { Decoded, IsWanted } from "./centre";
import { jpegDecoder } from "./decoders.generated";
import { WasmDecoder } from "./wasmDecoder";

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

/** The decoder of {@link decodeJpeg}. */
export const jpeg: WasmDecoder<JpegExports> = new WasmDecoder<JpegExports>(jpegDecoder);

/**
 * Decodes a regular baseline JPEG: 8 bits, grey or YCbCr with 4:4:4, 4:2:2 or 4:2:0 sampling, with or without restart
 * markers. The pixels equal libjpeg-turbo's with its accurate inverse DCT and smooth upsampling, so sharp's, and the
 * orientation that a camera noted is applied.
 *
 * @returns pixels that the next call may overwrite; undefined for any other file, for one that is not wanted, and at the
 *   slightest irregularity: sharp decides then
 */
export function decodeJpeg(bytes: Uint8Array, isWanted: IsWanted): Decoded | undefined {
  return jpeg.use((decoder) => {
    const at = decoder.reserve(bytes.length) >>> 0;
    if (at === 0) return undefined;
    new Uint8Array(decoder.memory.buffer, at, bytes.length).set(bytes);
    if (decoder.readHeader() !== 0) return undefined;
    const [channels, rows, cols] = [decoder.getComponents(), decoder.getHeight(), decoder.getWidth()];
    const step = steps[decoder.getOrientation() - 1] as Step;
    if (!isWanted([channels, ...sidesAfter(step, rows, cols)], 8) || decoder.decode() !== 0) return undefined;
    const pixels = new Uint8Array(decoder.memory.buffer, decoder.getResult() >>> 0, channels * rows * cols);
    return orient({ pixels, shape: [channels, rows, cols] }, step);
  });
}

interface Step {
  readonly transpose: boolean;
  readonly flipRows: boolean;
  readonly flipCols: boolean;
}

/** EXIF orientations (JEITA CP-3451, tag 274) as steps: transposed first, then flipped. */
const steps: readonly Step[] = [
  { transpose: false, flipRows: false, flipCols: false },
  { transpose: false, flipRows: false, flipCols: true },
  { transpose: false, flipRows: true, flipCols: true },
  { transpose: false, flipRows: true, flipCols: false },
  { transpose: true, flipRows: false, flipCols: false },
  { transpose: true, flipRows: false, flipCols: true },
  { transpose: true, flipRows: true, flipCols: true },
  { transpose: true, flipRows: true, flipCols: false },
];

function sidesAfter({ transpose }: Step, rows: number, cols: number): readonly [rows: number, cols: number] {
  return transpose ? [cols, rows] : [rows, cols];
}

function orient(image: Decoded, step: Step): Decoded {
  if (step === steps[0]) return image;
  const [channels, rows, cols] = image.shape;
  const [newRows, newCols] = sidesAfter(step, rows, cols);
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
