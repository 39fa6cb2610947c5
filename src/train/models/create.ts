import type * as tf from "@tensorflow/tfjs";
import { type ModelKind, type ModelOptions, requireChoice, requirePositive, requireWhole } from "../options";
import { sizeOf } from "../weights";
import { logistic, type LogisticOptions } from "./logistic";
import { mlp, type MlpOptions } from "./mlp";
import type { Network } from "./network";

/** Options of a model with every default written out. */
export type ResolvedModel = Required<MlpOptions> | Required<LogisticOptions>;

const kinds: readonly ModelKind[] = ["mlp", "logistic"];

/**
 * Fills in the defaults.
 *
 * @throws OptionError when the kind is unknown or an option is out of its range
 */
export function resolveModel(model: ModelKind | ModelOptions = "mlp"): ResolvedModel {
  const options = typeof model === "string" ? ({ kind: model } as ModelOptions) : model;
  requireChoice("train", "model", options.kind, kinds);
  switch (options.kind) {
    case "mlp":
      return resolveMlp(options);
    case "logistic":
      return resolveLogistic(options);
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
