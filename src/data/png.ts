import type { Images } from "../core/images";
import { sharp } from "../core/packages";

/** One image as an 8-bit PNG, grey or RGB; what is beyond black and white is clamped. */
export async function encodePng({ pixels, shape }: Images, image: number): Promise<Uint8Array> {
  const [, channels, rows, cols] = shape;
  const plane = rows * cols;
  const scale = pixels instanceof Float32Array ? 255 : pixels instanceof Uint16Array ? 255 / 65535 : 1;
  const bytes = new Uint8ClampedArray(channels * plane); // rounds and clamps
  for (let channel = 0; channel < channels; channel++) {
    const start = (image * channels + channel) * plane;
    for (let at = 0; at < plane; at++) bytes[at * channels + channel] = scale * (pixels[start + at] as number);
  }
  return sharp()(bytes, { raw: { width: cols, height: rows, channels: channels as 1 | 3 } })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .png()
    .toBuffer();
}
