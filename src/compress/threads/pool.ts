import { setTimeout as delay } from "node:timers/promises";
import { firstAddress, growTo, kernelModule, pageBytes } from "../kernel";
import { slotAt } from "./control";
import type { Job } from "./job";
import { type Layout, layOut, regionBytes } from "./layout";
import { PoolWorker } from "./poolWorker";
import { share } from "./share";

const mostPages = 65536; // 4 GB, all that an address of 32 bits reaches

/**
 * Workers that share one memory, each with a region of its own. What an image becomes does not depend on who does it.
 */
export class Pool {
  readonly threads: number;
  readonly #workers: readonly PoolWorker[];
  readonly #memory: WebAssembly.Memory;
  #layout: Layout | undefined;
  #regionBytes = 0;

  constructor(threads: number) {
    this.threads = threads;
    this.#memory = new WebAssembly.Memory({ initial: 1, maximum: mostPages, shared: true });
    const numbers = new Int32Array(new SharedArrayBuffer(4 * slotAt(threads - 1, 0)));
    const shared = { compiled: kernelModule("shared"), memory: this.#memory, numbers };
    this.#workers = Array.from({ length: threads - 1 }, (_, worker) => new PoolWorker({ ...shared, worker }));
  }

  /** Bytes of the shared memory. */
  get bytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Whether a worker has died, after which the pool is of no use. */
  get failed(): boolean {
    return this.#workers.some(({ failure }) => failure !== undefined);
  }

  /** Does a job; rejects with what its `pause` throws. */
  async run(job: Job): Promise<void> {
    let layout = layOut(job, this.#layout);
    if (regionBytes(layout) > this.#regionBytes) {
      await this.#moveTo(regionBytes(layout), job.pause);
      layout = layOut(job, undefined); // one that no worker has in its new region
    }
    this.#layout = layout;
    const workers = this.#workers.map((worker, at) => ({ worker, region: firstAddress + at * this.#regionBytes }));
    await share(job, layout, workers.slice(0, regionsOf(this.#regionBytes)));
  }

  /** Ends the workers. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }

  /** Gives the workers larger regions, once none is at a chunk any more that lies in its old one. */
  async #moveTo(bytes: number, pause: Job["pause"]): Promise<void> {
    while (!this.#workers.every((worker) => worker.isIdle)) {
      for (const { failure } of this.#workers) if (failure !== undefined) throw failure;
      await pause(0);
      await delay(1);
    }
    growTo(this.#memory, firstAddress + Math.min(this.#workers.length, regionsOf(bytes)) * bytes);
    this.#regionBytes = bytes;
  }
}

/** How many regions the memory has room for: with large images not every worker takes part, but one always tries to. */
function regionsOf(bytes: number): number {
  return Math.max(1, Math.floor((mostPages * pageBytes - firstAddress) / bytes));
}
