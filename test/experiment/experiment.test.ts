import { mkdtempSync, rmSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { doesCompress, toSettings } from "../../src/compress/settings";
import { cached } from "../../src/experiment/cache";
import { compareRuns, filterVariants, headlineVariants } from "../../src/experiment/compareRuns";
import { type Experiment, gridOf, openExperiment } from "../../src/experiment/open";
import { ratioOf } from "../../src/experiment/run";
import { experimentSettings } from "../../src/experiment/settings";
import { sweep } from "../../src/experiment/sweep";
import { aucAgainstRatio, sweepMap } from "../../src/experiment/sweepViews";

const cache = mkdtempSync(join(tmpdir(), "experiment-"));
const names = ["chest", "glaucoma", "cervix"] as const;
let experiment: Experiment;

beforeAll(async () => {
  vi.stubEnv("DEEPFIXCX_CACHE", cache);
  vi.stubEnv("DEEPFIXCX_DATA", "");
  const opened = await openExperiment("glaucoma");
  const settings = {
    ...opened.settings,
    mlp: { model: "logistic" },
    smallMlpEpochs: 3,
    qualityImages: 3,
    linkedImages: 20,
  } as const;
  experiment = { ...opened, settings };
}, 60_000);
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

describe("experimentSettings", () => {
  it("has the paper's grids, sizes and headline settings at full scale", () => {
    expect(experimentSettings("chest", "full")).toMatchObject({
      size: [320, 320],
      patchGrids: [1, 3, 5, 9, 19, 37, 79, 115, 160],
      network: { model: { kind: "densenet121" }, epochs: 80, imagesPerEpoch: 15_000 },
      repeats: { mlp: 6, network: 6 },
    });
    expect(experimentSettings("cervix", "full")).toMatchObject({ size: [200, 150], network: { epochs: 300 } });
  });

  it("has headline settings that fit the paper's images", () => {
    for (const name of names) {
      const { headline, paperShape } = experimentSettings(name, "full");
      for (const setting of headline) expect(doesCompress(toSettings(setting, "test"), paperShape)).toBe(true);
    }
  });

  it("refuses names and scales that it does not know", () => {
    expect(() => experimentSettings("hand" as "chest")).toThrow(/chest, glaucoma, cervix/);
    expect(() => experimentSettings("chest", "tiny" as "quick")).toThrow(/quick or full/);
  });
});

describe("openExperiment", () => {
  it("stands in with phantoms, says so, and keeps patients apart", () => {
    const { data, splits } = experiment;
    expect(data.synthetic).toBe(true);
    expect(data.notes.join(" ")).toContain("phantoms");
    const [split] = splits;
    const patients = (ids: readonly string[] = []) => new Set(ids.map((id) => data.groups?.[id]));
    const train = patients(split?.train);
    for (const patient of patients(split?.test)) expect(train.has(patient)).toBe(false);
  });

  it("refuses a DEEPFIXCX_DATA that names no folder", async () => {
    vi.stubEnv("DEEPFIXCX_DATA", join(cache, "nowhere"));
    await expect(openExperiment("glaucoma")).rejects.toThrow(/nowhere: a folder, got nothing there; .*DEEPFIXCX_DATA/);
    vi.stubEnv("DEEPFIXCX_DATA", "");
  });

  it("has a grid of settings that compress and are small enough", () => {
    const grid = gridOf(experiment);
    expect(grid.length).toBeGreaterThan(10);
    for (const { level, patchGrid } of grid) {
      expect(doesCompress(toSettings({ level, patchGrid }, "test"), experiment.imageShape)).toBe(true);
    }
    expect(grid).not.toContainEqual({ level: 4, patchGrid: 21 });
  });

  it("has the paper's headline settings where images are so large that half of the numbers go", () => {
    expect(gridOf(experiment)).toContainEqual({ level: 4, patchGrid: 5 });
    const chest = { ...experiment, settings: experimentSettings("chest", "quick") };
    const headline = { level: 1, patchGrid: 79 };
    expect(gridOf({ ...chest, imageShape: [1, 160, 160] })).not.toContainEqual(headline);
    expect(gridOf({ ...chest, imageShape: [1, 320, 320] }).filter(({ patchGrid }) => patchGrid === 79)).toEqual([
      headline,
    ]);
  });
});

const realData = process.env["DEEPFIXCX_TEST_DATA"];

describe.skipIf(realData === undefined)("openExperiment on real X-rays (DEEPFIXCX_TEST_DATA)", () => {
  it("takes the folder with labels.csv, in five folds by patient", { timeout: 60_000 }, async () => {
    vi.stubEnv("DEEPFIXCX_DATA", realData);
    const { data, splits, imageShape } = await openExperiment("chest");
    vi.stubEnv("DEEPFIXCX_DATA", "");
    expect([data.synthetic, data.labels.ids.length, imageShape]).toEqual([false, 616, [1, 320, 320]]);
    expect(splits).toHaveLength(5);
    expect(splits.flatMap(({ test }) => test).sort()).toEqual([...data.labels.ids].sort());
  });
});

describe("sweep", () => {
  const settings = [
    { level: 1, patchGrid: 1 },
    { level: 2, patchGrid: 3 },
  ];

  it(
    "computes what it does not know, reads what it does, and gives the same numbers",
    { timeout: 60_000 },
    async () => {
      const first = await sweep(experiment, { settings: settings.slice(0, 1) });
      const both = await sweep(experiment, { settings });
      const again = await sweep(experiment, { settings });
      expect(first.cells.map(({ from }) => from)).toEqual(["computed"]);
      expect(both.cells.map(({ from }) => from)).toEqual(["cache", "computed"]);
      expect(again.cells.map(({ from }) => from)).toEqual(["cache", "cache"]);
      const numbers = ({ cells }: typeof both): unknown[] =>
        cells.map(({ auc, ssim, ks, ratio }) => [auc, ssim, ks, ratio]);
      expect(numbers(again)).toEqual(numbers(both));
      expect(numbers(both).slice(0, 1)).toEqual(numbers(first));
    },
  );

  it("does not take the results of other data or options for its own", { timeout: 60_000 }, async () => {
    const other = { ...experiment, hash: "other" };
    const trained = { ...experiment, settings: { ...experiment.settings, smallMlpEpochs: 2 } };
    for (const changed of [other, trained]) {
      expect((await sweep(changed, { settings: settings.slice(0, 1) })).cells[0]?.from).toBe("computed");
    }
  });

  it("stops when told and has kept the cells that were done", { timeout: 60_000 }, async () => {
    const stop = new AbortController();
    const fresh = { ...experiment, hash: "stopped" };
    const onProgress = ({ done }: { done: number }): void => (done === 1 ? stop.abort(new Error("enough")) : undefined);
    await expect(sweep(fresh, { settings, signal: stop.signal, onProgress })).rejects.toThrow("enough");
    expect((await sweep(fresh, { settings })).cells.map(({ from }) => from)).toEqual(["cache", "computed"]);
  });

  it("draws its measures over (J, P) and against the ratio, with every value in the words", async () => {
    const result = await sweep(experiment, { settings });
    const map = sweepMap(result, "ratio");
    expect(map.alt).toContain("J=2 P=3 1.00");
    expect(map.title).toContain("synthetic");
    expect(aucAgainstRatio(result).traces).toHaveLength(2);
  });
});

describe("compareRuns", () => {
  it("gives means over repeats with an interval, and the test between variants", { timeout: 60_000 }, async () => {
    const variants = { coarse: { setting: { level: 1, patchGrid: 1 } }, fine: { setting: { level: 2, patchGrid: 3 } } };
    const { rows, kruskalWallis } = await compareRuns(experiment, variants, { repeats: 3 });
    expect(rows.map(({ name, aucs }) => [name, aucs.length])).toEqual([
      ["coarse", 3],
      ["fine", 3],
    ]);
    for (const { auc, aucs } of rows) {
      expect(auc.value).toBeCloseTo(aucs.reduce((sum, each) => sum + each, 0) / 3, 12);
      expect(auc.low).toBeLessThanOrEqual(auc.value);
    }
    expect(kruskalWallis?.p).toBeGreaterThan(0);
  });

  it("refuses to compare nothing", async () => {
    await expect(compareRuns(experiment, {})).rejects.toThrow(/a variant/);
  });
});

describe("headlineVariants", () => {
  it("has the paper's settings that these images allow, and the network alone", () => {
    expect(Object.keys(headlineVariants(experiment, "network"))).toEqual([
      "ResNet-18 alone",
      "J=4, P=5 + ResNet-18",
      "J=2, P=5 + ResNet-18",
    ]);
    const small = { ...experiment, imageShape: [3, 40, 40] as const };
    expect(Object.keys(headlineVariants(small, "mlp"))).toEqual(["J=2, P=5 + MLP"]);
  });
});

describe("filterVariants", () => {
  it("puts the nearest setting of level 1 beside each reference privatizer", { timeout: 60_000 }, async () => {
    const filters = { blur: [16], median: [] };
    const few = { ...experiment, settings: { ...experiment.settings, filters } };
    const variants = await filterVariants(few, { patchGrids: [1, 8] });
    expect(Object.keys(variants)).toEqual(["blur K=16", "J=1, P=8, nearest to blur K=16"]);
    expect(ratioOf(few, variants["blur K=16"] ?? {})).toBeCloseTo((100 * 7 * 7) / (120 * 120), 9);
  });
});

describe("cached", () => {
  it("computes again what was cut off", async () => {
    const key = ["cut"];
    expect(await cached("test", key, () => Promise.resolve(1))).toEqual({ value: 1, from: "computed" });
    expect(await cached("test", key, () => Promise.resolve(2))).toEqual({ value: 1, from: "cache" });
    const [file] = await readdir(join(cache, "test"));
    await writeFile(join(cache, "test", file ?? ""), '{"val');
    expect(await cached("test", key, () => Promise.resolve(3))).toEqual({ value: 3, from: "computed" });
  });
});
