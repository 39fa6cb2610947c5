import { currentCell, owningCell, type Cell } from "./cell";
import type { Runtime } from "./runtime";
import { Interrupted } from "./traceback";

/** Ends a cell that can never end by itself. */
class NeverSettled extends Error {
  override readonly name = "NeverSettled";
  constructor() {
    super("the cell waits for something that can no longer happen: nothing is left running that could end the wait");
    this.stack = `${this.name}: ${this.message}`;
  }
}

/** Options of {@link surviveFailures}. */
export interface FailureParts {
  readonly runtime: Runtime;
  /** Whether a cell's wait may end though no work is left here: the page may end it. */
  readonly mayEnd: () => boolean;
  /** Keeps the process from ending. */
  readonly keepAlive: () => void;
  /** Tells of an error that no cell waits for. */
  readonly report: (error: unknown, cell: Cell | undefined) => void;
}

/**
 * Turns what would end the process into an error of the cell that caused it: an exception nobody caught (a worker's
 * error event, a rejected promise), a wait with nothing left to wait for, a call of `process.exit`.
 */
export function surviveFailures({ runtime, mayEnd, keepAlive, report }: FailureParts): void {
  process.on("uncaughtException", (error) => {
    if (error instanceof Interrupted) return; // work that obeyed the interrupt
    const cell = owningCell();
    if (cell !== undefined && cell === runtime.running) runtime.stop(error);
    else report(error, cell ?? currentCell()); // Node forgets whose a microtask was
  });

  process.on("beforeExit", () => {
    keepAlive();
    if (runtime.running !== undefined && !mayEnd()) runtime.stop(new NeverSettled());
  });

  process.exit = (code?: number | string | null): never => {
    throw new Error(`process.exit(${code ?? ""}) would end the kernel; stop or restart it from the notebook`);
  };
}
