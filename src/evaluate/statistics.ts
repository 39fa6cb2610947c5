import { OptionError } from "../core/errors";
import { statistics } from "../core/packages";
import { checkConfidence, type Estimate } from "./bootstrap";

/** A statistic with the chance of one as large under no difference. */
export interface TestResult {
  readonly statistic: number;
  readonly p: number;
}

/**
 * The mean of repeated runs with Student's t interval, n - 1 degrees of freedom (the paper's 6 repeats: 5). It tells how
 * much the training's chance moves a number, not how much other patients would.
 *
 * @param confidence - between 0 and 1, default 0.95
 * @throws OptionError for fewer than two values, or when `confidence` is out of its range
 */
export function overRepeats(values: readonly number[], confidence = 0.95): Estimate {
  checkConfidence("evaluate.overRepeats", confidence);
  const count = values.length;
  if (count < 2) {
    throw new OptionError({ where: "evaluate.overRepeats", required: "at least two values", got: String(count) });
  }
  const value = values.reduce((sum, each) => sum + each, 0) / count;
  const variance = values.reduce((sum, each) => sum + (each - value) ** 2, 0) / (count - 1);
  const half = statistics().studentQuantile((1 + confidence) / 2, count - 1) * Math.sqrt(variance / count);
  return { value, low: value - half, high: value + half };
}

/**
 * The Kruskal-Wallis test that groups of values come from one distribution, corrected for ties; the paper's test
 * between settings.
 *
 * @throws OptionError for fewer than two groups or an empty one
 */
export function kruskalWallis(groups: readonly (readonly number[])[]): TestResult {
  if (groups.length < 2 || groups.some((group) => group.length === 0)) {
    const got = `groups of ${groups.map((group) => group.length).join(", ") || "nothing"}`;
    throw new OptionError({ where: "evaluate.kruskalWallis", required: "at least two groups with values", got });
  }
  const names = groups.flatMap((group, index) => group.map(() => index));
  const { statistic, pValue } = statistics().kruskalTest(groups.flat(), { groups: names });
  return { statistic, p: pValue };
}

/**
 * The two-sample Kolmogorov-Smirnov statistic: the largest distance of the two distribution functions, 0 to 1.
 *
 * @throws OptionError when one of the two has no values
 */
export function kolmogorovSmirnov(first: ArrayLike<number>, second: ArrayLike<number>): number {
  if (first.length === 0 || second.length === 0) {
    const got = `${first.length} and ${second.length}`;
    throw new OptionError({ where: "evaluate.kolmogorovSmirnov", required: "two samples with values", got });
  }
  const [a, b] = [Float64Array.from(first).sort(), Float64Array.from(second).sort()];
  let [i, j, widest] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] as number, b[j] as number);
    while (i < a.length && (a[i] as number) <= value) i++;
    while (j < b.length && (b[j] as number) <= value) j++;
    widest = Math.max(widest, Math.abs(i / a.length - j / b.length));
  }
  return widest;
}

/**
 * Holm's (1979) adjustment of p-values for asking several questions at once; same order.
 *
 * @param values - each in 0..1
 * @throws OptionError for a value that is not
 */
export function holm(values: readonly number[]): number[] {
  const bad = values.find((value) => !(value >= 0 && value <= 1));
  if (bad !== undefined) {
    throw new OptionError({ where: "evaluate.holm", required: "p-values in 0..1", got: String(bad) });
  }
  const order = Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number));
  const adjusted = new Array<number>(values.length);
  let highest = 0;
  order.forEach((at, rank) => {
    highest = Math.max(highest, Math.min(1, (values[at] as number) * (values.length - rank)));
    adjusted[at] = highest;
  });
  return adjusted;
}
