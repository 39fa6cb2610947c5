import { OptionError } from "../../core/errors";
import { type Images, inBrief } from "../../core/images";
import { checkOptions } from "../../core/options";
import type { CompressSettings, ImageShape } from "../settings";
import { gaussianVariance } from "./calibrate";
import { discreteGaussian } from "./discreteGaussian";
import { discreteLaplace, drawIntegers } from "./discreteLaplace";
import { type Guarantee, seededNoise } from "./guarantee";
import { sensitivity } from "./sensitivity";
import { float32Holds, roundFloat32, wholeNumbers } from "./wholeNumbers";

/** Options of `addNoise`, and of `compress` as `noise`. */
export interface NoiseOptions {
  /**
   * - `"laplace"` (default): discrete Laplace noise, a promise without exceptions
   * - `"gaussian"`: discrete Gaussian noise, less of it where many numbers change a little, with a small `delta`
   */
  readonly mechanism?: "laplace" | "gaussian";
  /** The guarantee for one image: smaller is a stronger guarantee and noisier. */
  readonly epsilon: number;
  /** For Gaussian noise, and only then: the chance that the promise may fail, between 0 and 0.1; for instance 1e-6. */
  readonly delta?: number;
  /** Images that differ in at most so many pixels are to look alike; default 1. */
  readonly pixels?: number;
  /** For tests only: repeatable noise, and with it no guarantee. */
  readonly testSeed?: number;
}

/** Noise ready to be added to embeddings of one kind. */
export interface NoisePlan {
  readonly guarantee: Guarantee;
  /**
   * Adds noise in place.
   *
   * @param values - what `compress` gave for `images`
   * @throws DataError when images are not 8-bit, or patches too large for exact sums
   */
  apply(values: Float32Array, images: Images): void;
  /**
   * Adds noise in place where no images are at hand.
   *
   * @throws DataError when values are not those of 8-bit images
   * @throws OptionError when float32 does not hold the sums at these settings
   */
  applyToValues(values: Float32Array, ids: readonly string[]): void;
}

const where = "noise";
const epsilonUnits = 1000; // epsilon is kept as a whole number of thousandths, rounded down
const brightest = 255;

/** Checks the options and calibrates the noise. */
export function planNoise(settings: CompressSettings, imageShape: ImageShape, options: NoiseOptions): NoisePlan {
  const { mechanism, epsilon, delta, pixels, testSeed } = checked(options);
  const { l1, l2Squared } = sensitivity(settings, imageShape, pixels);
  const unit = brightest * 2 ** settings.level;
  const rate = Math.floor(epsilon * epsilonUnits);
  const draw = drawIntegers(testSeed);
  const variance = mechanism === "gaussian" ? gaussianVariance(l2Squared * unit ** 2, rate / epsilonUnits, delta) : 0;
  const noise = (): number =>
    mechanism === "gaussian" ? discreteGaussian(variance, draw) : discreteLaplace(l1 * unit * epsilonUnits, rate, draw);
  const exact = float32Holds(settings, imageShape);
  const addTo = (
    values: Float32Array,
    ids: readonly string[],
    wholes: (own: Float32Array, at: number) => Float64Array,
  ): void => {
    const size = values.length / ids.length;
    ids.forEach((_, image) => {
      const own = values.subarray(image * size, (image + 1) * size);
      own.set(wholes(own, image).map((whole) => (whole + noise()) / unit));
    });
  };
  return {
    guarantee: testSeed === undefined ? promise(rate / epsilonUnits, delta, pixels) : seededNoise,
    apply(values, images) {
      const { ids } = images;
      addTo(values, ids, (own, at) =>
        exact && images.pixels instanceof Uint8Array
          ? roundFloat32(own, unit, ids[at] as string)
          : wholeNumbers(images, at, settings, unit),
      );
    },
    applyToValues(values, ids) {
      if (!exact) throw tooCoarse(settings);
      addTo(values, ids, (own, at) => roundFloat32(own, unit, ids[at] as string));
    },
  };
}

function tooCoarse({ patchGrid, pooling }: CompressSettings): OptionError {
  return new OptionError({
    where,
    required: "pooling l1 with patches so small that float32 holds their sums exactly",
    got: `${pooling.join(" + ")} on a patch grid of ${patchGrid.join("x")}`,
    remedy: "compress the images with this noise, which goes back to their pixels",
  });
}

type Checked = Required<Omit<NoiseOptions, "testSeed">> & Pick<NoiseOptions, "testSeed">;

function checked(options: NoiseOptions): Checked {
  checkOptions(where, options, { mechanism: true, epsilon: true, delta: true, pixels: true, testSeed: true });
  const { mechanism = "laplace", epsilon, delta, pixels = 1, testSeed } = options;
  const refuse = (required: string, got: unknown): never => {
    throw new OptionError({ where, required, got: inBrief(got) });
  };
  if (mechanism !== "laplace" && mechanism !== "gaussian") refuse('mechanism "laplace" or "gaussian"', mechanism);
  if (!(Number.isFinite(epsilon) && epsilon >= 1 / epsilonUnits && epsilon <= 1000))
    refuse("epsilon from 0.001 to 1000", epsilon);
  // The largest whole number that the system's generator draws at once is 2^48.
  if (!Number.isInteger(pixels) || pixels < 1 || pixels > 1000) refuse("pixels a whole number from 1 to 1000", pixels);
  if (mechanism === "laplace" && delta !== undefined) refuse("delta only with Gaussian noise", delta);
  if (mechanism === "gaussian" && !(typeof delta === "number" && delta > 0 && delta <= 0.1)) {
    refuse("delta above 0 and at most 0.1 with Gaussian noise, for instance 1e-6", delta);
  }
  return { mechanism, epsilon, delta: delta ?? 0, pixels, ...(testSeed === undefined ? {} : { testSeed }) };
}

function promise(epsilon: number, delta: number, pixels: number): Guarantee {
  const exception = delta === 0 ? "" : `, but for a chance of ${delta}`;
  const words =
    `an image that differs in at most ${pixels} ${pixels === 1 ? "pixel" : "pixels"} gives any release with a chance that ` +
    `differs by at most a factor exp(${epsilon})${exception}; what more pixels show together is not covered, and each ` +
    "release of the same image costs as much again";
  return { kind: "differential privacy", epsilon, delta, words };
}
