import { OptionError } from "../core/errors";
import { inBrief } from "../core/images";
import type { OptionNames } from "../core/options";
import { Random } from "../core/random";

/** A measured value with the interval in which it lies at the stated confidence; NaN where it is not defined. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** How intervals are made. */
export interface BootstrapOptions {
  /** Resamples; default 2,000. */
  readonly bootstraps?: number;
  /** Default 0: the same seed gives the same intervals. */
  readonly seed?: number;
  /** Share of resamples inside an interval, between 0 and 1; default 0.95. */
  readonly confidence?: number;
}

/** The names of the options of intervals. */
export const bootstrapNames: OptionNames<BootstrapOptions> = { bootstraps: true, seed: true, confidence: true };

/** Records sorted into the groups (patients) that a bootstrap draws whole. */
export interface Clusters {
  /** For every record the number of its group, from 0. */
  readonly groupOf: Int32Array;
  readonly count: number;
}

/** Gives every group name a number; without names every record is a group of its own. */
export function clustersOf(names: readonly string[]): Clusters {
  const numbers = new Map<string, number>();
  const groupOf = Int32Array.from(names, (name) => {
    if (!numbers.has(name)) numbers.set(name, numbers.size);
    return numbers.get(name) as number;
  });
  return { groupOf, count: numbers.size };
}

/**
 * Measures on the records, and on resamples that draw as many groups as there are, with replacement (the cluster
 * bootstrap of Davison and Hinkley 1997, section 3.8); intervals are the percentiles of the resamples.
 *
 * @param measure - several measures at once, given how often every record was drawn; NaN where a resample does not
 *   define one (one class missing), which is then left out of that measure's interval
 * @throws OptionError when `bootstraps`, `seed` or `confidence` is out of its range
 */
export function bootstrap(
  { groupOf, count }: Clusters,
  measure: (weights: Uint16Array) => readonly number[],
  { bootstraps = 2000, seed = 0, confidence = 0.95 }: BootstrapOptions = {},
): Estimate[] {
  if (!Number.isInteger(bootstraps) || bootstraps < 1) {
    const required = "bootstraps a whole number of at least 1";
    throw new OptionError({ where: "bootstrap", required, got: inBrief(bootstraps) });
  }
  checkConfidence("bootstrap", confidence);
  const random = new Random(seed).fork("bootstrap");
  const values = measure(new Uint16Array(groupOf.length).fill(1));
  const drawn = new Uint16Array(count);
  const weights = new Uint16Array(groupOf.length);
  const resampled = values.map(() => new Float64Array(bootstraps));
  for (let round = 0; round < bootstraps; round++) {
    drawn.fill(0);
    for (let draw = 0; draw < count; draw++) (drawn[random.integer(count)] as number)++;
    for (let at = 0; at < weights.length; at++) weights[at] = drawn[groupOf[at] as number] as number;
    measure(weights).forEach((value, index) => ((resampled[index] as Float64Array)[round] = value));
  }
  return values.map((value, index) => percentileInterval(value, resampled[index] as Float64Array, confidence));
}

/** @throws OptionError when `confidence` is not between 0 and 1 */
export function checkConfidence(where: string, confidence: number): void {
  if (Number.isFinite(confidence) && confidence > 0 && confidence < 1) return;
  throw new OptionError({ where, required: "confidence between 0 and 1, such as 0.95", got: inBrief(confidence) });
}

/** The middle share of resampled values, NaN left out. */
export function percentileInterval(value: number, resampled: Float64Array, confidence: number): Estimate {
  const sorted = resampled.filter((each) => !Number.isNaN(each)).sort();
  const outside = (1 - confidence) / 2;
  return { value, low: quantile(sorted, outside), high: quantile(sorted, 1 - outside) };
}

/** A quantile of sorted values, between neighbours by straight line (Hyndman and Fan 1996, type 7); NaN of none. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return NaN;
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (position - below);
}
