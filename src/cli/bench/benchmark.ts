import { DataError } from "../../core/errors";
import { run } from "../setup/run";

/** One measured case: what it was and the numbers, with their units in the names, such as `imagesPerSecond`. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** Runs the program named by `--peer` once and gives the rows that it printed. */
export type Peer = () => Promise<readonly Row[]>;

/** A benchmark. Where a peer is given, it is run in turn with our own cases and its numbers stand beside ours. */
export interface Benchmark {
  /** What is measured, in a few words. */
  readonly summary: string;
  run(peer: Peer | undefined, options?: BenchmarkOptions): AsyncIterable<Row>;
}

/** What may be chosen on the command line. */
export interface BenchmarkOptions {
  /** How many images, where that is for a person to say. */
  readonly images?: number;
}

/**
 * Runs a shell command that prints JSON objects, one a line.
 *
 * @throws ProgramFailed when it does not exit with 0
 * @throws DataError when a line is not JSON
 */
export async function runPeer(command: string): Promise<readonly Row[]> {
  const lines = (await run("sh", ["-c", command])).split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    try {
      return JSON.parse(line) as Row;
    } catch {
      const remedy = "let it print measurements alone on standard output";
      throw new DataError({ where: "bench --peer", required: "one JSON object a line", got: `"${line}"`, remedy });
    }
  });
}

/** The median of some measurements. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
