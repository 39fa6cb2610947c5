import { align, firstAddress, pageBytes } from "../kernel";
import type { KernelPlan } from "../kernel-plan";
import type { Job } from "./job";

/** Channels of a job that follow each other. */
export interface Chunk {
  readonly from: number;
  readonly count: number;
}

/** How the chunks of a job lie in a worker's region of the shared memory: the plan and its scratch, then places for chunks. */
export interface Layout {
  readonly plan: KernelPlan;
  /** Channels of the largest chunk. */
  readonly mostChannels: number;
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
const placesWanted = 2; // so that the next chunk is there when one is done
/** Pages of the largest memory: 4 GB, all that an address of 32 bits reaches. */
export const mostPages = 65536;

/** Lays out a job; the same object where that is as it was before. */
export function layOut({ plan }: Pick<Job, "plan">, before: Layout | undefined): Layout {
  if (before?.plan === plan) return before;
  const byMemory = Math.floor(chunkBytes / (plan.inputBytes + plan.outBytes));
  const mostChannels = Math.max(1, Math.min(byMemory, Math.floor(longestChunkMs / plan.channelMs)));
  const inputBytes = align(mostChannels * plan.inputBytes);
  const placeBytes = inputBytes + align(mostChannels * plan.outBytes);
  const workspaceBytes = align(plan.workspaceBytes);
  const fitting = Math.floor((mostPages * pageBytes - firstAddress - workspaceBytes) / placeBytes);
  const wanted = Math.max(placesWanted, Math.ceil(roundBytes / placeBytes));
  const places = Math.max(1, Math.min(wanted, fitting));
  return { plan, mostChannels, workspaceBytes, inputBytes, placeBytes, places };
}

/** Bytes of a region with this layout. */
export function regionBytes({ workspaceBytes, placeBytes, places }: Layout): number {
  return workspaceBytes + places * placeBytes;
}
