import { DataError, OptionError } from "../core/errors";
import {
  checkLabels,
  checkTwoClasses,
  countClasses,
  type Groups,
  type Labels,
  pickLabels,
  type Split,
} from "../data/labels";
import { checkSplit } from "../data/split";
import type { Targets } from "./losses";
import type { ResolvedSettings } from "./options";

/** The images of one part of a split, and their labels. */
export interface Part {
  readonly ids: readonly string[];
  readonly targets: Targets;
}

/**
 * Refuses labels and splits that do not fit each other, before anything is trained.
 *
 * @throws ShapeError or DataError when the labels do not fit themselves, an image of a split lacks a label or stands
 * twice, or a patient stands in two parts
 */
export function checkRecords(labels: Labels, splits: readonly Split[], groups: Groups | undefined): void {
  checkLabels(labels);
  splits.forEach((split) => checkSplit(split, labels, groups));
}

/**
 * Matches labels and split by id and refuses what nothing can be learned from.
 *
 * @throws DataError when a part is empty or has only uncertain labels or one class only
 */
export function matchParts(
  labels: Labels,
  split: Split,
  settings: ResolvedSettings,
): { train: Part; validation: Part } {
  const weights = classWeights(pickPart(labels, split, "train"), settings.classWeights);
  const part = (name: "train" | "validation"): Part => {
    const { kind, classes, values, ids } = pickPart(labels, split, name);
    return { ids, targets: { kind, classes: classes.length, values, weights } };
  };
  return { train: part("train"), validation: part("validation") };
}

/** The labels of one part; images of which nothing is certain are left out. */
function pickPart(labels: Labels, split: Split, name: "train" | "validation"): Labels {
  const where = `train, ${name} images`;
  if (split[name].length === 0) {
    throw new DataError({ where, required: "at least one image", got: "none", remedy: "use a split with more images" });
  }
  const all = pickLabels(labels, split[name]);
  const width = all.classes.length;
  const certain = all.ids.filter((_, image) => isCertain(all, all.values.subarray(image * width, (image + 1) * width)));
  if (certain.length === 0) {
    throw new DataError({ where, required: "labels that are certain", got: "only uncertain ones" });
  }
  const part = pickLabels(labels, certain);
  checkTwoClasses(part, where);
  return part;
}

function isCertain({ kind }: Labels, values: Float32Array): boolean {
  return kind === "single" ? values.includes(1) : values.some((value) => !Number.isNaN(value));
}

function classWeights(labels: Labels, choice: ResolvedSettings["classWeights"]): Float32Array {
  const counts = countClasses(labels);
  if (choice === "none") return new Float32Array(counts.length).fill(1);
  if (choice !== "balanced") return ownWeights(labels, choice);
  const largest = Math.max(...counts.map(({ present }) => present));
  return Float32Array.from(counts, ({ present, absent }) => {
    const weight = labels.kind === "single" ? largest / present : absent / present;
    return Number.isFinite(weight) ? weight : 1; // a class without images never needs its weight
  });
}

function ownWeights({ classes }: Labels, weights: readonly number[]): Float32Array {
  if (weights.length === classes.length && weights.every((weight) => weight > 0 && Number.isFinite(weight))) {
    return Float32Array.from(weights);
  }
  throw new OptionError({
    where: "train",
    required: `classWeights with ${classes.length} numbers above 0, one for each of ${classes.join(", ")}`,
    got: `[${weights.join(", ")}]`,
  });
}
