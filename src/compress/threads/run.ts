import { OptionError } from "../../core/errors";
import { inBrief } from "../../core/images";
import type { Work } from "../../core/progress";
import { usableCores } from "./cores";
import { type Job, channelsAtOnce, doHere, isLong, pauseEveryMs } from "./job";
import { Pool } from "./pool";

const smallestSharedMs = 1; // work below this is done before a second thread would have begun
const idleMs = 5_000;
const mostKept = 512 * 2 ** 20;
const mostWorkers = 1024; // the slots of many more fit no memory, and no machine has the cores

let pool: Pool | undefined;
let lastTurn: Promise<void> = Promise.resolve();
let closing: NodeJS.Timeout | undefined;

/**
 * Does a job on up to `workers` threads, the calling one included; small jobs stay on the calling one.
 * The threads are kept for the next call, never keep the process alive, and end when nobody has called for a while.
 */
export async function runJob(job: Job, workers: number): Promise<void> {
  const alone = workers === 1 || job.channels * job.plan.channelMs < smallestSharedMs;
  if (alone && !isLong(job.plan)) return runAlone(job);
  // A channel that takes long goes to a worker even so: the calling thread has to stay awake for an interrupt.
  return inTurn(job, () => usePool(job, Math.max(2, workers)));
}

/**
 * How many threads to use; as many as there are cores where nothing is said.
 *
 * @param where - the function that asks, named in the message
 * @throws OptionError when it is no whole number from 1 to 1024
 */
export function checkWorkers(workers: number = usableCores(), where: string): number {
  if (Number.isInteger(workers) && workers >= 1 && workers <= mostWorkers) return workers;
  const required = `workers a whole number of at least 1 and at most ${mostWorkers}`;
  throw new OptionError({ where, required, got: inBrief(workers) });
}

/**
 * How a job goes on: reports images done, and ends once the work has been stopped.
 *
 * @param channels - of one image; they may be done in any order, so that what is said of images is what they amount to
 */
export function pacing(work: Work, doneBefore: number, channels: number): Pick<Job, "pause" | "wait"> {
  return {
    pause: async (done) => {
      work.report(doneBefore + Math.floor(done / channels));
      await work.breathe();
      work.check();
    },
    wait: work.during,
  };
}

async function runAlone(job: Job): Promise<void> {
  const count = channelsAtOnce(job);
  let lastPause = performance.now();
  for (let from = 0; from < job.channels; from += count) {
    doHere(job, from, Math.min(count, job.channels - from));
    if (performance.now() - lastPause < pauseEveryMs) continue;
    await job.pause(Math.min(from + count, job.channels));
    lastPause = performance.now();
  }
}

async function usePool(job: Job, threads: number): Promise<void> {
  clearTimeout(closing);
  if (pool !== undefined && (pool.failed || pool.threads !== threads || !pool.isReadyFor(job))) await closePool();
  pool ??= new Pool(threads);
  try {
    await pool.run(job);
  } finally {
    // A stopped job's long chunk is nobody's any more: its thread ends in the middle of it.
    if (pool.failed || pool.bytes > mostKept || !pool.isReadyFor(job)) await closePool();
    else closing = setTimeout(() => void closePool(), idleMs).unref();
  }
}

/** Ends the pool's threads and frees its memory. */
export async function closePool(): Promise<void> {
  const closed = pool;
  pool = undefined;
  await closed?.close();
}

/** One job at a time, since they share the pool's memory. One that is to stop waits for its turn no longer. */
async function inTurn({ wait }: Job, work: () => Promise<void>): Promise<void> {
  const before = lastTurn;
  const mine = wait(before).then(work);
  lastTurn = Promise.allSettled([before, mine]).then(() => undefined);
  return mine;
}
