import { expect, test } from "vitest";
import * as deepfixcx from "../src/index";

const { evaluate, explain } = deepfixcx;
const wrong = { nonsense: 1 };
const nothing = {} as never;
const model = { weights: [] } as never;
const image = { pixels: new Uint8Array(64), shape: [1, 1, 8, 8], ids: ["a"] } as const;

/** Verbs of experiments, explanations, attacks and protection, called with an option that nobody reads. */
const calls: Readonly<Record<string, () => unknown>> = {
  openExperiment: () => deepfixcx.openExperiment("chest", wrong as object),
  sweep: () => deepfixcx.sweep(nothing, wrong as object),
  compareRuns: () => deepfixcx.compareRuns(nothing, {}, wrong as object),
  filterVariants: () => deepfixcx.filterVariants(nothing, wrong as object),
  "explain settings": () => explain({ level: 1, patchGrid: 1 }, { ...wrong, imageShape: [1, 8, 8] } as never),
  "explain a model": () => explain(model, nothing, wrong as object),
  "explain a network": () => explain(model, { pixels: [] } as never, wrong as object),
  explainModels: () => deepfixcx.explainModels([model, model], nothing, wrong as object),
  randomisedWeights: () => deepfixcx.randomisedWeights(model, nothing, wrong as object),
  faithfulness: () => deepfixcx.faithfulness(nothing, nothing, nothing, wrong as object),
  biasReport: () => deepfixcx.biasReport(nothing, nothing, wrong as never),
  twins: () => deepfixcx.twins(image, { level: 1, patchGrid: 1 }, wrong as object),
  protect: () => deepfixcx.protect(nothing, nothing, wrong as never),
  addNoise: () => deepfixcx.addNoise(nothing, wrong as never),
  evaluate: () => evaluate(nothing, nothing, wrong as object),
  "evaluate.compare": () => evaluate.compare(nothing, nothing, nothing, wrong as object),
  "evaluate.subgroups": () => evaluate.subgroups(nothing, nothing, nothing, wrong as object),
  "evaluate.easyPredictors": () => evaluate.easyPredictors(nothing, nothing, wrong as object),
  "evaluate.quality": () => evaluate.quality(nothing, nothing, wrong as object),
  "evaluate.ssimMaps": () => evaluate.ssimMaps(nothing, nothing, wrong as object),
  "evaluate.onDiskRatio": () => evaluate.onDiskRatio(nothing, nothing, wrong as object),
  "evaluate.timing": () => evaluate.timing(nothing, wrong as object),
  "evaluate.privacy": () => evaluate.privacy(nothing, nothing, wrong as never),
  "evaluate.linkage": () => evaluate.linkage(nothing, wrong as never),
  "evaluate.attributeInference": () => evaluate.attributeInference(nothing, {}, "sex", wrong as never),
  "evaluate.membership": () => evaluate.membership(nothing, nothing, nothing, wrong as object),
  "evaluate.reconstructionAttack": () => evaluate.reconstructionAttack(nothing, nothing, wrong as never),
  "evaluate.protections": () => evaluate.protections(nothing, nothing, wrong as never),
  "evaluate.noiseCurve": () => evaluate.noiseCurve(nothing, nothing, wrong as never),
  "evaluate.trainDecoder": () => evaluate.trainDecoder(nothing, nothing, wrong as object),
};

test.each(Object.entries(calls))("%s refuses an option that nobody reads, by its name", async (_, call) => {
  const refused = async (): Promise<unknown> => await call();
  await expect(refused()).rejects.toThrow(/options among .*got nonsense/);
});
