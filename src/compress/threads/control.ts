// How the calling thread and its workers agree, in a few numbers that all of them see. Chunks of images are numbered as
// they are published; whoever raises `claimed` to a number has that chunk to do, in the slot of that number.

/** Positions in the control block of one number each. */
export const control = {
  /** Chunks published so far. */
  published: 0,
  /** Chunks that someone does or has done. */
  claimed: 1,
  /** Workers that look for a chunk or do one. */
  busy: 2,
  /** Slots that chunks go round in. */
  slots: 3,
  /** From here a quadruple for every slot: done, input, output, channels. */
  firstSlot: 8,
} as const;

/** Numbers a slot has in the control block. */
export const slotFields = { done: 0, input: 1, output: 2, channels: 3, count: 4 } as const;

/** Positions of a slot's numbers. */
export function slotAt(slot: number): number {
  return control.firstSlot + slot * slotFields.count;
}

/** Where the plan and scratch address of a thread stand, the calling one being number 0. */
export function threadAt(mostSlots: number, thread: number): number {
  return slotAt(mostSlots) + 2 * thread;
}

/** Claims the next chunk, or returns undefined where there is none. */
export function claim(numbers: Int32Array): number | undefined {
  for (;;) {
    const next = Atomics.load(numbers, control.claimed);
    if (Atomics.load(numbers, control.published) - next <= 0) return undefined;
    if (Atomics.compareExchange(numbers, control.claimed, next, next + 1) === next) return next;
  }
}

/** Does a claimed chunk with a thread's kernel, and says so. */
export function doChunk(
  numbers: Int32Array,
  chunk: number,
  threadPlace: number,
  run: (plan: number, input: number, output: number, scratch: number, channels: number) => void,
): void {
  const slot = slotAt(chunk % Atomics.load(numbers, control.slots));
  const read = (at: number): number => Atomics.load(numbers, at) >>> 0;
  run(
    read(threadPlace),
    read(slot + slotFields.input),
    read(slot + slotFields.output),
    read(threadPlace + 1),
    read(slot + slotFields.channels),
  );
  Atomics.store(numbers, slot + slotFields.done, 1);
  Atomics.notify(numbers, slot + slotFields.done);
}
