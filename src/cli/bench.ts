import { Console } from "node:console";
import { Argument, Command } from "commander";
import { archive } from "./bench/archive";
import { compressing } from "./bench/compress";
import { explorer } from "./bench/explore";
import { kernel } from "./bench/kernel";
import { load } from "./bench/load";
import { train } from "./bench/train";
import { runPeer, type Benchmark, type BenchmarkOptions, type Row } from "./bench/benchmark";
import { wholeNumber } from "./imageInput";

/** Every benchmark by the name that is typed; each is a file of its own in `bench/`. */
const benchmarks: Readonly<Record<string, Benchmark>> = {
  archive,
  compress: compressing,
  explore: explorer,
  kernel,
  load,
  train,
};

/** `deepfixcx bench`: how fast this package is on this machine. */
export function benchCommand(): Command {
  const names = Object.keys(benchmarks);
  const list = names.map((name) => `  ${name.padEnd(10)} ${benchmarks[name]?.summary ?? ""}`).join("\n");
  return new Command("bench")
    .summary("measure speed on this machine")
    .description("Measures speed: one JSON object a line on standard output, and a table at the end on standard error.")
    .addArgument(new Argument("[name]", "one benchmark instead of all").choices(names))
    .option("--peer <command>", "another program to run side by side, that prints JSON lines for the same cases")
    .option("--images <number>", "how many images, for archive (default: 100000)", wholeNumber)
    .addHelpText("after", `\nBenchmarks:\n${list}`)
    .action(bench);
}

interface BenchFlags extends BenchmarkOptions {
  readonly peer?: string;
}

async function bench(name: string | undefined, { peer, ...options }: BenchFlags): Promise<void> {
  for (const [title, benchmark] of Object.entries(benchmarks)) {
    if (name !== undefined && name !== title) continue;
    const rows: Row[] = [];
    for await (const row of benchmark.run(peer === undefined ? undefined : () => runPeer(peer), options)) {
      console.log(JSON.stringify({ benchmark: title, ...row }));
      rows.push(row);
    }
    new Console(process.stderr).table(rows);
  }
}
