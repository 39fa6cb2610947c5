import { describe, expect, it } from "vitest";
import { median, runPeer } from "../../src/cli/bench/benchmark";
import { DataError } from "../../src/core/errors";

describe("a peer", () => {
  it("is a shell command that prints JSON lines", async () => {
    const rows = await runPeer(`echo '{"level":2,"imagesPerSecond":10.5}'; echo; echo '{"level":3}'`);
    expect(rows).toEqual([{ level: 2, imagesPerSecond: 10.5 }, { level: 3 }]);
  });

  it("is told which line is not JSON", async () => {
    await expect(runPeer("echo loading")).rejects.toThrow(DataError);
    await expect(runPeer("echo loading")).rejects.toThrow(/one JSON object a line, got "loading"/);
  });
});

describe("median", () => {
  it("is the middle value, or the mean of the two", () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});
