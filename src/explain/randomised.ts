import { Random } from "../core/random";
import type { Embedding } from "../compress/embedding";
import type { TrainedModel } from "../train/model";
import { type AttributionOptions, explainModel } from "./explainModel";

/** How much an explanation depends on what the model has learned. */
export interface WeightSanity {
  /** Mean over images of the rank correlation of signed attributions before and after; near 0 is right. */
  readonly signed: number;
  /** The same of magnitudes: what is left is owed to the images, not to the model. */
  readonly magnitude: number;
}

/**
 * Shuffles the numbers of every weight and explains again (Adebayo et al. 2018, sanity checks for saliency maps): an
 * explanation that stays the same explains the images and not the model.
 *
 * @param options - as for `explain`; `seed` of the shuffle, default 0
 */
export function randomisedWeights(
  model: TrainedModel,
  embedding: Embedding,
  { seed = 0, ...options }: AttributionOptions & { readonly seed?: number } = {},
): WeightSanity {
  const random = new Random(seed);
  const weights = model.weights.map((weight) => ({
    ...weight,
    values: Float32Array.from(random.fork(weight.name).shuffle(Array.from(weight.values))),
  }));
  const [before, after] = [model, { ...model, weights }].map((each) => explainModel(each, embedding, options).values);
  if (before === undefined || after === undefined) return { signed: NaN, magnitude: NaN };
  return {
    signed: meanCorrelation(before, after, embedding.ids.length),
    magnitude: meanCorrelation(before.map(Math.abs), after.map(Math.abs), embedding.ids.length),
  };
}

function meanCorrelation(a: Float32Array, b: Float32Array, images: number): number {
  const size = a.length / images;
  let sum = 0;
  for (let image = 0; image < images; image++) {
    const own = (values: Float32Array): Float64Array => ranks(values.subarray(image * size, (image + 1) * size));
    sum += correlation(own(a), own(b));
  }
  return sum / images;
}

/** From 0, equal values sharing their mean rank. */
function ranks(values: Float32Array): Float64Array {
  const order = Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number));
  const found = new Float64Array(values.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end] as number] === values[order[start] as number]) end++;
    for (let at = start; at < end; at++) found[order[at] as number] = (start + end - 1) / 2;
  }
  return found;
}

function correlation(a: Float64Array, b: Float64Array): number {
  const middle = (a.length - 1) / 2; // the mean of all ranks
  let [both, aa, bb] = [0, 0, 0];
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [(a[at] as number) - middle, (b[at] as number) - middle];
    both += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? 0 : both / Math.sqrt(aa * bb);
}
