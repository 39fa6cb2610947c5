import type * as tf from "@tensorflow/tfjs";
import type { Network } from "./network";

/** Logistic regression on the features (softmax regression for `single` labels): the reference model. */
export interface LogisticOptions {
  readonly kind: "logistic";
  /** What is done to each feature first, from the training images: default `"whitening"`. */
  readonly normalisation?: "none" | "zero mean" | "whitening";
  /** Half of this times the sum of squared weights is added to the loss; default 0.01. */
  readonly ridge?: number;
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
    weights: [
      // The loss is convex, so the start does not matter.
      { name: "output.weights", shape: [features, outputs], initial: { kind: "constant", value: 0 }, trainable: true },
      { name: "output.biases", shape: [outputs], initial: { kind: "constant", value: 0 }, trainable: true },
    ],
    logits,
    step(weights, batch, slopeOf) {
      const slope = slopeOf(logits(weights, batch));
      const matrixSlope = tfjs.matMul(batch, slope, true, false);
      return [matrixSlope.add((weights[0] as tf.Tensor).mul(ridge)), slope.sum(0)];
    },
  };
}
