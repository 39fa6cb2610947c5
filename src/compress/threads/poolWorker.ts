import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { packageFolder } from "../../core/paths";
import { slotAt, slotFields, slotsEach, state, waitWhile } from "./control";
import type { Job } from "./job";
import type { Chunk, Layout } from "./layout";
import type { WorkerStart } from "./worker";

/** A worker as the calling thread sees it, which copies input into its slots and results out. */
export class PoolWorker {
  readonly #thread: Worker;
  readonly #memory: WebAssembly.Memory;
  readonly #numbers: Int32Array;
  /** Where the numbers of its slots begin. */
  readonly #slots: readonly number[];
  /** The chunk of every slot whose results are still wanted. */
  readonly #held: (Chunk | undefined)[] = Array.from({ length: slotsEach }, () => undefined);
  /** The slot to be filled next. */
  #turn = 0;
  /** How many chunks it has had. */
  #chunks = 0;
  #layout: Layout | undefined;
  #failure: Error | undefined;

  constructor(start: WorkerStart) {
    const script = join(packageFolder, "dist", "compress", "threads", "worker.js");
    [this.#memory, this.#numbers] = [start.memory, start.numbers];
    this.#slots = Array.from({ length: slotsEach }, (_, slot) => slotAt(start.worker, slot));
    this.#thread = new Worker(script, { workerData: start });
    this.#thread.unref();
    this.#thread.on("error", (error) => (this.#failure = error));
    this.#thread.on("exit", (code) => (this.#failure ??= new Error(`a thread of compress ended with code ${code}`)));
  }

  /** Why it is of no use any more; undefined while it is. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Whether it has nothing to do: not even a chunk that nobody wants any more. */
  get isIdle(): boolean {
    return this.#slots.every((_, slot) => this.#isEmpty(slot));
  }

  /** Whether it can be given a chunk; one with another layout than before only once it is idle. */
  canTake(layout: Layout): boolean {
    if (layout !== this.#layout) return this.isIdle;
    const free = this.#slots.filter((_, slot) => this.#isEmpty(slot)).length;
    return this.#isEmpty(this.#turn) && free > slotsEach - layout.places;
  }

  /** Copies channels into a slot and lets the worker know. */
  give({ plan, input }: Job, layout: Layout, region: number, chunk: Chunk): void {
    if (layout !== this.#layout) plan.write(this.#memory.buffer, region);
    this.#layout = layout;
    const bytes = plan.inputBytes;
    const at = region + layout.workspaceBytes + (this.#chunks++ % layout.places) * layout.placeBytes;
    copy(input.subarray(chunk.from * bytes, (chunk.from + chunk.count) * bytes), this.#memory.buffer, at);
    const slot = this.#slots[this.#turn] as number;
    this.#numbers[slot + slotFields.plan] = region;
    this.#numbers[slot + slotFields.input] = at;
    this.#numbers[slot + slotFields.output] = at + layout.inputBytes;
    this.#numbers[slot + slotFields.scratch] = region + plan.planBytes;
    this.#numbers[slot + slotFields.channels] = chunk.count;
    Atomics.store(this.#numbers, slot, state.filled);
    Atomics.notify(this.#numbers, slot);
    this.#held[this.#turn] = chunk;
    this.#turn = (this.#turn + 1) % slotsEach;
  }

  /** Copies results out where they are done; returns of how many channels. */
  collect({ plan, output }: Job): number {
    let collected = 0;
    for (const [slot, chunk] of this.#held.entries()) {
      const at = this.#slots[slot] as number;
      if (chunk === undefined || Atomics.load(this.#numbers, at) !== state.done) continue;
      const address = (this.#numbers[at + slotFields.output] as number) >>> 0;
      const results = new Uint8Array(this.#memory.buffer, address, chunk.count * plan.outBytes);
      copy(results, output.buffer, output.byteOffset + chunk.from * plan.outBytes);
      Atomics.store(this.#numbers, at, state.empty);
      this.#held[slot] = undefined;
      collected += chunk.count;
    }
    return collected;
  }

  /** Takes back the last chunk it was given, unless it has begun it; undefined where there is none. */
  takeBack(): Chunk | undefined {
    const slot = (this.#turn + slotsEach - 1) % slotsEach;
    const at = this.#slots[slot] as number;
    const chunk = this.#held[slot];
    if (chunk === undefined) return undefined;
    if (Atomics.compareExchange(this.#numbers, at, state.filled, state.empty) !== state.filled) return undefined;
    this.#turn = slot;
    this.#held[slot] = undefined;
    return chunk;
  }

  /**
   * Waits for the chunk it is at, and where that takes longer than so many milliseconds a channel wants its results no more.
   *
   * @returns the chunk that somebody else has to do; undefined where it is done, or there is none
   */
  outwait(channelMs: number): Chunk | undefined {
    const inTurn = this.#slots.map((_, at) => (this.#turn + at) % slotsEach);
    const slot = inTurn.find((one) => this.#held[one] !== undefined);
    const chunk = slot === undefined ? undefined : this.#held[slot];
    if (slot === undefined || chunk === undefined) return undefined;
    if (waitWhile(this.#numbers, this.#slots[slot] as number, state.taken, chunk.count * channelMs)) return undefined;
    this.#held[slot] = undefined;
    return chunk;
  }

  /** Wants nothing more: takes back what it has not begun, and forgets what it has. */
  release(): void {
    while (this.takeBack() !== undefined);
    this.#held.fill(undefined);
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }

  /** Whether a slot can be filled; empties one whose results nobody wants. */
  #isEmpty(slot: number): boolean {
    const at = this.#slots[slot] as number;
    if (this.#held[slot] === undefined) Atomics.compareExchange(this.#numbers, at, state.done, state.empty);
    return Atomics.load(this.#numbers, at) === state.empty;
  }
}

/** Copies bytes. `set` goes word by word where memory is shared; `fill` takes the processor's widest instructions. */
function copy(bytes: Uint8Array, to: ArrayBufferLike, at: number): void {
  Buffer.from(to, at, bytes.length).fill(bytes);
}
