import { DataError, OptionError } from "../core/errors";
import { checkOptions } from "../core/options";
import type { Labels } from "../data/labels";
import type { Predictions } from "../data/predictions";
import { showAs, type Shown, type Tabled } from "../display/show";
import type { Cell, Table } from "../display/view";
import type { Estimate } from "./bootstrap";
import { evaluateNames, type EvaluateOptions, type Measures } from "./evaluation";
import { cell, inWords } from "./evaluationView";
import { evaluatePredictions } from "./predictive";

/** A column of a data set, by image id: words are taken as they are, numbers are cut into bands. */
export type ColumnById = Readonly<Record<string, string | number | null | undefined>>;

/** Options of `evaluate.subgroups`. */
export interface SubgroupOptions extends EvaluateOptions {
  /** Where bands of a column of numbers begin, ascending, for instance `[40, 60]` for below 40, 40 to 59, 60 and above. */
  readonly bands?: readonly number[];
  /** What to call the column in the table; default "subgroup". */
  readonly column?: string;
}

/** The measures of the images that share a value of a column. */
export interface Subgroup {
  readonly name: string;
  readonly images: number;
  readonly patients: number;
  readonly positives: number;
  /** Undefined where the subgroup has images of one kind only, so that nothing can be told. */
  readonly measures?: Measures;
}

/** Predictions measured within subgroups. */
export interface Subgroups {
  readonly kind: "subgroups";
  readonly column: string;
  readonly subgroups: readonly Subgroup[];
}

/**
 * Measures predictions within every subgroup of a column (sex, age band, view), so that a model that serves some people
 * worse is seen. Images without a value form the subgroup "unknown".
 *
 * @throws DataError when the column is of numbers and no bands are given
 * @throws OptionError when bands do not ascend
 */
export function subgroups(
  predictions: Predictions,
  labels: Labels,
  column: ColumnById,
  given: SubgroupOptions = {},
): Subgroups & Shown & Tabled {
  checkOptions("evaluate.subgroups", given, { ...evaluateNames, bands: true, column: true });
  const { bands, column: title = "subgroup", ...options } = given;
  checkBands(bands);
  const members = new Map<string, number[]>();
  predictions.ids.forEach((id, row) => {
    const name = nameOf(column[id], bands, title);
    members.set(name, [...(members.get(name) ?? []), row]);
  });
  const names = [...members.keys()].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const result: Subgroups = {
    kind: "subgroups",
    column: title,
    subgroups: names.map((name) => measure(name, subset(predictions, members.get(name) as number[]), labels, options)),
  };
  return showAs(result, { summary: () => summary(result), view: () => table(result), table: () => table(result) });
}

function checkBands(bands: readonly number[] = []): void {
  if (bands.every((start, at) => Number.isFinite(start) && (at === 0 || start > (bands[at - 1] as number)))) return;
  const got = `[${bands.join(", ")}]`;
  throw new OptionError({ where: "evaluate.subgroups", required: "bands as ascending numbers", got });
}

function nameOf(
  value: string | number | null | undefined,
  bands: readonly number[] | undefined,
  title: string,
): string {
  if (value === null || value === undefined || value === "" || Number.isNaN(value)) return "unknown";
  if (typeof value === "string") return value;
  if (bands === undefined) {
    const remedy = "give bands: [40, 60] makes three";
    throw new DataError({
      where: "evaluate.subgroups",
      required: `words in column "${title}"`,
      got: `the number ${value}`,
      remedy,
    });
  }
  const from = bands.filter((start) => start <= value).at(-1);
  const until = bands.find((start) => start > value);
  if (from === undefined) return `below ${until}`;
  return until === undefined ? `${from} and above` : `${from} to below ${until}`;
}

function subset(predictions: Predictions, rows: readonly number[]): Predictions {
  const { ids, classes, probabilities, fold } = predictions;
  const width = classes.length;
  return {
    ...predictions,
    ids: rows.map((row) => ids[row] as string),
    probabilities: Float32Array.from(
      rows.flatMap((row) => [...probabilities.subarray(row * width, (row + 1) * width)]),
    ),
    ...(fold === undefined ? {} : { fold: Int32Array.from(rows, (row) => fold[row] as number) }),
  };
}

function measure(name: string, predictions: Predictions, labels: Labels, options: EvaluateOptions): Subgroup {
  const { ids } = predictions;
  const patients = new Set(ids.map((id) => options.groups?.[id] ?? id)).size;
  const truth = new Map(
    labels.ids.map((id, row) => [
      id,
      labels.values.subarray(row * labels.classes.length, (row + 1) * labels.classes.length),
    ]),
  );
  const positives = ids.filter((id) => truth.get(id)?.some((value) => value > 0)).length;
  const counts = { name, images: ids.length, patients, positives };
  const told = labels.classes.some((_, column) => {
    const seen = new Set(ids.map((id) => truth.get(id)?.[column]));
    return seen.has(0) && seen.has(1);
  });
  return told ? { ...counts, measures: evaluatePredictions(predictions, labels, options) } : counts;
}

function summary({ column, subgroups: all }: Subgroups): string {
  const auc = (measures: Measures | undefined): string =>
    measures === undefined ? "not defined" : inWords(measures.auc);
  return `AUC by ${column}: ${all.map(({ name, measures }) => `${name} ${auc(measures)}`).join(", ")}`;
}

function table({ column, subgroups: all }: Subgroups): Table {
  const triple = (estimate: Estimate | undefined): Cell[] => [
    cell(estimate?.value),
    cell(estimate?.low),
    cell(estimate?.high),
  ];
  return {
    kind: "table",
    title: `Predictions by ${column}`,
    columns: [column, "images", "patients", "positives", "ROC AUC", "low", "high", "balanced accuracy", "Brier"].map(
      (name) => ({ name }),
    ),
    rows: all.map(({ name, images, patients, positives, measures }) => [
      name,
      images,
      patients,
      positives,
      ...triple(measures?.auc),
      cell(measures?.balancedAccuracy?.value),
      cell(measures?.brier.value),
    ]),
    note: "Empty cells: images of one kind only. Small subgroups have wide intervals; overlap is no proof of equal service.",
  };
}
