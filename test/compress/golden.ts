import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Images, Pooling, WaveletName } from "../../src/index";

export interface GoldenCase {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly seed: number;
  readonly level: number;
  readonly patchGrid: readonly [number, number];
  readonly wavelet: WaveletName;
  readonly poolings: readonly Pooling[];
  readonly embedding: readonly number[];
  readonly reconstruction?: { readonly shape: readonly number[]; readonly values: readonly number[] };
  readonly compactReconstruction?: { readonly shape: readonly number[]; readonly values: readonly number[] };
}

/** Reference values in double precision; the file's note says how they were made. */
export const goldenCases: readonly GoldenCase[] = (
  JSON.parse(readFileSync(join(__dirname, "../golden/deepfixcx-reference.json"), "utf8")) as { cases: GoldenCase[] }
).cases;

/** The image of a golden case, by the recipe in the file's note. */
export function goldenImage({ height, width, channels, seed }: GoldenCase): Images & { readonly pixels: Uint8Array } {
  const pixels = new Uint8Array(channels * height * width);
  let at = 0;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const curved = Math.floor((x * x * (3 + seed) + y * y * (5 + c) + x * y * (1 + (seed % 7))) / (7 + c));
        pixels[at++] = (curved + Math.floor(x / 5) * 17 + Math.floor(y / 9) * 29 * (c + 1) + seed * 31) % 256;
      }
    }
  }
  return { pixels, shape: [1, channels, height, width], ids: ["golden"] };
}
