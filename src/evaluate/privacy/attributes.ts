import { DataError } from "../../core/errors";
import { rankedAuc, rankScores } from "../../core/roc";
import type { Images } from "../../core/images";
import type { Groups } from "../../data/labels";
import { type Folds, hashFolds } from "../../data/split";
import { showAs, type Shown } from "../../display/show";
import type { Table } from "../../display/view";
import { logFeatures } from "../../protect/scorer";
import { bootstrap, type BootstrapOptions, type Estimate } from "../bootstrap";
import { cell, inWords } from "../evaluationView";
import { patientsOf } from "../scored";
import type { ColumnById } from "../subgroups";
import { crossScores } from "./crossScores";
import { tableOf, type Vectors } from "./linkage";

/** Options of `evaluate.attributeInference`. */
export interface AttributeInferenceOptions extends BootstrapOptions {
  /** The patient of every image, by image id. */
  readonly groups: Groups;
  /** The fold of every image by id, no patient in two. Default: 5, by patient. */
  readonly folds?: Folds;
}

/** How well one value of an attribute is inferred. */
export interface InferredAttribute {
  /** For words the value, for numbers `"above MEDIAN"`. */
  readonly value: string;
  /** Area under the ROC curve against all other values; chance is 0.5. */
  readonly auc: Estimate;
  readonly images: number;
  readonly positives: number;
}

/** What embeddings tell of an attribute that nobody meant to release. */
export interface AttributeInference {
  readonly kind: "attributeInference";
  readonly attribute: string;
  readonly inferred: readonly InferredAttribute[];
}

const where = "evaluate.attributeInference";

/**
 * Attacks by inference: guesses an attribute (sex, age, view) from embeddings, by logistic regression learned on other
 * patients. Words are told apart one value against the rest, numbers above their median against below. Run it on pixels
 * too (`evaluate.thumbnails` of side 16) and on a protected release, to read the one beside the other.
 *
 * @param inputs - embeddings, protected releases or images: whatever an attacker would hold
 * @param column - the attribute by image id; images without one are left out
 * @param attribute - what to call it
 * @throws DataError when fewer than two values are known
 */
export function attributeInference(
  inputs: Vectors | Images,
  column: ColumnById,
  attribute: string,
  { groups, folds = hashFolds(groups), ...options }: AttributeInferenceOptions,
): AttributeInference & Shown {
  const rows = Array.from(inputs.ids.keys()).filter((row) => isKnown(column[inputs.ids[row] as string]));
  const ids = rows.map((row) => inputs.ids[row] as string);
  const values = wordsOf(ids.map((id) => column[id] as string | number));
  const distinct = [...new Set(values)].sort();
  if (distinct.length < 2)
    throw new DataError({ where, required: `two values of "${attribute}"`, got: `${distinct.length}` });
  const clusters = patientsOf(ids, groups, where);
  const held = tableOf(inputs);
  const features = rows.map((row) => logFeatures(held, row));
  const asked = distinct.length === 2 ? distinct.slice(1) : distinct;
  const inferred = asked.map((value): InferredAttribute => {
    const truth = values.map((each) => (each === value ? 1 : 0));
    const ranked = rankScores(crossScores(features, truth, ids, { groups, folds }, where), truth);
    const [auc] = bootstrap(clusters, (weights) => [rankedAuc(ranked, weights)], { bootstraps: 500, ...options });
    return { value, auc: auc as Estimate, images: ids.length, positives: truth.filter((each) => each === 1).length };
  });
  const result: AttributeInference = { kind: "attributeInference", attribute, inferred };
  return showAs(result, { summary: () => summary(result), view: () => table(result) });
}

function isKnown(value: string | number | null | undefined): boolean {
  return value !== null && value !== undefined && value !== "" && !Number.isNaN(value);
}

function wordsOf(values: readonly (string | number)[]): string[] {
  const numbers = values.filter((value) => typeof value === "number").sort((a, b) => a - b);
  if (numbers.length < values.length) return values.map(String);
  const median = numbers[Math.floor((numbers.length - 1) / 2)] as number;
  return values.map((value) => ((value as number) > median ? `above ${median}` : `${median} and below`));
}

function summary({ attribute, inferred }: AttributeInference): string {
  return `Inference of ${attribute}, AUC (chance 0.5): ${inferred.map(({ value, auc }) => `${value} ${inWords(auc)}`).join(", ")}`;
}

function table({ attribute, inferred }: AttributeInference): Table {
  return {
    kind: "table",
    title: `Can ${attribute} be inferred from these numbers?`,
    columns: [attribute, "images", "of this value", "ROC AUC", "low", "high", "chance"].map((name) => ({ name })),
    rows: inferred.map(({ value, images, positives, auc }) => [
      value,
      images,
      positives,
      cell(auc.value),
      cell(auc.low),
      cell(auc.high),
      0.5,
    ]),
    note: "Logistic regression learned on other patients; a stronger attacker may find more.",
  };
}
