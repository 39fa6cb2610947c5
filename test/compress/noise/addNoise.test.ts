import normalCdf from "@stdlib/stats-base-dists-normal-cdf";
import { describe, expect, test } from "vitest";
import { compress } from "../../../src/compress/compress";
import { compressImage } from "../../../src/compress/definition";
import { addNoise } from "../../../src/compress/noise/addNoise";
import { gaussianVariance } from "../../../src/compress/noise/calibrate";
import { discreteGaussian } from "../../../src/compress/noise/discreteGaussian";
import { drawIntegers } from "../../../src/compress/noise/discreteLaplace";
import { planNoise } from "../../../src/compress/noise/plan";
import { sensitivity } from "../../../src/compress/noise/sensitivity";
import { type Pooling, toSettings } from "../../../src/compress/settings";
import type { Images } from "../../../src/core/images";
import { Random } from "../../../src/core/random";

const tries = process.env["DEEPFIXCX_TEST_FULL"] === "1" ? 100_000 : 1_000;
const side = 16;
const shape = [1, side, side] as const;

describe.each<[number, number, number, Pooling]>([
  [1, 2, 1, "l1"],
  [1, 4, 4, "l1"],
  [1, 8, 12, "l1"],
  [2, 1, 1, "l1"],
  [2, 3, 3, "l1"],
  [2, 2, 40, "l1"],
  [3, 1, 2, "l1"],
  [4, 1, 5, "l1"],
  [2, 2, 3, "sum"],
  [2, 2, 3, "max"],
  [2, 2, 3, "min"],
  [2, 2, 3, "median"],
])("at J=%i, P=%i, %i pixels, %s", (level, patchGrid, pixels, pooling) => {
  const settings = toSettings({ level, patchGrid, pooling }, "test");
  const bound = sensitivity(settings, shape, pixels);
  const embed = (values: Float64Array): Float64Array => compressImage({ values, shape }, settings);

  function moved(a: Float64Array, b: Float64Array): { l1: number; l2Squared: number } {
    const differences = embed(a).map((value, at) => value - (b[at] as number));
    return {
      l1: differences.reduce((sum, value) => sum + Math.abs(value), 0),
      l2Squared: differences.reduce((sum, value) => sum + value * value, 0),
    };
  }

  /** Flat and binary images, changed in single places, runs, blocks and whole checkerboards of sub-band patterns. */
  function attempt(random: Random, kind: number): { l1: number; l2Squared: number } {
    const flat = [0, 1, 0.5][kind % 3] as number;
    const values = Float64Array.from({ length: side * side }, () => (kind < 4 ? flat : random.integer(2)));
    const changed = Float64Array.from(values);
    const [start, sign] = [random.integer(side * side), random.integer(side)];
    for (let step = 0; step < pixels; step++) {
      const run = (start + step) % (side * side);
      const block = ((Math.floor(start / side) + (step >> 2)) % side) * side + ((start + (step & 3)) % side);
      const at = [run, block, random.integer(side * side)][random.integer(3)] as number;
      const far = ((Math.floor(at / side) & sign) + (at & sign)) % 2 === 0 ? 1 : 0;
      changed[at] = [1 - (values[at] as number), far, random.uniform()][random.integer(3)] as number;
    }
    return moved(values, embed(changed));
  }

  test(`no change in ${tries} adversarial tries exceeds the sensitivity`, () => {
    const random = new Random(level * 100 + pixels);
    let worst = { l1: 0, l2Squared: 0 };
    for (let at = 0; at < tries; at++) {
      const { l1, l2Squared } = attempt(random, at % 8);
      worst = { l1: Math.max(worst.l1, l1), l2Squared: Math.max(worst.l2Squared, l2Squared) };
    }
    expect(worst.l1).toBeLessThanOrEqual(bound.l1 * (1 + 1e-12));
    expect(worst.l2Squared).toBeLessThanOrEqual(bound.l2Squared * (1 + 1e-12));
    expect(worst.l1).toBeGreaterThan(0);
  }, 600_000);
});

test("the bound is reached: pixels far apart for l1, one pixel and a whole patch for l2", () => {
  const settings = toSettings({ level: 2, patchGrid: 1 }, "test");
  const embed = (values: Float64Array): Float64Array => compressImage({ values, shape }, settings);
  const lit = (places: readonly number[]): Float64Array => {
    const values = new Float64Array(side * side);
    for (const at of places) values[at] = 1;
    return embed(values);
  };
  const l1 = lit([0, 4, 8]).reduce((sum, value) => sum + Math.abs(value), 0);
  expect(l1).toBeCloseTo(sensitivity(settings, shape, 3).l1, 12);
  const one = lit([5]).reduce((sum, value) => sum + value * value, 0);
  expect(one).toBeCloseTo(sensitivity(settings, shape, 1).l2Squared, 12);
  const every = lit(Array.from({ length: side * side }, (_, at) => at)).reduce((sum, value) => sum + value * value, 0);
  expect(every).toBeCloseTo(sensitivity(settings, shape, side * side).l2Squared, 9);
});

test("discrete Gaussian noise has the stated law: each value within 4.5 standard errors of its chance", () => {
  const draw = drawIntegers(1);
  const [counts, draws, variance] = [new Map<number, number>(), 20_000, 5];
  for (let at = 0; at < draws; at++) {
    const value = discreteGaussian(variance, draw);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const weight = (value: number): number => Math.exp(-(value * value) / (2 * variance));
  const total = Array.from({ length: 101 }, (_, at) => weight(at - 50)).reduce((sum, each) => sum + each, 0);
  for (let value = -6; value <= 6; value++) {
    const expected = weight(value) / total;
    const error = 4.5 * Math.sqrt((expected * (1 - expected)) / draws);
    expect(Math.abs((counts.get(value) ?? 0) / draws - expected)).toBeLessThan(error);
  }
});

test.each([
  [0.1, 1e-6],
  [1, 1e-6],
  [1, 1e-3],
  [10, 1e-5],
  [100, 1e-2],
])(
  "Gaussian noise at epsilon %f, delta %f: no less than the exact continuous law needs, and at most 15 %% more",
  (epsilon, delta) => {
    const sensitivityOf = 1e6;
    const deviation = Math.sqrt(gaussianVariance(sensitivityOf ** 2, epsilon, delta)) / sensitivityOf;
    // Balle and Wang 2018, theorem 8
    const exact = (sigma: number): number =>
      normalCdf(1 / (2 * sigma) - epsilon * sigma, 0, 1) -
      Math.exp(epsilon) * normalCdf(-1 / (2 * sigma) - epsilon * sigma, 0, 1);
    expect(exact(deviation)).toBeLessThanOrEqual(delta);
    expect(exact(deviation / 1.15)).toBeGreaterThan(delta);
  },
);

describe("addNoise", () => {
  const random = new Random(1);
  const images: Images = {
    pixels: Uint8Array.from({ length: 4 * 24 * 24 }, () => random.integer(256)),
    shape: [4, 1, 24, 24],
    ids: ["a", "b", "c", "d"],
  };

  test("adds Laplace noise of the stated scale, anew each time, and says what it promises", async () => {
    const embedding = await compress(images, { level: 2, patchGrid: 6 });
    const noisy = addNoise(embedding, { epsilon: 2, pixels: 3 });
    expect(noisy.guarantee).toMatchObject({ kind: "differential privacy", epsilon: 2, delta: 0 });
    expect(noisy.values).not.toEqual(addNoise(embedding, { epsilon: 2, pixels: 3 }).values);
    const size = noisy.values.reduce((sum, value, at) => sum + Math.abs(value - (embedding.values[at] as number)), 0);
    const scale = (3 * 4) / 2; // the mean absolute value of Laplace noise is its scale
    expect(size / noisy.values.length / scale).toBeGreaterThan(0.9);
    expect(size / noisy.values.length / scale).toBeLessThan(1.1);
  });

  test("adds Gaussian noise of the calibrated variance", async () => {
    const embedding = await compress(images, { level: 2, patchGrid: 6 });
    const noisy = addNoise(embedding, { mechanism: "gaussian", epsilon: 1, delta: 1e-5, pixels: 2, testSeed: 4 });
    const unit = 255 * 4;
    const variance = gaussianVariance(2 * unit ** 2, 1, 1e-5) / unit ** 2; // patches of one coefficient: min(m^2, m)
    const found = noisy.values.reduce((sum, value, at) => sum + (value - (embedding.values[at] as number)) ** 2, 0);
    expect(found / noisy.values.length / variance).toBeGreaterThan(0.9);
    expect(found / noisy.values.length / variance).toBeLessThan(1.1);
  });

  test("compress adds it on the way, batch by batch, into a given buffer too, so that no plain number is left", async () => {
    const noise = { epsilon: 1, testSeed: 3 };
    const plain = await compress(images, { level: 1, patchGrid: 3 });
    const after = addNoise(plain, noise);
    const out = new Float32Array(plain.values.length);
    async function* halves(): AsyncGenerator<Images> {
      await Promise.resolve();
      for (const at of [0, 2]) {
        const pixels = (images.pixels as Uint8Array).subarray(at * 576, (at + 2) * 576);
        yield { pixels, shape: [2, 1, 24, 24], ids: images.ids.slice(at, at + 2) };
      }
    }
    expect((await compress(images, { level: 1, patchGrid: 3, noise, out })).values).toEqual(after.values);
    expect(out).toEqual(after.values);
    const streamed = await compress(halves(), { level: 1, patchGrid: 3, noise });
    expect(streamed.values).toEqual(after.values);
    expect(streamed.guarantee?.kind).toBe("none");
    const free = await compress(images, { level: 1, patchGrid: 3, noise: { epsilon: 1 } });
    expect(free.guarantee).toMatchObject({ kind: "differential privacy", epsilon: 1 });
    expect(plain.guarantee).toBeUndefined();
  });

  /** Noise so weak that the nearest whole number is the one without it: what was rounded to can be read off. */
  const faint = { epsilon: 1000, testSeed: 1 };

  test.each<[number, number, Pooling]>([
    [2, 3, "l1"],
    [1, 1, "l1"],
    [3, 1, "l1"],
    [2, 3, "sum"],
    [1, 2, "median"],
  ])(
    "starts from the exact whole numbers at J=%i, P=%i, %s, for the brightest image and a random one",
    async (level, patchGrid, pooling) => {
      const [sides, count] = [[1, 320, 320] as const, 320 * 320];
      const bright = new Uint8Array(2 * count).fill(255);
      bright.set(
        Uint8Array.from({ length: count }, () => random.integer(256)),
        count,
      );
      const pair: Images = { pixels: bright, shape: [2, ...sides], ids: ["bright", "random"] };
      const settings = toSettings({ level, patchGrid, pooling }, "test");
      const unit = 255 * 2 ** level;
      const { values } = await compress(pair, { ...settings, noise: faint });
      const plan = planNoise(settings, sides, faint);
      const noise = new Float32Array(values.length);
      plan.apply(noise, { ...pair, pixels: new Uint8Array(2 * count) }); // a black image is all zeros: noise alone
      const expected = [0, 1].flatMap((image) => {
        const pixels = Float64Array.from(bright.subarray(image * count, (image + 1) * count));
        return Array.from(compressImage({ values: pixels, shape: sides }, settings), (sum) =>
          Math.round(sum * 2 ** level),
        );
      });
      const found = expected.map((whole, at) => Math.fround((whole + Math.round((noise[at] as number) * unit)) / unit));
      expect(values).toEqual(Float32Array.from(found));
    },
  );

  test("an embedding whose sums float32 may not hold is sent back to its images", async () => {
    const embedding = await compress(images, { level: 1, patchGrid: 3, pooling: "sum" });
    expect(() => addNoise(embedding, { epsilon: 1 })).toThrow(
      /pooling l1 with patches so small.*goes back to their pixels/,
    );
    const deep = { ...images, pixels: Uint16Array.from(images.pixels) };
    await expect(compress(deep, { level: 1, patchGrid: 3, noise: { epsilon: 1 } })).rejects.toThrow(
      /8-bit pixels, got Uint16Array in image "a"/,
    );
  });

  test("refuses poolings and wavelets without a bound, images that are not 8-bit, and senseless options", async () => {
    for (const pooling of ["l2", "sum_pos", "sum_neg"] as const) {
      await expect(compress(images, { level: 1, patchGrid: 3, pooling, noise: { epsilon: 1 } })).rejects.toThrow(
        `got haar with ${pooling}`,
      );
    }
    await expect(compress(images, { level: 1, patchGrid: 3, wavelet: "db2", noise: { epsilon: 1 } })).rejects.toThrow(
      /got db2 with l1/,
    );
    const floats = { ...images, pixels: Float32Array.from(images.pixels, () => random.uniform()) };
    const embedding = await compress(floats, { level: 1, patchGrid: 3 });
    expect(() => addNoise(embedding, { epsilon: 1 })).toThrow(/8-bit images/);
    expect(() => addNoise(embedding, { epsilon: 0 })).toThrow(/epsilon from/);
    expect(() => addNoise(embedding, { epsilon: "0.5" as unknown as number })).toThrow(/epsilon .*, got "0\.5"$/);
    const text = { mechanism: "gaussian", epsilon: 1, delta: "1e-5" as unknown as number } as const;
    expect(() => addNoise(embedding, text)).toThrow(/delta .*, got "1e-5"$/);
    expect(() => addNoise(embedding, { epsilon: 1, pixels: 0.5 })).toThrow(/pixels a whole number/);
    expect(() => addNoise(embedding, { epsilon: 1, delta: 0.01 })).toThrow(/delta only with Gaussian/);
    expect(() => addNoise(embedding, { mechanism: "gaussian", epsilon: 1 })).toThrow(/delta above 0/);
  });
});
