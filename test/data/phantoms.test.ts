import { describe, expect, it } from "vitest";
import { compress } from "../../src/compress/compress";
import type { Embedding } from "../../src/compress/embedding";
import { subBandPaths } from "../../src/compress/settings";
import { rocAuc } from "../../src/core/roc";
import type { Images } from "../../src/core/images";
import { datasets } from "../../src/data/datasets";
import type { Dataset } from "../../src/data/dataset";
import { countClasses } from "../../src/data/labels";
import { joinImages } from "../../src/data/readImages";
import type { PhantomName, PhantomOptions } from "../../src/data/phantoms/phantom";

async function all(dataset: Dataset, ids?: readonly string[]): Promise<Images> {
  const batches: Images[] = [];
  for await (const batch of dataset.images(ids)) batches.push(batch);
  return joinImages(batches);
}

const names: readonly PhantomName[] = ["chest", "disc", "cervix"];

/** AUC on the second half of a ridge regression fitted on the first, features in spreads of the first half. */
function halfAuc(features: readonly Float32Array[], truth: readonly number[]): number {
  const half = features.length / 2;
  const rows = standardised(features, half);
  const dot = (a: Float32Array, b: Float32Array): number =>
    a.reduce((sum, value, k) => sum + value * (b[k] as number), 0);
  const fitted = rows.slice(0, half);
  const width = (rows[0] as Float32Array).length;
  const mean = truth.slice(0, half).reduce((sum, value) => sum + value, 0) / half;
  const kernel = fitted.map((a, i) => Float64Array.from(fitted, (b, j) => dot(a, b) / width + (i === j ? 0.1 : 0)));
  const weights = solve(
    kernel,
    Float64Array.from({ length: half }, (_, at) => (truth[at] as number) - mean),
  );
  const scores = rows
    .slice(half)
    .map((row) => fitted.reduce((sum, a, i) => sum + (weights[i] as number) * dot(row, a), 0));
  return rocAuc(scores, truth.slice(half));
}

function standardised(features: readonly Float32Array[], half: number): Float32Array[] {
  const rows = features.map((row) => row.map((value) => Math.log(1e-3 + Math.abs(value))));
  for (let k = 0; k < (rows[0] as Float32Array).length; k++) {
    const column = rows.slice(0, half).map((row) => row[k] as number);
    const mean = column.reduce((sum, value) => sum + value, 0) / half;
    const spread = Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / half) + 1e-9;
    for (const row of rows) row[k] = ((row[k] as number) - mean) / spread;
  }
  return rows;
}

/** Solves a symmetric positive definite system by elimination. */
function solve(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const [m, b] = [matrix.map((row) => row.slice()), right.slice()];
  for (let k = 0; k < b.length; k++) {
    for (let i = k + 1; i < b.length; i++) {
      const factor = (m[i]?.[k] as number) / (m[k]?.[k] as number);
      for (let j = k; j < b.length; j++)
        (m[i] as Float64Array)[j] = (m[i]?.[j] as number) - factor * (m[k]?.[j] as number);
      b[i] = (b[i] as number) - factor * (b[k] as number);
    }
  }
  for (let k = b.length - 1; k >= 0; k--) {
    for (let j = k + 1; j < b.length; j++) b[k] = (b[k] as number) - (m[k]?.[j] as number) * (b[j] as number);
    b[k] = (b[k] as number) / (m[k]?.[k] as number);
  }
  return b;
}

/** The features of every image, those of some sub-bands left out. */
function featuresOf({ values, shape, settings }: Embedding, without: readonly string[] = []): Float32Array[] {
  const [images, channels, subBands, rows, cols] = shape;
  const paths = subBandPaths(settings.level);
  const each = rows * cols;
  return Array.from({ length: images }, (_, image) => {
    const start = image * channels * subBands * each;
    return values
      .slice(start, start + channels * subBands * each)
      .filter((_, at) => !without.includes(paths[Math.floor(at / each) % subBands] as string));
  });
}

const images = process.env["DEEPFIXCX_TEST_FULL"] === "1" ? 1600 : 400;

/** One class of binary phantoms without wrong labels. */
async function coded(name: PhantomName, code: "place" | "edges"): Promise<{ pixels: Images; truth: number[] }> {
  const classes = {
    chest: ["Lung Opacity"],
    disc: ["normal_control", "advanced_glaucoma"],
    cervix: ["Type_1", "Type_3"],
  };
  const dataset = await datasets.phantom(name, {
    images,
    code,
    classes: classes[name],
    labelNoise: 0,
    seed: 5,
    // In a small chest the ribs and vessels fill the fine sub-bands; the signal needs a picture of the default size.
    size: name === "chest" ? 128 : 64,
  });
  const { values, classes: found } = dataset.labels;
  const truth = dataset.labels.ids.map((_, at) => values[at * found.length + found.length - 1] as number);
  return { pixels: await all(dataset), truth };
}

describe.each(names)("phantoms of %s", (name) => {
  it("are the same for the same seed, in any order and batch, and others for another seed", async () => {
    const dataset = await datasets.phantom(name, { images: 9, size: 48 });
    const whole = await all(dataset);
    const again = await datasets.phantom(name, { images: 9, size: 48 });
    expect((await all(again)).pixels).toEqual(whole.pixels);
    const size = whole.pixels.length / 9;
    const [a, b] = [whole.ids[7] as string, whole.ids[2] as string];
    const few = await all(dataset, [a, b]);
    expect(few.pixels.slice(0, size)).toEqual(whole.pixels.slice(7 * size, 8 * size));
    expect(few.pixels.slice(size)).toEqual(whole.pixels.slice(2 * size, 3 * size));
    const other = await all(await datasets.phantom(name, { images: 9, size: 48, seed: 1 }));
    expect(other.pixels).not.toEqual(whole.pixels);
  });

  it("say that they are synthetic, and are of any size", async () => {
    const dataset = await datasets.phantom(name, { images: 3, size: [37, 50] });
    expect(dataset.synthetic).toBe(true);
    expect(dataset.source).toMatch(/^Synthetic .*they show nobody/);
    expect((await all(dataset)).shape).toEqual([3, name === "chest" ? 1 : 3, 37, 50]);
  });

  it("lose a class coded by place as the patch grid shrinks", async () => {
    const { pixels, truth } = await coded(name, "place");
    const auc = async (patchGrid: number): Promise<number> =>
      halfAuc(featuresOf(await compress(pixels, { level: 2, patchGrid })), truth);
    const [fine, none] = [await auc(8), await auc(1)];
    expect(fine).toBeGreaterThan(0.9);
    expect(none).toBeLessThan(0.7);
  });

  it("lose a class coded by edges with its sub-band, and with no other", async () => {
    const { pixels, truth } = await coded(name, "edges");
    const embedding = await compress(pixels, { level: 2, patchGrid: 1 });
    const subBands = name === "chest" ? ["AV"] : ["AV", "AH"]; // each class of a single-class set has its own
    expect(halfAuc(featuresOf(embedding), truth)).toBeGreaterThan(0.9);
    expect(halfAuc(featuresOf(embedding, ["AD", "VA", "HA", "DD"]), truth)).toBeGreaterThan(0.9);
    expect(halfAuc(featuresOf(embedding, subBands), truth)).toBeLessThan(0.65);
  });

  it("can be told apart by what disease changes", async () => {
    const options: PhantomOptions = name === "chest" ? { classes: ["Lung Opacity"] } : {};
    const dataset = await datasets.phantom(name, { images, labelNoise: 0, ...options });
    const { values, classes } = dataset.labels;
    const last = dataset.labels.ids.map((_, at) => values[(at + 1) * classes.length - 1] as number);
    const embedding = await compress(await all(dataset), { level: 2, patchGrid: 5 });
    expect(halfAuc(featuresOf(embedding), last)).toBeGreaterThan(0.7);
  });

  it("show the same patient more alike than others, in the pixels", async () => {
    const dataset = await datasets.phantom(name, { images: 200, size: 64 });
    const { pixels, ids } = await all(dataset);
    const size = pixels.length / ids.length;
    const [distances, same]: [number[], number[]] = [[], []];
    for (let a = 0; a < ids.length; a++) {
      for (let b = 0; b < a; b++) {
        let sum = 0;
        for (let at = 0; at < size; at++)
          sum += ((pixels[a * size + at] as number) - (pixels[b * size + at] as number)) ** 2;
        distances.push(-sum);
        same.push(dataset.groups?.[ids[a] as string] === dataset.groups?.[ids[b] as string] ? 1 : 0);
      }
    }
    expect(rocAuc(distances, same)).toBeGreaterThan(0.6);
  });

  it("know what they planted: taking it away changes exactly these pixels", async () => {
    const dataset = await datasets.phantom(name, { images: 12, code: "edges", size: 64, labelNoise: 0 });
    const id = dataset.labels.ids[0] as string;
    const { present, difference, subBands, patient } = dataset.truth(id);
    expect(patient).toBe(dataset.groups?.[id]);
    const embedding = await compress(difference, { level: 2, patchGrid: 1 });
    const perClass = featuresOf(embedding);
    present.forEach((there, k) => {
      const channels = difference.shape[1];
      const energy = Array.from(perClass[k] as Float32Array);
      const total = energy.reduce((sum, value) => sum + value, 0);
      if (there !== 1) return expect(total).toBe(0);
      const own = energy.filter((_, at) => subBandPaths(2)[at % 16] === subBands?.[k]);
      expect(own).toHaveLength(channels);
      expect(own.reduce((sum, value) => sum + value, 0) / total).toBeGreaterThan(0.9999);
    });
  });
});

describe("chest phantoms", () => {
  it("have CheXpert's findings about as often as the original, with uncertain labels", async () => {
    const { labels } = await datasets.phantom("chest", { images: 4000 });
    const counts = Object.fromEntries(countClasses(labels).map((count) => [count.name, count]));
    expect(labels.classes).toHaveLength(14);
    expect((counts["Pleural Effusion"]?.present ?? 0) / 4000).toBeCloseTo(0.38, 1);
    expect((counts["Atelectasis"]?.uncertain ?? 0) / 4000).toBeCloseTo(0.157, 1);
    expect(counts["Pleural Other"]?.present).toBeGreaterThan(100);
    expect(counts["No Finding"]?.uncertain).toBe(0);
  });

  it("leave each finding uncertain as often as CheXpert does (Irvin et al. 2019, table 1)", async () => {
    const { labels } = await datasets.phantom("chest", { images: 4000 });
    const original = [0, 5.41, 3.52, 2.31, 0.57, 6.17, 12.78, 8.34, 15.66, 1.42, 5.02, 0.94, 0.26, 0.48];
    const ours = countClasses(labels).map(({ uncertain }) => (100 * uncertain) / 4000);
    expect(ours).toBeAllclose(original, { atol: 2 }); // per cent; the deviation of 4,000 draws is 0.6 at most
  });

  it("mislabel as many as asked", async () => {
    const dataset = await datasets.phantom("chest", { images: 2000, classes: ["Edema"], labelNoise: 0.1 });
    const wrong = dataset.labels.ids
      .slice(0, 500)
      .filter((id, at) => dataset.truth(id).present[0] !== dataset.labels.values[at]);
    expect(wrong.length).toBeGreaterThan(30);
    expect(wrong.length).toBeLessThan(75);
  });
});

describe("disc and cervix phantoms", () => {
  it.each([
    ["disc", [788, 289, 467]],
    ["cervix", [249, 781, 450]],
  ] as const)("of %s have the original's class shares", async (name, counts) => {
    const { labels } = await datasets.phantom(name, { images: 3000, labelNoise: 0 });
    const total = counts.reduce((sum, count) => sum + count, 0);
    countClasses(labels).forEach(({ present }, k) =>
      expect(Math.abs(present / 3000 - (counts[k] as number) / total)).toBeLessThan(0.03),
    );
  });
});

describe("shortcuts", () => {
  it("follow the class to the degree asked, and change the picture", async () => {
    const options = { images: 300, classes: ["Lung Opacity"], size: 32, labelNoise: 0 };
    const plain = await all(await datasets.phantom("chest", options));
    for (const [shortcut, degree] of [
      ["mark", 1],
      ["texture", 1],
      ["brightness", 0.5],
    ] as const) {
      const dataset = await datasets.phantom("chest", { ...options, shortcuts: { [shortcut]: degree } });
      const marked = await all(dataset);
      const changed = dataset.labels.ids.map((_, at) => {
        const size = 32 * 32;
        return Number(
          marked.pixels.slice(at * size, (at + 1) * size).some((value, k) => value !== plain.pixels[at * size + k]),
        );
      });
      const agree = changed.filter((value, at) => value === dataset.labels.values[at]).length / 300;
      expect(agree).toBeGreaterThan(degree === 1 ? 0.999 : 0.65);
      if (degree < 1) expect(agree).toBeLessThan(0.85);
    }
  });

  it("and other options are refused when they are not allowed", async () => {
    const make = (options: PhantomOptions) => datasets.phantom("chest", options);
    await expect(make({ shortcuts: { mark: 2 } })).rejects.toThrow(/shortcuts\.mark in 0\.\.1, got 2/);
    await expect(make({ images: 1 })).rejects.toThrow(/images a whole number of at least 2, got 1/);
    await expect(make({ size: 8 })).rejects.toThrow(/size of whole sides of at least 16, got 8/);
    await expect(make({ classes: ["Cough"] })).rejects.toThrow(/classes among No Finding, .* got "Cough"/);
    await expect(make({ labelNoise: 0.7 })).rejects.toThrow(/labelNoise in 0\.\.0\.5/);
    await expect(datasets.phantom("knee" as "chest")).rejects.toThrow(/one of chest, disc, cervix, got "knee"/);
    await expect(make({ images: "9" as unknown as number })).rejects.toThrow(/at least 2, got "9"$/);
    await expect(make({ size: "64" as unknown as number })).rejects.toThrow(/\[rows, cols\], got "64"$/);
  });
});
