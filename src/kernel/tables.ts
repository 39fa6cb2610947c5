import { inspect } from "node:util";
import type { Cell, Table } from "../display/view";

const longestTable = 20; // rows shown

/** A data frame of danfo; `values` are rows, or for a series one value a row. */
interface Frame {
  readonly columns: readonly unknown[];
  readonly index: readonly unknown[];
  readonly shape: readonly number[];
  readonly values: readonly unknown[];
}

/** The table of a data frame, a series, or an array of plain records; undefined for everything else. */
export function tableOf(value: unknown): Table | undefined {
  if (isFrame(value)) return frameTable(value);
  if (isRecords(value)) return recordsTable(value);
  return undefined;
}

function frameTable({ columns, index, values, shape }: Frame): Table {
  const rows = values
    .slice(0, longestTable)
    .map((row, at) => [index[at], ...(Array.isArray(row) ? (row as unknown[]) : [row])]);
  return table(["", ...columns.map(String)], rows, values.length, shape[1] ?? 1);
}

function recordsTable(records: readonly Readonly<Record<string, unknown>>[]): Table {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const rows = records.slice(0, longestTable).map((record) => names.map((name) => record[name]));
  return table(names, rows, records.length, names.length);
}

function table(names: readonly string[], rows: readonly (readonly unknown[])[], total: number, width: number): Table {
  const shown = rows.length < total ? `the first ${rows.length} of ${total} rows` : `${total} rows`;
  return {
    kind: "table",
    columns: names.map((name) => ({ name })),
    rows: rows.map((row) => row.map(toCell)),
    note: `${shown}, ${width} columns`,
  };
}

function toCell(value: unknown): Cell {
  if (value === undefined || value === null) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return inspect(value, { depth: 0, breakLength: Infinity });
}

/** By its members: the kernel does not load danfo. */
function isFrame(value: unknown): value is Frame {
  if (typeof value !== "object" || value === null || !("$dataIncolumnFormat" in value)) return false;
  const { columns, index, shape, values } = value as Partial<Frame>;
  return [columns, index, shape, values].every(Array.isArray);
}

function isRecords(value: unknown): value is readonly Readonly<Record<string, unknown>>[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => isPlainObject(item) && Object.keys(item as object).length > 0)
  );
}

function isPlainObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
