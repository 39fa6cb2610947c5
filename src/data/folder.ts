import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { Shown } from "../display/show";
import { DataError } from "../core/errors";
import { checkOptions } from "../core/options";
import { makeDataset, type Dataset } from "./dataset";
import { checkFolder } from "./givenFolder";
import type { ImageFile } from "./imageFile";
import { findImageFiles, relativeId } from "./imageFiles";
import type { Labels, Split } from "./labels";
import { streamFiles } from "./readImages";
import { readNames, type ReadOptions } from "./readSettings";

/** Options of `datasets.folder`. */
export interface FolderOptions extends ReadOptions {
  /** Default: the folder's name. */
  readonly name?: string;
  /** Sub-folders in the order that the classes shall have; default: all, by name. */
  readonly classes?: readonly string[];
  /** Where the images come from and under which licence; default: that it is not stated. */
  readonly source?: string;
  /** What a user must know. */
  readonly notes?: readonly string[];
  /** The split to be kept with the data set, made from its labels; default: none. */
  readonly split?: (labels: Labels) => Split;
}

/**
 * A data set with one sub-folder a class; what lies deeper belongs to the class, too. Patients are not known.
 *
 * @throws DataError when the folder is not there, has fewer than two classes, or a class has no image
 */
export async function folderDataset(folder: string, options: FolderOptions = {}): Promise<Dataset & Shown> {
  checkOptions<FolderOptions>("datasets.folder", options, {
    ...{ ...readNames, name: true, classes: true, source: true, notes: true, split: true },
  });
  const root = resolve(folder);
  const classes = options.classes ?? (await subFolders(root));
  if (classes.length < 2) {
    throw new DataError({
      where: "datasets.folder",
      file: root,
      required: "at least two sub-folders with images, one a class",
      got: classes.length === 0 ? "none" : `"${classes[0]}" only`,
      remedy: "make a folder for each class; for images without classes use readImages",
    });
  }
  const perClass = await Promise.all(classes.map((name) => filesOf(root, name)));
  const files = perClass.flat();
  const fileOf = new Map(files.map((entry) => [entry.id, entry]));
  const values = new Float32Array(files.length * classes.length);
  let image = 0;
  perClass.forEach((members, k) => members.forEach(() => (values[image++ * classes.length + k] = 1)));
  const ids = files.map(({ id }) => id);
  const className = perClass.flatMap((members, k) => members.map(() => classes[k] as string));
  const labels: Labels = { kind: "single", classes, values, ids };
  return makeDataset({
    name: options.name ?? basename(root),
    synthetic: false,
    labels,
    ...(options.split === undefined ? {} : { split: options.split(labels) }),
    files: Object.fromEntries(files.map(({ id, file }) => [id, file])),
    source: options.source ?? `Images below ${basename(root)}; source and licence not stated.`,
    notes: options.notes ?? [],
    columns: { class: className },
    stream: (wanted, { batchSize }) =>
      streamFiles(
        wanted.map((id) => fileOf.get(id) as ImageFile),
        { ...options, ...(batchSize === undefined ? {} : { batchSize }) },
      ),
  });
}

async function filesOf(root: string, name: string): Promise<readonly ImageFile[]> {
  const found = await findImageFiles(join(root, name));
  const frameOf = ({ frame }: ImageFile): string => (frame === undefined ? "" : `#${frame}`);
  return found.map((image) => ({ ...image, id: `${relativeId(root, image.file)}${frameOf(image)}` }));
}

async function subFolders(root: string): Promise<readonly string[]> {
  checkFolder("datasets.folder", root);
  const entries = await readdir(root, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .sort();
}
