import type { Decoded } from "../centre";
import type { Intensity } from "../readSettings";
import { decompress } from "./codecs";
import { frameBytes } from "./frames";
import { type DicomImage, parseHeader } from "./header";
import { pixelsOf } from "./intensity";
import { type Samples, samplesOf } from "./samples";

/**
 * Decodes one frame of a DICOM file: grey or RGB, 8 or 16 bits.
 *
 * @param frame - from 0 on
 * @throws DataError naming the file: damaged, without pixels, or of a transfer syntax that is not supported
 */
export async function decodeDicom(image: DicomImage, frame: number, intensity: Intensity): Promise<Decoded> {
  return pixelsOf(image, await storedValues(image, frame), intensity);
}

/** The values of one frame as they are stored, before rescaling and windows. */
export async function storedValues(image: DicomImage, frame: number): Promise<Samples> {
  return samplesOf(image, await decompress(image, frameBytes(image, frame)));
}

/** How many frames a DICOM file says it has, from its header or the beginning of it. */
export function framesOf(file: string, bytes: Uint8Array): number {
  return parseHeader(file, bytes).frames;
}
