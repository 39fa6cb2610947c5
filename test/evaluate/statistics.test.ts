import { describe, expect, test } from "vitest";
import type { Labels } from "../../src/data/labels";
import type { Predictions } from "../../src/data/predictions";
import { delongInterval, delongTest } from "../../src/evaluate/delong";
import { evaluate } from "../../src/evaluate/evaluate";
import { holm, kolmogorovSmirnov, kruskalWallis, overRepeats } from "../../src/evaluate/statistics";
import golden from "../golden/evaluate.json";

const exact = { atol: 1e-9 }; // the tolerance for statistics

test.each(golden.delong)("DeLong's interval and paired test equal MLstatkit ($confidence)", (expected) => {
  const { truth, a, b, confidence } = expected;
  const { aucs, z, p, difference } = delongTest(a, b, truth, confidence);
  expect([...aucs, z, p]).toBeAllclose([expected.aucA, expected.aucB, expected.z, expected.p], exact);
  expect(difference.value).toBeCloseTo(expected.aucA - expected.aucB, 12);
  const [first, second] = [delongInterval(a, truth, confidence), delongInterval(b, truth, confidence)];
  expect([first.low, first.high, second.low, second.high]).toBeAllclose([...expected.ciA, ...expected.ciB], exact);
});

test("DeLong of a model with itself finds no difference and no test", () => {
  const { truth, a } = golden.delong[0]!;
  expect(delongTest(a, a, truth)).toMatchObject({ difference: { value: 0, low: 0, high: 0 }, z: NaN });
});

test.each(golden.student)("Student's t interval equals scipy", ({ values, confidence, value, low, high }) => {
  const actual = overRepeats(values, confidence);
  expect([actual.value, actual.low, actual.high]).toBeAllclose([value, low, high], exact);
});

test.each(golden.kruskal)("Kruskal-Wallis equals scipy, ties too", ({ groups, statistic, p }) => {
  const actual = kruskalWallis(groups);
  expect([actual.statistic, actual.p]).toBeAllclose([statistic, p], exact);
});

test.each(golden.smirnov)("the two-sample Kolmogorov-Smirnov statistic equals scipy", ({ a, b, statistic }) => {
  expect(kolmogorovSmirnov(a, b)).toBeCloseTo(statistic, 12);
});

test.each(golden.holm)("Holm's adjustment equals statsmodels", ({ values, adjusted }) => {
  expect(holm(values)).toBeAllclose(adjusted, exact);
});

test("DeLong's interval is not defined by one record of a class, nor its AUC by none", () => {
  // One positive above two of three negatives; its own variance takes a second one.
  expect(delongInterval([0.5, 0.1, 0.2, 0.9], [1, 0, 0, 0])).toEqual({ value: 2 / 3, low: NaN, high: NaN });
  expect(delongInterval([0.5, 0.1], [1, 1])).toEqual({ value: NaN, low: NaN, high: NaN });
  const { truth, a, b } = golden.delong[0]!;
  const unknown = [...truth, NaN];
  expect(delongTest([...a, 0.3], [...b, 0.9], unknown)).toEqual(delongTest(a, b, truth));
});

test("repeats that all agree have an interval without width, and groups of one value no Kruskal-Wallis test", () => {
  expect(overRepeats([0.75, 0.75, 0.75])).toEqual({ value: 0.75, low: 0.75, high: 0.75 });
  expect(kruskalWallis([[1, 1], [1]])).toEqual({ statistic: NaN, p: NaN });
});

test("a confidence, p-value or number of records out of range is refused", () => {
  expect(() => delongInterval([1, 0], [1, 0], 95)).toThrow(/delongInterval: confidence between 0 and 1.*got 95/);
  expect(() => overRepeats([1, 2], 0)).toThrow(/overRepeats: confidence between 0 and 1.*got 0/);
  expect(() => delongInterval([1, 0, 1], [1, 0])).toThrow(/a truth for each of 3 scores, got 2/);
  expect(() => holm([0.5, NaN])).toThrow(/p-values in 0\.\.1, got NaN/);
  expect(() => holm([1.5])).toThrow(/got 1\.5/);
});

test("too few values or groups are refused", () => {
  expect(() => kolmogorovSmirnov([], [1])).toThrow(/two samples with values, got 0 and 1/);
  expect(() => overRepeats([0.9])).toThrow(/at least two values/);
  expect(() => kruskalWallis([[1, 2]])).toThrow(/at least two groups/);
  expect(() => kruskalWallis([[1, 2], []])).toThrow(/groups of 2, 0/);
});

const ids = ["a", "b", "c", "d", "e", "f"];
const labels: Labels = { kind: "binary", classes: ["x"], ids, values: Float32Array.of(0, 0, 0, 1, 1, 1) };
const scored = (...probabilities: number[]): Predictions => ({
  ids,
  classes: ["x"],
  probabilities: Float32Array.from(probabilities),
});

describe("evaluate.compare", () => {
  const better = scored(0.1, 0.2, 0.3, 0.6, 0.7, 0.8);
  const worse = scored(0.1, 0.6, 0.3, 0.2, 0.7, 0.8);

  test("gives the difference with the interval of paired resamples, and DeLong's test", () => {
    const result = evaluate.compare(better, worse, labels, { seed: 1 });
    expect(result.classes[0]?.aucs ?? []).toBeAllclose([1, 7 / 9], exact);
    expect(result.difference.value).toBeCloseTo(2 / 9, 12);
    expect(result.difference.low).toBe(0);
    expect(result.classes[0]?.delong.p).toBeGreaterThan(0.05);
  });

  test("matches the second model's images by id", () => {
    const turned: Predictions = { ...worse, ids: ids.toReversed(), probabilities: worse.probabilities.toReversed() };
    expect(evaluate.compare(better, turned, labels)).toEqual(evaluate.compare(better, worse, labels));
  });

  test("refuses models that scored other images, and a class that is never there", () => {
    expect(() => evaluate.compare(better, { ...worse, ids: ["z", ...ids.slice(1)] }, labels)).toThrow(/"a" missing/);
    const never = { ...labels, values: new Float32Array(6) };
    expect(() => evaluate.compare(better, worse, never)).toThrow(/with and without "x"/);
  });
});

describe("evaluate.subgroups", () => {
  const predictions = scored(0.1, 0.6, 0.3, 0.2, 0.7, 0.8);

  test("measures words as they are and says where nothing can be told", () => {
    const sex = { a: "F", b: "F", d: "F", e: "F", c: "M" };
    const result = evaluate.subgroups(predictions, labels, sex, { column: "sex" });
    expect(result.subgroups.map(({ name, images, measures }) => [name, images, measures?.auc.value])).toEqual([
      ["F", 4, 0.75],
      ["M", 1, undefined],
      ["unknown", 1, undefined],
    ]);
  });

  test("cuts numbers into bands", () => {
    const age = { a: 20, b: 39, c: 40, d: 59, e: 60, f: 90 };
    const result = evaluate.subgroups(predictions, labels, age, { bands: [40, 60] });
    expect(result.subgroups.map(({ name, images }) => [name, images])).toEqual([
      ["40 to below 60", 2],
      ["60 and above", 2],
      ["below 40", 2],
    ]);
    expect(() => evaluate.subgroups(predictions, labels, age)).toThrow(/give bands/);
    const descending = { bands: [60, 40] };
    expect(() => evaluate.subgroups(predictions, labels, age, descending)).toThrow(/ascending numbers, got \[60, 40\]/);
  });

  test("keeps each image's threshold when a subgroup misses the last fold", () => {
    const folded = { ...predictions, fold: Int32Array.of(0, 0, 0, 0, 1, 1), thresholds: Float32Array.of(0.15, 0.5) };
    const result = evaluate.subgroups(folded, labels, { a: "F", b: "F", c: "F", d: "F", e: "M", f: "M" });
    expect(result.subgroups[0]?.measures?.balancedAccuracy?.value).toBeCloseTo((1 + 1 / 3) / 2, 12);
  });
});
