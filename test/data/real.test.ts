import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Images } from "../../src/core/images";
import { sharp } from "../../src/core/packages";
import { datasets } from "../../src/data/datasets";
import type { Dataset } from "../../src/data/dataset";
import { joinImages } from "../../src/data/readImages";
import { mobileodtDuplicates } from "../../src/data/real/mobileodt";
import { checkSplit } from "../../src/data/split";
import { scratchFolder, writeColour, writeGrey } from "./pictures";
import { npyOf, zipOf } from "./zipFile";

const folder = await scratchFolder();
const at = (...parts: string[]) => join(folder, ...parts);
const before = process.env["DEEPFIXCX_DATA"];
beforeAll(() => (process.env["DEEPFIXCX_DATA"] = folder));
afterAll(() => {
  if (before === undefined) delete process.env["DEEPFIXCX_DATA"];
  else process.env["DEEPFIXCX_DATA"] = before;
});

async function all(dataset: Dataset, ids?: readonly string[]): Promise<Images> {
  const batches: Images[] = [];
  for await (const batch of dataset.images(ids)) batches.push(batch);
  return joinImages(batches);
}

/** A photograph of its own for each seed: blocks of random grey, so that no two look alike. */
async function photograph(file: string, rows: number, cols: number, seed: number, scale = 1): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  let state = seed * 7919 + 1;
  const blocks = Uint8Array.from({ length: 12 * 12 }, () => (state = (state * 1103515245 + 12345) % 2147483648) >> 16);
  await sharp()(blocks, { raw: { width: 12, height: 12, channels: 1 } })
    .resize(cols * scale, rows * scale, { fit: "fill" })
    .toColourspace("srgb")
    .jpeg({ quality: 90 })
    .toFile(file);
}

describe("kim-eye", () => {
  it("has three classes in the order of the disease, crops of 240x240, and a split by image", async () => {
    await expect(datasets.open("kim-eye")).rejects.toThrow(/kim-eye.*normal_control.*deepfixcx data kim-eye/);
    for (const [name, count] of [
      ["normal_control", 8],
      ["early_glaucoma", 4],
      ["advanced_glaucoma", 5],
    ] as const) {
      for (let k = 1; k <= count; k++) await writeColour(at("kim-eye", name, `${k}.png`), 240, 260, [k, 2, 3]);
    }
    const dataset = await datasets.open("kim-eye");
    expect(dataset.labels).toMatchObject({
      kind: "single",
      classes: ["normal_control", "early_glaucoma", "advanced_glaucoma"],
    });
    expect(dataset.labels.ids).toHaveLength(17);
    expect(dataset.groups).toBeUndefined();
    expect((await all(dataset, ["early_glaucoma/2.png"])).shape).toEqual([1, 3, 240, 240]);
    const split = dataset.split;
    if (split === undefined) throw new Error("no split");
    checkSplit(split, dataset.labels);
    expect(split.train.length + split.validation.length + split.test.length).toBe(17);
  });
});

describe("chexpert-small", () => {
  const findings =
    "No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung Opacity,Lung Lesion,Edema,Consolidation,Pneumonia," +
    "Atelectasis,Pneumothorax,Pleural Effusion,Pleural Other,Fracture,Support Devices";
  const head = `Path,Sex,Age,Frontal/Lateral,AP/PA,${findings}\n`;
  const row = (path: string, labels: string) => `CheXpert-v1.0-small/${path},Female,68,Frontal,AP,${labels}\n`;

  it("reads findings, uncertain and empty labels, patients and the official test", async () => {
    const root = at("chexpert-small", "CheXpert-v1.0-small");
    await mkdir(root, { recursive: true });
    const path = (patient: number) => `train/patient0000${patient}/study1/view1_frontal.jpg`;
    const labels = (k: number) => `${k % 2 === 0 ? "1.0" : ""},,-1.0,0.0,,,,,,0.0,,,,1.0`;
    const lines = Array.from({ length: 9 }, (_, k) => row(path(k + 1), labels(k)));
    await writeFile(join(root, "train.csv"), head + lines.join(""));
    const test = "valid/patient00001/study1/view1_frontal.jpg";
    await writeFile(
      join(root, "valid.csv"),
      head + row(test, "0.0,0.0,1.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0"),
    );
    await writeGrey(join(root, path(1)), 390, 320);
    await writeGrey(join(root, path(2)), 300, 340);
    const dataset = await datasets.open("chexpert-small");
    expect(dataset.labels).toMatchObject({ kind: "multi", classes: findings.split(",") });
    expect([...dataset.labels.values.slice(0, 5)]).toEqual([1, 0, NaN, 0, 0]);
    expect(dataset.labels.ids).toHaveLength(10);
    // patient00001 of valid.csv is another person than patient00001 of train.csv
    expect(new Set(Object.values(dataset.groups ?? {})).size).toBe(10);
    expect(dataset.split?.test).toEqual([`CheXpert-v1.0-small/${test}`]);
    expect(dataset.split?.train).toHaveLength(8);
    expect(dataset.table.column("AP/PA").values[0]).toBe("AP");
    const images = await all(
      dataset,
      [1, 2].map((k) => `CheXpert-v1.0-small/${path(k)}`),
    );
    expect(images.shape).toEqual([2, 1, 320, 320]);
    // The second is 300 rows high and padded with 10 zero rows above and below.
    expect(images.pixels.slice(320 * 320, 320 * 320 + 10 * 320).every((value) => value === 0)).toBe(true);
  });
});

describe("medmnist", () => {
  const set = (images: number, extra: number[], labels: Uint8Array, width: number) => ({
    images: npyOf(
      [images, 4, 5, ...extra],
      Uint8Array.from({ length: images * 20 * (extra[0] ?? 1) }, (_, k) => k % 251),
    ),
    labels: npyOf([images, width], labels),
  });
  async function npz(name: string, extra: number[], labels: Record<string, number[]>, width: number): Promise<void> {
    const entries: Record<string, Buffer> = {};
    for (const [part, values] of Object.entries(labels)) {
      const made = set(values.length / width, extra, Uint8Array.from(values), width);
      entries[`${part}_images.npy`] = made.images;
      entries[`${part}_labels.npy`] = made.labels;
    }
    await mkdir(at("medmnist"), { recursive: true });
    await writeFile(at("medmnist", `${name}.npz`), zipOf(entries));
  }

  it("reads binary sets, whatever number stands for the class", async () => {
    await npz("pneumoniamnist_224", [], { train: [1, 0, 1], val: [0], test: [1, 1] }, 1);
    const dataset = await datasets.open("pneumoniamnist_224");
    expect(dataset.labels).toMatchObject({ kind: "binary", classes: ["pneumonia"] });
    expect([...dataset.labels.values]).toEqual([1, 0, 1, 0, 1, 1]);
    expect(dataset.split).toMatchObject({ validation: ["val/000000"], test: ["test/000000", "test/000001"] });
    const images = await all(dataset, ["train/000002", "val/000000"]);
    expect(images.shape).toEqual([2, 1, 4, 5]);
    expect([...images.pixels.slice(0, 3), ...images.pixels.slice(20, 22)]).toEqual([40, 41, 42, 0, 1]);
    expect((await all(await datasets.open("pneumoniamnist_224", { size: 8 }), ["val/000000"])).shape).toEqual([
      1, 1, 8, 8,
    ]);
    await npz("breastmnist_224", [], { train: [0, 1], val: [0], test: [1] }, 1);
    expect([...(await datasets.open("breastmnist_224")).labels.values]).toEqual([1, 0, 1, 0]);
  });

  it("reads colour with the channels first, grades, and 14 findings", async () => {
    await npz("retinamnist_224", [3], { train: [4, 0], val: [2], test: [1] }, 1);
    const retina = await datasets.open("retinamnist_224");
    expect(retina.labels.kind).toBe("single");
    expect([...retina.labels.values.slice(0, 5)]).toEqual([0, 0, 0, 0, 1]);
    const { shape, pixels } = await all(retina, ["train/000000"]);
    expect(shape).toEqual([1, 3, 4, 5]);
    expect([pixels[0], pixels[1], pixels[20], pixels[40]]).toEqual([0, 3, 1, 2]);
    const one = Array.from({ length: 14 }, (_, k) => k % 2);
    await npz("chestmnist_224", [], { train: one, val: one, test: one }, 14);
    const chest = await datasets.open("chestmnist_224");
    expect(chest.labels).toMatchObject({ kind: "multi" });
    expect([...chest.labels.values.slice(0, 14)]).toEqual(one);
  });

  it("says what is wrong with a damaged file", async () => {
    await mkdir(at("damaged", "medmnist"), { recursive: true });
    await writeFile(at("damaged", "medmnist", "chestmnist_224.npz"), "no zip");
    process.env["DEEPFIXCX_DATA"] = at("damaged");
    await expect(datasets.open("chestmnist_224")).rejects.toThrow(/chestmnist_224\.npz: a whole zip file/);
    process.env["DEEPFIXCX_DATA"] = folder;
  });
});

describe("mobileodt", () => {
  const root = at("mobileodt");
  const file = (...parts: string[]) => join(root, ...parts);

  beforeAll(async () => {
    for (let k = 0; k < 12; k++) {
      await photograph(file("train", "train", `Type_${(k % 3) + 1}`, `${k}.jpg`), 60, 45, k);
    }
    // A landscape picture, a copy with another label, a test picture that was scaled, and a known broken file.
    await photograph(file("additional_Type_1_v2", "Type_1", "100.jpg"), 45, 60, 100);
    await copyFile(file("train", "train", "Type_1", "0.jpg"), file("additional_Type_1_v2", "Type_1", "101.jpg"));
    await mkdir(file("additional_Type_2_v2", "Type_2"), { recursive: true });
    await copyFile(file("train", "train", "Type_1", "3.jpg"), file("additional_Type_2_v2", "Type_2", "102.jpg"));
    await writeFile(file("additional_Type_1_v2", "Type_1", "5893.jpg"), "");
    await photograph(file("test", "test", "0.jpg"), 60, 45, 200);
    await photograph(file("test", "test", "1.jpg"), 60, 45, 4, 2);
    await writeFile(file("solution_stg1_release.csv"), "image_name,Type_1,Type_2,Type_3\n0.jpg,0,0,1\n1.jpg,1,0,0\n");
  });

  it("keeps the published split, leaves known bad files out, and says that duplicates were not looked for", async () => {
    const dataset = await datasets.open("mobileodt");
    expect(dataset.labels).toMatchObject({ kind: "single", classes: ["Type_1", "Type_2", "Type_3"] });
    expect(dataset.labels.ids).toHaveLength(17);
    expect(dataset.split?.test).toEqual(["test/test/0.jpg", "test/test/1.jpg"]);
    expect(dataset.notes[0]).toMatch(/share images; duplicates were not looked for yet/);
    const stream = dataset.images();
    const batches: Images[] = [];
    for await (const batch of stream) batches.push(batch);
    expect(stream.rejected).toEqual([]);
    expect((await joinImages(batches)).shape).toEqual([17, 3, 200, 150]);
  });

  it("finds exact and scaled copies, reports the leak, and drops them when asked", async () => {
    const { sets } = await mobileodtDuplicates(root);
    expect(sets.map((set) => [...set].sort())).toEqual([
      ["additional_Type_1_v2/Type_1/101.jpg", "train/train/Type_1/0.jpg"],
      ["additional_Type_2_v2/Type_2/102.jpg", "train/train/Type_1/3.jpg"],
      ["test/test/1.jpg", "train/train/Type_2/4.jpg"],
    ]);
    const kept = await datasets.open("mobileodt");
    expect(kept.labels.ids).toHaveLength(17);
    expect(kept.notes[0]).toMatch(
      /^3 sets .*; 1 test images have a copy .* and 2 sets have different labels. All are kept/,
    );
    const dropped = await datasets.open("mobileodt", { duplicates: "drop" });
    expect(dropped.labels.ids).toHaveLength(14);
    expect(dropped.labels.ids).toContain("test/test/1.jpg");
    expect(dropped.labels.ids).not.toContain("train/train/Type_2/4.jpg");
    checkSplit(dropped.split as NonNullable<typeof dropped.split>, dropped.labels, dropped.groups);
  });
});
