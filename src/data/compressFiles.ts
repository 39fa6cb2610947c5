import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { CompressedBatch } from "../compress/compress";
import { type CompressSettings, checkFit } from "../compress/settings";
import { usableCores } from "../compress/threads/cores";
import { packageFolder } from "../core/paths";
import type { Answer, Found, Outcome, Question, WorkerStart } from "./compressFilesWorker";
import type { ImageFile } from "./imageFile";
import { type Rejected, type Usable, checkAlike, nothingUsable } from "./outcomes";
import type { ReadSettings } from "./readSettings";

/** What reading files leaves behind besides images. */
export interface FileNotes {
  /** What was set aside. */
  readonly rejected: Rejected[];
  /** The ids of the images that sharp read. */
  readonly bySharp: string[];
}

/** How files are compressed. */
export interface FileWork {
  readonly workers: number | undefined;
  readonly signal: AbortSignal;
}

const fewestAtOnce = 4;
const mostAtOnce = 64;
const chunkBytes = 2 ** 20; // of values: enough that asking costs little beside the work, little enough for many workers
const ahead = 3; // chunks that a worker has to do or has done, so that none waits for the others

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
  { rejected, bySharp }: FileNotes,
): AsyncGenerator<CompressedBatch> {
  let imageShape: Usable["shape"] | undefined;
  for await (const { outcomes, values } of compressChunks(files, { read, settings, digest: false }, work)) {
    const ids: string[] = [];
    for (const outcome of outcomes) {
      if (outcome.kind === "rejected") {
        rejected.push({ file: outcome.file, id: outcome.id, reason: outcome.reason });
        continue;
      }
      imageShape ??= outcome.shape;
      ids.push(outcome.id);
      if (outcome.bySharp) bySharp.push(outcome.id);
    }
    if (imageShape !== undefined && ids.length > 0) yield { values, imageShape, ids };
  }
  if (imageShape === undefined) throw nothingUsable(rejected);
}

/**
 * As {@link compressFiles}, with what became of every file.
 *
 * @param first - the image that the others must be like; default: the first that can be read
 */
export async function* compressChunks(
  files: readonly ImageFile[],
  start: WorkerStart,
  { workers = usableCores(), signal }: FileWork,
  first?: Usable,
): AsyncGenerator<Chunk> {
  const readers = Array.from({ length: workers }, () => new Reader(start));
  const asked: { readonly part: readonly ImageFile[]; readonly answer: Promise<Answer> }[] = [];
  const spares: ArrayBuffer[] = [];
  let sent = 0;
  let filesAtOnce = 16;
  const send = (): void => {
    if (sent >= files.length) return;
    const [idlest] = [...readers].sort((one, other) => one.waiting - other.waiting) as [Reader, ...Reader[]];
    const part = files.slice(sent, (sent += filesAtOnce));
    const answer = idlest.ask({ files: part, spare: spares.pop() });
    answer.catch(() => undefined); // is awaited later; until then a failure is not "unhandled"
    asked.push({ part, answer });
  };
  const stop = (): void => readers.forEach((reader) => reader.fail(signal.reason as Error));
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);
  let like = first;
  try {
    for (let at = 0; at < ahead * workers; at++) send();
    for (let next = asked.shift(); next !== undefined; next = asked.shift()) {
      const answer = await next.answer;
      send();
      const outcomes = next.part.map((file, at) => outcomeOf(file, answer, at));
      for (const outcome of outcomes) {
        if (outcome.kind === "rejected") continue;
        if (like === undefined) checkFit(start.settings, outcome.shape, "compress");
        checkAlike((like ??= outcome), outcome);
      }
      const imageBytes = answer.values.byteLength / Math.max(1, outcomes.filter(({ kind }) => kind === "read").length);
      filesAtOnce = Math.round(Math.max(fewestAtOnce, Math.min(mostAtOnce, chunkBytes / imageBytes)));
      yield { outcomes, values: answer.values };
      spares.push(answer.values.buffer as ArrayBuffer);
    }
  } finally {
    signal.removeEventListener("abort", stop);
    await Promise.all(readers.map((reader) => reader.close()));
  }
}

function outcomeOf({ id, file }: ImageFile, { found, sha256 }: Answer, at: number): Outcome {
  const outcome = { id, file, ...(found[at] as Found) };
  return sha256[at] === undefined || outcome.kind === "rejected" ? outcome : { ...outcome, sha256: sha256[at] };
}

/** A worker that answers in the order of the questions. */
class Reader {
  readonly #worker: Worker;
  readonly #asked: { resolve(answer: Answer): void; reject(error: Error): void }[] = [];
  #failure: Error | undefined;

  constructor(start: WorkerStart) {
    this.#worker = new Worker(join(packageFolder, "dist", "data", "compressFilesWorker.js"), { workerData: start });
    this.#worker.on("message", (answer: Answer) => this.#asked.shift()?.resolve(answer));
    this.#worker.on("error", (error) => this.fail(error));
  }

  /** Questions without an answer. */
  get waiting(): number {
    return this.#asked.length;
  }

  async ask(question: Question): Promise<Answer> {
    if (this.#failure !== undefined) throw this.#failure;
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject });
      this.#worker.postMessage(question, question.spare === undefined ? [] : [question.spare]);
    });
  }

  /** Has all questions fail that have no answer, and those to come. */
  fail(error: Error): void {
    this.#failure = error;
    for (const question of this.#asked.splice(0)) question.reject(error);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
