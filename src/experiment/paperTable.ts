import { DataError, OptionError } from "../core/errors";
import type { Dataset } from "../data/dataset";
import { formatNumber } from "../display/numbers";
import { showAs, type Shown } from "../display/show";
import type { Table } from "../display/view";
import type { Estimate } from "../evaluate/bootstrap";
import type { PaperResult, PaperValue } from "./paper";
import { paperResults } from "./paperResults";

/** The MIME type under which a notebook's output carries the rows of its result tables, which `reproduce` collects. */
export const resultsType = "application/vnd.deepfixcx.results+json";

/**
 * What became of a result: `measured`: there is a number of ours; `shown`: a figure or words; `not run`; `failed`: a
 * check that depends on no data did not hold.
 */
export type ResultStatus = "measured" | "shown" | "not run" | "failed";

/** Our value for one figure, table entry or claim of the paper. */
export interface OurResult {
  /** The id of a {@link PaperResult}, for instance `"chest-auc-map"`. */
  readonly id: string;
  /** A number, a number with its interval, or, for a figure or claim, what is seen in a few words; none: not run. */
  readonly ours?: number | Estimate | string;
  /** Why ours differs, what it is measured on, or why it was not run; on real data a must where the paper has a number. */
  readonly reason?: string;
  /** Default: by what `ours` is, and `failed` where a number that depends on no data misses the paper's. */
  readonly status?: ResultStatus;
}

/** A row of `reports/results.json`: plain data, null where there is nothing. */
export interface ResultRow {
  readonly id: string;
  readonly kind: PaperResult["kind"];
  readonly what: string;
  readonly notebook: string;
  readonly status: ResultStatus;
  readonly reason: string;
  /** The data set that ours was measured on. */
  readonly data: string | null;
  readonly synthetic: boolean;
  readonly ours: number | string | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly paper: PaperValue | null;
  /** Ours minus the paper's; null on synthetic data, unless the number depends on no data. */
  readonly difference: number | null;
}

/** Our results beside the paper's. */
export interface PaperTable {
  readonly kind: "paper table";
  readonly rows: readonly ResultRow[];
}

const where = "paperTable";
const onPhantoms = "synthetic";

/**
 * The result table of a notebook: our values with intervals, the paper's, the difference and the reason. Each row names
 * a result of the paper by its id (`paperResults` lists them). As a cell's last value it is a table, and its output also
 * carries the rows under `application/vnd.deepfixcx.results+json`, which `reproduce` collects into `reports/results.json`; so a notebook
 * shows it once, with every id that the notebook is responsible for.
 *
 * @param results - one an id
 * @param data - what ours was measured on; on synthetic data no difference is computed, unless the number follows from
 *   sizes and settings alone
 * @throws OptionError when an id is not known or stands twice
 * @throws DataError when a number is not finite
 * @example
 * paperTable([
 *   { id: "chest-auc-map", ours: "AUC 0.71 to 0.88, highest at J=2, P=9" },
 *   { id: "chest-J1-P79-densenet121-auc", ours: evaluation.auc, reason: "616 X-rays instead of 191,000" },
 *   { id: "chest-networks-mdmlp", reason: "this network is not built" },
 * ], data)
 */
export function paperTable(
  results: readonly OurResult[],
  data: Pick<Dataset, "name" | "synthetic">,
): PaperTable & Shown {
  const twice = results.find(({ id }, at) => results.findIndex((other) => other.id === id) < at);
  if (twice !== undefined) throw new OptionError({ where, required: "each id once", got: `"${twice.id}" twice` });
  const rows = results.map((result) => rowOf(result, paperResult(result.id), data));
  const table: PaperTable = { kind: "paper table", rows };
  return showAs(table, {
    summary: () => summary(rows, data),
    view: () => view(rows, data),
    data: () => ({ [resultsType]: { rows } }),
  });
}

/** The rows of every result of the paper: those given, and "not run" for the others. */
export function completeRows(rows: readonly ResultRow[]): ResultRow[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return paperResults.map((result) => byId.get(result.id) ?? notRun(result));
}

function notRun(result: PaperResult): ResultRow {
  const reason = `notebook ${result.notebook} did not give it`;
  return rowOf({ id: result.id, reason }, result, { name: "", synthetic: false });
}

function paperResult(id: string): PaperResult {
  const found = paperResults.find((result) => result.id === id);
  if (found !== undefined) return found;
  const start = id.split("-")[0] ?? "";
  const near = paperResults.filter((result) => result.id.startsWith(start));
  const known = (near.length > 0 ? near : paperResults).map((result) => result.id).join(", ");
  throw new OptionError({ where, required: `an id among ${known}`, got: `"${id}"` });
}

function rowOf(
  { id, ours, reason, status }: OurResult,
  result: PaperResult,
  data: Pick<Dataset, "name" | "synthetic">,
): ResultRow {
  const { value, low, high } = measured(id, ours);
  const { kind, what, notebook, paper, exact = false } = result;
  const comparable = typeof value === "number" && paper !== undefined && (exact || !data.synthetic);
  const difference = comparable ? value - paper.value : null;
  const misses = exact && difference !== null && Math.abs(difference) > 0.5 * 10 ** -paper!.digits + 1e-9;
  const found = typeof value === "number" ? "measured" : value === null ? "not run" : "shown";
  const settled = status ?? (misses ? "failed" : found);
  return {
    ...{ id, kind, what, notebook, status: settled },
    reason: reason ?? reasonOf(settled, data, exact),
    data: settled === "not run" ? null : data.name,
    synthetic: settled !== "not run" && data.synthetic,
    ...{ ours: value, low, high, paper: paper ?? null, difference },
  };
}

function measured(
  id: string,
  ours: OurResult["ours"],
): { value: number | string | null; low: number | null; high: number | null } {
  if (ours === undefined || typeof ours === "string") return { value: ours ?? null, low: null, high: null };
  const { value, low, high } = typeof ours === "number" ? { value: ours, low: null, high: null } : ours;
  const bad = [value, low, high].find((each) => each !== null && !Number.isFinite(each));
  if (bad === undefined) return { value, low, high };
  const remedy = "leave it out and say why in `reason`";
  throw new DataError({ where, required: `finite numbers for "${id}"`, got: String(bad), remedy });
}

function reasonOf(status: ResultStatus, { synthetic }: Pick<Dataset, "synthetic">, exact: boolean): string {
  if (status === "not run") return "not run";
  if (status === "failed") return "does not agree with the paper, though it depends on no data";
  if (exact) return "depends on no data";
  return synthetic ? onPhantoms : "";
}

function summary(rows: readonly ResultRow[], { name, synthetic }: Pick<Dataset, "name" | "synthetic">): string {
  const count = (wanted: ResultStatus): number => rows.filter(({ status }) => status === wanted).length;
  const counts = (["measured", "shown", "not run", "failed"] as const).map((status) => `${count(status)} ${status}`);
  return `Results beside the paper's on ${synthetic ? "synthetic " : ""}${name}: ${counts.join(", ")}`;
}

function view(rows: readonly ResultRow[], { name, synthetic }: Pick<Dataset, "name" | "synthetic">): Table {
  return {
    kind: "table",
    title: `Our results beside the paper's, on ${synthetic ? "synthetic " : ""}${name}`,
    columns: ["id", "what", "ours", "95 %", "paper", "difference", "reason"].map((column) => ({ name: column })),
    rows: rows.map((row) => [row.id, row.what, ...inCells(row), row.reason]),
    ...(synthetic
      ? { note: "Numbers of synthetic phantoms stand for no number of the paper: the difference stays empty." }
      : {}),
  };
}

/** Ours, its interval, the paper's and the difference in words, with the digits that the paper prints. */
export function inCells({ status, ours, low, high, paper, difference }: ResultRow): string[] {
  const digits = paper?.digits ?? (typeof ours === "number" && Math.abs(ours) >= 100 ? 0 : 3);
  const inDigits = (value: number): string => formatNumber(value, digits);
  const interval = (from: number | null = null, to: number | null = null): string =>
    from === null || to === null ? "" : `${inDigits(from)} to ${inDigits(to)}`;
  const spread = interval(paper?.low, paper?.high);
  return [
    ours === null ? status : typeof ours === "string" ? ours : inDigits(ours),
    interval(low, high),
    paper === null ? "" : `${inDigits(paper.value)}${spread === "" ? "" : ` (${spread})`}`,
    difference === null ? "" : signed(difference, digits),
  ];
}

/** With its sign; what is less than the last digit is none. */
function signed(difference: number, digits: number): string {
  const rounded = Number(difference.toFixed(digits));
  return rounded === 0 ? "0" : `${rounded > 0 ? "+" : ""}${formatNumber(rounded, digits)}`;
}
