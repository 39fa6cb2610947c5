import { once } from "node:events";
import type { Data, RecordBatch } from "apache-arrow";
import { compress } from "../../compress/compress";
import { type CompressSettings, checkFit } from "../../compress/settings";
import { DataError, ShapeError } from "../../core/errors";
import { arrow } from "../../core/packages";
import type { Decoded } from "../centre";
import { decodeBytes } from "../decode";
import { mostBytes } from "../fileBytes";
import { FrameFile } from "../frameFile";
import type { ImageFile } from "../imageFile";
import { withFrames } from "../medical";
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
interface Row extends ImageFile {
  sha256: string | null;
  decoder: string | null;
  image: Decoded | undefined;
  values: Float32Array | null;
  error: string | null;
}

/**
 * Compresses for an engine on many machines. Reads an Arrow stream with text columns `id` and `file`, and perhaps the
 * number `frame`; for every batch writes one of as many rows, in the same order, before it reads the next. A bad image is
 * a row with an error.
 *
 * @throws DataError when the stream has no such columns
 */
export async function embedRows(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  { settings, read, like }: EmbedOptions,
): Promise<void> {
  let first = like === undefined ? undefined : usableOf(like);
  const frameFile = new FrameFile();
  await answerBatches(input, output, async (batch) => {
    const rows = filesOf(batch).map(newRow);
    for (const row of rows) {
      await orNote(row, async () => {
        const usable = await decodeRow(row, read, frameFile);
        if (first !== undefined) checkAlike(first, usable);
        checkFit(settings, usable.shape, "compress"); // also where it is told what all must be like
        first ??= usable;
      });
    }
    await compressRows(rows, settings);
    return batchOf(rows);
  });
}

/**
 * Tells the images of files: reads an Arrow stream with text columns `id` and `file`; for every batch writes one with
 * `row`, the place of the file in the batch, the image's `id`, and `frame`, null where the file holds one image.
 *
 * @throws DataError when the stream has no such columns
 */
export async function listFrames(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  { pixelLimit }: ReadSettings,
): Promise<void> {
  const { Int32, Utf8, vectorFromArray } = arrow();
  await answerBatches(input, output, async (batch) => {
    const [rows, images]: [number[], ImageFile[]] = [[], []];
    for (const [row, file] of filesOf(batch).entries()) {
      for (const image of await withFrames([file], pixelLimit)) {
        images.push(image);
        rows.push(row);
      }
    }
    const frames = images.map(({ frame = null }) => frame);
    return tableBatch({
      row: vectorFromArray(rows, new Int32()).data[0],
      id: vectorFromArray(
        images.map(({ id }) => id),
        new Utf8(),
      ).data[0],
      frame: vectorFromArray(frames, new Int32()).data[0],
    });
  });
}

async function answerBatches(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  answer: (batch: RecordBatch) => Promise<RecordBatch>,
): Promise<void> {
  let bytes: Uint8Array | undefined;
  for await (const batch of await arrow().RecordBatchReader.from(input)) {
    const isFirst = bytes === undefined;
    bytes = streamOf(await answer(batch));
    await put(output, bytes.subarray(isFirst ? 0 : schemaBytes(bytes), -endBytes));
  }
  if (bytes !== undefined) await put(output, bytes.subarray(-endBytes));
}

// Arrow's writer holds what nobody has taken yet, however much that is, so that each batch is a stream of its own, of which
// the schema stands before the first and the end behind the last.
function streamOf(batch: RecordBatch): Uint8Array {
  return arrow().RecordBatchStreamWriter.writeAll([batch]).toUint8Array(true);
}

/** The bytes of the message at the beginning: a mark, the length of the rest, and the schema (Arrow columnar format). */
function schemaBytes(stream: Uint8Array): number {
  return 8 + new DataView(stream.buffer, stream.byteOffset).getInt32(4, true);
}

const endBytes = 8;

/** Writes, and waits until the reader has taken most of what was written. */
async function put(output: NodeJS.WritableStream, bytes: Uint8Array): Promise<void> {
  if (!output.write(bytes)) await once(output, "drain");
}

/** A batch of columns, every one of which may hold nulls. */
function tableBatch(columns: Readonly<Record<string, Data | undefined>>): RecordBatch {
  const { Field, RecordBatch, Schema, Struct, makeData } = arrow();
  const children = Object.values(columns) as Data[];
  const fields = Object.keys(columns).map((name, at) => new Field(name, (children[at] as Data).type, true));
  const length = children[0]?.length ?? 0;
  const data = makeData({ type: new Struct(fields), length, nullCount: 0, children: children as never });
  return new RecordBatch(new Schema(fields), data);
}

function newRow(image: ImageFile): Row {
  return { ...image, sha256: null, decoder: null, image: undefined, values: null, error: null };
}

async function decodeRow(row: Row, read: ReadSettings, frameFile: FrameFile): Promise<Usable> {
  const { id, file, frame } = row;
  const imageFile = { id, file, ...(frame === undefined ? {} : { frame }) };
  const { bytes, sha256 } = frameFile.read(imageFile, mostBytes(read.pixelLimit));
  row.sha256 = sha256;
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

function filesOf(batch: RecordBatch): readonly ImageFile[] {
  const [ids, files, frames] = [textOf(batch, "id"), textOf(batch, "file"), batch.getChild("frame")];
  return ids.map((id, at) => {
    const frame = frames?.get(at) as number | bigint | null | undefined;
    return {
      id,
      file: files[at] as string,
      ...(frame === undefined || frame === null ? {} : { frame: Number(frame) }),
    };
  });
}

function textOf(batch: RecordBatch, name: string): readonly string[] {
  const vector = batch.getChild(name);
  if (vector !== null) return [...vector].map(String);
  const got = batch.schema.names.join(", ");
  throw new DataError({ where: "worker", required: `a column "${name}" in the stream`, got });
}

function batchOf(rows: readonly Row[]): RecordBatch {
  const { Utf8, vectorFromArray } = arrow();
  const text = (words: readonly (string | null)[]) => vectorFromArray([...words], new Utf8()).data[0];
  const ofUsable = (word: (row: Row) => string | null) =>
    text(rows.map((row) => (row.error === null ? word(row) : null)));
  return tableBatch({
    id: text(rows.map(({ id }) => id)),
    source: text(rows.map(({ file }) => file)),
    sha256: ofUsable(({ sha256 }) => sha256),
    decoder: ofUsable(({ decoder }) => decoder),
    kind: ofUsable(kindOf),
    embedding: listsOf(rows),
    error: text(rows.map(({ error }) => error)),
  });
}

function listsOf(rows: readonly Row[]): Data {
  const { Field, Float32, List, makeData } = arrow();
  const valueOffsets = new Int32Array(rows.length + 1);
  const nullBitmap = new Uint8Array(8 * Math.ceil(rows.length / 64));
  rows.forEach(({ values }, at) => {
    valueOffsets[at + 1] = (valueOffsets[at] as number) + (values?.length ?? 0);
    if (values !== null) nullBitmap[at >> 3] = (nullBitmap[at >> 3] as number) | (1 << (at & 7));
  });
  const all = new Float32Array(valueOffsets[rows.length] as number);
  rows.forEach(({ values }, at) => {
    if (values !== null) all.set(values, valueOffsets[at]);
  });
  const child = makeData({ type: new Float32(), length: all.length, nullCount: 0, data: all });
  const nullCount = rows.filter(({ values }) => values === null).length;
  const type = new List(new Field("item", new Float32(), false));
  return makeData({ type, length: rows.length, nullCount, nullBitmap, valueOffsets, child });
}
