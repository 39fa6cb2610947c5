import type { Random } from "../core/random";

/** How the numbers of a weight are drawn at the start. */
export type Initial =
  | { readonly kind: "normal"; readonly deviation: number }
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  | { readonly kind: "constant"; readonly value: number };

/** What a network needs to know of one of its weights. */
export interface WeightSpec {
  /** Unique in the network, for instance `"hidden1.weights"`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly initial: Initial;
  /** False for statistics that are gathered, not learned. */
  readonly trainable: boolean;
}

/** A named array of numbers that a model has learned or gathered. */
export interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** The number of numbers in an array of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** Draws every weight from a stream of its own, so that one more layer changes no other layer's start. */
export function initialWeights(specs: readonly WeightSpec[], random: Random): Weight[] {
  return specs.map(({ name, shape, initial }) => {
    const draw = drawing(initial, random.fork(name));
    return { name, shape, values: Float32Array.from({ length: sizeOf(shape) }, draw) };
  });
}

function drawing(initial: Initial, random: Random): () => number {
  switch (initial.kind) {
    case "normal":
      return () => initial.deviation * random.normal();
    case "uniform":
      return () => initial.low + (initial.high - initial.low) * random.uniform();
    case "constant":
      return () => initial.value;
  }
}
