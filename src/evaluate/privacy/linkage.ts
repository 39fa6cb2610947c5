import { DataError, OptionError } from "../../core/errors";
import { type Images, inBrief } from "../../core/images";
import type { Groups, Labels } from "../../data/labels";
import { type Folds, hashFolds } from "../../data/split";
import { showAs, type Shown } from "../../display/show";
import type { Table } from "../../display/view";
import { type FeatureTable, featuresOf } from "../../train/features";
import { bootstrap, type BootstrapOptions, type Estimate } from "../bootstrap";
import { cell, inWords } from "../evaluationView";
import { patientsOf, rowsOf } from "../scored";
import { learnMetric, type MetricOptions } from "./metric";
import { drawChance, hitChance, measurePairs, rankPairs } from "./pairs";

/** Any numbers by image that an attacker may hold: an embedding, a protected release, labels. */
export interface Vectors {
  readonly ids: readonly string[];
  /** `[image, ...]` */
  readonly values: Float32Array;
}

/** Options of `evaluate.linkage`. */
export interface LinkageOptions extends MetricOptions, BootstrapOptions {
  /** The patient of every image, by image id. */
  readonly groups: Groups;
  /**
   * `"learned"` (default): a metric learned on the patients of the other folds. `"euclidean"`: the distance of the
   * numbers as they are, the paper's measure.
   */
  readonly metric?: "learned" | "euclidean";
  /** The fold of every image by id, no patient in two; an image is sought among those of its fold. Default: 5, by patient. */
  readonly folds?: Folds;
  /** Then only pairs of images with equal labels are compared, so that a shared finding does not pass for a shared person. */
  readonly labels?: Labels;
  /** Sizes of the lists of nearest images in which a patient's other image is sought; default 1, 5. */
  readonly topK?: readonly number[];
}

/** How often a patient's other image is among the nearest. */
export interface TopHit {
  readonly k: number;
  readonly hit: Estimate;
  /** What random lists give. */
  readonly chance: number;
}

/** How well images of one patient can be linked. */
export interface Linkage {
  readonly kind: "linkage";
  readonly metric: "learned" | "euclidean";
  /** Area under the ROC curve of telling pairs of one patient from pairs of two; chance is 0.5. */
  readonly verificationAuc: Estimate;
  /** Chance is 0.5. */
  readonly equalErrorRate: Estimate;
  /** The Kolmogorov-Smirnov statistic between the two kinds of distance: the paper's measure, smaller is harder to link. */
  readonly ks: Estimate;
  readonly top: readonly TopHit[];
  readonly images: number;
  readonly patients: number;
  /** Images whose patient has another one in the gallery. */
  readonly queries: number;
}

const where = "evaluate.linkage";

/**
 * Attacks by linkage: given an image's numbers, find the same patient's other images. The weaker the attack, the less
 * these numbers tell who is shown, to this attacker; a stronger one may find more.
 *
 * @param inputs - embeddings, protected releases, privatized images or raw pixels: whatever an attacker would hold
 * @throws DataError when an image has no patient, or no patient has two images in one fold
 * @throws OptionError when a list size is not a positive whole number
 * @see paper, "Re-identification": Euclidean distances and their Kolmogorov-Smirnov statistic
 */
export function linkage(
  inputs: Vectors | Images,
  { groups, metric = "learned", folds = hashFolds(groups), labels, topK = [1, 5], ...options }: LinkageOptions,
): Linkage & Shown {
  checkTopK(topK);
  const { groupOf, count } = patientsOf(inputs.ids, groups, where);
  const table = tableOf(inputs);
  const kinds = labels === undefined ? undefined : kindsOf(inputs.ids, labels);
  const found: Comparisons = { pairs: [], queries: [] };
  for (const gallery of galleriesOf(inputs.ids, folds)) {
    const vectors = vectorsOf(table, gallery, groupOf, metric, options);
    compareGallery(gallery, vectors, { groupOf, kinds, topK }, found);
  }
  const { pairs, queries } = found;
  checkQueries(queries.length);
  const ranked = rankPairs(pairs, groupOf);
  const measure = (weights: Uint16Array): number[] => {
    const { auc, equalErrorRate, ks } = measurePairs(ranked, weights);
    return [auc, equalErrorRate, ks, ...topK.map((_, at) => weightedMean(queries, weights, at))];
  };
  const [auc, equalErrorRate, ks, ...hits] = bootstrap({ groupOf, count }, measure, { bootstraps: 500, ...options });
  const result: Linkage = {
    kind: "linkage",
    metric,
    verificationAuc: auc as Estimate,
    equalErrorRate: equalErrorRate as Estimate,
    ks: ks as Estimate,
    top: topK.map((k, at) => ({
      k,
      hit: hits[at] as Estimate,
      chance: queries.reduce((sum, { chances }) => sum + (chances[at] as number), 0) / queries.length,
    })),
    images: inputs.ids.length,
    patients: count,
    queries: queries.length,
  };
  return showAs(result, { summary: () => summary(result), view: () => linkageTable([["", result]]) });
}

/** One row of numbers an image, whatever an attacker holds. */
export function tableOf(inputs: Vectors | Images): FeatureTable {
  if ("pixels" in inputs) return featuresOf(inputs);
  const { ids, values } = inputs;
  return { ids, values, features: values.length / ids.length };
}

interface Comparisons {
  readonly pairs: { first: number; second: number; distance: number }[];
  /** Images whose patient has another one in the gallery, with what each list size finds and what chance would. */
  readonly queries: { row: number; hits: number[]; chances: number[] }[];
}

/** Compares every image of a gallery with the others of its kind. */
function compareGallery(
  gallery: readonly number[],
  vectors: readonly ArrayLike<number>[],
  { groupOf, kinds, topK }: { groupOf: Int32Array; kinds: readonly string[] | undefined; topK: readonly number[] },
  { pairs, queries }: Comparisons,
): void {
  const distances = vectors.map((a) => Float64Array.from(vectors, (b) => distance(a, b)));
  gallery.forEach((row, i) => {
    const alike = (j: number): boolean => kinds === undefined || kinds[gallery[j] as number] === kinds[row];
    const others = Array.from(gallery.keys()).filter((j) => j !== i && alike(j));
    const from = others.map((j) => distances[i]?.[j] as number);
    const mates = others.map((j) => (groupOf[gallery[j] as number] === groupOf[row] ? 1 : 0));
    others.forEach((j, at) => {
      if (j > i) pairs.push({ first: row, second: gallery[j] as number, distance: from[at] as number });
    });
    const wanted = mates.filter((mate) => mate === 1).length;
    if (wanted === 0) return;
    queries.push({
      row,
      hits: topK.map((k) => hitChance(from, mates, k)),
      chances: topK.map((k) => drawChance(others.length, wanted, k)),
    });
  });
}

function galleriesOf(ids: readonly string[], folds: Folds): number[][] {
  const galleries = new Map<number, number[]>();
  ids.forEach((id, row) => {
    const fold = folds[id];
    if (fold === undefined) {
      const remedy = "make folds with hashFolds(groups, 5)";
      throw new DataError({ where, required: "a fold for every image", got: `none for "${id}"`, remedy });
    }
    galleries.set(fold, [...(galleries.get(fold) ?? []), row]);
  });
  return [...galleries.keys()].sort((a, b) => a - b).map((fold) => galleries.get(fold) as number[]);
}

/** The vectors of a gallery that are compared; a metric is learned on everybody who is not in it. */
function vectorsOf(
  table: FeatureTable,
  gallery: readonly number[],
  groupOf: Int32Array,
  metric: "learned" | "euclidean",
  options: MetricOptions,
): ArrayLike<number>[] {
  const { values, features } = table;
  if (metric === "euclidean") return gallery.map((row) => values.subarray(row * features, (row + 1) * features));
  const inside = new Set(gallery.map((row) => groupOf[row]));
  const others = table.ids.map((_, row) => row).filter((row) => !inside.has(groupOf[row]));
  const learned = learnMetric(table, others, groupOf, options);
  return gallery.map((row) => learned.project(table, row));
}

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += ((a[at] as number) - (b[at] as number)) ** 2;
  return Math.sqrt(sum);
}

/** One word for the labels of each image, so that equal labels are equal words. */
function kindsOf(ids: readonly string[], labels: Labels): string[] {
  const width = labels.classes.length;
  return Array.from(rowsOf(ids, labels.ids, "labels", where), (row) =>
    labels.values.subarray(row * width, (row + 1) * width).join(),
  );
}

function weightedMean(queries: readonly { row: number; hits: number[] }[], weights: Uint16Array, at: number): number {
  let [sum, total] = [0, 0];
  for (const { row, hits } of queries) {
    sum += (weights[row] as number) * (hits[at] as number);
    total += weights[row] as number;
  }
  return sum / total;
}

function checkTopK(topK: readonly number[]): void {
  const bad = topK.find((k) => !Number.isInteger(k) || k < 1);
  if (bad !== undefined)
    throw new OptionError({ where, required: "topK of positive whole numbers", got: inBrief(bad) });
}

function checkQueries(count: number): void {
  if (count > 0) return;
  const remedy = "without several images of a patient, linkage cannot be measured";
  throw new DataError({ where, required: "patients with two images to compare in one fold", got: "none", remedy });
}

function summary({ metric, verificationAuc, top, images, patients }: Linkage): string {
  const hits = top.map(({ k, hit, chance }) => `top-${k} ${inWords(hit)} (chance ${chance.toFixed(3)})`);
  const who = `${images} images, ${patients} patients`;
  return `Linkage by ${metric} distance: verification AUC ${inWords(verificationAuc)} (chance 0.5), ${hits.join(", ")}, ${who}`;
}

/** Linkage attacks below each other, each under its name. */
export function linkageTable(attacks: readonly (readonly [name: string, attack: Linkage])[]): Table {
  const named = attacks.some(([name]) => name !== "");
  const first = attacks[0]?.[1];
  return {
    kind: "table",
    title: "Can images of one patient be linked?",
    columns: [
      ...(named ? ["what the attacker holds"] : []),
      "distance",
      "measure",
      "value",
      "low",
      "high",
      "chance",
    ].map((name) => ({ name })),
    rows: attacks.flatMap(([name, { metric, verificationAuc, equalErrorRate, ks, top }]) =>
      [
        ["verification AUC", verificationAuc, 0.5] as const,
        ...top.map(({ k, hit, chance }) => [`top-${k} hit`, hit, chance] as const),
        ["equal error rate", equalErrorRate, 0.5] as const,
        ["Kolmogorov-Smirnov statistic", ks, 0] as const,
      ].map(([measure, { value, low, high }, chance]) => [
        ...(named ? [name] : []),
        metric,
        measure,
        ...[value, low, high, chance].map(cell),
      ]),
    ),
    note: `${first?.images} images of ${first?.patients} patients; each sought among the images of its fold, the metric learned on the others`,
  };
}
