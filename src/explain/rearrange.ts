import type { Images } from "../core/images";
import { type CompressSettings, type ImageShape, patchLayout } from "../compress/settings";
import { waveletFilters } from "../compress/wavelets";
import { arrange, type ArrangeOptions, type Block, cutBlock, type ImagePixels, pasteBlock } from "./blocks";

// How twins are made, without what needs Node: the explorer's page does it too.

/** Whether blocks of pixels can change places without a trace: with two taps no coefficient sees two blocks. */
export function canMove({ wavelet }: CompressSettings): boolean {
  return waveletFilters(wavelet).analysis.low.length === 2;
}

/** The whole blocks of each patch; blocks that stick out of the image stay where they are. */
export function movableBlocks(settings: CompressSettings, imageShape: ImageShape): Block[][] {
  const { grid, patch, before } = patchLayout(settings, imageShape);
  const [, rows, cols] = imageShape;
  const side = 2 ** settings.level;
  const groups: Block[][] = [];
  for (let patchAt = 0; patchAt < grid[0] * grid[1]; patchAt++) {
    const [patchRow, patchCol] = [Math.floor(patchAt / grid[1]), patchAt % grid[1]];
    const places: Block[] = [];
    for (let at = 0; at < patch[0] * patch[1]; at++) {
      const row = (patchRow * patch[0] + Math.floor(at / patch[1]) - before[0]) * side;
      const col = (patchCol * patch[1] + (at % patch[1]) - before[1]) * side;
      if (row >= 0 && col >= 0 && row + side <= rows && col + side <= cols) places.push({ row, col, side });
    }
    groups.push(places);
  }
  return groups;
}

/**
 * The pixels of 8-bit images with the blocks of every group arranged anew.
 *
 * @param goals - what the arrangement is to be near to or far from, image by image
 */
export function twinPixels(
  { pixels, shape: [count, ...shape] }: Images,
  goals: Images,
  groups: readonly (readonly Block[])[],
  settings: CompressSettings,
  { aim, random }: Pick<ArrangeOptions, "aim" | "random">,
): Uint8Array {
  const options = { aim, random, side: 2 ** settings.level, mirrors: forgetsSigns(settings) };
  const result = Uint8Array.from(pixels);
  const size = pixels.length / Math.max(1, count);
  for (let image = 0; image < count; image++) {
    const [own, goal] = [result, goals.pixels].map((all): ImagePixels => ({
      pixels: all.subarray(image * size, (image + 1) * size),
      shape,
    })) as [ImagePixels, ImagePixels];
    for (const places of groups) {
      const wanted = places.map((place) => cutBlock(goal, place));
      const arranged = arrange(
        places.map((place) => cutBlock(own, place)),
        wanted,
        options,
      );
      places.forEach((place, at) => pasteBlock(own, place, arranged[at] as Float64Array));
    }
  }
  return result;
}

/** Each patch of n blocks has n! orders, and with mirrors four views of each block; equal blocks are not told apart. */
export function twinBits(groups: readonly (readonly Block[])[], settings: CompressSettings): number {
  const mirrors = forgetsSigns(settings) ? 2 : 0;
  const bits = (count: number): number => {
    let sum = mirrors * count;
    for (let factor = 2; factor <= count; factor++) sum += Math.log2(factor);
    return sum;
  };
  return groups.reduce((sum, { length }) => sum + bits(length), 0);
}

/** Mirroring a block changes the sign of some coefficients and nothing else. */
function forgetsSigns({ pooling }: CompressSettings): boolean {
  return pooling.every((name) => name === "l1" || name === "l2");
}
