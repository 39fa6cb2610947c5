import type { CompressedBatch } from "../compress/compress";
import { type CompressSettings, checkFit } from "../compress/settings";
import type { Rejected } from "../core/images";
import type { Answer, Found, Outcome, WorkerStart } from "./compressFilesWorker";
import { type FileWork, type Pace, askWorkers } from "./fileWorkers";
import type { ImageFile } from "./imageFile";
import { type Usable, checkAlike, nothingUsable } from "./outcomes";
import type { ReadSettings } from "./readSettings";

/** What reading files leaves behind besides images; of passes that run at once, everything once. */
export class FileNotes {
  /** What was set aside. */
  readonly rejected: Rejected[] = [];
  /** The ids of the images that sharp read. */
  readonly bySharp: string[] = [];
  readonly #noted = new Set<string>();
  #passes = 0;

  /** A pass over the files; what those before have noted is forgotten, unless one still runs. */
  async *during<T>(pass: AsyncIterable<T>): AsyncGenerator<T> {
    if (this.#passes++ === 0) {
      this.rejected.length = this.bySharp.length = 0;
      this.#noted.clear();
    }
    try {
      yield* pass;
    } finally {
      this.#passes--;
    }
  }

  reject(rejected: Rejected): void {
    if (this.#isNew(rejected.id)) this.rejected.push(rejected);
  }

  addBySharp(id: string): void {
    if (this.#isNew(id)) this.bySharp.push(id);
  }

  #isNew(id: string): boolean {
    return this.#noted.size < this.#noted.add(id).size;
  }
}

const fewestAtOnce = 2; // a worker can have two files at hand
const mostAtOnce = 64;
// Enough that asking costs little beside the work, little enough for many workers and to tell of progress now and then.
const chunkBytes = 2 ** 20; // of values
const chunkMs = 100;

/** What became of some files that follow each other, and the values of those that could be used. */
export interface Chunk {
  readonly outcomes: readonly Outcome[];
  /**
   * `[image, channel, subBand, patchRow, patchCol, pooling]`, in memory that goes back to the workers once the next chunk
   * is asked for: transferred arrays alone never make the engine collect any.
   */
  readonly values: Float32Array;
}

/**
 * Reads, decodes, resizes and compresses files in workers, from which only names and values come. The batches are in the
 * order of the files, whoever did them, and their values those of reading and compressing on one thread; the next
 * batch may overwrite them.
 *
 * @throws what streamFiles and compress throw
 */
export async function* compressFiles(
  files: readonly ImageFile[],
  read: ReadSettings,
  settings: CompressSettings,
  work: FileWork,
  notes: FileNotes,
): AsyncGenerator<CompressedBatch> {
  let imageShape: Usable["shape"] | undefined;
  for await (const { outcomes, values } of compressChunks(files, { read, settings, digest: false }, work)) {
    const ids: string[] = [];
    for (const outcome of outcomes) {
      if (outcome.kind === "rejected") {
        notes.reject({ file: outcome.file, id: outcome.id, reason: outcome.reason });
        continue;
      }
      imageShape ??= outcome.shape;
      ids.push(outcome.id);
      if (outcome.bySharp) notes.addBySharp(outcome.id);
    }
    if (imageShape !== undefined && ids.length > 0) yield { values, imageShape, ids };
  }
  if (imageShape === undefined) throw nothingUsable(notes.rejected);
}

/**
 * As {@link compressFiles}, with what became of every file.
 *
 * @param first - the image that the others must be like; default: the first that can be read
 */
export async function* compressChunks(
  files: readonly ImageFile[],
  start: WorkerStart,
  work: FileWork,
  first?: Usable,
): AsyncGenerator<Chunk> {
  const spares: ArrayBuffer[] = [];
  let filesAtOnce = fewestAtOnce; // nothing is known of the files so far
  let like = first;
  const crew = { script: "compressFilesWorker", start, work };
  const pace = (): Pace => ({ filesAtOnce, spare: spares.pop() });
  for await (const { part, answer } of askWorkers<Answer>(files, crew, pace)) {
    const outcomes = part.map((file, at) => outcomeOf(file, answer, at));
    like = checkAll(outcomes, start.settings, like);
    const imageBytes = answer.values.byteLength / Math.max(1, outcomes.filter(({ kind }) => kind === "read").length);
    const fitting = Math.min(mostAtOnce, chunkBytes / imageBytes, chunkMs / (answer.ms / part.length));
    filesAtOnce = Math.round(Math.max(fewestAtOnce, fitting));
    yield { outcomes, values: answer.values };
    spares.push(answer.values.buffer as ArrayBuffer);
  }
}

/**
 * Checks that images fit the settings and each other.
 *
 * @param first - the image that the others must be like, where there was one before
 * @returns the image that those to come must be like
 */
export function checkAll(
  outcomes: readonly Outcome[],
  settings: CompressSettings,
  first: Usable | undefined,
): Usable | undefined {
  let like = first;
  for (const outcome of outcomes) {
    if (outcome.kind === "rejected") continue;
    if (like === undefined) checkFit(settings, outcome.shape, "compress");
    checkAlike((like ??= outcome), outcome);
  }
  return like;
}

/** What became of one of the files that an answer is about. */
export function outcomeOf(
  { id, file }: ImageFile,
  { found, sha256 = [] }: Pick<Answer, "found"> & Partial<Pick<Answer, "sha256">>,
  at: number,
): Outcome {
  const outcome = { id, file, ...(found[at] as Found) };
  return sha256[at] === undefined || outcome.kind === "rejected" ? outcome : { ...outcome, sha256: sha256[at] };
}
