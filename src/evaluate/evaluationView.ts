import { type AxisOptions, lineChart } from "../display/charts";
import type { Cell, Figure, Page, Table, View } from "../display/view";
import type { Estimate } from "./bootstrap";
import type { ClassEvaluation, Evaluation, Measures } from "./evaluation";

/** The result table, the ROC curve, the confusion where thresholds were chosen, and the reliability diagram. */
export function evaluationView(evaluation: Evaluation): Page {
  const confusion = confusionTable(evaluation);
  const views: View[] = [resultTable(evaluation), rocFigure(evaluation)];
  if (confusion !== undefined) views.push(confusion);
  views.push(reliabilityFigure(evaluation));
  return { kind: "page", views };
}

/** A number for a table; what is not defined is an empty cell. */
export function cell(value: number | undefined): Cell {
  return value === undefined || Number.isNaN(value) ? null : value;
}

/** For instance `0.863 [0.828, 0.894]`. */
export function inWords({ value, low, high }: Estimate, digits = 3): string {
  return `${value.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

/** How many images count: `616 images`, or `308 of 616 images with a label`. */
export function imagesInWords({ images, predicted }: Evaluation, words: (count: number) => string = String): string {
  return images === predicted
    ? `${words(images)} images`
    : `${words(images)} of ${words(predicted)} images with a label`;
}

const measureNames: readonly (readonly [name: string, key: keyof Measures])[] = [
  ["ROC AUC", "auc"],
  ["average precision (PR AUC)", "averagePrecision"],
  ["balanced accuracy", "balancedAccuracy"],
  ["Brier score", "brier"],
  ["expected calibration error", "calibrationError"],
];

/** Every measure of every class with its interval, a row each, and the means over classes: what a data frame is made of. */
export function measureRows(evaluation: Evaluation): Table {
  const { classes, images } = evaluation;
  const of = (name: string, count: Cell, positives: Cell, measures: Measures): Cell[][] =>
    measureNames.flatMap(([title, key]) => {
      const estimate = measures[key];
      if (estimate === undefined) return [];
      return [[name, count, positives, title, cell(estimate.value), cell(estimate.low), cell(estimate.high)]];
    });
  return {
    kind: "table",
    columns: ["class", "images", "positives", "measure", "value", "low", "high"].map((name) => ({ name })),
    rows: [
      ...classes.flatMap((each) => of(each.name, each.images, each.positives, each)),
      ...(classes.length > 1 ? of("mean", images, null, evaluation) : []),
    ],
  };
}

function resultTable(evaluation: Evaluation): Table {
  return evaluation.classes.length === 1 ? measureTable(evaluation) : classTable(evaluation);
}

function measureTable(evaluation: Evaluation): Table {
  const only = evaluation.classes[0] as ClassEvaluation;
  const share = only.positives / only.images;
  const chance: Partial<Record<keyof Measures, number>> = {
    auc: 0.5,
    balancedAccuracy: 0.5,
    averagePrecision: share,
    brier: share * (1 - share),
  };
  return {
    kind: "table",
    title: `${only.name}: ${only.positives} of ${only.images} images`,
    columns: [{ name: "measure" }, { name: "value" }, ...bounds(evaluation), { name: "without information" }],
    rows: measureNames.map(([name, key]) => {
      const estimate = only[key];
      return [name, cell(estimate?.value), cell(estimate?.low), cell(estimate?.high), cell(chance[key])];
    }),
    note: fineprint(evaluation),
  };
}

function classTable(evaluation: Evaluation): Table {
  const row = (name: string, images: Cell, positives: Cell, measures: Measures): Cell[] => [
    name,
    images,
    positives,
    cell(measures.auc.value),
    cell(measures.auc.low),
    cell(measures.auc.high),
    cell(measures.averagePrecision.value),
    cell(measures.balancedAccuracy?.value),
    cell(measures.brier.value),
    cell(measures.calibrationError.value),
  ];
  const [low, high] = bounds(evaluation);
  return {
    kind: "table",
    title: `ROC AUC, mean over classes: ${inWords(evaluation.auc)}`,
    columns: ["class", "images", "positives", "ROC AUC", low.name, high.name]
      .map((name) => ({ name }))
      .concat(["PR AUC", "balanced accuracy", "Brier", "calibration error"].map((name) => ({ name }))),
    rows: [
      ...evaluation.classes.map((each) => row(each.name, each.images, each.positives, each)),
      row("mean", evaluation.images, null, evaluation),
    ],
    note: fineprint(evaluation),
  };
}

function bounds({ confidence }: Evaluation): [{ readonly name: string }, { readonly name: string }] {
  const percent = Number((confidence * 100).toFixed(4));
  return [{ name: `${percent} % low` }, { name: `${percent} % high` }];
}

function fineprint(evaluation: Evaluation): string {
  const { patients, bootstraps, seed, balancedAccuracy } = evaluation;
  const words = (count: number): string => count.toLocaleString("en-US");
  const drawn = patients === undefined ? "images" : `${words(patients)} patients`;
  const intervals = `intervals: ${words(bootstraps)} bootstraps over ${drawn}, seed ${seed}`;
  const threshold = balancedAccuracy === undefined ? "" : "; thresholds chosen on validation images";
  return `${imagesInWords(evaluation, words)}; ${intervals}${threshold}`;
}

function rocFigure({ classes, auc }: Evaluation): Figure {
  const drawn = classes.filter((each) => !Number.isNaN(each.auc.value));
  const curves = drawn.map(({ name, roc, auc: own }) => ({
    name: drawn.length > 1 ? `${name} ${inWords(own)}` : name,
    x: roc.falsePositiveRate,
    y: roc.truePositiveRate,
  }));
  const title = `ROC AUC ${inWords(auc)}${drawn.length > 1 ? ", mean over classes" : ""}`;
  const [x, y] = [unit("false positive rate"), unit("true positive rate")];
  return lineChart(curves, { title, x, y, diagonal: "chance", width: 680, height: 460 });
}

function reliabilityFigure({ classes, calibrationError }: Evaluation): Figure {
  const series = classes.map(({ name, reliability: { count, meanProbability, observedShare } }) => {
    const filled = (values: Float64Array): Float64Array => values.filter((_, bin) => (count[bin] as number) > 0);
    const labels = Array.from(filled(count), (images) => `${images} images`);
    return { name, x: filled(meanProbability), y: filled(observedShare), labels };
  });
  const title = `Reliability: calibration error ${inWords(calibrationError)}`;
  const [x, y] = [unit("predicted probability"), unit("observed share")];
  return lineChart(series, { title, x, y, diagonal: "perfect", markers: true, width: 680, height: 460 });
}

function unit(title: string): AxisOptions {
  return { title, range: [0, 1.01] };
}

function confusionTable({ classes, confusionMatrix }: Evaluation): Table | undefined {
  if (confusionMatrix !== undefined) return matrixTable(classes, confusionMatrix);
  const rows = classes.flatMap(({ name, confusion }): Cell[][] => {
    if (confusion === undefined) return [];
    const { truePositive, falsePositive, falseNegative, trueNegative } = confusion;
    return [
      [name, "there", truePositive, falseNegative, truePositive / (truePositive + falseNegative)],
      [name, "not there", falsePositive, trueNegative, trueNegative / (falsePositive + trueNegative)],
    ];
  });
  if (rows.length === 0) return undefined;
  return {
    kind: "table",
    title: "Confusion at the thresholds chosen on validation images",
    columns: ["class", "truth", "predicted there", "predicted not there", "share right"].map((name) => ({ name })),
    rows: rows.map((row) => row.map((value) => (typeof value === "number" ? cell(value) : value))),
  };
}

function matrixTable(classes: readonly ClassEvaluation[], counts: Float64Array): Table {
  const width = classes.length;
  return {
    kind: "table",
    title: "Confusion by the most probable class",
    columns: [{ name: "truth" }, ...classes.map(({ name }) => ({ name: `predicted ${name}` }))],
    rows: classes.map(({ name }, row) => [name, ...counts.slice(row * width, (row + 1) * width)]),
  };
}
