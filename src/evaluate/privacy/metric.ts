import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { rocAuc } from "../../core/roc";
import type { FeatureTable } from "../../train/features";

/** A way of comparing images that was learned from patients with several of them. */
export interface LearnedMetric {
  /** The vector of a row, of length 1: images of one patient lie close together. */
  project(table: FeatureTable, row: number): Float64Array;
}

/** How a metric is learned. */
export interface MetricOptions {
  /**
   * Principal directions kept, or fewer where there are not so many images. Default: of 10, 20, 40, 60, 80 and 120 the
   * number with the best verification AUC when the attacker leaves out each third of the own patients in turn; patients
   * under attack have no part in the choice.
   */
  readonly directions?: number;
  /** How far the within-patient covariance is drawn towards that of all images, 0 to 1; default 0.1. */
  readonly shrinkage?: number;
}

const candidates = [10, 20, 40, 60, 80, 120];
const innerFolds = 3;

/**
 * Learns which differences between images do not tell patients apart: features on a logarithmic scale, standardised and
 * whitened by their principal directions, then whitened again by the covariance within patients (within-class
 * covariance normalisation, Hatch et al. 2006), and compared by angle. An attacker needs some patients with several
 * images for this, none of them under attack.
 *
 * @param rows - the rows of `table` to learn from
 * @param groupOf - the patient of every row of `table`
 */
export function learnMetric(
  table: FeatureTable,
  rows: readonly number[],
  groupOf: Int32Array,
  { directions, shrinkage = 0.1 }: MetricOptions = {},
): LearnedMetric {
  const kept = directions ?? chooseDirections(table, rows, groupOf, shrinkage);
  const { white, turned } = whiten(table, rows, groupOf, shrinkage, kept);
  const turn = turned(kept);
  return { project: (from, row) => turn(white(from, row)) };
}

/** Each third of the attacker's patients is left out in turn; the best number of directions by the mean AUC wins. */
function chooseDirections(
  table: FeatureTable,
  rows: readonly number[],
  groupOf: Int32Array,
  shrinkage: number,
): number {
  const patients = [...new Set(rows.map((row) => groupOf[row] as number))];
  const foldOf = new Map(patients.map((patient, at) => [patient, at % innerFolds]));
  const sums = candidates.map(() => 0);
  for (let fold = 0; fold < innerFolds; fold++) {
    const inside = (row: number): boolean => foldOf.get(groupOf[row] as number) === fold;
    const left = rows.filter(inside);
    const kept = rows.filter((row) => !inside(row));
    const { white, turned } = whiten(table, kept, groupOf, shrinkage, Math.max(...candidates));
    const vectors = left.map((row) => white(table, row));
    const groups = left.map((row) => groupOf[row] as number);
    candidates.forEach((count, at) => {
      const auc = verificationAuc(vectors.map(turned(count)), groups);
      (sums[at] as number) += Number.isNaN(auc) ? 0.5 : auc;
    });
  }
  return candidates[sums.indexOf(Math.max(...sums))] as number;
}

/** How often a pair of one patient lies closer than a pair of two. */
function verificationAuc(vectors: readonly Float64Array[], patients: readonly number[]): number {
  const [scores, same] = [[] as number[], [] as number[]];
  vectors.forEach((a, i) => {
    for (let j = 0; j < i; j++) {
      scores.push(dot(a, vectors[j] as Float64Array)); // of length 1: the larger the product, the nearer
      same.push(patients[i] === patients[j] ? 1 : 0);
    }
  });
  return rocAuc(scores, same);
}

/** What all numbers of directions share: the principal ones are found once, strongest first. */
interface Whitened {
  /** A row along the principal directions, each of unit variance. */
  readonly white: (table: FeatureTable, row: number) => number[];
  /** From there to vectors of length 1, with so many of the directions. */
  readonly turned: (directions: number) => (white: readonly number[]) => Float64Array;
}

function whiten(
  table: FeatureTable,
  rows: readonly number[],
  groupOf: Int32Array,
  shrinkage: number,
  most: number,
): Whitened {
  const scale = standardise(table, rows);
  const data = rows.map((row) => scale(table, row));
  const axes = principalAxes(data, Math.min(most, Math.floor(rows.length / 4)));
  const along = (vector: Float64Array): number[] => axes.map((axis) => dot(axis, vector));
  const own = data.map(along);
  const groups = rows.map((row) => groupOf[row] as number);
  return {
    white: (from, row) => along(scale(from, row)),
    turned(directions) {
      const kept = own.map((vector) => vector.slice(0, directions));
      const { values, vectors } = symmetricEigen(withinCovariance(kept, groups, shrinkage));
      const turn = vectors.map((vector, at) => vector.map((value) => value / Math.sqrt(values[at] as number)));
      return (white) => {
        const result = Float64Array.from(turn, (direction) => dot(direction, white));
        const length = Math.sqrt(dot(result, result)) || 1;
        return result.map((value) => value / length);
      };
    },
  };
}

type Row = (table: FeatureTable, row: number) => Float64Array;

/** Signed logarithm, then zero mean and unit deviation over the learned rows. */
function standardise(table: FeatureTable, rows: readonly number[]): Row {
  const { features } = table;
  const logarithms: Row = (from, row) =>
    Float64Array.from(
      from.values.subarray(row * features, (row + 1) * features),
      (x) => Math.sign(x) * Math.log1p(Math.abs(x)),
    );
  const [sum, squares] = [new Float64Array(features), new Float64Array(features)];
  for (const row of rows) {
    logarithms(table, row).forEach((value, at) => {
      (sum[at] as number) += value;
      (squares[at] as number) += value * value;
    });
  }
  const mean = sum.map((value) => value / rows.length);
  const deviation = squares.map((value, at) => Math.sqrt(Math.max(0, value / rows.length - (mean[at] as number) ** 2)));
  return (from, row) =>
    logarithms(from, row).map((value, at) => {
      const spread = deviation[at] as number;
      return spread > 1e-9 ? (value - (mean[at] as number)) / spread : 0; // a feature that never changes tells nothing
    });
}

/** The strongest directions of centred rows, each scaled so that the rows have unit variance along it. */
function principalAxes(rows: readonly Float64Array[], count: number): Float64Array[] {
  const features = rows[0]?.length ?? 0;
  const byRows = rows.length < features;
  // The eigenvectors of the smaller of the two products give those of the other.
  const gram = byRows ? products(rows) : products(columnsOf(rows, features));
  const { values, vectors } = symmetricEigen(gram);
  const strongest = Array.from(values.keys()).sort((a, b) => (values[b] as number) - (values[a] as number));
  const largest = values[strongest[0] as number] as number;
  return strongest
    .slice(0, count)
    .filter((at) => (values[at] as number) > 1e-10 * largest)
    .map((at) => {
      const [value, vector] = [values[at] as number, vectors[at] as Float64Array];
      const direction = byRows ? combination(rows, vector, features).map((x) => x / Math.sqrt(value)) : vector;
      return direction.map((x) => x * Math.sqrt(rows.length / value));
    });
}

function columnsOf(rows: readonly Float64Array[], features: number): Float64Array[] {
  return Array.from({ length: features }, (_, at) => Float64Array.from(rows, (row) => row[at] as number));
}

function combination(rows: readonly Float64Array[], weights: Float64Array, features: number): Float64Array {
  const sum = new Float64Array(features);
  rows.forEach((row, index) => {
    const weight = weights[index] as number;
    for (let at = 0; at < features; at++) (sum[at] as number) += weight * (row[at] as number);
  });
  return sum;
}

function withinCovariance(vectors: readonly number[][], groups: readonly number[], shrinkage: number): number[][] {
  const size = vectors[0]?.length ?? 0;
  const covariance = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  let freedom = 0;
  for (const group of new Set(groups)) {
    const members = vectors.filter((_, at) => groups[at] === group);
    if (members.length < 2) continue;
    freedom += members.length - 1;
    const mean = members[0]?.map(
      (_, at) => members.reduce((sum, each) => sum + (each[at] as number), 0) / members.length,
    );
    for (const member of members) {
      const centred = member.map((value, at) => value - (mean?.[at] as number));
      covariance.forEach((row, i) =>
        centred.forEach((value, j) => ((row[j] as number) += (centred[i] as number) * value)),
      );
    }
  }
  const share = freedom === 0 ? 0 : (1 - shrinkage) / freedom;
  const toUnit = freedom === 0 ? 1 : shrinkage;
  return covariance.map((row, i) => row.map((value, j) => value * share + (i === j ? toUnit : 0)));
}

function products(rows: readonly Float64Array[]): number[][] {
  const gram = rows.map(() => new Array<number>(rows.length).fill(0));
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j <= i; j++) {
      const value = dot(rows[i] as Float64Array, rows[j] as Float64Array);
      (gram[i] as number[])[j] = (gram[j] as number[])[i] = value;
    }
  }
  return gram;
}

function symmetricEigen(matrix: number[][]): { values: number[]; vectors: Float64Array[] } {
  const found = new EigenvalueDecomposition(new Matrix(matrix), { assumeSymmetric: true });
  const values = found.realEigenvalues;
  return { values, vectors: values.map((_, at) => Float64Array.from(found.eigenvectorMatrix.getColumn(at))) };
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[at] as number);
  return sum;
}
