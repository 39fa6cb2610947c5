import { ShapeError } from "../core/errors";
import { statistics } from "../core/packages";
import { checkConfidence, type Estimate } from "./bootstrap";

/** Two AUCs of the same images, compared. */
export interface PairedAuc {
  readonly aucs: readonly [first: number, second: number];
  /** First minus second, with a normal interval. */
  readonly difference: Estimate;
  /** The difference in standard errors; NaN where both rank alike, so that it has none. */
  readonly z: number;
  /** Two-sided. */
  readonly p: number;
}

/**
 * ROC AUC with the interval of DeLong et al. (1988), which takes images as independent: narrower than a bootstrap over
 * patients where patients have several images. Cut off at 0 and 1; NaN where there are fewer than two positives or two
 * negatives, whose variance is not defined.
 *
 * @param scores - one number a record
 * @param truth - one a record: above 0 positive, 0 negative, NaN left out
 * @param confidence - between 0 and 1, default 0.95
 * @throws ShapeError when scores and truth differ in number
 * @throws OptionError when `confidence` is out of its range
 */
export function delongInterval(scores: ArrayLike<number>, truth: ArrayLike<number>, confidence = 0.95): Estimate {
  checkConfidence("evaluate.delongInterval", confidence);
  const placed = placements(scores, truth);
  const half = standardErrors(confidence) * Math.sqrt(covariance(placed, placed));
  return { value: placed.auc, low: Math.max(0, placed.auc - half), high: Math.min(1, placed.auc + half) };
}

/** The paired test of DeLong et al. (1988) on two scores of the same images. */
export function delongTest(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  truth: ArrayLike<number>,
  confidence = 0.95,
): PairedAuc {
  const [a, b] = [placements(first, truth), placements(second, truth)];
  const error = Math.sqrt(Math.max(0, covariance(a, a) + covariance(b, b) - 2 * covariance(a, b)));
  const value = a.auc - b.auc;
  const half = standardErrors(confidence) * error;
  const z = value / error;
  return {
    aucs: [a.auc, b.auc],
    difference: { value, low: value - half, high: value + half },
    z,
    p: 2 * statistics().normalCdf(-Math.abs(z), 0, 1),
  };
}

interface Placements {
  readonly auc: number;
  /** For every positive the share of negatives below it; for every negative the share of positives above it. */
  readonly ofPositives: Float64Array;
  readonly ofNegatives: Float64Array;
}

/** Structural components by midranks (Sun and Xu 2014): a rank among all less the rank among one's own counts the others. */
function placements(scores: ArrayLike<number>, truth: ArrayLike<number>): Placements {
  if (scores.length !== truth.length) {
    const required = `a truth for each of ${scores.length} scores`;
    throw new ShapeError({ where: "evaluate.delongInterval", required, got: String(truth.length) });
  }
  const at = Array.from({ length: scores.length }, (_, index) => index);
  const values = (positive: boolean): Float64Array =>
    Float64Array.from(
      at.filter((index) => (truth[index] as number) > 0 === positive && !Number.isNaN(truth[index])),
      (index) => scores[index] as number,
    );
  const [high, low] = [values(true), values(false)];
  const all = midranks(Float64Array.of(...high, ...low));
  const [ownHigh, ownLow] = [midranks(high), midranks(low)];
  const ofPositives = high.map((_, index) => ((all[index] as number) - (ownHigh[index] as number)) / low.length);
  const ofNegatives = low.map(
    (_, index) => 1 - ((all[high.length + index] as number) - (ownLow[index] as number)) / high.length,
  );
  return { auc: mean(ofPositives), ofPositives, ofNegatives };
}

function midranks(values: Float64Array): Float64Array {
  const order = Int32Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = new Float64Array(values.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end] as number] === values[order[start] as number]) end++;
    for (let place = start; place < end; place++) ranks[order[place] as number] = (start + end + 1) / 2;
  }
  return ranks;
}

function covariance(a: Placements, b: Placements): number {
  const positives = sampleCovariance(a.ofPositives, b.ofPositives) / a.ofPositives.length;
  return positives + sampleCovariance(a.ofNegatives, b.ofNegatives) / a.ofNegatives.length;
}

function sampleCovariance(a: Float64Array, b: Float64Array): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const sum = a.reduce((total, value, at) => total + (value - meanA) * ((b[at] as number) - meanB), 0);
  return sum / (a.length - 1);
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardErrors(confidence: number): number {
  return statistics().normalQuantile((1 + confidence) / 2, 0, 1);
}
