import { MessageChannel } from "node:worker_threads";
import { ShapeError } from "../core/errors";

const most = 2 ** 30; // all that a Buffer holds

/** An array whose numbers are all still to be written: zeros would cost more than many results take to compute. */
export function unwritten(length: number): Float32Array {
  if (length > most) return new Float32Array(length);
  keepFreed();
  return new Float32Array(uninitialized(4 * length));
}

/**
 * As {@link unwritten}, with a message.
 *
 * @param where - the function that asks
 * @param remedy - the way out where there is no such memory
 * @throws ShapeError when there is none
 */
export function roomFor(length: number, where: string, remedy: string): Float32Array {
  try {
    return unwritten(length);
  } catch (cause) {
    throw new ShapeError({ where, required: "a result that fits memory", got: `${length} numbers`, remedy }, { cause });
  }
}

const largestKept = 32 * 2 ** 20;
const blocks = 4;
const margin = 65536; // what the library adds to a block must not lift it above its limit
let lid: Buffer | undefined;

/**
 * Has the C library keep the memory of freed arrays for the next ones, once a process. glibc maps arrays of more than
 * 128 KB anew each time, and every 4 KB of new memory interrupts the one who first writes there, which for many results
 * costs more than computing them. Freeing one large array, never touched, raises that bound to its size, at most 32 MB:
 * mallopt(3), "M_MMAP_THRESHOLD". What is free at the end of its memory the library still gives back, so blocks are put
 * there, never touched either, and freed below a lid. At most 128 MB are kept. Elsewhere it does nothing.
 */
function keepFreed(): void {
  if (lid !== undefined) return;
  lid = Buffer.alloc(0);
  ifThereIsMemory(() => {
    free([uninitialized(largestKept - margin)], () => ifThereIsMemory(putLid));
  });
}

function putLid(): void {
  const room = Array.from({ length: blocks }, () => uninitialized(largestKept - 2 * margin));
  lid = Buffer.allocUnsafeSlow(2 ** 20); // so large that it lies at the end and in no gap
  free(room);
}

/** What only saves time may be left undone. */
function ifThereIsMemory(reserve: () => void): void {
  try {
    reserve();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}

function uninitialized(bytes: number): ArrayBuffer {
  return Buffer.allocUnsafeSlow(bytes).buffer;
}

/** Frees buffers without waiting for a collection of garbage, by sending them to nobody; then does what follows. */
function free(buffers: ArrayBuffer[], then: () => void = () => undefined): void {
  const { port1, port2 } = new MessageChannel();
  port2.once("close", then);
  port2.close();
  port1.postMessage(undefined, buffers);
  port1.close();
}
