import type * as tf from "@tensorflow/tfjs";
import { DataError } from "../core/errors";
import type { Work } from "../core/progress";
import { Random } from "../core/random";
import { balancedThreshold, rocAuc } from "../core/roc";
import { type Adam, type AdamState, startState } from "./adam";
import { createAdam } from "./createAdam";
import type { Batch, Feed } from "./feed";
import type { EpochRecord } from "./epochRecord";
import { liveCurve } from "./liveCurve";
import { type Loss, lossOf, probabilitiesOf, type Targets } from "./losses";
import type { Network } from "./models/network";
import type { ResolvedSettings } from "./options";
import { initialWeights, type WeightSpec } from "./weights";

/** Images with their targets, ready to be trained on or scored. */
export interface FedPart {
  readonly feed: Feed;
  readonly targets: Targets;
}

/** The best epoch so far. */
export interface Best {
  /** From 1: the one with the highest validation AUC, the earliest of several. */
  readonly epoch: number;
  readonly weights: readonly Float32Array[];
  /** By class, chosen on the validation images. */
  readonly thresholds: Float32Array;
}

/** Everything that training needs to go on from where it stands. */
export interface Standing {
  readonly adam: AdamState;
  readonly history: readonly EpochRecord[];
  readonly best?: Best;
  /** Batches of the running epoch that are done. */
  readonly batch: number;
  /** Images of the running epoch that are done, and the sum of their losses. */
  readonly images: number;
  readonly lossSum: number;
}

/** What training does besides training. */
export interface Hooks {
  readonly work: Work;
  /** Called after every batch, and with `epochDone` after every epoch; `standing` costs a copy of all weights. */
  readonly keep?: (epochDone: boolean, standing: () => Standing) => void;
}

/** What training yields. */
export interface Fitted {
  readonly best: Best;
  readonly history: readonly EpochRecord[];
  /** True when it was stopped before the last epoch. */
  readonly interrupted: boolean;
}

/** A network in training. */
interface Training {
  readonly tfjs: typeof tf;
  readonly network: Network;
  readonly adam: Adam;
  readonly settings: ResolvedSettings;
  readonly random: Random;
}

/** Where an epoch stands, as {@link Standing} tells it. */
interface Running {
  batch: number;
  images: number;
  lossSum: number;
}

/** The number of images that one epoch goes through. */
export function epochImages({ imagesPerEpoch = Infinity }: ResolvedSettings, images: number): number {
  return Math.min(imagesPerEpoch, images);
}

/**
 * Trains a network and keeps the epoch with the best validation AUC. When the work is stopped after the first epoch,
 * what was best so far is the result; before that it throws the signal's reason.
 *
 * @param from - where an earlier run stood
 * @throws DataError when the loss stops being finite
 */
export async function fit(
  tfjs: typeof tf,
  network: Network,
  parts: { readonly train: FedPart; readonly validation: FedPart },
  settings: ResolvedSettings,
  { work, keep }: Hooks,
  from?: Standing,
): Promise<Fitted> {
  const random = new Random(settings.seed);
  const adam = createAdam(tfjs, network.weights, from?.adam ?? freshState(network.weights, random));
  const training = { tfjs, network, settings, random, adam };
  const history = [...(from?.history ?? [])];
  let best = from?.best;
  let running: Running = { batch: from?.batch ?? 0, images: from?.images ?? 0, lossSum: from?.lossSum ?? 0 };
  const standing = (): Standing => {
    return { adam: adam.state(), history, ...running, ...(best === undefined ? {} : { best }) };
  };
  const hooks = { work, history, notify: () => keep?.(false, standing) };
  try {
    for (let epoch = history.length + 1; epoch <= settings.epochs; epoch++) {
      if (!(await trainEpoch(training, parts.train, epoch, running, hooks))) break;
      const { record, thresholds } = await scoreEpoch(training, parts.validation);
      // The loss of a batch is that before its step: the last step of an epoch shows here.
      if (!Number.isFinite(record.validationLoss)) throw diverged(epoch, settings);
      if (best === undefined || record.validationAuc > (history[best.epoch - 1]?.validationAuc as number)) {
        best = { epoch, weights: adam.weights(), thresholds };
      }
      history.push({ epoch, loss: running.lossSum / running.images, ...record });
      running = { batch: 0, images: 0, lossSum: 0 };
      work.picture(() => liveCurve(history, settings.epochs));
      keep?.(true, standing);
    }
  } finally {
    adam.dispose();
  }
  if (best === undefined) throw work.signal.reason;
  return { best, history, interrupted: history.length < settings.epochs };
}

function freshState(specs: readonly WeightSpec[], random: Random): AdamState {
  const weights = initialWeights(specs, random.fork("weights")).map(({ values }) => values);
  return startState(specs, weights);
}

interface EpochHooks {
  readonly work: Work;
  readonly history: readonly EpochRecord[];
  readonly notify: () => void;
}

/** Trains on the batches of an epoch that are not done yet; false when it was stopped. */
async function trainEpoch(
  { tfjs, network, adam, settings, random }: Training,
  { feed, targets }: FedPart,
  epoch: number,
  running: Running,
  { work, history, notify }: EpochHooks,
): Promise<boolean> {
  const { batchSize, learningRate } = settings;
  const images = epochImages(settings, feed.count);
  // A stream of its own for each epoch and batch, so that a resumed run draws what an unbroken one would have drawn.
  const order = shuffledOrder(feed.count, random.fork(`epoch ${epoch}`)).slice(0, images);
  for await (const batch of feed.batches(order.slice(running.batch * batchSize), batchSize)) {
    const { rows, inputs } = batch;
    try {
      if (work.signal.aborted) return false;
      const chance = random.fork(`epoch ${epoch}, batch ${running.batch}`);
      const loss = trainStep(tfjs, network, adam, inputs, targetsOf(targets, rows), learningRate, chance);
      running.lossSum += rows.length * loss;
    } finally {
      inputs.dispose();
    }
    if (!Number.isFinite(running.lossSum)) throw diverged(epoch, settings);
    running.batch++;
    running.images += rows.length;
    work.report((epoch - 1) * images + running.images, noteOf(epoch, settings, history));
    notify();
    await work.breathe();
  }
  return true;
}

/** One step of Adam; the loss of the batch. */
export function trainStep(
  tfjs: typeof tf,
  network: Network,
  adam: Adam,
  inputs: tf.Tensor,
  targets: Targets,
  learningRate: number,
  random: Random,
): number {
  let loss: Loss | undefined;
  const slopeOf = (logits: tf.Tensor2D): tf.Tensor2D => {
    loss = lossOf(logits.dataSync<"float32">(), targets);
    return tfjs.tensor2d(loss.slope, logits.shape);
  };
  // The weights that `read` gave are gone when Adam writes: it then need not copy them first.
  const changes = tfjs.tidy(() => network.step(adam.read(), inputs, slopeOf, random));
  adam.apply(changes, learningRate);
  tfjs.dispose(changes);
  return loss?.value ?? NaN;
}

interface Scored {
  readonly record: Pick<EpochRecord, "validationLoss" | "validationAuc">;
  readonly thresholds: Float32Array;
}

async function scoreEpoch({ tfjs, network, adam, settings }: Training, { feed, targets }: FedPart): Promise<Scored> {
  const weights = adam.read();
  try {
    const { rows, logits } = await logitsOf(tfjs, network, weights, feed, settings.batchSize);
    const own = targetsOf(targets, rows);
    const probabilities = probabilitiesOf(own.kind, logits, own.classes);
    const record = { validationLoss: lossOf(logits, own).value, validationAuc: meanAuc(probabilities, own) };
    return { record, thresholds: thresholdsOf(probabilities, own) };
  } finally {
    tfjs.dispose(weights);
  }
}

/** Answers of a network. */
export interface Logits {
  /** Which images of the feed, in this order; those that cannot be read are missing. */
  readonly rows: Int32Array;
  /** `[row, class]` */
  readonly logits: Float32Array;
}

/** The logits of all images of a feed. */
export async function logitsOf(
  tfjs: typeof tf,
  network: Network,
  weights: readonly tf.Tensor[],
  feed: Feed,
  batchSize: number,
  work?: Work,
): Promise<Logits> {
  const order = Int32Array.from({ length: feed.count }, (_, image) => image);
  const parts: { batch: Batch["rows"]; logits: Float32Array }[] = [];
  let done = 0;
  for await (const { inputs, rows } of feed.batches(order, batchSize)) {
    const logits = tfjs.tidy(() => network.logits(weights, inputs).dataSync<"float32">().slice());
    inputs.dispose();
    parts.push({ batch: rows, logits });
    work?.report((done += rows.length));
    work?.check();
    await work?.breathe();
  }
  return {
    rows: Int32Array.from(parts.flatMap(({ batch }) => [...batch])),
    logits: Float32Array.from(parts.flatMap(({ logits }) => [...logits])),
  };
}

function shuffledOrder(count: number, random: Random): Int32Array {
  return Int32Array.from(random.shuffle(Array.from({ length: count }, (_, image) => image)));
}

function targetsOf(targets: Targets, rows: Int32Array): Targets {
  const { classes } = targets;
  const values = new Float32Array(rows.length * classes);
  rows.forEach((row, at) => values.set(targets.values.subarray(row * classes, (row + 1) * classes), at * classes));
  return { ...targets, values };
}

function column(values: Float32Array, classes: number, at: number): Float32Array {
  return Float32Array.from({ length: values.length / classes }, (_, image) => values[image * classes + at] as number);
}

function meanAuc(probabilities: Float32Array, { values, classes }: Targets): number {
  const aucs = Array.from({ length: classes }, (_, at) =>
    rocAuc(column(probabilities, classes, at), column(values, classes, at)),
  ).filter((auc) => !Number.isNaN(auc));
  return aucs.reduce((sum, auc) => sum + auc, 0) / aucs.length;
}

function thresholdsOf(probabilities: Float32Array, { values, classes }: Targets): Float32Array {
  return Float32Array.from({ length: classes }, (_, at) =>
    balancedThreshold(column(probabilities, classes, at), column(values, classes, at)),
  );
}

function noteOf(epoch: number, { epochs }: ResolvedSettings, history: readonly EpochRecord[]): string {
  const last = history.at(-1);
  const auc = last === undefined ? "" : `, validation AUC ${last.validationAuc.toFixed(3)}`;
  return `epoch ${epoch} of ${epochs}${last === undefined ? "" : `, loss ${last.loss.toFixed(3)}`}${auc}`;
}

function diverged(epoch: number, { learningRate }: ResolvedSettings): DataError {
  return new DataError({
    where: "train",
    required: "a loss that stays finite",
    got: `one that is not in epoch ${epoch}`,
    remedy: `use a learningRate below ${learningRate}, or normalise the inputs`,
  });
}
