import type { Images } from "../core/images";
import type { PlainImage } from "./definition";

/** What pixels are, as the kernels know them. */
export type PixelKind = "uint8" | "uint16" | "float32";

/** The kind of a typed array of pixels. */
export function pixelKind(pixels: Images["pixels"]): PixelKind {
  if (pixels instanceof Float32Array) return "float32";
  return pixels instanceof Uint16Array ? "uint16" : "uint8";
}

/** What a pixel is divided by so that 0..1 is its whole range. */
export function pixelScale({ pixels }: Images): number {
  if (pixels instanceof Float32Array) return 1;
  return pixels instanceof Uint16Array ? 65535 : 255;
}

/** One of the images in double precision, in 0..1. */
export function plainImage(images: Images, image: number): PlainImage {
  const [, ...shape] = images.shape;
  const size = shape[0] * shape[1] * shape[2];
  const scale = pixelScale(images);
  const pixels = Float64Array.from(images.pixels.subarray(image * size, (image + 1) * size));
  return { values: pixels.map((value) => value / scale), shape };
}
