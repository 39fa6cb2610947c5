/** Pairs of images, nearest first, with whether the two show one patient. */
export interface RankedPairs {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly same: Uint8Array;
  /** 1 where the next pair lies further apart, so that a run of ties ends here. */
  readonly ends: Uint8Array;
}

/** What distances tell of who is who. */
export interface PairMeasures {
  /** The chance that a pair of one patient lies closer than a pair of two, ties half; 0.5 tells nothing. */
  readonly auc: number;
  /** The share of wrong answers at the distance where both kinds of error are equally frequent; 0.5 tells nothing. */
  readonly equalErrorRate: number;
  /** The two-sample Kolmogorov-Smirnov statistic of the two kinds of distance (the paper's measure); 0 tells nothing. */
  readonly ks: number;
}

/** Sorts pairs by distance. */
export function rankPairs(
  pairs: readonly { readonly first: number; readonly second: number; readonly distance: number }[],
  groupOf: Int32Array,
): RankedPairs {
  const sorted = [...pairs].sort((a, b) => a.distance - b.distance);
  return {
    first: Int32Array.from(sorted, ({ first }) => first),
    second: Int32Array.from(sorted, ({ second }) => second),
    same: Uint8Array.from(sorted, ({ first, second }) => (groupOf[first] === groupOf[second] ? 1 : 0)),
    ends: Uint8Array.from(sorted, ({ distance }, at) => (sorted[at + 1]?.distance === distance ? 0 : 1)),
  };
}

/**
 * Measures ranked pairs, with every patient counted as often as a resample drew it. Copies of a patient count as
 * different people would, so pairs between copies, which are no evidence, do not exist.
 */
export function measurePairs({ first, second, same, ends }: RankedPairs, drawn: ArrayLike<number>): PairMeasures {
  const totals = [0, 0] as [different: number, same: number];
  const weight = (at: number): number => {
    const once = drawn[first[at] as number] as number;
    return same[at] ? once : once * (drawn[second[at] as number] as number);
  };
  for (let at = 0; at < same.length; at++) totals[same[at] as 0 | 1] += weight(at);
  let [below, near, tiedSame, tiedDifferent, won, ks] = [0, 0, 0, 0, 0, 0];
  let [errorRate, gap] = [0.5, Infinity];
  for (let at = 0; at < same.length; at++) {
    if (same[at]) tiedSame += weight(at);
    else tiedDifferent += weight(at);
    if (!ends[at]) continue;
    won += tiedSame * (totals[0] - below - tiedDifferent / 2);
    below += tiedDifferent;
    near += tiedSame;
    tiedSame = tiedDifferent = 0;
    const [falseMatch, falseMiss] = [below / totals[0], 1 - near / totals[1]];
    ks = Math.max(ks, Math.abs(near / totals[1] - falseMatch));
    if (Math.abs(falseMatch - falseMiss) >= gap) continue;
    gap = Math.abs(falseMatch - falseMiss);
    errorRate = (falseMatch + falseMiss) / 2;
  }
  const defined = totals[0] > 0 && totals[1] > 0;
  if (!defined) return { auc: NaN, equalErrorRate: NaN, ks: NaN };
  return { auc: won / (totals[0] * totals[1]), equalErrorRate: errorRate, ks };
}

/**
 * The chance that a patient's other image is among the k nearest, when images at one distance come in random order.
 *
 * @param distances - from one image to every other of the gallery
 * @param mates - 1 where the other image shows the same patient
 */
export function hitChance(distances: ArrayLike<number>, mates: ArrayLike<number>, k: number): number {
  let nearest = Infinity;
  for (let at = 0; at < distances.length; at++) if (mates[at]) nearest = Math.min(nearest, distances[at] as number);
  let [closer, tied, tiedMates] = [0, 0, 0];
  for (let at = 0; at < distances.length; at++) {
    const distance = distances[at] as number;
    if (distance < nearest) closer++;
    else if (distance === nearest) {
      tied++;
      if (mates[at]) tiedMates++;
    }
  }
  return closer >= k ? 0 : drawChance(tied, tiedMates, k - closer);
}

/** The chance that at least one of `wanted` among `all` is among `draws` of them. */
export function drawChance(all: number, wanted: number, draws: number): number {
  let none = 1;
  for (let draw = 0; draw < Math.min(draws, all); draw++) none *= Math.max(0, all - wanted - draw) / (all - draw);
  return 1 - none;
}
