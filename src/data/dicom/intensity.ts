import { DataError } from "../../core/errors";
import type { Decoded } from "../centre";
import type { Intensity } from "../readSettings";
import { type DicomImage, numbersOf } from "./header";
import type { Samples } from "./samples";

/** Where black and white are, and how values between them become grey. */
interface Scale {
  readonly low: number;
  readonly high: number;
  readonly curve: "linear" | "sigmoid";
}

/** Stored values as pixels: rescaled, cut to a range, and inverted where the file says that its lowest value is white. */
export function pixelsOf(image: DicomImage, { values, channels, bits }: Samples, intensity: Intensity): Decoded {
  const shape = [channels, image.rows, image.cols] as const;
  const { pixels, most } = empty(values.length, bits);
  if (channels === 3) {
    const factor = most / (2 ** bits - 1);
    for (let at = 0; at < values.length; at++) pixels[at] = Math.round((values[at] as number) * factor);
    return { pixels, shape };
  }
  const [slope, intercept] = rescaleOf(image);
  const scale = scaleOf(image, { values, channels, bits }, intensity, slope, intercept);
  const inverted = image.photometric === "MONOCHROME1";
  for (let at = 0; at < values.length; at++) {
    const share = shareOf((values[at] as number) * slope + intercept, scale);
    pixels[at] = Math.floor((inverted ? 1 - share : share) * most + 0.5);
  }
  return { pixels, shape };
}

/** 8 bits where the file stores no more. */
function empty(length: number, bits: number): { pixels: Uint8Array | Uint16Array; most: number } {
  return bits <= 8 ? { pixels: new Uint8Array(length), most: 255 } : { pixels: new Uint16Array(length), most: 65535 };
}

function shareOf(value: number, { low, high, curve }: Scale): number {
  if (curve === "sigmoid") return 1 / (1 + Math.exp((-4 * (value - (low + high) / 2)) / (high - low)));
  if (value <= low) return 0;
  return value >= high ? 1 : (value - low) / (high - low);
}

function rescaleOf({ file, dataSet }: DicomImage): readonly [slope: number, intercept: number] {
  const fail = (required: string, got: string): never => {
    throw new DataError({ where: "readImages", file, required, got });
  };
  if (dataSet.elements["x00283000"] !== undefined) fail("a linear rescale", "a modality lookup table");
  const [slope = 1] = numbersOf(dataSet, "x00281053");
  const [intercept = 0] = numbersOf(dataSet, "x00281052");
  if (!Number.isFinite(slope) || !Number.isFinite(intercept)) fail("a rescale in numbers", `${slope}, ${intercept}`);
  return [slope, intercept];
}

function scaleOf(
  image: DicomImage,
  { values, bits }: Samples,
  intensity: Intensity,
  slope: number,
  intercept: number,
): Scale {
  const window = intensity === "window" ? windowOf(image) : undefined;
  if (window !== undefined) return window;
  const [first, last] = intensity === "data" ? extremes(values) : possible(image, bits);
  const ends = [first * slope + intercept, last * slope + intercept] as const;
  return { low: Math.min(...ends), high: Math.max(...ends), curve: "linear" };
}

/** The file's first window (DICOM PS3.3, C.11.2.1.2 and C.11.2.1.3); undefined where there is none. */
function windowOf({ dataSet }: DicomImage): Scale | undefined {
  const [centre] = numbersOf(dataSet, "x00281050");
  const [width] = numbersOf(dataSet, "x00281051");
  if (centre === undefined || width === undefined || !Number.isFinite(centre) || !(width >= 1)) return undefined;
  const shape = dataSet.string("x00281056")?.trim() ?? "LINEAR";
  if (shape !== "LINEAR") {
    const curve = shape === "SIGMOID" ? "sigmoid" : "linear";
    return { low: centre - width / 2, high: centre + width / 2, curve };
  }
  return { low: centre - 0.5 - (width - 1) / 2, high: centre - 0.5 + (width - 1) / 2, curve: "linear" };
}

function extremes(values: Float64Array): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let at = 0; at < values.length; at++) {
    low = Math.min(low, values[at] as number);
    high = Math.max(high, values[at] as number);
  }
  return [low, high];
}

function possible({ signed }: DicomImage, bits: number): readonly [number, number] {
  return signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}
