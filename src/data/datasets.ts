import { existsSync } from "node:fs";
import { join } from "node:path";
import { DataError, OptionError } from "../core/errors";
import { checkOptions } from "../core/options";
import type { Shown } from "../display/show";
import { csvDataset, type CsvOptions, readCsv, tableDataset } from "./csv";
import type { Dataset } from "./dataset";
import { folderDataset, type FolderOptions } from "./folder";
import { givenFolder } from "./givenFolder";
import { openChexpert } from "./real/chexpert";
import { openKimEye } from "./real/kimEye";
import { openMedmnist, type MedmnistName } from "./real/medmnist";
import { openMobileodt } from "./real/mobileodt";
import type { OpenOptions } from "./real/openOptions";
import { phantomDataset, type PhantomDataset, type PhantomName, type PhantomOptions } from "./phantoms/phantom";

/** The data sets that `datasets.open` knows by name. */
export type DatasetName = "quickstart" | "kim-eye" | "mobileodt" | "chexpert-small" | MedmnistName;

const openers: Readonly<Record<DatasetName, (options: OpenOptions) => Promise<Dataset & Shown>>> = {
  quickstart: openQuickstart,
  "kim-eye": openKimEye,
  mobileodt: openMobileodt,
  "chexpert-small": openChexpert,
  chestmnist_224: (options) => openMedmnist("chestmnist_224", options),
  pneumoniamnist_224: (options) => openMedmnist("pneumoniamnist_224", options),
  retinamnist_224: (options) => openMedmnist("retinamnist_224", options),
  breastmnist_224: (options) => openMedmnist("breastmnist_224", options),
};

/** Where images with labels come from. */
export const datasets: {
  /** Synthetic images, of which everything is known. */
  phantom(name: PhantomName, options?: PhantomOptions): Promise<PhantomDataset & Shown>;
  /** One sub-folder a class. */
  folder(folder: string, options?: FolderOptions): Promise<Dataset & Shown>;
  /** A table with a file, and perhaps a patient, in each row. */
  csv(file: string, options?: CsvOptions): Promise<Dataset & Shown>;
  /**
   * A data set by its name. `"quickstart"`: the images of `DEEPFIXCX_DATA` where that folder holds a labels.csv, else
   * chest phantoms with one finding, which say that they are synthetic. The others are real data below `DEEPFIXCX_DATA`,
   * as `deepfixcx data NAME` puts them there.
   *
   * @throws OptionError when no data set has that name
   * @throws DataError when the data are not there, with how to get them, `DEEPFIXCX_DATA` names no folder, or labels.csv
   * names no patients
   */
  open(name: DatasetName, options?: OpenOptions): Promise<Dataset & Shown>;
} = {
  phantom: async (name, options) => Promise.resolve(phantomDataset(name, options)),
  folder: folderDataset,
  csv: csvDataset,
  open: async (name, options = {}) => {
    checkOptions<OpenOptions>("datasets.open", options, { size: true, duplicates: true });
    const opener = (openers as Partial<typeof openers>)[name];
    if (opener !== undefined) return opener(options);
    throw new OptionError({
      where: "datasets.open",
      required: `one of ${Object.keys(openers).join(", ")}`,
      got: `"${String(name)}"`,
    });
  },
};

async function openQuickstart({ size }: OpenOptions): Promise<Dataset & Shown> {
  const sized = size === undefined ? {} : { size };
  const folder = givenFolder('datasets.open("quickstart")');
  const table = folder === undefined ? undefined : join(folder, "labels.csv");
  if (table !== undefined && existsSync(table)) return openTable(table, { colour: "grey", ...sized });
  const missed = `DEEPFIXCX_DATA names ${folder}, which holds no labels.csv: these are phantoms instead.`;
  const notes = folder === undefined ? [] : [missed];
  return phantomDataset("chest", { classes: ["Lung Opacity"], images: 600, size: 320, notes, ...sized });
}

/** Folds of the quickstart are by patient: by image, a patient with several would stand on both sides. */
async function openTable(path: string, options: CsvOptions): Promise<Dataset & Shown> {
  const table = { path, ...(await readCsv(path)) };
  const dataset = tableDataset(table, options);
  if (dataset.groups !== undefined) return dataset;
  throw new DataError({
    where: "datasets.open",
    file: path,
    required: "a column patient, so that no patient is both learned from and scored",
    got: `columns ${table.columns.join(", ")}`,
    remedy: "add it; only where no patient has two images, it may hold the file's name",
  });
}
