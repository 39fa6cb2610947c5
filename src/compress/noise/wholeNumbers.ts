import { DataError } from "../../core/errors";
import type { Images } from "../../core/images";
import { compressImage } from "../definition";
import { plainImage } from "../images";
import { computesInIntegers } from "../kernel-choice";
import { type CompressSettings, type ImageShape, patchLayout } from "../settings";

// Noise is added to whole numbers: what a Haar embedding of 8-bit images with the poolings of `sensitivity` is in units of
// 1 / (255 2^J), since J levels add and subtract pixels and scale the outcome by 2^-J. Rounding finds them where the error
// of a computation is proven to be below half a unit; below, n coefficients a patch, N <= 255 n 4^J units the largest sum.
//
// **float32, by the integer kernel, N < 2^22.** The kernel adds up in 32-bit integers and converts the sum, exact below 2^24,
// to float32. It multiplies by 2^-J / 255 in float32, with one rounding in the constant and one in the product: a relative
// error of at most (1 + 2^-24)^2 - 1, of at most (2^22 - 1) (2^-23 + 2^-48) < 1/2 unit.
//
// **float64, by the definition, (6 J + 2 + n) N < 2^51.** With u = 2^-53, a pixel over 255 has one rounding; each of 2 J
// filterings by two taps rounds the tap, the products and their sum; a patch n - 1 sums; the unit once. All magnitudes taken
// together are at most N, so the error is at most 1.01 (6 J + 2 + n) u N < 1/2 unit.

const float32Units = 2 ** 22;
const float64Units = 2 ** 51;
const brightest = 255;

/** Whether the whole numbers follow from what {@link compress} gives for 8-bit images, whatever these show. */
export function float32Holds(settings: CompressSettings, imageShape: ImageShape): boolean {
  return (
    computesInIntegers(settings, imageShape, "uint8") &&
    brightest * 4 ** settings.level * patchArea(settings, imageShape) < float32Units
  );
}

/** Whole numbers of units from the float32 values of one image, where {@link float32Holds}. */
export function roundFloat32(values: Float32Array, unit: number, id: string): Float64Array {
  return Float64Array.from(values, (value) => {
    const whole = Math.round(value * unit);
    if (Math.abs(value * unit - whole) <= whole * 2 ** -22.9) return whole; // a little above 2^-23
    throw new DataError({
      where: "noise",
      required: "the embedding of 8-bit images",
      got: `${value * unit} units of 1 / ${unit} in image "${id}"`,
      remedy: "compress Uint8 images",
    });
  });
}

/**
 * Whole numbers of units of one 8-bit image, at any settings with a known sensitivity.
 *
 * @throws DataError when pixels are not 8-bit, or patches so large that double precision does not hold their sums
 */
export function wholeNumbers(images: Images, image: number, settings: CompressSettings, unit: number): Float64Array {
  const plain = plainImage(images, image);
  const area = patchArea(settings, plain.shape);
  const refuse = (required: string, got: string, remedy: string): never => {
    throw new DataError({ where: "noise", required, got: `${got} in image "${images.ids[image]}"`, remedy });
  };
  if (!(images.pixels instanceof Uint8Array)) refuse("8-bit pixels", images.pixels.constructor.name, "use Uint8Array");
  if ((6 * settings.level + 2 + area) * brightest * 4 ** settings.level * area >= float64Units) {
    refuse("patches whose sums are exact", `${area} coefficients a patch`, "use a finer patch grid");
  }
  return compressImage(plain, settings).map((value) => Math.round(value * unit));
}

function patchArea(settings: CompressSettings, imageShape: ImageShape): number {
  const { patch } = patchLayout(settings, imageShape);
  return patch[0] * patch[1];
}
