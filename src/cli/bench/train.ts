import { packageFolder } from "../../core/paths";
import { run } from "../setup/run";
import type { Benchmark, Row } from "./benchmark";

/** One training step that is measured: a model, the shape of its inputs, and the size of its batches. */
interface Case {
  readonly case: string;
  readonly model: string;
  readonly shape: readonly number[];
  readonly batchSize: number;
  readonly steps: number;
}

/** The peer's script has the same cases under the same names. */
const cases: readonly Case[] = [
  { case: "MLP, D=5776 (J=2 P=19)", model: "mlp", shape: [5776], batchSize: 600, steps: 30 },
  { case: "MLP, D=144 (J=2 P=3)", model: "mlp", shape: [144], batchSize: 600, steps: 200 },
  { case: "MLP, D=100 (J=1 P=5)", model: "mlp", shape: [100], batchSize: 600, steps: 200 },
  { case: "ResNet-18, RGB 240x240", model: "resnet18", shape: [3, 240, 240], batchSize: 10, steps: 6 },
  { case: "DenseNet-121, grey 320x320", model: "densenet121", shape: [1, 320, 320], batchSize: 8, steps: 4 },
];

/** Rounds in which ours and the peer's alternate, so that both meet the same noise. */
const rounds = 3;

/** Milliseconds of one training step (gradients and Adam) and the peak memory of a process that does nothing else. */
export const train: Benchmark = {
  summary: "one training step of the MLP, ResNet-18 and DenseNet-121, its peak memory, and both from files",
  async *run(peer): AsyncGenerator<Row> {
    const best = new Map<string, Row>();
    const peerBest = new Map<string, Row>();
    for (let round = 0; round < rounds; round++) {
      for (const each of cases) keepFastest(best, await measured(each));
      for (const row of (await peer?.()) ?? []) keepFastest(peerBest, row);
    }
    for (const { case: name, batchSize } of cases) {
      const [own, other] = [best.get(name), peerBest.get(name)];
      const ratio = other === undefined ? {} : { ratio: Number(own?.["stepMs"]) / Number(other["stepMs"]) };
      const beside = { peerStepMs: other?.["stepMs"] ?? null, peerPeakGB: other?.["peakGB"] ?? null };
      yield { ...own, batchSize, rounds, ...(other === undefined ? {} : beside), ...ratio };
    }
    yield await printedBy("endToEnd.js", "printEndToEnd()");
  },
};

function keepFastest(best: Map<string, Row>, row: Row): void {
  const before = best.get(String(row["case"]));
  if (before === undefined || Number(row["stepMs"]) < Number(before["stepMs"])) best.set(String(row["case"]), row);
}

function measured(each: Case): Promise<Row> {
  return printedBy("trainStep.js", `printStep(${JSON.stringify(each)})`);
}

/** What a process of its own prints, so that peak memory is that of one case. */
async function printedBy(file: string, call: string): Promise<Row> {
  const program = `require(${JSON.stringify(`${packageFolder}/dist/cli/bench/${file}`)}).${call}`;
  return JSON.parse(await run(process.execPath, ["-e", program])) as Row;
}
