import type { CompressSettings, ImageShape } from "../compress/settings";
import type { Images } from "../core/images";
import type { SubBand } from "./bands";
import type { SubBandEnergy } from "./energy";
import type { ContrastKept } from "./transfer";
import type { Words } from "./words";

/** Options of `explain(settings, ...)`. */
export interface PreservationOptions {
  /** The shape of the images to be compressed. */
  readonly imageShape: ImageShape;
  /** Images of that shape, whose energy is then told sub-band by sub-band. */
  readonly images?: Images;
}

/** What settings preserve, obscure and remove, before any training. */
export interface Preservation extends Words {
  readonly kind: "settings";
  readonly settings: CompressSettings;
  readonly imageShape: ImageShape;
  /** How many numbers one image becomes. */
  readonly numbers: number;
  /** 100 times that over the numbers of the image, in percent. */
  readonly inMemoryRatio: number;
  /** Whether there are fewer patches than coefficients in a sub-band. */
  readonly compresses: boolean;
  /** Rows and columns, in pixels, of the area that shares one number in every sub-band: places are known to this. */
  readonly patchPixels: readonly [rows: number, cols: number];
  /** How many pixels share a number of one sub-band and channel. */
  readonly pixelsPerNumber: number;
  /**
   * Down and across, in pixels: bars at least this wide keep half of their contrast and their place in the
   * reconstruction. Undefined when no bars do, or when none of the poolings can be reconstructed.
   */
  readonly smallestFeature: readonly [rows: number | undefined, cols: number | undefined];
  /** The contrast kept by bars of growing width, down the rows and across the columns; empty without `l1` or `sum`. */
  readonly contrast: { readonly row: readonly ContrastKept[]; readonly col: readonly ContrastKept[] };
  /** What each sub-band holds, in natural order; its energy where images were given. */
  readonly subBands: readonly (SubBand & Partial<SubBandEnergy>)[];
}
