import type * as tf from "@tensorflow/tfjs";
import type { Random } from "../../core/random";
import type { WeightSpec } from "../weights";

/** The sides of one image inside a network, in TensorFlow's order. */
export type MapShape = readonly [row: number, col: number, channel: number];

/** What a layer makes of an input shape, for one image. */
export interface Trace {
  readonly shape: MapShape;
  readonly multiplyAdds: number;
  /** Numbers that training keeps from the forward to the backward pass. */
  readonly kept: number;
}

/** One batch on its way through a network: what layers read from and write to. */
export interface Pass {
  readonly tfjs: typeof tf;
  readonly weight: (name: string) => tf.Tensor;
  /** Notes the gradient of a weight, or the new value of an untrained one. */
  readonly change: (name: string, value: tf.Tensor) => void;
  /** Where masks of dropout come from. */
  readonly random: Random;
}

/** The result of a layer in training, and the way back. */
export interface Forward {
  readonly output: tf.Tensor4D;
  /** From the slope of the loss by the output to that by the input; notes the gradients on the way. Called once. */
  readonly back: (slope: tf.Tensor4D) => tf.Tensor4D;
}

/**
 * A piece of a network on maps `[image, row, col, channel]` with a hand-written way back, which frees each map as soon
 * as it has served; a tape would keep them all to the end.
 *
 * Whoever calls disposes the input and the slope afterwards; a layer keeps a clone of what it needs later.
 */
export interface Layer {
  readonly weights: readonly WeightSpec[];
  trace(shape: MapShape): Trace;
  /** As after training: gathered statistics, no dropout. */
  infer(pass: Pass, input: tf.Tensor4D): tf.Tensor4D;
  forward(pass: Pass, input: tf.Tensor4D): Forward;
}

/** Layers one after another. */
export function sequence(...layers: readonly Layer[]): Layer {
  return {
    weights: layers.flatMap(({ weights }) => weights),
    trace(shape) {
      const whole = { shape, multiplyAdds: 0, kept: 0 };
      return layers.reduce<Trace>((sum, layer) => {
        const own = layer.trace(sum.shape);
        return { shape: own.shape, multiplyAdds: sum.multiplyAdds + own.multiplyAdds, kept: sum.kept + own.kept };
      }, whole);
    },
    infer: (pass, input) => through(layers, input, (layer, map) => layer.infer(pass, map)),
    forward(pass, input) {
      const backs: Forward["back"][] = [];
      const output = through(layers, input, (layer, map) => {
        const forward = layer.forward(pass, map);
        backs.push((slope) => forward.back(slope));
        return forward.output;
      });
      return { output, back: (slope) => through(backs.reverse(), slope, (back, current) => back(current)) };
    },
  };
}

/** Applies each in turn and disposes what lies between; the first input stays the caller's. */
function through<T>(
  items: readonly T[],
  input: tf.Tensor4D,
  apply: (item: T, map: tf.Tensor4D) => tf.Tensor4D,
): tf.Tensor4D {
  let current = input;
  for (const item of items) {
    const next = apply(item, current);
    if (current !== input) current.dispose();
    current = next;
  }
  return current === input ? input.clone() : current;
}

/** The number of numbers in a map. */
export function mapSize([rows, cols, channels]: MapShape): number {
  return rows * cols * channels;
}
