import { randomUUID } from "node:crypto";
import { host, type MimeBundle } from "./host";

/** How far long work has come. */
export interface Progress {
  /** What is being done, for instance `"train"`. */
  readonly label: string;
  /** Units done so far. */
  readonly done: number;
  /** Units in all, or undefined when the length of a stream is not known. */
  readonly total: number | undefined;
  /** Time since the start, in milliseconds. */
  readonly elapsedMs: number;
  /** A short extra word, for instance `"validation AUC 0.861"`. */
  readonly note?: string;
}

/** The options that every long call takes. */
export interface LongWorkOptions {
  /** Stops the work; the call then rejects with the signal's reason. Joined with the notebook's interrupt. */
  readonly signal?: AbortSignal;
  /** Told of progress at most 20 times a second, and of the end. */
  readonly onProgress?: (progress: Progress) => void;
}

/** One piece of long work: tells the caller and the host how far it is, and throws once it has been stopped. */
export interface Work {
  /** Reports that `done` units are finished. */
  report(done: number, note?: string): void;
  /** Puts a picture below the bar, as HTML; it is drawn when the bar is, and viewers of text see the bar's line alone. */
  readonly picture: (draw: () => string) => void;
  /** @throws the signal's reason when the work has been stopped */
  readonly check: () => void;
  /** Lets messages, timers and interrupts through; to be awaited now and then in loops that never wait otherwise. */
  breathe(): Promise<void>;
  /** What a promise gives; rejects with the signal's reason as soon as the work is stopped, however long the promise takes. */
  readonly during: <T>(promise: Promise<T>) => Promise<T>;
  /** Aborted when the caller or the host stops the work. */
  readonly signal: AbortSignal;
  /** Removes the progress bar. Called once, in `finally`. */
  end(): void;
}

const minimumGapMs = 50; // 20 reports a second
const pictureGapMs = 300; // a bundle with a picture is some kilobytes
const quietStartMs = 300; // work shorter than this never shows a bar
/** When each listener was last told: the parts of a work that tell the same one share its gap. */
const gaps = new WeakMap<(progress: Progress) => void, Gap>();
/** The signals of works that have a bar: work inside them, which gets their signal, shows none of its own. */
const shownSignals = new WeakSet<AbortSignal>();

interface Gap {
  lastReport: number;
}

function gapOf(listener: LongWorkOptions["onProgress"]): Gap {
  const known = listener === undefined ? undefined : gaps.get(listener);
  const gap = known ?? { lastReport: -Infinity };
  if (listener !== undefined && known === undefined) gaps.set(listener, gap);
  return gap;
}

/**
 * Starts a piece of long work. Work that is given the signal of another piece is a part of it: it reports to
 * `onProgress`, and the bar is left to the whole.
 *
 * @param label - what is being done, as shown beside the bar
 * @param total - units in all, or undefined when not known
 */
export function startWork(label: string, total: number | undefined, options: LongWorkOptions = {}): Work {
  const started = performance.now();
  const here = host();
  const signals = [options.signal, here?.signal].filter((signal) => signal !== undefined);
  const inner = options.signal !== undefined && shownSignals.has(options.signal);
  let id = "";
  let own: AbortSignal | undefined; // a call of some microseconds asks for neither
  let shown = false;
  const gap = gapOf(options.onProgress);
  let ended = false;
  let lastShown = -Infinity;
  let draw: (() => string) | undefined;

  function show(progress: Progress): void {
    if (here === undefined || inner || (!shown && progress.elapsedMs < quietStartMs)) return;
    if (draw !== undefined && progress.elapsedMs - lastShown < pictureGapMs && progress.done !== progress.total) return;
    lastShown = progress.elapsedMs;
    const bundle = progressBundle(progress, draw?.());
    if (shown) here.update(id, bundle);
    else here.show((id = `deepfixcx-progress-${randomUUID()}`), bundle);
    shown = true;
  }

  function ownSignal(): AbortSignal {
    if (own === undefined) {
      own = AbortSignal.any(signals); // one of our own, even where there is but one to follow
      shownSignals.add(own);
    }
    return own;
  }

  return {
    get signal() {
      return ownSignal();
    },
    picture: (next) => void (draw = next),
    check: () => signals.forEach((signal) => signal.throwIfAborted()),
    breathe,
    during: (promise) => (signals.length === 0 ? promise : untilAborted(promise, ownSignal())),
    report(done, note) {
      const now = performance.now();
      const ends = done === total && !ended;
      if (now - gap.lastReport < minimumGapMs && !ends) return;
      gap.lastReport = now;
      ended ||= ends;
      const progress: Progress = {
        label,
        done,
        total,
        elapsedMs: now - started,
        ...(note === undefined ? {} : { note }),
      };
      options.onProgress?.(progress);
      show(progress);
    },
    end() {
      if (shown) here?.update(id, { "text/html": "", "text/plain": "" });
    },
  };
}

/** Lets messages, timers and interrupts through. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const turnMs = 12; // and a step that was begun in time; well below the 50 ms that an interrupt may take

/** Shares a thread among loops that never wait otherwise: between their steps messages, timers and interrupts come through. */
export class Turns {
  readonly #check: () => void;
  #lastBreath = -Infinity;
  #breath: Promise<void> | undefined;

  /** @param check - asked before every step; throws where the loops are to stop */
  constructor(check: () => void) {
    this.#check = check;
  }

  /** Does a step in its turn: none begins before the clock has been looked at after the one before. */
  async take<T>(step: () => T | Promise<T>): Promise<T> {
    while (performance.now() - this.#lastBreath >= turnMs) await (this.#breath ??= this.#breathe());
    this.#check();
    return step();
  }

  async #breathe(): Promise<void> {
    await breathe();
    [this.#lastBreath, this.#breath] = [performance.now(), undefined];
  }
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    void promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

/** A progress bar as a MIME bundle: a bar, with a picture below it, for a notebook, one line for a terminal. */
export function progressBundle(progress: Progress, picture = ""): MimeBundle {
  const text = progressLine(progress);
  const { done, total } = progress;
  // Without a total there is no bar: the moving one would start anew at every report.
  const bar = total === undefined ? "" : `<progress value="${done}" max="${total}" style="${barStyle}"></progress> `;
  return {
    "text/html": `<div style="${lineStyle}">${bar}${escapeHtml(text)}</div>${picture}`,
    "text/plain": text,
  };
}

const barStyle = "width:16em;height:0.9em;vertical-align:-0.1em;margin-right:0.5em;accent-color:#0072b2";
const lineStyle = "font-family:sans-serif;font-size:13px;font-variant-numeric:tabular-nums;white-space:nowrap";

/** One line such as `compress 1,200 of 15,000, 8,100 a second, 2 s left`. */
export function progressLine({ label, done, total, elapsedMs, note }: Progress): string {
  const seconds = elapsedMs / 1000;
  const rate = seconds > 0 ? done / seconds : 0;
  const parts = [total === undefined ? `${label} ${count(done)}` : `${label} ${count(done)} of ${count(total)}`];
  if (rate > 0) parts.push(rate >= 10 ? `${count(Math.round(rate))} a second` : `${(1 / rate).toFixed(1)} s each`);
  if (rate > 0 && total !== undefined && done < total) parts.push(`${duration((total - done) / rate)} left`);
  if (note !== undefined) parts.push(note);
  return parts.join(", ");
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

const numbers = new Intl.NumberFormat("en-US"); // toLocaleString would make one at every report

function count(value: number): string {
  return numbers.format(value);
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
