import type * as tf from "@tensorflow/tfjs";
import type { Random } from "../../core/random";
import type { WeightSpec } from "../weights";

/** A kind of model at one input shape and number of classes: what the training loop needs to know of it. */
export interface Network {
  /** In the order in which `logits` and `step` take them. */
  readonly weights: readonly WeightSpec[];
  /**
   * The model's answer to a batch `[image, ...input shape]`: logits `[image, class]`. To be called in `tf.tidy`.
   */
  logits(weights: readonly tf.Tensor[], batch: tf.Tensor): tf.Tensor2D;
  /**
   * One training pass: for each weight its gradient, or for an untrained weight its new value. To be called in
   * `tf.tidy`.
   *
   * @param slopeOf - from the logits of the batch to the slope of the loss by each
   * @param random - where the masks of dropout come from
   */
  step(
    weights: readonly tf.Tensor[],
    batch: tf.Tensor,
    slopeOf: (logits: tf.Tensor2D) => tf.Tensor2D,
    random: Random,
  ): tf.Tensor[];
}
