import { performance } from "node:perf_hooks";
import { OptionError } from "../core/errors";
import { inBrief } from "../core/images";
import { checkOptions, longWorkNames } from "../core/options";
import { versions } from "../core/packages";
import { type LongWorkOptions, startWork } from "../core/progress";
import { showAs, type Shown, type Tabled } from "../display/show";
import type { Table } from "../display/view";

/** Options of `evaluate.timing`. */
export interface TimingOptions extends LongWorkOptions {
  /** Timed runs of every task, after one that is not counted; default 5. */
  readonly repeats?: number;
}

/** How long a task takes; the median of its runs, since other programs only ever make a run slower. */
export interface TaskTiming {
  readonly name: string;
  readonly seconds: number;
  readonly fastest: number;
  readonly slowest: number;
  /** Items (images) a second in the median run. */
  readonly itemsPerSecond: number;
  readonly items: number;
}

/** Tasks timed side by side. */
export interface Timing {
  readonly kind: "timing";
  readonly tasks: readonly TaskTiming[];
  readonly repeats: number;
}

/**
 * Times tasks on this machine: compression, an epoch of training, a forward pass (the paper's claim 7). Rounds take
 * every task once, so that a busy moment does not fall on one of them alone.
 *
 * @param tasks - by name; each does its work and resolves to the number of images that it did
 * @throws OptionError without tasks, or when repeats is not a positive whole number
 * @example
 * await evaluate.timing({ "J=2, P=19": async () => (await compress(images, { level: 2, patchGrid: 19 })).ids.length })
 */
export async function timing(
  tasks: Readonly<Record<string, () => Promise<number>>>,
  given: TimingOptions = {},
): Promise<Timing & Shown & Tabled> {
  checkOptions("evaluate.timing", given, { ...longWorkNames, repeats: true });
  const { repeats = 5, ...options } = given;
  const names = Object.keys(tasks);
  check(names, repeats);
  const runs = new Map(names.map((name) => [name, { items: 0, seconds: [] as number[] }]));
  const work = startWork("time", names.length * (repeats + 1), options);
  try {
    for (let round = 0; round <= repeats; round++) {
      for (const [position, name] of names.entries()) {
        work.check();
        const started = performance.now();
        const run = runs.get(name) as { items: number; seconds: number[] };
        run.items = await (tasks[name] as () => Promise<number>)();
        if (round > 0) run.seconds.push((performance.now() - started) / 1000);
        work.report(round * names.length + position + 1, name);
      }
    }
  } finally {
    work.end();
  }
  const result: Timing = {
    kind: "timing",
    tasks: names.map((name) => describe(name, runs.get(name) as { items: number; seconds: number[] })),
    repeats,
  };
  return showAs(result, { summary: () => summary(result), view: () => table(result), table: () => table(result) });
}

function check(names: readonly string[], repeats: number): void {
  const where = "evaluate.timing";
  if (names.length === 0) throw new OptionError({ where, required: "at least one task", got: "none" });
  if (Number.isInteger(repeats) && repeats >= 1) return;
  throw new OptionError({ where, required: "repeats a whole number of at least 1", got: inBrief(repeats) });
}

function describe(name: string, { items, seconds }: { items: number; seconds: readonly number[] }): TaskTiming {
  const sorted = [...seconds].sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] as number;
  return {
    name,
    seconds: middle,
    fastest: sorted[0] as number,
    slowest: sorted.at(-1) as number,
    itemsPerSecond: items / middle,
    items,
  };
}

function summary({ tasks }: Timing): string {
  return `Timing: ${tasks.map(({ name, itemsPerSecond }) => `${name} ${itemsPerSecond.toFixed(1)} a second`).join(", ")}`;
}

function table({ tasks, repeats }: Timing): Table {
  const { node, tfjs, backend, threads } = versions();
  return {
    kind: "table",
    title: "Time on this machine",
    columns: [
      { name: "task" },
      { name: "images" },
      { name: "seconds", digits: 4 },
      { name: "fastest", digits: 4 },
      { name: "slowest", digits: 4 },
      { name: "images a second", digits: 1 },
    ],
    rows: tasks.map((task) => [task.name, task.items, task.seconds, task.fastest, task.slowest, task.itemsPerSecond]),
    note: `Median of ${repeats} runs; Node ${node}, TensorFlow.js ${tfjs} (${backend ?? "not used"}), ${threads} threads`,
  };
}
