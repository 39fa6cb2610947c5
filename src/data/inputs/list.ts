import { basename, dirname, posix, resolve } from "node:path";
import { DataError, OptionError } from "../../core/errors";
import { isNumberWord, readCsv } from "../csv";
import { openParquet, readColumns } from "../parquet/readFile";
import type { Cell } from "../parquet/rows";
import type { Found } from "./found";
import { refusalOfName } from "./names";

const fileNames = ["file", "filename", "file_name", "path", "image", "image_name", "source"];

/**
 * The images that a table names, one a row: a column with the path (file, filename, path, image, image_name or source),
 * below the table's folder where it does not begin at the root, and perhaps `id`; without it the path is the id.
 *
 * @param columns - of the table, that are wanted beside the ids
 * @param where - the command, for messages
 * @throws DataError when the table cannot be read
 * @throws OptionError when it has no column of paths, or not the columns that are wanted
 */
export async function* inList(list: string, columns: readonly string[], where: string): AsyncGenerator<Found> {
  const isCsv = list.toLowerCase().endsWith(".csv");
  const { names, rows } = isCsv ? await csvRows(list, where) : await parquetRows(list, columns, where);
  const fileColumn = names.find((name) => fileNames.includes(name.toLowerCase()));
  const missing = columns.find((name) => !names.includes(name));
  if (fileColumn === undefined || missing !== undefined) {
    const required = missing === undefined ? `a column called ${fileNames.join(", ")}` : `a column "${missing}"`;
    throw new OptionError({ where: `${where}: ${list}`, required, got: names.join(", ") });
  }
  for (const row of rows) {
    const file = String(row[fileColumn] ?? "");
    const id = row["id"];
    const cells = Object.fromEntries(columns.map((name) => [name, row[name] ?? null]));
    const refusal = file === "" ? "a path in every row, got none" : refusalOfName(file);
    yield {
      path: posix.normalize(file),
      id: id === undefined || id === null || id === "" ? posix.normalize(file) : String(id),
      file: resolve(dirname(list), file),
      cells,
      ...(refusal === undefined ? {} : { refusal }),
    };
  }
}

interface Table {
  readonly names: readonly string[];
  readonly rows: Iterable<Readonly<Record<string, Cell>>>;
}

async function csvRows(list: string, where: string): Promise<Table> {
  const { columns, rows } = await readCsv(list, where);
  const numeric = new Set(
    columns.filter((name) => rows.every(({ [name]: word = "" }) => word === "" || isNumberWord(word))),
  );
  const cell = (name: string, word: string): Cell => (word === "" ? null : numeric.has(name) ? Number(word) : word);
  const ofText = (name: string): boolean => name === "id" || fileNames.includes(name.toLowerCase());
  return {
    names: columns,
    rows: rows.map((row) =>
      Object.fromEntries(columns.map((name) => [name, ofText(name) ? (row[name] ?? "") : cell(name, row[name] ?? "")])),
    ),
  };
}

async function parquetRows(list: string, wanted: readonly string[], where: string): Promise<Table> {
  const parquet = await openParquet(list);
  const names = parquet.columns;
  const read = names.filter((name) => name === "id" || wanted.includes(name) || fileNames.includes(name.toLowerCase()));
  if (read.length === 0) throw new DataError({ where, file: list, required: "a list", got: basename(list) });
  const rows: Record<string, Cell>[] = [];
  for await (const columns of readColumns(parquet, read)) {
    const count = columns[read[0] as string]?.length ?? 0;
    for (let row = 0; row < count; row++) {
      rows.push(Object.fromEntries(read.map((name) => [name, columns[name]?.[row] ?? null])));
    }
  }
  return { names, rows };
}
