import { describe, expect, test } from "vitest";
import { compress } from "../../src/compress/compress";
import { compressImage } from "../../src/compress/definition";
import { toSettings } from "../../src/compress/settings";
import type { Images } from "../../src/core/images";
import { Random } from "../../src/core/random";
import { addNoise, sensitivity } from "../../src/protect/noise";

const tries = process.env["DEEPFIXCX_TEST_FULL"] === "1" ? 100_000 : 1_000;

describe.each([
  [1, 2, 1],
  [1, 3, 4],
  [2, 1, 1],
  [2, 3, 3],
  [3, 1, 2],
])("at J=%i, P=%i, %i pixels", (level, patchGrid, pixels) => {
  const settings = toSettings({ level, patchGrid }, "test");
  const bound = sensitivity(settings, 1, pixels);
  const shape = [1, 11, 13] as const;

  function change(random: Random, kind: number): number {
    const flat = [0, 1, 0.5][kind % 3] as number;
    const values = Float64Array.from({ length: 143 }, () => (kind < 3 ? flat : random.integer(2)));
    const changed = Float64Array.from(values);
    const start = random.integer(143);
    for (let step = 0; step < pixels; step++) {
      const at = kind % 2 === 0 ? (start + step) % 143 : random.integer(143);
      changed[at] = random.integer(2) === 0 ? 1 - (values[at] as number) : random.uniform();
    }
    const [a, b] = [compressImage({ values, shape }, settings), compressImage({ values: changed, shape }, settings)];
    return a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] as number)), 0);
  }

  test(`no change in ${tries} adversarial tries exceeds the sensitivity, and the worst case reaches it`, () => {
    const random = new Random(level * 100 + pixels);
    let worst = 0;
    for (let attempt = 0; attempt < tries; attempt++) worst = Math.max(worst, change(random, attempt % 5));
    expect(worst).toBeLessThanOrEqual(bound * (1 + 1e-12));
    const black = new Float64Array(143);
    const lit = Float64Array.from(black);
    for (let at = 0; at < pixels; at++) lit[at * 2 ** level] = 1; // so far apart that no two share a coefficient
    const [a, b] = [compressImage({ values: black, shape }, settings), compressImage({ values: lit, shape }, settings)];
    const reached = a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] as number)), 0);
    expect(reached).toBeCloseTo(bound, 9);
  }, 600_000);
});

describe("addNoise", () => {
  const random = new Random(1);
  const images: Images = {
    pixels: Uint8Array.from({ length: 4 * 24 * 24 }, () => random.integer(256)),
    shape: [4, 1, 24, 24],
    ids: ["a", "b", "c", "d"],
  };

  test("adds noise of the stated scale, anew each time, and says what it promises", async () => {
    const embedding = await compress(images, { level: 2, patchGrid: 6 });
    const noisy = addNoise(embedding, { epsilon: 2, pixels: 3 });
    expect(noisy.guarantee).toMatchObject({ kind: "differential privacy", epsilon: 2 });
    expect(noisy.values).not.toEqual(addNoise(embedding, { epsilon: 2, pixels: 3 }).values);
    const size = noisy.values.reduce((sum, value, at) => sum + Math.abs(value - (embedding.values[at] as number)), 0);
    const scale = (3 * 4) / 2; // the mean absolute value of Laplace noise is its scale
    expect(size / noisy.values.length / scale).toBeGreaterThan(0.9);
    expect(size / noisy.values.length / scale).toBeLessThan(1.1);
  });

  test("a test seed repeats, and takes the guarantee away", async () => {
    const embedding = await compress(images, { level: 1, patchGrid: 3 });
    const twice = [1, 2].map(() => addNoise(embedding, { epsilon: 1, testSeed: 3 }));
    expect(twice[0]?.values).toEqual(twice[1]?.values);
    expect(twice[0]?.guarantee.kind).toBe("none");
  });

  test("refuses poolings and wavelets without a bound, images that are not 8-bit, and senseless options", async () => {
    const max = await compress(images, { level: 1, patchGrid: 3, pooling: "max" });
    const db2 = await compress(images, { level: 1, patchGrid: 3, wavelet: "db2" });
    expect(() => addNoise(max, { epsilon: 1 })).toThrow(/got haar with max/);
    expect(() => addNoise(db2, { epsilon: 1 })).toThrow(/got db2 with l1/);
    const floats = { ...images, pixels: Float32Array.from(images.pixels, () => random.uniform()) };
    const embedding = await compress(floats, { level: 1, patchGrid: 3 });
    expect(() => addNoise(embedding, { epsilon: 1 })).toThrow(/8-bit images/);
    expect(() => addNoise(embedding, { epsilon: 0 })).toThrow(/epsilon from/);
    expect(() => addNoise(embedding, { epsilon: 1, pixels: 0.5 })).toThrow(/pixels a whole number/);
  });
});
