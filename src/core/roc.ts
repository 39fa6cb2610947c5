/** Scores in ascending order with their truth, so that AUCs of many resamples cost one sort. */
export interface RankedScores {
  /** Positions in the input, by ascending score; records of unknown truth (NaN) are left out. */
  readonly order: Int32Array;
  /** For every place in `order`: 1 where the record is positive. */
  readonly positive: Uint8Array;
  /** For every place in `order`: 1 where the next score is larger, so that a run of ties ends here. */
  readonly ends: Uint8Array;
}

/**
 * Ranks scores against their truth.
 *
 * @param scores - one number a record
 * @param truth - one number a record: above 0 positive, 0 negative, NaN unknown
 */
export function rankScores(scores: ArrayLike<number>, truth: ArrayLike<number>): RankedScores {
  const known = Array.from({ length: scores.length }, (_, at) => at).filter((at) => !Number.isNaN(truth[at]));
  const order = Int32Array.from(known).sort((a, b) => (scores[a] as number) - (scores[b] as number));
  return {
    order,
    positive: Uint8Array.from(order, (at) => ((truth[at] as number) > 0 ? 1 : 0)),
    ends: Uint8Array.from(order, (at, place) => (scores[at] === scores[order[place + 1] as number] ? 0 : 1)),
  };
}

/**
 * Area under the ROC curve: the chance that a positive record scores above a negative one, ties counting one half
 * (Hanley and McNeil 1982). NaN where positives or negatives are missing.
 *
 * @param weights - one number a record, at the positions of the input; default 1 each
 */
export function rankedAuc({ order, positive, ends }: RankedScores, weights?: ArrayLike<number>): number {
  let [won, below, tiedPositive, tiedNegative, positives] = [0, 0, 0, 0, 0];
  for (let place = 0; place < order.length; place++) {
    const weight = weights === undefined ? 1 : (weights[order[place] as number] as number);
    if (positive[place]) tiedPositive += weight;
    else tiedNegative += weight;
    if (!ends[place]) continue;
    won += tiedPositive * (below + tiedNegative / 2);
    below += tiedNegative;
    positives += tiedPositive;
    tiedPositive = tiedNegative = 0;
  }
  return positives > 0 && below > 0 ? won / (positives * below) : NaN;
}

/**
 * Area under the ROC curve of scores; see {@link rankedAuc}.
 *
 * @param truth - above 0 positive, 0 negative, NaN left out
 */
export function rocAuc(scores: ArrayLike<number>, truth: ArrayLike<number>, weights?: ArrayLike<number>): number {
  return rankedAuc(rankScores(scores, truth), weights);
}

/**
 * The threshold with the best balanced accuracy when `score >= threshold` means positive; the middle between two
 * neighbouring scores, so that it does not hang on one record. To be chosen on validation images. The lowest of equally
 * good thresholds; 0.5 where positives or negatives are missing.
 */
export function balancedThreshold(scores: ArrayLike<number>, truth: ArrayLike<number>): number {
  const { order, positive, ends } = rankScores(scores, truth);
  const positives = positive.reduce((sum, each) => sum + each, 0);
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) return 0.5;
  let best = { threshold: scores[order[0] as number] as number, gain: 0 };
  let gain = 0; // balanced accuracy of a threshold above this place, less one half, doubled
  for (let place = 0; place + 1 < order.length; place++) {
    gain += positive[place] ? -1 / positives : 1 / negatives;
    if (!ends[place] || gain <= best.gain + 1e-12) continue; // 1e-12: sums of equal shares differ in the last digits
    const [low, high] = [scores[order[place] as number] as number, scores[order[place + 1] as number] as number];
    best = { threshold: (low + high) / 2, gain };
  }
  return best.threshold;
}
