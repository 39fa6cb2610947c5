import { MessageChannel } from "node:worker_threads";

const most = 2 ** 30; // all that a Buffer holds

/** An array whose numbers are all still to be written: zeros would cost more than many results take to compute. */
export function unwritten(length: number): Float32Array {
  if (length > most) return new Float32Array(length);
  keepFreed();
  return new Float32Array(Buffer.allocUnsafeSlow(4 * length).buffer);
}

const largestKept = 32 * 2 ** 20;
const margin = 65536; // what the library adds to a block must not lift it above its limit
let kept = false;

/**
 * Has the C library keep the memory of freed arrays for the next ones, once a process. glibc maps arrays of more than
 * 128 KB anew each time, and every 4 KB of new memory interrupts the one who first writes there, which for many results
 * costs more than computing them. Freeing one large array, never touched, raises that bound to its size, at most 32 MB,
 * and keeps up to 64 MB of what is freed: mallopt(3), "M_MMAP_THRESHOLD". Elsewhere it does nothing.
 */
function keepFreed(): void {
  if (kept) return;
  kept = true;
  const { port1, port2 } = new MessageChannel();
  port2.close();
  const { buffer } = Buffer.allocUnsafeSlow(largestKept - margin);
  port1.postMessage(undefined, [buffer]); // to nobody, which frees it at once and not at some collection of garbage
  port1.close();
}
