import { OptionError } from "../core/errors";
import { inBrief } from "../core/images";
import type { OptionNames } from "../core/options";

/**
 * How an image is brought to the size asked for. `stretch`: both sides are scaled, the aspect may change. `contain`: the
 * aspect is kept and the rest padded with zeros, the image in the middle. `cover`: the aspect is kept and what sticks
 * out cropped from both ends. `crop`: nothing is scaled; what is larger is cropped about the centre, what is smaller
 * padded with zeros. Scaling is by Lanczos interpolation of order 3.
 */
export type Fit = "stretch" | "contain" | "cover" | "crop";

/**
 * What is black and what is white in the grey images of DICOM and NIfTI files, whose numbers have a range of their own.
 * `window`: the file's first lookup table for display, else the ends of its first window, or for NIfTI its display range;
 * where it has none, as `full`. `full`: the
 * least and the largest number that the file's bits can hold. `data`: the least and the largest of each image. In between
 * grey is linear but for a window that says "sigmoid". Colours are taken as they are.
 */
export type Intensity = "window" | "full" | "data";

/** How image files become pixels. */
export interface ReadOptions {
  /** Rows and columns, or one number for both. Default: as in the file, where all images must then be of one size. */
  readonly size?: number | readonly [rows: number, cols: number];
  /** How `size` is reached; default `"stretch"`. */
  readonly fit?: Fit;
  /**
   * One channel or three; default: as in the file. The grey of a colour image is the luminance of its linear light
   * (ITU-R BT.709 weights) with the sRGB curve applied again, as libvips computes it. Transparency is dropped.
   */
  readonly colour?: "grey" | "rgb";
  /** 8: `Uint8Array`, 0..255; 16: `Uint16Array`, 0..65535, into which 8-bit values go times 257. Default: as in the file. */
  readonly bits?: 8 | 16;
  /** What is black and what is white in DICOM and NIfTI files; default `"window"`. */
  readonly intensity?: Intensity;
  /** Turns images that are wider than high a quarter clockwise; default false. */
  readonly upright?: boolean;
  /** Images with more pixels than this are set aside, before they fill the memory; default 100,000,000. */
  readonly pixelLimit?: number;
  /** Images with a side below this, before scaling, are set aside; default 1. */
  readonly minSide?: number;
}

/** The options of reading with every choice made, as they are kept in results. */
export interface ReadSettings {
  readonly size: readonly [rows: number, cols: number] | "file";
  readonly fit: Fit;
  readonly colour: "grey" | "rgb" | "file";
  readonly bits: 8 | 16 | "file";
  readonly intensity: Intensity;
  readonly upright: boolean;
  readonly pixelLimit: number;
  readonly minSide: number;
}

const fits: readonly Fit[] = ["stretch", "contain", "cover", "crop"];

/** The names of all options of reading. */
export const readNames: OptionNames<ReadOptions> = {
  ...{ size: true, fit: true, colour: true, bits: true, intensity: true, upright: true },
  ...{ pixelLimit: true, minSide: true },
};

/**
 * Fills in defaults.
 *
 * @throws OptionError naming the option that is not allowed
 */
export function readSettings(options: ReadOptions = {}): ReadSettings {
  const { size, fit = "stretch", colour = "file", bits = "file", upright = false } = options;
  const { pixelLimit = 100_000_000, minSide = 1, intensity = "window" } = options;
  const sides = size === undefined ? "file" : typeof size === "number" ? ([size, size] as const) : size;
  if (sides !== "file") checkSides(sides);
  positive("pixelLimit", pixelLimit);
  positive("minSide", minSide);
  oneOf("fit", fit, fits);
  oneOf("colour", colour, ["grey", "rgb", "file"]);
  oneOf("bits", bits, [8, 16, "file"]);
  oneOf("intensity", intensity, ["window", "full", "data"]);
  return { size: sides, fit, colour, bits, intensity, upright, pixelLimit, minSide };
}

function checkSides(sides: readonly [rows: number, cols: number]): void {
  if (!Array.isArray(sides) || sides.length !== 2) {
    const [required, remedy] = ["size a whole number, or two: [rows, cols]", "say, for instance, [320, 320]"];
    throw new OptionError({ where: "readImages", required, got: inBrief(sides), remedy });
  }
  sides.forEach((side) => positive("size", side));
}

function positive(option: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new OptionError({
    where: "readImages",
    required: `${option} a whole number of at least 1`,
    got: inBrief(value),
  });
}

function oneOf<T>(option: string, value: T, allowed: readonly T[]): void {
  if (allowed.includes(value)) return;
  throw new OptionError({
    where: "readImages",
    required: `${option} one of ${allowed.join(", ")}`,
    got: inBrief(value),
  });
}
