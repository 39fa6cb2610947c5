import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compress } from "../../../src/compress/compress";
import type { Images } from "../../../src/core/images";
import { Random } from "../../../src/core/random";
import { rocAuc } from "../../../src/core/roc";
import { datasets } from "../../../src/data/datasets";
import { linkage } from "../../../src/evaluate/privacy/linkage";
import { drawChance, hitChance, measurePairs, rankPairs } from "../../../src/evaluate/privacy/pairs";
import { kolmogorovSmirnov } from "../../../src/evaluate/statistics";
import { allImages } from "./images";

test("pair measures equal the ROC AUC and the KS statistic of the distances", () => {
  const distance = fc.integer({ min: 0, max: 6 });
  fc.assert(
    fc.property(fc.array(distance, { minLength: 15, maxLength: 15 }), (distances) => {
      const groupOf = Int32Array.of(0, 0, 0, 1, 1, 2);
      const pairs = distances.map((each, at) => {
        const first = [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4][at] as number;
        const second = [1, 2, 3, 4, 5, 2, 3, 4, 5, 3, 4, 5, 4, 5, 5][at] as number;
        return { first, second, distance: each };
      });
      const same = pairs.map(({ first, second }) => (groupOf[first] === groupOf[second] ? 1 : 0));
      const { auc, ks } = measurePairs(rankPairs(pairs, groupOf), new Uint8Array(6).fill(1));
      const of = (kind: number) => distances.filter((_, at) => same[at] === kind);
      expect(auc).toBeCloseTo(
        rocAuc(
          distances.map((each) => -each),
          same,
        ),
        12,
      );
      expect(ks).toBeCloseTo(kolmogorovSmirnov(of(0), of(1)), 12);
    }),
  );
});

test("the equal error rate is 0 when patients separate, and 0.5 when all distances are equal", () => {
  const groupOf = Int32Array.of(0, 0, 1);
  const pairs = (near: number, far: number) => [
    { first: 0, second: 1, distance: near },
    { first: 0, second: 2, distance: far },
    { first: 1, second: 2, distance: far },
  ];
  const rate = (near: number, far: number) =>
    measurePairs(rankPairs(pairs(near, far), groupOf), [1, 1, 1]).equalErrorRate;
  expect(rate(1, 2)).toBe(0);
  expect(rate(1, 1)).toBe(0.5);
});

test("hits among equally near images are counted by chance", () => {
  expect(hitChance([1, 1, 1, 2], [1, 0, 0, 0], 1)).toBeCloseTo(1 / 3, 12);
  expect(hitChance([1, 1, 1, 2], [1, 0, 0, 0], 2)).toBeCloseTo(2 / 3, 12);
  expect(hitChance([0, 1, 1, 2], [0, 1, 1, 0], 1)).toBe(0);
  expect(drawChance(10, 2, 1)).toBeCloseTo(0.2, 12);
});

/** Synthetic people: four images each, whose first features say who it is and whose other features are loud noise. */
function people(count: number) {
  const random = new Random(11);
  const pixels: number[] = [];
  const ids: string[] = [];
  for (let person = 0; person < count; person++) {
    const face = Array.from({ length: 4 }, () => random.normal());
    for (let visit = 0; visit < 4; visit++) {
      ids.push(`${person}-${visit}`);
      pixels.push(...face.map((value) => value + 0.1 * random.normal()));
      pixels.push(...Array.from({ length: 12 }, () => 3 * random.normal()));
    }
  }
  const images: Images = { pixels: Float32Array.from(pixels), shape: [ids.length, 1, 4, 4], ids };
  return { images, groups: Object.fromEntries(ids.map((id) => [id, id.split("-")[0] as string])) };
}

describe("linkage", () => {
  const { images, groups } = people(60);

  test("a learned metric finds the features that tell people apart, where Euclidean distance drowns in noise", () => {
    const euclidean = linkage(images, { groups, metric: "euclidean", bootstraps: 50 });
    const learned = linkage(images, { groups, bootstraps: 50 });
    expect(euclidean.verificationAuc.value).toBeLessThan(0.65);
    expect(learned.verificationAuc.value).toBeGreaterThan(0.85);
    expect(learned.top[0]?.hit.value).toBeGreaterThan(0.5);
    expect(learned.queries).toBe(240);
  });

  test("numbers that know nothing of the patient give chance", () => {
    const random = new Random(3);
    const noise: Images = { ...images, pixels: images.pixels.map(() => random.normal()) };
    const { verificationAuc, top } = linkage(noise, { groups, bootstraps: 200 });
    expect(verificationAuc.low).toBeLessThan(0.5);
    expect(verificationAuc.high).toBeGreaterThan(0.5);
    expect(top[0]?.hit.value).toBeLessThan(3 * (top[0]?.chance as number));
  });

  test("constant numbers give chance exactly", () => {
    const flat: Images = { ...images, pixels: new Float32Array(images.pixels.length).fill(0.5) };
    const { verificationAuc, top, ks } = linkage(flat, { groups, metric: "euclidean", bootstraps: 10 });
    expect([verificationAuc.value, ks.value]).toEqual([0.5, 0]);
    expect(top[0]?.hit.value).toBeCloseTo(top[0]?.chance as number, 12);
  });

  test("refuses patients with one image each, and an image without a patient", () => {
    const alone = Object.fromEntries(images.ids.map((id) => [id, id]));
    expect(() => linkage(images, { groups: alone })).toThrow(/two images to compare/);
    expect(() => linkage(images, { groups: {} })).toThrow(/group \(patient\) for every image/);
  });
});

const folder = process.env["DEEPFIXCX_TEST_DATA"];

test.skipIf(folder === undefined)(
  "real X-rays at (2, 3): at least as strong as measured before building (.728 and .166, learned .807 and .378)",
  async () => {
    const dataset = await datasets.csv(join(folder as string, "labels.csv"));
    const embedding = await compress(await allImages(dataset), { level: 2, patchGrid: 3 });
    const groups = dataset.groups as Record<string, string>;
    const euclidean = linkage(embedding, { groups, metric: "euclidean", bootstraps: 100 });
    const learned = linkage(embedding, { groups, bootstraps: 100 });
    // Within .03 of the verification AUC and .05 of top-1, or stronger (the terms).
    expect(euclidean.verificationAuc.value).toBeGreaterThan(0.728 - 0.03);
    expect(euclidean.top[0]?.hit.value).toBeGreaterThan(0.166 - 0.05);
    expect(learned.verificationAuc.value).toBeGreaterThan(0.807 - 0.03);
    expect(learned.top[0]?.hit.value).toBeGreaterThan(0.378 - 0.05);
  },
  300_000,
);
