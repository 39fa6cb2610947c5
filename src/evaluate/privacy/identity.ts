import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { Groups } from "../../data/labels";

/**
 * Features with the directions taken out along which patients differ most: the strongest of the covariance between
 * patients, relative to that within them. Learned on each half of the patients and taken out of the other.
 *
 * @param values - `[image, feature]`
 * @param halves - rows of the two halves of the patients
 */
export function removeIdentity(
  values: Float32Array,
  ids: readonly string[],
  groups: Groups,
  halves: readonly [readonly number[], readonly number[]],
  count: number,
): Float32Array {
  const size = values.length / ids.length;
  const result = Float32Array.from(values);
  for (const [own, other] of [halves, [halves[1], halves[0]]] as const) {
    const { mean, spread } = standard(values, size, other);
    const row = (at: number): Float64Array =>
      Float64Array.from(
        { length: size },
        (_, i) => ((values[at * size + i] as number) - (mean[i] as number)) / (spread[i] as number),
      );
    const patients = other.map((at) => groups[ids[at] as string] as string);
    const directions = identityDirections(other.map(row), patients, Math.min(count, size - 1));
    for (const at of own) {
      const vector = row(at);
      for (const direction of directions) {
        const along = vector.reduce((sum, value, i) => sum + value * (direction[i] as number), 0);
        direction.forEach((value, i) => ((vector[i] as number) -= along * value));
      }
      result.set(vector, at * size);
    }
  }
  return result;
}

/** Orthonormal, strongest first: eigenvectors of the covariance between patients over that within. */
function identityDirections(rows: readonly Float64Array[], patients: readonly string[], count: number): Float64Array[] {
  const within = Matrix.zeros(rows[0]?.length ?? 0, rows[0]?.length ?? 0);
  const between = within.clone();
  for (const patient of new Set(patients)) {
    const members = rows.filter((_, at) => patients[at] === patient);
    const centre = members
      .reduce((sum, each) => sum.map((value, i) => value + (each[i] as number)), new Float64Array(within.rows))
      .map((value) => value / members.length);
    addSquare(between, centre, members.length / rows.length);
    if (members.length < 2) continue;
    for (const member of members)
      addSquare(
        within,
        member.map((value, i) => value - (centre[i] as number)),
        1 / rows.length,
      );
  }
  const trace = within.trace() / within.rows;
  for (let i = 0; i < within.rows; i++) within.set(i, i, within.get(i, i) + 0.1 * trace + 1e-9);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(within, { assumeSymmetric: true });
  const white = eigenvectorMatrix.mmul(Matrix.diag(realEigenvalues.map((value) => 1 / Math.sqrt(value))));
  const found = new EigenvalueDecomposition(white.transpose().mmul(between).mmul(white), { assumeSymmetric: true });
  const order = found.realEigenvalues.map((value, at) => [value, at] as const).sort((a, b) => b[0] - a[0]);
  const chosen = order
    .slice(0, count)
    .map(([, at]) => white.mmul(found.eigenvectorMatrix.getColumnVector(at)).to1DArray());
  return orthonormal(chosen.map((vector) => Float64Array.from(vector)));
}

function addSquare(matrix: Matrix, vector: Float64Array, weight: number): void {
  vector.forEach((a, i) => {
    vector.forEach((b, j) => matrix.set(i, j, matrix.get(i, j) + weight * a * b));
  });
}

/** Gram and Schmidt. */
function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const kept: Float64Array[] = [];
  for (const vector of vectors) {
    const rest = Float64Array.from(vector);
    for (const direction of kept) {
      const along = rest.reduce((sum, value, i) => sum + value * (direction[i] as number), 0);
      direction.forEach((value, i) => ((rest[i] as number) -= along * value));
    }
    const length = Math.hypot(...rest);
    if (length > 1e-9) kept.push(rest.map((value) => value / length));
  }
  return kept;
}

function standard(
  values: Float32Array,
  size: number,
  rows: readonly number[],
): { mean: Float64Array; spread: Float64Array } {
  const [mean, spread] = [new Float64Array(size), new Float64Array(size)];
  for (const row of rows)
    for (let i = 0; i < size; i++) (mean[i] as number) += (values[row * size + i] as number) / rows.length;
  for (const row of rows) {
    for (let i = 0; i < size; i++)
      (spread[i] as number) += ((values[row * size + i] as number) - (mean[i] as number)) ** 2 / rows.length;
  }
  return { mean, spread: spread.map((value) => Math.sqrt(value) || 1) };
}
