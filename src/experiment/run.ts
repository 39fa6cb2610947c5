import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { compress } from "../compress/compress";
import { inMemoryRatio, toSettings } from "../compress/settings";
import { DataError } from "../core/errors";
import type { Hashable } from "../core/hash";
import type { Images } from "../core/images";
import type { LongWorkOptions } from "../core/progress";
import type { Predictions } from "../data/predictions";
import type { Estimate } from "../evaluate/bootstrap";
import { evaluate } from "../evaluate/evaluate";
import { blurPooling, medianPooling } from "../evaluate/privatizers";
import { crossValidate } from "../train/crossValidate";
import type { TrainSettings } from "../train/options";
import { predict } from "../train/predict";
import type { Inputs } from "../train/source";
import { train } from "../train/train";
import { cached, cacheFile, type Cached } from "./cache";
import { allImages, type Experiment, someImages } from "./open";
import type { Setting } from "./settings";

/** A reference privatizer: Gaussian blur and mean, or median, of blocks of K x K pixels. */
export interface Filter {
  readonly kind: "blur" | "median";
  readonly block: number;
}

/** What learns, and from which images: at most one of `setting` and `filter`; neither: the images as they are. */
export interface Variant {
  /** The experiment's MLP (default) on numbers, or its deep network on images. */
  readonly model?: "mlp" | "network";
  /** DeepFixCX: the MLP sees the embedding, the deep network the privatized image at compact size. */
  readonly setting?: Setting;
  readonly filter?: Filter;
  /** Changes the experiment's training, for instance `{ model: { kind: "mlp", normalisation: "whitening" } }`. */
  readonly training?: TrainSettings;
}

/** One training and what it scored on test images. */
export interface Run {
  /** With a bootstrap interval over patients. */
  readonly auc: Estimate;
  readonly testImages: number;
  /** Of training and scoring, when it was computed. */
  readonly seconds: number;
  /** Mean duration of an epoch in seconds. */
  readonly epochSeconds: number;
}

const bootstraps = 500;
/** MLPs that see fewer numbers an image have epochs of their own. */
const smallMlp = 2000;

/**
 * Trains and scores one variant with one seed, or reads what the same code made of the same data and options before.
 * The MLP is cross-validated where the experiment has folds; a deep network is trained on the first alone.
 */
export async function run(
  experiment: Experiment,
  variant: Variant,
  seed: number,
  options: LongWorkOptions = {},
): Promise<Cached<Run>> {
  const training = trainingOf(experiment, variant, seed);
  const key = [experiment.hash, variant, training] as unknown as Hashable;
  const checkpoint = cacheFile("runs", key, ".checkpoint");
  const found = await cached("runs", key, () => compute(experiment, variant, training, { ...options, checkpoint }));
  await rm(checkpoint, { force: true }); // only now is its result kept
  return found;
}

async function compute(
  experiment: Experiment,
  variant: Variant,
  training: TrainSettings,
  { checkpoint, ...options }: LongWorkOptions & { readonly checkpoint: string },
): Promise<Run> {
  const started = performance.now();
  const inputs = await inputsOf(experiment, variant, options);
  const [predictions, epochs] =
    variant.model === "network"
      ? await trainNetwork(experiment, inputs, training, checkpoint, options)
      : await trainFolds(experiment, inputs, training, options);
  const seconds = (performance.now() - started) / 1000;
  const { groups, labels } = experiment.data;
  const { auc, images } = evaluate(predictions, labels, { bootstraps, ...(groups === undefined ? {} : { groups }) });
  return { auc: plain(auc), testImages: images, seconds, epochSeconds: seconds / epochs };
}

/** Numbers that a model sees of an image as a percentage of the image's. */
export function ratioOf({ imageShape }: Experiment, { setting, filter }: Variant): number {
  if (setting !== undefined) return inMemoryRatio(toSettings(setting, "experiment"), imageShape);
  if (filter === undefined) return 100;
  const round = filter.kind === "blur" ? Math.floor : Math.ceil;
  const [, rows, cols] = imageShape;
  return (100 * round(rows / filter.block) * round(cols / filter.block)) / (rows * cols);
}

/** Images through a reference privatizer. */
export function filtered(images: Images, { kind, block }: Filter): Images {
  return kind === "blur" ? blurPooling(images, block) : medianPooling(images, block);
}

function trainingOf(experiment: Experiment, variant: Variant, seed: number): TrainSettings {
  const { settings, imageShape } = experiment;
  const { model, setting, training } = variant;
  if (model !== "network") {
    const [channels, rows, cols] = imageShape;
    const isSmall = (ratioOf(experiment, variant) / 100) * channels * rows * cols < smallMlp;
    const epochs = isSmall ? { epochs: settings.smallMlpEpochs } : {};
    return { ...settings.mlp, ...epochs, ...training, seed };
  }
  const network = settings.network.model;
  const privatize = setting === undefined ? {} : { privatize: setting };
  return { ...settings.network, model: { ...network, ...privatize }, ...training, seed };
}

async function inputsOf(
  experiment: Experiment,
  { model, setting, filter }: Variant,
  { signal }: LongWorkOptions,
): Promise<Inputs> {
  const quiet = signal === undefined ? {} : { signal };
  if (filter !== undefined) return filterSource(experiment, filter, model === "network");
  if (model === "network") return experiment.held ?? experiment.data;
  if (setting !== undefined) return compress(allImages(experiment), { ...setting, ...quiet });
  return experiment.held ?? someImages(experiment, experiment.data.labels.ids);
}

/** A deep network reads filtered images as it needs them; the MLP takes them all. */
async function filterSource(experiment: Experiment, filter: Filter, isNetwork: boolean): Promise<Inputs> {
  const { held, data } = experiment;
  if (held !== undefined) return filtered(held, filter);
  if (isNetwork) {
    return {
      async *images(ids, options) {
        for await (const batch of data.images(ids, options)) yield filtered(batch, filter);
      },
    };
  }
  const batches: Images[] = [];
  for await (const batch of data.images()) batches.push(filtered(batch, filter));
  const first = batches[0];
  if (first === undefined) throw new DataError({ where: "experiment", required: "images", got: "none" });
  const pixels = new Float32Array(batches.reduce((sum, batch) => sum + batch.pixels.length, 0));
  batches.reduce((at, batch) => (pixels.set(batch.pixels, at), at + batch.pixels.length), 0);
  const ids = batches.flatMap((batch) => batch.ids);
  return { pixels, ids, shape: [ids.length, first.shape[1], first.shape[2], first.shape[3]] };
}

type Trained = readonly [predictions: Predictions, epochs: number];

async function trainFolds(
  { data, splits }: Experiment,
  inputs: Inputs,
  training: TrainSettings,
  options: LongWorkOptions,
): Promise<Trained> {
  const { predictions, models } = await crossValidate(inputs, data.labels, { ...training, ...options, folds: splits });
  return [predictions, models.reduce((sum, { history }) => sum + history.length, 0)];
}

/** Its checkpoint lets a run that was killed go on where it stopped. */
async function trainNetwork(
  { data, splits }: Experiment,
  inputs: Inputs,
  training: TrainSettings,
  checkpoint: string,
  options: LongWorkOptions,
): Promise<Trained> {
  const split = splits[0] as Experiment["splits"][number];
  await mkdir(dirname(checkpoint), { recursive: true });
  const model = await train(inputs, data.labels, { ...training, ...options, split, checkpoint });
  options.signal?.throwIfAborted(); // a model that was stopped early is returned, but is no result
  const predictions = await predict(model, { labels: { ids: split.test }, images: reader(inputs) }, options);
  return [predictions, model.history.length];
}

/** The images of some ids, whether they are in memory or not. */
function reader(inputs: Inputs): (ids: readonly string[], options: { batchSize: number }) => AsyncIterable<Images> {
  if (!("ids" in inputs)) return (ids, options) => inputs.images(ids, options);
  const held = inputs as Images;
  return async function* (ids, { batchSize }) {
    for (let start = 0; start < ids.length; start += batchSize) {
      yield await someImages({ held } as Experiment, ids.slice(start, start + batchSize));
    }
  };
}

function plain({ value, low, high }: Estimate): Estimate {
  return { value, low, high };
}
