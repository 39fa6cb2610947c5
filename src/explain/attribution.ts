import type { EmbeddingShape } from "../compress/embedding";
import type { CompressSettings, ImageShape } from "../compress/settings";
import type { Method } from "./attribute";
import type { SubBand } from "./bands";
import type { Baseline } from "./baselines";
import type { FeatureGroups } from "./featureGroups";

/** What a model's score of each image is owed to, number by number of the embedding. */
export interface Attribution {
  readonly kind: "attribution";
  /** Signed: above 0 speaks for the target. Groups share their value equally among their features. */
  readonly values: Float32Array;
  readonly shape: EmbeddingShape;
  readonly ids: readonly string[];
  readonly method: Method;
  readonly baseline: Baseline;
  /** The class whose logit is explained. */
  readonly target: string;
  /** `[image]`: the logit. */
  readonly scores: Float64Array;
  /** `[image]`: the logit of the baseline. */
  readonly baselineScores: Float64Array;
  /**
   * The largest `|sum of an image's values - (score - baseline score)| / max(1, |score - baseline score|)`: rounding for
   * DeepLIFT and Shapley values, the error of the method for the others.
   */
  readonly completenessGap: number;
  /** Occlusion and Shapley values by group. */
  readonly groups?: AttributedGroups;
  /** All images first, then those of every class and cell of the confusion matrix that was asked for. */
  readonly maps: readonly AttributionMap[];
  readonly subBands: readonly SubBand[];
  readonly settings: CompressSettings;
  readonly imageShape: ImageShape;
  /** Gauss-Legendre nodes, for integrated gradients. */
  readonly steps?: number;
}

/** Values of groups of features. */
export interface AttributedGroups {
  readonly by: FeatureGroups;
  readonly names: readonly string[];
  /** `[image, group]`. */
  readonly values: Float64Array;
}

/** The attributions of some images, averaged. */
export interface AttributionMap {
  /** For instance `"all images"`, `"with pneumonia"`, `"false positive"`. */
  readonly name: string;
  readonly images: number;
  /** `[patchRow, patchCol]`: the mean of |attribution|, summed over sub-bands, channels and poolings. */
  readonly patches: Float64Array;
  /**
   * `[row, col]`: each image's attribution through the inverse transform, then absolute or squared, then averaged; the
   * spatial bias. Empty when the embedding has no pooling that can be reconstructed.
   */
  readonly spatial: Float32Array;
  /** `[row, col]`: the mean reconstruction from the embedding, which the map is drawn over; never the images. */
  readonly reconstruction: Float32Array;
  /** Rows and columns of `spatial` and `reconstruction`. */
  readonly size: readonly [rows: number, cols: number];
  /** `[subBand]`: the share of |attribution| (or its square) in each sub-band; the edge bias. They add up to 1. */
  readonly edges: Float64Array;
  /** `[subBand]`: the mean over images of the signed sum in each sub-band. */
  readonly signedEdges: Float64Array;
}
