import { Session } from "node:inspector";

/**
 * Two numbers that both threads see, even while the main thread runs a loop:
 * `[interrupts heard by the main thread, whether its code must not be cut off]`.
 */
export type InterruptCells = Int32Array;

const heard = 0;
const guarded = 1;
const patienceMs = 100;
const attempts = 100;

export function createInterruptCells(): InterruptCells {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

/** Called in the main thread once it knows of an interrupt. */
export function acknowledgeInterrupt(cells: InterruptCells): void {
  Atomics.add(cells, heard, 1);
}

/** Keeps what runs inside from being cut off half-way: the compiler, whose state would be torn, and code that SIGINT stops by itself. */
export function guard(cells: InterruptCells): { release(): void } {
  Atomics.add(cells, guarded, 1);
  let held = true;
  return {
    release() {
      if (held) Atomics.sub(cells, guarded, 1);
      held = false;
    },
  };
}

/**
 * The socket thread's part: interrupts the main thread, whatever it does.
 *
 * SIGINT ends the synchronous start of a cell (`breakOnSigint`) and reaches a waiting main thread as an event. A loop
 * after the first `await` hears no signal, so after a while V8 is told to end what runs there.
 */
export function createInterrupter(cells: InterruptCells): { interrupt(): void } {
  let timer: NodeJS.Timeout | undefined;

  function interrupt(): void {
    clearInterval(timer);
    const before = Atomics.load(cells, heard);
    let left = attempts;
    process.kill(process.pid, "SIGINT");
    timer = setInterval(() => {
      if (Atomics.load(cells, heard) !== before || left-- === 0) return clearInterval(timer);
      if (Atomics.load(cells, guarded) === 0) terminateExecution();
      process.kill(process.pid, "SIGINT");
    }, patienceMs);
  }

  return { interrupt };
}

function terminateExecution(): void {
  const session = new Session();
  session.connectToMainThread();
  session.post("Runtime.terminateExecution", () => session.disconnect());
}
