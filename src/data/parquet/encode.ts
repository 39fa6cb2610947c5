import type { Data, RecordBatch, Vector } from "apache-arrow";
import { arrow, parquetWasm } from "../../core/packages";
import { type Cell, type ColumnKind, type Rows, names } from "./rows";

/**
 * A Parquet file of one row group: the ids, the columns, and a fixed-size list of float32. Packed with ZSTD; minimum and
 * maximum are kept of the ids alone, so that readers who look for one skip row groups. Metadata stand in Arrow's schema,
 * where Arrow's own readers look for them.
 */
export function encodeRows(
  rows: Rows,
  columns: readonly ColumnKind[],
  metadata: ReadonlyMap<string, string>,
): Uint8Array {
  const { Compression, EnabledStatistics, Table, WriterPropertiesBuilder, writeParquet } = parquetWasm();
  const { tableToIPC, Table: ArrowTable } = arrow();
  const batch = recordBatch(rows, columns, metadata);
  const table = Table.fromIPCStream(tableToIPC(new ArrowTable([batch]), "stream"));
  const properties = [...columns].reduce(
    (builder, { name }) => builder.setColumnDictionaryEnabled(name, true),
    new WriterPropertiesBuilder()
      .setCompression(Compression.ZSTD)
      .setDictionaryEnabled(false)
      .setStatisticsEnabled(EnabledStatistics.None)
      .setColumnStatisticsEnabled(names.id, EnabledStatistics.Chunk)
      .setMaxRowGroupSize(Math.max(rows.ids.length, 1)),
  );
  return writeParquet(table, properties.build()); // takes table and properties, and frees them
}

/** Rows as Arrow has them. */
export function recordBatch(
  { ids, values, columns }: Rows,
  kinds: readonly ColumnKind[],
  metadata: ReadonlyMap<string, string>,
): RecordBatch {
  const { Field, FixedSizeList, Float32, RecordBatch, Schema, Struct, Utf8, makeData } = arrow();
  const count = ids.length;
  const child = makeData({ type: new Float32(), length: values.length, nullCount: 0, data: values });
  const list = new FixedSizeList(values.length / count, new Field("item", new Float32(), false));
  const parts: readonly { readonly field: InstanceType<typeof Field>; readonly data: Data }[] = [
    { field: new Field(names.id, new Utf8(), false), data: textData(ids) },
    ...kinds.map(({ name, kind }) => {
      const data = kind === "text" ? textData(columns[name] ?? []) : numberData(columns[name] ?? []);
      return { field: new Field(name, data.type, true), data };
    }),
    {
      field: new Field(names.values, list, false),
      data: makeData({ type: list, length: count, nullCount: 0, child }),
    },
  ];
  const schema = new Schema(
    parts.map(({ field }) => field),
    new Map(metadata),
  );
  const children = parts.map(({ data }) => data);
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: count, nullCount: 0, children }));
}

/** Arrow's own builder takes many times as long. */
function textData(words: readonly Cell[]): Data {
  const { Utf8, makeData } = arrow();
  const texts = words.map((word) => Buffer.from(String(word ?? "")));
  const valueOffsets = new Int32Array(words.length + 1);
  const nullBitmap = new Uint8Array(8 * Math.ceil(words.length / 64));
  texts.forEach(({ length }, at) => {
    valueOffsets[at + 1] = (valueOffsets[at] as number) + length;
    if (words[at] !== null) nullBitmap[at >> 3] = (nullBitmap[at >> 3] as number) | (1 << (at & 7));
  });
  const nullCount = words.filter((word) => word === null).length;
  const data = Buffer.concat(texts);
  return makeData({ type: new Utf8(), length: words.length, nullCount, nullBitmap, valueOffsets, data });
}

function numberData(numbers: readonly Cell[]): Data {
  const { Float64, vectorFromArray } = arrow();
  const doubles = numbers.map((value) => (value === null ? null : Number(value)));
  return onlyData(vectorFromArray(doubles, new Float64()));
}

function onlyData({ data }: Vector): Data {
  return data[0] as Data;
}
