import type { CompressSettings } from "../compress/settings";
import type { Versions } from "../core/packages";
import type { Labels } from "../data/labels";
import type { Normalisation } from "./features";
import type { EpochRecord } from "./epochRecord";
import type { ResolvedModel } from "./models/create";
import type { ResolvedSettings } from "./options";
import type { Weight } from "./weights";

/** What a model was trained on, and so what it can be asked about. */
export type ModelInput =
  | {
      readonly kind: "embedding";
      readonly shape: readonly number[];
      readonly settings: CompressSettings;
      readonly imageShape: readonly [channel: number, row: number, col: number];
    }
  | { readonly kind: "images"; readonly shape: readonly number[] };

/** A trained classifier as plain data: it holds no tensor, and can be copied, hashed and written to a file. */
export interface TrainedModel {
  readonly kind: "model";
  /** What it is, every default written out. */
  readonly model: ResolvedModel;
  readonly labelKind: Labels["kind"];
  readonly classes: readonly string[];
  /** Those after the best epoch. Matrices are `[input, output]`. */
  readonly weights: readonly Weight[];
  /** What the training images say each feature is reduced by; undefined where the model takes features as they are. */
  readonly normalisation?: Normalisation;
  /** By class: probabilities from here on mean yes, by the best balanced accuracy on the validation images. */
  readonly thresholds: Float32Array;
  readonly input: ModelInput;
  readonly training: ResolvedSettings;
  readonly history: readonly EpochRecord[];
  /** The epoch, from 1, with the highest validation AUC, whose weights these are. */
  readonly bestEpoch: number;
  /** True when training was stopped early. */
  readonly interrupted: boolean;
  readonly trainImages: number;
  readonly validationImages: number;
  readonly versions: Versions;
  /** Of inputs, labels and split. */
  readonly inputHash: string;
}
