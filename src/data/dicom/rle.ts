import { DataError } from "../../core/errors";
import type { DicomImage } from "./header";

const headerBytes = 64;
const mostSegments = 15;

/**
 * Undoes DICOM's run-length encoding (PS3.5, annex G): every byte of a sample has a segment, the highest byte first.
 *
 * @returns one plane a sample, little-endian
 */
export function decodeRle(image: DicomImage, bytes: Uint8Array): Uint8Array {
  const { file, rows, cols, samples, bitsAllocated } = image;
  const fail = (got: string): never => {
    throw new DataError({ where: "readImages", file, required: "whole RLE segments", got });
  };
  if (bytes.length < headerBytes) return fail(`${bytes.length} bytes`);
  const header = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
  const width = Math.ceil(bitsAllocated / 8);
  const segments = header.getUint32(0, true);
  if (segments !== samples * width || segments > mostSegments) return fail(`${segments} segments`);
  const size = rows * cols;
  const result = new Uint8Array(size * samples * width);
  for (let segment = 0; segment < segments; segment++) {
    const from = header.getUint32(4 * (segment + 1), true);
    const [sample, place] = [Math.floor(segment / width), width - 1 - (segment % width)];
    const plane = result.subarray(sample * size * width);
    if (unpack(bytes.subarray(from), plane, place, width, size) < size) return fail("one that ends too early");
  }
  return result;
}

/** Writes to every `step`-th place from `at` on. @returns how many bytes there were */
function unpack(packed: Uint8Array, into: Uint8Array, at: number, step: number, size: number): number {
  let [from, count] = [0, 0];
  while (count < size && from < packed.length) {
    const control = packed[from++] as number;
    if (control === 128) continue;
    const literal = control < 128;
    const length = Math.min(literal ? control + 1 : 257 - control, size - count);
    for (let turn = 0; turn < length; turn++) {
      const value = packed[literal ? from + turn : from];
      if (value === undefined) return count;
      into[at + step * count++] = value;
    }
    from += literal ? control + 1 : 1;
  }
  return count;
}
