import type { DataFrame } from "danfojs-node";
import { danfo } from "../core/packages";
import type { Cell, Column, Table } from "./view";

/** What a danfo data frame or series tells of itself; read without loading danfo. */
export interface FrameLike {
  readonly columns: readonly string[];
  readonly index: readonly (string | number)[];
  readonly shape: readonly number[];
  /** `[row, column]`, for a series `[row]`. */
  readonly values: readonly unknown[];
}

/** How much of a data frame is shown. */
export interface FrameViewOptions {
  readonly title?: string;
  /** Rows shown from the top; default 20. */
  readonly rows?: number;
  /** Columns shown from the left; default 20. */
  readonly columns?: number;
}

const longestText = 80;

/** True for a danfo data frame or series, of whatever copy of danfo. */
export function isFrame(value: unknown): value is FrameLike {
  if (typeof value !== "object" || value === null || !("$config" in value)) return false;
  const { columns, index, shape, values } = value as Partial<FrameLike>;
  return [columns, index, shape, values].every((part) => Array.isArray(part));
}

/** The top left of a data frame as a table; the note says how large the whole is. */
export function frameView(frame: FrameLike, options: FrameViewOptions = {}): Table {
  const { title, rows = 20, columns = 20 } = options;
  const [height = 0, width = 1] = frame.shape;
  const names = frame.columns.slice(0, columns);
  const isNumbered = frame.index.every((label, row) => label === row);
  const lead: readonly Column[] = isNumbered ? [] : [{ name: "" }];
  return {
    kind: "table",
    ...(title === undefined ? {} : { title }),
    columns: [...lead, ...names.map((name) => ({ name: String(name) }))],
    rows: frame.values.slice(0, rows).map((row, at) => {
      const cells = (Array.isArray(row) ? row : [row]).slice(0, columns).map(toCell);
      return isNumbered ? cells : [String(frame.index[at]), ...cells];
    }),
    note: sizeInWords(height, width, Math.min(height, rows), names.length),
  };
}

function sizeInWords(height: number, width: number, rows: number, columns: number): string {
  const size = `${counted(height, "row")}, ${counted(width, "column")}`;
  if (rows === height && columns === width) return size;
  const shown = [
    ...(rows < height ? [`the first ${counted(rows, "row")}`] : []),
    ...(columns < width ? [counted(columns, "column")] : []),
  ];
  return `${size}; shown: ${shown.join(" and ")}`;
}

function counted(count: number, unit: string): string {
  return `${count.toLocaleString("en-US")} ${unit}${count === 1 ? "" : "s"}`;
}

function toCell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === "number" || typeof value === "boolean") return value;
  const text = typeof value === "string" ? value : inWords(value);
  return text.length > longestText ? `${text.slice(0, longestText - 1)}…` : text;
}

function inWords(value: unknown): string {
  return value instanceof Date ? value.toISOString() : (JSON.stringify(value) ?? typeof value);
}

/**
 * A table as a danfo data frame: every row, numbers in full; an empty cell is NaN among numbers and "" among words.
 * danfo is loaded at the first call.
 */
export function toFrame({ columns, rows }: Table): DataFrame {
  const cells = columns.map((_, at) => rows.map((row) => plainCell(row[at] ?? null)));
  const numeric = cells.map((column) => column.every((cell) => cell === null || typeof cell === "number"));
  const filled = cells.map((column, at) => column.map((cell) => cell ?? (numeric[at] === true ? NaN : "")));
  const named = columns.map(({ name }, at) => [name === "" ? `column ${at + 1}` : name, filled[at] ?? []] as const);
  // Kinds are stated: danfo's own guess reads the patient "00017" as the number 17.
  const dtypes = numeric.map((is) => (is ? "float32" : "string"));
  return new (danfo().DataFrame)(Object.fromEntries(named), { dtypes });
}

function plainCell(cell: Cell): string | number | null {
  if (cell === null || typeof cell === "number") return cell;
  return typeof cell === "object" ? cell.text : String(cell);
}
