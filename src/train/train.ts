import { hash } from "../core/hash";
import { tensorflow, type TensorFlow, versions } from "../core/packages";
import { type LongWorkOptions, startWork, type Work } from "../core/progress";
import type { Shown } from "../display/show";
import { hashLabels, type Labels, type Split } from "../data/labels";
import { hashSplit } from "../data/split";
import { type FeatureTable, featuresOf, measure, type Normalisation, normalisedRows } from "./features";
import { type Feed, tableFeed } from "./feed";
import { showModel } from "./figures";
import { epochImages, type FedPart, fit, type Fitted } from "./loop";
import type { ModelInput, TrainedModel } from "./model";
import { createNetwork, type ResolvedModel, resolveModel } from "./models/create";
import { type ResolvedSettings, resolveSettings, type TrainOptions, type TrainSettings } from "./options";
import { type Inputs, matchParts, type Part } from "./records";

/**
 * Trains a classifier and keeps the epoch with the best AUC on the validation images.
 *
 * Stopped after its first epoch, it returns the best model so far (`interrupted: true`); before that it rejects with
 * the signal's reason. Two runs with one seed on one machine give the same weights.
 *
 * @param inputs - embeddings or images; records are matched by id
 * @param labels - a label for every id of the split; images of which nothing is certain are left out
 * @returns the model as plain data, its weights as Float32Arrays
 * @throws DataError when a label or image is missing, train or validation images have one class only or none that is
 * certain, a feature is not finite, or the loss stops being finite
 * @throws OptionError when an option is out of its range
 * @see the paper, section on models: MLP with VecAttn on embeddings
 */
export async function train(inputs: Inputs, labels: Labels, options: TrainOptions): Promise<TrainedModel & Shown> {
  const prepared = await prepare(inputs, options);
  return trainPrepared(prepared, labels, options.split, options);
}

/** What stays the same over the folds and repeats of one set of inputs. */
export interface Prepared {
  readonly tfjs: TensorFlow;
  readonly table: FeatureTable;
  readonly input: ModelInput;
  readonly inputsHash: string;
  readonly model: ResolvedModel;
  readonly settings: ResolvedSettings;
}

export async function prepare(inputs: Inputs, options: TrainSettings): Promise<Prepared> {
  const table = featuresOf(inputs);
  return {
    tfjs: await tensorflow(),
    table,
    input: inputOf(inputs),
    inputsHash: hash(table.values, table.ids),
    model: resolveModel(options.model),
    settings: resolveSettings("train", options),
  };
}

/** Trains on one split. */
export async function trainPrepared(
  prepared: Prepared,
  labels: Labels,
  split: Split,
  options: LongWorkOptions,
): Promise<TrainedModel & Shown> {
  const { table, input, inputsHash, model, settings } = prepared;
  const parts = matchParts(table, labels, split, settings);
  const normalisation = normalisationOf(model, table, parts.train);
  const images = epochImages(settings, parts.train.rows.length);
  const work = startWork("train", settings.epochs * images, options);
  try {
    const { weights, ...fitted } = await fitParts(prepared, parts, normalisation, work);
    return showModel({
      kind: "model",
      model,
      labelKind: labels.kind,
      classes: labels.classes,
      weights,
      ...(normalisation === undefined ? {} : { normalisation }),
      ...fitted,
      input,
      training: settings,
      trainImages: parts.train.rows.length,
      validationImages: parts.validation.rows.length,
      versions: versions(),
      inputHash: hash(inputsHash, hashLabels(labels), hashSplit(split)),
    });
  } finally {
    work.end();
  }
}

async function fitParts(
  { tfjs, table, model, settings }: Prepared,
  parts: Readonly<Record<"train" | "validation", Part>>,
  normalisation: Normalisation | undefined,
  work: Work,
): Promise<Omit<Fitted, "weights"> & Pick<TrainedModel, "weights">> {
  const network = createNetwork(tfjs, model, [table.features], parts.train.targets.classes);
  const feeds: Feed[] = [];
  const fed = ({ rows, targets }: Part): FedPart => {
    const feed = tableFeed(tfjs, normalisedRows(table, rows, normalisation), table.features);
    feeds.push(feed);
    return { feed, targets };
  };
  try {
    const fitted = await fit(
      tfjs,
      network,
      { train: fed(parts.train), validation: fed(parts.validation) },
      settings,
      work,
    );
    const weights = network.weights.map(({ name, shape }, at) => ({
      name,
      shape,
      values: fitted.weights[at] as Float32Array,
    }));
    return { ...fitted, weights };
  } finally {
    feeds.forEach((feed) => feed.dispose());
  }
}

function normalisationOf(model: ResolvedModel, table: FeatureTable, { rows }: Part): Normalisation | undefined {
  const { normalisation } = model;
  return normalisation === "zero mean" || normalisation === "whitening"
    ? measure(table, rows, normalisation)
    : undefined;
}

/** What a model remembers of its inputs. */
export function inputOf(inputs: Inputs): ModelInput {
  const shape = inputs.shape.slice(1);
  if (!("values" in inputs)) return { kind: "images", shape };
  const { settings, imageShape } = inputs;
  return { kind: "embedding", shape, settings, imageShape };
}
