import type { PixelKind } from "./images";
import { latticeOf } from "./lattice";
import { type CompressSettings, type ImageShape, patchLayout, subBandShape } from "./settings";
import { type Wavelet, waveletFilters } from "./wavelets";

/** The kernel that compresses images, and what it alone needs to know. */
export interface KernelChoice {
  readonly kernel: KernelName;
  /** What pixels or sums are multiplied by. */
  readonly scale: number;
  /** The filters as the kernel has them. */
  readonly filters: Float32Array | Float64Array;
  readonly scratchBytes: number;
}

/** The kernels, as wasm/plan.ts counts them. */
export const kernels = { filters: 0, integers: 1, lattice: 2, exact: 3 } as const;
export type KernelName = keyof typeof kernels;

// Sums of whole numbers stay below 2^31: 255 * 2^23.
const mostSummed = 2 ** 23;
const wholeHaar = { low: Float64Array.of(1, 1), high: Float64Array.of(-1, 1) };
const rangeOf: Readonly<Record<PixelKind, number>> = { uint8: 255, uint16: 65535, float32: 1 };

/** Chooses the fastest kernel that is as exact as {@link compress} promises. */
export function chooseKernel(settings: CompressSettings, imageShape: ImageShape, kind: PixelKind): KernelChoice {
  const wavelet = waveletFilters(settings.wavelet);
  const { low, high } = wavelet.analysis;
  const [taps, scale] = [low.length, 1 / rangeOf[kind]];
  const wholeScale = scale * 2 ** -settings.level;
  if (computesInIntegers(settings, imageShape, kind)) {
    const scratchBytes = integerScratch(settings, imageShape);
    const filters = new Float32Array(0);
    return { kernel: "integers", scale: wholeScale, filters, scratchBytes };
  }
  if (settings.pooling.includes("median")) {
    const scratchBytes = exactScratch(settings, imageShape, taps);
    const filters = Float64Array.of(...low, ...high);
    return { kernel: "exact", scale, filters, scratchBytes };
  }
  const lattice = taps >= 4 && taps <= 8 ? latticeOf(wavelet) : undefined;
  if (lattice !== undefined) {
    const scratchBytes = latticeScratch(settings, imageShape, taps);
    const rotations = {
      scale: scale * lattice.scale ** (2 * settings.level),
      filters: Float32Array.from(lattice.tangents),
    };
    return { kernel: "lattice", ...rotations, scratchBytes };
  }
  const scratchBytes = floatScratch(settings, imageShape, taps);
  const kernel = "filters";
  // Single precision holds whole numbers up to 2^24 as they are.
  if (isWhole(settings, kind)) return { kernel, scale: wholeScale, filters: filterTable(wholeHaar, 1), scratchBytes };
  return { kernel, scale: 1, filters: filterTable(wavelet.analysis, scale), scratchBytes };
}

/** Whether the integer kernel computes it: Haar, 8-bit, the sum of magnitudes, and sums that fit 32 bits. */
export function computesInIntegers(settings: CompressSettings, imageShape: ImageShape, kind: PixelKind): boolean {
  const { patch } = patchLayout(settings, imageShape);
  return kind === "uint8" && isWhole(settings, kind) && product(patch) * 4 ** settings.level <= mostSummed;
}

/** Whether all is whole numbers up to one scale at the end: the sums of magnitudes of Haar on whole numbers. */
function isWhole({ wavelet, pooling }: CompressSettings, kind: PixelKind): boolean {
  const { low, high } = waveletFilters(wavelet).analysis;
  const haar = low.length === 2 && low[0] === low[1] && high[0] === -(low[0] as number);
  return kind !== "float32" && haar && pooling.length === 1 && pooling[0] === "l1";
}

/** Low and high of the first vertical filters, which bring pixels to 0..1; low and high; [low, low, high, high] a tap. */
function filterTable({ low, high }: Wavelet["analysis"], scale: number): Float32Array {
  const scaled = (taps: Float64Array): number[] => Array.from(taps, (tap) => tap * scale);
  const pairs = Array.from(low, (tap, at) => [tap, tap, high[at] as number, high[at] as number]);
  return Float32Array.of(...scaled(low), ...scaled(high), ...low, ...high, ...pairs.flat());
}

/** Rows of pixels that wasm/float.ts keeps at hand: a power of two, for its remainders. */
export function ringRowsOf(taps: number): number {
  return 2 ** Math.ceil(Math.log2(taps + 1));
}

const product = ([rows, cols]: readonly [rows: number, cols: number]): number => rows * cols;

/** Bytes of scratch that wasm/haar.ts and wasm/deep.ts lay out. */
function integerScratch(settings: CompressSettings, imageShape: ImageShape): number {
  const [, rows, cols] = imageShape;
  const { level } = settings;
  const { grid, patch, before } = patchLayout(settings, imageShape);
  const stripCols = Math.ceil(cols / 32) * 32;
  const strip = 16 * stripCols;
  if (level === 1) {
    const bandCols = Math.max(grid[1] * patch[1], before[1] + stripCols / 2);
    return strip + 4 * (2 * (bandCols + 32) + 4 * grid[1]);
  }
  if (level === 2) return strip + 16 * stripCols + 64 * grid[1];
  if (level === 3) return strip + 256 * grid[1];
  if (level === 4) return strip + 1024 + 1024 * grid[1];
  const planes = Array.from({ length: level - 4 }, (_, at) => 64 * product(subBandShape(4 + at, [rows, cols])));
  const bounds = 32 * level;
  const deeper = planes.reduce((sum, bytes) => sum + bytes);
  return strip + 512 + 8 * (planes[0] as number) + Math.max(64 * grid[0] * grid[1], 576) + bounds + deeper;
}

/** Bytes of scratch that wasm/lattice.ts lays out. */
function latticeScratch(settings: CompressSettings, imageShape: ImageShape, taps: number): number {
  const [, rows, cols] = imageShape;
  const { level, pooling, patchGrid } = settings;
  const overhang = taps / 2 - 1;
  const halfCols = Math.ceil(cols / 2);
  const pairRows = 4 * 4 * (halfCols + overhang + 3);
  const delays = (2 * overhang + 1) * 32 * (Math.ceil(halfCols / 2) + overhang + 1);
  const row = (at: number): number => 16 * (Math.ceil(cols / 2 ** at) + 12);
  let bytes = pairRows + delays + 4 * row(1) + 3 * 4 * 16 * pooling.length * patchGrid[1];
  bytes += 2 * row(1);
  for (let at = 2; at < level; at++) bytes += 4 * Math.ceil(rows / 2 ** at) * row(at);
  return bytes + 64;
}

/** Bytes of scratch that wasm/float.ts lays out. */
function floatScratch(settings: CompressSettings, imageShape: ImageShape, taps: number): number {
  const [, rows, cols] = imageShape;
  const { level, pooling } = settings;
  const halfCols = Math.ceil(cols / 2);
  const margins = 32 * (halfCols + taps + 9);
  const leafRows = 4 * 16 * (halfCols + 2);
  const sums = 3 * 4 * 16 * pooling.length * settings.patchGrid[1];
  let bytes = 4 * 8 * Math.ceil(cols / 8) * ringRowsOf(taps) + 2 * margins + leafRows + sums;
  for (let at = 1; at < level; at++) {
    bytes += (at === 1 ? 1 : 4) * 16 * Math.ceil(rows / 2 ** at) * Math.ceil(cols / 2 ** at);
  }
  return bytes;
}

/** Bytes of scratch that wasm/exact.ts lays out. */
function exactScratch(settings: CompressSettings, imageShape: ImageShape, taps: number): number {
  const [, rows, cols] = imageShape;
  const { patch } = patchLayout(settings, imageShape);
  let numbers = product(patch) + 2 * (cols + 2 * taps) + rows * cols;
  for (let at = 1; at <= settings.level; at++) numbers += 4 * product(subBandShape(at, [rows, cols]));
  return 8 * numbers;
}
