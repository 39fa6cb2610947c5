import type { Images } from "../core/images";
import { sharp } from "../core/packages";
import { encodePng } from "../data/png";
import type { InlinedImage } from "./pageData";

/**
 * Images as PNG files of the same bytes: 8 bits for `Uint8` pixels, else 16 bits, to which floating-point pixels are
 * rounded.
 *
 * @param names - what each is called in the page
 */
export async function inlineImages(images: Images, names: readonly string[], note: string): Promise<InlinedImage[]> {
  const inlined: InlinedImage[] = [];
  for (const [at, id] of images.ids.entries()) {
    const deep = !(images.pixels instanceof Uint8Array);
    const png = deep ? await encodeDeep(images, at) : await encodePng(images, at);
    const name = names[at] ?? id;
    inlined.push({ id, name, note, png: Buffer.from(png).toString("base64") });
  }
  return inlined;
}

/** One image as a 16-bit PNG. */
async function encodeDeep({ pixels, shape: [, channels, rows, cols] }: Images, image: number): Promise<Uint8Array> {
  const size = rows * cols;
  const scale = pixels instanceof Float32Array ? 65535 : 1;
  const words = new Uint16Array(channels * size);
  for (let at = 0; at < words.length; at++) {
    const value = scale * (pixels[image * channels * size + at] as number);
    words[(at % size) * channels + Math.floor(at / size)] = Math.round(Math.min(65535, Math.max(0, value)));
  }
  return sharp()(words, { raw: { width: cols, height: rows, channels: channels as 1 | 3 } })
    .toColourspace(channels === 1 ? "grey16" : "rgb16")
    .png()
    .toBuffer();
}
