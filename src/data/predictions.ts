/** What a model says of each image. */
export interface Predictions {
  readonly ids: readonly string[];
  readonly classes: readonly string[];
  /** `[image, class]`, in 0..1. */
  readonly probabilities: Float32Array;
  /** The fold in which each image was scored, for cross-validation. */
  readonly fold?: Int32Array;
  /** `[fold, class]`, or `[class]` without folds: thresholds chosen on validation images by balanced accuracy. */
  readonly thresholds?: Float32Array;
}
