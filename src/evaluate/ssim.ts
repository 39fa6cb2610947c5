/** Pixels of one channel in double precision. */
export interface Plane {
  readonly values: Float64Array;
  readonly rows: number;
  readonly cols: number;
}

/** The choices that change a structural similarity. */
export interface SsimOptions {
  /** Side of the square window in pixels, odd; default 3, the paper's choice (scikit-image's default is 7). */
  readonly window?: number;
  /**
   * Distance of the largest and smallest possible pixel; default 1. The paper's code gave none, and scikit-image then
   * took 2: its values are kinder than with 1.
   */
  readonly dataRange?: number;
}

/** Mean structural similarity of two planes: the mean of {@link ssimMap}. */
export function ssim(a: Plane, b: Plane, options: SsimOptions = {}): number {
  const { values } = ssimMap(a, b, options);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Structural similarity of two planes (Wang et al. 2004) with a uniform window and the unbiased covariance, at the
 * pixels whose window lies inside: what scikit-image's `structural_similarity` computes by default. The map is smaller
 * than the planes by `window` - 1.
 */
export function ssimMap(a: Plane, b: Plane, { window = 3, dataRange = 1 }: SsimOptions = {}): Plane {
  const mean = (of: (at: number) => number): Float64Array => windowMeans(a.rows, a.cols, window, of);
  const [x, y] = [a.values, b.values];
  const meanX = mean((at) => x[at] as number);
  const meanY = mean((at) => y[at] as number);
  const squareX = mean((at) => (x[at] as number) ** 2);
  const squareY = mean((at) => (y[at] as number) ** 2);
  const product = mean((at) => (x[at] as number) * (y[at] as number));
  const unbiased = window ** 2 / (window ** 2 - 1);
  const [c1, c2] = [(0.01 * dataRange) ** 2, (0.03 * dataRange) ** 2];
  const values = meanX.map((mx, at) => {
    const my = meanY[at] as number;
    const variances = unbiased * ((squareX[at] as number) - mx * mx + (squareY[at] as number) - my * my);
    const covariance = unbiased * ((product[at] as number) - mx * my);
    return ((2 * mx * my + c1) * (2 * covariance + c2)) / ((mx * mx + my * my + c1) * (variances + c2));
  });
  return { values, rows: a.rows - window + 1, cols: a.cols - window + 1 };
}

/** Peak signal-to-noise ratio in decibels; Infinity for equal pixels. */
export function psnr(a: Plane, b: Plane, dataRange: number): number {
  let sum = 0;
  for (let at = 0; at < a.values.length; at++) sum += ((a.values[at] as number) - (b.values[at] as number)) ** 2;
  return 10 * Math.log10((dataRange ** 2 * a.values.length) / sum);
}

/** The mean over every window that lies inside, by running sums along rows, then along columns. */
function windowMeans(rows: number, cols: number, window: number, value: (at: number) => number): Float64Array {
  const [high, wide] = [rows - window + 1, cols - window + 1];
  const along = new Float64Array(rows * wide);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let col = 0; col < cols; col++) {
      sum += value(row * cols + col);
      if (col >= window) sum -= value(row * cols + col - window);
      if (col >= window - 1) along[row * wide + col - window + 1] = sum;
    }
  }
  const means = new Float64Array(high * wide);
  const sums = new Float64Array(wide);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < wide; col++) {
      (sums[col] as number) += along[row * wide + col] as number;
      if (row >= window) (sums[col] as number) -= along[(row - window) * wide + col] as number;
      if (row >= window - 1) means[(row - window + 1) * wide + col] = (sums[col] as number) / window ** 2;
    }
  }
  return means;
}
