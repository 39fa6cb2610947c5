import type { KernelName } from "./kernel-choice";
import { mostKept } from "./kernel-memory";
import { type CompressSettings, type ImageShape, patchLayout } from "./settings";

// In nanoseconds, as measured and half as much again for slower machines: right within a factor of two where images are
// larger than a cache; others may take a quarter.
const channelNs = 100;
/** A coefficient at a level: for every tap and one more. */
const transformNs = { filters: 0.2, lattice: 0.1, exact: 1.2 } as const;
const poolingNs = 0.4; // a coefficient and pooling
const exactPoolingNs = 4;
const medianNs = 30; // a coefficient
const runNs = 12; // the coefficients of one patch in one row of four sub-bands, for each pooling
const runsALine = 2; // what such a row costs beside its patches
/** The integer kernel: a pixel for every level and one more, and a result. */
const integerNs = 0.15;
const resultNs = 0.7;
/** Rebuilding: a pixel at a level for every tap and five more, and a pixel. */
const rebuildNs = 0.4;
const pixelNs = 1.5;
const freshByteNs = 0.5; // of memory just got from the system

/** About how long a kernel takes to compress one channel, in milliseconds. */
export function compressMs(
  kernel: KernelName,
  taps: number,
  settings: CompressSettings,
  [, rows, cols]: ImageShape,
): number {
  const { level, pooling } = settings;
  const { grid, subBand } = patchLayout(settings, [1, rows, cols]);
  const subBands = 4 ** level;
  if (kernel === "integers") {
    const results = subBands * grid[0] * grid[1];
    return 1e-6 * (channelNs + integerNs * (level + 1) * rows * cols + resultNs * results);
  }
  const coefficients = subBands * subBand[0] * subBand[1];
  const transform = transformNs[kernel] * level * (taps + 1);
  const others = (kernel === "exact" ? exactPoolingNs : poolingNs) * pooling.length;
  const poolings = others + (pooling.includes("median") ? medianNs : 0);
  const runs = (subBands / 4) * subBand[0] * (grid[1] + runsALine) * pooling.length;
  return 1e-6 * (channelNs + (transform + poolings) * coefficients + runNs * runs);
}

/** About how long it takes to rebuild one channel of so many pixels, in milliseconds. */
export function rebuildMs(level: number, taps: number, pixels: number): number {
  return 1e-6 * (channelNs + (rebuildNs * level * (taps + 5) + pixelNs) * pixels);
}

/** About how long a channel waits for memory that is not kept from one to the next, in milliseconds. */
export function memoryMs(bytes: number): number {
  return bytes > mostKept ? 1e-6 * freshByteNs * bytes : 0;
}
