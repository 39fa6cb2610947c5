import type { Embedding } from "../compress/embedding";
import type { CompressSettings } from "../compress/settings";
import { DataError, OptionError } from "../core/errors";
import { showAs, type Shown } from "../display/show";
import type { Guarantee } from "./guarantee";
import { discreteLaplace, drawIntegers } from "./discreteLaplace";

/** Options of `addNoise`. */
export interface NoiseOptions {
  /** The guarantee for one image: smaller is a stronger guarantee and noisier. */
  readonly epsilon: number;
  /** Images that differ in at most so many pixels are to look alike; default 1. */
  readonly pixels?: number;
  /** For tests only: repeatable noise, and with it no guarantee. */
  readonly testSeed?: number;
}

/** An embedding with noise. */
export interface NoisyEmbedding extends Embedding {
  readonly guarantee: Guarantee;
}

const where = "addNoise";
const epsilonUnits = 1000; // epsilon is kept as a whole number of thousandths, rounded down
const brightest = 255;

/**
 * How much the embedding of an image in 0..1 can change, as the sum of absolute differences, when at most `pixels` of
 * its pixels do: pixels x channels x 2^J for Haar wavelets and `l1` pooling.
 *
 * Proof. Haar filters of neighbouring outputs do not overlap, so at every level a pixel reaches one coefficient of each
 * sub-band: 4^J coefficients after J levels, each with factor 2^-J (every level multiplies by 1/sqrt(2) twice). A
 * change of at most 1 thus changes their absolute values by at most 4^J 2^-J = 2^J in all. Pooling adds absolute
 * values, and no sum changes by more than its parts. Several pixels and channels add up by the triangle inequality. A
 * pixel that changes from 0 to 1 in a black image reaches the bound.
 *
 * @throws OptionError for other wavelets and poolings, for which no bound is derived
 */
export function sensitivity({ level, wavelet, pooling }: CompressSettings, channels: number, pixels: number): number {
  const haar = wavelet === "haar" || wavelet === "db1";
  if (haar && pooling.length === 1 && pooling[0] === "l1") return pixels * channels * 2 ** level;
  const got = `${wavelet} with ${pooling.join(", ")}`;
  throw new OptionError({ where, required: "haar with l1 pooling, whose sensitivity is known", got });
}

/**
 * Adds discrete Laplace noise to the embedding of 8-bit images, so that images which differ in at most `pixels` pixels
 * give almost the same release: epsilon-differential privacy. The embedding of 8-bit images is a whole multiple of
 * 1 / (255 x 2^J); the noise is drawn on these whole numbers, exactly, by the system's cryptographic generator.
 *
 * What is promised is for a few pixels, not for a person: at `pixels` 1, whole-image features stay visible. How much,
 * `evaluate.linkage` and `evaluate.reconstructionAttack` measure.
 *
 * @throws OptionError when epsilon or pixels is out of range, or the settings have no known sensitivity
 * @throws DataError when the embedding is not that of 8-bit images, or its sums are too large to be exact in float32
 */
export function addNoise(
  embedding: Embedding,
  { epsilon, pixels = 1, testSeed }: NoiseOptions,
): NoisyEmbedding & Shown {
  check(epsilon, pixels);
  const { settings, imageShape } = embedding;
  const unit = brightest * 2 ** settings.level;
  const most = sensitivity(settings, imageShape[0], pixels) * unit;
  const rate = Math.floor(epsilon * epsilonUnits);
  const draw = drawIntegers(testSeed);
  const values = embedding.values.map((value, at) => {
    const whole = wholeOf(value * unit, embedding, at);
    return (whole + discreteLaplace(most * epsilonUnits, rate, draw)) / unit;
  });
  const noisy: NoisyEmbedding = { ...embedding, values, guarantee: promise(rate / epsilonUnits, pixels, testSeed) };
  const words = `Embedding of ${embedding.ids.length} images [${embedding.shape.join(", ")}] with noise: ${noisy.guarantee.words}`;
  return showAs(noisy, { summary: () => words, view: () => ({ kind: "note", text: words }) });
}

function wholeOf(value: number, { ids, values }: Embedding, at: number): number {
  const whole = Math.round(value);
  const exact = 2 ** 22; // below it float32 is finer than a quarter of a unit
  if (Math.abs(whole) <= exact && Math.abs(value - whole) <= 0.26) return whole;
  const image = ids[Math.floor((at * ids.length) / values.length)];
  throw new DataError({
    where,
    required: "the embedding of 8-bit images with sums that float32 holds exactly",
    got: `${value} units in image "${image}"`,
    remedy: "compress Uint8 images, with a finer patch grid where sums are too large",
  });
}

function check(epsilon: number, pixels: number): void {
  if (!(epsilon >= 1 / epsilonUnits && epsilon <= 1000)) {
    throw new OptionError({ where, required: "epsilon from 0.001 to 1000", got: String(epsilon) });
  }
  // The largest whole number that the system's generator draws at once is 2^48.
  if (!Number.isInteger(pixels) || pixels < 1 || pixels > 1000) {
    throw new OptionError({ where, required: "pixels a whole number from 1 to 1000", got: String(pixels) });
  }
}

function promise(epsilon: number, pixels: number, testSeed: number | undefined): Guarantee {
  if (testSeed !== undefined) return { kind: "none", words: "no guarantee: the noise came from a test seed" };
  const words =
    `an image that differs in at most ${pixels} ${pixels === 1 ? "pixel" : "pixels"} gives any release with a chance that ` +
    `differs by at most a factor exp(${epsilon}); what more pixels show together is not covered`;
  return { kind: "differential privacy", epsilon, words };
}
