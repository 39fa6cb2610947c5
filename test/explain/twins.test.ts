import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compressImage } from "../../src/compress/definition";
import { plainImage } from "../../src/compress/images";
import { createEmbedding } from "../../src/compress/results";
import { toSettings } from "../../src/compress/settings";
import { rocAuc } from "../../src/core/roc";
import { OptionError, ShapeError } from "../../src/core/errors";
import type { Images } from "../../src/core/images";
import { Random } from "../../src/core/random";
import { datasets } from "../../src/data/datasets";
import { twins } from "../../src/explain/twins";
import { predict } from "../../src/train/predict";
import { train } from "../../src/train/train";

function noise(count: number, channels: number, rows: number, cols: number, seed = 1): Images {
  const random = new Random(seed);
  return {
    pixels: Uint8Array.from({ length: count * channels * rows * cols }, () => random.integer(256)),
    shape: [count, channels, rows, cols],
    ids: Array.from({ length: count }, (_, image) => `image ${image}`),
  };
}

/** Synthetic chests with a bright bar, 3 pixels wide, at one place of the left lung. */
async function barredPhantoms(images: number, size: number): Promise<Images> {
  const set = await datasets.phantom("chest", { images, size, seed: 4 });
  const pixels = new Uint8Array(images * size * size);
  const ids: string[] = [];
  for await (const batch of set.images()) {
    pixels.set(batch.pixels, ids.length * size * size);
    ids.push(...batch.ids);
  }
  for (let image = 0; image < images; image++) {
    for (let row = 42; row < 78; row++)
      pixels.fill(250, (image * size + row) * size + 42, (image * size + row) * size + 45);
  }
  return { pixels, shape: [images, 1, size, size], ids };
}

describe("twins", () => {
  const property = fc.property(
    fc.integer({ min: 17, max: 44 }),
    fc.integer({ min: 17, max: 44 }),
    fc.integer({ min: 1, max: 3 }),
    fc.constantFrom("detail", "far", "images"),
    fc.constantFrom("l1", "l2", "max", "sum_pos"),
    (rows, cols, level, aim, pooling) => {
      const images = noise(2, 2, rows, cols);
      const found = twins(
        images,
        { level, patchGrid: 2, pooling },
        { aim: aim === "images" ? noise(2, 2, rows, cols, 9) : aim },
      );
      expect(found.embeddingGap).toBeLessThan(1e-12);
      expect(found.images.pixels).not.toEqual(images.pixels);
    },
  );

  it("have the embedding of their originals, at any size, level, aim and pooling", () => {
    fc.assert(property, { numRuns: 40, seed: 5 });
  });

  it("are the same for the same seed", () => {
    const images = noise(1, 1, 32, 32);
    const again = (seed: number): Images["pixels"] => twins(images, { level: 1, patchGrid: 2 }, { seed }).images.pixels;
    expect(again(3)).toEqual(again(3));
  });

  it("count the arrangements: a patch of 4 blocks has 4! orders and 4 views of each", () => {
    const images = noise(1, 1, 8, 8);
    expect(twins(images, { level: 2, patchGrid: 1 }).twinBits).toBeCloseTo(Math.log2(24) + 8, 12);
    expect(twins(images, { level: 2, patchGrid: 1, pooling: "sum" }).twinBits).toBeCloseTo(Math.log2(24), 12);
  });

  it("refuse what has no exact twins", () => {
    const images = noise(1, 1, 32, 32);
    const float = { ...images, pixels: Float32Array.from(images.pixels, (value) => value / 255) };
    expect(() => twins(float, { level: 1, patchGrid: 2 })).toThrow(OptionError);
    expect(() => twins(images, { level: 1, patchGrid: 2, wavelet: "db2" })).toThrow('use wavelet "haar"');
    expect(() => twins(images, { level: 1, patchGrid: 2 }, { aim: noise(1, 1, 16, 16) })).toThrow(ShapeError);
  });

  it("at J=3, P=9 lose a phantom's sign: pixels tell them apart, embeddings cannot", async () => {
    const size = 216;
    const images = await barredPhantoms(48, size);
    const settings = toSettings({ level: 3, patchGrid: 9 }, "test");
    const found = twins(images, settings, { aim: "far" });
    expect(found.embeddingGap).toBeLessThanOrEqual(1e-6);
    expect(Math.max(...found.ssim)).toBeLessThan(0.7);
    const both: Images = {
      pixels: Uint8Array.from([...images.pixels, ...found.images.pixels]),
      shape: [96, 1, size, size],
      ids: [...images.ids, ...images.ids.map((id) => `twin of ${id}`)],
    };
    const labels = {
      kind: "binary" as const,
      classes: ["original"],
      values: Float32Array.from({ length: 96 }, (_, at) => (at < 48 ? 1 : 0)),
      ids: both.ids,
    };
    const part = (from: number, to: number): string[] => [
      ...both.ids.slice(from, to),
      ...both.ids.slice(48 + from, 48 + to),
    ];
    const split = { train: part(0, 24), validation: part(24, 32), test: part(32, 48) };
    const values = new Float32Array(96 * 64 * 81);
    both.ids.forEach((_, at) => values.set(compressImage(plainImage(both, at), settings), at * 64 * 81));
    const embedding = createEmbedding({ values, settings, imageShape: [1, size, size], ids: both.ids }, "test");
    const auc = async (inputs: typeof embedding | Images): Promise<number> => {
      const model = await train(inputs, labels, { model: "logistic", split, epochs: 10 });
      const { probabilities, ids } = await predict(model, inputs);
      const rows = split.test.map((id) => ids.indexOf(id));
      return rocAuc(
        rows.map((row) => probabilities[row] as number),
        rows.map((row) => labels.values[row] as number),
      );
    };
    expect(await auc(both)).toBeGreaterThan(0.95);
    expect(await auc(embedding)).toBe(0.5);
  });
});
