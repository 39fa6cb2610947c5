import { existsSync } from "node:fs";
import { join } from "node:path";
import { doesCompress, embeddingSize, toSettings, type ImageShape } from "../compress/settings";
import { DataError } from "../core/errors";
import { hash } from "../core/hash";
import type { Images } from "../core/images";
import { checkOptions } from "../core/options";
import { collectImages } from "../data/collectImages";
import type { Dataset } from "../data/dataset";
import { datasets, type DatasetName } from "../data/datasets";
import { givenFolder } from "../data/givenFolder";
import { hashLabels, type Split } from "../data/labels";
import { hashFolds, hashSplit, splitByGroup, splitOfFold } from "../data/split";
import { showAs, type Shown } from "../display/show";
import type { Table } from "../display/view";
import { imagesAt } from "../evaluate/privacy/subset";
import { experimentSettings, type ExperimentName, type ExperimentSettings, type Scale, type Setting } from "./settings";

/** One of the paper's experiments with its data, ready to be run. */
export interface Experiment {
  readonly kind: "experiment";
  readonly settings: ExperimentSettings;
  readonly data: Dataset;
  /** One split; or one a fold, where the data set has no split of its own and is small. */
  readonly splits: readonly Split[];
  readonly imageShape: ImageShape;
  /** All images, where they are few enough to be held; else they are read whenever they are needed. */
  readonly held?: Images;
  /** Of images, labels and splits: results of other data are not taken for these. */
  readonly hash: string;
}

/** What `DEEPFIXCX_DATA` may hold for each experiment; of several that are there the first is opened. */
export const experimentData: Readonly<Record<ExperimentName, readonly ("labels.csv" | DatasetName)[]>> = {
  chest: ["labels.csv", "chexpert-small"],
  glaucoma: ["kim-eye"],
  cervix: ["mobileodt"],
};

/** Images of fewer bytes are held in memory. */
const mostHeldBytes = 2 ** 29;

/**
 * Opens one of the paper's experiments: `"chest"` on CheXpert-small, or on any folder with a labels.csv; `"glaucoma"` on
 * the images of Kim's Eye Hospital; `"cervix"` on those of MobileODT. Where `DEEPFIXCX_DATA` does not hold them,
 * synthetic phantoms stand in and say so.
 *
 * @param options - `scale`: default `DEEPFIXCX_SCALE`, else `"quick"`
 * @throws OptionError when the name or scale is not known
 * @throws DataError when images cannot be read, or `DEEPFIXCX_DATA` names no folder
 */
export async function openExperiment(
  name: ExperimentName,
  options: { readonly scale?: Scale } = {},
): Promise<Experiment & Shown> {
  checkOptions("openExperiment", options, { scale: true });
  const { scale } = options;
  const settings = experimentSettings(name, scale);
  const data = await openData(settings);
  const splits = splitsOf(data);
  const held = await hold(data);
  const imageShape = (held ?? (await firstOf(data))).shape.slice(1) as unknown as ImageShape;
  const content = held === undefined ? [data.name, data.labels.ids] : [held.pixels, held.ids];
  const experiment: Experiment = {
    ...{ kind: "experiment", settings, data, splits, imageShape },
    ...(held === undefined ? {} : { held }),
    hash: hash(...content, hashLabels(data.labels), ...splits.map(hashSplit)),
  };
  return showAs(experiment, { summary: () => summaryOf(experiment), view: () => viewOf(experiment) });
}

/**
 * The settings of the (J, P) grid that compress these images and have no more numbers than the scale allows; and the
 * paper's headline settings, where images are so large that they leave half of the numbers at most.
 */
export function gridOf({ settings, imageShape }: Experiment): Setting[] {
  const { levels, patchGrids, mostNumbers, headline } = settings;
  const grid = levels.flatMap((level) =>
    patchGrids.map((patchGrid) => ({ level, patchGrid })).filter((each) => fits(each, imageShape, mostNumbers)),
  );
  const half = imageShape.reduce((size, side) => size * side, 0.5);
  const isNew = (one: Setting): boolean =>
    !grid.some(({ level, patchGrid }) => level === one.level && patchGrid === one.patchGrid);
  return [...grid, ...headline.filter((each) => isNew(each) && fits(each, imageShape, half))].sort(
    (a, b) => a.level - b.level || a.patchGrid - b.patchGrid,
  );
}

/** Whether images of this shape are compressed by the setting, to at most so many numbers. */
export function fits(
  setting: Setting,
  imageShape: ImageShape,
  mostNumbers: number = Number.POSITIVE_INFINITY,
): boolean {
  const full = toSettings(setting, "experiment");
  const [, rows, cols] = imageShape;
  const [high, wide] = [rows, cols].map((side) => Math.ceil(side / 2 ** setting.level)) as [number, number];
  const divides = Math.min(rows, cols) >= 2 ** setting.level && setting.patchGrid <= Math.min(high, wide);
  return divides && doesCompress(full, imageShape) && embeddingSize(full, imageShape) <= mostNumbers;
}

/** Some of an experiment's images, in memory. */
export async function someImages({ held, data }: Experiment, ids: readonly string[]): Promise<Images> {
  if (held === undefined) return collectImages(data.images(ids));
  const rows = new Map(held.ids.map((id, row) => [id, row]));
  return imagesAt(
    held,
    ids.map((id) => rows.get(id) as number),
  );
}

/** Every image: those in memory, or a stream of them. */
export function allImages({ held, data }: Experiment): Images | AsyncIterable<Images> {
  return held ?? data.images();
}

async function openData({ name, size, phantoms, scale }: ExperimentSettings): Promise<Dataset> {
  const folder = givenFolder("openExperiment");
  const there = experimentData[name].find((entry) => folder !== undefined && existsSync(join(folder, entry)));
  if (there !== undefined) return datasets.open(there === "labels.csv" ? "quickstart" : there, { size });
  const { name: kind, ...options } = phantoms;
  const missed =
    folder === undefined ? [] : [`DEEPFIXCX_DATA names ${folder}, which holds no images of this experiment.`];
  const notes = [...missed, `These phantoms stand in at ${scale} scale.`];
  return datasets.phantom(kind, { ...options, notes });
}

/** Phantoms have no split: half of the patients train, a fifth chooses the epoch, and the others are the test. */
function splitsOf({ split, synthetic, labels, groups, name }: Dataset): readonly Split[] {
  if (split !== undefined) return [split];
  const fractions = { train: 0.5, validation: 0.2, test: 0.3 };
  if (synthetic) return [splitByGroup(labels, groups, { fractions })];
  if (groups === undefined) {
    const remedy = "name the patient of every image in a column patient";
    throw new DataError({
      where: "openExperiment",
      required: "a split or patients",
      got: `neither in ${name}`,
      remedy,
    });
  }
  const folds = hashFolds(groups, 5);
  return Array.from({ length: 5 }, (_, fold) => splitOfFold(folds, fold));
}

async function hold(data: Dataset): Promise<Images | undefined> {
  const [, channels, rows, cols] = (await firstOf(data)).shape;
  if (data.labels.ids.length * channels * rows * cols > mostHeldBytes) return undefined;
  const held = await collectImages(data.images());
  if (held.ids.length === data.labels.ids.length) return held;
  const readable = new Set(held.ids);
  const lost = data.labels.ids.find((id) => !readable.has(id)) as string;
  const remedy = "mend the file or take it out of the labels";
  throw new DataError({
    where: "openExperiment",
    required: "images that can be read",
    got: `"${lost}" cannot`,
    remedy,
  });
}

async function firstOf(data: Dataset): Promise<Images> {
  for await (const images of data.images(data.labels.ids.slice(0, 1), { batchSize: 1 })) return images;
  throw new DataError({ where: "openExperiment", required: "at least one image that can be read", got: "none" });
}

function summaryOf({ settings, data, splits, imageShape }: Experiment): string {
  const { name, scale } = settings;
  const origin = data.synthetic ? "synthetic " : "";
  const images = splits[0] === undefined ? "" : splits[0].train.length;
  const how = splits.length > 1 ? `${splits.length} folds by patient` : `${images} images train`;
  return `Experiment ${name} at ${scale} scale: ${data.labels.ids.length} ${origin}images [${imageShape.join(", ")}] of ${data.name}, ${how}`;
}

function viewOf(experiment: Experiment): Table {
  const { settings, data, splits } = experiment;
  const { mlp, network, repeats, headline } = settings;
  const kind = (model: typeof mlp.model): string => (typeof model === "string" ? model : (model?.kind ?? "mlp"));
  const training = ({ model, epochs, batchSize, imagesPerEpoch, classWeights = "none" }: typeof mlp): string => {
    const share = imagesPerEpoch === undefined ? "" : ` of ${imagesPerEpoch} images`;
    return `${kind(model)}: ${epochs} epochs${share}, batches of ${batchSize}, class weights ${String(classWeights)}`;
  };
  const [split] = splits;
  const parts = `${split?.train.length} train, ${split?.validation.length} validation, ${split?.test.length} test`;
  return {
    kind: "table",
    title: summaryOf(experiment),
    columns: [{ name: "" }, { name: "setting" }],
    rows: [
      ["images", data.source],
      ["classes", `${data.labels.classes.join(", ")} (${data.labels.kind})`],
      ["split", splits.length > 1 ? `${splits.length} folds by patient; the first: ${parts}` : parts],
      ["hash of the splits", hash(...splits.map(hashSplit)).slice(0, 12)],
      [
        "(J, P) that compress",
        gridOf(experiment)
          .map((each) => `(${each.level}, ${each.patchGrid})`)
          .join(" "),
      ],
      ["the paper's headline settings", headline.map((each) => `(${each.level}, ${each.patchGrid})`).join(" ")],
      ["MLP", training(mlp)],
      ["deep network", training(network)],
      ["repeats", `${repeats.mlp} of MLPs, ${repeats.network} of deep networks`],
    ],
    note: data.notes.join(" "),
  };
}
