import { tensorflow } from "../../core/packages";
import { Random } from "../../core/random";
import { startState } from "../../train/adam";
import { createAdam } from "../../train/createAdam";
import { trainStep } from "../../train/loop";
import type { Targets } from "../../train/losses";
import { createNetwork, resolveModel } from "../../train/models/create";
import type { ModelKind } from "../../train/options";
import { initialWeights, sizeOf } from "../../train/weights";

/** What {@link printStep} measures. */
export interface StepCase {
  readonly case: string;
  readonly model: ModelKind;
  /** Of one input: `[feature]` or `[channel, row, col]`. */
  readonly shape: readonly number[];
  readonly batchSize: number;
  readonly steps: number;
}

/** Times training steps on random numbers and prints the median and the peak memory of this process as JSON. */
export async function printStep({ case: name, model, shape, batchSize, steps }: StepCase): Promise<void> {
  const tfjs = await tensorflow();
  const network = createNetwork(tfjs, resolveModel(model), shape, 1);
  const random = new Random(1);
  const weights = initialWeights(network.weights, random).map(({ values }) => values);
  const adam = createAdam(tfjs, network.weights, startState(network.weights, weights));
  const [channels, rows, cols] = shape;
  const batchShape = shape.length === 1 ? [batchSize, ...shape] : [batchSize, rows, cols, channels];
  const inputs = tfjs.tensor(
    Float32Array.from({ length: batchSize * sizeOf(shape) }, () => random.normal()),
    batchShape as number[],
  );
  const values = Float32Array.from({ length: batchSize }, (_, image) => image % 2);
  const targets: Targets = { kind: "binary", classes: 1, values, weights: Float32Array.of(1) };
  const times = Array.from({ length: steps + 1 }, () => {
    const start = performance.now();
    trainStep(tfjs, network, adam, inputs, targets, 1e-3, random);
    return performance.now() - start;
  });
  const sorted = times.slice(1).sort((a, b) => a - b); // the first warms up
  const stepMs = Number((sorted[sorted.length >> 1] as number).toFixed(2));
  const peakGB = Number((process.resourceUsage().maxRSS / 1e6).toFixed(2));
  console.log(JSON.stringify({ case: name, stepMs, fastestMs: Number(sorted[0]?.toFixed(2)), peakGB }));
}
