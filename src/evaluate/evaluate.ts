import type { Labels } from "../data/labels";
import type { Predictions } from "../data/predictions";
import type { Shown, Tabled } from "../display/show";
import { compare } from "./compare";
import { delongInterval } from "./delong";
import { easyPredictors } from "./easyPredictors";
import type { EvaluateOptions, Evaluation } from "./evaluation";
import { onDiskRatio } from "./onDisk";
import { evaluatePredictions } from "./predictive";
import { blurPooling, medianPooling, nearestSettings } from "./privatizers";
import { attributeInference } from "./privacy/attributes";
import { privacy } from "./privacy/card";
import { decode, loadDecoder, saveDecoder, trainDecoder } from "./privacy/decoder";
import { linkage } from "./privacy/linkage";
import { membership } from "./privacy/membership";
import { protections } from "./privacy/protections";
import { reconstructionAttack } from "./privacy/reconstruction";
import { thumbnails } from "./privacy/thumbnails";
import { quality, ssimMaps } from "./quality";
import { holm, kolmogorovSmirnov, kruskalWallis, overRepeats } from "./statistics";
import { subgroups } from "./subgroups";
import { timing } from "./timing";

/** The verb `evaluate`: called, it measures predictions; its properties measure the rest. */
export interface Evaluate {
  /**
   * Measures predictions against the truth: ROC AUC, average precision, Brier score, calibration error and, where the
   * predictions carry thresholds, balanced accuracy and confusion, each with a bootstrap interval over patients. Several
   * classes are measured one against the rest; means leave out classes that are always or never there.
   *
   * @param predictions - matched with the labels by id and class name
   * @param labels - NaN (uncertain) is left out
   * @throws DataError when an image has no label or group, a label is none of 0, 1 and NaN, or no class has both
   * positive and negative images
   * @throws ShapeError when an array does not fit its ids and classes
   * @throws OptionError when `bins`, `bootstraps` or `confidence` is out of its range
   * @example
   * evaluate(predictions, dataset.labels, { groups: dataset.groups }).auc // { value: 0.86, low: 0.82, high: 0.89 }
   */
  (predictions: Predictions, labels: Labels, options?: EvaluateOptions): Evaluation & Shown & Tabled;
  readonly compare: typeof compare;
  readonly subgroups: typeof subgroups;
  readonly easyPredictors: typeof easyPredictors;
  readonly quality: typeof quality;
  readonly ssimMaps: typeof ssimMaps;
  readonly onDiskRatio: typeof onDiskRatio;
  readonly blurPooling: typeof blurPooling;
  readonly medianPooling: typeof medianPooling;
  readonly nearestSettings: typeof nearestSettings;
  readonly timing: typeof timing;
  readonly delongInterval: typeof delongInterval;
  readonly overRepeats: typeof overRepeats;
  readonly kruskalWallis: typeof kruskalWallis;
  readonly kolmogorovSmirnov: typeof kolmogorovSmirnov;
  readonly holm: typeof holm;
  readonly privacy: typeof privacy;
  readonly linkage: typeof linkage;
  readonly attributeInference: typeof attributeInference;
  readonly membership: typeof membership;
  readonly reconstructionAttack: typeof reconstructionAttack;
  readonly protections: typeof protections;
  readonly trainDecoder: typeof trainDecoder;
  readonly decode: typeof decode;
  readonly saveDecoder: typeof saveDecoder;
  readonly loadDecoder: typeof loadDecoder;
  readonly thumbnails: typeof thumbnails;
}

/** Measures predictions, image quality, speed and privacy. */
export const evaluate: Evaluate = Object.assign(evaluatePredictions.bind(undefined), {
  compare,
  subgroups,
  easyPredictors,
  quality,
  ssimMaps,
  onDiskRatio,
  blurPooling,
  medianPooling,
  nearestSettings,
  timing,
  delongInterval,
  overRepeats,
  kruskalWallis,
  kolmogorovSmirnov,
  holm,
  privacy,
  linkage,
  attributeInference,
  membership,
  reconstructionAttack,
  protections,
  trainDecoder,
  decode,
  saveDecoder,
  loadDecoder,
  thumbnails,
});
