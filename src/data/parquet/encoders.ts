import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { packageFolder } from "../../core/paths";
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
  readonly #threads: Encoder[] = [];

  /** @param most - threads */
  constructor(start: EncodeStart, most: number) {
    [this.#start, this.#most] = [start, most];
  }

  /** A file of one row group; the values may not change until it is there. */
  encode(rows: Rows): Promise<Uint8Array> {
    const [idlest] = [...this.#threads].sort((one, other) => one.waiting - other.waiting);
    if (idlest !== undefined && (idlest.waiting === 0 || this.#threads.length >= this.#most)) return idlest.ask(rows);
    const thread = new Encoder(this.#start);
    this.#threads.push(thread);
    return thread.ask(rows);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map((thread) => thread.close()));
  }
}

/** A thread that answers in the order of the questions. */
class Encoder {
  readonly #worker: Worker;
  readonly #asked: { resolve(file: Uint8Array): void; reject(error: Error): void }[] = [];

  constructor(start: EncodeStart) {
    this.#worker = new Worker(join(packageFolder, "dist", "data", "parquet", "encodeWorker.js"), { workerData: start });
    this.#worker.on("message", (file: Uint8Array) => this.#asked.shift()?.resolve(file));
    this.#worker.on("error", (error) => {
      for (const question of this.#asked.splice(0)) question.reject(error);
    });
  }

  /** Questions without an answer. */
  get waiting(): number {
    return this.#asked.length;
  }

  ask(rows: Rows): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject });
      this.#worker.postMessage(rows);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
