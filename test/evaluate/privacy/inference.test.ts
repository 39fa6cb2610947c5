import { expect, test } from "vitest";
import type { Embedding } from "../../../src/compress/embedding";
import { Random } from "../../../src/core/random";
import type { Labels } from "../../../src/data/labels";
import { evaluate } from "../../../src/evaluate/evaluate";

/** Synthetic embeddings whose first feature tells the sex, and nothing else does. */
function embedded() {
  const random = new Random(4);
  const ids = Array.from({ length: 200 }, (_, at) => `image ${at}`);
  const sex = Object.fromEntries(ids.map((id, at) => [id, at % 2 === 0 ? "F" : "M"]));
  const values = ids.flatMap((_, at) => [
    (at % 2) + random.uniform(),
    ...Array.from({ length: 3 }, () => random.uniform()),
  ]);
  const embedding: Embedding = {
    values: Float32Array.from(values),
    shape: [200, 1, 4, 1, 1, 1],
    settings: { level: 1, patchGrid: [1, 1], wavelet: "haar", pooling: ["l1"] },
    imageShape: [1, 4, 4],
    ids,
  };
  return { embedding, sex, groups: Object.fromEntries(ids.map((id) => [id, id])) };
}

test("an attribute that the embedding holds is inferred, one that it does not hold is not", () => {
  const { embedding, sex, groups } = embedded();
  const random = new Random(9);
  const coin = Object.fromEntries(embedding.ids.map((id) => [id, random.uniform()]));
  const known = evaluate.attributeInference(embedding, sex, "sex", { groups, bootstraps: 50 });
  expect(known.inferred.map(({ value, positives }) => [value, positives])).toEqual([["M", 100]]);
  expect(known.inferred[0]?.auc.value).toBeGreaterThan(0.95);
  const unknown = evaluate.attributeInference(embedding, coin, "coin", { groups, bootstraps: 100 });
  expect(unknown.inferred[0]?.auc.low).toBeLessThan(0.5);
  const flat = { ids: embedding.ids, values: new Float32Array(200).fill(1) };
  expect(evaluate.attributeInference(flat, sex, "sex", { groups, bootstraps: 20 }).inferred[0]?.auc.value).toBeCloseTo(
    0.5,
    1,
  );
  expect(() => evaluate.attributeInference(embedding, {}, "sex", { groups })).toThrow(/two values of "sex"/);
});

test("membership is told by small losses, and refuses an image on both sides", () => {
  const labels: Labels = {
    kind: "binary",
    classes: ["x"],
    ids: ["a", "b", "c", "d"],
    values: Float32Array.of(1, 0, 1, 0),
  };
  const scored = (ids: string[], ...probabilities: number[]) => ({
    ids,
    classes: ["x"],
    probabilities: Float32Array.from(probabilities),
  });
  const members = scored(["a", "b"], 0.99, 0.01);
  expect(evaluate.membership(members, scored(["c", "d"], 0.6, 0.4), labels).auc.value).toBe(1);
  expect(evaluate.membership(members, scored(["c", "d"], 0.99, 0.01), labels).auc.value).toBe(0.5);
  expect(() => evaluate.membership(members, members, labels)).toThrow(/"a" on both/);
});
