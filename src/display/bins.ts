/** Counts of several rows of numbers in equal bins that they share. */
export interface Binned {
  /** One more than there are bins. */
  readonly edges: readonly number[];
  /** `[row, bin]` */
  readonly counts: readonly (readonly number[])[];
  /** How many values were left out, since they are not finite. */
  readonly left: number;
}

/** Counts every row in the same `bins` bins between the smallest and the largest of all; the last bin includes its end. */
export function binned(rows: readonly ArrayLike<number>[], bins: number): Binned {
  const finite = rows.map((row) => Array.from(row).filter(Number.isFinite));
  const all = finite.flat();
  const low = all.reduce((least, value) => Math.min(least, value), Infinity);
  const high = all.reduce((most, value) => Math.max(most, value), -Infinity);
  // Divided before subtracting: the difference of two finite numbers can be too large for one, and its part too small.
  const share = high / bins - low / bins;
  const [start, width] = all.length === 0 ? [0, 1 / bins] : share > 0 ? [low, share] : [low - 0.5, 1 / bins];
  const counts = finite.map((row) => {
    const count = new Array<number>(bins).fill(0);
    for (const value of row) {
      const bin = Math.min(Math.floor((value - start) / width), bins - 1);
      count[bin] = (count[bin] ?? 0) + 1;
    }
    return count;
  });
  const edges = Array.from({ length: bins + 1 }, (_, index) => start + index * width);
  return { edges, counts, left: rows.reduce((sum, row) => sum + row.length, 0) - all.length };
}
