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
  const [rows, cols] = [a.rows - window + 1, a.cols - window + 1];
  const values = new Float64Array(Math.max(0, rows) * Math.max(0, cols));
  const sums = columnSums(a.cols);
  for (let row = 0; row < a.rows; row++) {
    addRow(sums, a, b, row, 1);
    if (row >= window) addRow(sums, a, b, row - window, -1);
    const top = row - window + 1;
    if (top >= 0) values.set(similarities(sums, window, dataRange), top * cols);
  }
  return { values, rows, cols };
}

/** Peak signal-to-noise ratio in decibels; Infinity for equal pixels. */
export function psnr(a: Plane, b: Plane, dataRange: number): number {
  let sum = 0;
  for (let at = 0; at < a.values.length; at++) sum += ((a.values[at] as number) - (b.values[at] as number)) ** 2;
  return 10 * Math.log10((dataRange ** 2 * a.values.length) / sum);
}

/** Sums down the columns of a window: of both planes, their squares and their product. */
interface ColumnSums {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly xx: Float64Array;
  readonly yy: Float64Array;
  readonly xy: Float64Array;
}

function columnSums(cols: number): ColumnSums {
  const sums = (): Float64Array => new Float64Array(cols);
  return { x: sums(), y: sums(), xx: sums(), yy: sums(), xy: sums() };
}

/** Adds a row to the sums, or takes it away. */
function addRow({ x, y, xx, yy, xy }: ColumnSums, a: Plane, b: Plane, row: number, sign: 1 | -1): void {
  const { cols } = a;
  for (let col = 0, at = row * cols; col < cols; col++, at++) {
    const [p, q] = [a.values[at] as number, b.values[at] as number];
    (x[col] as number) += sign * p;
    (y[col] as number) += sign * q;
    (xx[col] as number) += sign * p * p;
    (yy[col] as number) += sign * q * q;
    (xy[col] as number) += sign * p * q;
  }
}

/** The similarities of all windows of one row of windows, by running sums along it. */
function similarities({ x, y, xx, yy, xy }: ColumnSums, window: number, dataRange: number): Float64Array {
  const size = window ** 2;
  const unbiased = size / (size - 1);
  const [c1, c2] = [(0.01 * dataRange) ** 2, (0.03 * dataRange) ** 2];
  const result = new Float64Array(x.length - window + 1);
  let [sx, sy, sxx, syy, sxy] = [0, 0, 0, 0, 0];
  for (let col = 0; col < x.length; col++) {
    const gone = col - window;
    sx += (x[col] as number) - (gone < 0 ? 0 : (x[gone] as number));
    sy += (y[col] as number) - (gone < 0 ? 0 : (y[gone] as number));
    sxx += (xx[col] as number) - (gone < 0 ? 0 : (xx[gone] as number));
    syy += (yy[col] as number) - (gone < 0 ? 0 : (yy[gone] as number));
    sxy += (xy[col] as number) - (gone < 0 ? 0 : (xy[gone] as number));
    if (gone < -1) continue;
    const [mx, my] = [sx / size, sy / size];
    const variances = unbiased * (sxx / size - mx * mx + (syy / size - my * my));
    const covariance = unbiased * (sxy / size - mx * my);
    result[gone + 1] = ((2 * mx * my + c1) * (2 * covariance + c2)) / ((mx * mx + my * my + c1) * (variances + c2));
  }
  return result;
}
