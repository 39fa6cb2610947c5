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
import { DataError } from "../../src/core/errors";
import { readData, writeData } from "../../src/train/files";
import { predict } from "../../src/train/predict";
import { loadModel, saveModel } from "../../src/train/save";
import { train } from "../../src/train/train";
import { madeUpEmbedding, splitOf } from "./helpers";
import { buildScript } from "./script";

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

  it("of another version is refused, saying which", async () => {
    const checkpoint = newFile();
    await train(embedding, labels, { ...quick, checkpoint });
    const { belonging, standing } = readData(checkpoint, "checkpoint") as { belonging: object; standing: object };
    writeData(checkpoint, "checkpoint", { belonging: { ...belonging, versions: "deepfixcx 0.0.1" }, standing });
    await expect(train(embedding, labels, { ...quick, checkpoint })).rejects.toThrow(/got one of deepfixcx 0\.0\.1/);
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
      import { crossValidate } from "./src/train/crossValidate";
      const [checkpoint, out, folds] = process.argv.slice(2);
      const options = { epochs: 60, batchSize: 20, ...(checkpoint === "-" ? {} : { checkpoint }) };
      const byId = Object.fromEntries(embedding.ids.map((id, at) => [id, (at >> 1) % 3]));
      if (folds === undefined) {
        void train(embedding, labels, { ...options, split: splitOf(embedding.ids) }).then((model) => saveModel(model, out));
      } else {
        void crossValidate(embedding, labels, { ...options, folds: byId }).then(({ predictions }) =>
          require("node:fs").writeFileSync(out, predictions.probabilities));
      }
    `;
    await buildScript(source, script);
  });

  function start(checkpoint: string, out: string, ...more: readonly string[]) {
    const child = spawn(process.execPath, [script, checkpoint, out, ...more], {
      stdio: ["ignore", "ignore", "inherit"],
    });
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

  it(
    "in cross-validation and started again gives the predictions of an unbroken run",
    { timeout: 240_000 },
    async () => {
      const [checkpoints, resumed, unbroken] = [newFile(), newFile(), newFile()];
      const first = start(checkpoints, resumed, "folds");
      while (!existsSync(join(checkpoints, "seed0-fold1.checkpoint"))) await wait(5); // the first fold is done
      first.child.kill("SIGKILL");
      expect(await first.ended).toBe(null);
      expect(existsSync(resumed)).toBe(false);
      expect(await start(checkpoints, resumed, "folds").ended).toBe(0);
      expect(await start("-", unbroken, "folds").ended).toBe(0);
      expect(readFileSync(resumed).equals(readFileSync(unbroken))).toBe(true);
    },
  );
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
