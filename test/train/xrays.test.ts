import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { compress } from "../../src/compress/compress";
import { collectImages } from "../../src/data/collectImages";
import type { Dataset } from "../../src/data/dataset";
import { datasets } from "../../src/data/datasets";
import { hashFolds, splitOfFold } from "../../src/data/split";
import { evaluate } from "../../src/evaluate/evaluate";
import { crossValidate } from "../../src/train/crossValidate";
import type { ModelOptions } from "../../src/train/options";
import { predict } from "../../src/train/predict";
import { train } from "../../src/train/train";

const realData = process.env["DEEPFIXCX_TEST_DATA"];
const full = process.env["DEEPFIXCX_TEST_FULL"] === "1";
const minute = 60_000;

/**
 * The lower ends of the 95 % intervals of the MLP's AUC, by zero mean and by whitening, that were measured on these X-rays
 * in PyTorch before this package was built, with the epoch chosen on the scored images.
 */
const leastAuc = [
  { level: 2, patchGrid: 3, least: { "zero mean": 0.788, whitening: 0.878 } },
  { level: 1, patchGrid: 5, least: { "zero mean": 0.75, whitening: 0.856 } },
  { level: 1, patchGrid: 1, least: { "zero mean": 0.702, whitening: 0.793 } },
  { level: 1, patchGrid: 19, least: { "zero mean": 0.817, whitening: 0.842 } },
  { level: 1, patchGrid: 79, least: { "zero mean": 0.819, whitening: 0.856 } },
  { level: 2, patchGrid: 5, least: { "zero mean": 0.784, whitening: 0.865 } },
  { level: 2, patchGrid: 19, least: { "zero mean": 0.828, whitening: 0.844 } },
  { level: 3, patchGrid: 9, least: { "zero mean": 0.855, whitening: 0.872 } },
  { level: 4, patchGrid: 5, least: { "zero mean": 0.855, whitening: 0.846 } },
];
const cases = (full ? leastAuc : leastAuc.slice(0, 2)).flatMap(({ least, ...settings }) =>
  (["zero mean", "whitening"] as const).map((normalisation) => ({ ...settings, normalisation, least })),
);

describe.skipIf(realData === undefined)("on real X-rays (DEEPFIXCX_TEST_DATA)", () => {
  beforeAll(() => vi.stubEnv("DEEPFIXCX_DATA", realData));
  afterAll(() => vi.unstubAllEnvs());
  const foldsOf = ({ groups }: Dataset) => hashFolds(groups, 5);

  it.each(cases)(
    "the MLP at J=$level, P=$patchGrid, $normalisation, reaches what was measured before, its epochs chosen on other folds",
    { timeout: 20 * minute },
    async ({ level, patchGrid, normalisation, least }) => {
      const data = await datasets.open("quickstart");
      const embedding = await compress(data.images(), { level, patchGrid });
      const { predictions } = await crossValidate(embedding, data.labels, {
        model: { kind: "mlp", normalisation },
        folds: foldsOf(data),
        epochs: embedding.values.length / embedding.ids.length < 2000 ? 80 : 20,
        seed: 0,
      });
      const { auc, images } = evaluate(predictions, data.labels, { groups: data.groups as Record<string, string> });
      console.info(`J=${level} P=${patchGrid} ${normalisation}: ${auc.value.toFixed(4)} [${auc.low}, ${auc.high}]`);
      expect(images).toBe(616);
      // The bounds are known to three digits.
      expect(auc.value).toBeGreaterThanOrEqual(least[normalisation] - 0.0005);
    },
  );

  // Adam's rate was chosen on fold 1, the validation images, behind privatize: their mean AUC over the last 6 of 12 epochs
  // is .873 at 1e-4, .845 at 3e-4 and .827 at the paper's 1e-3, each of 25 steps an epoch. Fold 0 is the hardest of the five:
  // PyTorch's ResNet-18, from the same weights through the same batches behind privatize, scores .75 to .81 there after
  // its epochs 3 to 12, and the best of them by validation .76.
  it.skipIf(!full)("ResNet-18 learns on one fold, alone and behind privatize", { timeout: 60 * minute }, async () => {
    const data = await datasets.open("quickstart", { size: [160, 160] });
    const groups = data.groups as Record<string, string>;
    const split = splitOfFold(foldsOf(data), 0);
    const images = await collectImages(data.images());
    const tested = await collectImages(data.images(split.test));
    const models: ModelOptions[] = [
      { kind: "resnet18", privatize: { level: 1, patchGrid: 19, minSize: [64, 64] } },
      { kind: "resnet18" },
    ];
    for (const model of models) {
      const [started, used] = [performance.now(), process.cpuUsage().user];
      const options = { model, split, groups, epochs: 12, batchSize: 16, learningRate: 1e-4 };
      const trained = await train(images, data.labels, options);
      const { auc } = evaluate(await predict(trained, tested), data.labels, { groups });
      const times = [performance.now() - started, (process.cpuUsage().user - used) / 1000];
      const [wall, cpu] = times.map((each) => (each / minute).toFixed(1));
      const curve = trained.history.map(({ validationAuc }) => validationAuc.toFixed(3)).join(" ");
      console.info(`${JSON.stringify(model)}: ${auc.value.toFixed(3)} [${auc.low}, ${auc.high}]`);
      console.info(`validation ${curve}, epoch ${trained.bestEpoch} kept; ${wall} minutes, ${cpu} of processors`);
      // Half an interval (0.1) below what PyTorch's chosen epochs scored, and what its best validation AUC was.
      expect(auc.value).toBeGreaterThan(0.66);
      expect(trained.history[trained.bestEpoch - 1]?.validationAuc).toBeGreaterThan(0.78);
    }
  });
});
