import { PassThrough } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { useTerminal } from "../../src/cli/host";
import { host, setHost } from "../../src/core/host";

afterEach(() => {
  process.removeAllListeners("SIGINT");
  setHost(undefined);
});

function terminal(isTTY: boolean): { readonly written: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 20 });
  useTerminal(stream as unknown as NodeJS.WriteStream);
  return { written: () => String(stream.read() ?? "") };
}

describe("the terminal as host", () => {
  it("writes over one line, cut to the terminal's width, and clears it at the end", () => {
    const { written } = terminal(true);
    host()?.show("a", { "text/plain": "compress 10 of 200, 3 a second" });
    expect(written()).toBe("\u001b[1G\u001b[2Kcompress 10 of 200,");
    host()?.update("a", { "text/plain": "" });
    expect(written()).toBe("\u001b[1G\u001b[2K");
  });

  it("writes whole lines into a file, not one for every step", () => {
    const { written } = terminal(false);
    for (let done = 1; done <= 50; done++) host()?.update("a", { "text/plain": `compress ${done} of 50` });
    expect(written()).toBe("compress 1 of 50\n");
  });

  it("stops the work in order at Ctrl-C", () => {
    terminal(false);
    const signal = host()?.signal;
    expect(signal?.aborted).toBe(false);
    process.emit("SIGINT");
    expect(signal?.aborted).toBe(true);
    expect((signal?.reason as Error).message).toBe("interrupted");
  });
});
