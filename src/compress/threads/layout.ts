import { align } from "../kernel";
import type { KernelPlan } from "../kernel-plan";
import type { Job } from "./job";

/** Images of a job that follow each other. */
export interface Chunk {
  readonly from: number;
  readonly count: number;
}

/** How the chunks of a job lie in a worker's region of the shared memory: the plan and its scratch, then places for chunks. */
export interface Layout {
  readonly plan: KernelPlan;
  readonly channels: number;
  /** Images of the largest chunk. */
  readonly mostImages: number;
  readonly workspaceBytes: number;
  /** Bytes of a place: input, and the output behind it. */
  readonly inputBytes: number;
  readonly placeBytes: number;
  /** How many places there are; a worker has no more chunks at a time. */
  readonly places: number;
}

const chunkBytes = 256 * 1024;
const longestChunkMs = 12;
// Writing where another core has just read or written waits for that core: five times as long. So chunks go round
// through more memory than a core's own caches hold.
const roundBytes = 4 * 2 ** 20;
const fewestPlaces = 2; // of large images not as many as there are slots: all of them have to fit an address of 32 bits

/** Lays out a job; the same object where that is as it was before. */
export function layOut({ plan, channels, imageMs }: Job, before: Layout | undefined): Layout {
  const byMemory = Math.floor(chunkBytes / (channels * (plan.inputBytes + plan.outBytes)));
  const mostImages = Math.max(1, Math.min(byMemory, Math.floor(longestChunkMs / imageMs)));
  if (before?.plan === plan && before.channels === channels && before.mostImages === mostImages) return before;
  const inputBytes = align(mostImages * channels * plan.inputBytes);
  const placeBytes = inputBytes + align(mostImages * channels * plan.outBytes);
  const places = Math.max(fewestPlaces, Math.ceil(roundBytes / placeBytes));
  return { plan, channels, mostImages, workspaceBytes: align(plan.workspaceBytes), inputBytes, placeBytes, places };
}

/** Bytes of a region with this layout. */
export function regionBytes({ workspaceBytes, placeBytes, places }: Layout): number {
  return workspaceBytes + places * placeBytes;
}
