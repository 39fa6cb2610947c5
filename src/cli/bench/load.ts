import { packageFolder } from "../../core/paths";
import { run } from "../setup/run";
import { median, type Benchmark, type Row } from "./benchmark";

const runs = 5;
const inPackage = (file: string): string => JSON.stringify(`${packageFolder}/${file}`);

/** Code whose time is printed by a process of its own, since a package loads once a process. */
const cases: Readonly<Record<string, string>> = {
  "require the package": `require(${inPackage("dist/index.js")})`,
  "first tensorflow()": `await require(${inPackage("dist/core/packages.js")}).tensorflow()`,
  "first danfo()": `require(${inPackage("dist/core/packages.js")}).danfo()`,
};

/** How long the package and what it loads on first use take to load. */
export const load: Benchmark = {
  summary: "loading the package, and TensorFlow.js and danfo on first use",
  async *run(): AsyncGenerator<Row> {
    for (const [what, code] of Object.entries(cases)) {
      const times: number[] = [];
      for (let repeat = 0; repeat < runs; repeat++) times.push(await timed(code));
      yield { case: what, medianMs: Math.round(median(times)), runs };
    }
  },
};

async function timed(code: string): Promise<number> {
  const program = `const t = performance.now(); (async () => { ${code}; console.log(performance.now() - t); })()`;
  return Number(await run(process.execPath, ["-e", program]));
}
