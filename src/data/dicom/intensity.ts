import { DataError } from "../../core/errors";
import type { Decoded } from "../centre";
import type { Intensity } from "../readSettings";
import { type DicomImage, numbersOf } from "./header";
import { lookUp, sequenceTable } from "./lookup";
import type { Samples } from "./samples";

/** Where black and white are, and how values between them become grey. */
interface Scale {
  readonly low: number;
  readonly high: number;
  readonly curve: "linear" | "sigmoid";
}

/** What stored values mean: by a line, or by a table. */
interface Modality {
  readonly of: (stored: number) => number;
  /** The least and the largest that there can be. */
  readonly possible: readonly [low: number, high: number];
  readonly bits: number;
}

/** Meant values as shares of white, and the bits of which they are worth. */
interface Display {
  readonly shareOf: (value: number) => number;
  readonly bits: number;
}

const modalityTable = "x00283000";
const displayTable = "x00283010";

/**
 * Stored values as pixels: rescaled or looked up (the modality's table), cut to a range or looked up (the display's
 * table), and inverted where the file says that its lowest value is white.
 */
export function pixelsOf(image: DicomImage, samples: Samples, intensity: Intensity): Decoded {
  const { values, channels, bits } = samples;
  const shape = [channels, image.rows, image.cols] as const;
  if (channels === 3) {
    const { pixels, most } = empty(values.length, bits);
    const factor = most / (2 ** bits - 1);
    for (let at = 0; at < values.length; at++) pixels[at] = Math.round((values[at] as number) * factor);
    return { pixels, shape };
  }
  const modality = modalityOf(image, bits);
  for (let at = 0; at < values.length; at++) values[at] = modality.of(values[at] as number);
  const display = displayOf(image, values, modality, intensity);
  const { pixels, most } = empty(values.length, display.bits);
  const inverted = image.photometric === "MONOCHROME1";
  for (let at = 0; at < values.length; at++) {
    const share = display.shareOf(values[at] as number);
    pixels[at] = Math.floor((inverted ? 1 - share : share) * most + 0.5);
  }
  return { pixels, shape };
}

/** 8 bits where there are no more. */
function empty(length: number, bits: number): { pixels: Uint8Array | Uint16Array; most: number } {
  return bits <= 8 ? { pixels: new Uint8Array(length), most: 255 } : { pixels: new Uint16Array(length), most: 65535 };
}

/** PS3.3, C.11.1: a table stands in place of slope and intercept. */
function modalityOf(image: DicomImage, bits: number): Modality {
  const table = sequenceTable(image, modalityTable);
  if (table !== undefined) {
    return { of: (stored) => lookUp(table, stored), possible: [0, 2 ** table.bits - 1], bits: table.bits };
  }
  const { file, dataSet } = image;
  const [slope = 1] = numbersOf(dataSet, "x00281053");
  const [intercept = 0] = numbersOf(dataSet, "x00281052");
  if (!Number.isFinite(slope) || !Number.isFinite(intercept)) {
    const got = `${slope}, ${intercept}`;
    throw new DataError({ where: "readImages", file, required: "a rescale in numbers", got });
  }
  const of = (stored: number): number => stored * slope + intercept;
  const ends = possible(image, bits).map(of);
  return { of, possible: [Math.min(...ends), Math.max(...ends)], bits };
}

/** Of several views that a file offers the first is taken, and a table before a window, as pydicom does. */
function displayOf(
  image: DicomImage,
  values: Float64Array,
  { possible: ends, bits }: Modality,
  intensity: Intensity,
): Display {
  const table = intensity === "window" ? sequenceTable(image, displayTable) : undefined;
  if (table !== undefined) {
    const most = 2 ** table.bits - 1;
    return { shareOf: (value) => Math.min(1, lookUp(table, value) / most), bits: table.bits };
  }
  const window = intensity === "window" ? windowOf(image) : undefined;
  const [low, high] = intensity === "data" ? extremes(values) : ends;
  const scale = window ?? { low, high, curve: "linear" };
  return { shareOf: (value) => shareOf(value, scale), bits };
}

function shareOf(value: number, { low, high, curve }: Scale): number {
  if (curve === "sigmoid") return 1 / (1 + Math.exp((-4 * (value - (low + high) / 2)) / (high - low)));
  if (value <= low) return 0;
  return value >= high ? 1 : (value - low) / (high - low);
}

/** The file's first window (DICOM PS3.3, C.11.2.1.2 and C.11.2.1.3); undefined where there is none. */
function windowOf({ file, dataSet }: DicomImage): Scale | undefined {
  const [centre] = numbersOf(dataSet, "x00281050");
  const [width] = numbersOf(dataSet, "x00281051");
  const shape = dataSet.string("x00281056")?.trim() || "LINEAR";
  if (centre === undefined || width === undefined || !Number.isFinite(centre)) return undefined;
  if (!(shape === "LINEAR" ? width >= 1 : width > 0)) return undefined;
  const half = shape === "LINEAR" ? (width - 1) / 2 : width / 2;
  const middle = shape === "LINEAR" ? centre - 0.5 : centre;
  const curve = ({ LINEAR: "linear", LINEAR_EXACT: "linear", SIGMOID: "sigmoid" } as const)[shape];
  if (curve !== undefined) return { low: middle - half, high: middle + half, curve };
  throw new DataError({ where: "readImages", file, required: "a window LINEAR, LINEAR_EXACT or SIGMOID", got: shape });
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
