import { OptionError, ShapeError } from "../core/errors";

/** Numbers of either precision. */
export type Numbers = Float32Array | Float64Array;

/** A table of numbers, row by row. */
export interface Matrix {
  readonly values: Numbers;
  readonly rows: number;
  readonly cols: number;
}

/** A dense layer: `output = weights^T input + bias`. */
export interface DenseLayer {
  /** `[input, output]`. */
  readonly weights: Matrix;
  /** `[output]`. */
  readonly bias: Numbers;
}

/** A multi-layer perceptron as plain numbers: `x * scale + offset`, then dense layers with CELU (alpha 1) between them. */
export interface Network {
  /** `[feature]`: one over the normalisation's spread, times VecAttn's weights. */
  readonly scale: Numbers;
  /** `[feature]`: what the normalisation's mean comes to at that scale, with the sign of an addition. */
  readonly offset: Numbers;
  /** At least one; the last one gives the logits. One alone is logistic regression. */
  readonly layers: readonly DenseLayer[];
}

/**
 * A score of one image as a function of the units of a first, linear layer. What comes after that layer may be any
 * function, so that the methods can be tested on formulas.
 */
export interface ScoringFunction {
  /** `[feature, unit]`: `units = front^T x + bias`. */
  readonly front: Matrix;
  /** `[unit]`. */
  readonly bias: Numbers;
  /** The score at these units. */
  score(units: Numbers): number;
  /** The score's derivative in every unit. */
  gradient(units: Numbers): Numbers;
  /**
   * DeepLIFT's multipliers (Shrikumar, Greenside and Kundaje 2017, rescale rule): one number a unit, whose products with
   * `units - baseline` add up to the difference of the scores.
   */
  rescale(units: Numbers, baseline: Numbers): Numbers;
}

/**
 * The logit of one class of a network, with normalisation and VecAttn folded into the first layer.
 *
 * @param target - the index of the class
 * @throws ShapeError when the layers do not fit each other
 * @throws OptionError when there is no logit `target`
 */
export function scoreOf(network: Network, target: number): ScoringFunction {
  checkNetwork(network, target);
  const folded = foldNormalisation(network);
  const last = network.layers[network.layers.length - 1] as DenseLayer;
  if (network.layers.length === 1) return onlyUnit(folded, target);
  const hidden = network.layers.slice(1, -1);
  const readout = column(last.weights, target);
  const slopes = (z: readonly Numbers[], slope: (z: number, layer: number, unit: number) => number): Numbers =>
    multipliers(hidden, readout, z, slope);
  return {
    ...folded,
    score: (units) => dot(readout, celuOf(lastHidden(hidden, units))) + (last.bias[target] as number),
    gradient: (units) => slopes(hiddenUnits(hidden, units), celuDerivative),
    rescale(units, baseline) {
      const from = hiddenUnits(hidden, baseline);
      return slopes(hiddenUnits(hidden, units), (z, layer, unit) => celuSlope(z, from[layer]?.[unit] as number));
    },
  };
}

/** Logistic regression: the logit is one of the units itself. */
function onlyUnit({ front, bias }: Pick<ScoringFunction, "front" | "bias">, target: number): ScoringFunction {
  const weight = Float64Array.of(1);
  return {
    front: { values: column(front, target), rows: front.rows, cols: 1 },
    bias: bias.slice(target, target + 1),
    score: (units) => units[0] as number,
    gradient: () => weight,
    rescale: () => weight,
  };
}

/** `x * scale + offset` times the first layer is again linear in x: a row of weights is scaled, the offset goes into the bias. */
function foldNormalisation({ scale, offset, layers }: Network): Pick<ScoringFunction, "front" | "bias"> {
  const { weights, bias } = layers[0] as DenseLayer;
  const { rows, cols } = weights;
  const folded = new Float64Array(rows * cols);
  const moved = Float64Array.from(bias);
  for (let row = 0, index = 0; row < rows; row++) {
    const [by, add] = [scale[row] as number, offset[row] as number];
    for (let col = 0; col < cols; col++, index++) {
      const weight = weights.values[index] as number;
      folded[index] = by * weight;
      moved[col] = (moved[col] as number) + add * weight;
    }
  }
  return { front: { values: folded, rows, cols }, bias: moved };
}

/** The values before CELU in every hidden layer, the first layer's first. */
function hiddenUnits(hidden: readonly DenseLayer[], units: Numbers): Numbers[] {
  const all = [units];
  for (const layer of hidden) all.push(forward(layer, celuOf(all[all.length - 1] as Numbers)));
  return all;
}

function lastHidden(hidden: readonly DenseLayer[], units: Numbers): Numbers {
  return hidden.reduce((z, layer) => forward(layer, celuOf(z)), units);
}

/** Goes back from the readout to the first layer: through CELU by the given slope, through a layer by its weights. */
function multipliers(
  hidden: readonly DenseLayer[],
  readout: Numbers,
  z: readonly Numbers[],
  slope: (z: number, layer: number, unit: number) => number,
): Numbers {
  let m = readout;
  for (let layer = z.length - 1; layer >= 0; layer--) {
    m = m.map((value, unit) => value * slope(z[layer]?.[unit] as number, layer, unit));
    const below = hidden[layer - 1];
    if (below !== undefined) m = backward(below, m);
  }
  return m;
}

function forward({ weights, bias }: DenseLayer, input: Numbers): Float64Array {
  const out = Float64Array.from(bias);
  for (let row = 0, index = 0; row < weights.rows; row++) {
    const x = input[row] as number;
    for (let col = 0; col < weights.cols; col++, index++) {
      out[col] = (out[col] as number) + x * (weights.values[index] as number);
    }
  }
  return out;
}

function backward({ weights }: DenseLayer, upper: Numbers): Float64Array {
  const out = new Float64Array(weights.rows);
  for (let row = 0, index = 0; row < weights.rows; row++) {
    let sum = 0;
    for (let col = 0; col < weights.cols; col++, index++) {
      sum += (upper[col] as number) * (weights.values[index] as number);
    }
    out[row] = sum;
  }
  return out;
}

/** CELU with alpha 1 (Barron 2017). */
export function celu(z: number): number {
  return z > 0 ? z : Math.expm1(z);
}

function celuOf(z: Numbers): Numbers {
  return z.map(celu);
}

function celuDerivative(z: number): number {
  return z > 0 ? 1 : Math.exp(z);
}

/**
 * `(celu(z) - celu(from)) / (z - from)`, safe where the two are close: then the plain quotient would lose all its digits.
 * On either side of zero the numerator adds two numbers of one sign and needs no care.
 */
export function celuSlope(z: number, from: number): number {
  if (z > 0 && from > 0) return 1;
  const step = z - from;
  if (z <= 0 && from <= 0) return step === 0 ? Math.exp(from) : (Math.exp(from) * Math.expm1(step)) / step;
  return (celu(z) - celu(from)) / step;
}

function column({ values, rows, cols }: Matrix, col: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => values[row * cols + col] as number);
}

function dot(a: Numbers, b: Numbers): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] as number) * (b[index] as number);
  return sum;
}

function checkNetwork({ scale, offset, layers }: Network, target: number): void {
  let width = scale.length;
  const problem = (got: string): ShapeError =>
    new ShapeError({ where: "explain", required: "dense layers that fit each other and the normalisation", got });
  if (offset.length !== width) throw problem(`${width} scales and ${offset.length} offsets`);
  if (layers.length === 0) throw problem("no layer");
  for (const [index, { weights, bias }] of layers.entries()) {
    const { rows, cols, values } = weights;
    if (rows !== width || bias.length !== cols || values.length !== rows * cols) {
      throw problem(`layer ${index + 1} [${rows}, ${cols}] with ${bias.length} biases after ${width} values`);
    }
    width = cols;
  }
  if (!Number.isInteger(target) || target < 0 || target >= width) {
    throw new OptionError({
      where: "explain",
      required: `target a class index from 0 to ${width - 1}`,
      got: String(target),
    });
  }
}
