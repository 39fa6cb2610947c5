import { type Footer, type RowGroup, footerLength, magic, moved, readFooter, readRowGroup } from "./footer";
import { tailBytes, writeFooter } from "./footer";
import { writeStruct } from "./thrift";

const groupBytes = 8e6; // what is lost when work is killed, and what a reader holds
const mostRows = 4096;

/** How many rows of so many numbers make one row group. */
export function rowsOfGroup(size: number): number {
  return Math.max(1, Math.min(mostRows, Math.floor(groupBytes / (4 * size))));
}

/** A Parquet file as it grows: its row groups, and where the next one goes. */
export class ParquetWriter {
  readonly #metadata: ReadonlyMap<string, string>;
  readonly #groups: RowGroup[];
  #added: RowGroup | undefined;

  /** @param entries - of the row groups that are there already */
  constructor(metadata: ReadonlyMap<string, string>, entries: readonly string[]) {
    this.#metadata = metadata;
    this.#groups = entries.map((entry) => readRowGroup(Buffer.from(entry, "base64")));
  }

  /** Where the next row group goes, and the footer; nowhere before the first. */
  get bytes(): number {
    return this.#groups.at(-1)?.end ?? 0;
  }

  /**
   * The bytes of a row group and its entry for {@link ParquetWriter}; it counts once it is accepted.
   *
   * @param alone - the file that has this row group only
   */
  add(alone: Uint8Array): { readonly bytes: Uint8Array; readonly entry: string } {
    const [group] = footerOf(alone).rowGroups as readonly [RowGroup, ...RowGroup[]];
    this.#added = moved(group, (this.bytes || magic.length) - group.start);
    const entry = Buffer.from(writeStruct(this.#added.entry)).toString("base64");
    return { bytes: alone.subarray(group.start, group.end), entry };
  }

  /** The row group that was added last is on the disk. */
  accept(): void {
    if (this.#added !== undefined) this.#groups.push(this.#added);
    this.#added = undefined;
  }

  /**
   * What ends the file.
   *
   * @param like - any file of these columns, which tells what the footer says of them
   */
  end(like: Uint8Array): Uint8Array {
    const { head, keyValues } = footerOf(like);
    const ending = writeFooter(head, this.#groups, new Map([...keyValues, ...this.#metadata]));
    return this.#groups.length === 0 ? Buffer.concat([magic, ending]) : ending;
  }
}

function footerOf(file: Uint8Array): Footer {
  const tail = file.length - tailBytes;
  const length = footerLength(file.subarray(tail)) ?? 0;
  return readFooter(file.subarray(tail - length, tail));
}
