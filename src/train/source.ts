import type * as tf from "@tensorflow/tfjs";
import type { Embedding } from "../compress/embedding";
import { privatize } from "../compress/privatize";
import { DataError, OptionError } from "../core/errors";
import { hash } from "../core/hash";
import { checkImages, checkObject, checkUnique, type Images, isStream } from "../core/images";
import { featuresOf, measure, type Normalisation, normalisedRows } from "./features";
import { type Feed, imageFeed, tableFeed } from "./feed";
import type { ModelInput } from "./model";
import { isDeep, type ResolvedModel } from "./models/create";

/** Images that are read when they are needed, for instance a data set; never all in memory. */
export interface ImageSource {
  /** The images of these ids, in this order, in batches. */
  images(ids: readonly string[], options: { readonly batchSize: number }): AsyncIterable<Images>;
}

/** What a model learns from: embeddings, images, or a data set whose images are read as they are needed. */
export type Inputs = Images | Embedding | ImageSource;

/** Inputs as the training loop sees them, whatever they are. */
export interface Source {
  readonly input: ModelInput;
  /** Every id, where it is known beforehand. */
  readonly ids: readonly string[] | undefined;
  /** Of what the model learns from; of a source that is read on the way, its ids must do. */
  readonly hash: string;
  /** What the features of these images are to be reduced by. */
  normalisation(ids: readonly string[], kind: Normalisation["kind"]): Normalisation;
  open(tfjs: typeof tf, ids: readonly string[], normalisation: Normalisation | undefined): Feed;
}

/**
 * Inputs made ready for a model.
 *
 * @param ids - of the images that will be asked for
 * @throws OptionError when the model cannot learn from such inputs
 * @throws ShapeError or DataError when images do not fit themselves or an id stands twice
 */
export async function openSource(inputs: Inputs, model: ResolvedModel, ids: readonly string[]): Promise<Source> {
  checkInputs(inputs, "train");
  if (isDeep(model)) return deepSource(inputs, model.privatize, ids);
  if (!("ids" in inputs)) {
    throw new OptionError({
      where: "train",
      required: "embeddings for a model of features",
      got: "a source of images",
      remedy: "compress its images first, or choose a deep network",
    });
  }
  return tableSource(inputs);
}

/** @throws DataError when the inputs are nothing to learn from, or come in batches as embeddings in files do */
export function checkInputs(inputs: Inputs, where: string): void {
  const required = "images, an embedding or a data set";
  checkObject(inputs, required, where);
  if (!isStream(inputs)) return;
  const remedy = "gather it first: await stored.read() for embeddings in files, await collectImages(stream) for images";
  throw new DataError({ where, required, got: "what comes in batches", remedy });
}

function tableSource(inputs: Images | Embedding): Source {
  const table = featuresOf(inputs);
  const rowsOf = rowFinder(table.ids);
  return {
    input: inputOf(inputs),
    ids: table.ids,
    hash: hash(table.values, table.ids),
    normalisation: (ids, kind) => measure(table, rowsOf(ids), kind),
    open: (tfjs, ids, normalisation) =>
      tableFeed(tfjs, normalisedRows(table, rowsOf(ids), normalisation), table.features),
  };
}

type PrivatizeSettings = Extract<ResolvedModel, { privatize?: unknown }>["privatize"];

async function deepSource(inputs: Inputs, settings: PrivatizeSettings, ids: readonly string[]): Promise<Source> {
  if ("values" in inputs) {
    throw new OptionError({
      where: "train",
      required: "images for a deep network",
      got: "embeddings",
      remedy: 'give the images, with the model\'s option privatize: { level, patchGrid }, or choose "mlp"',
    });
  }
  const change = (images: Images): Promise<Images> | Images =>
    settings === undefined ? images : privatize(images, { ...settings, size: "compact" });
  if ("pixels" in inputs) {
    checkImages(inputs, "train");
    checkUnique(inputs.ids, "train");
    return imageSource(
      inputOf(inputs),
      memoryReader(await change(inputs)),
      inputs.ids,
      hash(inputs.pixels, inputs.ids),
    );
  }
  async function* read(wanted: readonly string[], batchSize: number): AsyncGenerator<Images> {
    for await (const images of (inputs as ImageSource).images(wanted, { batchSize })) yield await change(images);
  }
  return imageSource(inputOf(await firstImages(inputs, ids)), read, undefined, hash(ids));
}

type Read = (ids: readonly string[], batchSize: number) => AsyncIterable<Images>;

function imageSource(input: ModelInput, read: Read, ids: Source["ids"], contentHash: string): Source {
  const check = ids === undefined ? undefined : rowFinder(ids);
  return {
    ...{ input, ids, hash: contentHash },
    normalisation: () => {
      throw new Error("deep networks take images as they are");
    },
    open(tfjs, wanted) {
      check?.(wanted);
      return imageFeed(tfjs, wanted, read);
    },
  };
}

/** Images in memory, read as if they were files. */
function memoryReader(images: Images): Read {
  const rowsOf = rowFinder(images.ids);
  const [, channels, rows, cols] = images.shape;
  const size = channels * rows * cols;
  // eslint-disable-next-line @typescript-eslint/require-await
  return async function* (ids, batchSize) {
    for (let start = 0; start < ids.length; start += batchSize) {
      const own = ids.slice(start, start + batchSize);
      const pixels = new (images.pixels.constructor as Float32ArrayConstructor)(own.length * size);
      rowsOf(own).forEach((row, at) => pixels.set(images.pixels.subarray(row * size, (row + 1) * size), at * size));
      yield { pixels, shape: [own.length, channels, rows, cols], ids: own };
    }
  };
}

/** One image, to know the shape of all. */
async function firstImages(source: ImageSource, ids: readonly string[]): Promise<Images> {
  for await (const images of source.images(ids, { batchSize: 1 })) return images;
  throw new DataError({ where: "train", required: "at least one image that can be read", got: "none" });
}

/** Where ids stand. */
function rowFinder(ids: readonly string[]): (wanted: readonly string[]) => Int32Array {
  const rows = new Map(ids.map((id, row) => [id, row]));
  return (wanted) =>
    Int32Array.from(wanted, (id) => {
      const row = rows.get(id);
      if (row !== undefined) return row;
      throw new DataError({
        where: "train",
        required: "an image or embedding for every id of the split",
        got: `none for "${id}"`,
        remedy: "leave it out: make the split from pickLabels(labels, inputs.ids)",
      });
    });
}

/** What a model remembers of its inputs. */
export function inputOf(inputs: Images | Embedding): ModelInput {
  const shape = inputs.shape.slice(1);
  if (!("values" in inputs)) return { kind: "images", shape };
  const { settings, imageShape } = inputs;
  return { kind: "embedding", shape, settings, imageShape };
}
