import type * as tf from "@tensorflow/tfjs";
import { DataError } from "../core/errors";
import type { Work } from "../core/progress";
import { Random } from "../core/random";
import { balancedThreshold, rocAuc } from "../core/roc";
import { type Adam, portableAdam, startState } from "./adam";
import { chunks, type Feed } from "./feed";
import { type Loss, lossOf, probabilitiesOf, type Targets } from "./losses";
import type { Network } from "./models/network";
import { nativeOf } from "./native";
import { nativeAdam } from "./native-adam";
import type { ResolvedSettings } from "./options";
import { initialWeights } from "./weights";

/** How one epoch went. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Mean over the epoch's batches as they were trained on. */
  readonly loss: number;
  readonly validationLoss: number;
  /** The mean over classes that have both positives and negatives. */
  readonly validationAuc: number;
}

/** Images with their targets, ready to be trained on or scored. */
export interface FedPart {
  readonly feed: Feed;
  readonly targets: Targets;
}

/** What training yields: the weights of the best epoch, and how it got there. */
export interface Fitted {
  readonly weights: readonly Float32Array[];
  readonly history: readonly EpochRecord[];
  /** The epoch, from 1, with the highest validation AUC: the weights are those after it. */
  readonly bestEpoch: number;
  /** By class, chosen on the validation images. */
  readonly thresholds: Float32Array;
  /** True when it was stopped before the last epoch. */
  readonly interrupted: boolean;
}

interface Scored {
  readonly record: EpochRecord;
  readonly probabilities: Float32Array;
}

/** Images scored at a time; bounds memory, changes nothing. */
const scoringBatch = 1024;

/** The number of images that one epoch goes through. */
export function epochImages({ imagesPerEpoch = Infinity }: ResolvedSettings, images: number): number {
  return Math.min(imagesPerEpoch, images);
}

/**
 * Trains a network and keeps the epoch with the best validation AUC. When the work is stopped after the first epoch,
 * what was best so far is the result; before that it throws the signal's reason.
 *
 * @throws DataError when the loss stops being a number
 */
export async function fit(
  tfjs: typeof tf,
  network: Network,
  parts: { readonly train: FedPart; readonly validation: FedPart },
  settings: ResolvedSettings,
  work: Work,
): Promise<Fitted> {
  const random = new Random(settings.seed);
  const initial = initialWeights(network.weights, random.fork("weights")).map(({ values }) => values);
  const start = startState(network.weights, initial);
  const native = nativeOf(tfjs);
  const adam =
    native === undefined
      ? portableAdam(tfjs, network.weights, start)
      : nativeAdam(tfjs, native, network.weights, start);
  const history: EpochRecord[] = [];
  let best: { scored: Scored; weights: readonly Float32Array[] } | undefined;
  try {
    for (let epoch = 1; epoch <= settings.epochs; epoch++) {
      const loss = await trainEpoch(tfjs, network, adam, parts.train, { settings, random, epoch, work, history });
      if (loss === undefined) break;
      const scored = await scoreEpoch(tfjs, network, adam, parts.validation, { epoch, loss });
      history.push(scored.record);
      if (best === undefined || scored.record.validationAuc > best.scored.record.validationAuc) {
        best = { scored, weights: adam.weights() };
      }
    }
  } finally {
    adam.dispose();
  }
  if (best === undefined) throw work.signal.reason;
  return {
    weights: best.weights,
    history,
    bestEpoch: best.scored.record.epoch,
    thresholds: thresholdsOf(best.scored.probabilities, parts.validation.targets),
    interrupted: history.length < settings.epochs,
  };
}

interface EpochContext {
  readonly settings: ResolvedSettings;
  readonly random: Random;
  readonly epoch: number;
  readonly work: Work;
  readonly history: readonly EpochRecord[];
}

/** The mean loss of an epoch, or undefined when it was stopped. */
async function trainEpoch(
  tfjs: typeof tf,
  network: Network,
  adam: Adam,
  { feed, targets }: FedPart,
  { settings, random, epoch, work, history }: EpochContext,
): Promise<number | undefined> {
  const images = epochImages(settings, feed.count);
  // A stream of its own for each epoch, so that a resumed run draws what an unbroken one would have drawn.
  const order = shuffledOrder(feed.count, random.fork(`epoch ${epoch}`)).slice(0, images);
  const batchRows = chunks(order, settings.batchSize);
  let [sum, done, at] = [0, 0, 0];
  for await (const batch of feed.batches(order, settings.batchSize)) {
    const rows = batchRows[at++] as Int32Array;
    try {
      if (work.signal.aborted) return undefined;
      const chance = random.fork(`epoch ${epoch}, batch ${at}`);
      sum +=
        rows.length * trainStep(tfjs, network, adam, batch, targetsOf(targets, rows), settings.learningRate, chance);
    } finally {
      batch.dispose();
    }
    if (!Number.isFinite(sum)) throw diverged(epoch, settings);
    done += rows.length;
    work.report((epoch - 1) * images + done, noteOf(epoch, settings, history));
    await work.breathe();
  }
  return sum / images;
}

/** One step of Adam; the loss of the batch. */
function trainStep(
  tfjs: typeof tf,
  network: Network,
  adam: Adam,
  batch: tf.Tensor,
  targets: Targets,
  learningRate: number,
  random: Random,
): number {
  let loss: Loss | undefined;
  // The weights that `read` gave are gone when Adam writes: it then need not copy them first.
  const changes = tfjs.tidy(() =>
    network.step(
      adam.read(),
      batch,
      (logits) => {
        loss = lossOf(logits.dataSync<"float32">(), targets);
        return tfjs.tensor2d(loss.slope, logits.shape);
      },
      random,
    ),
  );
  adam.apply(changes, learningRate);
  tfjs.dispose(changes);
  return loss?.value ?? NaN;
}

async function scoreEpoch(
  tfjs: typeof tf,
  network: Network,
  adam: Adam,
  { feed, targets }: FedPart,
  { epoch, loss }: Pick<EpochRecord, "epoch" | "loss">,
): Promise<Scored> {
  const weights = adam.read();
  try {
    const logits = await logitsOf(tfjs, network, weights, feed, scoringBatch);
    const probabilities = probabilitiesOf(targets.kind, logits, targets.classes);
    const validationLoss = lossOf(logits, targets).value;
    const validationAuc = meanAuc(probabilities, targets);
    return { record: { epoch, loss, validationLoss, validationAuc }, probabilities };
  } finally {
    tfjs.dispose(weights);
  }
}

/** The logits `[image, class]` of all images of a feed, in its order. */
export async function logitsOf(
  tfjs: typeof tf,
  network: Network,
  weights: readonly tf.Tensor[],
  feed: Feed,
  batchSize: number,
  work?: Work,
): Promise<Float32Array> {
  const order = Int32Array.from({ length: feed.count }, (_, image) => image);
  const parts: Float32Array[] = [];
  let done = 0;
  for await (const batch of feed.batches(order, batchSize)) {
    const logits = tfjs.tidy(() => network.logits(weights, batch).dataSync<"float32">().slice());
    done += batch.shape[0];
    batch.dispose();
    parts.push(logits);
    work?.report(done);
    work?.check();
    await work?.breathe();
  }
  return concatenate(parts);
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
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
  return `epoch ${epoch} of ${epochs}${auc}`;
}

function diverged(epoch: number, { learningRate }: ResolvedSettings): DataError {
  return new DataError({
    where: "train",
    required: "a loss that stays finite",
    got: `one that is not in epoch ${epoch}`,
    remedy: `use a learningRate below ${learningRate}, or normalise the inputs`,
  });
}
