import { DataError, OptionError } from "../core/errors";
import { inBrief } from "../core/images";
import { checkOptions } from "../core/options";
import { type RankedScores, rankScores, rankedAuc } from "../core/roc";
import { showAs, type Shown, type Tabled } from "../display/show";
import type { Labels } from "../data/labels";
import type { Predictions } from "../data/predictions";
import { bootstrap, type Estimate } from "./bootstrap";
import {
  type ClassEvaluation,
  evaluateNames,
  type EvaluateOptions,
  type Evaluation,
  type Measures,
} from "./evaluation";
import { evaluationView, imagesInWords, inWords, measureRows } from "./evaluationView";
import {
  averagePrecision,
  balancedAccuracy,
  brierScore,
  calibrationError,
  confusionOf,
  reliability,
  rocCurve,
} from "./measures";
import { match, patientsOf, type ScoredClass } from "./scored";

/** What `evaluate` does when it is called. */
export function evaluatePredictions(
  predictions: Predictions,
  labels: Labels,
  options: EvaluateOptions = {},
): Evaluation & Shown & Tabled {
  checkOptions("evaluate", options, evaluateNames);
  const { groups, bootstraps = 2000, seed = 0, confidence = 0.95, bins = 10 } = options;
  checkBins(bins);
  const matched = match(predictions, labels);
  const { ids, scored } = withTruth(predictions.ids, matched);
  const classes = scored.map((each) => ({ ...each, ranked: rankScores(each.scores, each.truth) }));
  checkBothSides(classes);
  const clusters = patientsOf(ids, groups);
  const measure = (weights: ArrayLike<number>): number[] =>
    withMeans(classes.map((each) => measureClass(each, weights, bins)));
  const estimates = bootstrap(clusters, measure, { bootstraps, seed, confidence });
  const decided = classes.some((each) => each.decided !== undefined);
  const evaluation: Evaluation = {
    kind: "evaluation",
    ...measuresAt(estimates, classes.length, decided),
    classes: classes.map((each, index) => ({ ...describeClass(each, bins), ...measuresAt(estimates, index, decided) })),
    ...(labels.kind === "single" ? { confusionMatrix: confusionMatrix(classes) } : {}),
    images: ids.length,
    predicted: predictions.ids.length,
    ...(groups === undefined ? {} : { patients: clusters.count }),
    bootstraps,
    confidence,
    seed,
  };
  return showAs(evaluation, {
    summary: () => summary(evaluation),
    view: () => evaluationView(evaluation),
    table: () => measureRows(evaluation),
  });
}

/** Images without a label of any class say nothing, and neither do patients who have no others. */
function withTruth(
  all: readonly string[],
  scored: readonly ScoredClass[],
): { readonly ids: readonly string[]; readonly scored: readonly ScoredClass[] } {
  const isKnown = (_: unknown, row: number): boolean => scored.some(({ truth }) => !Number.isNaN(truth[row]));
  return {
    ids: all.filter(isKnown),
    scored: scored.map(({ name, scores, truth, decided }) => ({
      name,
      scores: scores.filter(isKnown),
      truth: truth.filter(isKnown),
      ...(decided === undefined ? {} : { decided: decided.filter(isKnown) }),
    })),
  };
}

interface RankedClass extends ScoredClass {
  readonly ranked: RankedScores;
}

const measuresPerClass = 5;

function measureClass(
  { ranked, scores, truth, decided }: RankedClass,
  weights: ArrayLike<number>,
  bins: number,
): number[] {
  return [
    rankedAuc(ranked, weights),
    averagePrecision(ranked, weights),
    brierScore(scores, truth, weights),
    calibrationError(reliability(scores, truth, weights, bins)),
    decided === undefined ? NaN : balancedAccuracy(confusionOf(decided, truth, weights)),
  ];
}

/** One flat list: the measures of every class, then their means over the classes in which they are defined. */
function withMeans(classes: readonly (readonly number[])[]): number[] {
  const means = Array.from({ length: measuresPerClass }, (_, index) => {
    const defined = classes.map((each) => each[index] as number).filter((value) => !Number.isNaN(value));
    return defined.reduce((sum, value) => sum + value, 0) / defined.length;
  });
  return [...classes.flat(), ...means];
}

function measuresAt(estimates: readonly Estimate[], index: number, decided: boolean): Measures {
  const [auc, precision, brier, calibration, balanced] = estimates.slice(
    index * measuresPerClass,
    (index + 1) * measuresPerClass,
  ) as [Estimate, Estimate, Estimate, Estimate, Estimate];
  return {
    auc,
    averagePrecision: precision,
    brier,
    calibrationError: calibration,
    ...(decided ? { balancedAccuracy: balanced } : {}),
  };
}

function describeClass(
  { name, scores, truth, decided, ranked }: RankedClass,
  bins: number,
): Omit<ClassEvaluation, keyof Measures> {
  const once = new Uint8Array(scores.length).fill(1);
  return {
    name,
    images: ranked.order.length,
    positives: ranked.positive.reduce((sum, each) => sum + each, 0),
    roc: rocCurve(ranked, scores),
    reliability: reliability(scores, truth, once, bins),
    ...(decided === undefined ? {} : { confusion: confusionOf(decided, truth, once) }),
  };
}

function confusionMatrix(classes: readonly ScoredClass[]): Float64Array {
  const counts = new Float64Array(classes.length ** 2);
  for (let image = 0; image < (classes[0]?.scores.length ?? 0); image++) {
    const actual = classes.findIndex(({ truth }) => (truth[image] as number) > 0);
    const scores = classes.map((each) => each.scores[image] as number);
    const predicted = scores.indexOf(Math.max(...scores));
    if (actual >= 0) (counts[actual * classes.length + predicted] as number)++;
  }
  return counts;
}

function checkBins(bins: number): void {
  if (Number.isSafeInteger(bins) && bins >= 1) return;
  throw new OptionError({ where: "evaluate", required: "bins a whole number of at least 1", got: inBrief(bins) });
}

function checkBothSides(classes: readonly RankedClass[]): void {
  const both = classes.some(({ ranked }) => new Set(ranked.positive).size === 2);
  if (both) return;
  const counts = classes.map(({ name, ranked }) => {
    const positives = ranked.positive.reduce((sum, each) => sum + each, 0);
    return `${name}: ${positives} with, ${ranked.order.length - positives} without`;
  });
  throw new DataError({
    where: "evaluate",
    required: "images with and without at least one class",
    got: counts.join("; ") || "no class",
    remedy: "score images of both kinds",
  });
}

function summary(evaluation: Evaluation): string {
  const { auc, patients, confidence, classes } = evaluation;
  const which = classes.length === 1 ? `of ${classes[0]?.name}` : `mean over ${classes.length} classes`;
  const drawn = patients === undefined ? "interval over images" : `${patients} patients`;
  return `Evaluation: AUC ${inWords(auc)} (${confidence * 100} %) ${which}, ${imagesInWords(evaluation)}, ${drawn}`;
}
