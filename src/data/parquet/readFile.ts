import { type FileHandle, open } from "node:fs/promises";
import { DataError } from "../../core/errors";
import { decodeColumns, decodeRows } from "./decode";
import { type Footer, type RowGroup, fileOf, footerLength, magic, readFooter, tailBytes, withColumns } from "./footer";
import { type Rows, names } from "./rows";

/** A Parquet file whose footer has been read. */
export interface ParquetFile extends Footer {
  readonly file: string;
}

/**
 * Reads the footer of a Parquet file.
 *
 * @throws DataError when it is not there, or no whole Parquet file
 */
export async function openParquet(file: string): Promise<ParquetFile> {
  const handle = await openOrRefuse(file);
  try {
    const { size } = await handle.stat();
    const tail = size < magic.length + tailBytes ? undefined : await readAt(handle, size - tailBytes, size);
    const length = tail === undefined ? undefined : footerLength(tail);
    if (length === undefined || length > size - tailBytes - magic.length) {
      throw refuse(file, "a whole Parquet file", "another, or one without its end");
    }
    const footer = readFooter(await readAt(handle, size - tailBytes - length, size - tailBytes));
    if (footer.rowGroups.some(({ end }) => end > size)) throw refuse(file, "a whole Parquet file", "one cut short");
    return { file, ...footer };
  } finally {
    await handle.close();
  }
}

/** The rows of every row group in which one of `wanted` is, one row group in memory at a time. */
export async function* readRowGroups(
  parquet: ParquetFile,
  columns: readonly string[],
  wanted?: ReadonlySet<string>,
): AsyncGenerator<Rows> {
  const handle = await openOrRefuse(parquet.file);
  const [some, onlyIds] = [withColumns(parquet, columns), withColumns(parquet, [names.id])];
  const read = async (footer: Footer, at: number): Promise<Rows[]> => {
    const rowGroup = footer.rowGroups[at] as RowGroup;
    return decodeRows(fileOf(footer, rowGroup, await readAt(handle, rowGroup.start, rowGroup.end)), parquet.file);
  };
  try {
    for (const at of parquet.rowGroups.keys()) {
      if (wanted !== undefined) {
        const ids = (await read(onlyIds, at)).flatMap((rows) => rows.ids);
        if (!ids.some((id) => wanted.has(id))) continue;
      }
      yield* await read(some, at);
    }
  } finally {
    await handle.close();
  }
}

/** Some columns of a table that need not be one of embeddings, a row group at a time. */
export async function* readColumns(parquet: ParquetFile, columns: readonly string[]): AsyncGenerator<Rows["columns"]> {
  const footer = withColumns(parquet, columns);
  const handle = await openOrRefuse(parquet.file);
  try {
    for (const rowGroup of footer.rowGroups) {
      const bytes = await readAt(handle, rowGroup.start, rowGroup.end);
      yield* decodeColumns(fileOf(footer, rowGroup, bytes), parquet.file);
    }
  } finally {
    await handle.close();
  }
}

async function readAt(handle: FileHandle, from: number, to: number): Promise<Uint8Array> {
  const bytes = Buffer.alloc(to - from);
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, at, Math.min(bytes.length - at, 1 << 30), from + at);
    if (bytesRead === 0) return bytes.subarray(0, at);
    at += bytesRead;
  }
  return bytes;
}

async function openOrRefuse(file: string): Promise<FileHandle> {
  return open(file).catch((cause: unknown) => {
    throw refuse(file, "a Parquet file", "nothing that can be opened", cause);
  });
}

function refuse(file: string, required: string, got: string, cause?: unknown): DataError {
  return new DataError({ where: "embeddings.open", file, required, got }, { cause });
}
