import { OptionError } from "../../core/errors";
import type { Work } from "../../core/progress";
import { usableCores } from "./cores";
import { type Job, doHere, imagesAtOnce, longestHereMs, pauseEveryMs } from "./job";
import { Pool } from "./pool";

const smallestSharedMs = 1; // work below this is done before a second thread would have begun
const idleMs = 5_000;
const mostKept = 512 * 2 ** 20;

let pool: Pool | undefined;
let lastTurn: Promise<void> = Promise.resolve();
let closing: NodeJS.Timeout | undefined;

/**
 * Does a job on up to `workers` threads, the calling one included; small jobs stay on the calling one.
 * The threads are kept for the next call, never keep the process alive, and end when nobody has called for a while.
 */
export async function runJob(job: Job, workers: number): Promise<void> {
  const alone = workers === 1 || job.images * job.imageMs < smallestSharedMs;
  if (alone && job.imageMs <= longestHereMs) return runAlone(job);
  // An image that takes long goes to a worker even so: the calling thread has to stay awake for an interrupt.
  return inTurn(() => usePool(job, Math.max(2, workers)));
}

/**
 * How many threads to use; as many as there are cores where nothing is said.
 *
 * @throws OptionError when it is no whole number of at least 1
 */
export function checkWorkers(workers: number = usableCores()): number {
  if (Number.isInteger(workers) && workers >= 1) return workers;
  const required = "workers a whole number of at least 1";
  throw new OptionError({ where: "compress", required, got: String(workers) });
}

/** What a job calls between chunks: reports images done, and throws once the work has been stopped. */
export function pauseOf(work: Work, doneBefore: number): Job["pause"] {
  return async (done) => {
    work.report(doneBefore + done);
    await work.breathe();
    work.check();
  };
}

async function runAlone(job: Job): Promise<void> {
  const count = imagesAtOnce(job);
  let lastPause = performance.now();
  for (let from = 0; from < job.images; from += count) {
    doHere(job, from, Math.min(count, job.images - from));
    if (performance.now() - lastPause < pauseEveryMs) continue;
    await job.pause(Math.min(from + count, job.images));
    lastPause = performance.now();
  }
}

async function usePool(job: Job, threads: number): Promise<void> {
  clearTimeout(closing);
  if (pool !== undefined && (pool.failed || pool.threads !== threads)) await closePool();
  pool ??= new Pool(threads);
  try {
    await pool.run(job);
  } finally {
    if (pool.failed || pool.bytes > mostKept) await closePool();
    else closing = setTimeout(() => void closePool(), idleMs).unref();
  }
}

/** Ends the pool's threads and frees its memory. */
export async function closePool(): Promise<void> {
  const closed = pool;
  pool = undefined;
  await closed?.close();
}

/** One job at a time: they share the pool's memory. */
async function inTurn(work: () => Promise<void>): Promise<void> {
  const mine = lastTurn.then(work);
  lastTurn = mine.catch(() => undefined);
  return mine;
}
