// Trains what the explorer brings along, on synthetic chest phantoms, and writes models.json: a linear classifier of one
// finding, and decoders (the learned attacker) for the page's named settings. Scores are those of phantoms of another
// seed, which no model saw. Needs the built package: node src/explore/models/train.mjs

import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(import.meta.url);
const dist = join(import.meta.dirname, "..", "..", "..", "dist");
const { collectImages, compress, datasets, evaluate, reconstruct } = require(dist);
const { pageDecoder } = require(join(dist, "explore", "pageDecoder"));
const { namedSettings } = require(join(dist, "explore", "named"));

const finding = "Cardiomegaly";
const imageSide = 320;
const classifierSide = 20;
const decoderSide = 64;

async function phantoms(images, seed) {
  const data = await datasets.phantom("chest", { images, seed, size: imageSide, labelNoise: 0, uncertain: false });
  const column = data.labels.classes.indexOf(finding);
  const truth = data.labels.ids.map((_, at) => data.labels.values[at * data.labels.classes.length + column]);
  return { images: await collectImages(data.images()), truth };
}

/** Logistic regression with a penalty on the squared weights, by gradient descent; deterministic. */
function trainClassifier({ images, truth }, side) {
  const { pixels } = evaluate.thumbnails(images, side);
  const size = side * side;
  const mean = Float64Array.from({ length: size }, (_, at) => {
    return truth.reduce((sum, _one, image) => sum + pixels[image * size + at], 0) / truth.length;
  });
  const weights = new Float64Array(size);
  let bias = 0;
  const [steps, rate, penalty] = [4000, 0.3, 0.002];
  for (let step = 0; step < steps; step++) {
    const slope = weights.map((weight) => 2 * penalty * weight);
    let biasSlope = 0;
    truth.forEach((label, image) => {
      let logit = bias;
      for (let at = 0; at < size; at++) logit += weights[at] * (pixels[image * size + at] - mean[at]);
      const miss = (1 / (1 + Math.exp(-logit)) - label) / truth.length;
      biasSlope += miss;
      for (let at = 0; at < size; at++) slope[at] += miss * (pixels[image * size + at] - mean[at]);
    });
    for (let at = 0; at < size; at++) weights[at] -= rate * slope[at];
    bias -= rate * biasSlope;
  }
  const shift = mean.reduce((sum, value, at) => sum + value * weights[at], 0);
  return { weights, bias: bias - shift };
}

function scoresOf({ weights, bias }, images, side) {
  const { pixels } = evaluate.thumbnails(images, side);
  const size = side * side;
  return images.ids.map((_, image) => {
    return bias + weights.reduce((sum, weight, at) => sum + weight * pixels[image * size + at], 0);
  });
}

/** The share of pairs, one with and one without the finding, that the scores order rightly. */
function auc(scores, truth) {
  const [there, not] = [1, 0].map((label) => scores.filter((_, at) => truth[at] === label));
  const wins = there.flatMap((a) => not.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
  return wins.reduce((sum, win) => sum + win, 0) / wins.length;
}

/** Means of SSIM and PSNR over images. */
async function agreement(truth, pictures) {
  const { meanSsim, meanPsnr } = await evaluate.quality(truth, { ...pictures, ids: truth.ids }, { bootstraps: 100 });
  return { ssim: round(meanSsim.value, 3), psnr: round(meanPsnr.value, 1) };
}

const round = (value, digits) => Number(value.toFixed(digits));

function meanOf({ pixels, ids }) {
  const mean = new Float32Array(pixels.length / ids.length);
  pixels.forEach((value, at) => (mean[at % mean.length] += value / ids.length));
  return mean;
}

function meanImage(pictures, count) {
  const mean = meanOf(pictures);
  const size = mean.length;
  const pixels = new Float32Array(count * size);
  for (let image = 0; image < count; image++) pixels.set(mean, image * size);
  return { pixels, shape: [count, ...pictures.shape.slice(1)] };
}

const [seen, unseen] = [await phantoms(600, 101), await phantoms(200, 202)];
const classifier = trainClassifier(seen, classifierSide);
const classifierAuc = auc(scoresOf(classifier, unseen.images, classifierSide), unseen.truth);
console.log(`${finding}: AUC ${classifierAuc.toFixed(3)} on ${unseen.truth.length} unseen phantoms`);

const [seenPictures, truth] = [
  evaluate.thumbnails(seen.images, decoderSide),
  evaluate.thumbnails(unseen.images, decoderSide),
];
const chance = await agreement(truth, meanImage(seenPictures, unseen.truth.length));
console.log("mean image", chance);
const decoders = [];
for (const { level, patchGrid } of namedSettings) {
  const [known, attacked] = [
    await compress(seen.images, { level, patchGrid }),
    await compress(unseen.images, { level, patchGrid }),
  ];
  const decoder = await evaluate.trainDecoder(known, seenPictures, { epochs: 20, seed: 0 });
  const scores = {
    decoder: await agreement(truth, await evaluate.decode(decoder, attacked)),
    inverse: await agreement(truth, evaluate.thumbnails(await reconstruct(attacked), decoderSide)),
    chance,
    images: unseen.truth.length,
  };
  console.log(level, patchGrid, JSON.stringify(scores));
  decoders.push(pageDecoder(decoder, "600 other synthetic chest phantoms", scores));
}

const models = {
  classifier: {
    finding,
    side: classifierSide,
    weights: Array.from(classifier.weights, (weight) => round(weight, 4)),
    bias: round(classifier.bias, 4),
    mean: Array.from(meanOf(seenPictures), (value) => round(value, 3)),
    auc: round(classifierAuc, 3),
    images: unseen.truth.length,
  },
  decoders,
};
writeFileSync(join(import.meta.dirname, "models.json"), `${JSON.stringify(models)}\n`);
