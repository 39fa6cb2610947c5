import fc from "fast-check";
import { expect, test } from "vitest";
import { balancedThreshold, rocAuc } from "../../src/core/roc";

const cases = fc.array(
  fc.record({
    score: fc.integer({ min: 0, max: 8 }),
    truth: fc.constantFrom(0, 1, NaN),
    weight: fc.integer({ min: 0, max: 3 }),
  }),
  { minLength: 1, maxLength: 40 },
);

function byPairs(scores: number[], truth: number[], weights: number[]): number {
  let [won, pairs] = [0, 0];
  for (let i = 0; i < scores.length; i++) {
    for (let j = 0; j < scores.length; j++) {
      if (truth[i] !== 1 || truth[j] !== 0) continue;
      const weight = (weights[i] as number) * (weights[j] as number);
      pairs += weight;
      won += weight * (scores[i]! > scores[j]! ? 1 : scores[i] === scores[j] ? 0.5 : 0);
    }
  }
  return won / pairs;
}

test("AUC is the share of pairs that are ordered rightly, ties half, unknown truth left out", () => {
  fc.assert(
    fc.property(cases, (records) => {
      const [scores, truth, weights] = [
        records.map(({ score }) => score),
        records.map((record) => record.truth),
        records.map(({ weight }) => weight),
      ];
      expect([rocAuc(scores, truth, weights)]).toBeAllclose([byPairs(scores, truth, weights)], { atol: 1e-12 });
    }),
  );
});

test("AUC is not defined without positives or without negatives", () => {
  expect(rocAuc([0.1, 0.2], [0, 0])).toBeNaN();
  expect(rocAuc([0.1, 0.2], [1, 1])).toBeNaN();
});

test("the balanced threshold separates what can be separated, in the middle of the gap", () => {
  expect(balancedThreshold([0.1, 0.2, 0.6, 0.9], [0, 0, 1, 1])).toBeCloseTo(0.4, 12);
});

test("no threshold has a better balanced accuracy than the chosen one", () => {
  const balanced = (scores: number[], truth: number[], threshold: number) => {
    const rate = (value: number) => {
      const among = scores.filter((_, at) => truth[at] === value);
      return among.filter((score) => score >= threshold === (value === 1)).length / among.length;
    };
    return (rate(0) + rate(1)) / 2;
  };
  fc.assert(
    fc.property(cases, (records) => {
      const [scores, truth] = [records.map(({ score }) => score), records.map((record) => record.truth)];
      fc.pre(truth.includes(1) && truth.includes(0));
      const chosen = balanced(scores, truth, balancedThreshold(scores, truth));
      for (const threshold of scores) expect(chosen).toBeGreaterThanOrEqual(balanced(scores, truth, threshold) - 1e-9);
    }),
  );
});
