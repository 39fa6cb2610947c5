import { createHash } from "node:crypto";
import type { RecordBatch } from "apache-arrow";
import { compress } from "../../compress/compress";
import { type CompressSettings, checkFit } from "../../compress/settings";
import { DataError, ShapeError } from "../../core/errors";
import { arrow } from "../../core/packages";
import type { Decoded } from "../centre";
import { decodeBytes } from "../decode";
import { mostBytes, readBytes } from "../fileBytes";
import { type Usable, bitsOf, checkAlike, reasonOf } from "../outcomes";
import type { ReadSettings } from "../readSettings";

/** How a worker of an engine compresses. */
export interface EmbedOptions {
  readonly settings: CompressSettings;
  readonly read: ReadSettings;
  /** Channels, rows, columns and bits of every image; default: as the first that can be used. */
  readonly like: readonly number[] | undefined;
}

/** What becomes of one row: an embedding, or an error. */
interface Row {
  readonly id: string;
  readonly file: string;
  sha256: string | null;
  decoder: string | null;
  image: Decoded | undefined;
  values: Float32Array | null;
  error: string | null;
}

/**
 * Compresses for an engine on many machines. Reads an Arrow stream with text columns `id` and `file`; for every batch
 * writes one of as many rows, in the same order, before it reads the next. A bad image is a row with an error.
 *
 * @throws DataError when the stream has no such columns
 */
export async function embedRows(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  { settings, read, like }: EmbedOptions,
): Promise<void> {
  const { RecordBatchReader, RecordBatchStreamWriter } = arrow();
  const writer = new RecordBatchStreamWriter();
  const flowing = writer.toNodeStream();
  flowing.pipe(output);
  let first = like === undefined ? undefined : usableOf(like);
  const reader = await RecordBatchReader.from(input);
  for await (const batch of reader) {
    const rows = textOf(batch, "id").map((id, at) => newRow(id, textOf(batch, "file")[at] as string));
    for (const row of rows) {
      await orNote(row, async () => {
        const usable = await decodeRow(row, read);
        if (first === undefined) checkFit(settings, usable.shape, "compress");
        checkAlike((first ??= usable), usable);
      });
    }
    await compressRows(rows, settings);
    writer.write(batchOf(rows));
  }
  writer.finish();
}

function newRow(id: string, file: string): Row {
  return { id, file, sha256: null, decoder: null, image: undefined, values: null, error: null };
}

async function decodeRow(row: Row, read: ReadSettings): Promise<Usable> {
  const { id, file } = row;
  const imageFile = { id, file };
  const bytes = readBytes(imageFile, mostBytes(read.pixelLimit));
  row.sha256 = createHash("sha256").update(bytes).digest("hex");
  const image = await decodeBytes(imageFile, bytes, read);
  [row.image, row.decoder] = [image, image.decoder];
  return { id, file, shape: image.shape, bits: bitsOf(image.pixels) };
}

/** A complaint about one image becomes its error; others end the work. */
async function orNote(row: Row, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (error instanceof DataError) row.error = reasonOf(error);
    else if (error instanceof ShapeError) row.error = error.message;
    else throw error;
  }
}

async function compressRows(rows: readonly Row[], settings: CompressSettings): Promise<void> {
  for (const row of rows) {
    if (row.error !== null || row.image === undefined) continue;
    const { pixels, shape } = row.image;
    const { values } = await compress({ pixels, shape: [1, ...shape], ids: [row.id] }, { ...settings, workers: 1 });
    row.values = values;
  }
}

function usableOf([channels = 1, rows = 1, cols = 1, bits = 8]: readonly number[]): Usable {
  return { id: "the image to be like", file: "", shape: [channels, rows, cols], bits };
}

function kindOf({ image }: Row): string | null {
  return image === undefined ? null : [...image.shape, bitsOf(image.pixels)].join("x");
}

function textOf(batch: RecordBatch, name: string): readonly string[] {
  const vector = batch.getChild(name);
  if (vector !== null) return [...vector].map(String);
  const got = batch.schema.names.join(", ");
  throw new DataError({ where: "worker", required: `a column "${name}" in the stream`, got });
}

function batchOf(rows: readonly Row[]): RecordBatch {
  const { Field, Float32, List, RecordBatch, Schema, Struct, Utf8, makeData, vectorFromArray } = arrow();
  const texts = {
    id: rows.map(({ id }) => id),
    source: rows.map(({ file }) => file),
    sha256: rows.map(({ sha256, error }) => (error === null ? sha256 : null)),
    decoder: rows.map(({ decoder, error }) => (error === null ? decoder : null)),
    kind: rows.map((row) => (row.error === null ? kindOf(row) : null)),
  };
  const list = new List(new Field("item", new Float32(), false));
  const text = (words: readonly (string | null)[]) => vectorFromArray([...words], new Utf8()).data[0];
  const children = [...Object.values(texts).map(text), listOf(rows, list), text(rows.map(({ error }) => error))];
  const fields = [
    ...Object.keys(texts).map((name) => new Field(name, new Utf8(), true)),
    ...[new Field("embedding", list, true), new Field("error", new Utf8(), true)],
  ];
  const data = makeData({ type: new Struct(fields), length: rows.length, nullCount: 0, children: children as never });
  return new RecordBatch(new Schema(fields), data);

  function listOf(of: readonly Row[], type: InstanceType<typeof List<InstanceType<typeof Float32>>>) {
    const offsets = new Int32Array(of.length + 1);
    const valid = new Uint8Array(8 * Math.ceil(of.length / 64));
    of.forEach(({ values }, at) => {
      offsets[at + 1] = (offsets[at] as number) + (values?.length ?? 0);
      if (values !== null) valid[at >> 3] = (valid[at >> 3] as number) | (1 << (at & 7));
    });
    const all = new Float32Array(offsets[of.length] as number);
    of.forEach(({ values }, at) => {
      if (values !== null) all.set(values, offsets[at]);
    });
    const child = makeData({ type: new Float32(), length: all.length, nullCount: 0, data: all });
    const nullCount = of.filter(({ values }) => values === null).length;
    return makeData({ type, length: of.length, nullCount, nullBitmap: valid, valueOffsets: offsets, child });
  }
}
