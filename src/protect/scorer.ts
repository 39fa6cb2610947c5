import type { Embedding } from "../compress/embedding";
import { DataError } from "../core/errors";
import { rocAuc } from "../core/roc";

/** A score for one finding, learned on reference patients: the sum of standardised features times weights. */
export interface Scorer {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
  readonly weights: Float64Array;
  /** Mean and deviation of the score over the reference images. */
  readonly scoreMean: number;
  readonly scoreDeviation: number;
}

/** Feature vectors on a logarithmic scale beside the truth, 1 or 0. */
export interface Examples {
  readonly rows: readonly Float64Array[];
  readonly truth: readonly number[];
  /** The patient of every row. */
  readonly patients: readonly string[];
}

const penalties = [0.01, 0.03, 0.1, 0.3, 1];

/** The features of one image: log(1 + value), sign kept, since sums over patches have long tails. */
export function logFeatures({ values, ids }: Pick<Embedding, "values" | "ids">, row: number): Float64Array {
  const size = values.length / ids.length;
  const own = values.subarray(row * size, (row + 1) * size);
  return Float64Array.from(own, signedLog);
}

/** log(1 + |value|), sign kept. */
export function signedLog(value: number): number {
  return Math.sign(value) * Math.log1p(Math.abs(value));
}

/**
 * Fits a score by logistic regression with a squared penalty, the one of five with the best AUC when patients are left
 * out in turn.
 *
 * @throws DataError when the examples are of one kind only
 */
export function fitScorer(examples: Examples, where: string = "protect"): Scorer {
  const kinds = new Set(examples.truth);
  if (kinds.size < 2) {
    const got = `${examples.truth.length} images of one kind`;
    throw new DataError({ where, required: "images to learn from of both kinds", got });
  }
  const aucs = penalties.map((penalty) => leftOutAuc(examples, penalty));
  const best = penalties[aucs.indexOf(Math.max(...aucs))] as number;
  const raw = fitLogistic(examples, best);
  const scores = examples.rows.map((row) => dotStandard(raw, row));
  const scoreMean = meanOf(scores);
  const scoreDeviation = Math.sqrt(meanOf(scores.map((score) => (score - scoreMean) ** 2))) || 1;
  return { ...raw, scoreMean, scoreDeviation };
}

/** The score of one image in deviations from the reference images' mean. */
export function scoreOf(scorer: Scorer, features: Float64Array): number {
  return (dotStandard(scorer, features) - scorer.scoreMean) / scorer.scoreDeviation;
}

type Linear = Pick<Scorer, "mean" | "deviation" | "weights">;

function dotStandard({ mean, deviation, weights }: Linear, row: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < row.length; at++) {
    sum += (((row[at] as number) - (mean[at] as number)) / (deviation[at] as number)) * (weights[at] as number);
  }
  return sum;
}

function leftOutAuc({ rows, truth, patients }: Examples, penalty: number): number {
  const names = [...new Set(patients)].sort();
  const fold = new Map(names.map((name, at) => [name, at % 3]));
  const [scores, seen] = [[] as number[], [] as number[]];
  for (const left of [0, 1, 2]) {
    const at = (inside: boolean): number[] =>
      Array.from(rows.keys()).filter((row) => (fold.get(patients[row] as string) === left) === inside);
    const kept = at(false);
    const raw = fitLogistic(
      {
        rows: kept.map((row) => rows[row] as Float64Array),
        truth: kept.map((row) => truth[row] as number),
        patients: [],
      },
      penalty,
    );
    for (const row of at(true)) {
      scores.push(dotStandard(raw, rows[row] as Float64Array));
      seen.push(truth[row] as number);
    }
  }
  return rocAuc(scores, seen) || 0;
}

/** Accelerated gradient descent (Nesterov 1983) on the mean log loss plus half the penalty times the squared weights. */
function fitLogistic({ rows, truth }: Examples, penalty: number): Linear {
  const size = rows[0]?.length ?? 0;
  const column = (at: number): number[] => rows.map((row) => row[at] as number);
  const mean = Float64Array.from({ length: size }, (_, at) => meanOf(column(at)));
  const deviation = mean.map((centre, at) => Math.sqrt(meanOf(column(at).map((value) => (value - centre) ** 2))) || 1);
  const standard = rows.map((row) =>
    row.map((value, at) => (value - (mean[at] as number)) / (deviation[at] as number)),
  );
  const step = 1 / (curvature(standard, size) / 4 + penalty);
  let [weights, ahead, bias] = [new Float64Array(size), new Float64Array(size), 0];
  for (let round = 0; round < 300; round++) {
    const slope = ahead.map((weight) => weight * penalty);
    let biasSlope = 0;
    standard.forEach((row, at) => {
      let logit = bias;
      for (let i = 0; i < size; i++) logit += (row[i] as number) * (ahead[i] as number);
      const error = (1 / (1 + Math.exp(-logit)) - (truth[at] as number)) / rows.length;
      for (let i = 0; i < size; i++) (slope[i] as number) += error * (row[i] as number);
      biasSlope += error;
    });
    const next = ahead.map((weight, i) => weight - step * (slope[i] as number));
    const momentum = round / (round + 3);
    ahead = next.map((weight, i) => weight + momentum * (weight - (weights[i] as number)));
    weights = next;
    bias -= biasSlope;
  }
  return { mean, deviation, weights };
}

/** The largest eigenvalue of the rows' mean product, by power iteration, a little too large. */
function curvature(rows: readonly Float64Array[], size: number): number {
  let vector = new Float64Array(size).fill(1 / Math.sqrt(size));
  let value = 1;
  for (let round = 0; round < 30; round++) {
    const next = new Float64Array(size);
    for (const row of rows) {
      const share = row.reduce((sum, each, at) => sum + each * (vector[at] as number), 0) / rows.length;
      for (let at = 0; at < size; at++) (next[at] as number) += share * (row[at] as number);
    }
    value = Math.hypot(...next);
    vector = next.map((each) => each / (value || 1));
  }
  return 1.1 * value;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
