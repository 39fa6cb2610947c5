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
const cutOffPatienceMs = 1000; // the main thread may be in native code, which no debugger stops

export function createInterruptCells(): InterruptCells {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

/** Called in the main thread once it knows of an interrupt. */
export function acknowledgeInterrupt(cells: InterruptCells): void {
  Atomics.add(cells, heard, 1);
}

/** Keeps what runs inside from being cut off half-way: the compiler, whose state would be torn, and code that SIGINT stops by itself. */
export function guard(cells: InterruptCells): { readonly release: () => void } {
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
  let cuttingOff = false;

  function interrupt(): void {
    clearInterval(timer);
    const before = Atomics.load(cells, heard);
    let left = attempts;
    process.kill(process.pid, "SIGINT");
    timer = setInterval(() => {
      if (Atomics.load(cells, heard) !== before || left-- === 0) return clearInterval(timer);
      if (Atomics.load(cells, guarded) === 0 && !cuttingOff) {
        cuttingOff = true;
        cutOff(() => (cuttingOff = false));
      }
      process.kill(process.pid, "SIGINT");
    }, patienceMs);
  }

  return { interrupt };
}

const cutOffSymbol = "deepfixcx.kernel.cutOff";

/**
 * Called once in the main thread. Code that V8 cuts off runs no `finally` and none of Node's own bookkeeping of nested
 * callbacks, and Node ends the process when it finds its books wrong. What Node does after an uncaught exception sets
 * them right: it is done on behalf of `reason`, an exception that the process is known to survive.
 *
 * @param during - called just before; promises that it settles are lost with the rest
 */
export function prepareForCutOff(reason: Error, during: () => void): void {
  const { _fatalException } = process as unknown as {
    readonly _fatalException: (error: Error, fromPromise: boolean) => boolean;
  };
  const cutOff = (): void => {
    _fatalException(reason, false);
    during();
  };
  Object.assign(globalThis, { [Symbol.for(cutOffSymbol)]: cutOff });
}

/** Stops the main thread where it is, as a debugger does, and lets it go on without the code that it was running. */
function cutOff(done: () => void): void {
  const session = new Session();
  session.connectToMainThread();
  const timer = setTimeout(end, cutOffPatienceMs);
  session.on("Debugger.paused", ({ params }) => {
    const callFrameId = params.callFrames[0]?.callFrameId ?? "";
    const expression = `globalThis[Symbol.for("${cutOffSymbol}")]()`;
    session.post("Debugger.evaluateOnCallFrame", { callFrameId, expression });
    session.post("Debugger.resume", { terminateOnResume: true }, end);
  });
  session.post("Debugger.enable");
  session.post("Debugger.pause");

  function end(): void {
    clearTimeout(timer);
    session.disconnect();
    done();
  }
}
