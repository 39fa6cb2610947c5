import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { Embedding } from "../compress/embedding";
import { createEmbedding } from "../compress/results";
import { embeddingShape, embeddingSize } from "../compress/settings";
import { DataError, OptionError } from "../core/errors";
import { checkList, inBrief } from "../core/images";
import { checkOptions } from "../core/options";
import { type Shown, showAs } from "../display/show";
import { type EmbeddingFacts, factsKey, parseFacts } from "./embeddingFacts";
import { type ParquetFile, openParquet, readRowGroups } from "./parquet/readFile";
import { type Cell, type Rows, names } from "./parquet/rows";

/** Embeddings on disk, read when they are asked for. */
export interface StoredEmbeddings extends EmbeddingFacts, AsyncIterable<Embedding> {
  /** The Parquet files, in the order in which they are read. */
  readonly files: readonly string[];
  readonly count: number;
  /** The names of the columns besides ids and numbers: where an image came from, labels. */
  readonly columns: readonly string[];
  /** The embeddings in batches, in the order of the files; memory does not grow with their number. */
  batches(options?: BatchOptions): AsyncIterable<Embedding>;
  /**
   * The embeddings of these ids, in this order; default: all.
   *
   * @throws DataError when an id is not there, or stands twice
   */
  read(ids?: readonly string[]): Promise<Embedding & Shown>;
  /** Every id, in the order of the files. */
  ids(): Promise<readonly string[]>;
  /**
   * A column's values by id.
   *
   * @throws OptionError when there is no such column
   */
  column(name: string): Promise<Readonly<Record<string, Cell>>>;
}

/** Options of {@link StoredEmbeddings.batches}. */
export interface BatchOptions {
  /** Only these, in the order of the files; default: all. */
  readonly ids?: Iterable<string>;
  /** Embeddings in one batch; default 64. */
  readonly batchSize?: number;
}

const where = "embeddings.open";
/** In a folder whose files tell no settings themselves, as Spark's do not, this file does. */
const factsFile = "_deepfixcx.json";

/** What {@link embeddings} can do. */
export interface EmbeddingFiles {
  /**
   * Opens a Parquet file of embeddings, or a folder of them, and reads nothing but the footers.
   *
   * @param path - FILE.parquet, or a folder whose files ending in .parquet are taken by name
   * @throws DataError naming the file: not there, no Parquet, without settings, or with others than the first
   */
  open(path: string): Promise<StoredEmbeddings & Shown>;
}

/** Embeddings that lie in files. */
export const embeddings: EmbeddingFiles = { open: openEmbeddings };

async function openEmbeddings(path: string): Promise<StoredEmbeddings & Shown> {
  const files = await Promise.all((await parquetFiles(path)).map(openParquet));
  const facts = await factsOf(files[0] as ParquetFile, path);
  for (const { file, columns, keyValues } of files) {
    const missing = [names.id, names.values].find((name) => !columns.includes(name));
    if (missing !== undefined) {
      throw new DataError({ where, file, required: `a column "${missing}"`, got: columns.join(", ") || "no columns" });
    }
    const others = keyValues.get(factsKey);
    if (others === undefined || same(parseFacts(others, file, where), facts)) continue;
    const required = `the settings of ${(files[0] as ParquetFile).file}`;
    throw new DataError({ where, file, required, got: "others", remedy: "open the files one by one" });
  }
  return storedEmbeddings(path, files, facts);
}

function storedEmbeddings(
  path: string,
  files: readonly ParquetFile[],
  facts: EmbeddingFacts,
): StoredEmbeddings & Shown {
  const count = files.reduce((sum, { rowGroups }) => rowGroups.reduce((rows, group) => rows + group.rows, sum), 0);
  async function* rows(wanted: readonly string[], ids?: ReadonlySet<string>): AsyncGenerator<Rows> {
    for (const file of files) yield* readRowGroups(file, wanted, ids);
  }
  const columns = (files[0] as ParquetFile).columns.filter((name) => name !== names.id && name !== names.values);
  async function* batches(options: BatchOptions = {}): AsyncGenerator<Embedding> {
    checkOptions<BatchOptions>("batches", options, { ids: true, batchSize: true });
    const { ids, batchSize = 64 } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new OptionError({ where: "batches", required: "batchSize of at least 1", got: inBrief(batchSize) });
    }
    const wanted = ids === undefined ? undefined : new Set(ids);
    yield* batched(rows([names.id, names.values], wanted), facts, wanted, batchSize);
  }
  const stored: StoredEmbeddings = {
    ...facts,
    ...{ files: files.map(({ file }) => file), count, columns, batches },
    [Symbol.asyncIterator]: () => batches()[Symbol.asyncIterator](),
    read: (ids) => gather(batches(ids === undefined ? {} : { ids }), facts, ids, path, count),
    async ids() {
      const all: string[] = [];
      for await (const { ids } of rows([names.id])) for (const id of ids) all.push(id);
      return all;
    },
    async column(name) {
      if (!columns.includes(name)) {
        throw new OptionError({ where: "column", required: `one of ${columns.join(", ") || "no columns"}`, got: name });
      }
      const cells: Record<string, Cell> = {};
      for await (const { ids, columns: read } of rows([names.id, name])) {
        ids.forEach((id, row) => (cells[id] = read[name]?.[row] ?? null));
      }
      return cells;
    },
  };
  return showAs(stored, {
    summary: () => summaryOf(path, stored),
    view: () => ({
      kind: "table",
      title: summaryOf(path, stored),
      columns: [{ name: "file" }, { name: "images" }],
      rows: files.map(({ file, rowGroups }) => [basename(file), rowGroups.reduce((sum, { rows }) => sum + rows, 0)]),
    }),
  });
}

/** Cuts row groups into batches, each an embedding. */
async function* batched(
  rows: AsyncIterable<Rows>,
  facts: EmbeddingFacts,
  wanted: ReadonlySet<string> | undefined,
  batchSize: number,
): AsyncGenerator<Embedding> {
  const size = embeddingSize(facts.settings, facts.imageShape);
  let ids: string[] = [];
  let values = new Float32Array(batchSize * size);
  const batch = (): Embedding =>
    createEmbedding({ ...facts, ids, values: values.subarray(0, ids.length * size) }, where);
  for await (const { ids: found, values: numbers } of rows) {
    if (numbers.length !== found.length * size) {
      const got = `${numbers.length / Math.max(found.length, 1)}`;
      throw new DataError({ where, required: `${size} numbers an image, as the settings say`, got });
    }
    for (const [row, id] of found.entries()) {
      if (wanted !== undefined && !wanted.has(id)) continue;
      values.set(numbers.subarray(row * size, (row + 1) * size), ids.length * size);
      ids.push(id);
      if (ids.length < batchSize) continue;
      yield batch();
      [ids, values] = [[], new Float32Array(batchSize * size)];
    }
  }
  if (ids.length > 0) yield batch();
}

async function gather(
  batches: AsyncIterable<Embedding>,
  facts: EmbeddingFacts,
  wanted: readonly string[] | undefined,
  path: string,
  count: number,
): Promise<Embedding & Shown> {
  if (wanted !== undefined) checkList(wanted, "read", "ids in a list", 'read(["id"])');
  const size = embeddingSize(facts.settings, facts.imageShape);
  const places = wanted === undefined ? undefined : new Map(wanted.map((id, at) => [id, at]));
  const ids: string[] = wanted === undefined ? [] : [...wanted];
  const values = new Float32Array((wanted?.length ?? count) * size);
  const seen = new Set<string>();
  for await (const batch of batches) {
    batch.ids.forEach((id, row) => {
      if (seen.has(id)) {
        throw new DataError({ where, file: path, required: "ids that are unique", got: `"${id}" twice` });
      }
      const place = places?.get(id) ?? seen.size;
      ids[place] = id;
      seen.add(id);
      values.set(batch.values.subarray(row * size, (row + 1) * size), place * size);
    });
  }
  const missing = wanted?.find((id) => !seen.has(id));
  if (missing !== undefined) {
    throw new DataError({ where, file: path, required: "ids that are there", got: `"${missing}"` });
  }
  return createEmbedding({ ...facts, ids, values: values.subarray(0, ids.length * size) }, where);
}

async function parquetFiles(path: string): Promise<readonly string[]> {
  if (/\.npy$/i.test(path)) {
    const required = "a Parquet file or a folder of them";
    throw new DataError({
      where,
      file: path,
      required,
      got: "an .npy file",
      remedy: "read it with await loadNpy(file)",
    });
  }
  const found = await stat(path).catch((cause: unknown) => {
    const required = "a Parquet file or a folder of them";
    throw new DataError({ where, file: path, required, got: "nothing there" }, { cause });
  });
  if (!found.isDirectory()) return [resolve(path)];
  const inside = (await readdir(path)).filter((name) => /^[^._].*\.parquet$/.test(name)).sort();
  if (inside.length > 0) return inside.map((name) => resolve(path, name));
  throw new DataError({ where, file: path, required: "a folder with files ending in .parquet", got: "none" });
}

async function factsOf({ file, keyValues }: ParquetFile, path: string): Promise<EmbeddingFacts> {
  const beside = await readFile(join(path, factsFile), "utf8").catch(() => undefined);
  return parseFacts(keyValues.get(factsKey) ?? beside, file, where);
}

function same(one: EmbeddingFacts, other: EmbeddingFacts): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function summaryOf(path: string, { count, settings, imageShape }: StoredEmbeddings): string {
  const shape = [count, ...embeddingShape(settings, imageShape)].join(", ");
  return `Embeddings in ${basename(path)}: ${count} images [${shape}], ${settings.wavelet}, J=${settings.level}`;
}
