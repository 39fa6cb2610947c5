import { OptionError } from "../core/errors";
import { hash } from "../core/hash";
import { checkOptions } from "../core/options";
import { tensorflow, type TensorFlow, versions } from "../core/packages";
import { type LongWorkOptions, startWork, type Work } from "../core/progress";
import type { Shown, Tabled } from "../display/show";
import { hashLabels, type Labels, type Split } from "../data/labels";
import { hashSplit } from "../data/split";
import { openCheckpoint } from "./checkpoint";
import type { Normalisation } from "./features";
import { type Described, showModel } from "./figures";
import type { Feed } from "./feed";
import { epochImages, type FedPart, fit, type Fitted } from "./loop";
import { checkMemory } from "./memory";
import type { TrainedModel } from "./model";
import { createNetwork, networkShape, type ResolvedModel, resolveModel } from "./models/create";
import type { Network } from "./models/network";
import {
  inShort,
  isSplit,
  type ResolvedSettings,
  resolveSettings,
  trainNames,
  type TrainOptions,
  type TrainSettings,
} from "./options";
import { checkRecords, matchParts, type Part } from "./records";
import { type Inputs, openSource, type Source } from "./source";

/**
 * Trains a classifier and keeps the epoch with the best AUC on the validation images.
 *
 * Stopped after its first epoch, it returns the best model so far (`interrupted: true`); before that it rejects with
 * the signal's reason. Two runs with one seed on one machine give the same weights.
 *
 * @param inputs - embeddings or images in memory, or a data set whose images are read while the network works; records
 * are matched by id
 * @param labels - a label for every id of the split; images of which nothing is certain are left out
 * @returns the model as plain data, its weights as Float32Arrays
 * @throws ShapeError when the labels do not hold one value for every image and class
 * @throws DataError when a label or image is missing, a label is none of 0, 1 and NaN, a patient of `groups` stands in
 * two parts of the split, train or validation images have one class only or none that is
 * certain, a feature is not finite, the loss stops being finite, or the checkpoint belongs to another run
 * @throws OptionError when there is no split, an option is out of its range, or a batch does not fit into memory
 * @see the paper, section on models: MLP with VecAttn on embeddings
 */
export async function train(
  inputs: Inputs,
  labels: Labels,
  options: TrainOptions,
): Promise<TrainedModel & Shown & Tabled & Described> {
  checkHasSplit(options);
  checkOptions("train", options, trainNames);
  const { split, groups } = options;
  checkRecords(labels, [split], groups);
  const prepared = await prepare(inputs, options, [...split.train, ...split.validation]);
  return trainPrepared(prepared, labels, split, options);
}

/** Cells and JavaScript can leave the options out. */
function checkHasSplit(options: TrainOptions | undefined): void {
  if (isSplit(options?.split)) return;
  throw new OptionError({
    where: "train",
    required: "the option split with lists of ids: train, validation and test",
    got: inShort(options?.split),
    remedy: "make one with splitByGroup(labels, groups)",
  });
}

/** What stays the same over the folds and repeats of one set of inputs. */
export interface Prepared {
  readonly tfjs: TensorFlow;
  readonly source: Source;
  readonly model: ResolvedModel;
  readonly settings: ResolvedSettings;
}

export async function prepare(inputs: Inputs, options: TrainSettings, ids: readonly string[]): Promise<Prepared> {
  const model = resolveModel(options.model);
  const settings = resolveSettings("train", options);
  return { tfjs: await tensorflow(), source: await openSource(inputs, model, ids), model, settings };
}

/**
 * Trains on one split.
 *
 * @param options - `picture`: where the live curve goes when this is a part of larger work
 */
export async function trainPrepared(
  prepared: Prepared,
  labels: Labels,
  split: Split,
  options: LongWorkOptions & Pick<TrainOptions, "checkpoint"> & Partial<Pick<Work, "picture">>,
): Promise<TrainedModel & Shown & Tabled & Described> {
  const { source, model, settings } = prepared;
  const parts = matchParts(labels, split, settings);
  const normalisation = normalisationOf(model, source, parts.train);
  const inputHash = hash(source.hash, hashLabels(labels), hashSplit(split));
  const images = epochImages(settings, parts.train.ids.length);
  const own = startWork("train", settings.epochs * images, options);
  const work = options.picture === undefined ? own : { ...own, picture: options.picture };
  try {
    const network = createNetwork(prepared.tfjs, model, source.input.shape, labels.classes.length);
    const run = { work, inputHash, normalisation, network, checkpoint: options.checkpoint };
    const { best, history, interrupted } = await fitParts(prepared, parts, run);
    return showModel({
      kind: "model",
      model,
      labelKind: labels.kind,
      classes: labels.classes,
      weights: network.weights.map(({ name, shape }, at) => ({
        name,
        shape,
        values: best.weights[at] ?? new Float32Array(),
      })),
      ...(normalisation === undefined ? {} : { normalisation }),
      thresholds: best.thresholds,
      input: source.input,
      training: settings,
      history,
      bestEpoch: best.epoch,
      interrupted,
      trainImages: parts.train.ids.length,
      validationImages: parts.validation.ids.length,
      versions: versions(),
      inputHash,
    });
  } finally {
    work.end();
  }
}

interface Run {
  readonly work: Work;
  readonly inputHash: string;
  readonly normalisation: Normalisation | undefined;
  readonly network: Network;
  readonly checkpoint: string | undefined;
}

async function fitParts(
  { tfjs, source, model, settings }: Prepared,
  parts: Readonly<Record<"train" | "validation", Part>>,
  { work, inputHash, normalisation, network, checkpoint }: Run,
): Promise<Fitted> {
  checkMemory(model, networkShape(model, source.input.shape), parts.train.targets.classes, settings.batchSize);
  const kept = checkpoint === undefined ? undefined : openCheckpoint(checkpoint, model, settings, inputHash);
  const feeds: Feed[] = [];
  const fed = ({ ids, targets }: Part): FedPart => {
    const feed = source.open(tfjs, ids, normalisation);
    feeds.push(feed);
    return { feed, targets };
  };
  try {
    const both = { train: fed(parts.train), validation: fed(parts.validation) };
    const hooks = { work, ...(kept === undefined ? {} : { keep: kept.keep }) };
    return await fit(tfjs, network, both, settings, hooks, kept?.from);
  } finally {
    feeds.forEach((feed) => feed.dispose());
  }
}

function normalisationOf(model: ResolvedModel, source: Source, { ids }: Part): Normalisation | undefined {
  const kind = "normalisation" in model ? model.normalisation : "none";
  return kind === "zero mean" || kind === "whitening" ? source.normalisation(ids, kind) : undefined;
}
