/** What every cell can use without importing it. */

/**
 * Shows a value: its own `Symbol.for("Jupyter.display")` bundle, a table, or text.
 *
 * @param options.id - shown under this id, so that it can be replaced later
 * @param options.update - replaces what is shown under `id`
 */
declare function display(value: unknown, options?: { id?: string; update?: boolean }): Promise<void>;

/** Removes the cell's output; with `wait: true` only when something new arrives. */
declare function clearOutput(options?: { wait?: boolean }): void;

/** ES2023 array methods that the compiler's own library does not know yet. */
interface Array<T> {
  toReversed(): T[];
  toSorted(compare?: (a: T, b: T) => number): T[];
  toSpliced(start: number, deleteCount?: number, ...items: T[]): T[];
  with(index: number, value: T): T[];
}
interface ReadonlyArray<T> {
  toReversed(): T[];
  toSorted(compare?: (a: T, b: T) => number): T[];
  toSpliced(start: number, deleteCount?: number, ...items: T[]): T[];
  with(index: number, value: T): T[];
}
