import { DataError, OptionError, ShapeError } from "../core/errors";
import type { CompressSettings } from "../compress/settings";
import { checkEmbedding, type Embedding } from "../compress/embedding";
import type { ModelInput, TrainedModel } from "../train/model";
import { type DenseLayer, type Network, type Numbers, type ScoringFunction, scoreOf } from "./scoring";

/** The models whose parts this file knows: anything of dense layers on an embedding. */
type EmbeddingInput = Extract<ModelInput, { kind: "embedding" }>;

// Of PyTorch's batch norm, which training follows.
const batchNormEpsilon = 1e-5;

/**
 * One class's logit of a trained model as a score to explain.
 *
 * @param target - a class by name or index
 * @throws OptionError when the model has no such class
 */
export function modelScore(model: TrainedModel, target: string | number): { score: ScoringFunction; target: string } {
  const { index, name } = targetOf(model, target);
  return { score: scoreOf(networkOf(model), index), target: name };
}

/** @throws OptionError when the model has no such class */
export function targetOf({ classes }: TrainedModel, target: string | number): { index: number; name: string } {
  const index = typeof target === "number" ? target : classes.indexOf(target);
  const name = classes[index];
  if (name !== undefined) return { index, name };
  const required = `target one of the model's classes, ${classes.join(", ")}`;
  throw new OptionError({ where: "explain", required, got: String(target) });
}

/** The layers of a trained MLP or logistic regression as plain numbers. */
export function networkOf(model: TrainedModel): Network {
  const layers = model.weights.filter(({ name }) => name.endsWith(".weights")).map(({ name }) => layerOf(model, name));
  const features = layers[0]?.weights.rows ?? 0;
  const factor = attentionFactor(model) ?? new Float64Array(features).fill(1);
  const { scale, offset } = normalisationOf(model, features);
  return { scale: product(scale, factor), offset: product(offset, factor), layers };
}

/** What VecAttn multiplies each feature by, or undefined for a model without it. */
export function attentionFactor({ model, weights }: TrainedModel): Float64Array | undefined {
  const vector = weights.find(({ name }) => name === "attention")?.values;
  if (vector === undefined || model.kind !== "mlp") return undefined;
  if (model.attention === "vecattn") return Float64Array.from(vector);
  const highest = vector.reduce((high, value) => Math.max(high, value), -Infinity);
  const logSum = Math.log(vector.reduce((sum, value) => sum + Math.exp(value - highest), 0)) + highest;
  const logs = Float64Array.from(vector, (value) => value - logSum);
  return model.attention === "softmax" ? logs.map(Math.exp) : logs;
}

/**
 * Checks that an embedding is of the kind that the model was trained on.
 *
 * @throws OptionError when the model was trained on images
 * @throws ShapeError when settings or image shape differ
 */
export function checkModelTakes({ input }: TrainedModel, embedding: Embedding): void {
  checkEmbedding(embedding, "explain");
  if (input.kind !== "embedding") {
    throw new OptionError({
      where: "explain",
      required: "a model trained on an embedding",
      got: "one trained on images",
      remedy: "give the images in place of the embedding",
    });
  }
  const [wanted, got] = [inWords(input), inWords(embedding)];
  if (wanted !== got) {
    throw new ShapeError({
      where: "explain",
      required: `an embedding at ${wanted}, as the model was trained on`,
      got,
      remedy: "compress the images with the model's settings",
    });
  }
  if (embedding.ids.length === 0)
    throw new DataError({ where: "explain", required: "at least one image", got: "none" });
}

function inWords({ settings, imageShape }: Pick<EmbeddingInput, "settings" | "imageShape">): string {
  return `${settingsInWords(settings)} of images [${imageShape.join(", ")}]`;
}

/** For instance `J=2, P=19x19, haar, l1`. */
export function settingsInWords({ level, patchGrid, wavelet, pooling }: CompressSettings): string {
  return `J=${level}, P=${patchGrid.join("x")}, ${wavelet}, ${pooling.join("+")}`;
}

function layerOf({ weights }: TrainedModel, matrixName: string): DenseLayer {
  const matrix = weights.find(({ name }) => name === matrixName);
  const bias = weights.find(({ name }) => name === matrixName.replace(".weights", ".biases"));
  const [rows = 0, cols = 0] = matrix?.shape ?? [];
  return {
    weights: { values: matrix?.values ?? new Float32Array(0), rows, cols },
    bias: bias?.values ?? new Float32Array(0),
  };
}

function normalisationOf({ normalisation, weights }: TrainedModel, features: number): Omit<Network, "layers"> {
  const named = (name: string): Numbers | undefined => weights.find((weight) => weight.name === name)?.values;
  const [gain, shift] = [named("normalisation.scale"), named("normalisation.shift")];
  const mean = normalisation?.mean ?? named("normalisation.mean");
  const deviation =
    normalisation?.deviation ??
    named("normalisation.variance")?.map((variance) => Math.sqrt(variance + batchNormEpsilon));
  const scale = Float64Array.from({ length: features }, (_, at) => (gain?.[at] ?? 1) / (deviation?.[at] ?? 1));
  const offset = scale.map((value, at) => (shift?.[at] ?? 0) - (mean?.[at] ?? 0) * value);
  return { scale, offset };
}

function product(a: Numbers, b: Numbers): Float64Array {
  return Float64Array.from(a, (value, at) => value * (b[at] as number));
}
