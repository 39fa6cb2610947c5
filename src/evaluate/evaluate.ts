import { checkOptions, longWorkNames, type OptionNames } from "../core/options";
import { checkGroups, type Labels } from "../data/labels";
import type { Predictions } from "../data/predictions";
import type { Shown, Tabled } from "../display/show";
import { bootstrapNames } from "./bootstrap";
import { compare } from "./compare";
import { delongInterval } from "./delong";
import { easyPredictors } from "./easyPredictors";
import type { EvaluateOptions, Evaluation } from "./evaluation";
import { onDiskRatio } from "./onDisk";
import { evaluatePredictions } from "./predictive";
import { blurPooling, medianPooling, nearestSettings } from "./privatizers";
import { attributeInference, type AttributeInferenceOptions } from "./privacy/attributes";
import { privacy, type PrivacyOptions } from "./privacy/card";
import { decode, loadDecoder, saveDecoder, trainDecoder } from "./privacy/decoder";
import type { DecoderOptions } from "./privacy/fitPictures";
import { linkage, type LinkageOptions } from "./privacy/linkage";
import { membership, type MembershipOptions } from "./privacy/membership";
import { noiseCurve } from "./privacy/noiseCurve";
import { protections } from "./privacy/protections";
import { reconstructionAttack, type ReconstructionAttackOptions } from "./privacy/reconstruction";
import { thumbnails } from "./privacy/thumbnails";
import { quality, type QualityOptions, ssimMaps } from "./quality";
import type { SsimOptions } from "./ssim";
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
  readonly noiseCurve: typeof noiseCurve;
  readonly trainDecoder: typeof trainDecoder;
  readonly decode: typeof decode;
  readonly saveDecoder: typeof saveDecoder;
  readonly loadDecoder: typeof loadDecoder;
  readonly thumbnails: typeof thumbnails;
}

const qualityNames: OptionNames<QualityOptions> = {
  ...{ ...bootstrapNames, ...longWorkNames, window: true, dataRange: true, embedding: true, groups: true },
};
const linkageNames: OptionNames<LinkageOptions> = {
  ...{ ...bootstrapNames, groups: true, metric: true, folds: true, labels: true, topK: true },
  ...{ directions: true, shrinkage: true },
};
const attributeNames: OptionNames<AttributeInferenceOptions> = { ...bootstrapNames, groups: true, folds: true };
const membershipNames: OptionNames<MembershipOptions> = { ...bootstrapNames, groups: true };
const decoderNames: OptionNames<DecoderOptions> = {
  ...{ ...longWorkNames, epochs: true, batchSize: true, learningRate: true, seed: true },
};
const attackNames: OptionNames<ReconstructionAttackOptions> = {
  ...{ ...decoderNames, ...bootstrapNames, groups: true, folds: true, fold: true, side: true, decoder: true },
};
const privacyNames: OptionNames<PrivacyOptions> = {
  ...{ ...decoderNames, bootstraps: true, groups: true, folds: true, fold: true, side: true, decoder: true },
  ...{ labels: true, evaluation: true, attributes: true, training: true },
};

/**
 * A verb that checks its options, the argument at `position`, when it is called from outside: within this package the
 * attacks hand options on to each other.
 */
function checked<Verb extends (...args: never[]) => unknown>(
  verb: Verb,
  position: number,
  names: Readonly<Record<string, true>>,
  check: (options: { readonly groups?: unknown } | undefined, where: string) => void = () => undefined,
): Verb {
  const call = (...args: never[]): unknown => {
    const isLeftOut = args.length <= position && verb.length <= position;
    const where = `evaluate.${verb.name}`;
    if (!isLeftOut) {
      checkOptions<object>(where, args[position], names);
      check(args[position], where);
    }
    return verb(...args);
  };
  return call as Verb;
}

/** Attacks learn on some patients and attack others. */
function namesPatients(options: { readonly groups?: unknown } | undefined, where: string): void {
  checkGroups(options?.groups, where, "give dataset.groups; a table names patients in its column patient");
}

/** Measures predictions, image quality, speed and privacy. */
export const evaluate: Evaluate = Object.assign(evaluatePredictions.bind(undefined), {
  compare,
  subgroups,
  easyPredictors,
  quality: checked(quality, 2, qualityNames),
  ssimMaps: checked(ssimMaps, 2, { window: true, dataRange: true } satisfies OptionNames<SsimOptions>),
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
  privacy: checked(privacy, 2, privacyNames, namesPatients),
  linkage: checked(linkage, 1, linkageNames, namesPatients),
  attributeInference: checked(attributeInference, 3, attributeNames, namesPatients),
  membership: checked(membership, 3, membershipNames),
  reconstructionAttack: checked(reconstructionAttack, 2, attackNames, namesPatients),
  protections,
  noiseCurve,
  trainDecoder: checked(trainDecoder, 2, decoderNames),
  decode,
  saveDecoder,
  loadDecoder,
  thumbnails,
});
