import { runHere } from "../kernel";
import type { KernelPlan } from "../kernel-plan";

/** Images to compress or to rebuild on one thread or several. */
export interface Job {
  readonly plan: KernelPlan;
  /** The bytes of all pixels, or of all pooled values. */
  readonly input: Uint8Array;
  readonly output: Float32Array;
  readonly images: number;
  /** Channels of one image. */
  readonly channels: number;
  /** About how long one image takes one thread; the calling thread leaves long ones to the workers, to stay awake. */
  readonly imageMs: number;
  /** Called between chunks: lets messages through, and throws where the work is to stop. */
  readonly pause: (images: number) => Promise<void>;
}

// Together the longest that the calling thread goes without a pause, well below the 50 ms that an interrupt may take.
export const longestHereMs = 12;
export const pauseEveryMs = 12;

const bytesAtOnce = 128 * 1024;

/** Images that the calling thread does between two looks at its workers and the clock. */
export function imagesAtOnce({ plan, channels }: Job): number {
  return Math.max(1, Math.floor(bytesAtOnce / (channels * plan.inputBytes)));
}

/** Does images on this thread. */
export function doHere({ plan, input, output, channels }: Job, from: number, count: number): void {
  const bytes = channels * plan.inputBytes;
  const numbers = (channels * plan.outBytes) / 4;
  const to = from + count;
  const results = output.subarray(from * numbers, to * numbers);
  runHere(plan, input.subarray(from * bytes, to * bytes), results, count * channels);
}
