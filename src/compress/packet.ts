import type { Wavelet } from "./wavelets";

/** One channel of an image, or one sub-band, in double precision; row-major. */
export interface Plane {
  readonly values: Float64Array;
  readonly rows: number;
  readonly cols: number;
}

/** The four children of a plane: A low-pass along both axes, V high along x, H high along y, D high along both. */
export type Children = readonly [A: Plane, V: Plane, H: Plane, D: Plane];

type Axis = "y" | "x";

/**
 * The wavelet packet transform: every plane splits into four children at each of `level` levels.
 *
 * @returns the 4^level sub-bands in natural order, as `subBandPaths(level)` names them
 * @see the paper's definitions of the wavelet packet transform
 */
export function packetTransform(plane: Plane, level: number, wavelet: Wavelet): Plane[] {
  if (level === 0) return [plane];
  return split(plane, wavelet).flatMap((child) => packetTransform(child, level - 1, wavelet));
}

/** Undoes {@link packetTransform}: four neighbours merge into their parent until one plane is left. */
export function inversePacketTransform(subBands: readonly Plane[], wavelet: Wavelet): Plane {
  if (subBands.length === 1) return subBands[0] as Plane;
  const parents: Plane[] = [];
  for (let first = 0; first < subBands.length; first += 4) {
    parents.push(merge(subBands.slice(first, first + 4) as unknown as Children, wavelet));
  }
  return inversePacketTransform(parents, wavelet);
}

/** Filters a plane with all four pairs of filters, stride 2; an odd side counts one zero more at its end. */
export function split(plane: Plane, { analysis: { low, high } }: Wavelet): Children {
  const [lowY, highY] = [analyse(plane, low, "y"), analyse(plane, high, "y")];
  return [analyse(lowY, low, "x"), analyse(lowY, high, "x"), analyse(highY, low, "x"), analyse(highY, high, "x")];
}

/** The plane of twice the sides whose children these are, as far as the wavelet can tell. */
export function merge([a, v, h, d]: Children, { synthesis: { low, high } }: Wavelet): Plane {
  const lowY = add(synthesise(a, low, "x"), synthesise(v, high, "x"));
  const highY = add(synthesise(h, low, "x"), synthesise(d, high, "x"));
  return add(synthesise(lowY, low, "y"), synthesise(highY, high, "y"));
}

/** Cross-correlation along one axis, stride 2, with zeros outside the plane. */
function analyse(plane: Plane, taps: Float64Array, axis: Axis): Plane {
  const input = alongAxis(plane, axis);
  const result = emptyPlane(plane, axis, Math.ceil(input.length / 2));
  const output = alongAxis(result, axis);
  const overhang = Math.floor((taps.length - 1) / 2);
  for (let line = 0; line < input.lines; line++) {
    for (let at = 0; at < output.length; at++) {
      const start = 2 * at - overhang;
      let sum = 0;
      for (let tap = Math.max(0, -start); tap < taps.length && start + tap < input.length; tap++) {
        sum += (taps[tap] as number) * (plane.values[line * input.lineStep + (start + tap) * input.step] as number);
      }
      result.values[line * output.lineStep + at * output.step] = sum;
    }
  }
  return result;
}

/** The transpose of {@link analyse}, onto twice the length. */
function synthesise(plane: Plane, taps: Float64Array, axis: Axis): Plane {
  const input = alongAxis(plane, axis);
  const result = emptyPlane(plane, axis, 2 * input.length);
  const output = alongAxis(result, axis);
  const overhang = Math.floor((taps.length - 1) / 2);
  for (let line = 0; line < input.lines; line++) {
    for (let at = 0; at < input.length; at++) {
      const start = 2 * at - overhang;
      const value = plane.values[line * input.lineStep + at * input.step] as number;
      for (let tap = Math.max(0, -start); tap < taps.length && start + tap < output.length; tap++) {
        const place = line * output.lineStep + (start + tap) * output.step;
        result.values[place] = (result.values[place] as number) + (taps[tap] as number) * value;
      }
    }
  }
  return result;
}

interface Along {
  readonly lines: number;
  readonly length: number;
  readonly lineStep: number;
  readonly step: number;
}

function alongAxis({ rows, cols }: Plane, axis: Axis): Along {
  return axis === "y"
    ? { lines: cols, length: rows, lineStep: 1, step: cols }
    : { lines: rows, length: cols, lineStep: cols, step: 1 };
}

function emptyPlane(like: Plane, axis: Axis, length: number): Plane {
  const [rows, cols] = axis === "y" ? [length, like.cols] : [like.rows, length];
  return { values: new Float64Array(rows * cols), rows, cols };
}

function add(one: Plane, other: Plane): Plane {
  return { ...one, values: one.values.map((value, at) => value + (other.values[at] as number)) };
}
