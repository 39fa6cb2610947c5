import { OptionError } from "../core/errors";
import { inBrief } from "../core/images";
import { longWorkNames, type OptionNames } from "../core/options";
import type { LongWorkOptions } from "../core/progress";
import type { Groups, Split } from "../data/labels";
import type { DeepOptions } from "./models/deep";
import type { LogisticOptions } from "./models/logistic";
import type { MlpOptions } from "./models/mlp";

/** A kind of model with its options. */
export type ModelOptions = MlpOptions | LogisticOptions | DeepOptions;

/** The kinds of models by name. */
export type ModelKind = ModelOptions["kind"];

/** How a model is trained; the paper's way where an option is left out. */
export interface TrainSettings {
  /** A kind by name, with the paper's options, or options of your own; default `"mlp"`. */
  readonly model?: ModelKind | ModelOptions;
  /** Whole number from 0; default 0. The same seed gives the same weights on one machine. */
  readonly seed?: number;
  /** Times that the training images are gone through; default 20. The epoch with the best validation AUC is kept. */
  readonly epochs?: number;
  /** Images a step; default 64. */
  readonly batchSize?: number;
  /** Adam's; default 1e-3. */
  readonly learningRate?: number;
  /**
   * Weight of a class's images (`single` labels) or of its positives (`binary` and `multi`): `"none"` (default);
   * `"balanced"`, the largest class's count over the class's own, or negatives over positives; or a number a class.
   */
  readonly classWeights?: "none" | "balanced" | readonly number[];
  /** Images of an epoch, drawn anew each time without repeating one; default: all training images. */
  readonly imagesPerEpoch?: number;
  /**
   * The patient by image id: a patient in two parts of a split is then refused. Default: images are taken as
   * independent, as is an image that has no patient here.
   */
  readonly groups?: Groups;
}

/** Options of {@link train}. */
export interface TrainOptions extends TrainSettings, LongWorkOptions {
  /** Which images train, and which choose the epoch and the thresholds; `test` is never looked at. */
  readonly split: Split;
  /**
   * A file in which training is kept as it goes, after every epoch and about every half minute: the same call made again
   * goes on from there and ends with the same weights as a run that was never broken.
   */
  readonly checkpoint?: string;
}

/** The names of what {@link train} and {@link crossValidate} share. */
export const settingsNames: OptionNames<TrainSettings> = {
  ...{ model: true, seed: true, epochs: true, batchSize: true, learningRate: true, classWeights: true },
  ...{ imagesPerEpoch: true, groups: true },
};

/** The names of the options of {@link train}. */
export const trainNames: OptionNames<TrainOptions> = {
  ...{ ...settingsNames, ...longWorkNames, split: true, checkpoint: true },
};

/** Training settings with every default written out. */
export interface ResolvedSettings {
  readonly seed: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly classWeights: "none" | "balanced" | readonly number[];
  readonly imagesPerEpoch?: number;
}

/** @throws OptionError when an option is out of its range */
export function resolveSettings(where: string, settings: TrainSettings): ResolvedSettings {
  const { seed = 0, epochs = 20, batchSize = 64, learningRate = 1e-3, classWeights = "none" } = settings;
  const { imagesPerEpoch } = settings;
  requireWhole(where, { epochs, batchSize, ...(imagesPerEpoch === undefined ? {} : { imagesPerEpoch }) });
  requirePositive(where, { learningRate });
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new OptionError({ where, required: "seed a whole number from 0", got: inBrief(seed) });
  }
  return {
    ...{ seed, epochs, batchSize, learningRate, classWeights },
    ...(imagesPerEpoch === undefined ? {} : { imagesPerEpoch }),
  };
}

/** @throws OptionError naming the first option that is not a whole number of at least 1 */
export function requireWhole(where: string, options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new OptionError({ where, required: `${name} a whole number of at least 1`, got: inBrief(value) });
  }
}

/** @throws OptionError naming the first option that is not a finite number above 0 */
export function requirePositive(where: string, options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (Number.isFinite(value) && value > 0) continue;
    throw new OptionError({ where, required: `${name} a number above 0`, got: inBrief(value) });
  }
}

/** True for a value with the three lists of a split, whatever a caller without types gives. */
export function isSplit(value: unknown): value is Split {
  const split = value as Partial<Split> | null | undefined;
  return [split?.train, split?.validation, split?.test].every((ids) => Array.isArray(ids));
}

/** The beginning of any value, for a message. */
export function inShort(value: unknown): string {
  return `${JSON.stringify(value)}`.slice(0, 60);
}

/** @throws OptionError listing the choices when `value` is none of them */
export function requireChoice(where: string, option: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  const required = `${option} one of ${choices.map((choice) => `"${choice}"`).join(", ")}`;
  throw new OptionError({ where, required, got: `"${value}"` });
}
