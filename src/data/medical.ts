import { DataError } from "../core/errors";
import type { Decoded } from "./centre";
import { decodeDicom } from "./dicom/decodeDicom";
import { type DicomImage, framesInStart, isDicom, parseHeader } from "./dicom/header";
import { mostBytes, readBytes, readStart } from "./fileBytes";
import type { ImageFile } from "./imageFile";
import { decodeNifti, isNiftiName, slicesOf } from "./nifti";
import type { ReadSettings } from "./readSettings";

// DICOM and NIfTI files, which may hold several images: frames or slices.

/**
 * Decodes one frame of a DICOM file or one slice of a NIfTI file.
 *
 * @param check - refuses what has too many pixels, or too few, before it is decoded
 * @returns undefined for a file of another format
 */
export async function decodeMedical(
  { file, frame }: ImageFile,
  bytes: Uint8Array,
  { intensity, pixelLimit }: ReadSettings,
  check: (rows: number, cols: number) => void,
): Promise<Decoded | undefined> {
  if (isNiftiName(file)) {
    const most = mostBytes(pixelLimit);
    if (frame === undefined) checkSingle(file, await slicesOf(file, bytes, most));
    const slice = await decodeNifti(file, bytes, frame ?? 0, intensity, most);
    check(slice.shape[1], slice.shape[2]);
    return slice;
  }
  if (!isDicom(bytes)) return undefined;
  const image = headerOf(file, bytes);
  check(image.rows, image.cols);
  if (frame === undefined) checkSingle(file, image.frames);
  return decodeDicom(image, frame ?? 0, intensity);
}

let latest: { readonly bytes: Uint8Array; readonly image: DicomImage } | undefined;

/** The frames of a file are asked for one after another, of the same bytes: their header is parsed once. */
function headerOf(file: string, bytes: Uint8Array): DicomImage {
  if (latest?.bytes === bytes) return latest.image;
  const image = parseHeader(file, bytes);
  latest = image.frames > 1 ? { bytes, image } : undefined;
  return image;
}

/** Of several images none is taken for all. */
function checkSingle(file: string, count: number): void {
  if (count === 1) return;
  if (count > mostFrames) {
    const required = `at most ${mostFrames.toLocaleString("en-US")} images in one file`;
    throw new DataError({ where: "readImages", file, required, got: count.toLocaleString("en-US") });
  }
  throw new DataError({ where: "readImages", file, required: "one image, or the number of a frame", got: `${count}` });
}

/** Whether a file is one of these, by its name or how it begins. */
export function isMedical(image: ImageFile): boolean {
  return isNiftiName(image.file) || /\.(dcm|dicom)$/i.test(image.file) || startsAsDicom(image);
}

/** Whether a file whose name says nothing begins as a DICOM file. */
export function startsAsDicom(image: Pick<ImageFile, "file" | "packed">): boolean {
  return isDicom(readStart(image, dicomStart));
}

const dicomStart = 132;
const headerStart = 65536; // holds the number of frames, unless somebody put much before it
// Twice the slices of long functional MRI. Of frames of one pixel a small file, packed, may hold more than memory lists.
const mostFrames = 250_000;

/**
 * The images of files: each frame of a DICOM file and each slice of a NIfTI file that has several, under the file's id with
 * `#` and its number from 0 on. Files that cannot be read, or hold too many images, stay as they are, to be refused when they
 * are read.
 */
export async function withFrames(files: readonly ImageFile[], pixelLimit = 100_000_000): Promise<readonly ImageFile[]> {
  const all: ImageFile[] = [];
  const most = mostBytes(pixelLimit);
  for (const image of files) {
    const count = await countOf(image, most).catch(() => 1);
    if (count === 1 || count > mostFrames) all.push(image);
    else for (let frame = 0; frame < count; frame++) all.push({ ...image, id: `${image.id}#${frame}`, frame });
  }
  return all;
}

async function countOf(image: ImageFile, most: number): Promise<number> {
  const { file } = image;
  if (isNiftiName(file)) return slicesOf(file, readBytes(image, most), most);
  if (/\.(png|jpe?g|tiff?)$/i.test(file)) return 1;
  const start = readStart(image, headerStart);
  if (!isDicom(start)) return 1;
  // A header may say any number of frames: what is more than these bytes, the whole file has to bear out.
  const count = framesInStart(start);
  return count !== undefined && count <= start.length ? count : parseHeader(file, readBytes(image, most)).frames;
}
