import { AsyncLocalStorage } from "node:async_hooks";
import type { Header } from "./wire";

/** One run of a cell, and what is known of it wherever its code, or work that it started, runs. */
export interface Cell {
  /** The header of the request, to which every output belongs. */
  readonly request: Header;
  /** The cell's id in its notebook, the same at every run, where the front end tells it. */
  readonly id: string | undefined;
  readonly count: number;
  /** The name of its code in stack frames, for instance `In[3].ts`. */
  readonly file: string;
  /** A silent cell broadcasts nothing. */
  readonly silent: boolean;
  /** Whether the client answers `input()`, and where it is to be asked. */
  readonly stdin: { readonly allowed: boolean; readonly identities: readonly Uint8Array[] };
  /** Aborted on interrupt. */
  readonly controller: AbortController;
  /** Displays on their way; the cell ends after them. */
  readonly pending: Set<Promise<void>>;
}

const store = new AsyncLocalStorage<Cell>();
let latest: Cell | undefined;

/** Runs `work` as the code of a cell; timers, promises and callbacks that it starts belong to the cell for good. */
export function runAs<T>(cell: Cell, work: () => T): T {
  latest = cell;
  return store.run(cell, work);
}

/** Runs `work` as nobody's: for the kernel's own timers. */
export function runAsNobody<T>(work: () => T): T {
  return store.exit(work);
}

/** The cell whose code runs now; for code that no cell can be told of, the latest. */
export function currentCell(): Cell | undefined {
  return store.getStore() ?? latest;
}

/** The cell whose code surely runs now. */
export function owningCell(): Cell | undefined {
  return store.getStore();
}
