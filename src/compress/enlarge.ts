import type { PlainImage } from "./definition";

/** The sides after every one below its minimum is raised to it. */
export function enlargedShape(
  [rows, cols]: readonly [rows: number, cols: number],
  [minRows, minCols]: readonly [rows: number, cols: number],
): readonly [rows: number, cols: number] {
  return [Math.max(rows, minRows), Math.max(cols, minCols)];
}

/** Bilinear interpolation to the given sides, corners not aligned: pixels are areas, and the outermost are extended. */
export function enlarge(image: PlainImage, [rows, cols]: readonly [rows: number, cols: number]): PlainImage {
  const [channels, fromRows, fromCols] = image.shape;
  if (rows === fromRows && cols === fromCols) return image;
  const values = new Float64Array(channels * rows * cols);
  const enlargeRow = rowEnlarger([fromRows, fromCols], [rows, cols]);
  for (let row = 0; row < channels * rows; row++) enlargeRow(image.values, row, values);
  return { values, shape: [channels, rows, cols] };
}

/**
 * As {@link enlarge}, row by row, for planes `[row, col]` that lie behind each other.
 *
 * @returns what fills a row of the enlarged planes, the rows of all planes counted through
 */
export function rowEnlarger<Numbers extends Float32Array | Float64Array>(
  [fromRows, fromCols]: readonly [rows: number, cols: number],
  [rows, cols]: readonly [rows: number, cols: number],
): (planes: Numbers, row: number, enlarged: Numbers) => void {
  const [vertical, horizontal] = [weights(fromRows, rows), weights(fromCols, cols)];
  return (planes, row, enlarged) => {
    const { low, high, share } = vertical[row % rows] as Neighbours;
    const plane = Math.floor(row / rows) * fromRows;
    const [upper, lower] = [(plane + low) * fromCols, (plane + high) * fromCols];
    let at = row * cols;
    for (const x of horizontal) {
      const above = planes[upper + x.low]! * (1 - x.share) + planes[upper + x.high]! * x.share;
      const below = planes[lower + x.low]! * (1 - x.share) + planes[lower + x.high]! * x.share;
      enlarged[at++] = above * (1 - share) + below * share;
    }
  };
}

interface Neighbours {
  readonly low: number;
  readonly high: number;
  /** How much of the higher neighbour there is in the result. */
  readonly share: number;
}

function weights(from: number, to: number): Neighbours[] {
  return Array.from({ length: to }, (_, at) => {
    const centre = Math.max(0, ((at + 0.5) * from) / to - 0.5);
    const low = Math.floor(centre);
    return { low, high: Math.min(low + 1, from - 1), share: centre - low };
  });
}
