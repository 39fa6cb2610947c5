import type { CompressSettings } from "../compress/settings";

/**
 * How a deep network's logit is shared out among the pixels that it sees.
 *
 * - `integratedGradients`: the gradient averaged from baseline to image (Sundararajan, Taly and Yan 2017)
 * - `gradCam`: the last maps weighted by their slopes, negative sums dropped (Selvaraju et al. 2017), some 32 times
 *   coarser than the picture
 */
export type ImageMethod = "integratedGradients" | "gradCam";

/** What a deep network's score of each image is owed to, pixel by pixel of what the network sees. */
export interface ImageAttribution {
  readonly kind: "imageAttribution";
  /** `[image, row, col]` of the network's input, channels added up; above 0 speaks for the target. */
  readonly values: Float32Array;
  readonly shape: readonly [image: number, row: number, col: number];
  readonly ids: readonly string[];
  readonly method: ImageMethod;
  /** The class whose logit is explained. */
  readonly target: string;
  /** `[image]`: the logit. */
  readonly scores: Float64Array;
  /** `[image]`: the logit of the baseline; for Grad-CAM that of empty last maps, the bias. */
  readonly baselineScores: Float64Array;
  /** The largest `|sum of an image's values - (score - baseline score)| / max(1, |score - baseline score|)`. */
  readonly completenessGap: number;
  readonly baseline: "zero" | "mean";
  /** Gauss-Legendre nodes, for integrated gradients. */
  readonly steps?: number;
  /** At which settings the network sees its images privatized; undefined where it sees pixels. */
  readonly settings?: Pick<CompressSettings, "level"> & { readonly patchGrid: number | readonly [number, number] };
  /** `[image, row, col]`: the privatized images that the network saw; empty where it saw pixels, which are never shown. */
  readonly seen: Float32Array;
}
