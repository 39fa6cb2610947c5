import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { packageFolder } from "../../core/paths";
import { align, firstAddress, growTo, kernelModule } from "../kernel";
import { slotAt, slotFields, slotsEach, state, waitWhile } from "./control";
import { type Job, doHere, imagesAtOnce, longestHereMs, pauseEveryMs } from "./job";
import type { WorkerStart } from "./worker";

const chunkBytes = 256 * 1024;
const longestChunkMs = 12;
// Writing where another core has just read or written waits for that core: five times as long. So chunks go round
// through more memory than a core's own caches hold.
const roundBytes = 4 * 2 ** 20;
const mostPages = 65536; // 4 GB, all that an address of 32 bits reaches

/** Where the chunks of a job lie in the shared memory. */
interface Layout {
  /** Images of the largest chunk. */
  readonly chunk: number;
  /** Bytes of a chunk's input. */
  readonly inputBytes: number;
  /** The plan and scratch of a worker, by its number. */
  readonly workspace: (worker: number) => number;
  /** Input of a worker's chunk, by how many it had before; its output follows. */
  readonly place: (worker: number, chunk: number) => number;
}

/** The images that a slot holds. */
interface Held {
  readonly from: number;
  readonly count: number;
}

/**
 * Workers that share one memory. The calling thread copies input into their slots and results out, and does images of its
 * own meanwhile. What an image becomes does not depend on who does it.
 */
export class Pool {
  readonly threads: number;
  readonly #workers: Worker[] = [];
  /** The slot of each worker that is its turn to be filled. */
  readonly #turns: number[] = [];
  /** How many chunks each worker has had. */
  readonly #chunks: number[] = [];
  readonly #numbers: Int32Array;
  readonly #memory: WebAssembly.Memory;
  #failure: Error | undefined;

  constructor(threads: number) {
    this.threads = threads;
    this.#numbers = new Int32Array(new SharedArrayBuffer(4 * slotAt(threads - 1, 0)));
    this.#memory = new WebAssembly.Memory({ initial: 1, maximum: mostPages, shared: true });
    const shared = { compiled: kernelModule("shared"), memory: this.#memory, numbers: this.#numbers };
    for (let worker = 0; worker < threads - 1; worker++) {
      const start: WorkerStart = { ...shared, worker };
      const thread = new Worker(join(packageFolder, "dist", "compress", "threads", "worker.js"), { workerData: start });
      thread.unref();
      thread.on("error", (error) => (this.#failure = error));
      this.#workers.push(thread);
      this.#turns.push(0);
      this.#chunks.push(0);
    }
  }

  /** Bytes of the shared memory. */
  get bytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Whether a worker has died, after which the pool is of no use. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Does a job; rejects with what `pause` throws. */
  async run(job: Job): Promise<void> {
    await this.#quiet();
    const layout = this.#layOut(job);
    const held = new Map<number, Held>();
    const takesPart = job.imageMs <= longestHereMs;
    const own = imagesAtOnce(job);
    let [given, collected, lastPause] = [0, 0, performance.now()];
    try {
      while (collected < job.images) {
        collected += this.#collect(job, held);
        given += this.#fill(job, layout, held, given);
        if (takesPart && given < job.images) {
          const count = Math.min(own, job.images - given);
          doHere(job, given, count);
          given += count;
          collected += count;
        } else if (takesPart) {
          const back = this.#takeBack(held);
          if (back === undefined) this.#waitForOne(held);
          else doHere(job, back.from, back.count);
          collected += back?.count ?? 0;
        } else await delay(1);
        if (performance.now() - lastPause > pauseEveryMs || !takesPart) {
          if (this.#failure !== undefined) throw this.#failure;
          await job.pause(collected);
          lastPause = performance.now();
        }
      }
    } finally {
      while (this.#takeBack(held) !== undefined);
    }
  }

  /** Ends the workers. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  /** Waits until no worker does anything, and empties its slots: after an interrupt one may still be at a chunk. */
  async #quiet(): Promise<void> {
    for (let worker = 0; worker < this.#workers.length; worker++) {
      for (let slot = 0; slot < slotsEach; slot++) {
        const at = slotAt(worker, slot);
        while (Atomics.load(this.#numbers, at) === state.taken) {
          if (this.#failure !== undefined) throw this.#failure;
          await delay(1);
        }
        Atomics.store(this.#numbers, at, state.empty);
      }
    }
  }

  /** Gives every worker its workspace and slots. */
  #layOut(job: Job): Layout {
    const { plan, channels } = job;
    const workers = this.#workers.length;
    const chunk = imagesPerChunk(job);
    const inputBytes = align(chunk * channels * plan.inputBytes);
    const outputBytes = align(chunk * channels * plan.outBytes);
    const workspaceBytes = align(plan.workspaceBytes);
    const workspace = (worker: number): number => firstAddress + worker * workspaceBytes;
    const bytes = inputBytes + outputBytes;
    const places = Math.max(slotsEach, Math.ceil(roundBytes / bytes));
    const place = (worker: number, at: number): number =>
      workspace(workers) + (worker * places + (at % places)) * bytes;
    growTo(this.#memory, place(workers, 0));
    for (let worker = 0; worker < workers; worker++) plan.write(this.#memory.buffer, workspace(worker));
    return { chunk, inputBytes, workspace, place };
  }

  /** Fills the slots that are empty with images from `from` on; returns how many. */
  #fill(job: Job, layout: Layout, held: Map<number, Held>, from: number): number {
    let filled = 0;
    for (let worker = 0; worker < this.#workers.length; worker++) {
      for (let turn = 0; turn < slotsEach; turn++) {
        const left = job.images - from - filled;
        const slot = this.#turns[worker] as number;
        if (left === 0 || Atomics.load(this.#numbers, slotAt(worker, slot)) !== state.empty) break;
        // Chunks become smaller near the end, so that all threads end together.
        const count = Math.max(1, Math.min(layout.chunk, Math.ceil(left / (slotsEach * this.threads))));
        this.#publish(job, layout, worker, slot, { from: from + filled, count });
        held.set(slotAt(worker, slot), { from: from + filled, count });
        this.#turns[worker] = (slot + 1) % slotsEach;
        filled += count;
      }
    }
    return filled;
  }

  /** Copies images into a slot and lets the worker know. */
  #publish({ plan, input, channels }: Job, layout: Layout, worker: number, slot: number, { from, count }: Held): void {
    const bytes = channels * plan.inputBytes;
    const before = this.#chunks[worker] as number;
    this.#chunks[worker] = before + 1;
    const address = layout.place(worker, before);
    copy(input.subarray(from * bytes, (from + count) * bytes), this.#memory.buffer, address);
    const at = slotAt(worker, slot);
    const workspace = layout.workspace(worker);
    this.#numbers.set(
      [workspace, address, address + layout.inputBytes, workspace + plan.planBytes, count * channels],
      at + slotFields.plan,
    );
    Atomics.store(this.#numbers, at, state.filled);
    Atomics.notify(this.#numbers, at);
  }

  /** Copies results out where they are done; returns of how many images. */
  #collect({ plan, output, channels }: Job, held: Map<number, Held>): number {
    let collected = 0;
    const perImage = (channels * plan.outBytes) / 4;
    for (const [slot, { from, count }] of held) {
      if (Atomics.load(this.#numbers, slot) !== state.done) continue;
      const address = (this.#numbers[slot + slotFields.output] as number) >>> 0;
      const results = new Uint8Array(this.#memory.buffer, address, 4 * count * perImage);
      copy(results, output.buffer, output.byteOffset + 4 * from * perImage);
      Atomics.store(this.#numbers, slot, state.empty);
      held.delete(slot);
      collected += count;
    }
    return collected;
  }

  /** Waits until a worker is further with its oldest chunk. */
  #waitForOne(held: Map<number, Held>): void {
    const [slot] = held.keys();
    if (slot === undefined) return;
    const seen = Atomics.load(this.#numbers, slot);
    if (seen !== state.done) waitWhile(this.#numbers, slot, seen, 2);
  }

  /** Empties the slot of a chunk that its worker has not begun, the last it was given; undefined where there is none. */
  #takeBack(held: Map<number, Held>): Held | undefined {
    for (const [worker, turn] of this.#turns.entries()) {
      const slot = (turn + slotsEach - 1) % slotsEach;
      const at = slotAt(worker, slot);
      const chunk = held.get(at);
      if (chunk === undefined) continue;
      if (Atomics.compareExchange(this.#numbers, at, state.filled, state.empty) !== state.filled) continue;
      this.#turns[worker] = slot;
      held.delete(at);
      return chunk;
    }
    return undefined;
  }
}

/** Copies bytes. `set` goes word by word where memory is shared; `fill` takes the processor's widest instructions. */
function copy(bytes: Uint8Array, to: ArrayBufferLike, at: number): void {
  Buffer.from(to, at, bytes.length).fill(bytes);
}

function imagesPerChunk({ plan, channels, imageMs }: Job): number {
  const byMemory = Math.floor(chunkBytes / (channels * (plan.inputBytes + plan.outBytes)));
  const byTime = Math.floor(longestChunkMs / imageMs);
  return Math.max(1, Math.min(byMemory, byTime));
}
