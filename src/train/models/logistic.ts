import type * as tf from "@tensorflow/tfjs";
import type { WeightSpec } from "../weights";
import type { Network } from "./network";

/** Logistic regression on the features (softmax regression for `single` labels): the reference model. */
export interface LogisticOptions {
  readonly kind: "logistic";
  /** What is done to each feature first, from the training images: default `"whitening"`. */
  readonly normalisation?: "none" | "zero mean" | "whitening";
  /** Half of this times the sum of squared weights is added to the loss; default 0.01. */
  readonly ridge?: number;
}

/** A matrix and biases. The loss is convex, so the start does not matter. */
export function logisticWeights(features: number, outputs: number): WeightSpec[] {
  const initial = { kind: "constant", value: 0 } as const;
  return [
    { name: "output.weights", shape: [features, outputs], initial, trainable: true },
    { name: "output.biases", shape: [outputs], initial, trainable: true },
  ];
}

/** Logistic regression on `features` numbers an image. */
export function logistic(
  tfjs: typeof tf,
  { ridge }: Required<LogisticOptions>,
  features: number,
  outputs: number,
): Network {
  function logits(weights: readonly tf.Tensor[], batch: tf.Tensor): tf.Tensor2D {
    const [matrix, biases] = weights as [tf.Tensor, tf.Tensor];
    return tfjs.fused.matMul({ a: batch, b: matrix, bias: biases }) as tf.Tensor2D;
  }
  return {
    weights: logisticWeights(features, outputs),
    logits,
    step(weights, batch, slopeOf) {
      const slope = slopeOf(logits(weights, batch));
      const matrixSlope = tfjs.matMul(batch, slope, true, false);
      return [matrixSlope.add((weights[0] as tf.Tensor).mul(ridge)), slope.sum(0)];
    },
  };
}
