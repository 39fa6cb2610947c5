import type { Estimate } from "../evaluate/bootstrap";
import type { Setting } from "./settings";

/** What was measured at one (J, P). */
export interface SweepCell extends Setting {
  /** In-memory ratio in percent. */
  readonly ratio: number;
  /** Test AUC with a bootstrap interval over patients. */
  readonly auc: Estimate;
  /** Structural similarity of test images and their reconstructions, window 3, data range 1. */
  readonly ssim: Estimate;
  /** The same with data range 2, as the paper's values are. */
  readonly ssimRange2: number;
  /** Kolmogorov-Smirnov statistic of re-identification; missing where patients are not known. */
  readonly ks?: Estimate;
  /** Whether all of it was read from the cache. */
  readonly from: "computed" | "cache";
}

/** An experiment's measures over (J, P). */
export interface Sweep {
  readonly kind: "sweep";
  /** What learned in each cell. */
  readonly model: "mlp" | "network";
  readonly cells: readonly SweepCell[];
  readonly levels: readonly number[];
  readonly patchGrids: readonly number[];
  /** The data set, and whether it is synthetic. */
  readonly data: string;
  readonly synthetic: boolean;
  readonly testImages: number;
}
