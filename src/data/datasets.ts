import { existsSync } from "node:fs";
import { join } from "node:path";
import { OptionError } from "../core/errors";
import { dataFolder } from "../core/paths";
import type { Shown } from "../display/show";
import { csvDataset, type CsvOptions } from "./csv";
import type { Dataset } from "./dataset";
import { folderDataset, type FolderOptions } from "./folder";
import { phantomDataset, type PhantomDataset, type PhantomName, type PhantomOptions } from "./phantoms/phantom";

/** Options of `datasets.open`. */
export interface OpenOptions {
  /** Rows and columns, or one number for both; default: that of the data set. */
  readonly size?: number | readonly [rows: number, cols: number];
}

/** The data sets that `datasets.open` knows by name. */
export type DatasetName = "quickstart";

const openers: Readonly<Record<DatasetName, (options: OpenOptions) => Promise<Dataset & Shown>>> = {
  quickstart: openQuickstart,
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
   * chest phantoms with one finding, which say that they are synthetic.
   *
   * @throws OptionError when no data set has that name
   */
  open(name: DatasetName, options?: OpenOptions): Promise<Dataset & Shown>;
} = {
  phantom: async (name, options) => Promise.resolve(phantomDataset(name, options)),
  folder: folderDataset,
  csv: csvDataset,
  open: async (name, options = {}) => {
    const opener = (openers as Partial<typeof openers>)[name];
    if (opener !== undefined) return opener(options);
    throw new OptionError({
      where: "datasets.open",
      required: `one of ${Object.keys(openers).join(", ")}`,
      got: `"${String(name)}"`,
    });
  },
};

async function openQuickstart(options: OpenOptions): Promise<Dataset & Shown> {
  const folder = dataFolder();
  const table = folder === undefined ? undefined : join(folder, "labels.csv");
  if (table !== undefined && existsSync(table)) return csvDataset(table, { colour: "grey", ...options });
  return phantomDataset("chest", { classes: ["Lung Opacity"], images: 600, ...options });
}
