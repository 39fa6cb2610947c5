import { OptionError } from "../../core/errors";
import { type CompressSettings, type ImageShape, patchLayout, type Pooling } from "../settings";
import { waveletFilters } from "../wavelets";

/** How far an embedding can move when a few pixels of its image do. */
export interface Sensitivity {
  /** The sum of absolute differences. */
  readonly l1: number;
  /** The square of the Euclidean distance. */
  readonly l2Squared: number;
}

/** Poolings that move by no more than the absolute changes of their coefficients add up to. */
const bounded: readonly Pooling[] = ["l1", "sum", "max", "min", "median"];

/**
 * How much the embedding of an image in 0..1 can change when at most m = `pixels` of its pixels do, each in all of its
 * c channels; k poolings, n coefficients a patch.
 *
 * **l1: k m c 2^J.** One level along one axis takes a number x to lo x and hi x, each at one place, since the two taps
 * of neighbouring Haar outputs do not overlap. So after J levels along both axes one pixel reaches exactly one
 * coefficient of each of the 4^J sub-bands, with a factor of size 2^-J. A change of at most 1 moves all coefficients
 * together by at most 4^J 2^-J = 2^J. Pooling by `l1` or `sum` moves by at most the sum of its coefficients' changes, by
 * `max`, `min` or `median` by at most the largest of them. Pixels, channels and poolings add up by the triangle
 * inequality. One pixel that goes from 0 to 1 in a black image reaches the bound for `l1` and `sum`.
 *
 * **l2: sqrt(k) min(m c, sqrt(n m c)).** One pixel moves 4^J numbers by at most 2^-J each, a Euclidean distance of 1;
 * pixels and channels add up: m c. Or: Haar is orthonormal, so all coefficients together move by at most sqrt(m c), and
 * a sum over n of them by at most sqrt(n) times its share (Cauchy and Schwarz): sqrt(n m c). Each of k poolings adds its
 * square.
 *
 * Padding only adds zeros, which do not move. `l2` moves with the brightness of the image, `sum_pos` and `sum_neg` jump
 * at their threshold: no bound is stated for them.
 *
 * @throws OptionError for wavelets and poolings without a bound
 */
export function sensitivity(settings: CompressSettings, imageShape: ImageShape, pixels: number): Sensitivity {
  const { level, wavelet, pooling } = settings;
  const haar = waveletFilters(wavelet).analysis.low.length === 2;
  if (!haar || !pooling.every((name) => bounded.includes(name))) {
    throw new OptionError({
      where: "noise",
      required: `wavelet haar with poolings of ${bounded.join(", ")}, whose sensitivity is known`,
      got: `${wavelet} with ${pooling.join(", ")}`,
    });
  }
  const { patch } = patchLayout(settings, imageShape);
  const changed = pixels * imageShape[0];
  return {
    l1: pooling.length * changed * 2 ** level,
    l2Squared: pooling.length * Math.min(changed ** 2, patch[0] * patch[1] * changed),
  };
}
