import { OptionError } from "../core/errors";
import { type Images, checkPixels } from "../core/images";
import { checkOptions, longWorkNames, type OptionNames } from "../core/options";
import { type LongWorkOptions, type Work, startWork } from "../core/progress";
import type { Shown } from "../display/show";
import type { ReconstructionSize } from "./definition";
import { type Embedding, checkEmbedding } from "./embedding";
import { enlargedShape, rowEnlarger } from "./enlarge";
import { bytesOf } from "./kernel";
import { planRebuild } from "./rebuild-plan";
import { createImages } from "./results";
import type { ImageShape, Pooling } from "./settings";
import { checkWorkers, pacing, runJob } from "./threads/run";
import { roomFor, unwritten } from "./unwritten";

/** What {@link reconstruct} takes besides the embedding. */
export interface ReconstructOptions extends LongWorkOptions {
  /**
   * `"original"` (default): the sides of the images that were compressed. `"compact"`: as small as the values allow,
   * patches per axis times 2^level.
   */
  readonly size?: ReconstructionSize;
  /** Which pooling to rebuild from, needed where the embedding has several. The result means something for `l1` and `sum`. */
  readonly pooling?: Pooling;
  /** At compact size: a side below this is enlarged to exactly this by bilinear interpolation. */
  readonly minSize?: readonly [rows: number, cols: number];
  /** Threads, the calling one included, at most 1024; default: the cores that the process may use. */
  readonly workers?: number;
}

const where = "reconstruct";

/** The names of the options of {@link reconstruct}. */
export const reconstructNames: OptionNames<ReconstructOptions> = {
  ...{ size: true, pooling: true, minSize: true, workers: true, ...longWorkNames },
};

/**
 * Rebuilds images from an embedding: what it still holds, drawn as pictures.
 *
 * @returns Float32 images of the same ids; values may leave 0..1
 * @throws OptionError when the pooling is not one of the embedding's, or not named where there are several, or minSize
 *   asks for more than fits memory
 * @throws ShapeError or DataError when the embedding does not fit itself
 * @throws ShapeError when the images do not fit memory, or a channel not the 4 GB of the kernels
 * @throws DataError when a pixel becomes infinite
 * @see PAPER, section on reconstruction
 */
export async function reconstruct(embedding: Embedding, options: ReconstructOptions = {}): Promise<Images & Shown> {
  checkEmbedding(embedding, where);
  checkOptions(where, options, reconstructNames);
  const { size = "original", minSize } = options;
  checkSize(size, minSize);
  const pooling = choosePooling(embedding, options.pooling);
  const { ids, settings, imageShape, values } = embedding;
  const workers = checkWorkers(options.workers, where);
  const plan = planRebuild(settings, imageShape, pooling, size);
  const [perImage, ...sides] = reconstructionShape(embedding, size);
  const channels = ids.length * perImage;
  const remedy = size === "original" ? 'use size "compact", or fewer images at a time' : "use fewer images at a time";
  const pixels = roomFor((channels * plan.outBytes) / 4, where, remedy);
  const wanted = minSize === undefined ? sides : enlargedShape(sides, minSize);
  const enlarged = wanted.some((side, axis) => side !== sides[axis]) ? allocate(channels, wanted) : undefined;
  const work = startWork(where, ids.length, options);
  try {
    const pace = pacing(work, 0, perImage);
    const smaller = size === "original" ? 'use size "compact"' : "use a coarser patch grid or a lower level";
    await runJob({ where, remedy: smaller, plan, input: bytesOf(values), output: pixels, channels, ...pace }, workers);
    await pace.pause(channels);
    const rebuilt = { pixels, shape: [ids.length, perImage, ...sides], ids } as const;
    await checkPixels(rebuilt, where, () => pace.pause(channels));
    if (enlarged === undefined) return createImages(rebuilt);
    await enlargeAll(rebuilt, wanted, enlarged, work);
    return createImages({ pixels: enlarged, shape: [ids.length, perImage, ...wanted], ids });
  } finally {
    work.end();
  }
}

function checkSize(size: ReconstructionSize, minSize: readonly [number, number] | undefined): void {
  if (size !== "original" && size !== "compact") {
    throw new OptionError({ where, required: 'size "original" or "compact"', got: JSON.stringify(size) });
  }
  if (minSize === undefined) return;
  if (
    !Array.isArray(minSize) ||
    minSize.length !== 2 ||
    !minSize.every((side) => Number.isInteger(side) && Number(side) >= 1)
  ) {
    throw new OptionError({ where, required: "minSize [rows, cols] of whole numbers", got: JSON.stringify(minSize) });
  }
  if (size !== "compact") {
    throw new OptionError({ where, required: 'minSize only with size "compact"', got: `size "${size}"` });
  }
}

/** The position of the pooling to rebuild from among those of the embedding. */
function choosePooling({ settings }: Embedding, pooling: Pooling | undefined): number {
  const all = settings.pooling.join(", ");
  if (pooling === undefined) {
    if (settings.pooling.length === 1) return 0;
    throw new OptionError({ where, required: `pooling, one of ${all}`, got: "none", remedy: 'say pooling: "l1"' });
  }
  const at = settings.pooling.indexOf(pooling);
  if (at < 0) throw new OptionError({ where, required: `pooling one of ${all}, those of the embedding`, got: pooling });
  return at;
}

/** The shape of one reconstruction, before any enlargement. */
export function reconstructionShape(
  { settings: { level, patchGrid }, imageShape }: Pick<Embedding, "settings" | "imageShape">,
  size: ReconstructionSize,
): ImageShape {
  if (size === "original") return imageShape;
  return [imageShape[0], patchGrid[0] * 2 ** level, patchGrid[1] * 2 ** level];
}

const pixelsAtOnce = 2 ** 19; // some milliseconds

async function enlargeAll(
  { pixels, shape: [images, channels, ...from] }: Images & { readonly pixels: Float32Array },
  [rows, cols]: readonly [rows: number, cols: number],
  enlarged: Float32Array,
  work: Work,
): Promise<void> {
  const enlargeRow = rowEnlarger(from, [rows, cols]);
  const rowsAtOnce = Math.ceil(pixelsAtOnce / cols);
  for (let row = 0; row < images * channels * rows; row++) {
    enlargeRow(pixels, row, enlarged);
    if (row % rowsAtOnce !== rowsAtOnce - 1) continue;
    work.report(images, "enlarging");
    await work.breathe();
    work.check();
  }
}

function allocate(channels: number, sides: readonly [rows: number, cols: number]): Float32Array {
  const size = channels * sides[0] * sides[1];
  try {
    return unwritten(size);
  } catch (cause) {
    const required = "minSize at which all images fit memory";
    const remedy = "use a smaller minSize, or fewer images at a time";
    throw new OptionError({ where, required, got: `${sides.join("x")}, ${size} numbers in all`, remedy }, { cause });
  }
}
