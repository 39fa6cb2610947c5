import { type CompressOptions, compressBatches, compressNames } from "../compress/compress";
import type { EmbeddingShape } from "../compress/embedding";
import type { Guarantee } from "../compress/noise/guarantee";
import { type ImageShape, embeddingShape, embeddingSize, toSettings } from "../compress/settings";
import { DataError, OptionError, ShapeError } from "../core/errors";
import { checkOptions } from "../core/options";
import type { Images } from "../core/images";
import { factsJson, factsKey } from "./embeddingFacts";
import { magic } from "./parquet/footer";
import { Pieces } from "./parquet/pieces";
import { ParquetWriter, rowsOfGroup } from "./parquet/writer";
import { idsFile, npyHeader, settingsFile } from "./npy";
import type { FileStream } from "./readImages";
import { csvLine, writeFiles } from "./writeFiles";

/** What {@link compressTo} wrote. */
export interface CompressedFile {
  readonly file: string;
  /** The shape of the numbers in it. */
  readonly shape: EmbeddingShape;
}

/** What {@link compressTo} takes: as compress, but for a buffer. */
export type CompressToOptions = Omit<CompressOptions, "out">;

const where = "compressTo";
// Room for the number of images, which is known at the end: a header with this many is as long as any.
const mostImages = 1e15;

/**
 * Compresses a stream to a file, batch by batch, so that memory does not grow with its length.
 *
 * - FILE.npy: what saveNpy writes of an embedding, all three files together or none; loadNpy reads them. Of images from
 *   files the table of ids also tells the decoder, `own` or `sharp`.
 * - FILE.parquet: a column `id`, and `embedding`, a fixed-size list of float32 `[channel, subBand, patchRow, patchCol,
 *   pooling]`; settings and version in the file's metadata under `deepfixcx`. `embeddings.open` reads it.
 *
 * @param file - ends in .npy or .parquet
 * @param images - batches `[image, channel, row, col]` of one shape
 * @throws OptionError when the name ends otherwise, and what compress throws
 * @throws DataError when a file cannot be written or an id stands twice
 */
export async function compressTo(
  file: string,
  images: Images | AsyncIterable<Images>,
  options: CompressToOptions,
): Promise<CompressedFile> {
  if (!/\.(npy|parquet)$/.test(file)) {
    throw new OptionError({ where, required: "a file ending in .npy or .parquet", got: file });
  }
  const settings = toSettings(options, where);
  checkOptions(where, options, compressNames);
  const ids = new Set<string>();
  let [imageShape, guarantee]: [ImageShape | undefined, Guarantee | undefined] = [undefined, undefined];

  async function* pieces(): AsyncGenerator<Uint8Array> {
    for await (const batch of compressBatches(images, options)) {
      if (imageShape === undefined) yield headerOf(mostImages, batch.imageShape);
      ({ imageShape, guarantee } = batch);
      for (const id of batch.ids) addOnce(ids, id);
      yield new Uint8Array(batch.values.buffer, batch.values.byteOffset, batch.values.byteLength);
    }
    if (imageShape === undefined) throw new ShapeError({ where, required: "at least one batch", got: "none" });
  }
  async function* parquetPieces(): AsyncGenerator<Uint8Array> {
    const writer = new ParquetWriter([]);
    let rows: Pieces | undefined;
    yield magic;
    for await (const batch of compressBatches(images, options)) {
      ({ imageShape, guarantee } = batch);
      const size = embeddingSize(settings, imageShape);
      rows ??= new Pieces(rowsOfGroup(size), size, []);
      for (const id of batch.ids) addOnce(ids, id);
      for (const piece of rows.add({ ids: batch.ids, values: batch.values, columns: {} })) yield writer.add(piece);
    }
    if (rows === undefined) throw new ShapeError({ where, required: "at least one batch", got: "none" });
    for (const piece of rows.rest()) yield writer.add(piece);
    yield writer.end(new Map([[factsKey, factsJson({ settings, imageShape: shapeSeen(), guarantee })]]));
  }
  const headerOf = (count: number, shape: ImageShape): Uint8Array =>
    npyHeader([count, ...embeddingShape(settings, shape)]);
  const shapeSeen = (): ImageShape => imageShape as ImageShape;
  const beginning = (): Uint8Array => sameLength(headerOf(ids.size, shapeSeen()), headerOf(mostImages, shapeSeen()));

  if (file.endsWith(".parquet")) await writeFiles([{ file, pieces: parquetPieces() }]);
  else {
    await writeFiles([
      { file, pieces: pieces(), beginning },
      { file: idsFile(file), pieces: idLines(ids, images) },
      { file: settingsFile(file), pieces: settingsText(() => ({ settings, imageShape, guarantee })) },
    ]);
  }
  return { file, shape: [ids.size, ...embeddingShape(settings, shapeSeen())] };
}

function addOnce(ids: Set<string>, id: string): void {
  if (ids.has(id)) {
    const remedy = "give every image an id of its own";
    throw new DataError({ where, required: "ids that are unique", got: `"${id}" twice`, remedy });
  }
  ids.add(id);
}

/** The table of ids; of images from files also which decoder read them. */
function* idLines(ids: ReadonlySet<string>, images: object): Generator<string> {
  const bySharp = "bySharp" in images ? new Set((images as FileStream).bySharp) : undefined;
  yield csvLine(["row", "id", ...(bySharp === undefined ? [] : ["decoder"])]);
  let row = 0;
  for (const id of ids) {
    yield csvLine([row++, id, ...(bySharp === undefined ? [] : [bySharp.has(id) ? "sharp" : "own"])]);
  }
}

function* settingsText(facts: () => object): Generator<string> {
  yield `${JSON.stringify(facts(), undefined, 2)}\n`;
}

/** A header padded with spaces before its newline to another's length, as the format allows. */
function sameLength(header: Uint8Array, long: Uint8Array): Uint8Array {
  if (header.length === long.length) return header;
  const padded = new Uint8Array(long.length).fill(0x20);
  padded.set(header.subarray(0, -1));
  padded[padded.length - 1] = 0x0a;
  new DataView(padded.buffer).setUint16(8, padded.length - 10, true);
  return padded;
}
