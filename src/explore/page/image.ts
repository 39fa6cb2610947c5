import type { Images } from "../../core/images";
import type { InlinedImage } from "../pageData";
import { decodePng } from "./png";

/** An image that the page works on. */
export interface PageImage {
  readonly id: string;
  /** What the person sees it called. */
  readonly name: string;
  /** What was done to it, or what it is; empty where there is nothing to say. */
  readonly note: string;
  readonly pixels: Images["pixels"];
  readonly shape: readonly [channel: number, row: number, col: number];
}

/** Decodes an image that was written with the page. */
export async function openInlined({ id, name, note, png }: InlinedImage): Promise<PageImage> {
  const decoded = await decodePng(fromBase64(png));
  if (decoded === undefined) throw new Error(`${name}: not the PNG that was written`);
  return { id, name, note, ...decoded };
}

/** What a pixel is divided by so that 0..1 is its whole range. */
export function whiteOf({ pixels }: Pick<PageImage, "pixels">): number {
  if (pixels instanceof Float32Array) return 1;
  return pixels instanceof Uint16Array ? 65535 : 255;
}

/** The pixels in 0..1. */
export function unitPixels(image: PageImage): Float32Array {
  const white = whiteOf(image);
  return Float32Array.from(image.pixels, (value) => value / white);
}

/** The image as the library takes it. */
export function asImages({ id, pixels, shape }: PageImage): Images {
  return { pixels, shape: [1, ...shape], ids: [id] };
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
