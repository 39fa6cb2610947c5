import { encodeRows } from "./encode";
import { type RowGroup, magic, moved, readFooter, tailBytes, footerLength, writeFooter } from "./footer";
import type { Struct } from "./thrift";
import type { ColumnKind, Rows } from "./rows";

const groupBytes = 8e6; // what is lost when work is killed, and what a reader holds
const mostRows = 4096;

/** How many rows of so many numbers make one row group. */
export function rowsOfGroup(size: number): number {
  return Math.max(1, Math.min(mostRows, Math.floor(groupBytes / (4 * size))));
}

/** A Parquet file as it grows: its row groups, and where the next one goes. */
export class ParquetWriter {
  readonly #columns: readonly ColumnKind[];
  readonly #groups: RowGroup[] = [];
  #head: Struct = { fields: [] };
  #schema: ReadonlyMap<string, string> = new Map();
  #at = magic.length;

  constructor(columns: readonly ColumnKind[]) {
    this.#columns = columns;
  }

  /** The bytes of a row group, which follow those of the groups before, at first behind the magic. */
  add(rows: Rows): Uint8Array {
    const alone = encodeRows(rows, this.#columns);
    const tail = alone.length - tailBytes;
    const length = footerLength(alone.subarray(tail)) ?? 0;
    const { head, rowGroups, keyValues } = readFooter(alone.subarray(tail - length, tail));
    const [group] = rowGroups as readonly [RowGroup, ...RowGroup[]];
    [this.#head, this.#schema] = [head, keyValues]; // Arrow's schema, which knows of lists of fixed size
    this.#groups.push(moved(group, this.#at - group.start));
    this.#at += group.end - group.start;
    return alone.subarray(group.start, group.end);
  }

  /** What ends the file. */
  end(keyValues: ReadonlyMap<string, string>): Uint8Array {
    return writeFooter(this.#head, this.#groups, new Map([...this.#schema, ...keyValues]));
  }
}
