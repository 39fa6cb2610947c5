import { existsSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../../core/errors";
import { dataFolder } from "../../core/paths";

/** Options of `datasets.open`. */
export interface OpenOptions {
  /** Rows and columns, or one number for both; default: that of the data set. */
  readonly size?: number | readonly [rows: number, cols: number];
  /**
   * What to do with images that stand twice: `keep`: the split as published; `drop`: one of each, and none in two parts.
   * For mobileodt only; default `"keep"`.
   */
  readonly duplicates?: "keep" | "drop";
}

/**
 * The folder of a data set below `DEEPFIXCX_DATA`.
 *
 * @throws DataError saying how to get the data when `needed`, a file or folder in it, is not there
 */
export function needFolder(name: string, folder: string, needed: readonly string[]): string {
  const data = dataFolder();
  const places = data === undefined ? [] : [join(data, folder), data];
  for (const place of places) {
    if (needed.every((part) => existsSync(join(place, part)))) return place;
  }
  throw new DataError({
    where: `datasets.open("${name}")`,
    required: `DEEPFIXCX_DATA to name a folder with ${needed.map((part) => join(folder, part)).join(", ")}`,
    got: data ?? "no DEEPFIXCX_DATA",
    remedy: `get the data with \`deepfixcx data ${name}\`, or use datasets.phantom`,
  });
}
