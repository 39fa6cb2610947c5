import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { DataError } from "../../src/core/errors";
import { checkSplit, foldByGroup, hashFolds, hashSplit, splitByGroup, splitOfFold } from "../../src/data/split";
import { makeLabels, type Groups, type Labels } from "../../src/data/labels";

function sample(patients: number, perPatient: number): { labels: Labels; groups: Groups } {
  const ids = Array.from({ length: patients * perPatient }, (_, at) => `image${at}`);
  const groups = Object.fromEntries(ids.map((id, at) => [id, `p${Math.floor(at / perPatient)}`]));
  const values = Float32Array.from(ids, (_, at) => (Math.floor(at / perPatient) % 3 === 0 ? 1 : 0));
  return { labels: makeLabels({ kind: "binary", classes: ["ill"], values, ids }), groups };
}

describe("splitByGroup", () => {
  it("keeps the images of a patient together, uses each image once and keeps class shares", () => {
    fc.assert(
      fc.property(fc.integer({ min: 30, max: 80 }), fc.integer({ min: 1, max: 3 }), fc.nat(1000), (n, per, seed) => {
        const { labels, groups } = sample(n, per);
        const split = splitByGroup(labels, groups, { seed });
        checkSplit(split, labels, groups);
        expect([...split.train, ...split.validation, ...split.test].sort()).toEqual([...labels.ids].sort());
        const share = (ids: readonly string[]) =>
          ids.filter((id) => labels.values[labels.ids.indexOf(id)] === 1).length / ids.length;
        expect(split.train.length / labels.ids.length).toBeCloseTo(0.7, 0.9);
        expect(Math.abs(share(split.train) - 1 / 3)).toBeLessThan(0.08);
        expect(split.test.length).toBeGreaterThan(0);
      }),
      { numRuns: 40 },
    );
  });

  it("gives the same split for the same seed and another for another", () => {
    const { labels, groups } = sample(60, 2);
    const one = splitByGroup(labels, groups, { seed: 1 });
    expect(hashSplit(splitByGroup(labels, groups, { seed: 1 }))).toBe(hashSplit(one));
    expect(hashSplit(splitByGroup(labels, groups, { seed: 2 }))).not.toBe(hashSplit(one));
  });

  it("gives nothing to a part whose share is zero", () => {
    const { labels, groups } = sample(30, 1);
    const split = splitByGroup(labels, groups, { fractions: { train: 0.8, validation: 0.2, test: 0 } });
    expect(split.test).toEqual([]);
    expect(split.train).toHaveLength(24);
  });

  it("refuses fractions that do not add up to 1", () => {
    const { labels, groups } = sample(30, 1);
    const fractions = { train: 0.8, validation: 0.3, test: 0.1 };
    expect(() => splitByGroup(labels, groups, { fractions })).toThrow(/add up to 1, got 0.8, 0.3, 0.1/);
  });

  it("refuses labels of one class only", () => {
    const labels = makeLabels({ kind: "binary", classes: ["ill"], values: new Float32Array(3), ids: ["a", "b", "c"] });
    const groups = { a: "p", b: "q", c: "r" };
    expect(() => splitByGroup(labels, groups)).toThrow(/at least two classes, got one class only/);
  });

  it("refuses data that name no patients, with the way out", () => {
    const { labels } = sample(30, 1);
    expect(() => splitByGroup(labels, undefined)).toThrow(/^splitByGroup: groups, .*, got undefined; name patients/);
    expect(() => splitByGroup(labels, undefined)).toThrow(DataError);
  });

  it("refuses an image without a patient", () => {
    const { labels } = sample(3, 1);
    expect(() => splitByGroup(labels, { image0: "p" })).toThrow(/none for "image1"/);
  });
});

describe("foldByGroup", () => {
  it("deals five folds of nearly equal size", () => {
    const { labels, groups } = sample(50, 2);
    const folds = foldByGroup(labels, groups, { folds: 5 });
    for (let fold = 0; fold < 5; fold++) {
      const split = splitOfFold(folds, fold);
      checkSplit(split, labels, groups);
      expect(split.test).toHaveLength(20);
    }
  });
});

describe("hashFolds", () => {
  it("refuses folds that are no number, and says what came", () => {
    const { labels, groups } = sample(30, 1);
    const fold = (...given: unknown[]) => hashFolds(...(given as [Groups, number]));
    expect(() => fold(groups, "5")).toThrow(/folds a whole number of at least 2, got "5"$/);
    expect(() => fold(5, groups)).toThrow(/got \{ image0, image1, .*, image11, \.\.\. \}$/);
    expect(() => splitByGroup(labels, groups, { seed: "0" as unknown as number })).toThrow(/seed .*, got "0"$/);
  });

  it("takes the first four bytes of sha256, big-endian, modulo five", () => {
    // sha256("1") starts 6b86b273, sha256("2") starts d4735e3a (hand-checked with sha256sum)
    expect(hashFolds({ a: "1", b: "2" }, 5)).toEqual({ a: 0x6b86b273 % 5, b: 0xd4735e3a % 5 });
  });

  it("refuses data without patients, with the way out, and what is no patients", () => {
    expect(() => hashFolds(undefined)).toThrow(DataError);
    expect(() => hashFolds(undefined)).toThrow(/got undefined; name patients .*foldByGroup\(labels, undefined\)/);
    expect(() => hashFolds({ a: 7 } as never)).toThrow(/the patient of every image by its id, a text, got 7 for "a"/);
  });
});

describe("checkSplit", () => {
  const { labels, groups } = sample(4, 2);

  it("refuses a patient in two parts and names the patient", () => {
    const split = { train: ["image0"], validation: ["image2"], test: ["image1"] };
    expect(() => checkSplit(split, labels, groups)).toThrow(/patient "p0" in train and test/);
  });

  it("refuses an id without a label and an id that stands twice", () => {
    expect(() => checkSplit({ train: ["nobody"], validation: [], test: [] }, labels)).toThrow(/none for "nobody"/);
    expect(() => checkSplit({ train: ["image0"], validation: ["image0"], test: [] }, labels)).toThrow(/"image0" twice/);
  });
});
