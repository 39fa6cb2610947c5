import { type CompressSettings, type ImageShape, patchLayout, poolings, subBandShape } from "./settings";
import { type Wavelet, waveletFilters } from "./wavelets";

/** What the pixels of a kernel's input are. */
export type PixelKind = "uint8" | "uint16" | "float32";

/** What the kernels do with one channel: the numbers of their plan (wasm/plan.ts) and the room that they need. */
export interface KernelPlan {
  /** Bytes of one channel of input. */
  readonly inputBytes: number;
  /** Bytes of one channel of results. */
  readonly outBytes: number;
  /** Bytes of the plan itself, its tables and its scratch memory. */
  readonly workspaceBytes: number;
  /** Bytes of the plan and its tables alone, which the scratch memory follows. */
  readonly planBytes: number;
  /** About how long one channel takes, in milliseconds: enough to decide who does it. */
  readonly channelMs: number;
  /** Writes the plan to a workspace of {@link workspaceBytes}, aligned to 16. */
  readonly write: (memory: ArrayBufferLike, workspace: number) => void;
}

const structBytes = 128;
const poolingBytes = 4 * poolings.length;
/** The longest sum of numbers in single precision whose rounding stays near 1e-6, as in wasm/pool.ts. */
const run = 64;
// Sums of whole numbers stay below 2^31: 255 * 2^23.
const mostSummed = 2 ** 23;
const bytesPerPixel: Readonly<Record<PixelKind, number>> = { uint8: 1, uint16: 2, float32: 4 };
const rangeOf: Readonly<Record<PixelKind, number>> = { uint8: 255, uint16: 65535, float32: 1 };

/** The kind of a typed array of pixels. */
export function pixelKind(pixels: Uint8Array | Uint16Array | Float32Array): PixelKind {
  if (pixels instanceof Float32Array) return "float32";
  return pixels instanceof Uint16Array ? "uint16" : "uint8";
}

/** Plans the compression of channels of one shape, kind and settings. */
export function planKernel(settings: CompressSettings, imageShape: ImageShape, kind: PixelKind): KernelPlan {
  const [, rows, cols] = imageShape;
  const { grid, patch, before, subBand } = patchLayout(settings, imageShape);
  const wavelet = waveletFilters(settings.wavelet);
  const taps = wavelet.analysis.low.length;
  const integer = computesInIntegers(settings, imageShape, kind);
  const hasMedian = settings.pooling.includes("median");
  const ringRows = 2 ** Math.ceil(Math.log2(taps + 1));
  const carryRows = Math.max(1, Math.floor(run / Math.ceil(patch[1] / run)));
  const inputBytes = rows * cols * bytesPerPixel[kind];
  const outBytes = 4 * 4 ** settings.level * grid[0] * grid[1] * settings.pooling.length;
  const filterBytes = 32 * taps;
  const medianBytes = aligned(hasMedian ? 4 * patch[0] * patch[1] : 0);
  const planBytes = structBytes + poolingBytes + filterBytes + medianBytes;
  const scratch = integer ? integerScratch(settings, imageShape) : floatScratch(settings, imageShape, ringRows, taps);

  // Slow machines in mind; a median moves every coefficient about.
  const perPixel = integer ? 1e-6 : 1e-6 * taps * settings.level + (hasMedian ? 5e-5 : 0);
  const channelMs = rows * cols * perPixel;

  function write(memory: ArrayBufferLike, workspace: number): void {
    const poolingList = workspace + structBytes;
    const filters = poolingList + poolingBytes;
    const fields = [
      ...[0, inputBytes, outBytes, rows, cols, settings.level, ["uint8", "uint16", "float32"].indexOf(kind)],
      ...[...grid, ...patch, ...before, ...subBand],
      ...[settings.pooling.length, poolingList, Number(hasMedian), taps, filters, ringRows, carryRows],
      ...[filters + filterBytes, Number(integer), 0, blockMask(settings.level)],
    ];
    new Uint32Array(memory, workspace, fields.length).set(fields);
    new Float32Array(memory, workspace + 4 * scaleField, 1)[0] = 2 ** -settings.level / 255;
    new Uint32Array(memory, poolingList, poolings.length).set(settings.pooling.map((name) => poolings.indexOf(name)));
    new Float32Array(memory, filters, 8 * taps).set(filterTable(wavelet, 1 / rangeOf[kind]));
  }

  return { inputBytes, outBytes, workspaceBytes: aligned(planBytes + scratch), planBytes, channelMs, write };
}

const scaleField = 24; // the position of `scale` among the fields

/** Whether the integer kernel computes it: Haar, 8-bit, the sum of magnitudes, and sums that fit 32 bits. */
export function computesInIntegers(settings: CompressSettings, imageShape: ImageShape, kind: PixelKind): boolean {
  const { patch } = patchLayout(settings, imageShape);
  const { low, high } = waveletFilters(settings.wavelet).analysis;
  const haar = low.length === 2 && low[0] === low[1] && high[0] === -(low[0] as number);
  const alone = settings.pooling.length === 1 && settings.pooling[0] === "l1";
  return kind === "uint8" && haar && alone && patch[0] * patch[1] * 4 ** settings.level <= mostSummed;
}

/** Low and high of the first vertical filters, which bring pixels to 0..1; low and high; [low, low, high, high] a tap. */
function filterTable({ analysis: { low, high } }: Wavelet, scale: number): number[] {
  const scaled = (taps: Float64Array): number[] => Array.from(taps, (tap) => tap * scale);
  const pairs = Array.from(low, (tap, at) => [tap, tap, high[at] as number, high[at] as number]);
  return [...scaled(low), ...scaled(high), ...low, ...high, ...pairs.flat()];
}

/** The pixels that one step of the integer kernel's inner loop reads, less one. */
function blockMask(level: number): number {
  return [15, 31, 7][level - 1] ?? 15;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
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
  if (level === 4) return strip + 512 + 1024 * grid[1];
  const planes = Array.from({ length: level - 4 }, (_, at) => 64 * product(subBandShape(4 + at, [rows, cols])));
  const deeper = planes.reduce((sum, bytes) => sum + bytes);
  return strip + 512 + 8 * (planes[0] as number) + 64 * grid[0] * grid[1] + deeper;
}

/** Bytes of scratch that wasm/float.ts lays out. */
function floatScratch(settings: CompressSettings, imageShape: ImageShape, ringRows: number, taps: number): number {
  const [, rows, cols] = imageShape;
  const { level, pooling } = settings;
  const halfCols = Math.ceil(cols / 2);
  const kept = pooling.includes("median") ? level : level - 1;
  const margins = 32 * (halfCols + taps + 9);
  const leafRows = 4 * 16 * (halfCols + 2);
  const sums = 3 * 4 * 16 * pooling.length * settings.patchGrid[1];
  let bytes = 4 * 8 * Math.ceil(cols / 8) * ringRows + 2 * margins + leafRows + sums;
  for (let at = 1; at <= kept; at++) {
    bytes += (at === 1 ? 1 : 4) * 16 * Math.ceil(rows / 2 ** at) * Math.ceil(cols / 2 ** at);
  }
  return bytes;
}
