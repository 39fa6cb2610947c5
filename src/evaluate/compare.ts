import { DataError } from "../core/errors";
import { checkOptions } from "../core/options";
import { rankedAuc, rankScores } from "../core/roc";
import type { Groups, Labels } from "../data/labels";
import type { Predictions } from "../data/predictions";
import { showAs, type Shown, type Tabled } from "../display/show";
import type { Table } from "../display/view";
import { bootstrap, bootstrapNames, type BootstrapOptions, type Estimate } from "./bootstrap";
import { delongTest } from "./delong";
import { cell, inWords } from "./evaluationView";
import { match, patientsOf, rowsOf, type ScoredClass } from "./scored";

/** Options of `evaluate.compare`. */
export interface CompareOptions extends BootstrapOptions {
  /** The patient of every image, by image id: the bootstrap then draws patients. */
  readonly groups?: Groups;
  /** What to call the two models; default "first" and "second". */
  readonly names?: readonly [first: string, second: string];
}

/** Two models' AUC of one class on the same images. */
export interface ClassComparison {
  readonly name: string;
  readonly aucs: readonly [first: number, second: number];
  /** First minus second, by the bootstrap over patients. */
  readonly difference: Estimate;
  /** DeLong's paired test, which takes images as independent. */
  readonly delong: { readonly difference: Estimate; readonly z: number; readonly p: number };
}

/** Two models compared on the same images. */
export interface Comparison {
  readonly kind: "comparison";
  readonly names: readonly [first: string, second: string];
  readonly classes: readonly ClassComparison[];
  /** Mean AUC over classes, first minus second. */
  readonly difference: Estimate;
  readonly images: number;
  readonly patients: number;
}

const where = "evaluate.compare";

/**
 * Compares the ROC AUC of two models on the same images: the difference with a bootstrap interval over patients (both
 * models on the same resample), and DeLong's paired test.
 *
 * @param first - matched with `second` by id and class name
 * @throws DataError when the two do not score the same images and classes, or a class is always or never there
 */
export function compare(
  first: Predictions,
  second: Predictions,
  labels: Labels,
  options: CompareOptions = {},
): Comparison & Shown & Tabled {
  checkOptions(where, options, { ...bootstrapNames, groups: true, names: true });
  const { groups, names = ["first", "second"] } = options;
  const pairs = paired(first, second, labels);
  const ranked = pairs.map((pair) => pair.map(({ scores, truth }) => rankScores(scores, truth)) as [Ranked, Ranked]);
  const measure = (weights: Uint16Array): number[] => {
    const differences = ranked.map(([a, b]) => rankedAuc(a, weights) - rankedAuc(b, weights));
    return [...differences, differences.reduce((sum, each) => sum + each, 0) / differences.length];
  };
  const clusters = patientsOf(first.ids, groups, where);
  const estimates = bootstrap(clusters, measure, options);
  const comparison: Comparison = {
    kind: "comparison",
    names,
    classes: pairs.map(([a, b], index) => {
      const { aucs, ...delong } = delongTest(a.scores, b.scores, a.truth, options.confidence);
      return { name: a.name, aucs, difference: estimates[index] as Estimate, delong };
    }),
    difference: estimates[pairs.length] as Estimate,
    images: first.ids.length,
    patients: clusters.count,
  };
  return showAs(comparison, {
    summary: () => summary(comparison),
    view: () => table(comparison),
    table: () => table(comparison),
  });
}

type Ranked = ReturnType<typeof rankScores>;

function paired(first: Predictions, second: Predictions, labels: Labels): [ScoredClass, ScoredClass][] {
  if (second.ids.length !== first.ids.length) {
    const got = `${first.ids.length} and ${second.ids.length}`;
    throw new DataError({ where, required: "two models that scored the same images", got });
  }
  const rows = rowsOf(first.ids, second.ids, "second model's predictions", where);
  const others = match(second, labels);
  return match(first, labels).map((a) => {
    const other = others.find(({ name }) => name === a.name);
    if (other === undefined) {
      throw new DataError({ where, required: `class "${a.name}" in both models`, got: second.classes.join(", ") });
    }
    if (!a.truth.includes(1) || !a.truth.includes(0)) {
      const required = `images with and without "${a.name}"`;
      throw new DataError({ where, required, got: "one of the two only", remedy: "leave the class out" });
    }
    return [a, { ...other, scores: Float32Array.from(rows, (row) => other.scores[row] as number), truth: a.truth }];
  });
}

function summary({ names, difference, images }: Comparison): string {
  return `Comparison: AUC of ${names[0]} less ${names[1]} ${inWords(difference)}, ${images} images`;
}

function table({ names, classes, difference, images, patients }: Comparison): Table {
  const columns = ["class", ...names, "difference", "low", "high", "DeLong z", "DeLong p"];
  const rows = classes.map(({ name, aucs, difference: own, delong }) => [
    name,
    ...aucs.map(cell),
    ...[own.value, own.low, own.high, delong.z, delong.p].map(cell),
  ]);
  const means = ["mean", null, null, ...[difference.value, difference.low, difference.high].map(cell), null, null];
  return {
    kind: "table",
    title: `ROC AUC of ${names[0]} less ${names[1]}: ${inWords(difference)}`,
    columns: columns.map((name) => ({ name })),
    rows: classes.length > 1 ? [...rows, means] : rows,
    note: `${images} images, ${patients} patients; intervals by bootstrap over patients, DeLong takes images as independent`,
  };
}
