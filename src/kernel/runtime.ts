import type { Executor } from "tslab/dist/executor";
import { owningCell, runAs, type Cell } from "./cell";
import type { Compiler } from "./compiler";
import { acknowledgeInterrupt, guard, type InterruptCells } from "./interrupt";
import type { Modules } from "./modules";
import { describeDiagnostics, describeError, Interrupted, type ErrorContent } from "./traceback";
import { importedBy } from "./source";
import { createSharingExecutor } from "./tslab";

/** How a cell ended. */
export type Outcome = { readonly kind: "done" } | { readonly kind: "failed"; readonly error: ErrorContent };

/** Compiles and runs cells, one at a time. */
export interface Runtime {
  /** Runs code, then `finish` with the value of its last expression, which belongs to the cell still. */
  run(cell: Cell, code: string, finish: (value: unknown) => Promise<void>): Promise<Outcome>;
  /** Ends the running cell, if any, with this error; aborts the signal of the latest. */
  stop(reason: unknown): void;
  /** Whether a cell runs. */
  readonly running: Cell | undefined;
  readonly executor: Executor;
}

/**
 * @param folder - where the cells' imports start from
 * @param onIdle - told `false` when a cell starts to wait and `true` when it has ended: in between, only the cell's own
 *   work is to keep the process from ending
 */
export function createRuntime(
  folder: string,
  modules: Modules,
  compiler: Compiler,
  interruptCells: InterruptCells,
  onIdle: (idle: boolean) => void,
): Runtime {
  const sources = new Map<string, string>();
  const spoken = new WeakMap<Cell, Spoken>();
  // tslab speaks through this console alone: log for the last value, error with one argument for an exception.
  const { executor, values } = createSharingExecutor(
    () => {
      if (owningCell()?.controller.signal.aborted === true) throw new Interrupted();
    },
    folder,
    { node: compiler, browser: compiler, close: () => compiler.close() },
    {
      log: (value: unknown) => spoken.set(owningCell() as Cell, { value }),
      error: (error: unknown, ...rest: unknown[]) => {
        if (rest.length === 0) spoken.set(owningCell() as Cell, { error });
      },
    },
  );
  let running: { readonly cell: Cell; readonly fail: (reason: unknown) => void } | undefined;
  let latest: Cell | undefined;

  async function evaluate(cell: Cell, code: string): Promise<unknown> {
    spoken.delete(cell);
    compiler.nameNext(cell.file);
    sources.set(cell.file, code);
    await modules.load(importedBy(code));
    // Up to its first await tslab compiles, then runs code that SIGINT itself can end.
    const guarded = guard(interruptCells);
    const started = runAs(cell, () => executor.execute(code));
    guarded.release();
    const succeeded = await started;
    const said = spoken.get(cell);
    forgetLastValue();
    if (!succeeded && said === undefined) throw new TypeErrors();
    if (!succeeded) throw said?.error;
    return said?.value;
  }

  /** tslab gives the value of a last expression a name, and functions take the first name that they are given. */
  function forgetLastValue(): void {
    for (const name of Object.keys(values).filter((each) => each.startsWith("tsLastExpr"))) {
      const value = values[name];
      if (typeof value === "function" && value.name === name) Object.defineProperty(value, "name", { value: "" });
      values[name] = undefined;
    }
  }

  async function attempt(cell: Cell, code: string, finish: (value: unknown) => Promise<void>): Promise<Outcome> {
    const stopped = new Promise<never>((_resolve, reject) => (running = { cell, fail: reject }));
    const work = runAs(cell, async () => {
      const value: unknown = await evaluate(cell, code);
      compiler.keepDeclarations(() => true);
      await finish(value);
    });
    work.catch(() => undefined); // it may fail after it was stopped
    await Promise.race([work, stopped]);
    return { kind: "done" };
  }

  function fail(cell: Cell, code: string, error: unknown): Outcome {
    if (error instanceof TypeErrors)
      return { kind: "failed", error: describeDiagnostics(compiler.diagnostics, cell.file, code) };
    const reason = isBrokenBySignal(error) ? new Interrupted() : error;
    if (reason !== error) {
      acknowledgeInterrupt(interruptCells);
      cell.controller.abort(reason);
    }
    const unreached = compiler.keepDeclarations((name) => values[name] !== undefined);
    const notes =
      unreached.length === 0 ? [] : [`Not declared, since the cell stopped before: ${unreached.join(", ")}`];
    return { kind: "failed", error: describeError(reason, sources, notes) };
  }

  return {
    executor,
    get running() {
      return running?.cell;
    },
    async run(cell, code, finish) {
      latest = cell;
      onIdle(false);
      try {
        return await attempt(cell, code, finish);
      } catch (error) {
        return fail(cell, code, error);
      } finally {
        running = undefined;
        onIdle(true);
      }
    },
    stop(reason) {
      latest?.controller.abort(reason);
      running?.fail(reason);
      executor.interrupt();
    },
  };
}

/** What tslab said of a cell. */
interface Spoken {
  readonly value?: unknown;
  readonly error?: unknown;
}

class TypeErrors extends Error {}

function isBrokenBySignal(error: unknown): boolean {
  return (error as { readonly code?: unknown } | null)?.code === "ERR_SCRIPT_EXECUTION_INTERRUPTED";
}
