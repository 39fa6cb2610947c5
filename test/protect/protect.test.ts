import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compress } from "../../src/compress/compress";
import type { Embedding } from "../../src/compress/embedding";
import { Random } from "../../src/core/random";
import { rocAuc } from "../../src/core/roc";
import { datasets } from "../../src/data/datasets";
import type { Labels } from "../../src/data/labels";
import { embeddingAt } from "../../src/evaluate/privacy/subset";
import { attributeInference } from "../../src/evaluate/privacy/attributes";
import { linkage } from "../../src/evaluate/privacy/linkage";
import { discreteLaplace, drawIntegers } from "../../src/compress/noise/discreteLaplace";
import { dealGroups, protect, type ProtectedRelease } from "../../src/protect/protect";
import { logFeatures, scoreOf } from "../../src/protect/scorer";
import { allImages } from "../evaluate/privacy/images";

test("discrete Laplace noise has the stated law: neighbours differ by exp(rate / scale), signs are even", () => {
  const draw = drawIntegers(1);
  const counts = new Map<number, number>();
  const draws = 40_000;
  for (let at = 0; at < draws; at++) {
    const value = discreteLaplace(2, 1, draw);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const base = Math.tanh(1 / 4); // (1 - q) / (1 + q) with q = exp(-1/2)
  for (const value of [-3, -2, -1, 0, 1, 2, 3]) {
    const expected = base * Math.exp(-Math.abs(value) / 2);
    const error = 4.5 * Math.sqrt((expected * (1 - expected)) / draws); // 4.5 standard errors
    expect(Math.abs((counts.get(value) ?? 0) / draws - expected)).toBeLessThan(error);
  }
});

test("without a test seed the noise differs from run to run", () => {
  const many = () => Array.from({ length: 8 }, () => discreteLaplace(4096, 2, drawIntegers(undefined))).join();
  expect(many()).not.toBe(many());
});

test("groups hold enough images, no two of one patient, and keep as many as they can", () => {
  const patients = ["a", "a", "a", "a", ...Array.from({ length: 9 }, (_, at) => `p${at}`)];
  const groups = dealGroups(Array.from(patients.keys()), patients, 5, drawIntegers(1));
  expect(groups.length).toBe(2);
  for (const rows of groups) {
    expect(rows.length).toBeGreaterThanOrEqual(5);
    expect(new Set(rows.map((row) => patients[row])).size).toBe(rows.length);
  }
  expect(groups.flat().length).toBe(11); // two of patient a's four images
  expect(dealGroups([0, 1, 2, 3], patients, 5, drawIntegers(1))).toEqual([]);
});

/** Synthetic embeddings: the first feature tells the finding, the others the patient. */
function cohort(prefix: string, patients: number, seed: number) {
  const random = new Random(seed);
  const [ids, values, truth] = [[] as string[], [] as number[], [] as number[]];
  for (let patient = 0; patient < patients; patient++) {
    const face = Array.from({ length: 15 }, () => 3 * random.uniform());
    for (let visit = 0; visit < 2; visit++) {
      ids.push(`${prefix}${patient}-${visit}`);
      truth.push(patient % 2);
      values.push(Math.max(0, 1 + (patient % 2) + 0.5 * random.normal()), ...face);
    }
  }
  const embedding: Embedding = {
    values: Float32Array.from(values),
    shape: [ids.length, 1, 16, 1, 1, 1],
    settings: { level: 2, patchGrid: [1, 1], wavelet: "haar", pooling: ["l1"] },
    imageShape: [1, 8, 8],
    ids,
  };
  const labels: Labels = { kind: "binary", classes: ["finding"], ids, values: Float32Array.from(truth) };
  return { embedding, labels, groups: Object.fromEntries(ids.map((id) => [id, id.split("-")[0] as string])) };
}

describe("protect", () => {
  const reference = cohort("r", 60, 1);
  const { embedding, labels, groups } = cohort("p", 60, 2);

  test("releases one noisy score a group, and says what it promises", async () => {
    const release = await protect(embedding, labels, { reference, groups, group: 5, epsilon: 2 });
    expect(release.guarantee).toMatchObject({ kind: "differential privacy", epsilon: 2 });
    expect(release.ids.length + release.leftOut.length).toBe(120);
    const byGroup = new Map<number, Set<number>>();
    release.ids.forEach((_, at) => {
      const group = release.groupOf?.[at] as number;
      byGroup.set(group, (byGroup.get(group) ?? new Set()).add(release.values[at] as number));
    });
    expect(Math.max(...[...byGroup.values()].map((values) => values.size))).toBe(1);
    expect(byGroup.size).toBe(24);
  });

  test("keeps most of the score's AUC in the mean over noise; one draw can be unlucky", async () => {
    const aucs: number[] = [];
    for (let testSeed = 1; testSeed <= 8; testSeed++) {
      const release = await protect(embedding, labels, { reference, groups, group: 5, epsilon: 2, testSeed });
      aucs.push(rocAuc(release.values, release.truth));
    }
    expect(aucs.reduce((sum, auc) => sum + auc, 0) / aucs.length).toBeGreaterThan(0.8);
  });

  test("a test seed repeats, and takes the guarantee away", async () => {
    const options = { reference, groups, group: 5, testSeed: 1 };
    const [first, second] = [await protect(embedding, labels, options), await protect(embedding, labels, options)];
    expect(first.values).toEqual(second.values);
    expect(first.guarantee.kind).toBe("none");
  });

  test("a single score has few values and no guarantee", async () => {
    const release = await protect(embedding, labels, { reference, groups, bits: 2 });
    expect(new Set(release.values).size).toBeLessThanOrEqual(4);
    expect(release.guarantee.kind).toBe("none");
    expect(rocAuc(release.values, release.truth)).toBeGreaterThan(0.75);
  });

  test("hides who is who: linkage among equal labels falls from certain to near chance", async () => {
    const release = await protect(embedding, labels, { reference, groups, group: 5, testSeed: 2 });
    const options = { groups, labels, metric: "euclidean", bootstraps: 50 } as const;
    expect(linkage(embedding, options).verificationAuc.value).toBeGreaterThan(0.95);
    expect(linkage(release, options).verificationAuc.value).toBeLessThan(0.6);
  });

  test("refuses groups below 5, reference patients in the release, and options that contradict each other", async () => {
    await expect(protect(embedding, labels, { reference, groups, group: 4 })).rejects.toThrow(/at least 5/);
    await expect(protect(embedding, labels, { reference: { embedding, labels, groups }, groups })).rejects.toThrow(
      /"p0".*in both/,
    );
    await expect(protect(embedding, labels, { reference, groups, epsilon: 1 })).rejects.toThrow(/group beside epsilon/);
    await expect(protect(embedding, labels, { reference, groups, group: 5, bits: 3 })).rejects.toThrow(/bits only/);
    await expect(protect(embedding, labels, { reference, groups: {} })).rejects.toThrow(/patient for every image/);
    await expect(protect(embedding, labels, { reference, groups, keep: "other" })).rejects.toThrow(
      /keep one of finding/,
    );
  });
});

/** An attacker scores another image of a patient and takes the nearest group of its label: how often is the patient in it? */
function groupHits(
  release: ProtectedRelease,
  embedding: Embedding,
  groups: Readonly<Record<string, string>>,
  truth: ReadonlyMap<string, number>,
) {
  const [hits, chances] = [[] as number[], [] as number[]];
  embedding.ids.forEach((id, row) => {
    const same = release.ids.map((_, at) => at).filter((at) => release.truth[at] === truth.get(id));
    const wanted = same.filter((at) => groups[release.ids[at] as string] === groups[id] && release.ids[at] !== id);
    if (wanted.length === 0) return;
    const score = scoreOf(release.scorer, logFeatures(embedding, row));
    const away = (at: number) => Math.abs((release.values[at] as number) - score);
    const nearest = same.reduce((best, at) => (away(at) < away(best) ? at : best));
    const groupOf = release.groupOf as Int32Array;
    hits.push(wanted.some((at) => groupOf[at] === groupOf[nearest]) ? 1 : 0);
    const all = new Set(same.map((at) => groupOf[at])).size;
    chances.push(new Set(wanted.map((at) => groupOf[at])).size / all);
  });
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { hits: mean(hits), chance: mean(chances) };
}

const folder = process.env["DEEPFIXCX_TEST_DATA"];

test.skipIf(folder === undefined)(
  "real X-rays, fitted on one half of the patients: the score keeps its AUC, the groups hide who is who",
  async () => {
    const dataset = await datasets.csv(join(folder as string, "labels.csv"));
    const embedding = await compress(await allImages(dataset), { level: 2, patchGrid: 3 });
    const groups = dataset.groups as Record<string, string>;
    const names = [...new Set(Object.values(groups))].sort();
    const half = new Set(new Random(1).shuffle(names).slice(0, Math.floor(names.length / 2)));
    const rows = (inside: boolean) =>
      embedding.ids.flatMap((id, row) => (half.has(groups[id] as string) === inside ? [row] : []));
    const [other, own] = [embeddingAt(embedding, rows(true)), embeddingAt(embedding, rows(false))];
    const reference = { embedding: other, labels: dataset.labels, groups };
    const release = await protect(own, dataset.labels, { reference, groups, group: 5, epsilon: 2, testSeed: 1 });
    const truth = new Map(dataset.labels.ids.map((id, row) => [id, dataset.labels.values[row] as number]));
    const auc = rocAuc(
      own.ids.map((_, row) => scoreOf(release.scorer, logFeatures(own, row))),
      own.ids.map((id) => truth.get(id) as number),
    );
    const folds = Object.fromEntries(own.ids.map((id) => [id, 0]));
    const options = { groups, labels: dataset.labels, folds, metric: "euclidean", bootstraps: 100 } as const;
    const [plain, released] = [linkage(own, options), linkage(release, options)];
    const finding = Object.fromEntries(own.ids.map((id) => [id, truth.get(id) === 1 ? "yes" : "no"]));
    const { inferred } = attributeInference(own, finding, "pneumonia", { groups, bootstraps: 1 });
    const { hits, chance } = groupHits(release, own, groups, truth);
    expect(auc).toBeGreaterThan((inferred[0]?.auc.value as number) - 0.03);
    expect(plain.verificationAuc.value).toBeGreaterThan(0.65);
    expect(released.verificationAuc.value).toBeLessThan(0.6);
    expect(hits).toBeLessThan(chance + 0.06);
  },
  300_000,
);
