import { setTimeout as delay } from "node:timers/promises";
import { slotsEach } from "./control";
import { type Job, channelsAtOnce, doHere, isLong, pauseEveryMs } from "./job";
import type { Chunk, Layout } from "./layout";
import type { PoolWorker } from "./poolWorker";

/** A worker as those see it who share work out. */
type Taker = Pick<PoolWorker, "failure" | "canTake" | "give" | "collect" | "takeBack" | "outwait" | "release">;

/** A worker, and where its region of the shared memory begins. */
export interface Placed {
  readonly worker: Taker;
  readonly region: number;
}

/**
 * Shares a job out among workers and the calling thread, which does channels of its own meanwhile.
 *
 * @throws what `pause` throws, and what ended a worker
 */
export async function share(job: Job, layout: Layout, workers: readonly Placed[]): Promise<void> {
  const sharing = new Sharing(job, layout, workers);
  try {
    await sharing.run();
  } finally {
    for (const { worker } of workers) worker.release();
  }
}

class Sharing {
  readonly #job: Job;
  readonly #layout: Layout;
  readonly #workers: readonly Placed[];
  /** Whether this thread does channels itself: not where one takes so long that it would sleep through an interrupt. */
  readonly #takesPart: boolean;
  /** Channels that somebody has been given, and that are done. */
  #given = 0;
  #done = 0;
  // The least that a channel has cost this thread, in milliseconds: to give away, to take the results of, to do itself.
  // The least, since a thread that loses its core for a moment takes any time.
  #giveMs = 0;
  #collectMs = 0;
  #ownMs = Infinity;
  #lastPause = 0;

  constructor(job: Job, layout: Layout, workers: readonly Placed[]) {
    [this.#job, this.#layout, this.#workers] = [job, layout, workers];
    this.#takesPart = !isLong(job.plan);
  }

  async run(): Promise<void> {
    const { channels, pause } = this.#job;
    this.#lastPause = performance.now();
    while (this.#done < channels) {
      for (const { worker } of this.#workers) if (!this.#isPauseDue) this.#collect(worker);
      if (this.#givingPays) for (const placed of this.#workers) this.#give(placed);
      if (this.#takesPart) this.#doSome();
      else await delay(1);
      if (this.#takesPart && !this.#isPauseDue) continue;
      for (const { worker } of this.#workers) if (worker.failure !== undefined) throw worker.failure;
      await pause(this.#done);
      this.#lastPause = performance.now();
    }
  }

  /** Copying for many workers, which large images' input and results take, adds up. */
  get #isPauseDue(): boolean {
    return performance.now() - this.#lastPause >= pauseEveryMs;
  }

  /** Where cores are far from each other, handing a channel over may cost more than doing it. */
  get #givingPays(): boolean {
    return !this.#takesPart || this.#giveMs + this.#collectMs < this.#ownMs;
  }

  #collect(worker: Taker): void {
    const started = performance.now();
    const count = worker.collect(this.#job);
    if (count > 0) this.#collectMs = least(this.#collectMs, (performance.now() - started) / count);
    this.#done += count;
  }

  /** Fills the slots of a worker that are empty. */
  #give({ worker, region }: Placed): void {
    while (this.#given < this.#job.channels && !this.#isPauseDue && worker.canTake(this.#layout)) {
      const left = this.#job.channels - this.#given;
      // Chunks become smaller near the end, so that all threads end together.
      const share = Math.ceil(left / (slotsEach * (this.#workers.length + 1)));
      const count = Math.min(this.#layout.mostChannels, share);
      const started = performance.now();
      worker.give(this.#job, this.#layout, region, { from: this.#given, count });
      this.#giveMs = least(this.#giveMs, (performance.now() - started) / count);
      this.#given += count;
    }
  }

  /** Does channels that nobody has, or that somebody has not begun or cannot get done. */
  #doSome(): void {
    const chunk = this.#next() ?? this.#reclaim();
    if (chunk === undefined) return;
    const started = performance.now();
    doHere(this.#job, chunk.from, chunk.count);
    this.#ownMs = Math.min(this.#ownMs, (performance.now() - started) / chunk.count);
    this.#done += chunk.count;
  }

  #next(): Chunk | undefined {
    const from = this.#given;
    const count = Math.min(channelsAtOnce(this.#job), this.#job.channels - from);
    this.#given += count;
    return count > 0 ? { from, count } : undefined;
  }

  /** What a worker has not begun; else what it takes far too long for, since it has lost its core to somebody else. */
  #reclaim(): Chunk | undefined {
    for (const { worker } of this.#workers) {
      const chunk = worker.takeBack();
      if (chunk !== undefined) return chunk;
    }
    for (const { worker } of this.#workers) {
      const chunk = worker.outwait(2 * Math.min(this.#ownMs, this.#job.plan.channelMs));
      if (chunk !== undefined) return chunk;
    }
    return undefined;
  }
}

/** The smaller of two costs, the first of which may be none so far. */
function least(before: number, cost: number): number {
  return before === 0 ? cost : Math.min(before, cost);
}
