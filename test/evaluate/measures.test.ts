import { describe, expect, test } from "vitest";
import { rankedAuc, rankScores } from "../../src/core/roc";
import { quantile } from "../../src/evaluate/bootstrap";
import {
  averagePrecision,
  balancedAccuracy,
  brierScore,
  calibrationError,
  confusionOf,
  reliability,
  rocCurve,
} from "../../src/evaluate/measures";
import golden from "../golden/evaluate.json";

const exact = { atol: 1e-9 }; // the tolerance for statistics

describe.each(golden.measures)("measures of $name equal scikit-learn", (expected) => {
  const { scores, truth, weights } = expected;
  const ranked = rankScores(scores, truth);
  const confusion = confusionOf(
    scores.map((score) => (score >= 0.5 ? 1 : 0)),
    truth,
    weights,
  );

  test("ROC AUC, average precision, Brier score, calibration error, balanced accuracy", () => {
    const actual = [
      rankedAuc(ranked, weights),
      averagePrecision(ranked, weights),
      brierScore(scores, truth, weights),
      calibrationError(reliability(scores, truth, weights, 10)),
      balancedAccuracy(confusion),
    ];
    const { auc, averagePrecision: precision, brier, calibrationError: calibration } = expected;
    expect(actual).toBeAllclose([auc, precision, brier, calibration, expected.balancedAccuracy], exact);
  });

  test("confusion", () => {
    const { trueNegative, falsePositive, falseNegative, truePositive } = confusion;
    expect([trueNegative, falsePositive, falseNegative, truePositive]).toEqual(expected.confusion);
  });

  test("ROC curve", () => {
    const curve = rocCurve(ranked, scores);
    expect(curve.falsePositiveRate).toBeAllclose(expected.roc.fpr, exact);
    expect(curve.truePositiveRate).toBeAllclose(expected.roc.tpr, exact);
    expect(curve.thresholds.slice(1)).toBeAllclose(expected.roc.thresholds, exact);
  });
});

test.each([
  [0, { auc: NaN, precision: NaN, balanced: NaN }],
  [1, { auc: NaN, precision: 1, balanced: NaN }],
])("records that are all %i: what needs both classes is not defined, the rest is", (only, expected) => {
  const [scores, truth, once] = [[0.25, 0.75, 0.75], [only, only, only], [1, 1, 1]]; // prettier-ignore
  const ranked = rankScores(scores, truth);
  expect(rankedAuc(ranked, once)).toBe(expected.auc);
  expect(averagePrecision(ranked, once)).toBe(expected.precision);
  expect(balancedAccuracy(confusionOf([0, 1, 1], truth, once))).toBe(expected.balanced);
  // By hand: distances 1/4, 3/4, 3/4 from 0, and 3/4, 1/4, 1/4 from 1.
  expect(brierScore(scores, truth, once)).toBeCloseTo(only === 0 ? 19 / 48 : 11 / 48, 12);
  expect(calibrationError(reliability(scores, truth, once, 10))).toBeCloseTo(only === 0 ? 7 / 12 : 5 / 12, 12);
});

test("measures leave out records of unknown truth", () => {
  const [scores, truth, once] = [
    [0.1, 0.7, 0.4, 0.9],
    [0, NaN, 0, 1],
    [1, 1, 1, 1],
  ];
  expect(brierScore(scores, truth, once)).toBeCloseTo((0.01 + 0.16 + 0.01) / 3, 12);
  expect(confusionOf([0, 1, 1, 1], truth, once)).toEqual({
    truePositive: 1,
    falsePositive: 1,
    falseNegative: 0,
    trueNegative: 1,
  });
  expect(reliability(scores, truth, once, 2).count).toEqual(Float64Array.of(2, 1));
});

test("quantiles equal numpy's", () => {
  const { values, shares, expected } = golden.quantiles;
  const sorted = [...values].sort((a, b) => a - b);
  expect(shares.map((share) => quantile(sorted, share))).toBeAllclose(expected, exact);
  expect(quantile([], 0.5)).toBeNaN();
});
