import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { compress } from "../../src/compress/compress";
import { joinImages } from "../../src/data/readImages";
import type { Images } from "../../src/core/images";
import type { Dataset } from "../../src/data/dataset";
import { datasets } from "../../src/data/datasets";
import type { Page } from "../../src/display/view";
import { scratchFolder, writeGrey } from "./pictures";

const folder = await scratchFolder();
const at = (...parts: string[]) => join(folder, ...parts);

async function all(dataset: Dataset, ids?: readonly string[]): Promise<Images> {
  const batches: Images[] = [];
  for await (const batch of dataset.images(ids, { batchSize: 2 })) batches.push(batch);
  return joinImages(batches);
}

async function csvWith(name: string, text: string): Promise<string> {
  await mkdir(at(name), { recursive: true });
  await writeFile(at(name, "labels.csv"), text);
  return at(name, "labels.csv");
}

describe("datasets.csv", () => {
  it("finds file, patient and label columns and keeps the others in the table", async () => {
    const file = await csvWith(
      "xray",
      "file,patient,study,pneumonia\nimages/a.png,007,002,1\nimages/b.png,008,000,0\n",
    );
    const a = await writeGrey(at("xray", "images", "a.png"), 8, 8);
    await writeGrey(at("xray", "images", "b.png"), 8, 8, 9);
    const dataset = await datasets.csv(file);
    expect(dataset).toMatchObject({
      name: "xray",
      synthetic: false,
      groups: { "images/a.png": "007", "images/b.png": "008" },
    });
    expect(dataset.labels).toMatchObject({
      kind: "binary",
      classes: ["pneumonia"],
      ids: ["images/a.png", "images/b.png"],
    });
    expect([...dataset.labels.values]).toEqual([1, 0]);
    expect(dataset.table.columns).toEqual(["id", "patient", "study", "pneumonia"]);
    expect(dataset.table.column("study").values).toEqual(["002", "000"]);
    const images = await all(dataset, ["images/b.png", "images/a.png"]);
    expect(images.ids).toEqual(["images/b.png", "images/a.png"]);
    expect(images.pixels.slice(64)).toEqual(a);
  });

  it("reads several findings with uncertain ones, numbers as numbers, and names of its own columns", async () => {
    const text = "ID,where,who,age,edema,effusion\n1,a.png,p1,61.5,1,-1\n2,b.png,p2,,0,1\n3,c.png,p2,70,,0\n";
    const file = await csvWith("multi", text);
    const options = { fileColumn: "where", idColumn: "ID", patientColumn: "who", missing: "negative" } as const;
    const dataset = await datasets.csv(file, options);
    expect(dataset.labels).toMatchObject({ kind: "multi", classes: ["edema", "effusion"], ids: ["1", "2", "3"] });
    expect([...dataset.labels.values]).toEqual([1, NaN, 0, 1, 0, 0]);
    expect(dataset.table.column("age").values).toEqual([61.5, NaN, 70]);
    const uncertain = await datasets.csv(file, { ...options, missing: "uncertain" });
    expect(uncertain.labels.values[4]).toBeNaN();
  });

  it("reads a class column", async () => {
    const file = await csvWith("classes", "file,stage\na.png,late\nb.png,early\nc.png,late\n");
    const { labels, groups } = await datasets.csv(file, { classColumn: "stage" });
    expect(labels).toMatchObject({ kind: "single", classes: ["early", "late"] });
    expect([...labels.values]).toEqual([0, 1, 1, 0, 0, 1]);
    expect(groups).toBeUndefined();
  });

  it.each([
    [
      "a label missing",
      "file,ill\na.png,1\nb.png,\nc.png,0\n",
      /labels\.csv: 1, 0 or -1 .* in column ill, got nothing for "b\.png"; fill it/,
    ],
    [
      "one class only",
      "file,ill\na.png,1\nb.png,1\n",
      /at least two classes, got one class only \(ill: 2 with, 0 without\)/,
    ],
    ["an id twice", "file,ill\na.png,1\n./a.png,0\n", /"a\.png" twice/],
    ["no rows", "file,ill\n", /no rows below the header/],
    ["semicolons", "file;ill\na,b.png;1\n", /labels\.csv: .*commas, got values separated by semicolons; save it/],
    ["tabs", "file\till\na.png\t1\n", /got values separated by tabs; save it with commas/],
    ["rows of different length", "file,ill\na.png\n", /labels\.csv: a table with a header line/],
    [
      "no file column",
      "picture,ill\na.png,1\n",
      /a column one of file, filename.*got picture, ill; name it with fileColumn/,
    ],
    ["no label column", "file,patient\na.png,1\n", /a column of findings.*name a column of words with classColumn/],
    [
      "words for findings, telling column and words",
      "file,patient,ill\na.png,1,yes\nb.png,2,no\n",
      /got columns file, patient, ill \("yes", "no"\); write findings as numbers, .* classColumn/,
    ],
    [
      "a patient missing",
      "file,patient,ill\na.png,p,1\nb.png,,0\n",
      /a patient in column patient, got nothing for "b\.png"/,
    ],
  ])("refuses %s", async (name, text, message) => {
    const file = await csvWith(name.replaceAll(" ", "-"), text);
    await expect(datasets.csv(file)).rejects.toThrow(message);
  });

  it("takes lines that end as different systems end them", async () => {
    const { labels } = await datasets.csv(await csvWith("ends", "file,ill\r\na.png,1\nb.png,0\r\nc.png,0\rd.png,1"));
    expect(labels.ids).toEqual(["a.png", "b.png", "c.png", "d.png"]);
    expect([...labels.values]).toEqual([1, 0, 0, 1]);
  });

  it("refuses a value that is no label, and a column that is not there", async () => {
    const file = await csvWith("named", "file,ill\na.png,1\nb.png,maybe\n");
    await expect(datasets.csv(file, { labelColumns: ["ill"] })).rejects.toThrow(
      /got "maybe" for "b\.png"; it holds "1", "maybe": write numbers, .*classColumn: "ill"/,
    );
    await expect(datasets.csv(file, { labelColumns: ["sick"] })).rejects.toThrow(/a column "sick", got file, ill/);
    await expect(datasets.csv(file, { labelColumns: "ill" as unknown as string[] })).rejects.toThrow(
      /names of labelColumns in a list, got "ill"; put one in brackets/,
    );
    await expect(datasets.csv(at("none.csv"))).rejects.toThrow(/none\.csv: a table to read, got no such file/);
  });

  it("sets missing and broken files aside while it reads", async () => {
    const file = await csvWith("gaps", "file,ill\na.png,1\nb.png,0\nc.png,0\n");
    await writeGrey(at("gaps", "a.png"), 8, 8);
    await writeFile(at("gaps", "b.png"), "no picture");
    const stream = (await datasets.csv(file)).images();
    const ids: string[] = [];
    for await (const batch of stream) ids.push(...batch.ids);
    expect(ids).toEqual(["a.png"]);
    expect(stream.rejected.map(({ id, reason }) => [id, reason.replace(/.*got /, "")])).toEqual([
      ["b.png", "no image, or one without its end"],
      ["c.png", "no such file"],
    ]);
  });

  it("refuses ids that it does not have", async () => {
    const file = await csvWith("ids", "file,ill\na.png,1\nb.png,0\n");
    const dataset = await datasets.csv(file);
    expect(() => dataset.images(["z.png"])).toThrow(/ids of this data set, got "z\.png"/);
  });
});

describe("an embedding of files", () => {
  it("tells what could not be read, in its line and its page", async () => {
    const file = await csvWith("lossy", "file,ill\na.png,1\nb.png,0\nlost.png,0\n");
    for (const name of ["a.png", "b.png"]) await writeGrey(at("lossy", name), 8, 8);
    const embedding = await compress((await datasets.csv(file)).images(), { level: 1, patchGrid: 1 });
    expect(embedding.ids).toEqual(["a.png", "b.png"]);
    expect(embedding.rejected).toEqual([
      { id: "lost.png", file: at("lossy", "lost.png"), reason: "a file that can be read, got no such file" },
    ]);
    expect(inspect(embedding)).toMatch(/^Embedding of 2 images .*; 1 more could not be read$/);
    const { views } = (await embedding.view()) as Page;
    expect(views[1]).toMatchObject({ rows: [["lost.png", "a file that can be read, got no such file"]] });
    const whole = await compress((await datasets.csv(file)).images(["a.png"]), { level: 1, patchGrid: 1 });
    expect(whole).not.toHaveProperty("rejected");
  });
});

describe("datasets.folder", () => {
  it("makes a class of every sub-folder", async () => {
    await writeGrey(at("eyes", "normal", "1.png"), 8, 8);
    await writeGrey(at("eyes", "ill", "deep", "2.png"), 8, 8);
    await writeFile(at("eyes", "notes.txt"), "");
    const dataset = await datasets.folder(at("eyes"), { classes: ["normal", "ill"] });
    expect(dataset.labels).toMatchObject({
      kind: "single",
      classes: ["normal", "ill"],
      ids: ["normal/1.png", "ill/deep/2.png"],
    });
    expect(dataset.table.column("class").values).toEqual(["normal", "ill"]);
    expect((await all(dataset)).ids).toEqual(["normal/1.png", "ill/deep/2.png"]);
  });

  it("refuses a folder that is not there, one class only, and a class without images", async () => {
    await expect(datasets.folder(at("nowhere"))).rejects.toThrow(/nowhere: a folder, got nothing there/);
    await writeGrey(at("single", "only", "1.png"), 8, 8);
    await expect(datasets.folder(at("single"))).rejects.toThrow(/at least two sub-folders .* got "only" only/);
    await mkdir(at("single", "other"));
    await expect(datasets.folder(at("single"))).rejects.toThrow(/other: at least one .* got none/);
  });
});

describe("datasets.open", () => {
  const before = process.env["DEEPFIXCX_DATA"];
  afterEach(() => {
    if (before === undefined) delete process.env["DEEPFIXCX_DATA"];
    else process.env["DEEPFIXCX_DATA"] = before;
  });

  it("opens phantoms as quickstart, and says so, where there are no data", async () => {
    process.env["DEEPFIXCX_DATA"] = "";
    const dataset = await datasets.open("quickstart");
    expect(dataset.synthetic).toBe(true);
    expect(dataset.source).toMatch(/^Synthetic/);
    expect(dataset.labels.kind).toBe("binary");
    process.env["DEEPFIXCX_DATA"] = at("eyes");
    const instead = await datasets.open("quickstart");
    expect(instead.synthetic).toBe(true);
    expect(instead.notes).toEqual([expect.stringContaining("which holds no labels.csv")]);
    process.env["DEEPFIXCX_DATA"] = at("nowhere");
    await expect(datasets.open("quickstart")).rejects.toThrow(
      /nowhere: a folder, got nothing there; name another in DEEPFIXCX_DATA, or unset it for phantoms/,
    );
  });

  it("opens the labels.csv of DEEPFIXCX_DATA as quickstart", async () => {
    await csvWith("real", "file,patient,study,pneumonia\na.png,1,1,1\nb.png,2,1,0\n");
    process.env["DEEPFIXCX_DATA"] = at("real");
    expect(await datasets.open("quickstart")).toMatchObject({ synthetic: false, name: "real" });
  });

  it("refuses a labels.csv that names no patients, before anything is read", async () => {
    await csvWith("nameless", "file,pneumonia\na.png,1\nb.png,0\n");
    process.env["DEEPFIXCX_DATA"] = at("nameless");
    await expect(datasets.open("quickstart")).rejects.toThrow(
      /labels\.csv: a column patient, .* got columns file, pneumonia; add it; only where no patient has two images/,
    );
  });

  it("lists what it knows when asked for something else", async () => {
    await expect(datasets.open("moon" as "quickstart")).rejects.toThrow(/one of quickstart.*got "moon"/);
  });

  const real = process.env["DEEPFIXCX_TEST_DATA"];
  it.skipIf(real === undefined)("reads every image of the real X-rays", async () => {
    process.env["DEEPFIXCX_DATA"] = real;
    const dataset = await datasets.open("quickstart");
    const images = await all(dataset);
    expect(images.shape).toEqual([616, 1, 320, 320]);
    expect(new Set(Object.values(dataset.groups ?? {})).size).toBe(414);
  });
});
