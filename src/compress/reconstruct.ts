import { OptionError } from "../core/errors";
import type { Images } from "../core/images";
import { type LongWorkOptions, startWork } from "../core/progress";
import type { Shown } from "../display/show";
import { type PlainImage, type ReconstructionSize, reconstructImage } from "./definition";
import { type Embedding, checkEmbedding } from "./embedding";
import { enlarge, enlargedShape } from "./enlarge";
import { createImages } from "./results";
import type { ImageShape, Pooling } from "./settings";

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
}

const where = "reconstruct";

/**
 * Rebuilds images from an embedding: what it still holds, drawn as pictures.
 *
 * @returns Float32 images of the same ids; values may leave 0..1
 * @throws OptionError when the pooling is not one of the embedding's, or not named where there are several
 * @throws ShapeError or DataError when the embedding does not fit itself
 * @see PAPER, section on reconstruction
 */
export async function reconstruct(embedding: Embedding, options: ReconstructOptions = {}): Promise<Images & Shown> {
  checkEmbedding(embedding, where);
  const { size = "original", minSize } = options;
  checkSize(size, minSize);
  const pooling = choosePooling(embedding, options.pooling);
  const [channels, rows, cols] = reconstructionShape(embedding, size, minSize);
  const { ids } = embedding;
  const pixels = new Float32Array(ids.length * channels * rows * cols);
  const work = startWork(where, ids.length, options);
  try {
    for (let image = 0; image < ids.length; image++) {
      const rebuilt = rebuild(embedding, image, pooling, size);
      pixels.set(enlarge(rebuilt, [rows, cols]).values, image * channels * rows * cols);
      work.report(image + 1);
      await work.breathe();
      work.check();
    }
  } finally {
    work.end();
  }
  return createImages({ pixels, shape: [ids.length, channels, rows, cols], ids }, where);
}

function checkSize(size: ReconstructionSize, minSize: readonly [number, number] | undefined): void {
  if (size !== "original" && size !== "compact") {
    throw new OptionError({ where, required: 'size "original" or "compact"', got: JSON.stringify(size) });
  }
  if (minSize === undefined) return;
  if (minSize.length !== 2 || !minSize.every((side) => Number.isInteger(side) && side >= 1)) {
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

/** The shape of one reconstruction. */
export function reconstructionShape(
  { settings: { level, patchGrid }, imageShape }: Pick<Embedding, "settings" | "imageShape">,
  size: ReconstructionSize,
  minSize: readonly [rows: number, cols: number] = [1, 1],
): ImageShape {
  if (size === "original") return imageShape;
  const compact = [patchGrid[0] * 2 ** level, patchGrid[1] * 2 ** level] as const;
  return [imageShape[0], ...enlargedShape(compact, minSize)];
}

function rebuild(embedding: Embedding, image: number, pooling: number, size: ReconstructionSize): PlainImage {
  const { values, settings, imageShape, shape } = embedding;
  const step = shape[5];
  const numbers = shape[1] * shape[2] * shape[3] * shape[4];
  const first = image * numbers * step + pooling;
  const pooled = Float64Array.from({ length: numbers }, (_, at) => values[first + at * step] as number);
  return reconstructImage(pooled, settings, imageShape, size);
}
