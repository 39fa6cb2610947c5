import { clearLine, cursorTo } from "node:readline";
import { setHost, type MimeBundle } from "../core/host";

const quietGapMs = 10_000; // between lines where nobody watches, as in a log

/**
 * Makes the terminal the host of long work: one line of standard error that is written over as the work goes on, or a
 * line now and then where standard error is a file. The first Ctrl-C stops the work in order, the second at once.
 */
export function useTerminal(stream: NodeJS.WriteStream = process.stderr): void {
  const stop = new AbortController();
  process.on("SIGINT", () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort(new Error("interrupted"));
  });
  const show = stream.isTTY ? overwriting(stream) : nowAndThen(stream);
  setHost({ signal: stop.signal, show, update: show });
}

type Show = (id: string, bundle: MimeBundle) => void;

function overwriting(stream: NodeJS.WriteStream): Show {
  return (_, bundle) => {
    cursorTo(stream, 0);
    clearLine(stream, 0);
    stream.write(text(bundle).slice(0, stream.columns - 1));
  };
}

function nowAndThen(stream: NodeJS.WriteStream): Show {
  let last = -Infinity;
  return (_, bundle) => {
    const line = text(bundle);
    if (line === "" || performance.now() - last < quietGapMs) return;
    last = performance.now();
    stream.write(`${line}\n`);
  };
}

function text(bundle: MimeBundle): string {
  const plain = bundle["text/plain"];
  return typeof plain === "string" ? plain : "";
}
