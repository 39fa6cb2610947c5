import { compress } from "../../compress/compress";
import { usableCores } from "../../compress/threads/cores";
import { closePool } from "../../compress/threads/run";
import type { WaveletName } from "../../compress/wavelets";
import type { Images } from "../../core/images";
import { Random } from "../../core/random";
import { type Benchmark, type Peer, type Row, median } from "./benchmark";
import { compressingFiles } from "./fromFiles";

const side = 320;
const rounds = 5;
const warmUpMs = 300; // until the engine has optimised, and memory of results comes back as fast as it goes
const measuredMs = 300;

/** The paper's timed settings and those between them. */
const settings: readonly (readonly [level: number, grid: number])[] = [
  [1, 1],
  [1, 160],
  [1, 79],
  [2, 19],
  [3, 9],
  [4, 5],
  [5, 5],
  [6, 5],
  [7, 1],
  [8, 1],
];

interface Case {
  readonly level: number;
  readonly grid: number;
  readonly wavelet: WaveletName;
  readonly threads: number;
  /** `hot`: 48 images again and again. `cold`: 600 images, more than the caches hold. */
  readonly cache: "hot" | "cold";
}

/** Images from files, and 320 x 320 grey 8-bit pixels from memory, copies and allocation of the result included. */
export const compressing: Benchmark = {
  summary: "compressing images from files, and from memory, hot and cold, on one thread and all",
  async *run(peer): AsyncGenerator<Row> {
    // At (1, 160) a result has 20 MB, so that three, as many as there are before V8 frees young ones, stay below the
    // 64 MB of arrays from which it searches the whole heap.
    const hot = noise(48);
    const limit = readLimit(hot);
    const peerRates = new Map<string, number[]>();
    const rates = new Map<Case, number[]>();
    const add = async (one: Case, images: Images): Promise<void> => {
      rates.set(one, [...(rates.get(one) ?? []), await measure(one, images)]);
    };
    for (let round = 0; round < rounds; round++) {
      if (peer !== undefined) await runPeer(peer, peerRates);
      for (const one of cases.hot) await add(one, hot);
    }
    // Only then, since results of hundreds of megabytes leave a memory behind in which nothing is hot for a while; and
    // files last of all, since they leave a heap of more than 8 MB, which V8 searches after every 8 to 24 MB of results.
    const cold = noise(600);
    for (let round = 0; round < rounds; round++) for (const one of cases.cold) await add(one, cold);
    await closePool();
    const rows = [...rates].map(([one, some]) => row(one, median(some), limit, peerRates));
    yield* rows;
    yield* means(rows);
    yield* compressingFiles();
  },
};

/** Over the ten settings, hot: how much faster than the peer, in geometric mean and at least, and than one thread. */
function* means(rows: readonly Row[]): Generator<Row> {
  const hot = rows.filter(({ wavelet, cache }) => wavelet === "haar" && cache === "hot");
  const column = (threads: number, name: string): number[] =>
    hot.filter((row) => row["threads"] === threads).map((row) => Number(row[name]));
  const one = column(1, "imagesPerSecond");
  for (const threads of new Set(hot.map((row) => Number(row["threads"])))) {
    const rates = column(threads, "imagesPerSecond");
    const times = column(threads, "timesPeer");
    const timesOne = rates.map((rate, at) => rate / (one[at] as number));
    yield {
      mean: "geometric, hot",
      threads,
      imagesPerSecond: Math.round(geometricMean(rates)),
      timesOneThread: round(geometricMean(timesOne)),
      ...(times.some(Number.isNaN)
        ? {}
        : { timesPeer: round(geometricMean(times)), leastTimesPeer: Math.min(...times) }),
    };
  }
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

const threadCounts = [...new Set([1, usableCores()])];

/** Thread counts stand beside each other, so that a slow moment of the machine meets them all. */
const haar = settings.flatMap(([level, grid]) => threadCounts.map((threads) => ({ level, grid, threads })));
const cases: Readonly<Record<Case["cache"], readonly Case[]>> = {
  hot: [
    ...haar.map((one): Case => ({ ...one, wavelet: "haar", cache: "hot" })),
    ...threadCounts.map((threads): Case => ({ level: 2, grid: 19, wavelet: "db2", threads, cache: "hot" })),
  ],
  cold: haar.map((one): Case => ({ ...one, wavelet: "haar", cache: "cold" })),
};

async function measure({ level, grid, wavelet, threads }: Case, images: Images): Promise<number> {
  const options = { level, patchGrid: grid, wavelet, workers: threads } as const;
  const warm = performance.now() + warmUpMs;
  do await compress(images, options);
  while (performance.now() < warm);
  const started = performance.now();
  let done = 0;
  do {
    await compress(images, options);
    done += images.ids.length;
  } while (performance.now() - started < measuredMs);
  return (1000 * done) / (performance.now() - started);
}

function row(one: Case, rate: number, limit: number, peerRates: ReadonlyMap<string, readonly number[]>): Row {
  const { level, grid, wavelet, threads, cache } = one;
  const measured = { level, grid, wavelet, threads, cache, imagesPerSecond: Math.round(rate) };
  const shares = { shareOfCopying: round(rate / (limit * threads)) };
  const theirs = peerRates.get(`${level},${grid}`);
  if (theirs === undefined || wavelet !== "haar") return { ...measured, ...shares };
  const peer = median(theirs);
  return { ...measured, ...shares, peerImagesPerSecond: Math.round(peer), timesPeer: round(rate / peer) };
}

const round = (value: number): number => Number(value.toPrecision(3));

async function runPeer(peer: Peer, rates: Map<string, number[]>): Promise<void> {
  for (const { level, grid, imagesPerSecond } of await peer()) {
    const key = `${String(level)},${String(grid)}`;
    rates.set(key, [...(rates.get(key) ?? []), Number(imagesPerSecond)]);
  }
}

/** Images a second that one thread can merely copy, the least that any work on them costs. */
function readLimit({ pixels }: Images): number {
  const size = side * side;
  const target = new Uint8Array(size);
  const started = performance.now();
  let done = 0;
  do {
    const at = (done++ % (pixels.length / size)) * size;
    target.set(pixels.subarray(at, at + size));
  } while (performance.now() - started < measuredMs);
  return (1000 * done) / (performance.now() - started);
}

/**
 * Synthetic images: smooth noise, which takes as long as X-rays do. White noise takes up to a quarter longer from level 5
 * on, since fewer of its sub-bands fit 16 bits.
 */
function noise(count: number): Images {
  const random = new Random(1);
  const pixels = new Uint8Array(count * side * side);
  let value = 128;
  for (let at = 0; at < pixels.length; at++) {
    value = Math.max(0, Math.min(255, value + (random.uint32() & 15) - 7.5));
    pixels[at] = value;
  }
  return { pixels, shape: [count, 1, side, side], ids: Array.from({ length: count }, (_, at) => `${at}`) };
}
