import type { Labels } from "../data/labels";

/** The training target of a batch or a whole set. */
export interface Targets {
  readonly kind: Labels["kind"];
  /** `[image, class]`: 1 there, 0 not, NaN uncertain (left out). */
  readonly values: Float32Array;
  readonly classes: number;
  /** By class: the weight of its images (`single`) or of its positives (`binary`, `multi`). */
  readonly weights: Float32Array;
}

/** A loss and its slope by the logits. */
export interface Loss {
  /** Mean over what counts: images for `single`, certain labels otherwise. */
  readonly value: number;
  /** `[image, class]`, the derivative of `value` by each logit. */
  readonly slope: Float32Array;
}

/** Logits to probabilities: logistic for `binary` and `multi`, softmax for `single`; both `[image, class]`. */
export function probabilitiesOf(kind: Labels["kind"], logits: Float32Array, classes: number): Float32Array {
  if (kind !== "single") return logits.map((logit) => 1 / (1 + Math.exp(-logit)));
  const result = new Float32Array(logits.length);
  for (let start = 0; start < logits.length; start += classes) {
    result.set(softmax(logits.subarray(start, start + classes)), start);
  }
  return result;
}

/**
 * The loss of a batch: softmax cross-entropy for `single` (weighted mean, as PyTorch's `CrossEntropyLoss` with
 * weights), otherwise binary cross-entropy averaged over the labels that are certain.
 */
export function lossOf(logits: Float32Array, targets: Targets): Loss {
  return targets.kind === "single" ? softmaxCrossEntropy(logits, targets) : binaryCrossEntropy(logits, targets);
}

function softmaxCrossEntropy(logits: Float32Array, { values, classes, weights }: Targets): Loss {
  const slope = new Float32Array(logits.length);
  let [value, total] = [0, 0];
  for (let start = 0; start < logits.length; start += classes) {
    const target = values.subarray(start, start + classes).indexOf(1);
    if (target < 0) continue;
    const weight = weights[target] as number;
    const own = logits.subarray(start, start + classes);
    const probabilities = softmax(own);
    value += weight * (logSumExp(own) - (own[target] as number));
    total += weight;
    for (let k = 0; k < classes; k++) {
      slope[start + k] = weight * ((probabilities[k] as number) - (k === target ? 1 : 0));
    }
  }
  return average(value, total, slope);
}

function binaryCrossEntropy(logits: Float32Array, { values, classes, weights }: Targets): Loss {
  const slope = new Float32Array(logits.length);
  let [value, certain] = [0, 0];
  for (let at = 0; at < logits.length; at++) {
    const target = values[at] as number;
    if (Number.isNaN(target)) continue;
    const logit = logits[at] as number;
    const weight = target === 1 ? (weights[at % classes] as number) : 1;
    // log(1 + e^-|z|) does not overflow for any z.
    value += weight * (Math.max(logit, 0) - logit * target + Math.log1p(Math.exp(-Math.abs(logit))));
    slope[at] = weight * (1 / (1 + Math.exp(-logit)) - target);
    certain++;
  }
  return average(value, certain, slope);
}

function average(sum: number, total: number, slope: Float32Array): Loss {
  if (total === 0) return { value: 0, slope };
  return { value: sum / total, slope: slope.map((entry) => entry / total) };
}

function softmax(logits: Float32Array): Float64Array {
  const total = logSumExp(logits);
  return Float64Array.from(logits, (logit) => Math.exp(logit - total));
}

/** The logarithm of the sum of powers, which overflows for no logits. */
function logSumExp(logits: Float32Array): number {
  const highest = logits.reduce((high, logit) => Math.max(high, logit), -Infinity);
  return highest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0));
}
