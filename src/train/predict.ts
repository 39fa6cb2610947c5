import type { Embedding } from "../compress/embedding";
import type { Images } from "../core/images";
import { DataError, ShapeError } from "../core/errors";
import { hash, type Hashable } from "../core/hash";
import { checkOptions, longWorkNames } from "../core/options";
import { tensorflow } from "../core/packages";
import { type LongWorkOptions, startWork } from "../core/progress";
import type { Labels } from "../data/labels";
import type { Predictions } from "../data/predictions";
import { showAs, type Shown, type Tabled } from "../display/show";
import type { Table } from "../display/view";
import { logitsOf } from "./loop";
import { probabilitiesOf } from "./losses";
import type { ModelInput, TrainedModel } from "./model";
import { createNetwork, isDeep } from "./models/create";
import { type ImageSource, openSource } from "./source";

/** A data set, as far as prediction is concerned: which images it has, and how to read them. */
export interface LabelledSource extends ImageSource {
  readonly labels: Pick<Labels, "ids">;
}

/**
 * What a model says of each image.
 *
 * @param inputs - of the kind, settings and shape that the model was trained on; a data set's images are read as they
 * are needed, and files that cannot be read are missing from the result
 * @returns probabilities `[image, class]` in the inputs' order, with the model's thresholds
 * @throws ShapeError when the inputs are not what the model was trained on
 * @throws DataError when `model` is no trained model, an id stands twice or a feature is not finite
 */
export async function predict(
  model: TrainedModel,
  inputs: Images | Embedding | LabelledSource,
  options: LongWorkOptions = {},
): Promise<Predictions & Shown & Tabled> {
  checkModel(model);
  checkOptions("predict", options, longWorkNames);
  const ids = "ids" in inputs ? inputs.ids : inputs.labels.ids;
  const { labelKind, classes, thresholds } = model;
  const tfjs = await tensorflow();
  const source = await openSource(inputs, model.model, ids);
  checkInput(model.input, source.input);
  const network = createNetwork(tfjs, model.model, model.input.shape, classes.length);
  const feed = source.open(tfjs, ids, model.normalisation);
  const weights = model.weights.map(({ values, shape }) => tfjs.tensor(values.slice(), [...shape]));
  const work = startWork("predict", ids.length, options);
  try {
    const batchSize = isDeep(model.model) ? 16 : 1024; // bounds memory, changes nothing
    const { rows, logits } = await logitsOf(tfjs, network, weights, feed, batchSize, work);
    const probabilities = probabilitiesOf(labelKind, logits, classes.length);
    return showPredictions({ ids: Array.from(rows, (row) => ids[row] as string), classes, probabilities, thresholds });
  } finally {
    feed.dispose();
    tfjs.dispose(weights);
    work.end();
  }
}

/** Gives predictions their one line and their table. */
export function showPredictions(predictions: Predictions): Predictions & Shown & Tabled {
  const { ids, classes } = predictions;
  const summary = `Predictions of ${classes.join(", ")} for ${ids.length} images`;
  const table = (): Table => predictionTable(summary, predictions);
  return showAs(predictions, { summary: () => summary, view: () => beginningOf(table()), table });
}

function predictionTable(title: string, { ids, classes, probabilities, fold }: Predictions): Table {
  return {
    kind: "table",
    title,
    columns: [
      { name: "image" },
      ...classes.map((name) => ({ name, digits: 3 })),
      ...(fold === undefined ? [] : [{ name: "fold" }]),
    ],
    rows: ids.map((id, row) => [
      id,
      ...probabilities.slice(row * classes.length, (row + 1) * classes.length),
      ...(fold === undefined ? [] : [fold[row] ?? null]),
    ]),
  };
}

/** Rows of predictions that are shown; the value and its data frame hold them all. */
const shownRows = 10;

function beginningOf({ rows, ...rest }: Table): Table {
  if (rows.length <= shownRows) return { ...rest, rows };
  return { ...rest, rows: rows.slice(0, shownRows), note: `The first ${shownRows} of ${rows.length} images.` };
}

/** Cells and JavaScript can give anything, for instance a model that was not awaited. */
function checkModel(model: { readonly kind?: string } | null | undefined): void {
  if (model?.kind === "model") return;
  throw new DataError({
    where: "predict",
    required: "a trained model as first argument",
    got: model?.kind ?? typeof model,
    remedy: "give what train returns, with await",
  });
}

function checkInput(wanted: ModelInput, got: ModelInput): void {
  if (hash(asData(wanted)) === hash(asData(got))) return;
  throw new ShapeError({
    where: "predict",
    required: `${inWords(wanted)}, as the model was trained on`,
    got: inWords(got),
    remedy: wanted.kind === "embedding" ? "compress the images with the model's settings" : "resize the images",
  });
}

/** As the hash takes it, which looks at no order of keys. */
function asData(input: ModelInput): Hashable {
  return input as unknown as Hashable;
}

function inWords(input: ModelInput): string {
  if (input.kind === "images") return `images [${input.shape.join(", ")}]`;
  const { settings, imageShape } = input;
  const { level, patchGrid, wavelet, pooling } = settings;
  return `embeddings at J=${level}, P=${patchGrid.join("x")}, ${wavelet}, ${pooling.join("+")} of images [${imageShape.join(", ")}]`;
}
