import { runHere } from "../kernel";
import type { KernelPlan } from "../kernel-plan";

/** Channels of images to compress or to rebuild on one thread or several. */
export interface Job {
  /** The public function whose work it is, and what its caller can do where a channel is too large for the kernels. */
  readonly where: string;
  readonly remedy: string;
  readonly plan: KernelPlan;
  /** The bytes of all pixels, or of all pooled values. */
  readonly input: Uint8Array;
  readonly output: Float32Array;
  /** Channels in all; none depends on another. */
  readonly channels: number;
  /** Called between chunks: lets messages through, and throws where the work is to stop. */
  readonly pause: (channels: number) => Promise<void>;
  /** Waits for something, but no longer than until the work is to stop. */
  readonly wait: <T>(promise: Promise<T>) => Promise<T>;
}

/**
 * After so long the calling thread pauses. With a channel begun just before, that makes twice as long at most, as far as
 * plans tell; the other half of the 50 ms that an interrupt may take is for those that tell too little.
 */
export const pauseEveryMs = 12;
const longestHereMs = 12;

/** Whether a channel takes so long that it is left to a worker: the calling thread has to stay awake. */
export function isLong({ channelMs }: KernelPlan): boolean {
  return channelMs > longestHereMs;
}

const bytesAtOnce = 128 * 1024;

/** Channels that the calling thread does between two looks at its workers and the clock. */
export function channelsAtOnce({ plan }: Job): number {
  return Math.max(1, Math.floor(bytesAtOnce / Math.max(plan.inputBytes, plan.outBytes)));
}

/** Does channels on this thread. */
export function doHere({ plan, input, output }: Job, from: number, count: number): void {
  const to = from + count;
  const results = output.subarray((from * plan.outBytes) / 4, (to * plan.outBytes) / 4);
  runHere(plan, input.subarray(from * plan.inputBytes, to * plan.inputBytes), results, count);
}
