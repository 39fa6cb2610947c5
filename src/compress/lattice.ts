import type { Wavelet } from "./wavelets";

/** The rotations that do what both filters of an orthogonal wavelet do. */
export interface Lattice {
  /** The tangents of their angles, in the order of their use; there are half as many as taps. */
  readonly tangents: readonly number[];
  /** What rotations divided by their cosines leave out: the product of these. */
  readonly scale: number;
}

type Matrix = readonly [low: readonly [number, number], high: readonly [number, number]];

/**
 * Takes the analysis filters of a wavelet apart into rotations, from the last to the first; undefined where they are not
 * those of an orthogonal wavelet in this package's signs.
 *
 * @see P. P. Vaidyanathan, Multirate Systems and Filter Banks, 1993, section 6.4
 */
export function latticeOf({ analysis: { low, high } }: Wavelet): Lattice | undefined {
  if (low.length % 2 !== 0) return undefined;
  const tap = (taps: Float64Array, at: number): [number, number] => [taps[at] as number, taps[at + 1] as number];
  // Low and high are the sum of these matrices times successive pairs of samples.
  let pairs = Array.from({ length: low.length / 2 }, (_, at): Matrix => [tap(low, 2 * at), tap(high, 2 * at)]);
  const tangents: number[] = [];
  let scale = 1;
  while (pairs.length > 1) {
    const angle = lastAngle(pairs.at(-1) as Matrix);
    tangents.unshift(Math.tan(angle));
    scale *= Math.cos(angle);
    pairs = delayed(pairs.map((matrix) => turnedBack(matrix, angle)));
  }
  const [[[first, second]]] = pairs as unknown as [Matrix];
  tangents.unshift(-second / first);
  const lattice = { tangents, scale: scale * first };
  return undoes(lattice, low, high) ? lattice : undefined;
}

/** The angle of the rotation whose second column is that of a matrix of rank one. */
function lastAngle([low, high]: Matrix): number {
  const larger = Math.hypot(low[0], high[0]) > Math.hypot(low[1], high[1]) ? 0 : 1;
  return Math.atan(-low[larger] / high[larger]);
}

function turnedBack([low, high]: Matrix, angle: number): Matrix {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [
    [cos * low[0] + sin * high[0], cos * low[1] + sin * high[1]],
    [cos * high[0] - sin * low[0], cos * high[1] - sin * low[1]],
  ];
}

/** The first component of each with the second of the next. */
function delayed<T>(pairs: readonly (readonly [T, T])[]): (readonly [T, T])[] {
  return pairs.slice(1).map(([, second], at) => [(pairs[at] as readonly [T, T])[0], second]);
}

/** Whether the rotations give back the filters, as far as tables of filters are exact. */
function undoes({ tangents, scale }: Lattice, low: Float64Array, high: Float64Array): boolean {
  return low.every((_, tap) => {
    let pairs = tangents.map((__, at): readonly [number, number] => [
      Number(2 * at === tap),
      Number(2 * at + 1 === tap),
    ]);
    for (const tangent of tangents) {
      const turned = pairs.map(([a, b]): readonly [number, number] => [a - tangent * b, tangent * a + b]);
      pairs = turned.length > 1 ? delayed(turned) : turned;
    }
    const [a, b] = pairs[0] as readonly [number, number];
    return Math.abs(scale * a - (low[tap] as number)) < 1e-9 && Math.abs(scale * b - (high[tap] as number)) < 1e-9;
  });
}
