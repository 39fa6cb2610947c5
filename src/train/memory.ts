import { OptionError } from "../core/errors";
import { architectureOf, isDeep, type ResolvedModel } from "./models/create";
import { architectureWeights, traceArchitecture } from "./models/deep";
import { sizeOf } from "./weights";

/** What training a deep network needs, in bytes. */
export interface MemoryNeed {
  /** Whatever the batch: weights, Adam's moments, gradients, the best weights so far, and the library itself. */
  readonly fixed: number;
  readonly perImage: number;
}

/** What TensorFlow and Node hold before the first tensor, generously. */
const libraryBytes = 400e6;
/** Of the weights: as drawn, three for Adam, two of moments at the start, the gradients, and the best so far. */
const copies = 8;
/**
 * Beside what a network keeps for each image, for slopes on the way back and the allocator's spare room. Measured peaks of a
 * process that trains, and in brackets what is estimated with this: DenseNet-121 on 2, 8, 16 and 24 grey images of 320x320
 * 1.24, 3.06, 5.49 and 7.78 GB (1.32, 3.40, 6.17, 8.95); ResNet-18 on 5, 10, 20 and 40 of 240x240 RGB .88, 1.01, 1.57 and
 * 2.05 (.97, 1.18, 1.60, 2.44); EfficientNet-B0 on 4, 8 and 16 grey of 320x320 1.37, 2.17 and 3.67 (1.52, 2.52, 4.50): never
 * too little, and up to 23 % too much.
 */
const spare = 1.25;

/** An estimate of the memory that training needs; undefined for models of features, which need little. */
export function memoryNeed(
  model: ResolvedModel,
  [channels = 1, rows = 1, cols = 1]: readonly number[],
  outputs: number,
): MemoryNeed | undefined {
  if (!isDeep(model)) return undefined;
  const architecture = architectureOf(model.kind, channels, outputs);
  const weights = architectureWeights(architecture).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const { kept } = traceArchitecture(architecture, [rows, cols, channels]);
  return { fixed: libraryBytes + 4 * copies * weights, perImage: 4 * spare * kept };
}

/**
 * Refuses a batch that cannot fit into the memory that is free now.
 *
 * @param shape - of one image as the network sees it
 * @throws OptionError with the largest batch that fits
 */
export function checkMemory(
  model: ResolvedModel,
  shape: readonly number[],
  outputs: number,
  batchSize: number,
  available: number = process.availableMemory(),
): void {
  const need = memoryNeed(model, shape, outputs);
  if (need === undefined) return;
  const wanted = need.fixed + batchSize * need.perImage;
  if (wanted <= available) return;
  const largest = Math.floor((available - need.fixed) / need.perImage);
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new OptionError({
    where: "train",
    required: `a batchSize that fits into the ${gigabytes(available)} of memory that are free`,
    got: `${batchSize}, for which ${model.kind} on [${shape.join(", ")}] needs about ${gigabytes(wanted)}`,
    remedy: largest >= 1 ? `use batchSize <= ${largest}` : "use smaller images, or privatize them at compact size",
  });
}
