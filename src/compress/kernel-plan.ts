import type { PixelKind } from "./images";
import { chooseKernel, kernels, ringRowsOf } from "./kernel-choice";
import { compressMs, memoryMs } from "./kernel-cost";
import { align } from "./kernel-memory";
import { type CompressSettings, type ImageShape, patchLayout, poolings } from "./settings";
import { waveletFilters } from "./wavelets";

/** What the kernels do with one channel: the numbers of their plan (wasm/plan.ts) and the room that they need. */
export interface KernelPlan {
  /** Bytes of one channel of input. */
  readonly inputBytes: number;
  /** Bytes of one channel of results. */
  readonly outBytes: number;
  /** Bytes of the plan itself, its tables and its scratch memory. */
  readonly workspaceBytes: number;
  /** Bytes of the plan and its tables alone, which the scratch memory follows. */
  readonly planBytes: number;
  /** About how long one channel takes, in milliseconds: enough to decide who does it. */
  readonly channelMs: number;
  /** Writes the plan to a workspace of {@link workspaceBytes}, aligned to 16. */
  readonly write: (memory: ArrayBufferLike, workspace: number) => void;
}

const structBytes = 128;
const poolingBytes = 4 * poolings.length;
const bytesPerPixel: Readonly<Record<PixelKind, number>> = { uint8: 1, uint16: 2, float32: 4 };

let latest: { readonly key: string; readonly plan: KernelPlan } | undefined;

/** Plans the compression of channels of one shape, kind and settings; the same plan again for the same as before. */
export function planKernel(settings: CompressSettings, imageShape: ImageShape, kind: PixelKind): KernelPlan {
  const key = JSON.stringify([settings, imageShape, kind]);
  if (latest?.key !== key) latest = { key, plan: makePlan(settings, imageShape, kind) };
  return latest.plan;
}

function makePlan(settings: CompressSettings, imageShape: ImageShape, kind: PixelKind): KernelPlan {
  const [, rows, cols] = imageShape;
  const { grid, patch, before, subBand } = patchLayout(settings, imageShape);
  const taps = waveletFilters(settings.wavelet).analysis.low.length;
  const { kernel, scale, filters, scratchBytes } = chooseKernel(settings, imageShape, kind);
  const inputBytes = rows * cols * bytesPerPixel[kind];
  const outBytes = 4 * 4 ** settings.level * grid[0] * grid[1] * settings.pooling.length;
  const planBytes = structBytes + poolingBytes + align(filters.byteLength);

  function write(memory: ArrayBufferLike, workspace: number): void {
    const poolingList = workspace + structBytes;
    const filtersAt = poolingList + poolingBytes;
    const fields = [
      ...[0, inputBytes, outBytes, rows, cols, settings.level, ["uint8", "uint16", "float32"].indexOf(kind)],
      ...[...grid, ...patch, ...before, ...subBand],
      ...[settings.pooling.length, poolingList, taps, filtersAt, ringRowsOf(taps)],
      ...[kernels[kernel], 0, blockMask(settings.level)],
    ];
    new Uint32Array(memory, workspace, fields.length).set(fields);
    new Float32Array(memory, workspace + 4 * scaleField, 1)[0] = scale;
    new Uint32Array(memory, poolingList, poolings.length).set(settings.pooling.map((name) => poolings.indexOf(name)));
    new Uint8Array(memory, filtersAt, filters.byteLength).set(new Uint8Array(filters.buffer));
  }

  const workspaceBytes = align(planBytes + scratchBytes);
  const channelMs = compressMs(kernel, taps, settings, imageShape) + memoryMs(workspaceBytes + inputBytes + outBytes);
  return { inputBytes, outBytes, workspaceBytes, planBytes, channelMs, write };
}

const scaleField = 21; // the position of `scale` among the fields

/** The pixels that one step of the integer kernel's inner loop reads, less one. */
function blockMask(level: number): number {
  return [31, 31, 7][level - 1] ?? 15;
}
