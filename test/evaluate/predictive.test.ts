import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { DataError, OptionError, ShapeError } from "../../src/core/errors";
import { Random } from "../../src/core/random";
import type { Labels } from "../../src/data/labels";
import type { Predictions } from "../../src/data/predictions";
import { evaluate } from "../../src/evaluate/evaluate";
import type { Figure, Page, Table } from "../../src/display/view";

const predictions: Predictions = {
  ids: ["a", "b", "c", "d"],
  classes: ["finding"],
  probabilities: Float32Array.of(0.1, 0.4, 0.35, 0.8),
  thresholds: Float32Array.of(0.375),
};
const labels: Labels = {
  kind: "binary",
  classes: ["finding"],
  ids: ["d", "c", "b", "a", "unscored"],
  values: Float32Array.of(1, 1, 0, 0, 1),
};

/** 60 images of 20 synthetic patients whose score follows the truth loosely. */
function synthetic() {
  const random = new Random(7);
  const ids = Array.from({ length: 60 }, (_, at) => `image ${at}`);
  const values = Float32Array.from(ids, (_, at) => (Math.floor(at / 3) % 2 === 0 ? 1 : 0));
  const probabilities = values.map((value) => (value + 2 * random.uniform()) / 3);
  const groups = Object.fromEntries(ids.map((id, at) => [id, `patient ${Math.floor(at / 3)}`]));
  return {
    predictions: { ids, classes: ["finding"], probabilities } satisfies Predictions,
    labels: { kind: "binary", classes: ["finding"], ids, values } satisfies Labels,
    groups,
  };
}

test("records are matched by id: 3 of 4 pairs are ordered rightly", () => {
  const result = evaluate(predictions, labels);
  expect(result.auc.value).toBe(0.75);
  expect(result.images).toBe(4);
  expect(result.classes[0]?.confusion).toEqual({
    truePositive: 1,
    falsePositive: 1,
    falseNegative: 1,
    trueNegative: 1,
  });
  expect(result.balancedAccuracy?.value).toBe(0.5);
});

test("uncertain labels are left out", () => {
  const result = evaluate(predictions, { ...labels, values: Float32Array.of(1, NaN, 0, 0, 1) });
  expect(result.auc.value).toBe(1);
  expect(result.classes[0]).toMatchObject({ images: 3, positives: 1 });
});

test("without thresholds nothing is decided", () => {
  const { thresholds, ...undecided } = predictions;
  const result = evaluate(undecided, labels);
  expect(thresholds).toBeDefined();
  expect(result).not.toHaveProperty("balancedAccuracy");
  expect(result.classes[0]).not.toHaveProperty("confusion");
});

test("each fold decides by its own threshold", () => {
  const fold = Int32Array.of(0, 0, 1, 1);
  const result = evaluate({ ...predictions, fold, thresholds: Float32Array.of(0.5, 0.3) }, labels);
  expect(result.balancedAccuracy?.value).toBe(1);
});

test("the interval holds the value, is the same for the same seed and widens when patients are drawn whole", () => {
  const { groups, ...both } = synthetic();
  const byImage = evaluate(both.predictions, both.labels, { seed: 3 }).auc;
  const byPatient = evaluate(both.predictions, both.labels, { seed: 3, groups });
  expect(byImage.low).toBeLessThan(byImage.value);
  expect(byImage.high).toBeGreaterThan(byImage.value);
  expect(byPatient.patients).toBe(20);
  expect(byPatient.auc).toEqual(evaluate(both.predictions, both.labels, { seed: 3, groups }).auc);
  expect(byPatient.auc).not.toEqual(evaluate(both.predictions, both.labels, { seed: 4, groups }).auc);
});

test("patients are told where they are known, and images without any label do not count", () => {
  const { groups, predictions: scored, labels: truth } = synthetic();
  expect(inspect(evaluate(scored, truth))).toMatch(/of finding, 60 images, interval over images$/);
  expect(inspect(evaluate(scored, truth, { groups }))).toMatch(/60 images, 20 patients$/);
  const half = { ...truth, values: truth.values.map((value, at) => (at < 30 ? value : NaN)) };
  const known = evaluate(scored, half, { groups });
  expect(inspect(known)).toMatch(/30 of 60 images with a label, 10 patients$/);
  const first = { ...scored, ids: scored.ids.slice(0, 30), probabilities: scored.probabilities.slice(0, 30) };
  expect(known.auc).toEqual(evaluate(first, truth, { groups }).auc);
});

test("drawing one patient's copies counts them as one: copies do not narrow the interval", () => {
  const { predictions: once, labels: truth } = synthetic();
  const copies = [0, 1, 2, 3].flatMap((copy) => once.ids.map((id) => `${id} copy ${copy}`));
  const repeat = (values: Float32Array) =>
    Float32Array.from({ length: 4 * values.length }, (_, at) => values[at % 60]!);
  const copied = { ...once, ids: copies, probabilities: repeat(once.probabilities) };
  const groups = Object.fromEntries(copies.map((id) => [id, id.split(" copy ")[0] as string]));
  const options = { seed: 1, bootstraps: 500 };
  const wide = evaluate(copied, { ...truth, ids: copies, values: repeat(truth.values) }, { ...options, groups }).auc;
  const plain = evaluate(once, truth, options).auc;
  expect([wide.low, wide.high]).toBeAllclose([plain.low, plain.high], { atol: 1e-12 });
});

describe("several classes", () => {
  const three: Predictions = {
    ids: ["a", "b", "c"],
    classes: ["x", "y", "z"],
    probabilities: Float32Array.of(0.7, 0.2, 0.1, 0.5, 0.3, 0.2, 0.1, 0.2, 0.7),
  };
  const single: Labels = {
    kind: "single",
    classes: ["z", "x", "y"],
    ids: ["a", "b", "c"],
    values: Float32Array.of(0, 1, 0, 0, 0, 1, 1, 0, 0),
  };

  test("are matched by name, and the mean is over classes", () => {
    const result = evaluate(three, single);
    expect(result.classes.map(({ name, auc }) => [name, auc.value])).toEqual([
      ["x", 1],
      ["y", 1],
      ["z", 1],
    ]);
    expect(result.auc.value).toBe(1);
  });

  test("have a confusion matrix by the most probable class", () => {
    expect(Array.from(evaluate(three, single).confusionMatrix ?? [])).toEqual([1, 0, 0, 1, 0, 0, 0, 0, 1]);
  });

  test("a class that is never there is left out of the mean", () => {
    const values = Float32Array.of(0, 1, 0, 0, 0, 1, 0, 0, 0);
    const result = evaluate(three, { ...single, kind: "multi", values });
    expect(result.classes[2]?.auc.value).toBeNaN();
    expect(result.auc.value).toBe(1);
  });
});

describe("refuses", () => {
  test("one class only", () => {
    const values = new Float32Array(5);
    expect(() => evaluate(predictions, { ...labels, values })).toThrow(
      /with and without at least one class.*0 with, 4 without/,
    );
  });
  test("an image without a label, naming it", () => {
    expect(() => evaluate({ ...predictions, ids: ["a", "b", "c", "stranger"] }, labels)).toThrow(/"stranger" missing/);
  });
  test("an image without a group, naming it", () => {
    expect(() => evaluate(predictions, labels, { groups: { a: "p" } })).toThrow(/none for "b"/);
  });
  test("a class without a label", () => {
    expect(() => evaluate({ ...predictions, classes: ["other"] }, labels)).toThrow(DataError);
  });
  test("an id that stands twice", () => {
    expect(() => evaluate({ ...predictions, ids: ["a", "b", "c", "a"] }, labels)).toThrow(/"a" twice/);
  });
  test("a probability that is NaN, naming the image", () => {
    const probabilities = Float32Array.of(0.1, NaN, 0.3, 0.2);
    expect(() => evaluate({ ...predictions, probabilities }, labels)).toThrow(/NaN for image "b"/);
  });
  test("arrays of the wrong length", () => {
    expect(() => evaluate({ ...predictions, probabilities: Float32Array.of(1) }, labels)).toThrow(ShapeError);
    expect(() => evaluate({ ...predictions, thresholds: new Float32Array(3) }, labels)).toThrow(ShapeError);
    expect(() => evaluate(predictions, { ...labels, values: new Float32Array(3) })).toThrow(ShapeError);
  });
  test("no bootstraps, and a confidence of 95", () => {
    expect(() => evaluate(predictions, labels, { bootstraps: 0 })).toThrow(OptionError);
    expect(() => evaluate(predictions, labels, { confidence: 95 })).toThrow(/between 0 and 1/);
  });
  test.each([0, -1, 2.5, NaN])("%s bins", (bins) => {
    expect(() => evaluate(predictions, labels, { bins })).toThrow(OptionError);
  });
  test("attacks without their options, and options that they do not have, by name", () => {
    const vectors = { ids: ["a"], values: new Float32Array(2) };
    const linkage = evaluate.linkage as (vectors: unknown, options?: unknown) => unknown;
    expect(() => linkage(vectors)).toThrow(OptionError);
    expect(() => linkage(vectors, { group: {} })).toThrow(/evaluate\.linkage: .*got group; did you mean groups\?/);
    expect(() => evaluate(predictions, labels, { bin: 3 } as object)).toThrow(/evaluate: .*did you mean bins\?/);
  });
  test("labels other than 0, 1 and NaN", () => {
    const values = Float32Array.of(1, 2, 0, 0, 1);
    expect(() => evaluate(predictions, { ...labels, values })).toThrow(/NaN .*got 2 for "c"/);
  });
});

test("the table and the ROC figure show the same numbers as the value", () => {
  const result = evaluate(predictions, labels);
  const [table, roc] = (result.view() as Page).views as [Table, Figure];
  expect(table.rows[0]?.slice(0, 2)).toEqual(["ROC AUC", 0.75]);
  expect(roc.title).toContain("0.750");
});

test("easy predictors are scored in their better direction, which is named", () => {
  const byId = { a: 30, b: 20, c: 10, d: 5 };
  const result = evaluate.easyPredictors({ "file size": byId }, labels);
  expect(result.predictors[0]).toMatchObject({ name: "file size", direction: "smaller", auc: { value: 1 }, images: 4 });
  expect(() => evaluate.easyPredictors({ "file size": {} }, labels)).toThrow(/numbers "file size"/);
  const twos = { ...labels, values: labels.values.map((value) => 2 * value) };
  expect(() => evaluate.easyPredictors({ "file size": byId }, twos)).toThrow(/NaN .*got 2/);
});

test.each([
  ["nothing", [], /predictions .* as first argument, got undefined; evaluate\(predictions, labels\)/],
  ["labels for predictions", [labels, predictions], /predictions .*, got \{ kind, classes, ids, values \}; evaluate/],
  ["a whole cross-validation", [{ predictions }, labels], /got \{ predictions \}; evaluate\(predictions, labels\)/],
  ["no labels", [predictions], /labels \{ kind, classes, values, ids \}, got undefined; give dataset\.labels/],
])("%s is refused, with what is wanted", (_, given, message) => {
  const call = () => evaluate(...(given as unknown as [Predictions, Labels]));
  expect(call).toThrow(DataError);
  expect(call).toThrow(message);
});
