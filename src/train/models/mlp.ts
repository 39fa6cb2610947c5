import type * as tf from "@tensorflow/tfjs";
import type { WeightSpec } from "../weights";
import type { Network } from "./network";

/** The paper's multi-layer perceptron (section "Models"); every option left out is the paper's choice. */
export interface MlpOptions {
  readonly kind: "mlp";
  /**
   * What is done to each feature first: `"zero mean"` (default) minus the training mean; `"whitening"` that divided by the
   * training standard deviation; `"batch norm"` by the batch, with a learned scale and shift; `"none"`.
   */
  readonly normalisation?: "none" | "zero mean" | "whitening" | "batch norm";
  /**
   * What each feature is multiplied by, from one learned number a feature: `"vecattn"` (default) that number; `"softmax"`
   * or `"log-softmax"` over all features' numbers; `"none"`.
   */
  readonly attention?: "none" | "vecattn" | "softmax" | "log-softmax";
  /** Hidden layers, at least 1; default 1. */
  readonly depth?: number;
  /** Units of a hidden layer; default 300. */
  readonly width?: number;
  /** Lambda: times the mean of |VecAttn| is added to the loss; default 0.1, no meaning without `"vecattn"`. */
  readonly penalty?: number;
}

// PyTorch's batch norm, which the paper used.
const batchNormEpsilon = 1e-5;
const batchNormMomentum = 0.1;

/** What stands before the first matrix, by name. */
interface Front {
  readonly attention?: tf.Tensor;
  readonly scale?: tf.Tensor;
  readonly shift?: tf.Tensor;
  readonly mean?: tf.Tensor;
  readonly variance?: tf.Tensor;
}

interface Dense {
  readonly weights: tf.Tensor2D;
  readonly biases: tf.Tensor1D;
}

/**
 * The MLP on `features` numbers an image with hand-written gradients. The attention is folded into the first matrix,
 * `x (a * W)` in place of `(x * a) W`, which spares products as large as the batch.
 */
export function mlp(tfjs: typeof tf, options: Required<MlpOptions>, features: number, outputs: number): Network {
  const { normalisation, depth } = options;
  const { factorOf, vectorSlope } = attentionOf(tfjs, options, features);
  const specs = mlpWeights(options, features, outputs);
  const normalises = normalisation === "batch norm";

  function parts(weights: readonly tf.Tensor[]): { front: Front; layers: Dense[] } {
    const named = Object.fromEntries(specs.map(({ name }, at) => [name, weights[at]]));
    const layers = layerNames(depth).map((layer) => ({
      weights: named[`${layer}.weights`] as tf.Tensor2D,
      biases: named[`${layer}.biases`] as tf.Tensor1D,
    }));
    const { attention: vector, ...rest } = named;
    const front = {
      ...(vector === undefined ? {} : { attention: vector }),
      ...(normalises
        ? {
            scale: rest["normalisation.scale"] as tf.Tensor,
            shift: rest["normalisation.shift"] as tf.Tensor,
            mean: rest["normalisation.mean"] as tf.Tensor,
            variance: rest["normalisation.variance"] as tf.Tensor,
          }
        : {}),
    };
    return { front, layers };
  }

  /** The first layer with attention, scale and shift folded into it. */
  function foldFirst({ attention: vector, scale, shift }: Front, first: Dense): { folded: Dense; factor?: tf.Tensor } {
    const attend = vector === undefined ? undefined : factorOf(vector);
    const factor = attend !== undefined && scale !== undefined ? attend.mul(scale) : (attend ?? scale);
    if (factor === undefined) return { folded: first };
    const weights = first.weights.mul<tf.Tensor2D>(factor.expandDims(1));
    if (shift === undefined) return { folded: { weights, biases: first.biases }, factor };
    const reach = attend === undefined ? shift : shift.mul(attend);
    const biases = first.biases.add<tf.Tensor1D>(tfjs.dot(reach, first.weights));
    return { folded: { weights, biases }, factor };
  }

  function logits(weights: readonly tf.Tensor[], batch: tf.Tensor): tf.Tensor2D {
    const { front, layers } = parts(weights);
    const { folded } = foldFirst(front, layers[0] as Dense);
    const { mean, variance } = front;
    const flat = batch as tf.Tensor2D;
    const input = mean !== undefined && variance !== undefined ? standardise(flat, mean, variance) : flat;
    return pass(tfjs, [folded, ...layers.slice(1)], input).logits;
  }

  function step(
    weights: readonly tf.Tensor[],
    batch: tf.Tensor,
    slopeOf: (logits: tf.Tensor2D) => tf.Tensor2D,
  ): tf.Tensor[] {
    const { front, layers } = parts(weights);
    const changes = new Map<string, tf.Tensor>();
    let input = batch as tf.Tensor2D;
    if (normalises) {
      const { mean, variance } = tfjs.moments(input, 0);
      const statistics = gathered(front, input.shape[0], mean, variance);
      changes.set("normalisation.mean", statistics.mean).set("normalisation.variance", statistics.variance);
      input = standardise(input, mean, variance);
    }
    const { folded, factor } = foldFirst(front, layers[0] as Dense);
    const { inputs, logits: answer } = pass(tfjs, [folded, ...layers.slice(1)], input);

    let slope = slopeOf(answer);
    layerNames(depth)
      .map((layer, at) => ({ layer, at }))
      .reverse()
      .forEach(({ layer, at }) => {
        const from = inputs[at] as tf.Tensor2D;
        changes.set(`${layer}.weights`, tfjs.matMul(from, slope, true, false));
        changes.set(`${layer}.biases`, slope.sum(0));
        if (at === 0) return;
        const back = tfjs.matMul(slope, (layers[at] as Dense).weights, false, true);
        slope = tfjs.engine().runKernel<tf.Tensor2D>("EluGrad", { dy: back, y: from });
      });
    if (factor !== undefined) unfold(changes, front, (layers[0] as Dense).weights, factor);
    return specs.map(({ name }) => changes.get(name) as tf.Tensor);
  }

  /** From the slope by the folded first matrix to those by the matrix, the attention, the scale and the shift. */
  function unfold(changes: Map<string, tf.Tensor>, front: Front, matrix: tf.Tensor2D, factor: tf.Tensor): void {
    const first = layerNames(depth)[0] as string;
    const folded = changes.get(`${first}.weights`) as tf.Tensor2D;
    const factorSlope = folded.mul(matrix).sum(1);
    const { attention: vector, scale, shift } = front;
    const attend = vector === undefined ? undefined : factorOf(vector);
    let matrixSlope: tf.Tensor = folded.mul(factor.expandDims(1));
    let attendSlope = scale === undefined ? factorSlope : factorSlope.mul(scale);
    if (scale !== undefined && shift !== undefined) {
      const biasSlope = changes.get(`${first}.biases`) as tf.Tensor1D;
      const reach = tfjs.dot(matrix, biasSlope);
      attendSlope = attendSlope.add(reach.mul(shift));
      const reached = attend === undefined ? shift : shift.mul(attend);
      // Not tf.outerProduct, a matrix product of inner size 1: on wasm its result depends on what lies behind in memory.
      matrixSlope = matrixSlope.add(reached.expandDims(1).mul(biasSlope));
      changes.set("normalisation.scale", attend === undefined ? factorSlope : factorSlope.mul(attend));
      changes.set("normalisation.shift", attend === undefined ? reach : reach.mul(attend));
    }
    changes.set(`${first}.weights`, matrixSlope);
    if (vector !== undefined && attend !== undefined) {
      changes.set("attention", vectorSlope(vector, attend, attendSlope));
    }
  }

  return { weights: specs, logits, step };
}

/** How features are weighed by one learned number each. */
interface Attention {
  /** What the learned vector multiplies the features by. */
  readonly factorOf: (vector: tf.Tensor) => tf.Tensor;
  /** The slope of the loss by the learned vector, from that by what it multiplies the features by; penalty included. */
  readonly vectorSlope: (vector: tf.Tensor, factor: tf.Tensor, slope: tf.Tensor) => tf.Tensor;
}

function attentionOf(tfjs: typeof tf, { attention, penalty }: Required<MlpOptions>, features: number): Attention {
  switch (attention) {
    case "softmax":
      return {
        factorOf: (vector) => tfjs.softmax(vector),
        vectorSlope: (_, factor, slope) => factor.mul(slope.sub(factor.mul(slope).sum())),
      };
    case "log-softmax":
      return {
        factorOf: (vector) => tfjs.logSoftmax(vector),
        vectorSlope: (vector, _, slope) => slope.sub(tfjs.softmax(vector).mul(slope.sum())),
      };
    case "vecattn":
    case "none":
      return {
        factorOf: (vector) => vector,
        vectorSlope: (vector, _, slope) => (penalty === 0 ? slope : slope.add(vector.sign().mul(penalty / features))),
      };
  }
}

/** The input of every layer, and the logits. */
function pass(
  tfjs: typeof tf,
  layers: readonly Dense[],
  batch: tf.Tensor2D,
): { inputs: tf.Tensor2D[]; logits: tf.Tensor2D } {
  const inputs = [batch];
  let current = batch;
  layers.forEach(({ weights, biases }, at) => {
    const last = at === layers.length - 1;
    // CELU with alpha 1, the paper's activation, is ELU.
    const activation = last ? "linear" : "elu";
    current = tfjs.fused.matMul({ a: current, b: weights, bias: biases, activation }) as tf.Tensor2D;
    if (!last) inputs.push(current);
  });
  return { inputs, logits: current };
}

function standardise(batch: tf.Tensor2D, mean: tf.Tensor, variance: tf.Tensor): tf.Tensor2D {
  return batch.sub(mean).mul(variance.add(batchNormEpsilon).rsqrt());
}

/** The gathered mean and variance, moved towards the batch's (its variance without bias, as PyTorch has it). */
function gathered(
  { mean, variance }: Front,
  images: number,
  batchMean: tf.Tensor,
  batchVariance: tf.Tensor,
): { readonly mean: tf.Tensor; readonly variance: tf.Tensor } {
  const unbiased = batchVariance.mul(images / Math.max(1, images - 1));
  const move = (old: tf.Tensor, now: tf.Tensor): tf.Tensor => old.add(now.sub(old).mul(batchNormMomentum));
  return { mean: move(mean as tf.Tensor, batchMean), variance: move(variance as tf.Tensor, unbiased) };
}

/** What the MLP learns and gathers, in the order in which its network takes it. */
export function mlpWeights(options: Required<MlpOptions>, features: number, outputs: number): WeightSpec[] {
  const { attention, normalisation, depth, width } = options;
  const vector = (name: string, trainable: boolean, initial: WeightSpec["initial"]): WeightSpec[] => [
    { name, shape: [features], initial, trainable },
  ];
  const sides = [features, ...Array.from({ length: depth }, () => width), outputs];
  return [
    ...(normalisation === "batch norm"
      ? [
          ...vector("normalisation.scale", true, { kind: "constant", value: 1 }),
          ...vector("normalisation.shift", true, { kind: "constant", value: 0 }),
          ...vector("normalisation.mean", false, { kind: "constant", value: 0 }),
          ...vector("normalisation.variance", false, { kind: "constant", value: 1 }),
        ]
      : []),
    ...(attention === "none" ? [] : vector("attention", true, { kind: "uniform", low: 0, high: 1 })),
    ...layerNames(depth).flatMap((layer, at) => denseWeights(layer, sides[at] as number, sides[at + 1] as number)),
  ];
}

/** A layer's matrix `[input, output]` and biases, drawn as the paper draws them. */
function denseWeights(layer: string, inputs: number, outputs: number): WeightSpec[] {
  const normal = (deviation: number): WeightSpec["initial"] => ({ kind: "normal", deviation });
  return [
    { name: `${layer}.weights`, shape: [inputs, outputs], initial: normal(1 / Math.sqrt(inputs)), trainable: true },
    { name: `${layer}.biases`, shape: [outputs], initial: normal(Math.sqrt(2 / outputs) / 10), trainable: true },
  ];
}

/** `hidden1`, `hidden2`, ..., `output`. */
function layerNames(depth: number): string[] {
  return [...Array.from({ length: depth }, (_, at) => `hidden${at + 1}`), "output"];
}
