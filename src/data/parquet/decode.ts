import type { Data, DataType, RecordBatch, Vector } from "apache-arrow";
import { DataError } from "../../core/errors";
import { arrow, parquetWasm } from "../../core/packages";
import { type Cell, type Rows, names } from "./rows";

const where = "embeddings.open";

/**
 * The rows of a Parquet file. The numbers may be a list of fixed size or, as Spark writes them,
 * of any; rows without numbers, which tell of an image that could not be used, are left out.
 *
 * @throws DataError when the file is damaged, or has lists of another length or type
 */
export function decodeRows(bytes: Uint8Array, file: string): Rows[] {
  return batchesOf(bytes, file).map((batch) => rowsOf(batch, file));
}

/** The columns of a Parquet file whose rows are no embeddings. */
export function decodeColumns(bytes: Uint8Array, file: string): Rows["columns"][] {
  return batchesOf(bytes, file).map((batch) => {
    const rows = Array.from({ length: batch.numRows }, (_, row) => row);
    return cellsOf(batch, batch.schema.names as string[], rows, file);
  });
}

function batchesOf(bytes: Uint8Array, file: string): readonly RecordBatch[] {
  const { readParquet } = parquetWasm();
  const ipc = orRefuse(file, () => readParquet(bytes).intoIPCStream());
  return arrow().tableFromIPC(ipc).batches;
}

function rowsOf(batch: RecordBatch, file: string): Rows {
  const list = batch.getChild(names.values)?.data[0] as Data<DataType> | undefined;
  const there = Array.from({ length: batch.numRows }, (_, row) => row).filter((row) => list?.getValid(row) ?? true);
  const others = batch.schema.fields
    .map(({ name }) => name)
    .filter((name) => name !== names.id && name !== names.values);
  return {
    ids: (cellsOf(batch, [names.id], there, file)[names.id] ?? []).map(String),
    values: list === undefined ? new Float32Array(0) : numbersOf(list, there, file),
    columns: cellsOf(batch, others, there, file),
  };
}

function cellsOf(
  batch: RecordBatch,
  wanted: readonly string[],
  rows: readonly number[],
  file: string,
): Rows["columns"] {
  const cells = (name: string): Cell[] => {
    const vector = batch.getChild(name);
    if (vector === null) return rows.map(() => null);
    return rows.map((row) => cell(vector.get(row), vector, () => refuseColumn(file, name, vector)));
  };
  return Object.fromEntries(wanted.map((name) => [name, cells(name)]));
}

function cell(value: unknown, { type }: Vector, refused: () => DataError): Cell {
  const { DataType } = arrow();
  if (value === null || typeof value === "string") return value;
  if (typeof value === "bigint" && !Number.isSafeInteger(Number(value))) return String(value);
  if (typeof value === "bigint" || typeof value === "boolean") return Number(value);
  if (typeof value !== "number" || DataType.isTime(type)) throw refused();
  if (DataType.isDate(type)) return new Date(value).toISOString().slice(0, 10);
  if (!DataType.isTimestamp(type)) return value;
  const text = new Date(value).toISOString();
  return type.timezone ? text : text.slice(0, -1); // without a zone nobody knows whether it is UTC
}

function refuseColumn(file: string, name: string, { type }: Vector): DataError {
  return refuse(file, `text, numbers, truth values or dates in column "${name}"`, String(type));
}

/** The numbers of some rows, one after the other. */
function numbersOf(list: Data<DataType>, rows: readonly number[], file: string): Float32Array {
  const { Type } = arrow();
  const child = list.children[0];
  const numbers: unknown = child?.values;
  const isList = list.typeId === Type.FixedSizeList || list.typeId === Type.List;
  if (!isList || child === undefined || child.nullCount > 0 || !(numbers instanceof Float32Array)) {
    throw refuse(file, `lists of float32 in column "${names.values}"`, Type[list.typeId]);
  }
  const offsets: unknown = list.valueOffsets; // only lists of any size have them
  const place = (row: number): readonly [from: number, to: number] =>
    offsets instanceof Int32Array
      ? [offsets[row] as number, offsets[row + 1] as number]
      : [(list.offset + row) * list.stride, (list.offset + row + 1) * list.stride];
  const [from, to] = rows.length === 0 ? [0, 0] : place(rows[0] as number);
  const size = to - from;
  const values = new Float32Array(rows.length * size);
  rows.forEach((row, at) => {
    const [start, end] = place(row);
    if (end - start !== size) throw refuse(file, `lists of one length`, `${size} and ${end - start}`);
    values.set(numbers.subarray(start, end), at * size);
  });
  return values;
}

function orRefuse<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    const got = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    throw refuse(file, "a whole Parquet file", got, cause);
  }
}

function refuse(file: string, required: string, got: string, cause?: unknown): DataError {
  return new DataError({ where, file, required, got }, { cause });
}
