import { mkdtemp, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { sharp } from "../../src/core/packages";
import { datasets } from "../../src/data/datasets";
import { imageFacts } from "../../src/data/imageFacts";

async function greyPng(file: string, level: number): Promise<void> {
  await sharp()({ create: { width: 8, height: 6, channels: 3, background: { r: level, g: level, b: level } } })
    .toColourspace("b-w")
    .png()
    .toFile(file);
}

it("tells brightness, file size and patient number of each image by its id", async () => {
  const folder = await mkdtemp(join(tmpdir(), "facts-"));
  await greyPng(join(folder, "dark.png"), 0);
  await greyPng(join(folder, "bright.png"), 204);
  await writeFile(join(folder, "labels.csv"), "file,patient,finding\ndark.png,007,0\nbright.png,12,1\n");
  const facts = await imageFacts(await datasets.csv(join(folder, "labels.csv")));
  expect(Object.keys(facts)).toEqual(["mean brightness", "file size", "patient number"]);
  expect(facts["mean brightness"]?.["dark.png"]).toBe(0);
  expect(facts["mean brightness"]?.["bright.png"]).toBeCloseTo(0.8, 12);
  expect(facts["file size"]?.["dark.png"]).toBe((await stat(join(folder, "dark.png"))).size);
  expect(facts["patient number"]).toEqual({ "dark.png": 7, "bright.png": 12 });
});

it("leaves out what is not known", async () => {
  const facts = await imageFacts(await datasets.phantom("chest", { images: 8, size: 32 }));
  expect(Object.keys(facts)).toEqual(["mean brightness"]);
});

it("leaves out files that are not there, and goes on", async () => {
  const folder = await mkdtemp(join(tmpdir(), "facts-"));
  await greyPng(join(folder, "dark.png"), 0);
  await greyPng(join(folder, "bright.png"), 204);
  await writeFile(join(folder, "labels.csv"), "file,finding\ndark.png,0\nbright.png,1\nlost.png,1\n");
  const facts = await imageFacts(await datasets.csv(join(folder, "labels.csv")));
  expect(Object.keys(facts["file size"] ?? {})).toEqual(["dark.png", "bright.png"]);
  expect(Object.keys(facts["mean brightness"] ?? {})).toEqual(["dark.png", "bright.png"]);
});
