import { type ReconstructionSize, cropStart } from "./definition";
import { memoryMs, rebuildMs } from "./kernel-cost";
import type { KernelPlan } from "./kernel-plan";
import { type CompressSettings, type ImageShape, patchLayout } from "./settings";
import { waveletFilters } from "./wavelets";

const structBytes = 80;

/** Plans the reconstruction of channels from the pooling at this position, before any enlargement. */
export function planRebuild(
  settings: CompressSettings,
  imageShape: ImageShape,
  pooling: number,
  size: ReconstructionSize,
): KernelPlan {
  const { level } = settings;
  const { grid, patch } = patchLayout(settings, imageShape);
  const repeat = size === "original" ? patch : ([1, 1] as const);
  const leaf = [grid[0] * repeat[0], grid[1] * repeat[1]] as const;
  const whole = [leaf[0] * 2 ** level, leaf[1] * 2 ** level] as const;
  const kept = size === "original" ? ([imageShape[1], imageShape[2]] as const) : whole;
  const crop = [cropStart(whole[0], kept[0]), cropStart(whole[1], kept[1])] as const;
  const { low, high } = waveletFilters(settings.wavelet).synthesis;
  const pairs = Array.from(low, (tap, at) => [tap, high[at] as number, tap, high[at] as number]);
  const inputBytes = 4 * 4 ** level * grid[0] * grid[1] * settings.pooling.length;
  const outBytes = 4 * kept[0] * kept[1];
  const planBytes = structBytes + 24 * low.length;

  function write(memory: ArrayBufferLike, workspace: number): void {
    const filters = workspace + structBytes;
    const fields = [
      ...[1, inputBytes, outBytes, level, ...grid, ...repeat, ...leaf],
      ...[settings.pooling.length, pooling, low.length, filters, ...kept, ...crop],
    ];
    new Uint32Array(memory, workspace, fields.length).set(fields);
    new Float32Array(memory, workspace + 4 * fields.length, 1)[0] = 1 / (patch[0] * patch[1]);
    new Float32Array(memory, filters, 6 * low.length).set([...low, ...high, ...pairs.flat()]);
  }

  const workspaceBytes = planBytes + rebuildScratch(whole);
  const channelMs =
    rebuildMs(level, low.length, whole[0] * whole[1]) + memoryMs(workspaceBytes + inputBytes + outBytes);
  return { inputBytes, outBytes, planBytes, workspaceBytes, channelMs, write };
}

/** Bytes of scratch that wasm/rebuild.ts lays out: the first level's plane three times, or it and two halves of pixels. */
function rebuildScratch([rows, cols]: readonly [rows: number, cols: number]): number {
  const plane = 4 * rows * cols;
  const halves = 2 * (rows / 2) * 4 * (cols + 4);
  return plane + Math.ceil(Math.max(2 * plane, halves) / 16) * 16;
}
