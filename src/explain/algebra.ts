import type { Tensor2D } from "@tensorflow/tfjs";
import { tensorflowSync } from "../core/packages";
import type { Matrix, Numbers } from "./scoring";

/** The two products that cost time: features times the first layer, and back. */
export interface Algebra {
  /** `a b`. */
  times(a: Matrix, b: Matrix): Matrix;
  /** `a b^T`. */
  timesTransposed(a: Matrix, b: Matrix): Matrix;
}

/** Double precision in plain loops. */
export const float64: Algebra = {
  times(a, b) {
    const out = new Float64Array(a.rows * b.cols);
    for (let row = 0; row < a.rows; row++) {
      const into = out.subarray(row * b.cols, (row + 1) * b.cols);
      for (let inner = 0; inner < a.cols; inner++) addScaled(into, b, inner, a.values[row * a.cols + inner] as number);
    }
    return { values: out, rows: a.rows, cols: b.cols };
  },
  timesTransposed(a, b) {
    const out = new Float64Array(a.rows * b.rows);
    for (let row = 0, index = 0; row < a.rows; row++) {
      for (let col = 0; col < b.rows; col++, index++) {
        let sum = 0;
        for (let inner = 0; inner < a.cols; inner++) {
          sum += (a.values[row * a.cols + inner] as number) * (b.values[col * b.cols + inner] as number);
        }
        out[index] = sum;
      }
    }
    return { values: out, rows: a.rows, cols: b.rows };
  },
};

/** Single precision on TensorFlow.js: what explains a thousand images in a second. */
export const float32: Algebra = {
  times: (a, b) => product(a, b, false),
  timesTransposed: (a, b) => product(a, b, true),
};

function product(a: Matrix, b: Matrix, transposed: boolean): Matrix {
  const tf = tensorflowSync();
  const tensor = (m: Matrix): Tensor2D => tf.tensor2d(new Float32Array(m.values), [m.rows, m.cols]);
  const result = tf.tidy(() => tf.matMul(tensor(a), tensor(b), false, transposed));
  const values = result.dataSync<"float32">();
  result.dispose();
  return { values, rows: a.rows, cols: transposed ? b.rows : b.cols };
}

/** Adds a row of a matrix, multiplied by a number, to a vector; zeros, of which baselines are full, cost nothing. */
export function addScaled(into: Numbers, { values, cols }: Matrix, row: number, by: number): void {
  if (by === 0) return;
  for (let col = 0, index = row * cols; col < cols; col++, index++) {
    into[col] = (into[col] as number) + by * (values[index] as number);
  }
}
