import { DataError, OptionError } from "../core/errors";
import type { Embedding } from "../compress/embedding";
import { type Labels, pickLabels } from "../data/labels";
import type { Matrix } from "./scoring";

/**
 * Where an attribution starts from.
 *
 * - `"paper"`: each image's own embedding with its detail sub-bands zero, only the all-A sub-band kept
 * - `"zero"`: nothing
 * - `"mean"`: the mean of the reference embedding
 * - `{ class }`: the mean of the reference images that have the class; with `present: false`, of those that have not
 */
export type Baseline = "paper" | "zero" | "mean" | { readonly class: string; readonly present?: boolean };

/** What a baseline may need to know. */
export interface BaselineSource {
  /** Whose mean is taken. */
  readonly reference: Embedding;
  readonly labels: Labels | undefined;
}

/** The baseline as features: one row for all images, or one row an image. */
export function baselineOf(baseline: Baseline, embedding: Embedding, { reference, labels }: BaselineSource): Matrix {
  const features = featureCount(embedding);
  if (baseline === "paper") return ownApproximations(embedding);
  if (baseline === "zero") return { values: new Float32Array(features), rows: 1, cols: features };
  if (baseline === "mean") return meanOf(reference, reference.ids);
  if (typeof baseline !== "object" || typeof baseline.class !== "string") {
    const required = 'baseline "paper", "zero", "mean" or { class }';
    throw new OptionError({ where: "explain", required, got: JSON.stringify(baseline) });
  }
  return meanOf(reference, idsOfClass(baseline, reference, labels));
}

/** For instance `detail sub-bands zero (the paper's)`. */
export function baselineInWords(baseline: Baseline): string {
  if (baseline === "paper") return "detail sub-bands zero, approximation kept (the paper's)";
  if (baseline === "zero") return "zero";
  if (baseline === "mean") return "mean image";
  return `mean of images ${baseline.present === false ? "without" : "with"} ${baseline.class}`;
}

/** How many numbers an image has in an embedding. */
export function featureCount({ shape: [, ...sides] }: Embedding): number {
  return sides.reduce((product, side) => product * side, 1);
}

function ownApproximations({ values, shape, ids }: Embedding): Matrix {
  const [, , subBands, patchRows, patchCols, poolings] = shape;
  const perBand = patchRows * patchCols * poolings;
  const kept = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += subBands * perBand) {
    kept.set(values.subarray(start, start + perBand), start);
  }
  return { values: kept, rows: ids.length, cols: values.length / Math.max(1, ids.length) };
}

function meanOf(embedding: Embedding, ids: readonly string[]): Matrix {
  const features = featureCount(embedding);
  const wanted = new Set(ids);
  const sums = new Float64Array(features);
  for (const [image, id] of embedding.ids.entries()) {
    if (!wanted.has(id)) continue;
    for (let at = 0; at < features; at++) {
      sums[at] = (sums[at] as number) + (embedding.values[image * features + at] as number);
    }
  }
  return { values: Float32Array.from(sums, (sum) => sum / wanted.size), rows: 1, cols: features };
}

function idsOfClass(
  { class: name, present = true }: Exclude<Baseline, string>,
  { ids }: Embedding,
  labels: Labels | undefined,
): string[] {
  const column = labels?.classes.indexOf(name) ?? -1;
  if (labels === undefined || column < 0) {
    const got = labels === undefined ? "no labels" : `classes ${labels.classes.join(", ")}`;
    throw new OptionError({ where: "explain", required: `labels with class "${name}" for this baseline`, got });
  }
  const { values, classes } = pickLabels(labels, ids);
  const chosen = ids.filter((_, image) => values[image * classes.length + column] === (present ? 1 : 0));
  if (chosen.length > 0) return chosen;
  const required = `reference images ${present ? "with" : "without"} "${name}"`;
  throw new DataError({ where: "explain", required, got: "none" });
}
