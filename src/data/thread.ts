import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { packageFolder } from "../core/paths";

/** A thread that answers in the order of the questions. */
export class Thread<Question, Answer> {
  readonly #worker: Worker;
  readonly #asked: { resolve(answer: Answer): void; reject(error: Error): void }[] = [];
  #failure: Error | undefined;
  #closed = false;

  /**
   * @param script - the module that the thread runs, in this folder, without its ending
   * @param start - what it is started with
   */
  constructor(script: string, start: unknown) {
    this.#worker = new Worker(join(packageFolder, "dist", "data", `${script}.js`), { workerData: start });
    this.#worker.on("message", (answer: Answer) => this.#asked.shift()?.resolve(answer));
    this.#worker.on("error", (error) => this.fail(error));
    this.#worker.on("exit", (code) => {
      if (!this.#closed) this.fail(this.#failure ?? new Error(`a thread for files ended with code ${code}`));
    });
  }

  /** Questions without an answer. */
  get waiting(): number {
    return this.#asked.length;
  }

  /**
   * @param given - memory that goes to the thread with the question
   * @throws what ended the thread, now or before
   */
  async ask(question: Question, given: readonly ArrayBuffer[] = []): Promise<Answer> {
    if (this.#failure !== undefined) throw this.#failure;
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject });
      this.#worker.postMessage(question, given);
    });
  }

  /** Has all questions fail that have no answer, and those to come. */
  fail(error: Error): void {
    this.#failure = error;
    for (const question of this.#asked.splice(0)) question.reject(error);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker.terminate();
  }
}
