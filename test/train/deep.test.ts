import { describe, expect, it } from "vitest";
import { OptionError } from "../../src/core/errors";
import { hash } from "../../src/core/hash";
import type { Images } from "../../src/core/images";
import { tensorflow } from "../../src/core/packages";
import { Random } from "../../src/core/random";
import type { Labels } from "../../src/data/labels";
import type { TrainedModel } from "../../src/train/model";
import { checkMemory } from "../../src/train/memory";
import { resolveModel } from "../../src/train/models/create";
import { predict } from "../../src/train/predict";
import type { ImageSource } from "../../src/train/source";
import { train } from "../../src/train/train";
import { madeUpEmbedding, splitOf } from "./helpers";

/** Noise, brighter on the left where the label is 1; nobody's images. */
function madeUpImages(count: number, side: number): { images: Images; labels: Labels } {
  const random = new Random(2);
  const ids = Array.from({ length: count }, (_, at) => `image${at}`);
  const pixels = Uint8Array.from({ length: count * side * side }, (_, at) => {
    const left = at % side < side / 2;
    const positive = Math.floor(at / (side * side)) % 2 === 1;
    return 60 + random.integer(60) + (left === positive ? 80 : 0);
  });
  const values = Float32Array.from(ids, (_, at) => at % 2);
  return {
    images: { pixels, shape: [count, 1, side, side], ids },
    labels: { kind: "binary", classes: ["left"], values, ids },
  };
}

const { images, labels } = madeUpImages(32, 32);
const split = splitOf(images.ids);
const quick = { split, epochs: 2, batchSize: 8, model: "resnet18" } as const;

/** Eleven million numbers, compared as one. */
function weightsHash({ weights }: TrainedModel): string {
  return hash(...weights.map(({ values }) => values));
}

/** The same images, read in batches as from files; those in `broken` cannot be read. */
function asSource(broken: readonly string[] = []): ImageSource & { readonly labels: Labels } {
  const size = 32 * 32;
  return {
    labels,
    async *images(ids, { batchSize }) {
      for (let start = 0; start < ids.length; start += batchSize) {
        await Promise.resolve();
        const own = ids.slice(start, start + batchSize).filter((id) => !broken.includes(id));
        const pixels = new Uint8Array(own.length * size);
        own.forEach((id, at) => {
          const row = images.ids.indexOf(id);
          pixels.set(images.pixels.subarray(row * size, (row + 1) * size), at * size);
        });
        yield { pixels, shape: [own.length, 1, 32, 32], ids: own };
      }
    },
  };
}

describe("a deep network", { timeout: 240_000 }, () => {
  it("trains on images in memory and on the same images from a source to the same weights", async () => {
    const tfjs = await tensorflow();
    const before = tfjs.memory().numTensors;
    const fromMemory = await train(images, labels, quick);
    const fromSource = await train(asSource(), labels, quick);
    expect(weightsHash(fromSource)).toBe(weightsHash(fromMemory));
    const { ids, probabilities } = await predict(fromMemory, asSource());
    expect(ids).toEqual(images.ids);
    expect(probabilities).toBeAllclose((await predict(fromMemory, images)).probabilities, { atol: 1e-6 });
    expect(tfjs.memory().numTensors).toBe(before);
  });

  it("learns which half is brighter, and goes on where a file cannot be read", async () => {
    const source = asSource(["image3", "image30"]);
    const model = await train(source, labels, { ...quick, epochs: 4 });
    expect(model.history.at(-1)?.loss).toBeLessThan(model.history[0]?.loss as number);
    const { ids } = await predict(model, source);
    expect(ids).toEqual(images.ids.filter((id) => id !== "image3" && id !== "image30"));
  });

  it("trains behind privatize at compact size", async () => {
    const model = await train(images, labels, {
      ...quick,
      model: { kind: "resnet18", privatize: { level: 1, patchGrid: 8 } },
    });
    expect(model.input).toEqual({ kind: "images", shape: [1, 32, 32] });
    expect((await predict(model, images)).probabilities).toHaveLength(32);
  });

  it("refuses embeddings, as models of features refuse a source of images", async () => {
    const { embedding, labels: others } = madeUpEmbedding(32);
    await expect(train(embedding, others, quick)).rejects.toThrow(/images for a deep network, got embeddings/);
    await expect(train(asSource(), labels, { ...quick, model: "mlp" })).rejects.toThrow(/compress its images first/);
  });
});

describe("checkMemory", () => {
  const model = resolveModel("densenet121");

  it("refuses a batch that cannot fit and names the largest that can, which it then lets pass", () => {
    const refused = () => checkMemory(model, [1, 320, 320], 1, 64, 8e9);
    expect(refused).toThrow(OptionError);
    expect(refused).toThrow(/batchSize that fits into the 8.0 GB .* got 64, for which densenet121 on \[1, 320, 320\]/);
    const largest = Number(/batchSize <= (\d+)/.exec(String(messageOf(refused)))?.[1]);
    expect(largest).toBeGreaterThan(1);
    expect(() => checkMemory(model, [1, 320, 320], 1, largest, 8e9)).not.toThrow();
    expect(() => checkMemory(model, [1, 320, 320], 1, largest + 1, 8e9)).toThrow(OptionError);
  });

  it("says so when not even one image fits", () => {
    expect(() => checkMemory(model, [3, 4000, 4000], 1, 1, 4e9)).toThrow(/use smaller images/);
  });
});

function messageOf(action: () => void): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}
