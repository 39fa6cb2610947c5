import { describe, expect, it } from "vitest";
import { tensorflow } from "../../../src/core/packages";
import { Random } from "../../../src/core/random";
import { lossOf, type Targets } from "../../../src/train/losses";
import { createNetwork, resolveModel } from "../../../src/train/models/create";
import type { MlpOptions } from "../../../src/train/models/mlp";
import { initialWeights } from "../../../src/train/weights";

const features = 5;
const images = 4;
const targets: Targets = {
  kind: "binary",
  classes: 1,
  values: Float32Array.of(1, 0, 1, 0),
  weights: Float32Array.of(1),
};

const attentions = ["none", "vecattn", "softmax", "log-softmax"] as const;
const models: MlpOptions[] = (["none", "batch norm"] as const).flatMap((normalisation) =>
  attentions.flatMap((attention) =>
    [1, 2].map((depth): MlpOptions => ({ kind: "mlp", normalisation, attention, depth, width: 3, penalty: 0.3 })),
  ),
);

/** The MLP in double precision, from its definition with nothing folded: what the gradients are checked against. */
function lossInDoubles(
  model: MlpOptions,
  weights: ReadonlyMap<string, Float64Array>,
  batch: readonly (readonly number[])[],
): number {
  const named = (name: string): Float64Array => weights.get(name) as Float64Array;
  let rows = batch.map((row) => [...row]);
  if (model.normalisation === "batch norm") {
    const mean = rows[0]?.map((_, k) => rows.reduce((sum, row) => sum + (row[k] as number), 0) / images) as number[];
    const variance = mean.map((m, k) => rows.reduce((sum, row) => sum + ((row[k] as number) - m) ** 2, 0) / images);
    rows = rows.map((row) =>
      row.map((x, k) => {
        const standard = (x - (mean[k] as number)) / Math.sqrt((variance[k] as number) + 1e-5);
        return standard * (named("normalisation.scale")[k] as number) + (named("normalisation.shift")[k] as number);
      }),
    );
  }
  let penalty = 0;
  if (model.attention !== "none") {
    const v = named("attention");
    const powers = v.reduce((sum, x) => sum + Math.exp(x), 0);
    const factor = {
      vecattn: (x: number) => x,
      softmax: (x: number) => Math.exp(x) / powers,
      "log-softmax": (x: number) => x - Math.log(powers),
    }[model.attention ?? "vecattn"];
    rows = rows.map((row) => row.map((x, k) => x * factor(v[k] as number)));
    if (model.attention === "vecattn") penalty = (0.3 * v.reduce((sum, x) => sum + Math.abs(x), 0)) / features;
  }
  const layers = [...Array.from({ length: model.depth ?? 1 }, (_, at) => `hidden${at + 1}`), "output"];
  for (const layer of layers) {
    const [matrix, biases] = [named(`${layer}.weights`), named(`${layer}.biases`)];
    rows = rows.map((row) =>
      Array.from(biases, (bias, unit) => {
        const z = row.reduce((sum, x, k) => sum + x * (matrix[k * biases.length + unit] as number), bias);
        return layer === "output" || z > 0 ? z : Math.expm1(z);
      }),
    );
  }
  const each = rows.map(
    ([z], at) => Math.log1p(Math.exp(-(z as number))) + (1 - (targets.values[at] as number)) * (z as number),
  );
  return each.reduce((sum, value) => sum + value, 0) / images + penalty;
}

/** Central differences of the loss by every number of a weight. */
function differences(values: Float64Array, loss: () => number): number[] {
  return Array.from(values, (value, at) => {
    const moved = (by: number): number => {
      values[at] = value + by;
      const result = loss();
      values[at] = value;
      return result;
    };
    return (moved(1e-6) - moved(-1e-6)) / 2e-6;
  });
}

describe("the gradients of the MLP", () => {
  it.each(models)("equal finite differences of the definition: %o", async (options) => {
    const tfjs = await tensorflow();
    const network = createNetwork(tfjs, resolveModel(options), [features], 1);
    const random = new Random(5);
    const weights = initialWeights(network.weights, random).map((weight) =>
      // A shift of 0 would hide mistakes in its own gradient's neighbours.
      weight.name === "normalisation.shift"
        ? { ...weight, values: Float32Array.of(0.3, -0.2, 0.1, 0.4, -0.5) }
        : weight,
    );
    const batch = Array.from({ length: images }, () => Array.from({ length: features }, () => random.normal()));
    const changes = tfjs.tidy(() =>
      network
        .step(
          weights.map(({ values, shape }) => tfjs.tensor(values.slice(), [...shape])),
          tfjs.tensor2d(batch),
          (logits) => tfjs.tensor2d(lossOf(logits.dataSync<"float32">(), targets).slope, logits.shape),
          random,
        )
        .map((change) => change.dataSync().slice()),
    );
    const doubles = new Map(weights.map(({ name, values }) => [name, Float64Array.from(values)]));
    network.weights.forEach(({ name, trainable }, at) => {
      if (!trainable) return;
      const loss = (): number => lossInDoubles(options, doubles, batch);
      const expected = differences(doubles.get(name) as Float64Array, loss);
      // Single precision against differences that are good to about 1e-9.
      expect(changes[at] as Float32Array, name).toBeAllclose(expected, { rtol: 2e-5, atol: 1e-6 });
    });
  });
});
