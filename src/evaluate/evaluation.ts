import type { Groups } from "../data/labels";
import type { OptionNames } from "../core/options";
import { bootstrapNames, type BootstrapOptions, type Estimate } from "./bootstrap";
import type { Confusion, Reliability, RocCurve } from "./measures";

/** Options of `evaluate`. */
export interface EvaluateOptions extends BootstrapOptions {
  /** The patient of every image, by image id: intervals then come from drawing patients, not images. */
  readonly groups?: Groups;
  /** Bins of the reliability diagram and of the calibration error, a whole number of at least 1; default 10. */
  readonly bins?: number;
}

/** The names of the options of `evaluate`. */
export const evaluateNames: OptionNames<EvaluateOptions> = { ...bootstrapNames, groups: true, bins: true };

/** The measures of one class, or their means over classes; NaN where a class is always or never there. */
export interface Measures {
  /** Area under the ROC curve. */
  readonly auc: Estimate;
  /** Average precision, the area under the precision-recall curve; chance is the share of positives. */
  readonly averagePrecision: Estimate;
  /** Mean squared error of the probability; 0 is best. */
  readonly brier: Estimate;
  /** Expected calibration error; 0 is best. */
  readonly calibrationError: Estimate;
  /** Mean of sensitivity and specificity at the thresholds chosen on validation images; there when the predictions have them. */
  readonly balancedAccuracy?: Estimate;
}

/** What is known of the predictions of one class. */
export interface ClassEvaluation extends Measures {
  readonly name: string;
  /** Images whose truth is known. */
  readonly images: number;
  readonly positives: number;
  readonly roc: RocCurve;
  readonly reliability: Reliability;
  /** At the thresholds chosen on validation images; there when the predictions have them. */
  readonly confusion?: Confusion;
}

/** What predictions are worth: measures with intervals, for each class and as means over classes. */
export interface Evaluation extends Measures {
  readonly kind: "evaluation";
  readonly classes: readonly ClassEvaluation[];
  /** `[actual, predicted]` counts by the most probable class; there when exactly one class is true of an image. */
  readonly confusionMatrix?: Float64Array;
  /** Images whose truth is known for one class at least: what is measured. */
  readonly images: number;
  /** Images with a prediction, those without any label included. */
  readonly predicted: number;
  /** Groups that the bootstrap drew; not there where no groups were given, so that it drew images. */
  readonly patients?: number;
  readonly bootstraps: number;
  readonly confidence: number;
  readonly seed: number;
}
