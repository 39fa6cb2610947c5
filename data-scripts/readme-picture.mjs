// Draws the picture of the README from a synthetic chest phantom: node data-scripts/readme-picture.mjs
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { collectImages, compress, datasets, evaluate, inMemoryRatio, privatize, toPng } = createRequire(import.meta.url)(
  "..",
);

const size = 320;
const phantoms = await datasets.phantom("chest", { classes: ["Lung Opacity"], images: 8, size, seed: 3 });
const [id] = phantoms.labels.ids;
const original = await collectImages(phantoms.images([id]));
const range = [0, 1];

const tiles = [
  { label: "synthetic chest phantom", values: Float32Array.from(original.pixels, (value) => value / 255) },
];
for (const [level, patchGrid] of [
  [1, 79],
  [2, 19],
  [4, 5],
]) {
  const privatized = await privatize(original, { level, patchGrid });
  const { settings } = await compress(original, { level, patchGrid });
  const { meanSsim } = await evaluate.quality(original, privatized);
  const ratio = inMemoryRatio(settings, [1, size, size]).toFixed(1);
  const label = `J=${level}, P=${patchGrid}: ${ratio} % of the numbers, SSIM ${meanSsim.value.toFixed(2)}`;
  tiles.push({ label, values: privatized.pixels });
}

const picture = {
  kind: "picture",
  title: "A synthetic chest, and what the paper's inverse shows of it at three settings",
  alt: "A synthetic chest phantom and its reconstructions at three settings, each with less detail than the one before",
  tiles: tiles.map((tile) => ({ ...tile, shape: [1, size, size], range, palette: "grey" })),
  columns: 4,
  tileWidth: 210,
  note: "Synthetic. No measure of privacy: decoders that have learned from other patients rebuild more than this inverse.",
};
writeFileSync(
  join(import.meta.dirname, "..", "notebooks", "images", "overview.png"),
  await toPng(picture, { scale: 2 }),
);
