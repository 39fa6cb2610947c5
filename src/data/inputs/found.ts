import type { PackedFile } from "../imageFile";
import type { Cell } from "../parquet/rows";

/** An image that an input holds. */
export interface Found {
  /** Below the input, with forward slashes. */
  readonly path: string;
  /** Default: the path, below the folder of all inputs. */
  readonly id?: string;
  /** Default: the path, in the input. */
  readonly file?: string;
  readonly packed?: PackedFile;
  /** Why it is set aside. */
  readonly refusal?: string;
  /** Of a list: the columns that were asked for. */
  readonly cells?: Readonly<Record<string, Cell>>;
}
