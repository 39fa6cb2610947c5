import { beforeAll, describe, expect, it } from "vitest";
import { compress } from "../../src/compress/compress";
import type { Embedding } from "../../src/compress/embedding";
import { datasets } from "../../src/data/datasets";
import { explain } from "../../src/explain/explain";
import { faithfulness } from "../../src/explain/faithfulness";
import { randomisedWeights } from "../../src/explain/randomised";
import { train } from "../../src/train/train";
import type { TrainedModel } from "../../src/train/model";

let embedding: Embedding;
let model: TrainedModel;

beforeAll(async () => {
  const set = await datasets.phantom("chest", { images: 120, size: 64, classes: ["Lung Opacity"], seed: 3 });
  embedding = await compress(set.images(), { level: 2, patchGrid: 4 });
  const split = { train: embedding.ids.slice(0, 80), validation: embedding.ids.slice(80), test: [] };
  model = await train(embedding, set.labels, { split, epochs: 15 });
});

describe("faithfulness", () => {
  it("goes from all of the change to none, and beats random order for DeepLIFT", () => {
    for (const baseline of ["paper", "mean"] as const) {
      const found = faithfulness(model, embedding, explain(model, embedding, { baseline }));
      expect(found.deletion[0]).toBeCloseTo(1, 4);
      expect(found.deletion.at(-1)).toBeCloseTo(0, 4);
      expect(found.insertion[0]).toBeCloseTo(0, 4);
      expect(found.randomInsertion.at(-1)).toBeCloseTo(1, 4);
      expect(found.deletionGain).toBeGreaterThan(0.1);
      expect(found.insertionGain).toBeGreaterThan(0.1);
    }
  });

  it("is worse than random order for an attribution turned round", () => {
    const attribution = explain(model, embedding);
    const turned = { ...attribution, values: attribution.values.map((value) => -value) };
    const found = faithfulness(model, embedding, turned);
    expect(found.deletionGain).toBeLessThan(0);
    expect(found.insertionGain).toBeLessThan(0);
  });
});

describe("randomisedWeights", () => {
  it("changes the explanation when the weights are shuffled", () => {
    const { signed, magnitude } = randomisedWeights(model, embedding, { baseline: "mean" });
    expect(Math.abs(signed)).toBeLessThan(0.2);
    expect(magnitude).toBeLessThan(0.9);
  });

  it("finds no change where nothing is shuffled apart: one equal number for every weight", () => {
    const weights = model.weights.map((weight) => ({ ...weight, values: weight.values.map(() => 0.01) }));
    const { signed, magnitude } = randomisedWeights({ ...model, weights }, embedding, { baseline: "mean" });
    expect(signed).toBeCloseTo(1, 9);
    expect(magnitude).toBeCloseTo(1, 9);
  });
});
