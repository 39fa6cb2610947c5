import { readFile } from "node:fs/promises";
import { basename, dirname, posix, resolve } from "node:path";
import { DataError, OptionError } from "../core/errors";
import { checkList } from "../core/images";
import { checkOptions, type OptionNames } from "../core/options";
import type { Shown } from "../display/show";
import { makeDataset, type Dataset } from "./dataset";
import type { ImageFile } from "./imageFile";
import { checkTwoClasses, type Groups, type Labels, type Split } from "./labels";
import { streamFiles } from "./readImages";
import { readNames, type ReadOptions } from "./readSettings";
import type { TableColumn } from "./table";

/** Options of `datasets.csv`. */
export interface CsvOptions extends ReadOptions {
  /** Default: the name of the folder that holds the file. */
  readonly name?: string;
  /** The folder below which the files of `fileColumn` lie; default: that of the csv file. */
  readonly root?: string;
  /** Column with the image's path; default: the first called file, filename, path, image or image_name. */
  readonly fileColumn?: string;
  /** Column with the image's id; default: the path as written. */
  readonly idColumn?: string;
  /** Column with the patient; default: the first called patient, patient_id, patientid or subject, if any. */
  readonly patientColumn?: string;
  /** Columns with a finding each: 1 there, 0 not, -1 uncertain. Default: every other column that holds nothing else. */
  readonly labelColumns?: readonly string[];
  /** Column with the name of the one class of the image, instead of `labelColumns`. */
  readonly classColumn?: string;
  /** What an empty label means; default: an error. */
  readonly missing?: "error" | "negative" | "uncertain";
  /** Where the images come from and under which licence; default: that it is not stated. */
  readonly source?: string;
  /** What a user must know. */
  readonly notes?: readonly string[];
  /** The split to be kept with the data set, made from its labels and patients; default: none. */
  readonly split?: (labels: Labels, groups?: Groups) => Split;
}

/** The values of one line by the names of their columns. */
export type Row = Readonly<Record<string, string>>;

const fileNames = ["file", "filename", "file_name", "path", "image", "image_name"];
const patientNames = ["patient", "patient_id", "patientid", "subject", "subject_id"];
/** Never findings, even where a small table holds nothing but 0 and 1 in them. */
const otherNames = ["id", "study", "series", "view", "age", "sex", "fold", "split", "index", ""];
/** A column of more different words is not meant for a finding. */
const mostWords = 8;
const labelWords = new Map([
  ["1", 1],
  ["1.0", 1],
  ["0", 0],
  ["0.0", 0],
  ["-1", Number.NaN],
  ["-1.0", Number.NaN],
]);

const names: OptionNames<CsvOptions> = {
  ...{ ...readNames, name: true, root: true, fileColumn: true, idColumn: true, patientColumn: true },
  ...{ labelColumns: true, classColumn: true, missing: true, source: true, notes: true, split: true },
};

/**
 * A data set that a table describes, one row an image. One label column makes `binary` labels, several make `multi`, a
 * class column makes `single`.
 *
 * @throws DataError naming file and row: no table, a label that is missing or none of 1, 0 and -1, an id that stands
 * twice, one class only
 * @throws OptionError naming a column that is not there or has to be named
 */
export async function csvDataset(file: string, options: CsvOptions = {}): Promise<Dataset & Shown> {
  checkOptions("datasets.csv", options, names);
  const path = resolve(file);
  return tableDataset({ path, ...(await readCsv(path)) }, options);
}

/** Rows of a table as they are written, and the file they come from. */
export interface CsvTable {
  readonly path: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/** As {@link csvDataset}, of rows that were read already. */
export function tableDataset({ path, columns, rows }: CsvTable, options: CsvOptions): Dataset & Shown {
  const fileColumn = findColumn(path, columns, "fileColumn", options.fileColumn, fileNames);
  const patientColumn = findOptional(path, columns, "patientColumn", options.patientColumn, patientNames);
  const { idColumn, root = dirname(path) } = options;
  if (idColumn !== undefined) findColumn(path, columns, "idColumn", idColumn, []);
  const used = [fileColumn, patientColumn, idColumn].filter((name) => name !== undefined);
  const ids = rows.map((row) => row[idColumn ?? fileColumn] as string).map((id) => posix.normalize(id));
  const labels = readLabels({ path, columns, rows, ids, used, options });
  checkTwoClasses(labels, `datasets.csv: ${path}`);
  const groups = patientColumn === undefined ? undefined : readGroups(path, rows, ids, patientColumn);
  const fileOf = new Map(rows.map((row, at) => [ids[at] as string, resolve(root, row[fileColumn] as string)]));
  const rest = columns.filter((name) => !used.includes(name) && !labels.classes.includes(name));
  return makeDataset({
    name: options.name ?? basename(dirname(path)),
    synthetic: false,
    labels,
    ...(groups === undefined ? {} : { groups }),
    ...(options.split === undefined ? {} : { split: options.split(labels, groups) }),
    files: Object.fromEntries(fileOf),
    source: options.source ?? `Images listed in ${basename(path)}; source and licence not stated.`,
    notes: options.notes ?? [],
    columns: Object.fromEntries(rest.map((name) => [name, typed(rows.map((row) => row[name] as string))])),
    stream: (wanted, { batchSize }) =>
      streamFiles(
        wanted.map((id): ImageFile => ({ id, file: fileOf.get(id) as string })),
        { ...options, ...(batchSize === undefined ? {} : { batchSize }) },
      ),
  });
}

/**
 * The rows of a csv file with a header line, every value as it is written.
 *
 * @param where - who asks, for messages
 * @throws DataError when the file is not there, is no table, or has no rows
 */
export async function readCsv(
  path: string,
  where = "datasets.csv",
): Promise<{ readonly columns: readonly string[]; readonly rows: readonly Row[] }> {
  const { parse } = await import("csv-parse/sync");
  const text = await readTable(path, where);
  checkSeparator(path, text, where);
  try {
    const records = parse(text, { bom: true, record_delimiter: lineEnds, skip_empty_lines: true, trim: true });
    const [columns = [], ...lines] = records;
    if (lines.length === 0) throw new Error("no rows below the header");
    return {
      columns,
      rows: lines.map((line) => Object.fromEntries(columns.map((name, at) => [name, line[at] ?? ""]))),
    };
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new DataError({ where, file: path, required: tableOfCommas, got }, { cause });
  }
}

const tableOfCommas = "a table with a header line, values separated by commas";
const lineEnds = ["\r\n", "\n", "\r"]; // which may stand in one file where several programs have written to it
const separators = { ";": "semicolons", "\t": "tabs", "|": "bars" } as const;

/** A header of one column that holds what others separate values by is taken for several columns. */
function checkSeparator(path: string, text: Buffer, where: string): void {
  const header = /^[^\r\n]*/.exec(text.toString("utf8", 0, 65536))?.[0] ?? "";
  const found = Object.entries(separators).find(([separator]) => !header.includes(",") && header.includes(separator));
  if (found === undefined) return;
  const got = `values separated by ${found[1]}`;
  throw new DataError({ where, file: path, required: tableOfCommas, got, remedy: "save it with commas" });
}

async function readTable(path: string, where: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const got =
      code === "ENOENT" ? "no such file" : code === "EISDIR" ? "a folder" : `one that cannot be read (${code})`;
    throw new DataError({ where, file: path, required: "a table to read", got }, { cause });
  }
}

interface LabelSource {
  readonly path: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  readonly ids: readonly string[];
  readonly used: readonly string[];
  readonly options: CsvOptions;
}

function readLabels(source: LabelSource): Labels {
  const { path, columns, options } = source;
  const { classColumn } = options;
  if (classColumn !== undefined) {
    return classLabels(source, findColumn(path, columns, "classColumn", classColumn, []));
  }
  const { labelColumns } = options;
  if (labelColumns !== undefined) {
    checkList(labelColumns, "datasets.csv", "names of labelColumns in a list", 'labelColumns: ["pneumonia"]');
  }
  const found = labelColumns ?? columns.filter((name) => looksLikeFinding(source, name));
  for (const name of found) findColumn(path, columns, "labelColumns", name, []);
  if (found.length === 0) {
    throw new OptionError({
      where: `datasets.csv: ${path}`,
      required: "a column of findings (1 there, 0 not, -1 uncertain)",
      got: `columns ${columns.map((name) => withWords(source, name)).join(", ")}`,
      remedy: "write findings as numbers, or name a column of words with classColumn",
    });
  }
  return findingLabels(source, found);
}

/** A column's name, with what it holds where that could be meant for a finding. */
function withWords({ rows, used }: LabelSource, name: string): string {
  const words = distinctWords(rows, name);
  return isNoFinding(used, name) || words.length > mostWords ? name : `${name} (${words.join(", ")})`;
}

function distinctWords(rows: readonly Row[], name: string): string[] {
  return [...new Set(rows.map((row) => `"${row[name]}"`))];
}

function isNoFinding(used: readonly string[], name: string): boolean {
  return used.includes(name) || [...otherNames, ...fileNames, ...patientNames].includes(name.toLowerCase());
}

function looksLikeFinding({ rows, used }: LabelSource, name: string): boolean {
  if (isNoFinding(used, name)) return false;
  const words = rows.map((row) => row[name] as string);
  return words.some((word) => word !== "") && words.every((word) => word === "" || labelWords.has(word));
}

function findingLabels(source: LabelSource, classes: readonly string[]): Labels {
  const { rows, ids } = source;
  const values = new Float32Array(rows.length * classes.length);
  rows.forEach((row, at) =>
    classes.forEach((name, k) => (values[at * classes.length + k] = finding(source, at, name, row[name] as string))),
  );
  return { kind: classes.length === 1 ? "binary" : "multi", classes, values, ids };
}

function finding({ path, rows, ids, options }: LabelSource, at: number, name: string, word: string): number {
  const { missing = "error" } = options;
  if (word === "" && missing === "negative") return 0;
  if (word === "" && missing === "uncertain") return Number.NaN;
  const value = labelWords.get(word);
  if (value !== undefined) return value;
  throw new DataError({
    where: "datasets.csv",
    file: path,
    required: `1, 0 or -1 (uncertain) in column ${name}`,
    got: `${word === "" ? "nothing" : `"${word}"`} for "${ids[at]}"`,
    remedy: word === "" ? 'fill it, or pass missing: "negative" or "uncertain"' : remedyOfWords(rows, name),
  });
}

function remedyOfWords(rows: readonly Row[], name: string): string {
  const words = distinctWords(rows, name);
  if (words.length > mostWords) return "correct the row";
  return `it holds ${words.join(", ")}: write numbers, or take them as classes with classColumn: "${name}"`;
}

function classLabels({ path, rows, ids }: LabelSource, column: string): Labels {
  const empty = rows.findIndex((row) => row[column] === "");
  if (empty >= 0) {
    throw new DataError({
      where: "datasets.csv",
      file: path,
      required: `a class in column ${column}`,
      got: `nothing for "${ids[empty]}"`,
      remedy: "fill it or leave the row out",
    });
  }
  const names = rows.map((row) => row[column] as string);
  const classes = [...new Set(names)].sort();
  const values = new Float32Array(rows.length * classes.length);
  names.forEach((name, at) => (values[at * classes.length + classes.indexOf(name)] = 1));
  return { kind: "single", classes, values, ids };
}

function readGroups(path: string, rows: readonly Row[], ids: readonly string[], column: string): Groups {
  const nameless = rows.findIndex((row) => row[column] === "");
  if (nameless >= 0) {
    throw new DataError({
      where: "datasets.csv",
      file: path,
      required: `a patient in column ${column}`,
      got: `nothing for "${ids[nameless]}"`,
      remedy: "fill it or leave the row out",
    });
  }
  return Object.fromEntries(rows.map((row, at) => [ids[at] as string, row[column] as string]));
}

function findColumn(
  path: string,
  columns: readonly string[],
  option: string,
  wanted: string | undefined,
  usual: readonly string[],
): string {
  const found = findOptional(path, columns, option, wanted, usual);
  if (found !== undefined) return found;
  throw noColumn(path, columns, option, `one of ${usual.join(", ")}`);
}

function findOptional(
  path: string,
  columns: readonly string[],
  option: string,
  wanted: string | undefined,
  usual: readonly string[],
): string | undefined {
  if (wanted === undefined) return columns.find((name) => usual.includes(name.toLowerCase()));
  if (columns.includes(wanted)) return wanted;
  throw noColumn(path, columns, option, `"${wanted}"`);
}

function noColumn(path: string, columns: readonly string[], option: string, required: string): OptionError {
  return new OptionError({
    where: `datasets.csv: ${path}`,
    required: `a column ${required}`,
    got: columns.join(", "),
    remedy: `name it with ${option}`,
  });
}

/** Whether a word is a number: "00017" is a name, and so are more digits than double precision holds. */
export function isNumberWord(word: string): boolean {
  return /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i.test(word) && !/^-?\d{16,}$/.test(word);
}

/** Numbers where every value is one. */
function typed(words: readonly string[]): TableColumn {
  const filled = words.filter((word) => word !== "");
  if (filled.length === 0 || !filled.every(isNumberWord)) return words;
  return words.map((word) => (word === "" ? Number.NaN : Number(word)));
}
