/** Two clusters joined. */
export interface Cluster {
  /** What is joined: a point by its number, or the k-th join as the number of points plus k. */
  readonly parts: readonly [number, number];
  /** The points in it, so ordered that the brackets of a dendrogram do not cross. */
  readonly leaves: readonly number[];
  /** The distance of its parts. */
  readonly height: number;
}

/**
 * Hierarchical clustering by Ward's (1963) criterion: the two clusters whose joining adds least to the squared distances
 * from the means come first. Heights are as in scipy's `linkage(points, "ward")`: between single points the Euclidean
 * distance.
 *
 * @param points - `[point][coordinate]`, at least two
 * @returns the joins in their order, one fewer than points
 */
export function ward(points: readonly (readonly number[])[]): Cluster[] {
  const open = points.map((mean, at): Open => ({ id: at, mean, leaves: [at] }));
  const joined: Cluster[] = [];
  while (open.length > 1) {
    const [i, j, height] = nearest(open);
    const [a, b] = [open[i] as Open, open[j] as Open];
    const leaves = [...a.leaves, ...b.leaves];
    joined.push({ parts: [a.id, b.id], leaves, height });
    const share = b.leaves.length / leaves.length;
    const mean = a.mean.map((value, at) => value + share * ((b.mean[at] as number) - value));
    open.splice(j, 1);
    open.splice(i, 1);
    open.push({ id: points.length + joined.length - 1, mean, leaves });
  }
  return joined;
}

interface Open {
  readonly id: number;
  readonly mean: readonly number[];
  readonly leaves: readonly number[];
}

function nearest(open: readonly Open[]): readonly [first: number, second: number, height: number] {
  let best: readonly [number, number, number] = [0, 1, Infinity];
  for (let j = 1; j < open.length; j++) {
    for (let i = 0; i < j; i++) {
      const height = distance(open[i] as Open, open[j] as Open);
      if (height < best[2]) best = [i, j, height];
    }
  }
  return best;
}

function distance(a: Open, b: Open): number {
  const squared = a.mean.reduce((sum, value, at) => sum + (value - (b.mean[at] as number)) ** 2, 0);
  const [n, m] = [a.leaves.length, b.leaves.length];
  return Math.sqrt(((2 * n * m) / (n + m)) * squared);
}
