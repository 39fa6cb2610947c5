import { describe, expect, it } from "vitest";
import { compress } from "../../src/compress/compress";
import type { Embedding } from "../../src/compress/embedding";
import { rocAuc } from "../../src/core/roc";
import { datasets } from "../../src/data/datasets";
import type { PhantomDataset, PhantomOptions } from "../../src/data/phantoms/phantom";
import type { Attribution } from "../../src/explain/attribution";
import { explain } from "../../src/explain/explain";
import type { AttributionOptions } from "../../src/explain/explainModel";
import { shortcutSigns, type ShortcutSigns } from "../../src/explain/shortcuts";
import { truthScores } from "../../src/explain/truth";
import { train } from "../../src/train/train";
import type { TrainedModel } from "../../src/train/model";

const finding = "Lung Opacity";

interface Trial {
  readonly set: PhantomDataset;
  readonly embedding: Embedding;
  readonly model: TrainedModel;
}

async function trial(options: PhantomOptions, epochs: number): Promise<Trial> {
  const set = await datasets.phantom("chest", { classes: [finding], labelNoise: 0, ...options });
  const embedding = await compress(set.images(), { level: 2, patchGrid: 8 });
  const cut = Math.round(0.75 * embedding.ids.length);
  const split = { train: embedding.ids.slice(0, cut), validation: embedding.ids.slice(cut), test: [] };
  return { set, embedding, model: await train(embedding, set.labels, { split, epochs }) };
}

const without = { class: finding, present: false } as const;

/** Explains the images that show the finding, from those that do not. */
function explainPositives({ set, embedding, model }: Trial, options: AttributionOptions, most = Infinity): Attribution {
  const size = embedding.values.length / embedding.ids.length;
  const rows = embedding.ids.flatMap((id, row) => (set.truth(id).present[0] === 1 ? [row] : [])).slice(0, most);
  const values = Float32Array.from(
    rows.flatMap((row) => Array.from(embedding.values.subarray(row * size, (row + 1) * size))),
  );
  const [, ...sides] = embedding.shape;
  const chosen = {
    ...embedding,
    values,
    shape: [rows.length, ...sides] as unknown as Embedding["shape"],
    ids: rows.map((row) => embedding.ids[row] as string),
  };
  return explain(model, chosen, { labels: set.labels, reference: embedding, baseline: without, ...options });
}

describe("truthScores", () => {
  it("finds at least twice the random share on the place of classes coded by place", async () => {
    const made = await trial({ images: 400, size: 128, code: "place", seed: 1 }, 15);
    const deeplift = truthScores(explainPositives(made, {}), (id) => made.set.truth(id));
    expect(deeplift.place.gain).toBeGreaterThanOrEqual(2);
    const shapley = explainPositives(made, { method: "shapley", groups: { blocks: [4, 4] } }, 20);
    expect(truthScores(shapley, (id) => made.set.truth(id)).place.gain).toBeGreaterThanOrEqual(2);
  }, 600_000);

  it("finds at least twice the random share on the sub-band of classes coded by edges", async () => {
    const made = await trial({ images: 400, size: 128, code: "edges", seed: 1 }, 40);
    for (const options of [{}, { baseline: "paper" }] as const) {
      const scores = truthScores(explainPositives(made, options), (id) => made.set.truth(id));
      expect(scores.edges.gain).toBeGreaterThanOrEqual(2);
      expect(scores.edges.pointing).toBeGreaterThan(0.5);
    }
    const shapley = explainPositives(made, { method: "shapley", groups: "sub-band" }, 20);
    expect(truthScores(shapley, (id) => made.set.truth(id)).edges.gain).toBeGreaterThanOrEqual(2);
  }, 600_000);

  it("is 1 by chance: an attribution that is the same everywhere", async () => {
    const made = await trial({ images: 40, size: 64, code: "edges", seed: 2 }, 1);
    const attribution = explainPositives(made, {});
    const even = { ...attribution, values: attribution.values.map(() => 1) };
    const { place, edges } = truthScores(even, (id) => made.set.truth(id));
    expect(place.gain).toBeCloseTo(1, 6);
    expect(edges.gain).toBeCloseTo(1, 6);
  });
});

describe("shortcutSigns", () => {
  const sets = process.env["DEEPFIXCX_TEST_FULL"] === "1" ? 20 : 4;
  const planted: readonly (readonly [shortcut: "mark" | "texture" | "brightness", sign: keyof ShortcutSigns])[] = [
    ["mark", "corner"],
    ["texture", "texture"],
    ["brightness", "brightness"],
  ];

  it(`tell planted shortcuts from clean sets: ROC AUC >= 0.95, at most 10 % false alarms, over ${sets} sets each`, async () => {
    const signsOf = async (options: PhantomOptions): Promise<ShortcutSigns> => {
      const { set, embedding, model } = await trial({ images: 200, size: 64, ...options }, 25);
      return shortcutSigns(explain(model, embedding, { baseline: without, labels: set.labels, size: "compact" }));
    };
    const clean: ShortcutSigns[] = [];
    for (let seed = 0; seed < sets; seed++) clean.push(await signsOf({ seed: 100 + seed }));
    for (const [shortcut, sign] of planted) {
      const found: number[] = [];
      for (let seed = 0; seed < sets; seed++) {
        found.push((await signsOf({ seed, shortcuts: { [shortcut]: 0.9 } }))[sign]);
      }
      const quiet = clean.map((signs) => signs[sign]);
      const truth = [...found.map(() => 1), ...quiet.map(() => 0)];
      expect(rocAuc([...found, ...quiet], truth), shortcut).toBeGreaterThanOrEqual(0.95);
      // The threshold at which 95 % of the planted ones are found.
      const threshold = found.sort((a, b) => a - b)[Math.floor(0.05 * sets)] as number;
      expect(quiet.filter((value) => value >= threshold).length / sets, shortcut).toBeLessThanOrEqual(0.1);
    }
  }, 600_000);
});
