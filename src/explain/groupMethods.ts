import { OptionError, ShapeError } from "../core/errors";
import { addScaled } from "./algebra";
import type { Matrix, Numbers, ScoringFunction } from "./scoring";
import { rowOf, type Walk } from "./walk";

/** Values of groups of features, and the same shared equally by the features of each group. */
export interface GroupAttribution {
  /** `[image, feature]`. */
  readonly values: Float64Array;
  /** `[image, group]`. */
  readonly groupValues: Float64Array;
}

/** More groups would need more than a million scores an image. */
const mostShapleyGroups = 20;

/**
 * What the score loses when a group of features is set to the baseline (Zeiler and Fergus 2014), one group at a time.
 *
 * @param groups - `[feature]`; without it each feature by itself
 */
export function occlusion(
  score: ScoringFunction,
  walk: Walk,
  scores: Float64Array,
  groups: Int32Array | undefined,
): GroupAttribution {
  const members = membersOf(groups, walk.steps.cols);
  return eachImage(walk, members, (image, units) =>
    Float64Array.from(members, (features) => {
      const without = Float64Array.from(units);
      for (const feature of features) move(without, score.front, walk.steps, image, feature, -1);
      return (scores[image] as number) - score.score(without);
    }),
  );
}

/**
 * Exact Shapley values of the groups by all subsets (Shapley 1953): the mean, over all orders in which the groups may come
 * in, of what each adds when it comes.
 *
 * @throws OptionError when there are more than 20 groups
 */
export function shapley(
  score: ScoringFunction,
  walk: Walk,
  _scores: Float64Array,
  groups: Int32Array | undefined,
): GroupAttribution {
  const members = membersOf(groups, walk.steps.cols);
  if (members.length > mostShapleyGroups) {
    throw new OptionError({
      where: "explain",
      required: `at most ${mostShapleyGroups} groups for exact Shapley values`,
      got: `${members.length}`,
      remedy: 'choose coarser groups, for instance groups: "letter" or { blocks: [4, 4] }',
    });
  }
  return eachImage(walk, members, (image, _units, from) => {
    const contributions = members.map((features) => {
      const sum = new Float64Array(from.length);
      for (const feature of features) move(sum, score.front, walk.steps, image, feature, 1);
      return sum;
    });
    return shapleyOf(contributions, from, score);
  });
}

/** A group that changes no unit is a dummy player: its value is 0, and leaving it out halves the work. */
function shapleyOf(contributions: readonly Float64Array[], from: Numbers, score: ScoringFunction): Float64Array {
  const players = contributions.map((_, group) => group).filter((group) => contributions[group]?.some((c) => c !== 0));
  const worth = worthOfSubsets(
    players.map((group) => contributions[group] as Float64Array),
    from,
    score,
  );
  const values = new Float64Array(contributions.length);
  const shares = shapleyShares(players.length);
  for (const [player, group] of players.entries()) {
    let value = 0;
    for (let subset = 0; subset < worth.length; subset++) {
      if (subset & (1 << player)) continue;
      const gain = (worth[subset | (1 << player)] as number) - (worth[subset] as number);
      value += (shares[bitCount(subset)] as number) * gain;
    }
    values[group] = value;
  }
  return values;
}

/** `[subset]`: the score with exactly these groups at the image's values. Going down a tree, no rounding piles up. */
function worthOfSubsets(contributions: readonly Float64Array[], from: Numbers, score: ScoringFunction): Float64Array {
  const worth = new Float64Array(1 << contributions.length);
  const levels = contributions.map(() => new Float64Array(from.length));
  function visit(player: number, subset: number, units: Numbers): void {
    const added = contributions[player];
    const level = levels[player];
    if (added === undefined || level === undefined) {
      worth[subset] = score.score(units);
      return;
    }
    visit(player + 1, subset, units);
    for (let unit = 0; unit < level.length; unit++) level[unit] = (units[unit] as number) + (added[unit] as number);
    visit(player + 1, subset | (1 << player), level);
  }
  visit(0, 0, from);
  return worth;
}

/** `[size]`: the share `s! (n - s - 1)! / n!` of the orders in which exactly a given subset of size s came before a player. */
function shapleyShares(players: number): Float64Array {
  const shares = new Float64Array(players);
  let choose = 1; // (n - 1 over s)
  for (let size = 0; size < players; size++) {
    shares[size] = 1 / (players * choose);
    choose = (choose * (players - 1 - size)) / (size + 1);
  }
  return shares;
}

function bitCount(value: number): number {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function eachImage(
  { steps, from, units }: Walk,
  members: readonly (readonly number[])[],
  valuesOf: (image: number, units: Numbers, from: Numbers) => Float64Array,
): GroupAttribution {
  const values = new Float64Array(steps.rows * steps.cols);
  const groupValues = new Float64Array(steps.rows * members.length);
  for (let image = 0; image < steps.rows; image++) {
    const found = valuesOf(image, rowOf(units, image), rowOf(from, image));
    groupValues.set(found, image * members.length);
    for (const [group, features] of members.entries()) {
      for (const feature of features) values[image * steps.cols + feature] = (found[group] as number) / features.length;
    }
  }
  return { values, groupValues };
}

function move(units: Float64Array, front: Matrix, steps: Matrix, image: number, feature: number, sign: 1 | -1): void {
  addScaled(units, front, feature, sign * (steps.values[image * steps.cols + feature] as number));
}

function membersOf(groups: Int32Array | undefined, features: number): number[][] {
  if (groups === undefined) return Array.from({ length: features }, (_, feature) => [feature]);
  if (groups.length !== features || groups.some((group) => group < 0)) {
    throw new ShapeError({
      where: "explain",
      required: `a group from 0 for each of ${features} features`,
      got: `${groups.length} groups, the smallest ${groups.reduce((a, b) => Math.min(a, b), Infinity)}`,
    });
  }
  const members: number[][] = [];
  for (const [feature, group] of groups.entries()) (members[group] ??= []).push(feature);
  return Array.from(members, (features) => features ?? []);
}
