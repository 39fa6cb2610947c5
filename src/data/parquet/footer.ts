import { DataError } from "../../core/errors";
import { fieldOf, kinds, type List, readStruct, type Struct, type Value, withField, writeStruct } from "./thrift";

// https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift

/** What ends a Parquet file, and begins it. */
export const magic: Uint8Array = Buffer.from("PAR1");
/** The length of the footer and the magic, behind the footer. */
export const tailBytes = 8;

/** A row group: where its bytes lie, how many rows it has, and its entry in the footer. */
export interface RowGroup {
  readonly start: number;
  readonly end: number;
  readonly rows: number;
  readonly entry: Struct;
}

/** What a footer tells. */
export interface Footer {
  /** The names of the columns; one that holds lists counts once. */
  readonly columns: readonly string[];
  /** Without row groups, their number of rows, and the pairs of keys and values. */
  readonly head: Struct;
  readonly rowGroups: readonly RowGroup[];
  readonly keyValues: ReadonlyMap<string, string>;
}

const file = { schema: 2, rows: 3, rowGroups: 4, keyValues: 5, orders: 7 } as const;
const arrowSchema = "ARROW:schema"; // the key under which Arrow's libraries keep their own
const element = { name: 4, children: 5 } as const;
const group = { columns: 1, rows: 3, offset: 5 } as const;
const chunk = { offset: 2, metaData: 3, offsetIndex: 4, offsetIndexLength: 5, columnIndex: 6, columnIndexLength: 7 };
const meta = {
  path: 3,
  compressedSize: 7,
  dataPage: 9,
  indexPage: 10,
  dictionaryPage: 11,
  bloom: 14,
  bloomLength: 15,
} as const;

/** How many bytes before the tail the footer takes, as the tail says; undefined where it is none. */
export function footerLength(tail: Uint8Array): number | undefined {
  const view = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength);
  return view.length === tailBytes && view.subarray(4).equals(magic) ? view.readUInt32LE(0) : undefined;
}

/**
 * Reads a footer.
 *
 * @throws DataError when it is none
 */
export function readFooter(bytes: Uint8Array): Footer {
  const whole = readStruct(bytes);
  const rowGroups = structs(fieldOf(whole, file.rowGroups)).map(rowGroupOf);
  const head = [file.rowGroups, file.rows, file.keyValues].reduce(
    (rest, id) => withField(rest, id, kinds.list, undefined),
    whole,
  );
  const pairs = structs(fieldOf(whole, file.keyValues)).map((pair) => [text(fieldOf(pair, 1)), text(fieldOf(pair, 2))]);
  const columns = subtrees(structs(fieldOf(whole, file.schema))).map(nameOf);
  return { columns, head, rowGroups, keyValues: new Map(pairs as [string, string][]) };
}

/** The footer of the same file as if it had no other columns than these. */
export function withColumns(footer: Footer, wanted: readonly string[]): Footer {
  const [root, ...trees] = structs(fieldOf(footer.head, file.schema));
  const kept = subtrees([root as Struct, ...trees]).filter((tree) => wanted.includes(nameOf(tree)));
  const parent = withField(root as Struct, element.children, kinds.i32, BigInt(kept.length));
  const head = withField(footer.head, file.schema, kinds.list, { of: kinds.struct, items: [parent, ...kept.flat()] });
  const keyValues = new Map([...footer.keyValues].filter(([key]) => key !== arrowSchema)); // it would have all columns
  const isKept = (column: Struct): boolean => {
    const path = fieldOf(fieldOf(column, chunk.metaData) as Struct, meta.path) as List;
    return wanted.includes(text(path.items[0]));
  };
  const rowGroups = footer.rowGroups.map(({ entry }) => {
    const items = structs(fieldOf(entry, group.columns)).filter(isKept);
    return rowGroupOf(withField(entry, group.columns, kinds.list, { of: kinds.struct, items }));
  });
  return {
    columns: kept.map(nameOf),
    head: withField(head, file.orders, kinds.list, undefined),
    rowGroups,
    keyValues,
  };
}

/** A schema is a tree, written parents first, each with the number of its children: what is below its root. */
function subtrees(elements: readonly Struct[]): readonly (readonly Struct[])[] {
  const trees: Struct[][] = [];
  const end = (at: number): number => {
    let next = at + 1;
    const children = Number(fieldOf(elements[at] as Struct, element.children) ?? 0n);
    for (let child = 0; child < children && next < elements.length; child++) next = end(next);
    return next;
  };
  for (let at = 1; at < elements.length; at = end(at)) trees.push(elements.slice(at, end(at)));
  return trees;
}

function nameOf([top]: readonly Struct[]): string {
  return text(top === undefined ? undefined : fieldOf(top, element.name));
}

/** The footer of a file with these row groups, with its length and the magic behind it: the end of the file. */
export function writeFooter(
  head: Struct,
  rowGroups: readonly RowGroup[],
  keyValues: ReadonlyMap<string, string>,
): Uint8Array {
  const rows = rowGroups.reduce((sum, { rows }) => sum + rows, 0);
  const groups: List = { of: kinds.struct, items: rowGroups.map(({ entry }) => entry) };
  let whole = withField(head, file.rows, kinds.i64, BigInt(rows));
  whole = withField(whole, file.rowGroups, kinds.list, groups);
  whole = withField(whole, file.keyValues, kinds.list, pairList(keyValues));
  const footer = writeStruct(whole);
  const tail = Buffer.alloc(tailBytes);
  tail.writeUInt32LE(footer.length, 0);
  tail.set(magic, 4);
  return Buffer.concat([footer, tail]);
}

/** A row group from its entry in a footer. */
export function readRowGroup(bytes: Uint8Array): RowGroup {
  return rowGroupOf(readStruct(bytes));
}

/**
 * A row group as it is when its bytes lie `by` bytes further on. Its page index, which lies elsewhere in the file and may
 * be left out, is.
 */
export function moved({ start, end, rows, entry }: RowGroup, by: number): RowGroup {
  const columns = structs(fieldOf(entry, group.columns)).map((column) => movedChunk(column, BigInt(by)));
  const withColumns = withField(entry, group.columns, kinds.list, { of: kinds.struct, items: columns });
  const whole = shifted(withColumns, [group.offset], BigInt(by));
  return { start: start + by, end: end + by, rows, entry: whole };
}

/** One Parquet file that holds a row group alone, from its bytes. */
export function fileOf({ head, keyValues }: Footer, rowGroup: RowGroup, bytes: Uint8Array): Uint8Array {
  const alone = moved(rowGroup, magic.length - rowGroup.start);
  return Buffer.concat([magic, bytes, writeFooter(head, [alone], keyValues)]);
}

function movedChunk(column: Struct, by: bigint): Struct {
  const data = fieldOf(column, chunk.metaData) as Struct;
  let bare = shifted(data, [meta.dataPage, meta.indexPage, meta.dictionaryPage], by);
  for (const id of [meta.bloom, meta.bloomLength]) bare = withField(bare, id, kinds.i64, undefined);
  let result = withField(shifted(column, [chunk.offset], by), chunk.metaData, kinds.struct, bare);
  for (const id of [chunk.offsetIndex, chunk.offsetIndexLength, chunk.columnIndex, chunk.columnIndexLength]) {
    result = withField(result, id, kinds.i64, undefined);
  }
  return result;
}

/** A zero stands for an offset that nobody noted. */
function shifted(struct: Struct, ids: readonly number[], by: bigint): Struct {
  return {
    fields: struct.fields.map((field) =>
      ids.includes(field.id) && field.value !== 0n ? { ...field, value: (field.value as bigint) + by } : field,
    ),
  };
}

function rowGroupOf(entry: Struct): RowGroup {
  const columns = structs(fieldOf(entry, group.columns)).map((column) => fieldOf(column, chunk.metaData));
  const places = columns.map((data) => {
    if (data === undefined || !isStruct(data)) throw broken("a column whose pages lie elsewhere");
    const starts = [fieldOf(data, meta.dataPage), fieldOf(data, meta.dictionaryPage)].map(Number);
    const start = Math.min(...starts.filter((offset) => offset > 0)); // neither a missing one (NaN) nor zero
    return { start, end: start + Number(fieldOf(data, meta.compressedSize)) };
  });
  const [start, end] = [Math.min(...places.map(({ start }) => start)), Math.max(...places.map(({ end }) => end))];
  const rows = Number(fieldOf(entry, group.rows));
  if (!(start >= magic.length && end >= start && rows >= 0)) throw broken("row groups without a place");
  return { start, end, rows, entry };
}

function pairList(keyValues: ReadonlyMap<string, string>): List {
  const pair = ([key, value]: readonly [string, string]): Struct => ({
    fields: [key, value].map((word, at) => ({ id: at + 1, kind: kinds.binary, value: Buffer.from(word) })),
  });
  return { of: kinds.struct, items: [...keyValues].map(pair) };
}

function structs(value: Value | undefined): readonly Struct[] {
  if (value === undefined) return [];
  if (typeof value === "object" && "items" in value && value.items.every(isStruct)) return value.items;
  throw broken("another");
}

function isStruct(value: Value): value is Struct {
  return typeof value === "object" && "fields" in value;
}

function text(value: Value | undefined): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : "";
}

function broken(got: string): DataError {
  return new DataError({ where: "parquet", required: "a footer as the Parquet format has it", got });
}
