import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Embedding } from "../compress/embedding";
import { DataError, OptionError } from "../core/errors";
import type { Images } from "../core/images";
import type { Shown, Tabled } from "../display/show";
import type { Labels, Split } from "../data/labels";
import type { Predictions } from "../data/predictions";
import { countFolds, type Folds, splitOfFold } from "../data/split";
import { checkOptions, longWorkNames, type OptionNames } from "../core/options";
import { type LongWorkOptions, startWork, type Work } from "../core/progress";
import { showAs } from "../display/show";
import type { Table } from "../display/view";
import type { TrainedModel } from "./model";
import { inShort, isSplit, settingsNames, type TrainSettings, requireWhole } from "./options";
import { predict, showPredictions } from "./predict";
import { checkRecords } from "./records";
import { checkInputs, type Inputs } from "./source";
import { sizeOf } from "./weights";
import { prepare, type Prepared, trainPrepared } from "./train";

/** Options of {@link crossValidate}. */
export interface CrossValidateOptions extends TrainSettings, LongWorkOptions {
  /**
   * A split for each fold, whose `test` it scores; or the fold of every image by id: then fold k is scored by a model
   * that chose its epoch and thresholds on fold k + 1 (round the end) and trained on the others. Ids that are not among
   * the inputs, for instance of files that could not be read, are passed over there, and are an error in a split.
   */
  readonly folds: readonly Split[] | Folds;
  /** Times that everything is done again with the next seed; default 1. */
  readonly repeats?: number;
  /**
   * A folder in which every training is kept as it goes, a file each: the same call made again goes on from there and
   * ends with the same models and predictions as a run that was never broken.
   */
  readonly checkpoint?: string;
}

const names: OptionNames<CrossValidateOptions> = {
  ...{ ...settingsNames, ...longWorkNames, folds: true, repeats: true, checkpoint: true },
};

type ShownModel = Awaited<ReturnType<typeof trainPrepared>>;

/** Predictions for every image by a model that never saw it. */
export interface CrossValidation {
  /** `repeats` times one a fold, in that order. */
  readonly models: readonly ShownModel[];
  /** Of the first repeat, in the order of the inputs. */
  readonly predictions: Predictions & Shown & Tabled;
  /** Of each repeat, the first included. */
  readonly repeats: readonly (Predictions & Shown & Tabled)[];
}

/**
 * Trains a model for each fold and scores that fold's images with it.
 *
 * @throws ShapeError as {@link train} does
 * @throws DataError when an image is scored by two folds, and as {@link train} does
 * @throws OptionError when `folds` is neither splits nor a whole number from 0 for each image, and as {@link train} does
 * @throws the signal's reason when stopped
 */
export async function crossValidate(
  inputs: Inputs,
  labels: Labels,
  options: CrossValidateOptions,
): Promise<CrossValidation & Shown & Tabled> {
  checkOptions("crossValidate", options, names);
  const { folds, repeats = 1, groups, checkpoint } = options;
  requireWhole("crossValidate", { repeats });
  checkInputs(inputs, "crossValidate");
  const splits = splitsOf(folds, "ids" in inputs ? inputs.ids : undefined);
  checkScoredOnce(splits);
  checkRecords(labels, splits, groups);
  const prepared = await prepare(
    inputs,
    options,
    splits.flatMap(({ test }) => test),
  );
  const work = startWork("cross-validate, models", repeats * splits.length, options);
  try {
    const models: ShownModel[] = [];
    const predictions: (Predictions & Shown & Tabled)[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      const settings = { ...prepared.settings, seed: prepared.settings.seed + repeat };
      const plan = { labels, splits, checkpoint };
      const trained = await trainFolds({ ...prepared, settings }, plan, work, models.length);
      models.push(...trained);
      predictions.push(await scoreFolds(trained, inputs, splits, work));
    }
    return showCrossValidation({
      models,
      predictions: predictions[0] as (typeof predictions)[number],
      repeats: predictions,
    });
  } finally {
    work.end();
  }
}

function splitsOf(folds: readonly Split[] | Folds, present: readonly string[] | undefined): readonly Split[] {
  if (Array.isArray(folds)) return checkSplits(folds as readonly Split[]);
  const byId = folds as Folds;
  checkFolds(byId);
  const count = countFolds(byId);
  const own = present === undefined ? byId : foldsOf(byId, new Set(present));
  return Array.from({ length: count }, (_, fold) => splitOfFold(own, fold, count));
}

function foldsOf(folds: Folds, present: ReadonlySet<string>): Folds {
  const own = Object.entries(folds).filter(([id]) => present.has(id));
  if (own.length === 0) throw badFolds("none of an id of the inputs");
  return Object.fromEntries(own);
}

function checkSplits(splits: readonly Split[]): readonly Split[] {
  if (splits.length === 0) throw badFolds("no split");
  const bad = splits.findIndex((split) => !isSplit(split));
  if (bad >= 0) throw badFolds(`${inShort(splits[bad])} at ${bad}`);
  return splits;
}

function checkFolds(folds: Folds | null): void {
  if (folds === null || typeof folds !== "object") throw badFolds(inShort(folds));
  const entries = Object.entries(folds);
  if (entries.length === 0) throw badFolds("no image");
  const bad = entries.find(([, fold]) => !Number.isSafeInteger(fold) || fold < 0);
  if (bad !== undefined) throw badFolds(`${bad[1]} for "${bad[0]}"`);
}

function badFolds(got: string): OptionError {
  return new OptionError({
    where: "crossValidate",
    required: "folds as splits { train, validation, test }, or the fold of each image by id, a whole number from 0",
    got,
    remedy: "make them with hashFolds(groups, 5)",
  });
}

function checkScoredOnce(splits: readonly Split[]): void {
  const foldOf = new Map<string, number>();
  splits.forEach(({ test }, fold) => {
    for (const id of test) {
      const other = foldOf.get(id);
      if (other !== undefined) {
        throw new DataError({
          where: "crossValidate",
          required: "every image in the test part of one fold",
          got: `"${id}" in folds ${other} and ${fold}`,
        });
      }
      foldOf.set(id, fold);
    }
  });
}

interface Plan {
  readonly labels: Labels;
  readonly splits: readonly Split[];
  readonly checkpoint: string | undefined;
}

async function trainFolds(
  prepared: Prepared,
  { labels, splits, checkpoint }: Plan,
  work: Work,
  before: number,
): Promise<ShownModel[]> {
  const models: ShownModel[] = [];
  if (checkpoint !== undefined) makeFolder(checkpoint);
  for (const [fold, split] of splits.entries()) {
    const file = checkpoint && join(checkpoint, `seed${prepared.settings.seed}-fold${fold}.checkpoint`);
    const model = await trainPrepared(prepared, labels, split, {
      ...(file === undefined ? {} : { checkpoint: file }),
      picture: work.picture,
      signal: work.signal,
      onProgress: ({ done, total = 1, note }) => work.report(before + models.length + done / total, note),
    });
    work.check();
    models.push(model);
  }
  return models;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    const got = (cause as Error).message;
    throw new DataError({ where: "crossValidate", file: folder, required: "a folder for checkpoints", got }, { cause });
  }
}

/** Every fold's images scored by its own model, in the order of the inputs. */
async function scoreFolds(
  models: readonly TrainedModel[],
  inputs: Inputs,
  splits: readonly Split[],
  { signal }: Work,
): Promise<Predictions & Shown & Tabled> {
  const classes = models[0]?.classes ?? [];
  const scored = new Map<string, { fold: number; probabilities: Float32Array }>();
  for (const [fold, model] of models.entries()) {
    const { ids, probabilities } = await predict(model, pick(inputs, splits[fold]?.test ?? []), { signal });
    ids.forEach((id, row) => {
      const own = probabilities.slice(row * classes.length, (row + 1) * classes.length);
      scored.set(id, { fold, probabilities: own });
    });
  }
  const ids = ("ids" in inputs ? inputs.ids : [...scored.keys()]).filter((id) => scored.has(id));
  const probabilities = new Float32Array(ids.length * classes.length);
  ids.forEach((id, row) => probabilities.set(scored.get(id)?.probabilities ?? [], row * classes.length));
  const thresholds = new Float32Array(models.length * classes.length);
  models.forEach((model, fold) => thresholds.set(model.thresholds, fold * classes.length));
  return showPredictions({
    ids,
    classes,
    probabilities,
    fold: Int32Array.from(ids, (id) => scored.get(id)?.fold ?? -1),
    thresholds,
  });
}

/** Some of the inputs, in the order of `ids`. */
function pick(inputs: Inputs, ids: readonly string[]): Parameters<typeof predict>[1] {
  if (!("ids" in inputs)) return { labels: { ids }, images: (wanted, options) => inputs.images(wanted, options) };
  const rowOf = new Map(inputs.ids.map((id, row) => [id, row]));
  const [, ...sides] = inputs.shape;
  const size = sizeOf(sides);
  const from = "values" in inputs ? inputs.values : inputs.pixels;
  const to = new (from.constructor as Float32ArrayConstructor)(ids.length * size);
  ids.forEach((id, at) => {
    const row = rowOf.get(id);
    if (row === undefined) {
      throw new DataError({
        where: "crossValidate",
        required: "an image or embedding for every id of the folds",
        got: `none for "${id}"`,
        remedy: "leave the id out of the folds",
      });
    }
    to.set(from.subarray(row * size, (row + 1) * size), at * size);
  });
  const shape = [ids.length, ...sides];
  const picked = "values" in inputs ? { ...inputs, ids, values: to, shape } : { ids, pixels: to, shape };
  return picked as unknown as Images | Embedding; // the tuple of sides is as long as it was
}

function showCrossValidation(result: CrossValidation): CrossValidation & Shown & Tabled {
  const { models, predictions, repeats } = result;
  const folds = models.length / repeats.length;
  const summary = `Cross-validation of ${predictions.ids.length} images: ${folds} folds, ${repeats.length} ${repeats.length === 1 ? "repeat" : "repeats"}`;
  const table = (): Table => modelTable(summary, result, folds);
  return showAs(result, { summary: () => summary, view: table, table });
}

function modelTable(title: string, { models }: CrossValidation, folds: number): Table {
  return {
    kind: "table",
    title,
    columns: [
      { name: "seed" },
      { name: "fold" },
      { name: "train" },
      { name: "validation" },
      { name: "best epoch" },
      { name: "validation AUC", digits: 3 },
    ],
    rows: models.map((model, at) => [
      model.training.seed,
      at % folds,
      model.trainImages,
      model.validationImages,
      model.bestEpoch,
      model.history[model.bestEpoch - 1]?.validationAuc ?? null,
    ]),
    note: "The validation AUC chose the epoch, so it is kind; evaluate the predictions for an honest one.",
  };
}
