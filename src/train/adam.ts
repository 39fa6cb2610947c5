import type * as tf from "@tensorflow/tfjs";
import type { WeightSpec } from "./weights";

/** The values that Adam keeps, in the order of the network's weights; the moments of untrained weights are empty. */
export interface AdamState {
  readonly step: number;
  readonly weights: readonly Float32Array[];
  readonly firstMoments: readonly Float32Array[];
  readonly secondMoments: readonly Float32Array[];
}

/**
 * The weights of a network in training and Adam (Kingma and Ba 2015) upon them: the only piece of training that
 * depends on the backend.
 */
export interface Adam {
  /** The weights as they are now; to be disposed before `apply`, which may write in place. */
  read(): tf.Tensor[];
  /** One step. `changes` has one entry a weight: its gradient, or for an untrained weight its new value. */
  apply(changes: readonly tf.Tensor[], learningRate: number): void;
  weights(): Float32Array[];
  state(): AdamState;
  dispose(): void;
}

/** Adam's constants, as the paper and every library have them. */
export const adamConstants = { decay1: 0.9, decay2: 0.999, epsilon: 1e-8 } as const;

/** The start of training: moments zero. */
export function startState(specs: readonly WeightSpec[], weights: readonly Float32Array[]): AdamState {
  const zeros = (): Float32Array[] =>
    weights.map((values, at) => new Float32Array(specs[at]?.trainable === true ? values.length : 0));
  return { step: 0, weights, firstMoments: zeros(), secondMoments: zeros() };
}

/** The shape of a weight's moments: those of an untrained weight are empty. */
export function momentShape(spec: WeightSpec): number[] {
  return spec.trainable ? [...spec.shape] : [0];
}

/** Adam in plain tfjs operations, for every backend. */
export function portableAdam(tfjs: typeof tf, specs: readonly WeightSpec[], start: AdamState): Adam {
  let step = start.step;
  const weights = start.weights.map((values, at) => tfjs.tensor(values.slice(), specs[at]?.shape.slice()));
  const moments = (arrays: readonly Float32Array[]): tf.Tensor[] =>
    specs.map((spec, at) => tfjs.tensor(arrays[at]?.slice() ?? [], momentShape(spec)));
  const [first, second] = [moments(start.firstMoments), moments(start.secondMoments)];

  function replace(list: tf.Tensor[], at: number, next: tf.Tensor): void {
    list[at]?.dispose();
    list[at] = tfjs.keep(next);
  }

  function descend(at: number, gradient: tf.Tensor, learningRate: number): void {
    const { decay1, decay2, epsilon } = adamConstants;
    const [w, m, v] = [weights, first, second].map((list) => list[at]) as [tf.Tensor, tf.Tensor, tf.Tensor];
    // The correction of both moments' bias, folded into the rate and epsilon.
    const root = Math.sqrt(1 - decay2 ** step);
    const rate = (learningRate * root) / (1 - decay1 ** step);
    const nextM = m.mul(decay1).add(gradient.mul(1 - decay1));
    const nextV = v.mul(decay2).add(gradient.square().mul(1 - decay2));
    replace(weights, at, w.sub(nextM.mul(rate).div(nextV.sqrt().add(epsilon * root))));
    replace(first, at, nextM);
    replace(second, at, nextV);
  }

  return {
    read: () => weights.map((weight) => weight.clone()),
    apply(changes, learningRate) {
      step++;
      changes.forEach((change, at) => {
        if (specs[at]?.trainable === true) tfjs.tidy(() => descend(at, change, learningRate));
        else replace(weights, at, change.clone());
      });
    },
    weights: () => download(weights),
    state: () => ({ step, weights: download(weights), firstMoments: download(first), secondMoments: download(second) }),
    dispose: () => tfjs.dispose([weights, first, second]),
  };
}

/** Copies of the tensors' values. */
export function download(tensors: readonly tf.Tensor[]): Float32Array[] {
  return tensors.map((tensor) => tensor.dataSync<"float32">().slice());
}
