// How the calling thread and its workers agree, in a few numbers that all of them see. Every worker has four slots and
// takes them in turn, so that some can be filled while it is at another.

/** Slots of one worker. */
export const slotsEach = 4;

/** What a slot's state may be. */
export const state = {
  /** Nothing to do. */
  empty: 0,
  /** A chunk to do, which may still be taken back. */
  filled: 1,
  /** A chunk that the worker is at. */
  taken: 2,
  /** Results that wait to be copied out. */
  done: 3,
} as const;

/** Numbers that a slot has: its state, addresses in the shared memory, and channels to do. */
export const slotFields = { state: 0, plan: 1, input: 2, output: 3, scratch: 4, channels: 5, count: 16 } as const;

/** Position of a slot's numbers. */
export function slotAt(worker: number, slot: number): number {
  return (worker * slotsEach + slot) * slotFields.count;
}

// Calls often follow each other, and who sleeps between them wakes too late for much of the next.
const awakeMs = 0.4;
const turnsBetweenLooks = 100; // at the clock, which takes longer than at a number

/**
 * Waits until a number is another than it was: awake for a moment, then asleep.
 *
 * @returns whether it is, after so many milliseconds at most
 */
export function waitWhile(numbers: Int32Array, at: number, value: number, milliseconds: number): boolean {
  const started = performance.now();
  do {
    for (let turn = 0; turn < turnsBetweenLooks; turn++) if (Atomics.load(numbers, at) !== value) return true;
  } while (performance.now() - started < Math.min(awakeMs, milliseconds));
  return milliseconds <= awakeMs ? false : Atomics.wait(numbers, at, value, milliseconds - awakeMs) !== "timed-out";
}
