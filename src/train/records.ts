import { DataError, OptionError } from "../core/errors";
import type { Images } from "../core/images";
import type { Embedding } from "../compress/embedding";
import { checkTwoClasses, countClasses, type Labels, pickLabels, type Split } from "../data/labels";
import { checkSplit } from "../data/split";
import type { Targets } from "./losses";
import type { ResolvedSettings } from "./options";

/** What a model learns from: embeddings, or images. */
export type Inputs = Images | Embedding;

/** The images of one part of a split: where they stand in the inputs, and their labels. */
export interface Part {
  readonly rows: Int32Array;
  readonly targets: Targets;
}

/**
 * Matches inputs, labels and split by id and refuses what nothing can be learned from.
 *
 * @throws DataError when a part is empty, an image or a label is missing, an image has only uncertain labels by the
 * whole part, or a part has one class only
 */
export function matchParts(
  inputs: Pick<Inputs, "ids">,
  labels: Labels,
  split: Split,
  settings: ResolvedSettings,
): { train: Part; validation: Part } {
  checkSplit(split, labels);
  const weights = classWeights(pickPart(labels, split, "train"), settings.classWeights);
  const part = (name: "train" | "validation"): Part => {
    const { kind, classes, values, ids } = pickPart(labels, split, name);
    return { rows: rowsOf(inputs, ids), targets: { kind, classes: classes.length, values, weights } };
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

/** Where the images of these ids stand in the inputs. */
export function rowsOf({ ids }: Pick<Inputs, "ids">, wanted: readonly string[]): Int32Array {
  const rows = new Map(ids.map((id, row) => [id, row]));
  return Int32Array.from(wanted, (id) => {
    const row = rows.get(id);
    if (row !== undefined) return row;
    throw new DataError({
      where: "train",
      required: "an image or embedding for every id of the split",
      got: `none for "${id}"`,
      remedy: "leave the id out of the split",
    });
  });
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
