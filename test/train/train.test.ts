import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { DataError, OptionError, ShapeError } from "../../src/core/errors";
import { tensorflow } from "../../src/core/packages";
import type { Embedding } from "../../src/compress/embedding";
import { rocAuc } from "../../src/core/roc";
import type { Labels } from "../../src/data/labels";
import { splitOfFold } from "../../src/data/split";
import { crossValidate } from "../../src/train/crossValidate";
import { describeModel } from "../../src/train/describe";
import type { ModelOptions, TrainOptions } from "../../src/train/options";
import { predict } from "../../src/train/predict";
import { train } from "../../src/train/train";
import type { TrainedModel } from "../../src/train/model";
import { madeUpEmbedding, splitOf } from "./helpers";

const quick = { epochs: 6, batchSize: 16 } as const;
const { embedding, labels } = madeUpEmbedding(160);
const split = splitOf(embedding.ids);
const tensors = async (): Promise<number> => (await tensorflow()).memory().numTensors;

function relabelled(change: (value: number, id: string) => number): Labels {
  return { ...labels, values: labels.values.map((value, at) => change(value, labels.ids[at] as string)) };
}

describe("train", () => {
  const models: ModelOptions[] = [
    { kind: "logistic" },
    ...(["none", "zero mean", "whitening", "batch norm"] as const).map((normalisation): ModelOptions => {
      return { kind: "mlp", normalisation, width: 16 };
    }),
    ...(["none", "softmax", "log-softmax"] as const).map((attention): ModelOptions => {
      return { kind: "mlp", attention, width: 16 };
    }),
    { kind: "mlp", depth: 3, width: 16, normalisation: "batch norm" },
  ];

  it.each(models)("learns a feature that carries the label: %o", async (model) => {
    const before = await tensors();
    const trained = await train(embedding, labels, { ...quick, epochs: 30, learningRate: 0.02, split, model });
    expect(await tensors()).toBe(before);
    const { probabilities, ids } = await predict(trained, embedding);
    expect(await tensors()).toBe(before);
    const tested = ids.map((id, at) => ({ id, at })).filter(({ id }) => split.test.includes(id));
    const auc = rocAuc(
      tested.map(({ at }) => probabilities[at] as number),
      tested.map(({ at }) => labels.values[at] as number),
    );
    // Two normals 2 deviations apart: the best possible AUC is .921; .8 leaves room for 40 test images.
    expect(auc).toBeGreaterThan(0.8);
  });

  it("gives the same weights for a seed, and others for another", async () => {
    const [first, again, other] = await Promise.all(
      [3, 3, 4].map((seed) => train(embedding, labels, { ...quick, split, seed })),
    );
    expect(first?.weights).toEqual(again?.weights);
    expect(first?.weights).not.toEqual(other?.weights);
  });

  it("matches records by id, whatever their order", async () => {
    const reversed: Labels = { ...labels, values: labels.values.slice().reverse(), ids: [...labels.ids].reverse() };
    const first = await train(embedding, labels, { ...quick, split });
    const again = await train(embedding, reversed, { ...quick, split });
    expect(again.weights).toEqual(first.weights);
  });

  it("keeps the epoch with the best validation AUC", async () => {
    const { history, bestEpoch } = await train(embedding, labels, { ...quick, split });
    const aucs = history.map(({ validationAuc }) => validationAuc);
    expect(aucs[bestEpoch - 1]).toBe(Math.max(...aucs));
    expect(history).toHaveLength(6);
  });

  it("never looks at the test images", async () => {
    const test = new Set(split.test);
    const values = embedding.values.slice();
    embedding.ids.forEach((id, row) => test.has(id) && values.fill(row, row * 6, (row + 1) * 6));
    const flipped = relabelled((value, id) => (test.has(id) ? 1 - value : value));
    const first = await train(embedding, labels, { ...quick, split });
    const again = await train({ ...embedding, values }, flipped, { ...quick, split });
    expect(again.weights).toEqual(first.weights);
    expect(again.thresholds).toEqual(first.thresholds);
  });

  it("trains on several findings with uncertain ones left out", async () => {
    const values = Float32Array.from({ length: 320 }, (_, at) =>
      at % 2 === 0 ? (labels.values[at / 2] as number) : at % 7 === 0 ? NaN : (at >> 1) % 3 === 0 ? 1 : 0,
    );
    const multi: Labels = { kind: "multi", classes: ["sign", "other"], values, ids: labels.ids };
    const model = await train(embedding, multi, { ...quick, split, classWeights: "balanced" });
    const { probabilities } = await predict(model, embedding);
    expect(probabilities).toHaveLength(320);
    expect(model.thresholds).toHaveLength(2);
  });

  it("trains on exclusive classes, whose probabilities add up to 1", async () => {
    const values = Float32Array.from({ length: 320 }, (_, at) =>
      at % 2 === 0 ? 1 - (labels.values[at / 2] as number) : (labels.values[(at - 1) / 2] as number),
    );
    const single: Labels = { kind: "single", classes: ["without", "with"], values, ids: labels.ids };
    const model = await train(embedding, single, { ...quick, split, classWeights: [1, 2] });
    const { probabilities: p } = await predict(model, embedding);
    const sums = embedding.ids.map((_, row) => (p[2 * row] as number) + (p[2 * row + 1] as number));
    const ones = sums.map(() => 1);
    expect(sums).toBeAllclose(ones, { atol: 1e-6 });
  });

  it("returns the best model so far when stopped after an epoch, and rejects when stopped before", async () => {
    const before = await tensors();
    const stop = new AbortController();
    const model = await train(embedding, labels, {
      ...{ split, epochs: 5000, batchSize: 8, signal: stop.signal },
      onProgress: ({ done }) => done > 200 && stop.abort(),
    });
    expect(model.interrupted).toBe(true);
    expect(model.history.length).toBeGreaterThan(0);
    expect(model.history.length).toBeLessThan(5000);
    const signal = AbortSignal.abort("enough");
    await expect(train(embedding, labels, { ...quick, split, signal })).rejects.toBe("enough");
    expect(await tensors()).toBe(before);
  });

  it("draws fewer images an epoch where asked", async () => {
    let total = 0;
    const onProgress = (progress: { total: number | undefined }) => (total = progress.total ?? 0);
    await train(embedding, labels, { ...quick, split, imagesPerEpoch: 20, onProgress });
    expect(total).toBe(6 * 20);
  });
});

describe("train refuses", () => {
  const trains = (options: object, own: { labels?: Labels; values?: Float32Array } = {}) =>
    train({ ...embedding, values: own.values ?? embedding.values }, own.labels ?? labels, {
      ...{ ...quick, split },
      ...options,
    });

  it("an id without a label, naming it", async () => {
    const fewer = { ...labels, ids: labels.ids.slice(1), values: labels.values.slice(1) };
    await expect(trains({}, { labels: fewer })).rejects.toThrow(/label for every image, got none for "image0"/);
  });

  it("an id without an embedding, naming it", async () => {
    const more = { ...labels, ids: [...labels.ids, "extra"], values: Float32Array.of(...labels.values, 1) };
    const wider = { ...split, train: [...split.train, "extra"] };
    const refused = trains({ split: wider }, { labels: more });
    await expect(refused).rejects.toThrow(/every id of the split, got none for "extra"/);
  });

  it.each(["train", "validation"] as const)("one class only in %s", async (part) => {
    const ones = relabelled((value, id) => (split[part].includes(id) ? 1 : value));
    const refused = trains({}, { labels: ones });
    await expect(refused).rejects.toThrow(DataError);
    await expect(refused).rejects.toThrow(new RegExp(`${part} images.*one class only`));
  });

  it("only uncertain labels", async () => {
    await expect(trains({}, { labels: relabelled(() => NaN) })).rejects.toThrow(/certain, got only uncertain/);
  });

  it.each([
    ["single", [1, 1]],
    ["binary", [1, 0]],
  ] as const)("more classes than the model has outputs: %s labels", async (kind, row) => {
    const values = Float32Array.from({ length: 320 }, (_, at) => row[at % 2] as number);
    const two = { kind, classes: ["sign", "other"], values, ids: labels.ids } as Labels;
    await expect(trains({}, { labels: two })).rejects.toThrow(DataError);
  });

  it("an empty part", async () => {
    const refused = trains({ split: { ...split, validation: [] } });
    await expect(refused).rejects.toThrow(/validation images: at least one image/);
  });

  it("an image in two parts", async () => {
    await expect(trains({ split: { ...split, validation: split.train } })).rejects.toThrow(/"image0" twice/);
  });

  it("a patient of the groups in two parts, naming it", async () => {
    const groups = { image0: "Ann", [split.test[0] as string]: "Ann" };
    await expect(trains({ groups })).rejects.toThrow(/patient "Ann" in train and test/);
  });

  it("labels other than 0, 1 and NaN, and too few of them", async () => {
    await expect(trains({}, { labels: relabelled((value) => 2 * value) })).rejects.toThrow(/NaN .*got 2 for "image1"/);
    await expect(trains({}, { labels: { ...labels, values: new Float32Array(3) } })).rejects.toThrow(ShapeError);
  });

  it.each([undefined, {}, { split: { train: [] } }])("options without a split: %o", async (options) => {
    const refused = train(embedding, labels, options as unknown as TrainOptions);
    await expect(refused).rejects.toThrow(OptionError);
    await expect(refused).rejects.toThrow(/option split .* splitByGroup/);
  });

  it.each([NaN, Infinity])("a feature of %s, naming its image, and leaves no tensor", async (bad) => {
    const before = await tensors();
    const values = embedding.values.slice();
    values[6 * 7 + 2] = bad;
    const refused = trains({}, { values });
    await expect(refused).rejects.toThrow(/finite features, got (NaN|Infinity) in image "image7", feature 2/);
    expect(await tensors()).toBe(before);
  });

  it.each([
    [{ epochs: 0 }, /epochs a whole number/],
    [{ batchSize: 1.5 }, /batchSize a whole number/],
    [{ learningRate: -1 }, /learningRate a number above 0/],
    [{ seed: -1 }, /seed a whole number/],
    [{ classWeights: [1, 2] }, /classWeights with 1 numbers/],
    [{ model: "svm" }, /model one of "mlp", "logistic"/],
    [{ model: { kind: "mlp", attention: "self" } }, /attention one of/],
    [{ model: { kind: "mlp", normalization: "none" } }, /normalization; did you mean normalisation/],
    [{ epoch: 3 }, /train: options among .*got epoch; did you mean epochs/],
  ])("options out of range: %o", async (options, message) => {
    const refused = trains(options);
    await expect(refused).rejects.toThrow(OptionError);
    await expect(refused).rejects.toThrow(message);
  });

  it("a learning rate at which the loss stops being finite, and leaves no tensor", async () => {
    const before = await tensors();
    await expect(trains({ learningRate: 1e30, epochs: 20 })).rejects.toThrow(/loss that stays finite/);
    // By its only step, after the only loss in training.
    const once = trains({ learningRate: 1e30, epochs: 1, batchSize: 160 });
    await expect(once).rejects.toThrow(/loss that stays finite, got one that is not in epoch 1/);
    expect(await tensors()).toBe(before);
  });
});

describe("predict", () => {
  it("refuses embeddings of other settings, saying which", async () => {
    const model = await train(embedding, labels, { ...quick, split });
    const other = { ...embedding, settings: { ...embedding.settings, level: 2 } };
    const refused = predict(model, other);
    await expect(refused).rejects.toThrow(ShapeError);
    await expect(refused).rejects.toThrow(/embeddings at J=1, P=1x6, haar, l1 .* got embeddings at J=2/);
  });

  it("leaves no tensor when it is stopped or a feature is not finite", async () => {
    const model = await train(embedding, labels, { ...quick, split });
    const before = await tensors();
    const signal = AbortSignal.abort("enough");
    await expect(predict(model, embedding, { signal })).rejects.toBe("enough");
    const values = embedding.values.slice().fill(NaN, 8, 9);
    await expect(predict(model, { ...embedding, values })).rejects.toThrow(/got NaN in image "image1", feature 2/);
    expect(await tensors()).toBe(before);
  });
});

describe("predict refuses what is no model", () => {
  it.each([undefined, Promise.resolve()])("%o", async (model) => {
    const refused = predict(model as unknown as TrainedModel, embedding);
    await expect(refused).rejects.toThrow(
      /predict: a trained model as first argument, got (undefined|object); .*await/,
    );
  });
});

describe("describeModel", () => {
  it("counts what torchvision counts, and the multiply-adds of the ResNet paper", () => {
    const dense = describeModel("densenet121", { inputShape: [1, 320, 320], batchSize: 8 });
    expect(dense.parameters).toBe(6_948_609);
    const { multiplyAdds } = describeModel("resnet18", { inputShape: [3, 224, 224], outputs: 1000 });
    expect(multiplyAdds / 1.82e9).toBeCloseTo(1, 2); // He et al. 2016, table 1: 1.8e9
    expect(dense.frame().shape).toEqual([dense.weights.length, 4]);
  });

  it("is what a trained model tells by summary(): a worked MLP", async () => {
    const model = await train(embedding, labels, { ...quick, split, model: { kind: "mlp", width: 16 } });
    const told = model.summary({ batchSize: 10 });
    // 6 attention, 6 x 16 + 16 hidden, 16 + 1 output; kept: 6 inputs, 16 units, 1 logit.
    expect(told).toMatchObject({ parameters: 6 + 96 + 16 + 17, multiplyAdds: 96 + 16, activationBytes: 4 * 10 * 23 });
    expect(told.parameters).toBe(model.weights.reduce((sum, { values }) => sum + values.length, 0));
    expect(model.summary().batchSize).toBe(16);
    expect(model.frame().shape).toEqual([6, 4]);
  });

  it("refuses a shape that the model does not take", () => {
    expect(() => describeModel("resnet18", { inputShape: [144] })).toThrow(/inputShape \[channel, row, col\]/);
    expect(() => describeModel("mlp", {} as { inputShape: number[] })).toThrow(OptionError);
  });
});

describe("crossValidate", () => {
  const folds = Object.fromEntries(embedding.ids.map((id, at) => [id, Math.floor(at / 2) % 4]));

  it("scores every image once, by a model that neither trained nor chose on its fold", async () => {
    const before = await tensors();
    const { models, predictions } = await crossValidate(embedding, labels, { ...quick, folds });
    expect(await tensors()).toBe(before);
    expect(models).toHaveLength(4);
    expect(predictions.ids).toEqual(embedding.ids);
    expect(Array.from(predictions.fold ?? [])).toEqual(embedding.ids.map((id) => folds[id]));
    const alone = await predict(models[2] as (typeof models)[number], embedding);
    const scored = embedding.ids.findIndex((id) => folds[id] === 2);
    expect(predictions.probabilities[scored]).toBeCloseTo(alone.probabilities[scored] as number, 6);
    expect(predictions.thresholds).toHaveLength(4);
  });

  it("gives its models and predictions as data frames", async () => {
    const result = await crossValidate(embedding, labels, { ...quick, folds });
    expect(result.frame().columns).toContain("best epoch");
    const frame = result.predictions.frame();
    expect(frame.shape).toEqual([160, 3]);
    expect(frame.values[159]).toEqual(["image159", result.predictions.probabilities[159], folds["image159"]]);
  });

  it("goes on from its folder of checkpoints to the same models and predictions, training nothing twice", async () => {
    const checkpoint = join(mkdtempSync(join(tmpdir(), "deepfixcx-folds-")), "runs");
    const before = await tensors();
    const stop = new AbortController();
    const onProgress = ({ done }: { done: number }) => done > 1.4 && stop.abort("enough");
    const options = { ...quick, folds, checkpoint };
    const stopped = crossValidate(embedding, labels, { ...options, signal: stop.signal, onProgress });
    await expect(stopped).rejects.toBe("enough");
    const kept = readFileSync(join(checkpoint, "seed0-fold0.checkpoint"));
    const resumed = await crossValidate(embedding, labels, options);
    expect(readFileSync(join(checkpoint, "seed0-fold0.checkpoint")).equals(kept)).toBe(true);
    const unbroken = await crossValidate(embedding, labels, { ...quick, folds });
    expect(resumed.predictions.probabilities).toEqual(unbroken.predictions.probabilities);
    expect(resumed.models.map(({ weights }) => weights)).toEqual(unbroken.models.map(({ weights }) => weights));
    expect(await tensors()).toBe(before);
    rmSync(dirname(checkpoint), { recursive: true });
  });

  it("refuses to run without options, and an option that it does not have", async () => {
    const without = crossValidate(embedding, labels, undefined as unknown as { folds: typeof folds });
    await expect(without).rejects.toThrow(OptionError);
    const misspelt = { ...quick, folds, epoch: 3 };
    await expect(crossValidate(embedding, labels, misspelt)).rejects.toThrow(/got epoch; did you mean epochs\?/);
  });

  it("passes over the folds and labels of images that are not there, and names the way out for a split", async () => {
    const kept = embedding.ids.slice(0, -1);
    const size = embedding.values.length / embedding.ids.length;
    const [, ...sides] = embedding.shape;
    const values = embedding.values.subarray(0, kept.length * size);
    const fewer: Embedding = { ...embedding, values, ids: kept, shape: [kept.length, ...sides] };
    const { predictions, models } = await crossValidate(fewer, labels, { ...quick, folds });
    expect(predictions.ids).toEqual(kept);
    expect(models).toHaveLength(4);
    const splits = [splitOfFold(folds, 0)];
    const split = crossValidate(fewer, labels, { ...quick, folds: splits });
    await expect(split).rejects.toThrow(/none for "image159"; .*pickLabels\(labels, inputs\.ids\)/);
    await expect(crossValidate(embedding, labels, { ...quick, folds: { other: 0 } })).rejects.toThrow(
      /id of the inputs/,
    );
  });

  it.each([
    ["a promise", Promise.resolve(embedding), /got a Promise; await it first/],
    ["nothing", undefined, /images, an embedding or a data set, got undefined/],
  ])("refuses %s for inputs", async (_, wrong, message) => {
    const refused = crossValidate(wrong as unknown as Embedding, labels, { ...quick, folds });
    await expect(refused).rejects.toThrow(DataError);
    await expect(refused).rejects.toThrow(message);
  });

  it("refuses a data set for its labels", async () => {
    const refused = crossValidate(embedding, { labels } as unknown as Labels, { ...quick, folds });
    await expect(refused).rejects.toThrow(
      /labels \{ kind, classes, values, ids \}, got \{ labels \}; give dataset\.labels/,
    );
  });

  it("repeats with the next seed", async () => {
    const { models, repeats } = await crossValidate(embedding, labels, { ...quick, folds, repeats: 2 });
    expect(models.map(({ training }) => training.seed)).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    expect(repeats[0]?.probabilities).not.toEqual(repeats[1]?.probabilities);
  });

  it("refuses embeddings in files, which have to be read first", async () => {
    const stored = { ids: () => Promise.resolve([]), async *[Symbol.asyncIterator]() {} };
    const refused = crossValidate(stored as unknown as typeof embedding, labels, { ...quick, folds: [split] });
    await expect(refused).rejects.toThrow(
      /^crossValidate: images, an embedding .*; gather it first: await stored\.read/,
    );
  });

  it.each([
    [{ epochs: "1" }, /epochs a whole number of at least 1, got "1"$/],
    [{ learningRate: "0.1" }, /learningRate a number above 0, got "0\.1"$/],
    [{ seed: "0" }, /seed a whole number from 0, got "0"$/],
  ])("refuses texts for numbers: %o", async (own, message) => {
    const refused = crossValidate(embedding, labels, { folds: [split], ...(own as object) });
    await expect(refused).rejects.toThrow(message);
  });

  it("refuses splits that score an image twice", async () => {
    const refused = crossValidate(embedding, labels, { ...quick, folds: [split, split] });
    await expect(refused).rejects.toThrow(/in folds 0 and 1/);
  });

  it.each([
    [5, /got 5/],
    [undefined, /got undefined/],
    [null, /got null/],
    [[], /got no split/],
    [[0, 1], /got 0 at 0/],
    [{}, /got no image/],
    [{ image0: 0.5 }, /got 0.5 for "image0"/],
    [{ image0: -1 }, /got -1 for "image0"/],
  ])("refuses folds %o, saying what is wanted", async (own, got) => {
    const refused = crossValidate(embedding, labels, { ...quick, folds: own as unknown as typeof folds });
    await expect(refused).rejects.toThrow(OptionError);
    await expect(refused).rejects.toThrow(/splits .*or the fold of each image .*hashFolds\(groups, 5\)/);
    await expect(refused).rejects.toThrow(got);
  });

  it("refuses a patient in two parts, in splits and in folds by id", async () => {
    const groups = { image0: "Ann", image2: "Ann" }; // folds 0 and 1
    const byId = crossValidate(embedding, labels, { ...quick, folds, groups });
    await expect(byId).rejects.toThrow(/patient "Ann" in validation and test/);
    const acrossSplit = { image0: "Ann", [split.test[0] as string]: "Ann" };
    const bySplit = crossValidate(embedding, labels, { ...quick, folds: [split], groups: acrossSplit });
    await expect(bySplit).rejects.toThrow(/patient "Ann" in train and test/);
  });

  it("refuses labels other than 0, 1 and NaN", async () => {
    const refused = crossValidate(
      embedding,
      relabelled((value) => 2 * value),
      { ...quick, folds },
    );
    await expect(refused).rejects.toThrow(/got 2 for "image1"/);
  });
});
