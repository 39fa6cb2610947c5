import type { Groups } from "../../data/labels";
import type { Folds } from "../../data/split";
import { fitScorer, scoreOf } from "../../protect/scorer";

/**
 * Every image's score by logistic regression that never saw its fold.
 *
 * @param features - one row an image, on a scale fit for regression
 * @param truth - 1 or 0 by image
 */
export function crossScores(
  features: readonly Float64Array[],
  truth: readonly number[],
  ids: readonly string[],
  { groups, folds }: { readonly groups: Groups; readonly folds: Folds },
  where: string,
): Float64Array {
  const scores = new Float64Array(ids.length);
  for (const fold of new Set(ids.map((id) => folds[id]))) {
    const others = ids.flatMap((id, at) => (folds[id] === fold ? [] : [at]));
    const scorer = fitScorer(
      {
        rows: others.map((at) => features[at] as Float64Array),
        truth: others.map((at) => truth[at] as number),
        patients: others.map((at) => groups[ids[at] as string] as string),
      },
      where,
    );
    ids.forEach((id, at) => {
      if (folds[id] === fold) scores[at] = scoreOf(scorer, features[at] as Float64Array);
    });
  }
  return scores;
}
