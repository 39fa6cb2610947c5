import { beforeAll, describe, expect, it } from "vitest";
import { compress } from "../../src/compress/compress";
import type { Embedding } from "../../src/compress/embedding";
import { datasets } from "../../src/data/datasets";
import type { PhantomDataset } from "../../src/data/phantoms/phantom";
import type { Figure, Page } from "../../src/display/view";
import type { Attribution } from "../../src/explain/attribution";
import { attentionWeights } from "../../src/explain/attentionWeights";
import { attributionView } from "../../src/explain/attributionView";
import { biasReport } from "../../src/explain/biasReport";
import { explain } from "../../src/explain/explain";
import { explainModels } from "../../src/explain/explainModels";
import type { TrainedModel } from "../../src/train/model";
import { predict } from "../../src/train/predict";
import { train } from "../../src/train/train";

let set: PhantomDataset;
let embedding: Embedding;
let models: TrainedModel[];

beforeAll(async () => {
  const classes = ["Lung Opacity", "Cardiomegaly", "Edema"];
  set = await datasets.phantom("chest", { images: 120, size: 64, classes, seed: 3 });
  embedding = await compress(set.images(), { level: 2, patchGrid: 4 });
  const split = { train: embedding.ids.slice(0, 70), validation: embedding.ids.slice(70, 95), test: [] };
  models = [];
  for (const seed of [0, 1, 2]) models.push(await train(embedding, set.labels, { split, epochs: 8, seed }));
});

describe("attentionWeights", () => {
  it("are the model's own, averaged by patch and by edge", () => {
    const [model] = models as [TrainedModel];
    const vector = model.weights.find(({ name }) => name === "attention")?.values as Float32Array;
    const { values, patches, edges } = attentionWeights(model);
    expect(values).toBeAllclose(vector, { atol: 0 });
    const mean = vector.reduce((sum, value) => sum + Math.abs(value), 0) / vector.length;
    expect(patches.reduce((sum, value) => sum + value, 0) / patches.length).toBeCloseTo(mean, 6);
    expect(edges.map(({ name }) => name)).toContain("smooth 4 px");
    const weights = model.weights.filter(({ name }) => name !== "attention");
    const plain = { ...model, weights, model: { ...model.model, attention: "none" } } as TrainedModel;
    expect(() => attentionWeights(plain)).toThrow("an MLP without");
  });
});

describe("explainModels", () => {
  it("gives the mean over models with an interval, of each map", () => {
    const spread = explainModels(models, embedding, { labels: set.labels });
    const each = models.map((model) => explain(model, embedding, { labels: set.labels }));
    expect(spread.maps.map(({ name }) => name)).toEqual(each[0]?.maps.map(({ name }) => name));
    const smooth = each.map(({ maps, subBands }) =>
      subBands.reduce((sum, { orientation, edgeWidth }, at) => {
        return orientation === "vertical" && edgeWidth === 2 ? sum + (maps[0]?.edges[at] as number) : sum;
      }, 0),
    );
    const share = spread.maps[0]?.edges.find(({ name }) => name === "vertical 2 px")?.share;
    expect(share?.value).toBeCloseTo(smooth.reduce((sum, value) => sum + value, 0) / 3, 12);
    expect(share?.low).toBeLessThan(share?.value as number);
    expect(spread.maps[0]?.patches.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
    expect(() => explainModels(models.slice(0, 1), embedding)).toThrow("at least two models");
  });
});

describe("the edge figure", () => {
  it("has a colour of its own for each group of images, and is a heat map where colours would repeat", () => {
    const [model] = models as [TrainedModel];
    const attribution = explain(model, embedding, { labels: set.labels });
    const figureOf = (groups: number): Figure => {
      const maps = Array.from({ length: groups }, () => attribution.maps[0] as Attribution["maps"][number]);
      return attributionView({ ...attribution, maps }).views.find(({ kind }) => kind === "figure") as Figure;
    };
    const few = figureOf(7);
    expect(new Set(few.traces.map(({ marker }) => (marker as { color: string }).color)).size).toBe(7);
    const many = figureOf(9);
    expect(many.traces.map(({ type }) => type)).toEqual(["heatmap"]);
    expect(many.traces[0]?.["z"]).toHaveLength(9);
  });
});

describe("biasReport", () => {
  it("puts maps, scores, subgroups and easy predictors on one page", async () => {
    const [model] = models as [TrainedModel];
    const predictions = await predict(model, embedding);
    const sex = Object.fromEntries(embedding.ids.map((id, at) => [id, at % 2 === 0 ? "F" : "M"]));
    const age = Object.fromEntries(embedding.ids.map((id, at) => [id, 20 + (at % 60)]));
    const report = biasReport(model, embedding, {
      ...{ labels: set.labels, predictions, bootstraps: 20 },
      ...{ columns: { sex, age }, bands: { age: [50] }, facts: { age } },
    });
    expect(report.attribution.maps.some(({ name }) => name.startsWith("true positive"))).toBe(true);
    expect(report.subgroups.map(({ column, subgroups }) => [column, subgroups.length])).toEqual([["sex", 2], ["age", 2]]); // prettier-ignore
    expect(report.easyPredictors?.predictors).toHaveLength(3);
    const page = (await report.view()) as Page;
    expect(page.views).toHaveLength(6);
  });
});
