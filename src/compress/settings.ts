import { OptionError, ShapeError } from "../core/errors";
import { inBrief } from "../core/images";
import { checkOptions, meant, type OptionNames } from "../core/options";
import { type WaveletName, waveletNames } from "./wavelets";

/** Every pooling, in the order of the paper's list. */
export const poolings = ["l1", "l2", "sum", "max", "min", "median", "sum_pos", "sum_neg"] as const;

/**
 * What one patch of a sub-band, coefficients c, becomes.
 *
 * - `l1`: the sum of |c|, the paper's choice
 * - `l2`: the sum of squares
 * - `sum`, `max`, `min`
 * - `median`: the lower one where two are in the middle
 * - `sum_pos`: the sum of c > 1e-6
 * - `sum_neg`: the sum of c < -1e-6
 */
export type Pooling = (typeof poolings)[number];

/** The settings that decide what an embedding keeps. */
export interface CompressSettings {
  /** J, the depth of the wavelet packet tree, at least 1; it has 4^J sub-bands. */
  readonly level: number;
  /** P, the number of patches per axis (not pixels). */
  readonly patchGrid: readonly [rows: number, cols: number];
  readonly wavelet: WaveletName;
  /** One number a patch for each of these, in this order. */
  readonly pooling: readonly Pooling[];
}

/** The settings as a person writes them: a single number stands for a square patch grid. */
export interface SettingsOptions {
  /** J, the depth of the wavelet packet tree, at least 1; it has 4^J sub-bands. */
  readonly level: number;
  /** P, the number of patches per axis (not pixels), or `[rows, cols]`. */
  readonly patchGrid: number | readonly [rows: number, cols: number];
  /** Default `"haar"`. */
  readonly wavelet?: WaveletName;
  /** One pooling or several; default `"l1"`. */
  readonly pooling?: Pooling | readonly Pooling[];
}

/** The channels, rows and columns of one image. */
export type ImageShape = readonly [channel: number, row: number, col: number];

/** How a sub-band is cut: all sides in coefficients. */
export interface PatchLayout {
  /** Patches per axis. */
  readonly grid: readonly [rows: number, cols: number];
  /** Rows and columns of a sub-band. */
  readonly subBand: readonly [rows: number, cols: number];
  /** Rows and columns of a patch. */
  readonly patch: readonly [rows: number, cols: number];
  /** Zero rows above the sub-band and zero columns left of it that make it a multiple of the patch grid. */
  readonly before: readonly [rows: number, cols: number];
}

// 4^15 sub-bands of one patch each already need more memory than a typed array can have.
const deepestLevel = 15;

/** The names of the settings. */
export const settingsNames: OptionNames<SettingsOptions> = {
  level: true,
  patchGrid: true,
  wavelet: true,
  pooling: true,
};

/**
 * Settings in full from what a person wrote.
 *
 * @param names - of all options that there may be; others are refused before a setting is missed that was misspelt
 * @throws OptionError naming the option that is not allowed
 */
export function toSettings<Options extends SettingsOptions>(
  options: Options,
  where: string,
  names?: OptionNames<Options>,
): CompressSettings {
  checkGiven(options, where);
  if (names !== undefined) checkOptions(where, options, names);
  const { level, patchGrid, wavelet = "haar", pooling = "l1" } = options;
  const grid = typeof patchGrid === "number" ? ([patchGrid, patchGrid] as const) : patchGrid;
  const chosen = [pooling].flat();
  const refuse = (required: string, got: unknown, way: { readonly remedy?: string } = {}): never => {
    throw new OptionError({
      where,
      required,
      got: Array.isArray(got) ? `[${got.map(inBrief).join(",")}]` : inBrief(got),
      ...way,
    });
  };
  if (!Number.isInteger(level) || level < 1 || level > deepestLevel) {
    refuse(`level a whole number from 1 to ${deepestLevel}`, level);
  }
  if (!Array.isArray(grid) || grid.length !== 2 || !grid.every((side) => Number.isInteger(side) && side >= 1)) {
    refuse("patchGrid a whole number of at least 1, or two: [rows, cols]", patchGrid);
  }
  if (!waveletNames.includes(wavelet)) {
    refuse(`wavelet one of ${waveletNames.join(", ")}`, wavelet, meant(waveletNames, String(wavelet)));
  }
  if (chosen.length === 0 || new Set(chosen).size < chosen.length || !chosen.every((name) => poolings.includes(name))) {
    refuse(`pooling one of ${poolings.join(", ")}, or several, each once`, pooling);
  }
  return Object.freeze({
    level,
    patchGrid: Object.freeze([grid[0], grid[1]] as const),
    wavelet,
    pooling: Object.freeze(chosen),
  });
}

function checkGiven(options: unknown, where: string): void {
  if (typeof options === "object" && options !== null) return;
  const remedy = "say, for instance, { level: 2, patchGrid: 19 }";
  throw new OptionError({ where, required: "options with level and patchGrid", got: inBrief(options), remedy });
}

/**
 * Checks that images of this shape can be compressed with the settings.
 *
 * @throws ShapeError when the shape is not three positive whole numbers, a side is below 2^level, or the patch grid is larger than a sub-band
 */
export function checkFit({ level, patchGrid }: CompressSettings, imageShape: ImageShape, where: string): void {
  checkImageShape(imageShape, where);
  const [, rows, cols] = imageShape;
  const side = Math.min(rows, cols);
  if (side < 2 ** level) {
    const required = `level ${level} needs sides of at least ${2 ** level}`;
    const deepest = Math.floor(Math.log2(side));
    const remedy = deepest < 1 ? "use larger images" : `use level <= ${deepest}`;
    throw new ShapeError({ where, required, got: `${rows}x${cols}`, remedy });
  }
  const [subBandRows, subBandCols] = subBandShape(level, [rows, cols]);
  if (patchGrid[0] > subBandRows || patchGrid[1] > subBandCols) {
    const required = `patchGrid at most ${subBandRows}x${subBandCols}, the sub-bands of ${rows}x${cols} at level ${level}`;
    throw new ShapeError({ where, required, got: patchGrid.join("x"), remedy: "use fewer patches or a lower level" });
  }
}

/** Whether images of this shape can be compressed with the settings. */
export function fits(settings: CompressSettings, imageShape: ImageShape): boolean {
  try {
    checkFit(settings, imageShape, "compress");
    return true;
  } catch (error) {
    if (error instanceof ShapeError) return false;
    throw error;
  }
}

function checkImageShape(shape: unknown, where: string): void {
  const isShape = Array.isArray(shape) && shape.length === 3;
  if (isShape && shape.every((side) => Number.isInteger(side) && side >= 1)) return;
  const got = Array.isArray(shape) ? `[${shape.join(", ")}]` : String(shape);
  throw new ShapeError({ where, required: "imageShape [channel, row, col] of positive whole numbers", got });
}

/** Rows and columns of every sub-band of an image: its sides over 2^level, rounded up. */
export function subBandShape(
  level: number,
  [rows, cols]: readonly [rows: number, cols: number],
): readonly [rows: number, cols: number] {
  return [Math.ceil(rows / 2 ** level), Math.ceil(cols / 2 ** level)];
}

/** How the sub-bands of an image are cut into patches. */
export function patchLayout({ level, patchGrid }: CompressSettings, [, rows, cols]: ImageShape): PatchLayout {
  const subBand = subBandShape(level, [rows, cols]);
  const patch = [Math.ceil(subBand[0] / patchGrid[0]), Math.ceil(subBand[1] / patchGrid[1])] as const;
  const before = (axis: 0 | 1): number => Math.floor((patch[axis] * patchGrid[axis] - subBand[axis]) / 2);
  return { grid: patchGrid, subBand, patch, before: [before(0), before(1)] };
}

/** The paths of all 4^level sub-bands in natural order, first level first: `["A", "V", "H", "D"]` at level 1. */
export function subBandPaths(level: number): string[] {
  if (level === 0) return [""];
  return subBandPaths(level - 1).flatMap((parent) => [..."AVHD"].map((letter) => parent + letter));
}

/** Row and column of a sub-band where sub-bands lie as the transform nests them: each letter of its path picks a half along y and one along x. */
export function nestedPlace(subBand: number, level: number): readonly [row: number, col: number] {
  let [row, col] = [0, 0];
  for (let depth = level - 1; depth >= 0; depth--) {
    const letter = Math.floor(subBand / 4 ** depth) % 4;
    row = 2 * row + (letter >> 1);
    col = 2 * col + (letter & 1);
  }
  return [row, col];
}

/** The shape of one image's embedding. */
export function embeddingShape(
  { level, patchGrid, pooling }: CompressSettings,
  [channels]: ImageShape,
): readonly [channel: number, subBand: number, patchRow: number, patchCol: number, pooling: number] {
  return [channels, 4 ** level, patchGrid[0], patchGrid[1], pooling.length];
}

/** How many numbers one image becomes. */
export function embeddingSize(settings: CompressSettings, imageShape: ImageShape): number {
  return embeddingShape(settings, imageShape).reduce((product, side) => product * side, 1);
}

/** The in-memory ratio in percent: 100 times the numbers of an embedding over the numbers of its image. */
export function inMemoryRatio(settings: CompressSettings, imageShape: ImageShape): number {
  return (100 * embeddingSize(settings, imageShape)) / (imageShape[0] * imageShape[1] * imageShape[2]);
}

/** Whether the settings compress images of this shape, as the paper puts it: Ph * Pw <= (H / 2^J) * (W / 2^J). */
export function doesCompress({ level, patchGrid }: CompressSettings, [, rows, cols]: ImageShape): boolean {
  return patchGrid[0] * patchGrid[1] <= (rows * cols) / 4 ** level;
}
