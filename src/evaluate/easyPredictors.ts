import { DataError } from "../core/errors";
import { checkOptions } from "../core/options";
import { rankedAuc, rankScores } from "../core/roc";
import type { NumberById } from "../data/imageFacts";
import { checkLabels, type Groups, type Labels } from "../data/labels";
import { showAs, type Shown, type Tabled } from "../display/show";
import type { Table } from "../display/view";
import { bootstrap, bootstrapNames, type BootstrapOptions, type Estimate } from "./bootstrap";
import { cell, inWords } from "./evaluationView";
import { patientsOf } from "./scored";

/** Options of `evaluate.easyPredictors`. */
export interface EasyPredictorOptions extends BootstrapOptions {
  /** The patient of every image, by image id: intervals then come from drawing patients. */
  readonly groups?: Groups;
}

/** How well one plain number tells one class from the rest. */
export interface EasyPredictor {
  readonly name: string;
  readonly className: string;
  /** In the better direction, so never below 0.5; its interval keeps that direction. */
  readonly auc: Estimate;
  /** Whether larger or smaller numbers speak for the class. */
  readonly direction: "larger" | "smaller";
  readonly images: number;
}

/** What plain numbers such as file size already predict: a model has to beat this before it has seen anything. */
export interface EasyPredictors {
  readonly kind: "easyPredictors";
  readonly predictors: readonly EasyPredictor[];
}

const where = "evaluate.easyPredictors";

/**
 * ROC AUC of single numbers that know nothing of the finding, such as file size or mean brightness. Where they score
 * well, a data set tells how its pictures were taken, and a model's score must be read beside theirs. The direction is
 * chosen on the same images, which is slightly kind to a number that carries nothing.
 *
 * @param scores - by name, a number for every labelled image by its id; images without one are left out
 * @throws DataError when a name has no number for any labelled image, or a label is none of 0, 1 and NaN
 * @example
 * evaluate.easyPredictors({ "file size": bytesById }, dataset.labels, { groups: dataset.groups })
 */
export function easyPredictors(
  scores: Readonly<Record<string, NumberById>>,
  labels: Labels,
  given: EasyPredictorOptions = {},
): EasyPredictors & Shown & Tabled {
  checkOptions(where, given, { ...bootstrapNames, groups: true });
  checkLabels(labels);
  const { groups, ...options } = given;
  const predictors = Object.entries(scores).flatMap(([name, byId]) =>
    labels.classes.map((className, column) => score(name, byId, className, column, labels, groups, options)),
  );
  const result: EasyPredictors = { kind: "easyPredictors", predictors };
  return showAs(result, { summary: () => summary(result), view: () => table(result), table: () => table(result) });
}

function score(
  name: string,
  byId: NumberById,
  className: string,
  column: number,
  labels: Labels,
  groups: Groups | undefined,
  options: BootstrapOptions,
): EasyPredictor {
  const rows = Array.from(labels.ids.keys()).filter((row) => Number.isFinite(byId[labels.ids[row] as string]));
  if (rows.length === 0) {
    throw new DataError({ where, required: `numbers "${name}" by image id`, got: "none for a labelled image" });
  }
  const ids = rows.map((row) => labels.ids[row] as string);
  const ranked = rankScores(
    ids.map((id) => byId[id] as number),
    rows.map((row) => labels.values[row * labels.classes.length + column] as number),
  );
  const smaller = rankedAuc(ranked) < 0.5;
  const measure = (weights: Uint16Array): number[] => {
    const auc = rankedAuc(ranked, weights);
    return [smaller ? 1 - auc : auc];
  };
  const [auc] = bootstrap(patientsOf(ids, groups, where), measure, options);
  return {
    name,
    className,
    auc: auc as Estimate,
    direction: smaller ? "smaller" : "larger",
    images: ranked.order.length,
  };
}

function summary({ predictors }: EasyPredictors): string {
  const several = new Set(predictors.map(({ className }) => className)).size > 1;
  const named = ({ name, className }: EasyPredictor): string => (several ? `${name} for ${className}` : name);
  return `Easy predictors, AUC: ${predictors.map((each) => `${named(each)} ${inWords(each.auc)}`).join(", ")}`;
}

function table({ predictors }: EasyPredictors): Table {
  return {
    kind: "table",
    title: "What plain numbers predict without a model",
    columns: ["number", "class", "ROC AUC", "low", "high", "speaks for the class", "images"].map((name) => ({ name })),
    rows: predictors.map(({ name, className, auc, direction, images }) => [
      name,
      className,
      cell(auc.value),
      cell(auc.low),
      cell(auc.high),
      direction,
      images,
    ]),
    note: "The direction is chosen on these images. A model that scores no better may have learned how the pictures were taken.",
  };
}
