import { DataError, ShapeError } from "../core/errors";
import { checkObject, checkUnique, inBrief } from "../core/images";
import { checkLabels, type Groups, type Labels } from "../data/labels";
import type { Predictions } from "../data/predictions";
import { type Clusters, clustersOf } from "./bootstrap";

/** Predictions of one class beside the truth, in the order of the predictions. */
export interface ScoredClass {
  readonly name: string;
  /** Probabilities in 0..1. */
  readonly scores: Float32Array;
  /** 1 there, 0 not, NaN unknown. */
  readonly truth: Float32Array;
  /** 1 where the probability reaches the threshold chosen on validation images. */
  readonly decided?: Uint8Array;
}

const where = "evaluate";

/**
 * Puts the truth beside the predictions, by id and by class name. Labels of images without a prediction are not used.
 *
 * @throws DataError when these are no predictions or labels, a predicted image or class has no label, a label is none of 0, 1 and NaN, or a probability is
 * not in 0..1
 * @throws ShapeError when an array does not fit its ids and classes
 */
export function match(predictions: Predictions, labels: Labels): ScoredClass[] {
  checkPredictions(predictions);
  checkLabels(labels);
  const rows = rowsOf(predictions.ids, labels.ids, "labels");
  const width = predictions.classes.length;
  return predictions.classes.map((name, position) => {
    const column = labels.classes.indexOf(name);
    if (column < 0) {
      throw new DataError({
        where,
        required: `a label for class "${name}"`,
        got: `classes ${labels.classes.join(", ")}`,
      });
    }
    const truth = Float32Array.from(rows, (row) => labels.values[row * labels.classes.length + column] as number);
    const scores = Float32Array.from(rows, (_, image) => predictions.probabilities[image * width + position] as number);
    return { name, scores, truth, ...decisions(predictions, scores, position) };
  });
}

/** The patients of the predicted images; without groups every image stands for itself. */
export function patientsOf(ids: readonly string[], groups: Groups | undefined, caller: string = where): Clusters {
  return clustersOf(
    ids.map((id) => {
      const name = groups === undefined ? id : groups[id];
      if (name !== undefined) return name;
      throw new DataError({
        where: caller,
        required: "a group (patient) for every image",
        got: `none for "${id}"`,
        remedy: "add it to groups, or leave groups out to treat images as independent",
      });
    }),
  );
}

/** For every id the row at which it stands in `within`. */
export function rowsOf(
  ids: readonly string[],
  within: readonly string[],
  what: string,
  caller: string = where,
): Int32Array {
  checkUnique(within, caller);
  const rows = new Map(within.map((id, row) => [id, row]));
  return Int32Array.from(ids, (id) => {
    const row = rows.get(id);
    if (row !== undefined) return row;
    throw new DataError({ where: caller, required: `every image in the ${what}`, got: `"${id}" missing` });
  });
}

function decisions(
  { thresholds, fold, classes }: Predictions,
  scores: Float32Array,
  position: number,
): { decided?: Uint8Array } {
  if (thresholds === undefined) return {};
  const perFold = thresholds.length > classes.length;
  const threshold = (image: number): number =>
    thresholds[(perFold ? (fold?.[image] ?? 0) * classes.length : 0) + position] as number;
  return { decided: Uint8Array.from(scores, (score, image) => (score >= threshold(image) ? 1 : 0)) };
}

/** Cells and JavaScript can give anything, for instance labels and predictions the wrong way round. */
function checkMembers(predictions: Predictions): void {
  const required = "predictions { ids, classes, probabilities } as first argument";
  const remedy = "evaluate(predictions, labels), with the predictions of crossValidate or predict";
  checkObject(predictions, required, where, remedy);
  const { ids, classes, probabilities } = predictions;
  if (Array.isArray(ids) && Array.isArray(classes) && probabilities instanceof Float32Array) return;
  throw new DataError({ where, required, got: inBrief(predictions), remedy });
}

function checkPredictions(predictions: Predictions): void {
  checkMembers(predictions);
  const { ids, classes, probabilities, fold, thresholds } = predictions;
  checkUnique(ids, where);
  checkLength("probabilities", probabilities.length, ids.length * classes.length);
  if (fold !== undefined) checkLength("fold numbers", fold.length, ids.length);
  if (thresholds !== undefined) checkThresholds(thresholds.length, classes.length, fold);
  const rounding = 1e-5; // a float32 softmax may end above 1 by a few units in the last place
  const bad = probabilities.findIndex((each) => !(each >= -rounding && each <= 1 + rounding));
  if (bad < 0) return;
  const image = ids[Math.floor(bad / classes.length)];
  throw new DataError({ where, required: "probabilities in 0..1", got: `${probabilities[bad]} for image "${image}"` });
}

function checkLength(what: string, got: number, wanted: number): void {
  if (got !== wanted) throw new ShapeError({ where, required: `${wanted} ${what}`, got: String(got) });
}

/** One threshold a class, or one a fold and class; a subset of the images need not meet every fold. */
function checkThresholds(count: number, classes: number, fold: Int32Array | undefined): void {
  const folds = fold?.reduce((high, each) => Math.max(high, each + 1), 1) ?? 1;
  const fits = fold === undefined ? count === classes : count % classes === 0 && count >= folds * classes;
  if (count !== classes && !fits) checkLength("thresholds", count, folds * classes);
}
