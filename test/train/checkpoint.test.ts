import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build } from "esbuild";
import { DataError } from "../../src/core/errors";
import { predict } from "../../src/train/predict";
import { loadModel, saveModel } from "../../src/train/save";
import { train } from "../../src/train/train";
import { madeUpEmbedding, splitOf } from "./helpers";

const { embedding, labels } = madeUpEmbedding(160);
const split = splitOf(embedding.ids);
const quick = { split, epochs: 4, batchSize: 16 } as const;
const folder = mkdtempSync(join(tmpdir(), "deepfixcx-train-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newFile = (): string => join(folder, `file${files++}`);

describe("a checkpoint", () => {
  it("lets a longer run go on from a shorter one to the weights of an unbroken run", async () => {
    const checkpoint = newFile();
    await train(embedding, labels, { ...quick, epochs: 2, checkpoint });
    let first = Infinity;
    const onProgress = ({ done }: { done: number }) => (first = Math.min(first, done));
    const resumed = await train(embedding, labels, { ...quick, checkpoint, onProgress });
    const unbroken = await train(embedding, labels, quick);
    expect(first).toBeGreaterThan(2 * 80);
    expect(resumed.weights).toEqual(unbroken.weights);
    expect(resumed.history).toEqual(unbroken.history);
  });

  it.each([
    ["model", { model: "logistic" }],
    ["set of settings", { seed: 1 }],
    ["set of data", { split: { ...split, train: split.train.slice(1) } }],
  ] as const)("of another %s is refused and left as it was", async (what, change) => {
    const checkpoint = newFile();
    await train(embedding, labels, { ...quick, checkpoint });
    const before = readFileSync(checkpoint);
    const refused = train(embedding, labels, { ...quick, ...change, checkpoint });
    await expect(refused).rejects.toThrow(DataError);
    await expect(refused).rejects.toThrow(new RegExp(`${checkpoint}.*one of another ${what}.*remove this one`));
    expect(readFileSync(checkpoint)).toEqual(before);
  });

  it.each([0, 20, 1000])("cut short to %i bytes is refused, naming the file", async (bytes) => {
    const checkpoint = newFile();
    await train(embedding, labels, { ...quick, checkpoint });
    truncateSync(checkpoint, bytes);
    await expect(train(embedding, labels, { ...quick, checkpoint })).rejects.toThrow(checkpoint);
  });

  it("that cannot be written stops the training with the place's name, and leaves nothing behind", async () => {
    const checkpoint = join(folder, "no such folder", "run");
    await expect(train(embedding, labels, { ...quick, checkpoint })).rejects.toThrow(/no such folder.*can be written/);
  });

  // /dev/full is a disk that is always full.
  it.skipIf(!existsSync("/dev/full"))("survives a disk that fills up while the next is written", async () => {
    const checkpoint = newFile();
    await train(embedding, labels, { ...quick, epochs: 2, checkpoint });
    const before = readFileSync(checkpoint);
    // The next checkpoint would first be written here.
    const { symlinkSync } = await import("node:fs");
    symlinkSync("/dev/full", `${checkpoint}.${process.pid}.part`);
    const refused = train(embedding, labels, { ...quick, checkpoint });
    await expect(refused).rejects.toThrow(/can be written.*ENOSPC/);
    expect(readFileSync(checkpoint)).toEqual(before);
  });
});

describe("a run killed with -9", () => {
  const script = join(folder, "run.cjs");
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    const source = `
      import { madeUpEmbedding, splitOf } from "./test/train/helpers";
      import { train } from "./src/train/train";
      import { saveModel } from "./src/train/save";
      const { embedding, labels } = madeUpEmbedding(400, 60);
      const [checkpoint, out] = process.argv.slice(2);
      const options = { split: splitOf(embedding.ids), epochs: 60, batchSize: 20, checkpoint: checkpoint === "-" ? undefined : checkpoint };
      void train(embedding, labels, options).then((model) => saveModel(model, out));
    `;
    await build({
      stdin: { contents: source, resolveDir: process.cwd(), loader: "ts" },
      bundle: true,
      platform: "node",
      packages: "external",
      outfile: script,
      define: {
        __filename: JSON.stringify(join(process.cwd(), "src", "core", "x.js")),
        __dirname: JSON.stringify(join(process.cwd(), "src", "core")),
      },
      logLevel: "error",
    });
  });

  function start(checkpoint: string, out: string) {
    const child = spawn(process.execPath, [script, checkpoint, out], { stdio: ["ignore", "ignore", "inherit"] });
    return { child, ended: new Promise<number | null>((resolve) => child.on("exit", resolve)) };
  }

  it("and started again ends with the weights of an unbroken run, bit for bit", { timeout: 240_000 }, async () => {
    const [checkpoint, resumed, unbroken] = [newFile(), newFile(), newFile()];
    const first = start(checkpoint, resumed);
    while (!existsSync(checkpoint)) await wait(5);
    await wait(100); // some epochs on, in the middle of whatever it does
    first.child.kill("SIGKILL");
    expect(await first.ended).toBe(null);
    expect(existsSync(resumed)).toBe(false);
    expect(await start(checkpoint, resumed).ended).toBe(0);
    expect(await start("-", unbroken).ended).toBe(0);
    expect(loadModel(resumed).weights).toEqual(loadModel(unbroken).weights);
  });
});

describe("saveModel and loadModel", () => {
  it("keep everything: the loaded model equals the saved one and predicts the same", async () => {
    const file = newFile();
    const model = await train(embedding, labels, { ...quick, model: { kind: "mlp", normalisation: "whitening" } });
    saveModel(model, file);
    const loaded = loadModel(file);
    expect({ ...loaded }).toEqual({ ...model });
    expect((await predict(loaded, embedding)).probabilities).toEqual((await predict(model, embedding)).probabilities);
  });

  it("refuse what is no model: another file, a checkpoint, a damaged model", async () => {
    const [text, checkpoint, file] = [newFile(), newFile(), newFile()];
    writeFileSync(text, "not a model, but long enough to hold a header and a checksum, were it one");
    expect(() => loadModel(text)).toThrow(/file0|another kind of file/);
    const model = await train(embedding, labels, { ...quick, checkpoint });
    expect(() => loadModel(checkpoint)).toThrow(/a model, got a checkpoint/);
    saveModel(model, file);
    const bytes = readFileSync(file);
    bytes[Math.floor(statSync(file).size / 2)]! ^= 1;
    writeFileSync(file, bytes);
    expect(() => loadModel(file)).toThrow(/do not fit their checksum/);
    expect(() => loadModel(join(folder, "absent"))).toThrow(/absent.*can be read/);
  });
});
