import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { tfjsNodeFolder } from "../../src/cli/setup/binding";
import { packageFolder } from "../../src/core/paths";

const run = promisify(execFile);
const hasNative = existsSync(join(tfjsNodeFolder(), "lib", "napi-v8", "tfjs_binding.node")); // where set-up could get it

interface Outcome {
  readonly printed: unknown;
  readonly stderr: string;
}

/** Runs `body` in a process of its own, since a backend is chosen once a process; it prints one JSON value. */
async function inNode(body: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const packages = JSON.stringify(resolve(packageFolder, "dist/core/packages.js"));
  const code = `const packages = require(${packages}); const print = (v) => console.log(JSON.stringify(v));
    (async () => { ${body} })().catch((error) => print({ error: error.name, message: error.message }));`;
  const { stdout, stderr } = await run(process.execPath, ["-e", code], {
    env: { ...process.env, DEEPFIXCX_BACKEND: "", TF_CPP_MIN_LOG_LEVEL: "2", ...env },
  });
  return { printed: JSON.parse(stdout) as unknown, stderr };
}

const trainDense = `
  const tf = await packages.tensorflow();
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2], useBias: false })] });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: "meanSquaredError" });
  const inputs = tf.tensor2d([[1, 0], [0, 1], [1, 1]]);
  await model.fit(inputs, tf.tensor2d([[2], [-1], [1]]), { epochs: 200, verbose: 0 });
  print([...model.getWeights()[0].dataSync()].map((weight) => Math.round(weight * 100) / 100).concat(tf.getBackend()));`;

const tryDanfo = `
  const danfo = packages.danfo();
  const frame = new danfo.DataFrame({ finding: ["a", "b", "a"], age: [30, 40, 60] });
  const means = frame.groupby(["finding"]).col(["age"]).mean();
  print([means["age_mean"].values, [...frame.loc({ columns: ["age"] }).tensor.dataSync()], frame.describe().shape]);`;

for (const backend of ["native", "wasm", "cpu"]) {
  describe.skipIf(backend === "native" && !hasNative)(`tensorflow on ${backend}`, () => {
    const env = { DEEPFIXCX_BACKEND: backend };

    it("trains a dense layer to the known solution", async () => {
      const { printed } = await inNode(trainDense, env);
      expect(printed).toEqual([2, -1, backend === "native" ? "tensorflow" : backend]);
    });

    it("says once what will not train, and nothing when everything does", async () => {
      const { stderr } = await inNode(`${trainDense} await packages.tensorflow(); packages.tensorflowSync();`, env);
      expect(stderr.trim().split("\n").filter(Boolean)).toHaveLength(backend === "native" ? 0 : 1);
      if (backend === "wasm") expect(stderr).toMatch(/convolutions do not/);
    });

    it("lets danfo group, describe and hand over tensors, alone and beside a model", async () => {
      const expected = [
        [45, 40],
        [30, 40, 60],
        [7, 1],
      ];
      expect((await inNode(tryDanfo, env)).printed).toEqual(expected);
      expect((await inNode(`await packages.tensorflow(); ${tryDanfo}`, env)).printed).toEqual(expected);
    });

    it("records what computed a result", async () => {
      const body = `await packages.tensorflow(); print(packages.versions());`;
      const { printed } = await inNode(body, { ...env, TF_NUM_INTRAOP_THREADS: "" });
      const threads = backend === "native" ? availableParallelism() : 1;
      expect(printed).toMatchObject({ node: process.versions.node, tfjs: "4.22.0", backend, threads });
    });
  });
}

describe("tensorflow", () => {
  it.skipIf(!hasNative)(
    "takes convolutions' gradients on native and cpu; wasm refuses them as the notice says",
    async () => {
      const body = `
      const tf = await packages.tensorflow();
      const image = tf.ones([1, 4, 4, 1]), filter = tf.ones([3, 3, 1, 1]);
      const loss = (weights) => tf.sum(tf.conv2d(image, weights, 1, "valid"));
      try { print([...tf.grad(loss)(filter).dataSync()]); } catch (error) { print(error.message); }`;
      for (const backend of ["native", "cpu"])
        expect((await inNode(body, { DEEPFIXCX_BACKEND: backend })).printed).toEqual(Array(9).fill(4));
      expect((await inNode(body, { DEEPFIXCX_BACKEND: "wasm" })).printed).toMatch(/Conv2DBackpropFilter/);
    },
  );

  it.skipIf(!hasNative)(
    "gives synchronous code the native library, else JavaScript, and moves on to wasm when asked again",
    async () => {
      const body = `
      const now = packages.tensorflowSync(), first = now.getBackend(), sum = now.tensor1d([1, 2]);
      const tf = await packages.tensorflow();
      print([first, tf.getBackend(), tf.sum(sum).dataSync()[0]]);`;
      expect((await inNode(body)).printed).toEqual(["tensorflow", "tensorflow", 3]);
      expect((await inNode(body, { DEEPFIXCX_BACKEND: "wasm" })).printed).toEqual(["cpu", "wasm", 3]);
    },
  );

  it("falls back where the binding is missing", async () => {
    const withoutBinding = `
      const Module = require("node:module"), original = Module._load;
      Module._load = function (request, ...rest) {
        if (request.endsWith("tfjs_binding.node")) throw new Error("no binding");
        return original.call(this, request, ...rest);
      };`;
    const { printed } = await inNode(`${withoutBinding} ${trainDense}`);
    expect(printed).toEqual([2, -1, "wasm"]);
    const refused = await inNode(`${withoutBinding} ${trainDense}`, { DEEPFIXCX_BACKEND: "native" });
    expect(refused.printed).toMatchObject({
      error: "OptionError",
      message: "DEEPFIXCX_BACKEND=native: the native binding of TensorFlow, got no binding; run `deepfixcx setup`",
    });
  });

  it("refuses an unknown backend by name", async () => {
    const { printed } = await inNode(`await packages.tensorflow();`, { DEEPFIXCX_BACKEND: "gpu" });
    expect(printed).toEqual({
      error: "OptionError",
      message: 'DEEPFIXCX_BACKEND: one of native, wasm, cpu, got "gpu"',
    });
  });
});

describe("versions", () => {
  it("keeps a person's number of threads", async () => {
    const { printed } = await inNode(`print(packages.versions());`, { TF_NUM_INTRAOP_THREADS: "3" });
    expect(printed).toMatchObject({ threads: 3 });
    expect(printed).not.toHaveProperty("backend");
  });
});

describe("requiring the package", () => {
  it("loads none of the heavy packages", async () => {
    const body = `require(${JSON.stringify(packageFolder)});
      const heavy = /node_modules.(@tensorflow|danfojs-node|sharp|plotly[^\\/]*|jsdom|zeromq|tslab|apache-arrow|parquet-wasm)[\\/]/;
      print(Object.keys(require.cache).filter((file) => heavy.test(file)));`;
    expect((await inNode(body)).printed).toEqual([]);
  });
});
