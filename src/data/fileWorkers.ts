import { usableCores } from "../compress/threads/cores";
import type { ImageFile } from "./imageFile";
import { Thread } from "./thread";

/** How work on files is done. */
export interface FileWork {
  /** At most so many, and fewer for few files; default: the cores that the process may use. */
  readonly workers: number | undefined;
  readonly signal: AbortSignal;
}

/** The workers of some work. */
export interface Crew {
  /** The module that each runs, in this folder, without its ending. */
  readonly script: string;
  /** What each is started with. */
  readonly start: unknown;
  readonly work: FileWork;
}

/** What a worker is asked to work on. */
export interface Question {
  readonly files: readonly ImageFile[];
  /** Memory for the answer, of one that is no longer needed. */
  readonly spare: ArrayBuffer | undefined;
}

/** How many files to ask of at once, and with what memory for the answer. */
export interface Pace {
  readonly filesAtOnce: number;
  readonly spare?: ArrayBuffer | undefined;
}

/** Files that follow each other, and what a worker made of them. */
export interface Answered<Answer> {
  readonly part: readonly ImageFile[];
  readonly answer: Answer;
}

const fewestEach = 4; // files for a worker, which takes some time and memory to start
const ahead = 3; // questions that a worker has before it or has answered, so that none waits for the others

/**
 * Has workers do something with files; the answers come in the order of the files, whoever gave them.
 *
 * @param pace - asked for every question
 * @throws what ended a worker, and the signal's reason
 */
export async function* askWorkers<Answer>(
  files: readonly ImageFile[],
  { script, start, work: { workers: most = usableCores(), signal } }: Crew,
  pace: () => Pace,
): AsyncGenerator<Answered<Answer>> {
  const workers = Math.min(most, Math.ceil(files.length / fewestEach));
  const crew = Array.from({ length: workers }, () => new Thread<Question, Answer>(script, start));
  const asked: { readonly part: readonly ImageFile[]; readonly answer: Promise<Answer> }[] = [];
  let sent = 0;
  const send = (): void => {
    if (sent >= files.length) return;
    const [idlest] = [...crew].sort((one, other) => one.waiting - other.waiting) as [Thread<Question, Answer>];
    const { filesAtOnce, spare } = pace();
    const part = files.slice(sent, (sent += filesAtOnce));
    const answer = idlest.ask({ files: part, spare }, spare === undefined ? [] : [spare]);
    answer.catch(() => undefined); // is awaited later; until then a failure is not "unhandled"
    asked.push({ part, answer });
  };
  const stop = (): void => crew.forEach((worker) => worker.fail(signal.reason as Error));
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);
  try {
    for (let at = 0; at < ahead * workers; at++) send();
    for (let next = asked.shift(); next !== undefined; next = asked.shift()) {
      const answer = await next.answer;
      send();
      yield { part: next.part, answer };
    }
  } finally {
    signal.removeEventListener("abort", stop);
    await Promise.all(crew.map((worker) => worker.close()));
  }
}
