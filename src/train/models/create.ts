import type * as tf from "@tensorflow/tfjs";
import { checkOptions, type OptionNames } from "../../core/options";
import { type ModelKind, type ModelOptions, requireChoice, requirePositive, requireWhole } from "../options";
import { sizeOf, type WeightSpec } from "../weights";
import { type Architecture, architectureWeights, type DeepOptions, deepNetwork } from "./deep";
import { densenet121 } from "./densenet121";
import { efficientnetB0 } from "./efficientnetB0";
import { logistic, type LogisticOptions, logisticWeights } from "./logistic";
import { mlp, type MlpOptions, mlpWeights } from "./mlp";
import type { Network } from "./network";
import { resnet18 } from "./resnet18";

/** Options of a model with every default written out. */
export type ResolvedModel = Required<MlpOptions> | Required<LogisticOptions> | DeepOptions;

const kinds: readonly ModelKind[] = ["mlp", "logistic", "resnet18", "densenet121", "efficientnet-b0"];

const deepNames: OptionNames<DeepOptions> = { kind: true, privatize: true };
const optionNames: Readonly<Record<ModelKind, Readonly<Record<string, true>>>> = {
  mlp: {
    ...{ kind: true, normalisation: true, attention: true, depth: true, width: true, penalty: true },
  } satisfies OptionNames<MlpOptions>,
  logistic: { kind: true, normalisation: true, ridge: true } satisfies OptionNames<LogisticOptions>,
  resnet18: deepNames,
  densenet121: deepNames,
  "efficientnet-b0": deepNames,
};

/** The smallest sides of privatized images that the paper gives these networks. */
const smallestSides: readonly [rows: number, cols: number] = [64, 64];

/**
 * Fills in the defaults.
 *
 * @throws OptionError when the kind is unknown or an option is out of its range
 */
export function resolveModel(model: ModelKind | ModelOptions = "mlp"): ResolvedModel {
  const options = typeof model === "string" ? ({ kind: model } as ModelOptions) : model;
  requireChoice("train", "model", options.kind, kinds);
  checkOptions(`train, model ${options.kind}`, options, optionNames[options.kind]);
  switch (options.kind) {
    case "mlp":
      return resolveMlp(options);
    case "logistic":
      return resolveLogistic(options);
    case "resnet18":
    case "densenet121":
    case "efficientnet-b0":
      return resolveDeep(options);
  }
}

/** True for networks that look at images instead of features. */
export function isDeep(model: ResolvedModel): model is DeepOptions {
  return model.kind !== "mlp" && model.kind !== "logistic";
}

/** The shape that a model's network sees, of inputs of this shape (without the image axis). */
export function networkShape(model: ResolvedModel, inputShape: readonly number[]): readonly number[] {
  if (!isDeep(model) || model.privatize === undefined) return inputShape;
  const { level, patchGrid, minSize = [0, 0] } = model.privatize;
  const grid = typeof patchGrid === "number" ? [patchGrid, patchGrid] : patchGrid;
  const side = (axis: 0 | 1): number => Math.max(grid[axis] * 2 ** level, minSize[axis]);
  return [inputShape[0] as number, side(0), side(1)];
}

/** The layers of a deep network for images `[channel, row, col]`. */
export function architectureOf(kind: DeepOptions["kind"], channels: number, outputs: number): Architecture {
  switch (kind) {
    case "resnet18":
      return resnet18(channels, outputs);
    case "densenet121":
      return densenet121(channels, outputs);
    case "efficientnet-b0":
      return efficientnetB0(channels, outputs);
  }
}

/** What a model's network learns and gathers, for inputs of this shape as the network sees them. */
export function networkWeights(
  model: ResolvedModel,
  inputShape: readonly number[],
  outputs: number,
): readonly WeightSpec[] {
  switch (model.kind) {
    case "mlp":
      return mlpWeights(model, sizeOf(inputShape), outputs);
    case "logistic":
      return logisticWeights(sizeOf(inputShape), outputs);
    case "resnet18":
    case "densenet121":
    case "efficientnet-b0":
      return architectureWeights(architectureOf(model.kind, inputShape[0] as number, outputs));
  }
}

/** The network of a model for inputs of this shape (without the image axis). */
export function createNetwork(
  tfjs: typeof tf,
  model: ResolvedModel,
  inputShape: readonly number[],
  outputs: number,
): Network {
  switch (model.kind) {
    case "mlp":
      return mlp(tfjs, model, sizeOf(inputShape), outputs);
    case "logistic":
      return logistic(tfjs, model, sizeOf(inputShape), outputs);
    case "resnet18":
    case "densenet121":
    case "efficientnet-b0":
      return deepNetwork(tfjs, architectureOf(model.kind, inputShape[0] as number, outputs));
  }
}

function resolveMlp(options: MlpOptions): Required<MlpOptions> {
  const { normalisation = "zero mean", attention = "vecattn", depth = 1, width = 300, penalty = 0.1 } = options;
  requireChoice("train", "normalisation", normalisation, ["none", "zero mean", "whitening", "batch norm"]);
  requireChoice("train", "attention", attention, ["none", "vecattn", "softmax", "log-softmax"]);
  requireWhole("train", { depth, width });
  if (penalty !== 0) requirePositive("train", { penalty });
  return { kind: "mlp", normalisation, attention, depth, width, penalty };
}

function resolveLogistic({ normalisation = "whitening", ridge = 0.01 }: LogisticOptions): Required<LogisticOptions> {
  requireChoice("train", "normalisation", normalisation, ["none", "zero mean", "whitening"]);
  if (ridge !== 0) requirePositive("train", { ridge });
  return { kind: "logistic", normalisation, ridge };
}

function resolveDeep({ kind, privatize }: DeepOptions): DeepOptions {
  if (privatize === undefined) return { kind };
  const minSize = kind === "resnet18" ? {} : { minSize: smallestSides };
  return { kind, privatize: { ...minSize, ...privatize } };
}
