import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reconstructImage } from "../../src/compress/definition";
import type { Embedding } from "../../src/compress/embedding";
import { createEmbedding } from "../../src/compress/results";
import { embeddingSize, type SettingsOptions, toSettings } from "../../src/compress/settings";
import { DataError, OptionError, ShapeError } from "../../src/core/errors";
import { Random } from "../../src/core/random";
import type { Labels, Split } from "../../src/data/labels";
import { explain } from "../../src/explain/explain";
import { attributionMaps } from "../../src/explain/maps";
import { networkOf } from "../../src/explain/modelScore";
import { predict } from "../../src/train/predict";
import { train } from "../../src/train/train";
import type { TrainedModel } from "../../src/train/model";
import type { ModelOptions } from "../../src/train/options";

const shape = [1, 16, 24] as const;
const options: SettingsOptions = { level: 1, patchGrid: [3, 4] };

function randomEmbedding(
  images: number,
  given = options,
  imageShape: readonly [number, number, number] = shape,
): Embedding {
  const random = new Random(11);
  const settings = toSettings(given, "test");
  const size = images * embeddingSize(settings, imageShape);
  const values = Float32Array.from({ length: size }, () => 2 * random.uniform());
  const ids = Array.from({ length: images }, (_, image) => `image ${image}`);
  return createEmbedding({ values, settings, imageShape, ids }, "test");
}

const images = 240;
const embedding = randomEmbedding(images);
const features = 48;

/** The class follows feature 13: patch 1 of sub-band V. */
const labels: Labels = {
  kind: "binary",
  classes: ["edge"],
  values: Float32Array.from({ length: images }, (_, image) =>
    (embedding.values[image * features + 13] as number) > 1 ? 1 : 0,
  ),
  ids: embedding.ids,
};
const split: Split = { train: embedding.ids.slice(0, 160), validation: embedding.ids.slice(160, 200), test: [] };
const trained = (model: ModelOptions, epochs = 3): Promise<TrainedModel> =>
  train(embedding, labels, { model, split, epochs, batchSize: 32, learningRate: 0.01 });
const logit = (probability: number): number => Math.log(probability / (1 - probability));

describe("the numbers read from a trained model", () => {
  it.each<ModelOptions>([
    { kind: "logistic" },
    { kind: "logistic", normalisation: "none" },
    { kind: "mlp", width: 10 },
    { kind: "mlp", width: 10, depth: 3, normalisation: "whitening" },
    { kind: "mlp", width: 10, normalisation: "batch norm" },
    { kind: "mlp", width: 10, attention: "softmax", normalisation: "none" },
    { kind: "mlp", width: 10, attention: "log-softmax" },
    { kind: "mlp", width: 10, attention: "none" },
  ])("give the probabilities that predict gives: %o", async (model) => {
    const fitted = await trained(model);
    const { probabilities } = await predict(fitted, embedding);
    const { scores } = explain(fitted, embedding, { precision: "double" });
    expect(scores).toBeAllclose(Float64Array.from(probabilities, logit), { atol: 1e-4 });
  });
});

describe("explain(model, embedding)", () => {
  it("is weight times difference for logistic regression, by every method that completes", async () => {
    const model = await trained({ kind: "logistic" });
    const { scale, layers } = networkOf(model);
    const weights = layers[0]?.weights.values as Float32Array;
    const expected = embedding.values.map((value, at) =>
      Math.floor((at % features) / 12) === 0
        ? 0
        : value * (scale[at % features] as number) * (weights[at % features] as number),
    );
    for (const method of ["deeplift", "gradientTimesDifference", "integratedGradients"] as const) {
      const { values, completenessGap } = explain(model, embedding, { method });
      expect(values).toBeAllclose(expected, { rtol: 1e-5 });
      expect(completenessGap).toBeLessThan(1e-5);
    }
    const shapley = explain(model, embedding, { method: "shapley", groups: "sub-band" });
    const bandSum = (image: number, band: number): number =>
      expected.subarray(image * features + band * 12, image * features + (band + 1) * 12).reduce((a, b) => a + b, 0);
    const sums = embedding.ids.flatMap((_, image) => [0, 1, 2, 3].map((band) => bandSum(image, band)));
    expect(shapley.groups?.names).toEqual(["A", "V", "H", "D"]);
    expect(shapley.groups?.values).toBeAllclose(sums, { rtol: 1e-5 });
  });

  it("finds the feature that the class follows, with the paper's MLP", async () => {
    const model = await trained({ kind: "mlp", width: 20, normalisation: "whitening" }, 60);
    const { maps, completenessGap, target, values } = explain(model, embedding, { labels });
    const [all] = maps;
    expect(target).toBe("edge");
    expect(completenessGap).toBeLessThanOrEqual(1e-5);
    expect(maps.map(({ name, images }) => [name, images])).toEqual([
      ["all images", images],
      ["with edge", labels.values.reduce((sum, value) => sum + value, 0)],
      ["without edge", labels.values.reduce((sum, value) => sum + 1 - value, 0)],
    ]);
    expect(all?.edges.indexOf(Math.max(...(all?.edges ?? [])))).toBe(1);
    expect(all?.edges[0]).toBe(0);
    expect(all?.edges.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(all?.patches.indexOf(Math.max(...(all?.patches ?? [])))).toBe(1);
    const total = values.reduce((sum, value) => sum + Math.abs(value), 0);
    expect([(all?.patches ?? new Float64Array()).reduce((sum, value) => sum + value, 0)]).toBeAllclose(
      [total / images],
      {
        rtol: 1e-6,
      },
    );
    expect(all?.size).toEqual([16, 24]);
  });

  it("completes from every baseline, and takes the mean of a class by its labels", async () => {
    const model = await trained({ kind: "mlp", width: 20 });
    for (const baseline of ["paper", "zero", "mean", { class: "edge" }, { class: "edge", present: false }] as const) {
      expect(explain(model, embedding, { baseline, labels }).completenessGap).toBeLessThanOrEqual(1e-5);
    }
    const withEdge = explain(model, embedding, { baseline: { class: "edge" }, labels });
    const without = explain(model, embedding, { baseline: { class: "edge", present: false }, labels });
    expect(new Set(withEdge.baselineScores).size).toBe(1);
    expect(withEdge.baselineScores[0]).not.toBe(without.baselineScores[0]);
  });

  it("sorts images into the cells of the confusion matrix by id and by the model's threshold", async () => {
    const model = await trained({ kind: "logistic" }, 30);
    const predictions = await predict(model, embedding);
    const order = new Random(1).shuffle(embedding.ids.map((_, row) => row));
    const shuffled = {
      ids: order.map((row) => predictions.ids[row] as string),
      classes: predictions.classes,
      probabilities: Float32Array.from(order, (row) => predictions.probabilities[row] as number),
      thresholds: Float32Array.of(0.3),
    };
    const { maps } = explain(model, embedding, { labels, predictions: shuffled });
    const count = (name: string): number => maps.find((map) => map.name === `${name} (edge)`)?.images ?? 0;
    const yes = predictions.probabilities.map((probability) => (probability >= Math.fround(0.3) ? 1 : 0));
    const both = (truth: number, said: number): number =>
      labels.values.filter((value, at) => value === truth && yes[at] === said).length;
    expect(["true positive", "false positive", "false negative", "true negative"].map(count)).toEqual([
      both(1, 1),
      both(0, 1),
      both(1, 0),
      both(0, 0),
    ]);
  });

  it("names what it cannot take and the way out", async () => {
    const model = await trained({ kind: "logistic" });
    const other = randomEmbedding(3, { level: 1, patchGrid: [3, 3] });
    expect(() => explain(model, other)).toThrow(ShapeError);
    expect(() => explain(model, other)).toThrow("compress the images with the model's settings");
    expect(() => explain(model, embedding, { target: "effusion" })).toThrow("target one of the model's classes, edge");
    expect(() => explain(model, embedding, { method: "lime" as never })).toThrow(OptionError);
    expect(() => explain(model, embedding, { steps: 0 })).toThrow("steps");
    expect(() => explain(model, embedding, { baseline: { class: "edge" } })).toThrow("labels with class");
    expect(() => explain(model, embedding, { method: "shapley", groups: { blocks: [3, 9] } })).toThrow("blocks");
    expect(() => explain(model, embedding, { method: "shapley", groups: "feature" })).toThrow("at most 20 groups");
    const few = { ...labels, ids: labels.ids.slice(1), values: labels.values.slice(1) };
    expect(() => explain(model, embedding, { labels: few })).toThrow(DataError);
  });
});

describe("maps", () => {
  const sides = fc.integer({ min: 9, max: 37 });
  const property = fc.property(
    sides,
    sides,
    fc.integer({ min: 1, max: 2 }),
    fc.constantFrom("haar", "db2"),
    (rows, cols, level, wavelet) => {
      const of = randomEmbedding(2, { level, patchGrid: [2, 3], wavelet }, [2, rows, cols]);
      const source = { embedding: of, values: of.values, magnitude: "squared", size: "original" } as const;
      const [map] = attributionMaps(source, [{ name: "all", images: [0, 1] }]);
      const expected = new Float64Array(rows * cols);
      const size = of.values.length / 2;
      for (const image of [0, 1]) {
        const pooled = Float64Array.from(of.values.subarray(image * size, (image + 1) * size));
        const { values } = reconstructImage(pooled, of.settings, of.imageShape);
        values.forEach((value, at) => (expected[at % expected.length]! += (value * value) / 2));
      }
      expect(map?.spatial).toBeAllclose(expected, { rtol: 1e-6 });
    },
  );

  it("are the squares of the inverse transform, channels added, images averaged, at any size", () => {
    fc.assert(property, { numRuns: 30, seed: 3 });
  });
});
