import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tfjsNodeFolder } from "../../src/cli/setup/binding";
import { buildScript } from "./script";

interface Outcome {
  readonly backend: string;
  readonly weights: readonly number[];
  readonly probabilities: readonly number[];
  readonly again: boolean;
  readonly tensors: readonly number[];
}

/** Trains twice and predicts, and for convolutions takes one layer with batch norm forward and back. */
const source = `
  import { madeUpEmbedding, splitOf } from "./test/train/helpers";
  import { tensorflow, versions } from "./src/core/packages";
  import { Random } from "./src/core/random";
  import { portableAdam, startState } from "./src/train/adam";
  import { batchNorm } from "./src/train/models/batchNorm";
  import { predict } from "./src/train/predict";
  import { train } from "./src/train/train";

  const flat = (weights) => weights.flatMap(({ values }) => [...values]);

  async function dense(model) {
    const tfjs = await tensorflow();
    const { embedding, labels } = madeUpEmbedding(80);
    const options = { split: splitOf(embedding.ids), epochs: 3, batchSize: 16, model };
    const tensors = [tfjs.memory().numTensors];
    const first = await train(embedding, labels, options);
    tensors.push(tfjs.memory().numTensors);
    const weights = flat(first.weights);
    const { probabilities } = await predict(first, embedding);
    tensors.push(tfjs.memory().numTensors);
    const second = flat((await train(embedding, labels, options)).weights);
    const again = weights.length === second.length && weights.every((weight, at) => weight === second[at]);
    return { backend: versions().backend, weights, probabilities: [...probabilities], again, tensors };
  }

  /** Batch norm's output, slopes and gathered statistics, then a step of Adam in plain operations. */
  async function layer() {
    const tfjs = await tensorflow();
    const tensors = [tfjs.memory().numTensors];
    const random = new Random(3);
    const numbers = (count) => Float32Array.from({ length: count }, () => random.normal());
    const norm = batchNorm("bn", 3, "relu");
    const values = tfjs.tidy(() => {
      const [scale, shift] = [tfjs.tensor1d([1, 2, 0.5]), tfjs.tensor1d([0.1, -0.2, 0.3])];
      const [mean, variance] = [tfjs.zeros([3]), tfjs.ones([3])];
      const held = { "bn.weight": scale, "bn.bias": shift, "bn.running_mean": mean, "bn.running_var": variance };
      const changes = [];
      const pass = { tfjs, random, weight: (name) => held[name], change: (_, value) => changes.push(value) };
      const input = tfjs.tensor4d(numbers(2 * 4 * 5 * 3), [2, 4, 5, 3]);
      const { output, back } = norm.forward(pass, input);
      const slope = back(tfjs.tensor4d(numbers(2 * 4 * 5 * 3), [2, 4, 5, 3]));
      return [output, slope, ...changes].flatMap((tensor) => [...tensor.dataSync()]);
    });
    const specs = norm.weights;
    const start = [1, 2, 3, 4].map(() => numbers(3));
    const adam = portableAdam(tfjs, specs, startState(specs, start));
    for (let step = 0; step < 3; step++) {
      const changes = specs.map(() => tfjs.tensor1d(numbers(3)));
      adam.apply(changes, 0.01);
      tfjs.dispose(changes);
    }
    values.push(...adam.weights().flatMap((weight) => [...weight]));
    adam.dispose();
    tensors.push(tfjs.memory().numTensors);
    return { backend: versions().backend, weights: values, probabilities: [], again: true, tensors };
  }

  const what = JSON.parse(process.argv[2]);
  void (what === "layer" ? layer() : dense(what)).then((outcome) => console.log(JSON.stringify(outcome)));
`;

const folder = mkdtempSync(join(tmpdir(), "deepfixcx-backends-"));
const script = join(folder, "run.cjs");
beforeAll(() => buildScript(source, script));
afterAll(() => rmSync(folder, { recursive: true }));

async function outcome(backend: string, what: unknown): Promise<Outcome> {
  const env = { ...process.env, DEEPFIXCX_BACKEND: backend };
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(what)], { env });
  return JSON.parse(stdout) as Outcome;
}

const hasNative = existsSync(join(tfjsNodeFolder(), "lib", "napi-v8", "tfjs_binding.node"));
const batchNormed = { kind: "mlp", normalisation: "batch norm", width: 8 };

describe.skipIf(!hasNative).each(["wasm", "cpu"])("on the %s backend", (backend) => {
  it.each([batchNormed, "logistic"])(
    "%o trains as the native library does, repeats itself and leaves no tensor",
    { timeout: 240_000 },
    async (model) => {
      const [own, native] = [await outcome(backend, model), await outcome("native", model)];
      expect([own.backend, native.backend]).toEqual([backend, "native"]);
      expect(own.again).toBe(true);
      expect(new Set(own.tensors).size).toBe(1);
      // Nine steps of Adam in single precision, in other orders of summation.
      expect(own.weights).toBeAllclose(native.weights, { atol: 1e-4 });
      expect(own.probabilities).toBeAllclose(native.probabilities, { atol: 1e-4 });
    },
  );
});

describe.skipIf(!hasNative)("batch norm of maps, and Adam, in plain operations", () => {
  it("give on cpu what the fused kernels of the native library give", { timeout: 240_000 }, async () => {
    const [own, native] = [await outcome("cpu", "layer"), await outcome("native", "layer")];
    expect(new Set(own.tensors).size).toBe(1);
    expect(own.weights).toBeAllclose(native.weights, { atol: 1e-5 });
  });
});
