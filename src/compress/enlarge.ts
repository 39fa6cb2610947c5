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
  const [vertical, horizontal] = [weights(fromRows, rows), weights(fromCols, cols)];
  let at = 0;
  for (let channel = 0; channel < channels; channel++) {
    const pixel = (y: number, x: number): number => image.values[(channel * fromRows + y) * fromCols + x] as number;
    for (const y of vertical) {
      for (const x of horizontal) {
        const above = pixel(y.low, x.low) * (1 - x.share) + pixel(y.low, x.high) * x.share;
        const below = pixel(y.high, x.low) * (1 - x.share) + pixel(y.high, x.high) * x.share;
        values[at++] = above * (1 - y.share) + below * y.share;
      }
    }
  }
  return { values, shape: [channels, rows, cols] };
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
