import { inspect } from "node:util";
import type { Diagnostic } from "tslab/dist/converter";
import type { Positions } from "./positions";
import type { Json } from "./wire";

/** The content of an `error` message. */
export interface ErrorContent extends Json {
  readonly ename: string;
  readonly evalue: string;
  /** Lines for a terminal, with ANSI colours. */
  readonly traceback: readonly string[];
}

/** What ends a cell that was interrupted. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  constructor() {
    super("the cell was interrupted");
    this.stack = `${this.name}: ${this.message}`;
  }
}

const shownParts = 5; // errors of an AggregateError

/** Bold and red alone: of a terminal's other colours some cannot be read on the red of an error, light or dark. */
const style = {
  red: (text: string): string => `\u001b[31m${text}\u001b[39m`,
  bold: (text: string): string => `\u001b[1m${text}\u001b[22m`,
};

/** Makes every stack of this process speak of the TypeScript in the cells, wherever it is printed. */
export function translateStacks(positions: Positions): void {
  Error.prepareStackTrace = (error, sites) => {
    const frames = sites.map((site) => `    at ${(site as { toString(): string }).toString()}`);
    return positions.translate([headline(error), ...insideCell(frames)].join("\n"));
  };
}

/** tslab's executor makes a function of a cell: the call of that, and all that led to it, says nothing to a person. */
function insideCell(frames: readonly string[]): readonly string[] {
  const executor = frames.findIndex((line) => line.includes("/tslab/dist/executor.js"));
  if (executor < 0) return frames;
  const outermost = frames.slice(0, executor).findLastIndex((line) => line.includes("In["));
  return frames.slice(0, outermost < 0 ? executor : outermost);
}

function headline(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "Error";
  }
}

/** An exception as an error message, with the lines of the cell it passed through. */
export function describeError(
  error: unknown,
  sources: ReadonlyMap<string, string>,
  notes: readonly string[],
): ErrorContent {
  if (!isError(error)) {
    const evalue = inspect(error);
    return { ename: "Thrown", evalue, traceback: [`${style.red("Thrown")}: ${evalue}`, ...notes] };
  }
  const { ename, evalue } = nameAndMessage(error);
  const frames = framesOf(error);
  const top = frames.map((frame) => excerptAt(frame, sources)).find((excerpt) => excerpt !== undefined);
  const traceback = [
    `${style.red(ename)}: ${evalue}`,
    ...(top === undefined ? [] : [top]),
    ...frames.map(emphasise),
    ...describeParts(error),
    ...describeCause(error),
    ...notes,
  ];
  return { ename, evalue, traceback };
}

/** Type errors as one error message: place, text, and the line with a caret under the spot. */
export function describeDiagnostics(found: readonly Diagnostic[], file: string, source: string): ErrorContent {
  const diagnostics = found.map((diagnostic) =>
    diagnostic.fileName === undefined ? within(source, diagnostic) : diagnostic,
  );
  const texts = diagnostics.map(({ start, messageText, fileName }) => {
    return `${fileName ?? file}:${start.line + 1}:${start.character + 1} - ${messageText}`;
  });
  const lines = diagnostics.flatMap(({ start, end, code, messageText, fileName }) => {
    const place = `${fileName ?? file}:${start.line + 1}:${start.character + 1}`;
    const text = `${style.bold(place)} - ${style.red("error")} TS${code}: ${messageText}`;
    const length = end.line === start.line ? end.character - start.character : 1;
    const below = fileName === undefined ? excerpt(source, start.line + 1, start.character + 1, length) : undefined;
    return below === undefined ? [text] : [text, below];
  });
  return { ename: "TypeScriptError", evalue: texts.join("\n"), traceback: lines };
}

/** tslab adds a line to a cell: what is missing at the cell's end would be missed there. */
function within(source: string, diagnostic: Diagnostic): Diagnostic {
  const lines = source.trimEnd().split("\n");
  if (diagnostic.start.line < lines.length) return diagnostic;
  const start = { offset: source.length, line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
  return { ...diagnostic, start, end: { ...start, character: start.character + 1 } };
}

/** `instanceof` fails for errors of other realms. */
function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

function nameAndMessage(error: Error): { readonly ename: string; readonly evalue: string } {
  const name = error.name === "Error" ? error.constructor.name || "Error" : error.name;
  return { ename: String(name), evalue: String(error.message) };
}

/** The frames that the person can do something about: not ours, not tslab's, not Node's own. */
function framesOf(error: Error): string[] {
  return String(error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line) && !/\(?node:/.test(line) && !line.includes(__dirname));
}

function emphasise(frame: string): string {
  return frame.replace(/In\[\d+\]\.ts:\d+:\d+/, (place) => style.bold(place));
}

function excerptAt(frame: string, sources: ReadonlyMap<string, string>): string | undefined {
  const [, file, line, column] = /(In\[\d+\]\.ts):(\d+):(\d+)/.exec(frame) ?? [];
  const source = file === undefined ? undefined : sources.get(file);
  return source === undefined ? undefined : excerpt(source, Number(line), Number(column), 1);
}

function excerpt(source: string, line: number, column: number, length: number): string | undefined {
  const text = source.split("\n")[line - 1];
  if (text === undefined) return undefined;
  const margin = `${line} | `;
  const caret = " ".repeat(margin.length + column - 1) + style.red("^".repeat(Math.max(1, length)));
  return `${margin}${text}\n${caret}`;
}

function describeCause(error: Error): string[] {
  return error.cause === undefined ? [] : describeInner("caused by", error.cause);
}

/** The errors that an AggregateError, of `Promise.any` for instance, stands for. */
function describeParts(error: Error): string[] {
  const { errors } = error as { readonly errors?: unknown };
  if (!Array.isArray(errors)) return [];
  const more = errors.length > shownParts ? [`and ${errors.length - shownParts} more`] : [];
  return [...errors.slice(0, shownParts).flatMap((part) => describeInner("one of them", part)), ...more];
}

function describeInner(relation: string, inner: unknown): string[] {
  if (!isError(inner)) return [`${relation}: ${inspect(inner)}`];
  const { ename, evalue } = nameAndMessage(inner);
  return [`${relation} ${style.red(ename)}: ${evalue}`, ...framesOf(inner).map(emphasise), ...describeCause(inner)];
}
