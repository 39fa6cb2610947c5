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
export function ssim(a: Plane, b: Plane, { window = 3, dataRange = 1 }: SsimOptions = {}): number {
  const similarities = new Float64Array(a.cols - window + 1);
  let [sum, count] = [0, 0];
  for (const rowSums of sumsOfWindows(a, b, window)) {
    similaritiesOfRow(rowSums, window, dataRange, similarities);
    for (let at = 0; at < similarities.length; at++) sum += similarities[at] as number;
    count += similarities.length;
  }
  return sum / count;
}

/**
 * Structural similarity of two planes (Wang et al. 2004) with a uniform window and the unbiased covariance, at the
 * pixels whose window lies inside: what scikit-image's `structural_similarity` computes by default. The map is smaller
 * than the planes by `window` - 1.
 */
export function ssimMap(a: Plane, b: Plane, { window = 3, dataRange = 1 }: SsimOptions = {}): Plane {
  const [rows, cols] = [a.rows - window + 1, a.cols - window + 1];
  const values = new Float64Array(Math.max(0, rows) * Math.max(0, cols));
  let at = 0;
  for (const rowSums of sumsOfWindows(a, b, window)) {
    similaritiesOfRow(rowSums, window, dataRange, values.subarray(at, at + cols));
    at += cols;
  }
  return { values, rows, cols };
}

/** Peak signal-to-noise ratio in decibels; Infinity for equal pixels. */
export function psnr(a: Plane, b: Plane, dataRange: number): number {
  let sum = 0;
  for (let at = 0; at < a.values.length; at++) sum += ((a.values[at] as number) - (b.values[at] as number)) ** 2;
  return 10 * Math.log10((dataRange ** 2 * a.values.length) / sum);
}

/**
 * Sums down the columns of a window: of both planes, their squares and their product. As many zeros as the window is
 * wide stand before the first column.
 */
interface ColumnSums {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly xx: Float64Array;
  readonly yy: Float64Array;
  readonly xy: Float64Array;
}

/** The column sums of every row of windows in turn, in the same arrays. */
function* sumsOfWindows(a: Plane, b: Plane, window: number): Generator<ColumnSums> {
  if (a.cols < window) return;
  const zeros = (): Float64Array => new Float64Array(window + a.cols);
  const sums: ColumnSums = { x: zeros(), y: zeros(), xx: zeros(), yy: zeros(), xy: zeros() };
  for (let row = 0; row < a.rows; row++) {
    addRow(sums, a, b, row, window, 1);
    if (row >= window) addRow(sums, a, b, row - window, window, -1);
    if (row >= window - 1) yield sums;
  }
}

/** Adds a row to the sums, which begin at a place, or takes it away. */
function addRow({ x, y, xx, yy, xy }: ColumnSums, a: Plane, b: Plane, row: number, begin: number, sign: 1 | -1): void {
  const { cols } = a;
  const first = a.values.subarray(row * cols, (row + 1) * cols);
  const second = b.values.subarray(row * cols, (row + 1) * cols);
  for (let col = 0, at = begin; col < cols; col++, at++) {
    const [p, q] = [first[col] as number, second[col] as number];
    (x[at] as number) += sign * p;
    (y[at] as number) += sign * q;
    (xx[at] as number) += sign * p * p;
    (yy[at] as number) += sign * q * q;
    (xy[at] as number) += sign * p * q;
  }
}

/** Writes the similarities of all windows of one row of windows, by running sums along it. */
function similaritiesOfRow(
  { x, y, xx, yy, xy }: ColumnSums,
  window: number,
  dataRange: number,
  result: Float64Array,
): void {
  const size = window ** 2;
  const unbiased = size / (size - 1);
  const [c1, c2] = [(0.01 * dataRange) ** 2, (0.03 * dataRange) ** 2];
  let [sx, sy, sxx, syy, sxy] = [0, 0, 0, 0, 0];
  for (let gone = 0, col = window; col < x.length; gone++, col++) {
    sx += (x[col] as number) - (x[gone] as number);
    sy += (y[col] as number) - (y[gone] as number);
    sxx += (xx[col] as number) - (xx[gone] as number);
    syy += (yy[col] as number) - (yy[gone] as number);
    sxy += (xy[col] as number) - (xy[gone] as number);
    const at = gone - window + 1;
    if (at < 0) continue;
    const [mx, my] = [sx / size, sy / size];
    const variances = unbiased * (sxx / size - mx * mx + (syy / size - my * my));
    const covariance = unbiased * (sxy / size - mx * my);
    result[at] = ((2 * mx * my + c1) * (2 * covariance + c2)) / ((mx * mx + my * my + c1) * (variances + c2));
  }
}
