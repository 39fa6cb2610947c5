import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { packageFolder } from "../../core/paths";
import type { KernelPlan } from "../kernel-plan";
import { type Kernel, align, firstAddress, growTo, instantiate, kernelModule } from "../kernel";
import { claim, control, doChunk, slotAt, slotFields, threadAt } from "./control";
import type { WorkerStart } from "./worker";

/** Images to compress or to rebuild on several threads. */
export interface Job {
  readonly plan: KernelPlan;
  /** The bytes of all pixels, or of all pooled values. */
  readonly input: Uint8Array;
  readonly output: Float32Array;
  readonly images: number;
  /** Channels of one image. */
  readonly channels: number;
  /** About how long one image takes one thread; the calling thread leaves long ones to the workers, to stay awake. */
  readonly imageMs: number;
  /** Called between chunks: lets messages through, and throws where the work is to stop. */
  readonly pause: (images: number) => Promise<void>;
}

const mostSlots = 256;
const chunkBytes = 512 * 1024;
// Together the longest that the calling thread goes without a pause, well below the 50 ms that an interrupt may take.
const longestChunkMs = 12;
const pauseEveryMs = 12;
const mostPages = 65536; // 4 GB, all that an address of 32 bits reaches

/**
 * Threads that share one memory. Input is copied into slots, whoever is free does the next one, and the results are
 * copied out in order; the calling thread takes part. What an image becomes does not depend on who does it.
 */
export class Pool {
  readonly threads: number;
  readonly #workers: Worker[] = [];
  readonly #numbers: Int32Array;
  readonly #kernel: Kernel;
  #failure: Error | undefined;

  constructor(threads: number) {
    this.threads = threads;
    this.#numbers = new Int32Array(new SharedArrayBuffer(4 * (threadAt(mostSlots, threads) + 2)));
    const compiled = kernelModule("shared");
    const memory = new WebAssembly.Memory({ initial: 1, maximum: mostPages, shared: true });
    this.#kernel = instantiate(compiled, memory);
    for (let thread = 1; thread < threads; thread++) {
      const start: WorkerStart = {
        compiled,
        memory,
        numbers: this.#numbers,
        threadPlace: threadAt(mostSlots, thread),
      };
      const worker = new Worker(join(packageFolder, "dist", "compress", "threads", "worker.js"), { workerData: start });
      worker.unref();
      worker.on("error", (error) => (this.#failure = error));
      this.#workers.push(worker);
    }
  }

  /** Bytes of the shared memory. */
  get bytes(): number {
    return this.#kernel.memory.buffer.byteLength;
  }

  /** Whether a worker has died, after which the pool is of no use. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Does a job; rejects with what `pause` throws. */
  async run(job: Job): Promise<void> {
    await this.#quiet();
    const chunk = imagesPerChunk(job, this.threads);
    const chunks = Math.ceil(job.images / chunk);
    const slots = this.#layOut(job, chunk, chunks);
    const numbers = this.#numbers;
    const before = Atomics.load(numbers, control.published);
    const takesPart = job.imageMs * chunk <= longestChunkMs || this.#workers.length === 0;
    let [filled, collected, lastPause] = [0, 0, performance.now()];
    try {
      while (collected < chunks) {
        while (filled < chunks && filled - collected < slots) this.#publish(job, chunk, filled++, before);
        const wasCollected = collected;
        while (collected < filled && this.#collect(job, chunk, collected, before)) collected++;
        const own = takesPart ? claim(numbers) : undefined;
        if (own !== undefined) doChunk(numbers, own, threadAt(mostSlots, 0), this.#kernel.run);
        else if (wasCollected === collected && takesPart) this.#waitFor(before + collected);
        else if (wasCollected === collected) await delay(1);
        if (performance.now() - lastPause > pauseEveryMs || !takesPart) {
          if (this.#failure !== undefined) throw this.#failure;
          await job.pause(Math.min(collected * chunk, job.images));
          lastPause = performance.now();
        }
      }
    } finally {
      // Chunks that nobody has claimed are nobody's any more.
      Atomics.store(numbers, control.claimed, Atomics.load(numbers, control.published));
    }
  }

  /** Ends the workers. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  /** Waits until no worker does anything: after an interrupt one may still be at its last chunk. */
  async #quiet(): Promise<void> {
    while (Atomics.load(this.#numbers, control.busy) > 0) {
      if (this.#failure !== undefined) throw this.#failure;
      await delay(1);
    }
  }

  /** Gives every thread its workspace and every slot its place; returns the number of slots. */
  #layOut({ plan, channels }: Job, chunk: number, chunks: number): number {
    const { memory } = this.#kernel;
    const slots = Math.min(mostSlots, 3 * this.threads + 1, chunks);
    const inputBytes = align(chunk * channels * plan.inputBytes);
    const outputBytes = align(chunk * channels * plan.outBytes);
    const slotsFrom = firstAddress + this.threads * plan.workspaceBytes;
    growTo(memory, slotsFrom + slots * (inputBytes + outputBytes));
    for (let thread = 0; thread < this.threads; thread++) {
      const workspace = firstAddress + thread * plan.workspaceBytes;
      plan.write(memory.buffer, workspace);
      this.#numbers.set([workspace, workspace + plan.planBytes], threadAt(mostSlots, thread));
    }
    Atomics.store(this.#numbers, control.slots, slots);
    for (let slot = 0; slot < slots; slot++) {
      const input = slotsFrom + slot * (inputBytes + outputBytes);
      this.#numbers.set([0, input, input + inputBytes, 0], slotAt(slot));
    }
    return slots;
  }

  #slotOf(chunk: number): number {
    return slotAt(chunk % Atomics.load(this.#numbers, control.slots));
  }

  /** Copies a chunk's input into its slot and lets everyone know. */
  #publish({ plan, input, images, channels }: Job, chunk: number, at: number, before: number): void {
    const numbers = this.#numbers;
    const slot = this.#slotOf(before + at);
    const count = Math.min(chunk, images - at * chunk);
    const imageBytes = channels * plan.inputBytes;
    const address = (numbers[slot + slotFields.input] as number) >>> 0;
    const from = at * chunk * imageBytes;
    const bytes = count * imageBytes;
    new Uint8Array(this.#kernel.memory.buffer, address, bytes).set(input.subarray(from, from + bytes));
    numbers[slot + slotFields.channels] = count * channels;
    Atomics.store(numbers, slot + slotFields.done, 0);
    Atomics.add(numbers, control.published, 1);
    Atomics.notify(numbers, control.published);
  }

  /** Copies a chunk's results out where it is done. */
  #collect({ plan, output, channels }: Job, chunk: number, at: number, before: number): boolean {
    const slot = this.#slotOf(before + at);
    if (Atomics.load(this.#numbers, slot + slotFields.done) === 0) return false;
    const address = (this.#numbers[slot + slotFields.output] as number) >>> 0;
    const perChannel = plan.outBytes / 4;
    const done = this.#numbers[slot + slotFields.channels] as number;
    const results = new Float32Array(this.#kernel.memory.buffer, address, done * perChannel);
    output.set(results, at * chunk * channels * perChannel);
    return true;
  }

  #waitFor(chunk: number): void {
    Atomics.wait(this.#numbers, this.#slotOf(chunk) + slotFields.done, 0, 2);
  }
}

function imagesPerChunk({ plan, images, channels, imageMs }: Job, threads: number): number {
  const byMemory = Math.floor(chunkBytes / (channels * (plan.inputBytes + plan.outBytes)));
  const byTime = Math.floor(longestChunkMs / imageMs);
  const byShare = Math.ceil(images / (4 * threads));
  return Math.max(1, Math.min(byMemory, byTime, byShare));
}
