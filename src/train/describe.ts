import { OptionError } from "../core/errors";
import { checkOptions } from "../core/options";
import { showAs, type Shown, type Tabled } from "../display/show";
import type { Cell, Page, Table } from "../display/view";
import {
  architectureOf,
  isDeep,
  networkShape,
  networkWeights,
  type ResolvedModel,
  resolveModel,
} from "./models/create";
import { traceArchitecture } from "./models/deep";
import { type ModelKind, type ModelOptions, requireWhole } from "./options";
import { sizeOf, type WeightSpec } from "./weights";

/** Options of {@link describeModel}. */
export interface DescribeOptions {
  /** Of one embedding or image, for instance `[channel, row, col]`, before the model's own `privatize`. */
  readonly inputShape: readonly number[];
  /** Logits: one for `binary` labels, else one a class; default 1. */
  readonly outputs?: number;
  /** Images of the batch whose activations are counted; default 64. */
  readonly batchSize?: number;
}

/** One array of a model's weights. */
export interface WeightSize {
  readonly name: string;
  readonly shape: readonly number[];
  readonly numbers: number;
  /** False for statistics that are gathered, not learned. */
  readonly learned: boolean;
}

/** The size of a model and what it costs. */
export interface ModelSummary {
  readonly kind: "modelSummary";
  readonly model: ResolvedModel;
  /** Of one input as the network sees it, after the model's own `privatize`. */
  readonly inputShape: readonly number[];
  readonly outputs: number;
  readonly batchSize: number;
  /** Numbers that are learned. */
  readonly parameters: number;
  /** Numbers that are gathered: means and variances of batch norm. */
  readonly gathered: number;
  /**
   * Of one input on its way forward; training takes about three times as many. What is done once a batch (attention
   * folded into the first matrix) is not counted.
   */
  readonly multiplyAdds: number;
  /** What training keeps of a batch from the way forward to the way back, in bytes. */
  readonly activationBytes: number;
  readonly weights: readonly WeightSize[];
}

/**
 * What a model is made of and what it costs, before it is trained; a trained model tells it by `summary()`.
 *
 * @throws OptionError when the model is unknown or an option is out of its range
 * @example
 * describeModel("densenet121", { inputShape: [1, 320, 320], batchSize: 8 }).parameters // 6948609
 */
export function describeModel(kind: ModelKind | ModelOptions, options: DescribeOptions): ModelSummary & Shown & Tabled {
  checkOptions("describeModel", options, { inputShape: true, outputs: true, batchSize: true });
  const { outputs = 1, batchSize = 64 } = options;
  const model = resolveModel(kind);
  checkShape(model, options.inputShape);
  requireWhole("describeModel", { outputs, batchSize });
  const inputShape = networkShape(model, options.inputShape);
  const specs = networkWeights(model, inputShape, outputs);
  const { multiplyAdds, kept } = costOf(model, inputShape, outputs, specs);
  const count = (learned: boolean): number =>
    specs.reduce((sum, { trainable, shape }) => sum + (trainable === learned ? sizeOf(shape) : 0), 0);
  const summary: ModelSummary = {
    ...{ kind: "modelSummary", model, inputShape, outputs, batchSize, multiplyAdds },
    parameters: count(true),
    gathered: count(false),
    activationBytes: 4 * kept * batchSize,
    weights: specs.map(({ name, shape, trainable }) => ({ name, shape, numbers: sizeOf(shape), learned: trainable })),
  };
  const table = (): Table => weightTable(summary);
  return showAs(summary, { summary: () => inOneLine(summary), view: () => summaryView(summary), table });
}

function checkShape(model: ResolvedModel, shape: unknown): void {
  const sides = Array.isArray(shape) ? (shape as readonly unknown[]) : [];
  const whole = sides.length > 0 && sides.every((side) => Number.isSafeInteger(side) && (side as number) >= 1);
  if (whole && (!isDeep(model) || sides.length === 3)) return;
  throw new OptionError({
    where: "describeModel",
    required: `inputShape ${isDeep(model) ? "[channel, row, col]" : "of whole numbers"}, the shape of one input`,
    got: JSON.stringify(shape) ?? "undefined",
  });
}

/** Multiply-adds forward, and numbers kept for the way back, of one input. */
function costOf(
  model: ResolvedModel,
  inputShape: readonly number[],
  outputs: number,
  specs: readonly WeightSpec[],
): { readonly multiplyAdds: number; readonly kept: number } {
  if (isDeep(model)) {
    const [channels, rows, cols] = inputShape as readonly [number, number, number];
    return traceArchitecture(architectureOf(model.kind, channels, outputs), [rows, cols, channels]);
  }
  const features = sizeOf(inputShape);
  const standardised = model.normalisation === "batch norm" ? features : 0;
  const matrices = specs.filter(({ shape }) => shape.length === 2);
  const products = matrices.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const outputsOfLayers = matrices.reduce((sum, { shape }) => sum + (shape[1] ?? 0), 0);
  return { multiplyAdds: products + standardised, kept: features + standardised + outputsOfLayers };
}

function inOneLine({ model, parameters, multiplyAdds, inputShape }: ModelSummary): string {
  return `Summary of ${model.kind} on [${inputShape.join(", ")}]: ${counted(parameters)} parameters, ${counted(multiplyAdds)} multiply-adds an image`;
}

function summaryView(summary: ModelSummary): Page {
  const { model, inputShape, outputs, batchSize, parameters, gathered, multiplyAdds, activationBytes } = summary;
  const options = Object.entries(model).filter(([name]) => name !== "kind");
  const rows: Cell[][] = [
    ["model", [model.kind, ...options.map(([name, value]) => `${name} ${JSON.stringify(value)}`)].join(", ")],
    ["input", `[${inputShape.join(", ")}], ${outputs} ${outputs === 1 ? "logit" : "logits"}`],
    ["parameters", counted(parameters)],
    ...(gathered === 0 ? [] : [["gathered statistics", counted(gathered)]]),
    ["multiply-adds of an image, forward", counted(multiplyAdds)],
    [`activations of a batch of ${batchSize}`, `${(activationBytes / 1e6).toFixed(1)} MB`],
  ];
  return {
    kind: "page",
    title: inOneLine(summary),
    views: [{ kind: "table", columns: [{ name: "" }, { name: "value" }], rows }, partTable(summary)],
  };
}

/** Numbers by part of the network, such as a block: hundreds of weights do not fit a screen. */
function partTable({ weights }: ModelSummary): Table {
  const parts = new Map<string, number>();
  for (const { name, numbers } of weights) {
    const part = name.split(".").slice(0, -1).slice(0, 2).join(".") || name;
    parts.set(part, (parts.get(part) ?? 0) + numbers);
  }
  const rows = [...parts].map(([part, numbers]) => [part, counted(numbers)]);
  return { kind: "table", columns: [{ name: "part" }, { name: "numbers" }], rows };
}

function weightTable({ weights }: ModelSummary): Table {
  return {
    kind: "table",
    columns: ["weight", "sides", "numbers", "learned"].map((name) => ({ name })),
    rows: weights.map(({ name, shape, numbers, learned }) => [name, `[${shape.join(", ")}]`, numbers, learned]),
  };
}

function counted(value: number): string {
  return value.toLocaleString("en-US");
}
