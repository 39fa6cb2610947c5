import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import {
  type CompressSettings,
  type Images,
  type Pooling,
  compress,
  poolings,
  privatize,
  waveletNames,
} from "../../src/index";
import { Random } from "../../src/core/random";
import { compressImage } from "../../src/compress/definition";
import { plainImage } from "../../src/compress/images";
import { embeddingSize, toSettings } from "../../src/compress/settings";
import { bytesOf, kernelModule } from "../../src/compress/kernel";
import { planKernel } from "../../src/compress/kernel-plan";
import { type Chunk, layOut } from "../../src/compress/threads/layout";
import type { PoolWorker } from "../../src/compress/threads/poolWorker";
import { Pool } from "../../src/compress/threads/pool";
import { closePool } from "../../src/compress/threads/run";
import { share } from "../../src/compress/threads/share";

const cases = process.env["DEEPFIXCX_TEST_FULL"] === "1" ? 2_000 : 120;

interface Draw {
  readonly images: Images;
  readonly settings: CompressSettings;
}

type Kind = "uint8" | "uint16" | "float32";

/** Noise over a gradient, so that neither sums nor differences vanish. */
function image(shape: Images["shape"], kind: Kind, seed: number): Images {
  const random = new Random(seed);
  const size = shape.reduce((product, side) => product * side, 1);
  const largest = { uint8: 255, uint16: 65535, float32: 1 }[kind];
  const value = (at: number): number => (0.5 * ((at % shape[3]) / shape[3]) + 0.5 * random.uniform()) * largest;
  const array = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array }[kind];
  const pixels = new array(size);
  for (let at = 0; at < size; at++) pixels[at] = value(at);
  return { pixels, shape, ids: Array.from({ length: shape[0] }, (_, at) => `${at}`) };
}

const side = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 64 }) }, fc.integer({ min: 1, max: 300 }));

/** Mostly settings that fit, some that must be refused; long filters only for images that the definition can bear. */
const draws: fc.Arbitrary<Draw> = fc
  .record({
    rows: side,
    cols: side,
    channels: fc.integer({ min: 1, max: 4 }),
    images: fc.integer({ min: 1, max: 3 }),
    level: fc.integer({ min: 1, max: 7 }),
    share: fc.tuple(fc.double({ min: 0, max: 1.05, noNaN: true }), fc.double({ min: 0, max: 1.05, noNaN: true })),
    wavelet: fc.oneof(fc.constant("haar" as const), fc.constantFrom(...waveletNames)),
    pooling: fc.oneof(fc.constant<readonly Pooling[]>(["l1"]), fc.shuffledSubarray([...poolings], { minLength: 1 })),
    kind: fc.constantFrom<Kind>("uint8", "uint8", "uint16", "float32"),
    seed: fc.nat(),
  })
  .map(({ rows, cols, channels, images, level, share, wavelet, pooling, kind, seed }) => {
    const deep = Math.min(level, 1 + Math.floor(Math.log2(Math.min(rows, cols))));
    const subBand = [Math.ceil(rows / 2 ** deep), Math.ceil(cols / 2 ** deep)] as const;
    const patches = (axis: 0 | 1): number => Math.max(1, Math.round(subBand[axis] * share[axis]));
    const patchGrid = [patches(0), patches(1)] as const;
    const settings = toSettings({ level: Math.max(1, deep), patchGrid, wavelet, pooling }, "test");
    return { images: image([images, channels, rows, cols], kind, seed), settings };
  });

function defined({ images, settings }: Draw): Float64Array {
  const [count, ...imageShape] = images.shape;
  const size = embeddingSize(settings, imageShape);
  const values = new Float64Array(count * size);
  for (let at = 0; at < count; at++) values.set(compressImage(plainImage(images, at), settings), at * size);
  return values;
}

/** As `toEqual`, which takes seconds for so many numbers. */
function expectSameBytes(one: Float32Array | undefined, other: Float32Array): void {
  const [bytes, expected] = [one ?? new Float32Array(0), other].map((values) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  ) as [Buffer, Buffer];
  expect(bytes.length).toBe(expected.length);
  expect(bytes.compare(expected)).toBe(0);
}

function outcome<T>(work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    return (error as Error).name;
  }
}

describe("the kernels", () => {
  it(
    `agree with the plain definition on ${cases} random cases, and refuse what it refuses`,
    { timeout: 3_600_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(draws, async (draw) => {
          const expected = outcome(() => defined(draw));
          const got = await compress(draw.images, { ...draw.settings, workers: 1 }).catch((error: Error) => error.name);
          if (typeof expected === "string" || typeof got === "string") {
            expect(got).toEqual(expected);
            return;
          }
          const { wavelet, pooling } = draw.settings;
          const exact = wavelet === "haar" && pooling.join() === "l1" && draw.images.pixels instanceof Uint8Array;
          expect(got.values).toBeAllclose(expected, { rtol: exact ? 2e-7 : 1e-5 });
        }),
        { seed: 1, numRuns: cases },
      );
    },
  );

  it.each(waveletNames)("agree with the plain definition for %s", async (wavelet) => {
    const images = image([1, 1, 27, 38], "uint8", 3);
    for (const pooling of [["l1", "sum"], ["median"]] as const) {
      const settings = toSettings({ level: 2, patchGrid: [3, 4], wavelet, pooling }, "test");
      const { values } = await compress(images, settings);
      expect(values).toBeAllclose(defined({ images, settings }), { rtol: 1e-5 });
    }
  });

  it.each(["db2", "db3", "db4", "sym4", "coif1"] as const)(
    "agree on odd and even sides, at every level, for %s",
    async (wavelet) => {
      for (const [rows, cols] of [
        [8, 8],
        [9, 15],
        [33, 18],
        [31, 70],
        [64, 47],
      ] as const) {
        for (const kind of ["uint8", "uint16", "float32"] as const) {
          for (const level of [1, 2, 3]) {
            const images = image([2, 1, rows, cols], kind, rows * cols);
            const patchGrid = [1, Math.ceil(cols / 2 ** level / 3)] as const;
            const settings = toSettings(
              { level, patchGrid, wavelet, pooling: level === 3 ? ["max", "sum_neg"] : "l1" },
              "test",
            );
            const { values } = await compress(images, settings);
            expect(values).toBeAllclose(defined({ images, settings }), { rtol: 2e-6 });
          }
        }
      }
    },
  );

  it.each([
    [
      "single coefficients at level 1, in whole vectors and not",
      1,
      [1, 1],
      [
        [32, 32],
        [33, 48],
        [18, 30],
        [2, 16],
      ],
    ],
    [
      "patches of three columns at level 1",
      1,
      [3, 3],
      [
        [32, 32],
        [37, 67],
        [320, 320],
        [130, 41],
      ],
    ],
    [
      "patches of other widths at level 1",
      1,
      [70, 2],
      [
        [320, 36],
        [141, 35],
      ],
    ],
    [
      "one, two and three squares side by side at level 4",
      4,
      [2, 3],
      [
        [64, 96],
        [65, 161],
        [320, 320],
        [33, 16],
      ],
    ],
    [
      "planes of 3 x 3 at the end",
      6,
      [9, 9],
      [
        [130, 150],
        [320, 320],
      ],
    ],
    [
      "planes of 3 x 3 at the end, from level 5 on",
      5,
      [9, 9],
      [
        [70, 80],
        [90, 33],
      ],
    ],
  ] as const)("sum whole numbers exactly: %s", async (_, level, patch, sides) => {
    for (const [rows, cols] of sides) {
      const images = image([2, 2, rows, cols], "uint8", rows + cols);
      const patches = (side: number, axis: 0 | 1): number => Math.ceil(Math.ceil(side / 2 ** level) / patch[axis]);
      const settings = toSettings({ level, patchGrid: [patches(rows, 0), patches(cols, 1)] }, "test");
      const { values } = await compress(images, { ...settings, workers: 1 });
      expect(values).toBeAllclose(defined({ images, settings }), { rtol: 2e-7 });
    }
  });

  it.each([
    [5, 1, 320],
    [5, 5, 320],
    [6, 5, 320],
    [7, 1, 320],
    [7, 2, 500],
    [8, 1, 320],
    [9, 1, 530],
  ])(
    "sum whole numbers exactly, where 16 bits just suffice and just not: level %i, grid %i",
    async (level, patchGrid, side) => {
      const settings = toSettings({ level, patchGrid }, "test");
      // One sub-band of level 4 gets all there is: its children and their patches pass 2^15 and 2^16.
      const wave = (at: number, path: number): number => (-1) ** [1, 2, 4, 8].filter((bit) => at & path & bit).length;
      for (const amplitude of level < 9 ? [1, 2, 4, 8, 9, 16, 17, 32, 64, 127] : [4, 127]) {
        const pixels = Uint8Array.from({ length: side * side }, (_, at) => {
          const [row, col] = [Math.floor(at / side), at % side];
          return 127 + amplitude * wave(row, 6) * wave(col, 9) * (col % 48 < 16 ? -1 : 1);
        });
        const images = { pixels, shape: [1, 1, side, side], ids: ["wave"] } as const;
        const { values } = await compress(images, { level, patchGrid, workers: 1 });
        expect(values).toBeAllclose(defined({ images, settings }), { rtol: 2e-7 });
      }
    },
  );

  it("find medians far below the rounding of single precision", async () => {
    const images = image([1, 1, 25, 24], "uint8", 11);
    const settings = toSettings({ level: 2, patchGrid: 1, wavelet: "db38", pooling: "median" }, "test");
    const { values } = await compress(images, settings);
    expect(values.every((value) => Math.abs(value) < 1e-7)).toBe(true); // of coefficients up to 3e-5
    expect(values).toBeAllclose(defined({ images, settings }), { rtol: 1e-6 });
  });

  it("keep long sums: one patch over 1,500 x 1,100 pixels, constant and noisy", async () => {
    const noisy = image([1, 1, 1500, 1100], "float32", 5);
    const constant = { ...noisy, pixels: new Float32Array(noisy.pixels.length).fill(0.1) };
    const settings = toSettings({ level: 1, patchGrid: 1, pooling: ["l1", "l2", "sum"] }, "test");
    for (const images of [noisy, constant]) {
      const { values } = await compress(images, settings);
      expect(values).toBeAllclose(defined({ images, settings }), { rtol: 3e-6 });
    }
  });

  it.each([
    ["haar", "float32", 2, [256, 256], 3e-6],
    ["haar", "uint16", 2, [256, 256], 2e-7],
    ["db3", "uint8", 2, [256, 256], 3e-6],
    ["db4", "float32", 3, [512, 400], 3e-6],
    ["haar", "float32", 1, [2, 2 ** 18], 3e-6],
  ] as const)(
    "keep long sums of equal numbers: %s, %s, level %i, %j",
    async (wavelet, kind, level, [rows, cols], rtol) => {
      const images = image([1, 1, rows, cols], kind, 1);
      images.pixels.fill({ uint8: 178, uint16: 45_875, float32: 0.7 }[kind]);
      const settings = toSettings({ level, patchGrid: 1, wavelet }, "test");
      const { values } = await compress(images, settings);
      expect(values).toBeAllclose(defined({ images, settings }), { rtol });
    },
  );

  it("sum whole numbers exactly where 32 bits do not suffice", async () => {
    const side = 3072;
    const pixels = new Uint8Array(side * side).fill(178);
    const { values } = await compress({ pixels, shape: [1, 1, side, side], ids: ["a"] }, { level: 1, patchGrid: 1 });
    expect(values).toBeAllclose([((178 / 255) * side * side) / 2, 0, 0, 0], { rtol: 2e-7 });
  });

  it("find the median of numbers that rise and fall about as fast as of any others", async () => {
    const side = 1024;
    const count = side ** 2 / 4;
    const pipes = image([1, 1, side, side], "uint16", 1);
    pipes.pixels.forEach((_, at) => {
      const place = ((at / side) >> 1) * (side / 2) + ((at % side) >> 1);
      pipes.pixels[at] = (131_070 * Math.min(place, count - place)) / count;
    });
    const least = async (images: Images): Promise<number> => {
      const times: number[] = [];
      while (times.length < 3) {
        const started = performance.now();
        await compress(images, { level: 1, patchGrid: 1, pooling: "median", workers: 1 });
        times.push(performance.now() - started);
      }
      return Math.min(...times);
    };
    expect(await least(pipes)).toBeLessThan(10 * (await least(image([1, 1, side, side], "uint16", 1))));
  });

  it("are compiled once, also where their memory is given back", () => {
    expect(kernelModule("private")).toBe(kernelModule("private"));
  });

  it("compress a 4096 x 4096 image: black but for one white pixel", async () => {
    const pixels = new Uint8Array(4096 * 4096);
    pixels[4096 * 100 + 200] = 255;
    const { values } = await compress({ pixels, shape: [1, 1, 4096, 4096], ids: ["one"] }, { level: 7, patchGrid: 4 });
    // Every sub-band sees the pixel once with weight 2^-7, in its first patch.
    expect(values.filter((value) => value !== 0).length).toBe(4 ** 7);
    expect(values[0]).toBe(2 ** -7);
  });
});

describe("the threads", () => {
  const settings = { level: 2, patchGrid: 19 } as const;
  const images = image([90, 1, 160, 160], "uint8", 7);
  const sums = poolings.filter((name) => name !== "median");

  it("give the same bytes whatever their number, and however the images are cut", async () => {
    const { values } = await compress(images, { ...settings, workers: 1 });
    const size = values.length / 90;
    for (const workers of [2, 3]) {
      expectSameBytes((await compress(images, { ...settings, workers })).values, values);
    }
    const some = { ...images, pixels: images.pixels.subarray(40 * 160 * 160), ids: images.ids.slice(40) };
    const part = await compress({ ...some, shape: [50, 1, 160, 160] }, { ...settings, workers: 2 });
    expectSameBytes(part.values, values.subarray(40 * size));
  });

  it("take turns when several calls run at once, with other settings each", async () => {
    const calls = [1, 2, 3].map((level) => ({ level, patchGrid: 4, workers: 2 }));
    const together = await Promise.all(calls.map((options) => compress(images, options)));
    for (const [at, options] of calls.entries()) {
      expectSameBytes(together[at]?.values, (await compress(images, { ...options, workers: 1 })).values);
    }
  });

  it("do what a worker that has lost its core cannot get done, and give it nothing more until it can", async () => {
    const shape = [1, 160, 160] as const;
    const plan = planKernel(toSettings(settings, "test"), shape, "uint8");
    const output = new Float32Array((90 * plan.outBytes) / 4);
    const job = {
      where: "test",
      remedy: "",
      plan,
      input: bytesOf(images.pixels),
      output,
      channels: 90,
      pause: () => Promise.resolve(),
      wait: <T>(promise: Promise<T>) => promise,
    };
    const taken: Chunk[] = [];
    const worker = {
      failure: undefined,
      canTake: () => taken.length === 0,
      give: (...[, , , chunk]: Parameters<PoolWorker["give"]>) => void taken.push(chunk),
      collect: () => 0,
      takeBack: () => undefined,
      outwait: () => taken.at(0),
      release: () => undefined,
    };
    await share(job, layOut(job, undefined), [{ worker, region: 0 }]);
    expect(taken.length).toBe(1);
    expectSameBytes(output, (await compress(images, { ...settings, workers: 1 })).values);
  });

  it("stop when told to, and go on to the next call", async () => {
    const many = image([400, 1, 256, 256], "float32", 8);
    const slow = { level: 3, patchGrid: 4, wavelet: "db20" } as const;
    const stop = new AbortController();
    const stopped = compress(many, {
      ...slow,
      workers: 2,
      signal: stop.signal,
      onProgress: () => stop.abort(new Error("enough")),
    });
    await expect(stopped).rejects.toThrow("enough");
    const { values } = await compress(images, { ...settings, workers: 2 });
    expectSameBytes(values, (await compress(images, { ...settings, workers: 1 })).values);
  });

  it.each([
    ["of long filters", [1, 1, 1400, 1400], { level: 2, patchGrid: 7, wavelet: "db30" }],
    ["of many poolings and patches", [1, 1, 2000, 2000], { level: 1, patchGrid: 1000, pooling: sums }],
    ["of many channels", [1, 65_535, 4, 4], { level: 2, patchGrid: 1, pooling: sums }],
  ] as const)("leave an image %s to a worker, so that the caller stays awake", async (_, shape, options) => {
    const large = image(shape, "float32", 9);
    let awake = 0;
    const timer = setInterval(() => awake++, 1);
    const one = await compress(large, { ...options, workers: 1 });
    clearInterval(timer);
    expect(awake).toBeGreaterThan(2);
    expectSameBytes(one.values, (await compress(large, { ...options, workers: 2 })).values);
  });

  it("let a call that waits for its turn stop at once, and those behind it have theirs", async () => {
    const many = image([200, 1, 256, 256], "float32", 8);
    const slow = { level: 3, patchGrid: 4, wavelet: "db20", workers: 2 } as const;
    const ended: string[] = [];
    const stop = new AbortController();
    const note = (name: string) => (): void => void ended.push(name);
    const first = compress(many, slow).then(note("first"));
    const stopped = compress(images, { ...settings, workers: 2, signal: stop.signal }).catch(note("stopped"));
    const last = compress(images, { ...settings, workers: 2 });
    setImmediate(() => stop.abort(new Error("enough")));
    await Promise.all([first, stopped]);
    expect(ended).toEqual(["stopped", "first"]);
    expectSameBytes((await last).values, (await compress(images, { ...settings, workers: 1 })).values);
  });

  it("share the channels of one image, of which several would not fit a worker's part of the memory", async () => {
    const layers = image([1, 5, 300, 200], "uint8", 7);
    const [one, two] = await Promise.all(
      [1, 2].map((workers) => compress(layers, { ...settings, wavelet: "db20", workers })),
    );
    expectSameBytes(two?.values, one?.values as Float32Array);
  });

  it("end a stopped call's threads where they are at a channel that takes long", async () => {
    const long = image([1, 1, 2000, 2000], "float32", 9);
    const slow = { level: 5, patchGrid: 2, wavelet: "db38", workers: 2 } as const;
    const pool = vi.spyOn(Pool.prototype, "close");
    const signal = AbortSignal.timeout(60);
    await expect(compress(long, { ...slow, signal })).rejects.toThrow("timeout");
    expect(pool).toHaveBeenCalledTimes(1);
    vi.restoreAllMocks();
  });

  it("report progress up to the whole, every 50 ms at most, and the end once", async () => {
    const seen: { done: number; elapsedMs: number }[] = [];
    const many = { ...image([300, 1, 256, 256], "float32", 8), workers: 2 };
    await compress(many, { ...settings, wavelet: "db20", workers: 2, onProgress: (progress) => seen.push(progress) });
    const done = seen.map((progress) => progress.done);
    expect(done.filter((images) => images === 300)).toHaveLength(1);
    expect(done).toEqual([...done].sort((one, other) => one - other));
    const gaps = seen.slice(1, -1).map(({ elapsedMs }, at) => elapsedMs - (seen[at]?.elapsedMs ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(49.9); // single reports are told apart by differences of large numbers
    await closePool();
  });

  it("report the parts of a work to one listener with one gap", async () => {
    const seen: string[] = [];
    await privatize(images, {
      ...settings,
      workers: 2,
      onProgress: ({ label, done }) => seen.push(`${label} ${done}`),
    });
    expect(seen.filter((report) => report.endsWith(" 90"))).toEqual(["compress 90", "reconstruct 90"]);
  });

  it.each([0, 1.5, 2 ** 31, 1e15, Number.NaN])("refuse to be %s", async (workers) => {
    await expect(compress(images, { ...settings, workers })).rejects.toThrow("workers a whole number of at least 1");
    await expect(privatize(images, { ...settings, workers })).rejects.toThrow("privatize: workers a whole");
  });
});
