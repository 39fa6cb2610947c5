/** What one patch of a sub-band becomes (paper, section on pooling; the paper's choice is `l1`). */
export type Pooling = "l1" | "l2" | "sum" | "max" | "min" | "median" | "sum_pos" | "sum_neg";

/** A discrete wavelet by its PyWavelets name, for instance `"haar"`, `"db2"`, `"coif2"`. */
export type WaveletName = string;

/** The settings that decide what an embedding keeps. */
export interface CompressSettings {
  /** J, the depth of the wavelet packet tree, at least 1; it has 4^J sub-bands. */
  readonly level: number;
  /** P, the number of patches per axis (not pixels). */
  readonly patchGrid: readonly [rows: number, cols: number];
  readonly wavelet: WaveletName;
  /** One number a patch for each of these, in this order. */
  readonly pooling: readonly Pooling[];
}
