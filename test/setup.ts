import fc from "fast-check";
import { expect } from "vitest";

// The same cases each time decide whether a change lands; `npm run test:full` looks for new ones.
if (process.env["DEEPFIXCX_TEST_FULL"] !== "1") fc.configureGlobal({ seed: 1 });

interface Tolerance {
  /** Allowed difference as a share of the largest expected value. */
  readonly rtol?: number;
  /** Allowed absolute difference. */
  readonly atol?: number;
}

interface Worst {
  readonly index: number;
  readonly difference: number;
}

function worstOf(actual: ArrayLike<number>, expected: ArrayLike<number>): Worst {
  let worst: Worst = { index: -1, difference: 0 };
  for (let index = 0; index < expected.length; index++) {
    const [a, e] = [actual[index] as number, expected[index] as number];
    const difference = Object.is(a, e) ? 0 : Math.abs(a - e);
    if (!(difference <= worst.difference))
      worst = { index, difference: Number.isNaN(difference) ? Infinity : difference };
  }
  return worst;
}

expect.extend({
  /** Compares arrays number by number; `rtol` is relative to the largest expected value, as the project states its errors. */
  toBeAllclose(actual: ArrayLike<number>, expected: ArrayLike<number>, { rtol = 0, atol = 0 }: Tolerance = {}) {
    const largest = Array.from(expected).reduce((high, value) => Math.max(high, Math.abs(value) || 0), 0);
    const allowed = atol + rtol * largest;
    const sameLength = actual.length === expected.length;
    const { index, difference } = worstOf(actual, expected);
    return {
      pass: sameLength && difference <= allowed,
      message: () =>
        sameLength
          ? `worst at ${index}: ${actual[index]} against ${expected[index]}, difference ${difference}, allowed ${allowed}`
          : `length ${actual.length} against ${expected.length}`,
    };
  },
});

declare module "vitest" {
  // The parameter must repeat vitest's own declaration to merge with it.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars, @typescript-eslint/no-explicit-any
  interface Matchers<T = any> {
    toBeAllclose(expected: ArrayLike<number>, tolerance?: Tolerance): void;
  }
}
