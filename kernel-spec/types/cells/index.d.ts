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

/** Asks the person at the notebook, and resolves with the answer. With `password: true` the answer is not shown. */
declare function input(prompt?: string, options?: { password?: boolean }): Promise<string>;

/** Makes a widget whose page side is an ES module (see anywidget.dev); shown when it is the cell's last value. */
declare function anywidget(options: { esm: string; css?: string; state?: Record<string, unknown> }): Widget;

/** Opens a comm: a line to something in the page. */
declare function openComm(target: string, data: Record<string, unknown>, options?: CommOptions): Comm;

/** Names what is called when the page opens a comm for `target`. */
declare function registerCommTarget(target: string, opened: (comm: Comm, message: CommMessage) => void): void;

interface Widget {
  get(name: string): any;
  /** Sets a value here and on the page. */
  set(name: string, value: unknown): void;
  /** `"change:NAME"`: the page has set a value; `"msg:custom"`: the page has sent a message. */
  on(event: string, listener: (value: any, buffers: readonly Uint8Array[]) => void): void;
  /** Sends a message, which arrives on the page as `"msg:custom"`. */
  send(content: unknown, buffers?: readonly Uint8Array[]): void;
  close(): void;
}

interface CommOptions {
  metadata?: Record<string, unknown>;
  buffers?: readonly Uint8Array[];
}

interface CommMessage {
  readonly data: Record<string, any>;
  readonly metadata: Record<string, any>;
  readonly buffers: readonly Uint8Array[];
}

interface Comm {
  readonly id: string;
  readonly target: string;
  send(data: Record<string, unknown>, options?: CommOptions): void;
  onMessage(listener: (message: CommMessage) => void): void;
  onClose(listener: (message: CommMessage) => void): void;
  close(data?: Record<string, unknown>): void;
}

/** Array methods of ES2023 that the compiler's own library does not know yet. */
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
interface Int8Array {
  toReversed(): Int8Array;
  toSorted(compare?: (a: number, b: number) => number): Int8Array;
  with(index: number, value: number): Int8Array;
}
interface Uint8Array {
  toReversed(): Uint8Array;
  toSorted(compare?: (a: number, b: number) => number): Uint8Array;
  with(index: number, value: number): Uint8Array;
}
interface Uint8ClampedArray {
  toReversed(): Uint8ClampedArray;
  toSorted(compare?: (a: number, b: number) => number): Uint8ClampedArray;
  with(index: number, value: number): Uint8ClampedArray;
}
interface Int16Array {
  toReversed(): Int16Array;
  toSorted(compare?: (a: number, b: number) => number): Int16Array;
  with(index: number, value: number): Int16Array;
}
interface Uint16Array {
  toReversed(): Uint16Array;
  toSorted(compare?: (a: number, b: number) => number): Uint16Array;
  with(index: number, value: number): Uint16Array;
}
interface Int32Array {
  toReversed(): Int32Array;
  toSorted(compare?: (a: number, b: number) => number): Int32Array;
  with(index: number, value: number): Int32Array;
}
interface Uint32Array {
  toReversed(): Uint32Array;
  toSorted(compare?: (a: number, b: number) => number): Uint32Array;
  with(index: number, value: number): Uint32Array;
}
interface Float32Array {
  toReversed(): Float32Array;
  toSorted(compare?: (a: number, b: number) => number): Float32Array;
  with(index: number, value: number): Float32Array;
}
interface Float64Array {
  toReversed(): Float64Array;
  toSorted(compare?: (a: number, b: number) => number): Float64Array;
  with(index: number, value: number): Float64Array;
}
interface BigInt64Array {
  toReversed(): BigInt64Array;
  toSorted(compare?: (a: bigint, b: bigint) => number): BigInt64Array;
  with(index: number, value: bigint): BigInt64Array;
}
interface BigUint64Array {
  toReversed(): BigUint64Array;
  toSorted(compare?: (a: bigint, b: bigint) => number): BigUint64Array;
  with(index: number, value: bigint): BigUint64Array;
}
