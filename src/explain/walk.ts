import type { Algebra } from "./algebra";
import type { Matrix, Numbers, ScoringFunction } from "./scoring";

/** Where each image and its baseline stand in the first layer. */
export interface Walk {
  /** `[image, feature]`: image - baseline. */
  readonly steps: Matrix;
  /** `[image, unit]`: the baseline's units. */
  readonly from: Matrix;
  /** `[image, unit]`: the image's units. */
  readonly units: Matrix;
}

/** The difference goes through the layer by itself: images and baselines share most of their size, which would cost digits. */
export function walk(score: ScoringFunction, inputs: Matrix, baseline: Matrix, algebra: Algebra): Walk {
  const { rows, cols } = inputs;
  const steps = { values: inputs.values.slice(), rows, cols };
  const shared = baseline.rows === 1;
  for (let row = 0; row < rows; row++) {
    const [own, from] = [rowOf(steps, row), rowOf(baseline, shared ? 0 : row)];
    for (let at = 0; at < cols; at++) own[at] = (own[at] as number) - (from[at] as number);
  }
  const start = algebra.times(baseline, score.front).values;
  const moved = algebra.times(steps, score.front).values;
  const size = moved.length;
  const unitCount = score.bias.length;
  const from = Float64Array.from(
    { length: size },
    (_, index) => (start[index % start.length] as number) + (score.bias[index % unitCount] as number),
  );
  const units = from.map((value, index) => value + (moved[index] as number));
  return { steps, from: { values: from, rows, cols: unitCount }, units: { values: units, rows, cols: unitCount } };
}

/** One row of a matrix, not copied. */
export function rowOf({ values, cols }: Matrix, row: number): Numbers {
  return values.subarray(row * cols, (row + 1) * cols);
}
