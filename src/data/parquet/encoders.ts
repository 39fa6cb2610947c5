import { Thread } from "../thread";
import type { ColumnKind, Rows } from "./rows";

/** What every file of some rows has in common. */
export interface EncodeStart {
  readonly columns: readonly ColumnKind[];
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Threads that make Parquet of rows: packing many numbers takes longer than decoding and compressing their image. Each is
 * started when the others are busy.
 */
export class Encoders {
  readonly #start: EncodeStart;
  readonly #most: number;
  readonly #threads: Thread<Rows, Uint8Array>[] = [];

  /** @param most - threads */
  constructor(start: EncodeStart, most: number) {
    [this.#start, this.#most] = [start, most];
  }

  /**
   * A file of one row group; the values may not change until it is there.
   *
   * @throws what ended a thread
   */
  encode(rows: Rows): Promise<Uint8Array> {
    const [idlest] = [...this.#threads].sort((one, other) => one.waiting - other.waiting);
    if (idlest !== undefined && (idlest.waiting === 0 || this.#threads.length >= this.#most)) return idlest.ask(rows);
    const thread = new Thread<Rows, Uint8Array>("parquet/encodeWorker", this.#start);
    this.#threads.push(thread);
    return thread.ask(rows);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map((thread) => thread.close()));
  }
}
