import { checkAll, outcomeOf } from "./compressFiles";
import type { Outcome } from "./compressFilesWorker";
import { type FileWork, askWorkers } from "./fileWorkers";
import type { ImageFile } from "./imageFile";
import type { Usable } from "./outcomes";
import type { PrivatizeAnswer, PrivatizeStart } from "./privatizeFilesWorker";

const filesAtOnce = 8;

/** What became of some files that follow each other. */
export interface PrivatizedChunk {
  readonly outcomes: readonly Outcome[];
  /** The privatized images as PNG, undefined for what was rejected. */
  readonly pngs: readonly (Uint8Array | undefined)[];
}

/**
 * Reads and privatizes files in workers, from which only PNG files come: those that reading, `privatize` and `saveImages`
 * give, in the order of the files.
 *
 * @throws DataError when sizes, channels or depths differ
 * @throws ShapeError when the settings do not fit the images
 */
export async function* privatizeFiles(
  files: readonly ImageFile[],
  start: PrivatizeStart,
  work: FileWork,
): AsyncGenerator<PrivatizedChunk> {
  let like: Usable | undefined;
  const crew = { script: "privatizeFilesWorker", start, work };
  for await (const { part, answer } of askWorkers<PrivatizeAnswer>(files, crew, () => ({ filesAtOnce }))) {
    const outcomes = part.map((file, at) => outcomeOf(file, answer, at));
    like = checkAll(outcomes, start.settings, like);
    yield { outcomes, pngs: answer.pngs };
  }
}
