import { afterEach, describe, expect, it, vi } from "vitest";
import { type Progress, Turns, startWork } from "../../src/core/progress";

afterEach(() => void vi.restoreAllMocks());

/** The clock, which stands still until it is told to go on. */
function stoppedClock(): (milliseconds: number) => void {
  let now = 1000;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  return (milliseconds) => void (now += milliseconds);
}

describe("work", () => {
  it("reports at most once in 50 ms, and its end once", () => {
    const goOn = stoppedClock();
    const seen: Progress[] = [];
    const work = startWork("test", 100, { onProgress: (progress) => seen.push(progress) });
    for (let done = 0; done < 100; done++) {
      work.report(done);
      goOn(7);
    }
    for (let again = 0; again < 3; again++) work.report(100);
    work.end();
    expect(seen.map(({ elapsedMs }) => elapsedMs)).toEqual([
      0, 56, 112, 168, 224, 280, 336, 392, 448, 504, 560, 616, 672, 700,
    ]);
    expect(seen.map(({ done }) => done).filter((done) => done === 100)).toEqual([100]);
  });

  it("begins no gap anew for a listener that other work has just told", () => {
    const goOn = stoppedClock();
    const seen: string[] = [];
    const onProgress = ({ label, done }: Progress): void => void seen.push(`${label} ${done}`);
    startWork("first", 2, { onProgress }).report(1);
    goOn(49);
    const second = startWork("second", 2, { onProgress });
    second.report(0);
    goOn(1);
    second.report(1);
    expect(seen).toEqual(["first 1", "second 1"]);
  });

  it("waits for a promise no longer than until it is stopped, and minds no failure afterwards", async () => {
    const stop = new AbortController();
    const work = startWork("test", 1, { signal: stop.signal });
    expect(await work.during(Promise.resolve(3))).toBe(3);
    await expect(work.during(Promise.reject(new Error("its own")))).rejects.toThrow("its own");
    let fail = (): void => undefined;
    const never = work.during(new Promise((_, reject) => (fail = (): void => reject(new Error("too late")))));
    setImmediate(() => stop.abort(new Error("enough")));
    await expect(never).rejects.toThrow("enough");
    fail();
    await new Promise((resolve) => setImmediate(resolve)); // an unhandled rejection fails the test
    await expect(work.during(Promise.resolve(3))).rejects.toThrow("enough");
  });
});

describe("turns", () => {
  it("let messages through between the steps of several loops, one step after another", async () => {
    const goOn = stoppedClock();
    const seen: string[] = [];
    const turns = new Turns(() => undefined);
    let messages = 0;
    const timer = setInterval(() => void seen.push(`message ${++messages}`), 0);
    const loop = async (name: string): Promise<void> => {
      for (let step = 0; step < 3; step++) {
        await turns.take(() => {
          seen.push(name);
          goOn(13);
          const until = Date.now() + 3; // so that the timer is due
          while (Date.now() < until);
        });
      }
    };
    await Promise.all([loop("a"), loop("b"), loop("c")]);
    clearInterval(timer);
    const steps = seen.filter((one) => !one.startsWith("message"));
    expect(steps).toEqual(["a", "b", "c", "a", "b", "c", "a", "b", "c"]);
    expect(messages).toBeGreaterThanOrEqual(8);
  });

  it("begin no step once they are to stop", async () => {
    let stopped = false;
    const turns = new Turns(() => {
      if (stopped) throw new Error("enough");
    });
    expect(await turns.take(() => 1)).toBe(1);
    stopped = true;
    await expect(turns.take(() => 2)).rejects.toThrow("enough");
  });
});
