import { ShapeError } from "../../core/errors";
import { firstAddress, growTo, kernelModule, pageBytes } from "../kernel";
import { slotAt } from "./control";
import { type Job, isLong } from "./job";
import { type Layout, layOut, mostPages, regionBytes } from "./layout";
import { PoolWorker } from "./poolWorker";
import { share } from "./share";

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

  /**
   * Whether a job can begin. A worker may still be at a chunk of a job that was stopped, for how long nobody knows: the
   * others can do without it, but not where its region is to move, or where the calling thread leaves all to workers.
   */
  isReadyFor(job: Job): boolean {
    if (this.#workers.every((worker) => worker.isIdle)) return true;
    return !isLong(job.plan) && regionBytes(layOut(job, this.#layout)) <= this.#regionBytes;
  }

  /** Does a job that it is ready for; rejects with what its `pause` throws. */
  async run(job: Job): Promise<void> {
    let layout = layOut(job, this.#layout);
    if (regionBytes(layout) > this.#regionBytes) {
      this.#moveTo(layout, job);
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

  /** Gives the workers larger regions. */
  #moveTo(layout: Layout, { where, remedy }: Job): void {
    const bytes = regionBytes(layout);
    try {
      growTo(this.#memory, firstAddress + Math.min(this.#workers.length, regionsOf(bytes)) * bytes);
    } catch (cause) {
      const required = "images of which a channel fits the 4 GB of the kernels' memory";
      throw new ShapeError(
        { where, required, got: `a need of ${bytes.toLocaleString("en-US")} bytes`, remedy },
        { cause },
      );
    }
    this.#regionBytes = bytes;
  }
}

/** How many regions the memory has room for: with large images not every worker takes part, but one always tries to. */
function regionsOf(bytes: number): number {
  return Math.max(1, Math.floor((mostPages * pageBytes - firstAddress) / bytes));
}
