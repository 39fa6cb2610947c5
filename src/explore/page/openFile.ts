import { scaledSides, scalingNote, shortestSide } from "../fit";
import type { PageImage } from "./image";
import { decodePng, pngBits } from "./png";

/** A file that the page cannot use; the message is for the person who chose it. */
export class Unusable extends Error {}

/**
 * Opens an image file in the page; nothing leaves it. Plain PNG files keep their 16 bits; everything else is decoded by
 * the browser to 8 bits. Larger images are scaled.
 *
 * @throws Unusable with one line that says what to do
 */
export async function openFile(file: File): Promise<PageImage> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const plain = await decodePng(bytes);
  const opened = plain === undefined ? await openByBrowser(file, bytes) : fit(plain);
  const [, rows, cols] = opened.shape;
  if (Math.min(rows, cols) < shortestSide) {
    throw new Unusable(
      `${file.name} has only ${cols} × ${rows} pixels: choose an image of at least ${shortestSide} × ${shortestSide}. ${opened.note}`,
    );
  }
  return { id: file.name, name: file.name, note: opened.note, ...greyIfGrey(opened) };
}

type Opened = Pick<PageImage, "pixels" | "shape" | "note">;

async function openByBrowser(file: File, bytes: Uint8Array): Promise<Opened> {
  const whole = await createImageBitmap(file).catch(() => undefined);
  if (whole === undefined) {
    throw new Unusable(
      `${file.name} is not an image that this browser can read: choose a PNG, JPEG, WebP or GIF file; ` +
        "for DICOM, TIFF and NIfTI files, npx deepfixcx explore FILE --out PAGE.html writes a page.",
    );
  }
  const [rows, cols] = scaledSides(whole.height, whole.width);
  const canvas = new OffscreenCanvas(cols, rows);
  const context = canvas.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, 0, 0, cols, rows);
  const notes = [
    scalingNote([whole.height, whole.width], [rows, cols]),
    ...(isAnimated(bytes) ? ["Only the first picture of this animation is used."] : []),
    ...(pngBits(bytes) === 16 ? ["Read as 8 bits: only plain 16-bit PNG files keep theirs."] : []),
  ];
  whole.close();
  return { ...planar(context.getImageData(0, 0, cols, rows)), note: notes.join(" ").trim() };
}

function planar({ data, width, height }: ImageData): Pick<PageImage, "pixels" | "shape"> {
  const size = width * height;
  const pixels = new Uint8Array(3 * size);
  for (let channel = 0; channel < 3; channel++) {
    for (let at = 0; at < size; at++) pixels[channel * size + at] = data[4 * at + channel] as number;
  }
  return { pixels, shape: [3, height, width] };
}

/** A decoded PNG, scaled where it is too large: every new pixel is the mean of those that it covers. */
function fit({ pixels, shape }: Pick<PageImage, "pixels" | "shape">): Opened {
  const [channels, rows, cols] = shape;
  const bits = pixels instanceof Uint16Array ? "16 bits a pixel, all of them used. " : "";
  const [toRows, toCols] = scaledSides(rows, cols);
  if (toCols === cols && toRows === rows) return { pixels, shape, note: bits.trim() };
  const scaled =
    pixels instanceof Uint16Array
      ? new Uint16Array(channels * toRows * toCols)
      : new Uint8Array(channels * toRows * toCols);
  let to = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < toRows; row++) {
      const [top, bottom] = span(row, toRows, rows);
      for (let col = 0; col < toCols; col++) {
        const [left, right] = span(col, toCols, cols);
        let sum = 0;
        for (let y = top; y < bottom; y++) {
          const line = (channel * rows + y) * cols;
          for (let x = left; x < right; x++) sum += pixels[line + x] as number;
        }
        scaled[to++] = Math.round(sum / ((bottom - top) * (right - left)));
      }
    }
  }
  const note = `${bits}${scalingNote([rows, cols], [toRows, toCols])}`;
  return { pixels: scaled, shape: [channels, toRows, toCols], note };
}

function span(at: number, count: number, whole: number): readonly [from: number, to: number] {
  const from = Math.floor((at * whole) / count);
  return [from, Math.max(from + 1, Math.floor(((at + 1) * whole) / count))];
}

/** Colour images whose channels are all the same are grey. */
function greyIfGrey({ pixels, shape }: Opened): Pick<PageImage, "pixels" | "shape"> {
  const [channels, rows, cols] = shape;
  const size = rows * cols;
  if (channels === 1) return { pixels, shape };
  for (let at = 0; at < size; at++) {
    if (pixels[at] !== pixels[at + size] || pixels[at] !== pixels[at + 2 * size]) return { pixels, shape };
  }
  return { pixels: pixels.slice(0, size), shape: [1, rows, cols] };
}

/** GIF files with more than one picture: each has a control block of its own. */
function isAnimated(bytes: Uint8Array): boolean {
  if (String.fromCharCode(...bytes.subarray(0, 3)) !== "GIF") return false;
  let pictures = 0;
  for (let at = 0; at + 2 < bytes.length; at++) {
    if (bytes[at] === 0x21 && bytes[at + 1] === 0xf9 && bytes[at + 2] === 4) pictures++;
  }
  return pictures > 1;
}
