import { join } from "node:path";
import { expect, test } from "vitest";
import { compress } from "../../../src/compress/compress";
import { datasets } from "../../../src/data/datasets";
import type { Figure, Page, Table } from "../../../src/display/view";
import { evaluate } from "../../../src/evaluate/evaluate";
import { allImages, patients } from "./images";

test("mechanisms stand beside each other: general ones stay linkable, a grouped score does not and keeps its AUC", async () => {
  const { images, labels, groups } = patients(60);
  const embedding = await compress(images, { level: 1, patchGrid: 2 });
  const only = ["none", "the label", "bits", "identity", "score of groups of 5"];
  const found = await evaluate.protections(embedding, images, { labels, groups, side: 8, only });
  const row = (mechanism: string, strength = "") =>
    found.rows.find(
      (each) => each.mechanism === mechanism && each.strength === strength,
    ) as (typeof found.rows)[number];
  expect(found.rows).toHaveLength(13);
  expect(row("none").verificationAuc).toBeGreaterThan(0.9);
  expect(row("none").auc).toBeGreaterThan(0.9);
  expect(row("the label alone").auc).toBe(1);
  expect(row("the label alone").verificationAuc).toBe(0.5); // among equal labels
  expect(row("bits a feature", "4 bits").verificationAuc).toBeGreaterThan(0.8);
  expect(row("identity directions removed", "20").verificationAuc).toBeLessThan(row("none").verificationAuc);
  const grouped = row("score of groups of 5", "epsilon 2");
  expect(grouped.verificationAuc).toBeLessThan(0.65);
  expect(grouped.auc).toBeGreaterThan(row("none").auc - 0.05);
  expect(grouped.psnr).toBeLessThan(found.meanImagePsnr + 1);
  const [figure, , table, note] = ((await found.view()) as Page).views as [Figure, unknown, Table, { text: string }];
  expect(figure.traces.map(({ mode }) => mode)).toEqual(figure.traces.map(() => "lines+markers"));
  expect(table.rows).toHaveLength(13);
  expect(note.text).toContain("What may not");
}, 300_000);

const folder = process.env["DEEPFIXCX_TEST_DATA"];
const full = process.env["DEEPFIXCX_TEST_FULL"] === "1";

test.skipIf(folder === undefined || !full)(
  "real X-rays at (2, 3), fitted on one half of the patients: groups of 5 at epsilon 2 keep the AUC and hide the picture",
  async () => {
    const dataset = await datasets.csv(join(folder as string, "labels.csv"));
    const images = await allImages(dataset);
    const embedding = await compress(images, { level: 2, patchGrid: 3 });
    const groups = dataset.groups as Record<string, string>;
    const only = ["none", "score of groups of 5"];
    const { rows, meanImagePsnr } = await evaluate.protections(embedding, images, {
      ...{ labels: dataset.labels, groups, only, decoder: true },
    });
    const plain = rows.find(({ mechanism }) => mechanism === "none");
    const grouped = rows.find(({ strength }) => strength === "epsilon 2");
    expect(grouped?.auc).toBeGreaterThan((plain?.auc as number) - 0.03);
    expect(grouped?.verificationAuc).toBeLessThan(0.56);
    expect(grouped?.psnr).toBeLessThan(meanImagePsnr + 1);
  },
  900_000,
);
