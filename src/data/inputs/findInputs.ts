import { stat } from "node:fs/promises";
import { basename, dirname, resolve, sep } from "node:path";
import { DataError, OptionError } from "../../core/errors";
import { checkUnique, type Rejected } from "../../core/images";
import { mostBytes } from "../fileBytes";
import type { ImageFile } from "../imageFile";
import { commonFolder, imageKinds, relativeId } from "../imageFiles";
import { tagsOfFile } from "../dicom/readTags";
import { numberOf } from "../dicom/tags";
import { withFrames } from "../medical";
import { NothingUsable } from "../outcomes";
import { type Cell, type ColumnKind, names, originColumns } from "../parquet/rows";
import { inFolder } from "./folder";
import type { Found } from "./found";
import { type Glob, isGlob, parseGlob } from "./glob";
import { inList } from "./list";
import { refusalOfName } from "./names";
import { inZip } from "./zip";

/** The images that a command is to work on. */
export interface Inputs {
  readonly files: readonly ImageFile[];
  /** What was set aside by its name or place alone. */
  readonly rejected: readonly Rejected[];
  /** The columns that lists were asked for. */
  readonly columns: readonly ColumnKind[];
  /** The values in these columns, by id. */
  readonly cells: ReadonlyMap<string, Readonly<Record<string, Cell>>>;
}

/** What is looked for, and how. */
export interface FindOptions {
  /** The command, for messages; default `"compress"`. */
  readonly where?: string;
  /** Columns of lists to be carried over. */
  readonly columns?: readonly string[];
  /** DICOM tags to be carried over, by keyword or as `gggg,eeee`. */
  readonly tags?: readonly string[];
  /** As for reading, by which files that are too large are known. */
  readonly pixelLimit?: number | undefined;
}

/** An input and what it holds: paths are below `folder`. */
interface Input {
  readonly folder: string;
  readonly found: AsyncIterable<Found> | Iterable<Found>;
}

/**
 * Finds images, sorted by id: in files, in folders and their sub-folders, by patterns with `*`, `**`, `?`, `[]` and `{}`,
 * in zip archives, and in lists, which are csv or Parquet tables with a column of paths. An id is the path below the
 * folder that holds all inputs, an archive being a folder; lists name ids themselves.
 *
 * @throws DataError when an input does not exist or holds no image, or an id stands twice
 * @throws OptionError when columns are wanted and there is no list, or a list lacks one; for a tag that is not known, and
 * where tags are wanted and no file is one of DICOM
 */
export async function findInputs(inputs: readonly string[], options: FindOptions = {}): Promise<Inputs> {
  const { where = "compress", columns = [], tags = [], pixelLimit } = options;
  tags.forEach(numberOf);
  checkNames([...columns, ...tags], where);
  const opened = await Promise.all(inputs.map((input) => openInput(input, columns, where)));
  const { files, rejected, cells } = await gather(opened);
  if (files.length === 0) throw nothingFound(inputs, rejected, where);
  checkUnique(
    files.map(({ id }) => id),
    where,
  );
  if (columns.length > 0 && cells.size === 0) {
    const required = "a list (FILE.csv or FILE.parquet) as the input that has these columns";
    throw new OptionError({ where, required, got: `--columns ${columns.join(",")} and no list` });
  }
  files.sort((one, other) => (one.id < other.id ? -1 : 1));
  if (tags.length > 0) addTags(files, cells, { where, tags, pixelLimit });
  const images = await withFrames(files, pixelLimit);
  for (const { id, frame } of images) {
    const own = frame === undefined ? undefined : cells.get(id.slice(0, id.lastIndexOf("#")));
    if (own !== undefined) cells.set(id, own); // what is said of a file holds for its frames
  }
  const kinds = columns.map((name) => kindOf(name, cells));
  return {
    files: images,
    rejected,
    cells,
    columns: [...kinds, ...tags.map((name) => ({ name, kind: "text" }) as const)],
  };
}

/** Adds to what is known of files the values of tags, which other files than those of DICOM do not have. */
function addTags(
  files: readonly ImageFile[],
  cells: Map<string, Readonly<Record<string, Cell>>>,
  { where, tags, pixelLimit }: Required<Omit<FindOptions, "columns">>,
): void {
  const most = pixelLimit === undefined ? undefined : mostBytes(pixelLimit);
  let count = 0;
  for (const file of files) {
    const values = tagsOfFile(file, tags, most);
    if (values === undefined) continue;
    cells.set(file.id, { ...cells.get(file.id), ...values });
    count++;
  }
  if (count > 0) return;
  const got = `--tags ${tags.join(",")} and none`;
  throw new OptionError({ where, required: "DICOM files among the inputs", got, remedy: "leave --tags out" });
}

/** The files that inputs hold, with ids, and what lists say of them. */
async function gather(opened: readonly Input[]): Promise<{
  readonly files: ImageFile[];
  readonly rejected: Rejected[];
  readonly cells: Map<string, Readonly<Record<string, Cell>>>;
}> {
  const root = commonFolder(opened.map(({ folder }) => folder));
  const [files, rejected]: [ImageFile[], Rejected[]] = [[], []];
  const cells = new Map<string, Readonly<Record<string, Cell>>>();
  for (const { folder, found } of opened) {
    for await (const { path, id, file = `${folder}${sep}${path}`, packed, refusal, cells: own } of found) {
      const name = id ?? relativeId(root, file);
      if (refusal !== undefined) {
        rejected.push({ file, id: name, reason: refusal });
        continue;
      }
      files.push({ id: name, file, ...(packed === undefined ? {} : { packed }) });
      if (own !== undefined) cells.set(name, own);
    }
  }
  return { files, rejected, cells };
}

/** Names of columns that are carried over stand once, and beside those that every table has. */
function checkNames(wanted: readonly string[], where: string): void {
  const taken = new Set(["row", names.id, names.values, ...originColumns.map(({ name }) => name)]);
  for (const [at, name] of wanted.entries()) {
    if (taken.has(name)) {
      const remedy = wanted.indexOf(name) < at ? "name it once" : "rename it in the list";
      const required = `columns that stand once, besides ${[...taken].join(", ")}`;
      throw new OptionError({ where, required, got: `"${name}"`, remedy });
    }
    taken.add(name);
  }
}

async function openInput(input: string, columns: readonly string[], where: string): Promise<Input> {
  const path = resolve(input);
  const there = await stat(path).catch(() => undefined);
  if (there === undefined && isGlob(input)) {
    const glob = parseGlob(input, where);
    if (await stat(glob.folder).catch(() => undefined)) return { folder: resolve(glob.folder), found: inPattern(glob) };
  }
  if (there === undefined) {
    const required = "a file, folder, pattern, list or archive";
    throw new DataError({ where, file: path, required, got: "nothing there" });
  }
  if (there.isDirectory()) return { folder: path, found: inFolder(path) };
  if (/\.(csv|parquet)$/i.test(path)) return { folder: dirname(path), found: inList(path, columns, where) };
  if (isZip(path)) return { folder: path, found: inZip(path) };
  const refusal = refusalOfName(path);
  const found = { path: basename(path), ...(refusal === undefined ? {} : { refusal }) };
  return { folder: dirname(path), found: [found] };
}

/** The images and archives that a pattern matches. */
async function* inPattern({ folder, matches, enters }: Glob): AsyncGenerator<Found> {
  for await (const found of inFolder(folder, matches, enters)) {
    if (found.refusal !== undefined || !isZip(found.path)) yield found;
    else {
      for await (const packed of inZip(resolve(folder, found.path))) {
        yield packed.path === "" ? packed : { ...packed, path: `${found.path}/${packed.path}` };
      }
    }
  }
}

function isZip(name: string): boolean {
  return /\.zip$/i.test(name);
}

function kindOf(name: string, cells: Inputs["cells"]): ColumnKind {
  const numeric = [...cells.values()].every((row) => typeof (row[name] ?? 0) === "number");
  return { name, kind: numeric ? "number" : "text" };
}

function nothingFound(inputs: readonly string[], rejected: readonly Rejected[], where: string): NothingUsable {
  const [first] = rejected;
  const file = inputs.map((input) => resolve(input)).join(", ");
  const got = first === undefined ? "none" : `none that can be used, the first ${first.id}: ${first.reason}`;
  return new NothingUsable({ where, file, required: `at least one ${imageKinds}`, got }, rejected);
}
