import { inspect } from "node:util";
import type { Cell, Table } from "../display/view";

const longestTable = 20; // rows shown

type PlainRecord = Readonly<Record<string, unknown>>;

/** The table of an array of plain records; undefined for everything else. */
export function recordsTable(value: unknown): Table | undefined {
  if (!isRecords(value)) return undefined;
  const names = [...new Set(value.flatMap((record) => Object.keys(record)))];
  const rows = value.slice(0, longestTable).map((record) => names.map((name) => toCell(record[name])));
  const shown =
    rows.length < value.length ? `the first ${rows.length} of ${value.length} rows` : counted(value.length, "row");
  return {
    kind: "table",
    columns: names.map((name) => ({ name })),
    rows,
    note: `${shown}, ${counted(names.length, "column")}`,
  };
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function toCell(value: unknown): Cell {
  if (value === undefined || value === null) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return inspect(value, { depth: 0, breakLength: Infinity });
}

function isRecords(value: unknown): value is readonly PlainRecord[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    Array.from(value).every((item) => isPlain(item) && Object.keys(item).length > 0)
  );
}

function isPlain(value: unknown): value is PlainRecord {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
