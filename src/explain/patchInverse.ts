import type { CompressSettings } from "../compress/settings";
import { waveletFilters } from "../compress/wavelets";

/** The inverse transform at compact size for wavelets of two taps, patch by patch: blocks of 2^level pixels a side. */
export interface PatchInverse {
  /** Turns `[subBand, patch]` into `[pixel of the block, patch]`, in place. */
  invert(values: Float64Array): void;
  /** `[pixel of the block]`: its row and column, as the pixel stands in the slot of a sub-band. */
  readonly places: readonly (readonly [row: number, col: number])[];
}

/**
 * With two taps no block reaches into another, and the transform is one of four numbers at a time, level by level, which
 * is some twenty times faster than filtering planes.
 */
export function patchInverse({ level, wavelet, patchGrid }: CompressSettings): PatchInverse {
  const { low, high } = waveletFilters(wavelet).synthesis;
  const patches = patchGrid[0] * patchGrid[1];
  const [low0, low1, high0, high1] = [low[0], low[1], high[0], high[1]] as [number, number, number, number];
  const invertFour = (values: Float64Array, a: number, step: number): void => {
    const [v, h, d] = [a + step, a + 2 * step, a + 3 * step];
    for (let at = 0; at < patches; at++) {
      const [va, vv, vh, vd] = [values[a + at], values[v + at], values[h + at], values[d + at]] as Four;
      const [top0, top1] = [low0 * va + high0 * vv, low1 * va + high1 * vv];
      const [down0, down1] = [low0 * vh + high0 * vd, low1 * vh + high1 * vd];
      values[a + at] = low0 * top0 + high0 * down0;
      values[v + at] = low0 * top1 + high0 * down1;
      values[h + at] = low1 * top0 + high1 * down0;
      values[d + at] = low1 * top1 + high1 * down1;
    }
  };
  return {
    invert(values) {
      for (let digit = 0; digit < level; digit++) {
        const stride = 4 ** digit;
        for (let subBand = 0; subBand < 4 ** level; subBand++) {
          if (Math.floor(subBand / stride) % 4 === 0) invertFour(values, subBand * patches, stride * patches);
        }
      }
    },
    places: Array.from({ length: 4 ** level }, (_, slot) => placeOf(slot, level)),
  };
}

type Four = [number, number, number, number];

/** The letter of the first level, the highest digit, decides the lowest bit of the place. */
function placeOf(slot: number, level: number): readonly [row: number, col: number] {
  let [row, col] = [0, 0];
  for (let digit = 0; digit < level; digit++) {
    const letter = Math.floor(slot / 4 ** digit) % 4;
    row = 2 * row + (letter >> 1);
    col = 2 * col + (letter & 1);
  }
  return [row, col];
}
