import { DataError } from "../../core/errors";
import { dicomParser } from "../../core/packages";
import { type DicomImage, bigEndian } from "./header";

/** The bytes of one frame as they stand in the file, compressed where the transfer syntax compresses. */
export function frameBytes(image: DicomImage, frame: number): Uint8Array {
  try {
    return image.pixelData.encapsulatedPixelData === true ? fragments(image, frame) : plain(image, frame);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw missing(image, frame);
  }
}

function plain(image: DicomImage, frame: number): Uint8Array {
  const { dataSet, pixelData } = image;
  const bits = frameBits(image);
  const [from, to] = [Math.floor((frame * bits) / 8), Math.ceil(((frame + 1) * bits) / 8)];
  const all = dataSet.byteArray.subarray(pixelData.dataOffset, pixelData.dataOffset + pixelData.length);
  if (to > all.length) throw missing(image, frame);
  if (areWords(image)) return Uint8Array.from({ length: to - from }, (_, at) => all[(from + at) ^ 1] ?? 0);
  const shift = (frame * bits) % 8; // frames of single bits may begin within a byte; they are brought to its start
  if (shift === 0) return all.subarray(from, to);
  return Uint8Array.from(
    all.subarray(from, to),
    (byte, at) => (byte >> shift) | ((all[from + at + 1] ?? 0) << (8 - shift)),
  );
}

/** Whether bytes stand in big-endian words, where the first is the word's low one and so the second in the file. */
function areWords({ syntax, pixelData, bitsAllocated }: DicomImage): boolean {
  return syntax === bigEndian && pixelData.vr === "OW" && bitsAllocated <= 8;
}

/** Bits of one frame that is not compressed; at 4:2:2 two pixels share their colours. */
function frameBits({ rows, cols, samples, bitsAllocated, photometric }: DicomImage): number {
  const perPixel = photometric.endsWith("_422") && samples === 3 ? 2 : samples;
  return rows * cols * perPixel * bitsAllocated;
}

function fragments(image: DicomImage, frame: number): Uint8Array {
  const parser = dicomParser();
  const { dataSet, pixelData, frames } = image;
  const pieces = pixelData.fragments ?? [];
  const offsets = pixelData.basicOffsetTable ?? [];
  if (frames === 1) return parser.readEncapsulatedPixelDataFromFragments(dataSet, pixelData, 0, pieces.length);
  if (offsets.length >= frames) return parser.readEncapsulatedImageFrame(dataSet, pixelData, frame);
  if (pieces.length === frames) return parser.readEncapsulatedPixelDataFromFragments(dataSet, pixelData, frame, 1);
  const found = parser.createJPEGBasicOffsetTable(dataSet, pixelData);
  return parser.readEncapsulatedImageFrame(dataSet, pixelData, frame, found);
}

function missing({ file, frames }: DicomImage, frame: number): DataError {
  const got = `fewer bytes than frame ${frame + 1} needs`;
  return new DataError({ where: "readImages", file, required: `the pixels of ${frames} frames`, got });
}
