import { extname } from "node:path";
import { OptionError } from "../../core/errors";
import { npy } from "./npyOutput";
import type { Form } from "./output";
import { parquet, shards } from "./parquetOutput";

/**
 * The form of a file, by its name.
 *
 * @throws OptionError when it ends neither in .npy nor in .parquet
 */
export function formOfFile(file: string, where: string): Form {
  if (file.endsWith(".npy")) return npy;
  if (file.endsWith(".parquet")) return parquet;
  throw new OptionError({ where, required: "a file ending in .npy or .parquet", got: file });
}

/**
 * The form of an output, by its name: FILE.npy, FILE.parquet, or a folder, which has no ending or a slash.
 *
 * @throws OptionError when it has another ending
 */
export function formOf(out: string, where: string): Form {
  if (isFile(out)) return formOfFile(out, where);
  if (out.endsWith("/") || extname(out) === "") return shards;
  throw new OptionError({ where, required: "--out with the ending .npy or .parquet, or a folder DIR/", got: out });
}

/** Whether an output is one file, by its name. */
export function isFile(out: string): boolean {
  return /\.(npy|parquet)$/.test(out);
}
