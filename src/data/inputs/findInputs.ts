import { stat } from "node:fs/promises";
import { basename, dirname, resolve, sep } from "node:path";
import { DataError, OptionError } from "../../core/errors";
import { checkUnique } from "../../core/images";
import type { ImageFile } from "../imageFile";
import { commonFolder, imageKinds, relativeId } from "../imageFiles";
import { withFrames } from "../medical";
import type { Rejected } from "../outcomes";
import type { Cell, ColumnKind } from "../parquet/rows";
import { inFolder } from "./folder";
import type { Found } from "./found";
import { isGlob, parseGlob } from "./glob";
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
 * @param columns - of lists, to be carried over
 * @throws DataError when an input does not exist or holds no image, or an id stands twice
 * @throws OptionError when columns are wanted and there is no list, or a list lacks one
 */
export async function findInputs(inputs: readonly string[], columns: readonly string[] = []): Promise<Inputs> {
  const opened = await Promise.all(inputs.map((input) => openInput(input, columns)));
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
  if (files.length === 0) throw nothingFound(inputs, rejected);
  checkUnique(
    files.map(({ id }) => id),
    "compress",
  );
  if (columns.length > 0 && cells.size === 0) {
    const required = "a list (FILE.csv or FILE.parquet) as the input that has these columns";
    throw new OptionError({ where: "compress", required, got: `--columns ${columns.join(",")} and no list` });
  }
  files.sort((one, other) => (one.id < other.id ? -1 : 1));
  const images = await withFrames(files);
  for (const { id, frame } of images) {
    const own = frame === undefined ? undefined : cells.get(id.slice(0, id.lastIndexOf("#")));
    if (own !== undefined) cells.set(id, own); // what a list says of a file holds for its frames
  }
  return { files: images, rejected, cells, columns: columns.map((name) => kindOf(name, cells)) };
}

async function openInput(input: string, columns: readonly string[]): Promise<Input> {
  const path = resolve(input);
  const there = await stat(path).catch(() => undefined);
  if (there === undefined && isGlob(input)) {
    const { folder, matches } = parseGlob(input);
    if (await stat(folder).catch(() => undefined)) return { folder: resolve(folder), found: inFolder(folder, matches) };
  }
  if (there === undefined) {
    const required = "a file, folder, pattern, list or archive";
    throw new DataError({ where: "compress", file: path, required, got: "nothing there" });
  }
  if (there.isDirectory()) return { folder: path, found: inFolder(path) };
  if (/\.(csv|parquet)$/i.test(path)) return { folder: dirname(path), found: inList(path, columns) };
  if (/\.zip$/i.test(path)) return { folder: path, found: inZip(path) };
  const refusal = refusalOfName(path);
  const found = { path: basename(path), ...(refusal === undefined ? {} : { refusal }) };
  return { folder: dirname(path), found: [found] };
}

function kindOf(name: string, cells: Inputs["cells"]): ColumnKind {
  const numeric = [...cells.values()].every((row) => typeof (row[name] ?? 0) === "number");
  return { name, kind: numeric ? "number" : "text" };
}

function nothingFound(inputs: readonly string[], [first]: readonly Rejected[]): DataError {
  return new DataError({
    where: "compress",
    file: inputs.map((input) => resolve(input)).join(", "),
    required: `at least one ${imageKinds}`,
    got: first === undefined ? "none" : `none that can be used, the first ${first.id}: ${first.reason}`,
  });
}
