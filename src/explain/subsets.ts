import { OptionError } from "../core/errors";
import { type Labels, pickLabels } from "../data/labels";
import type { Predictions } from "../data/predictions";
import { match, rowsOf, type ScoredClass } from "../evaluate/scored";
import type { ImageSubset } from "./maps";

/** Where no threshold was chosen on validation images. */
const plainThreshold = 0.5;

/** All images, those of each class, and those in each cell of the target's confusion matrix. */
export function subsetsOf(
  ids: readonly string[],
  target: string,
  labels: Labels | undefined,
  predictions: Predictions | undefined,
): ImageSubset[] {
  const all = { name: "all images", images: ids.map((_, image) => image) };
  if (labels === undefined) {
    if (predictions === undefined) return [all];
    throw new OptionError({ where: "explain", required: "labels beside predictions", got: "predictions alone" });
  }
  const cells = predictions === undefined ? [] : confusionCells(ids, target, labels, predictions);
  return [all, ...classSubsets(ids, labels), ...cells].filter(({ images }) => images.length > 0);
}

function classSubsets(ids: readonly string[], labels: Labels): ImageSubset[] {
  const { values, classes, kind } = pickLabels(labels, ids);
  const having = (column: number, wanted: 0 | 1): number[] =>
    ids.flatMap((_, image) => (values[image * classes.length + column] === wanted ? [image] : []));
  return classes.flatMap((name, column) => [
    { name: `with ${name}`, images: having(column, 1) },
    ...(kind === "binary" ? [{ name: `without ${name}`, images: having(column, 0) }] : []),
  ]);
}

function confusionCells(
  ids: readonly string[],
  target: string,
  labels: Labels,
  predictions: Predictions,
): ImageSubset[] {
  const rows = rowsOf(ids, predictions.ids, "predictions", "explain");
  const scored = match(predictions, labels).find(({ name }) => name === target) as ScoredClass;
  const decided = (row: number): boolean =>
    scored.decided === undefined ? (scored.scores[row] as number) >= plainThreshold : scored.decided[row] === 1;
  const cell = (name: string, truth: 0 | 1, yes: boolean): ImageSubset => ({
    name: `${name} (${target})`,
    images: ids.flatMap((_, image) => {
      const row = rows[image] as number;
      return scored.truth[row] === truth && decided(row) === yes ? [image] : [];
    }),
  });
  return [
    cell("true positive", 1, true),
    cell("false negative", 1, false),
    cell("false positive", 0, true),
    cell("true negative", 0, false),
  ];
}
