import { type RankedScores } from "../core/roc";

/** Counts of decisions by truth. */
export interface Confusion {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
  readonly trueNegative: number;
}

/** The receiver operating characteristic: one point for every threshold, from (0, 0) to (1, 1). */
export interface RocCurve {
  readonly falsePositiveRate: Float64Array;
  readonly truePositiveRate: Float64Array;
  /** `score >= threshold` means positive; the first is Infinity. */
  readonly thresholds: Float64Array;
}

/** Predicted probability beside what was observed, in bins of equal width; a bin without images holds NaN. */
export interface Reliability {
  readonly count: Float64Array;
  readonly meanProbability: Float64Array;
  readonly observedShare: Float64Array;
}

/** The ROC curve of ranked scores. */
export function rocCurve({ order, positive, ends }: RankedScores, scores: ArrayLike<number>): RocCurve {
  const positives = positive.reduce((sum, each) => sum + each, 0);
  const [x, y, thresholds] = [[0], [0], [Infinity]];
  let [above, right] = [0, 0];
  for (let place = order.length - 1; place >= 0; place--) {
    if (positive[place]) right++;
    else above++;
    if (place > 0 && !ends[place - 1]) continue;
    x.push(above / (order.length - positives));
    y.push(right / positives);
    thresholds.push(scores[order[place] as number] as number);
  }
  return {
    falsePositiveRate: Float64Array.from(x),
    truePositiveRate: Float64Array.from(y),
    thresholds: Float64Array.from(thresholds),
  };
}

/**
 * Average precision, the usual area under the precision-recall curve: precision at every threshold, weighted by the
 * recall that it adds. NaN without positives.
 *
 * @param weights - one number a record, at the positions of the ranked input
 */
export function averagePrecision({ order, positive, ends }: RankedScores, weights: ArrayLike<number>): number {
  let [area, found, drawn, fresh] = [0, 0, 0, 0];
  for (let place = order.length - 1; place >= 0; place--) {
    const weight = weights[order[place] as number] as number;
    drawn += weight;
    if (positive[place]) fresh += weight;
    if ((place > 0 && !ends[place - 1]) || fresh === 0) continue;
    found += fresh;
    area += (fresh * found) / drawn;
    fresh = 0;
  }
  return found > 0 ? area / found : NaN;
}

/** Mean squared difference of probability and truth (Brier 1950); unknown truth (NaN) is left out. */
export function brierScore(scores: ArrayLike<number>, truth: ArrayLike<number>, weights: ArrayLike<number>): number {
  let [sum, total] = [0, 0];
  for (let at = 0; at < scores.length; at++) {
    const [seen, weight] = [truth[at] as number, weights[at] as number];
    if (Number.isNaN(seen)) continue;
    sum += weight * ((scores[at] as number) - seen) ** 2;
    total += weight;
  }
  return sum / total;
}

/**
 * The reliability diagram: probabilities in `bins` bins of equal width, each open below and closed above but for the
 * first, which holds 0 too (Guo et al. 2017, section 2).
 */
export function reliability(
  scores: ArrayLike<number>,
  truth: ArrayLike<number>,
  weights: ArrayLike<number>,
  bins: number,
): Reliability {
  const [count, predicted, observed] = [new Float64Array(bins), new Float64Array(bins), new Float64Array(bins)];
  for (let at = 0; at < scores.length; at++) {
    const [score, seen, weight] = [scores[at] as number, truth[at] as number, weights[at] as number];
    if (Number.isNaN(seen) || weight === 0) continue;
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(score * bins) - 1));
    (count[bin] as number) += weight;
    (predicted[bin] as number) += weight * score;
    (observed[bin] as number) += weight * seen;
  }
  return {
    count,
    meanProbability: predicted.map((sum, bin) => sum / (count[bin] as number)),
    observedShare: observed.map((sum, bin) => sum / (count[bin] as number)),
  };
}

/** Expected calibration error: mean distance of probability and observed share, bins weighted by their count. */
export function calibrationError({ count, meanProbability, observedShare }: Reliability): number {
  let [sum, total] = [0, 0];
  count.forEach((images, bin) => {
    if (images === 0) return;
    sum += images * Math.abs((meanProbability[bin] as number) - (observedShare[bin] as number));
    total += images;
  });
  return sum / total;
}

/** Counts decisions (1: positive) by truth; unknown truth (NaN) is left out. */
export function confusionOf(
  decided: ArrayLike<number>,
  truth: ArrayLike<number>,
  weights: ArrayLike<number>,
): Confusion {
  const counts = [0, 0, 0, 0] as [number, number, number, number];
  for (let at = 0; at < decided.length; at++) {
    const seen = truth[at] as number;
    if (Number.isNaN(seen)) continue;
    (counts[(seen > 0 ? 2 : 0) + (decided[at] ? 1 : 0)] as number) += weights[at] as number;
  }
  const [trueNegative, falsePositive, falseNegative, truePositive] = counts;
  return { truePositive, falsePositive, falseNegative, trueNegative };
}

/** The mean of sensitivity and specificity; NaN without positives or negatives. */
export function balancedAccuracy({ truePositive, falsePositive, falseNegative, trueNegative }: Confusion): number {
  const sensitivity = truePositive / (truePositive + falseNegative);
  const specificity = trueNegative / (trueNegative + falsePositive);
  return (sensitivity + specificity) / 2;
}
