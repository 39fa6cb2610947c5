import { SourceMap, type SourceMapPayload } from "node:module";

/** A place in a file. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** How code that runs came from TypeScript. */
export interface Origin {
  /** The name of the TypeScript. */
  readonly shown: string;
  /** Source maps, the last step first. */
  readonly maps: readonly string[];
  /** Lines that tslab puts above the TypeScript, and above the code. */
  readonly linesAbove: number;
}

/** The way back from code that runs to the TypeScript it came from. */
export interface Positions {
  /** @param runs - the name of the code in stack frames */
  add(runs: string, origin: Origin): void;
  /** Replaces the places of known code in a stack trace. */
  translate(stack: string): string;
}

export function createPositions(): Positions {
  const origins = new Map<string, Origin>();

  function find(runs: string, { line, column }: Position): string | undefined {
    const origin = origins.get(runs);
    if (origin === undefined) return undefined;
    const start = { line: line - 1 - origin.linesAbove, column: column - 1 };
    const end = origin.maps.reduce<Position | undefined>((at, map) => at && step(map, at), start);
    return end && `${origin.shown}:${end.line + 1 - origin.linesAbove}:${end.column + 1}`;
  }

  return {
    add: (runs, origin) => void origins.set(runs, origin),
    translate(stack) {
      return stack.replace(
        /(In\[\d+\]\.ts|\/[^\s():]+\.js):(\d+):(\d+)/g,
        (place, runs: string, line: string, column: string) => {
          return find(runs, { line: Number(line), column: Number(column) }) ?? place;
        },
      );
    },
  };
}

/** One step back, counted from 0. Maps are read when a trace needs them, which is seldom. */
function step(map: string, { line, column }: Position): Position | undefined {
  const entry = new SourceMap(JSON.parse(map) as SourceMapPayload).findEntry(line, column);
  return "originalLine" in entry ? { line: entry.originalLine, column: entry.originalColumn } : undefined;
}
