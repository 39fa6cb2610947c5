import { currentCell, runAsNobody, type Cell } from "./cell";
import type { Link } from "./link";
import type { Envelope, Header, Json } from "./wire";

/** Broadcasts to every client. */
export interface Output {
  /** What a cell shows; kept in order with its text. */
  publish(cell: Cell, type: string, content: Json, envelope?: Envelope): void;
  /** What belongs to a request that is no cell's. */
  broadcast(type: string, content: Json, parent: Header): void;
  /** Text of a stream, sent together with what follows shortly. */
  write(cell: Cell, name: StreamName, text: string): void;
  /** Sends the text that waits. */
  flush(): void;
}

type StreamName = "stdout" | "stderr";

interface Waiting {
  readonly cell: Cell;
  readonly name: StreamName;
  text: string;
  readonly since: number;
}

// The socket thread joins texts, and sends them while a loop keeps this thread busy. Only a flood is held back here.
const floodLines = 50; // texts in one period that are handed over singly
const periodMs = 100; // after these, text waits this long at most, if more comes
const largestText = 2 ** 18; // characters in one message

export function createOutput(link: Link): Output {
  let waiting: Waiting | undefined;
  let timer: NodeJS.Timeout | undefined;
  let period = { start: -Infinity, texts: 0 };

  function isFlood(): boolean {
    const now = performance.now();
    if (now - period.start > periodMs) period = { start: now, texts: 0 };
    return ++period.texts > floodLines;
  }

  function flush(): void {
    clearTimeout(timer);
    if (waiting === undefined) return;
    const { cell, name, text } = waiting;
    waiting = undefined;
    link.send("iopub", "stream", { name, text }, { parent: cell.request });
  }

  function write(cell: Cell, name: StreamName, text: string): void {
    if (cell.silent || text === "") return;
    if (waiting !== undefined && (waiting.cell !== cell || waiting.name !== name)) flush();
    if (waiting === undefined) {
      waiting = { cell, name, text, since: performance.now() };
      timer = runAsNobody(() => setTimeout(flush, periodMs).unref());
    } else waiting.text += text;
    if (!isFlood() || waiting.text.length > largestText || performance.now() - waiting.since > periodMs) flush();
  }

  return {
    write,
    flush,
    broadcast: (type, content, parent) => link.send("iopub", type, content, { parent }),
    publish(cell, type, content, envelope = {}) {
      flush();
      if (!cell.silent) link.send("iopub", type, content, { ...envelope, parent: cell.request });
    },
  };
}

/** Sends what is written to the process's streams to the cell that wrote it. */
export function captureStreams(output: Output): void {
  for (const name of ["stdout", "stderr"] as const) {
    const stream = process[name];
    const original = stream.write.bind(stream);
    stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      const cell = currentCell();
      if (cell === undefined) return original(chunk);
      output.write(cell, name, typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"));
      const callback = rest.at(-1);
      if (typeof callback === "function") process.nextTick(callback);
      return true;
    };
  }
}
