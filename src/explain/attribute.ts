import { ShapeError } from "../core/errors";
import { addScaled, type Algebra } from "./algebra";
import { gaussLegendre } from "./gauss";
import type { Matrix, Numbers, ScoringFunction } from "./scoring";
import { occlusion, shapley } from "./groupMethods";
import { rowOf, walk, type Walk } from "./walk";

/**
 * How a score is shared out among the features.
 *
 * - `deeplift`: DeepLIFT with the rescale rule (Shrikumar, Greenside and Kundaje 2017)
 * - `gradientTimesDifference`: gradient at the image times (image - baseline), which is what the paper's code computed
 * - `integratedGradients`: the gradient averaged from baseline to image (Sundararajan, Taly and Yan 2017)
 * - `inputXGradient`: image times gradient; its baseline is zero
 * - `occlusion`: what the score loses when a group of features is set to the baseline
 * - `shapley`: exact Shapley values of groups of features
 */
export type Method =
  "deeplift" | "gradientTimesDifference" | "inputXGradient" | "integratedGradients" | "occlusion" | "shapley";

/** Every method, in the order of their cost. */
export const methods: readonly Method[] = [
  "deeplift",
  "gradientTimesDifference",
  "inputXGradient",
  "integratedGradients",
  "occlusion",
  "shapley",
];

/** Options of {@link attribute}. */
export interface AttributeOptions {
  readonly method: Method;
  /** Decides the precision: double in plain loops, or single on tfjs. */
  readonly algebra: Algebra;
  /** Gauss-Legendre nodes of integrated gradients. */
  readonly steps: number;
  /** `[feature]`: the group of each feature, from 0; without it each feature is a group of its own. */
  readonly groups?: Int32Array;
}

/** What {@link attribute} finds. */
export interface RawAttribution {
  /** `[image, feature]`. The value of a group is shared equally by its features, so that sums stay whole. */
  readonly values: Numbers;
  /** `[image, group]`, for methods that work on groups. */
  readonly groupValues?: Float64Array;
  /** `[image]`. */
  readonly scores: Float64Array;
  /** `[image]`. */
  readonly baselineScores: Float64Array;
  /** The largest `|sum of an image's values - (score - baseline score)| / max(1, |score - baseline score|)`. */
  readonly completenessGap: number;
}

/**
 * Shares out each image's score, less its baseline's, among the features.
 *
 * @param score - the score to explain
 * @param inputs - `[image, feature]`
 * @param baseline - `[image, feature]`, or one row for all
 * @throws ShapeError when the columns are not the score's features or the rows do not match
 */
export function attribute(
  score: ScoringFunction,
  inputs: Matrix,
  baseline: Matrix,
  { method, algebra, steps, groups }: AttributeOptions,
): RawAttribution {
  checkRows(score, inputs, baseline);
  const start = method === "inputXGradient" ? zeroRow(inputs.cols) : baseline;
  const way = walk(score, inputs, start, algebra);
  const scores = eachImage(way.units, (units) => score.score(units));
  const baselineScores = eachImage(way.from, (units) => score.score(units));
  if (method === "occlusion" || method === "shapley") {
    const byGroup = method === "occlusion" ? occlusion : shapley;
    const { values, groupValues } = byGroup(score, way, scores, groups);
    return { values, groupValues, scores, baselineScores, completenessGap: gap(values, scores, baselineScores) };
  }
  const rows = multiplierRows(score, way, method, steps);
  const values = algebra.timesTransposed(rows, score.front).values;
  for (let index = 0; index < values.length; index++) {
    values[index] = (values[index] as number) * (way.steps.values[index] as number);
  }
  return { values, scores, baselineScores, completenessGap: gap(values, scores, baselineScores) };
}

/** `[image, unit]`: what one step in each unit is worth. The layer is linear, so the rest follows by its weights. */
function multiplierRows(
  score: ScoringFunction,
  { from, units }: Walk,
  method: "deeplift" | "gradientTimesDifference" | "integratedGradients" | "inputXGradient",
  steps: number,
): Matrix {
  const out: Matrix = { ...units, values: new Float64Array(units.values.length) };
  const rule = gaussLegendre(steps);
  for (let image = 0; image < units.rows; image++) {
    const [at, start, into] = [rowOf(units, image), rowOf(from, image), rowOf(out, image)];
    if (method === "deeplift") into.set(score.rescale(at, start));
    else if (method === "integratedGradients") averageGradient(score, at, start, rule, into);
    else into.set(score.gradient(at));
  }
  return out;
}

function averageGradient(
  score: ScoringFunction,
  at: Numbers,
  start: Numbers,
  { nodes, weights }: ReturnType<typeof gaussLegendre>,
  into: Numbers,
): void {
  const point = new Float64Array(at.length);
  for (const [node, share] of nodes.entries()) {
    for (let unit = 0; unit < point.length; unit++) {
      point[unit] = (start[unit] as number) + share * ((at[unit] as number) - (start[unit] as number));
    }
    const gradient = { values: score.gradient(point), rows: 1, cols: point.length };
    addScaled(into, gradient, 0, weights[node] as number);
  }
}

function eachImage(units: Matrix, score: (units: Numbers) => number): Float64Array {
  return Float64Array.from({ length: units.rows }, (_, image) => score(rowOf(units, image)));
}

function zeroRow(cols: number): Matrix {
  return { values: new Float32Array(cols), rows: 1, cols };
}

function gap(values: Numbers, scores: Float64Array, baselineScores: Float64Array): number {
  const features = values.length / Math.max(1, scores.length);
  let worst = 0;
  for (let image = 0; image < scores.length; image++) {
    let sum = 0;
    for (let at = image * features; at < (image + 1) * features; at++) sum += values[at] as number;
    const change = (scores[image] as number) - (baselineScores[image] as number);
    worst = Math.max(worst, Math.abs(sum - change) / Math.max(1, Math.abs(change)));
  }
  return worst;
}

function checkRows({ front }: ScoringFunction, inputs: Matrix, baseline: Matrix): void {
  if (inputs.cols !== front.rows || baseline.cols !== front.rows) {
    throw new ShapeError({
      where: "explain",
      required: `${front.rows} features, as the model was trained on`,
      got: `${inputs.cols} features and a baseline of ${baseline.cols}`,
      remedy: "compress with the model's own settings and image size",
    });
  }
  if (baseline.rows !== 1 && baseline.rows !== inputs.rows) {
    throw new ShapeError({
      where: "explain",
      required: `one baseline, or one for each of ${inputs.rows} images`,
      got: `${baseline.rows}`,
    });
  }
}
