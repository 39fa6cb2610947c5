import { OptionError, ShapeError } from "../core/errors";
import { type Images, type Rejected, checkLayout, checkParts, checkPixels, isStream, typeName } from "../core/images";
import { longWorkNames, type OptionNames } from "../core/options";
import { type LongWorkOptions, Turns, type Work, startWork } from "../core/progress";
import type { Shown } from "../display/show";
import type { Embedding } from "./embedding";
import { bytesOf } from "./kernel";
import { pixelKind } from "./images";
import { planKernel } from "./kernel-plan";
import { type NoiseOptions, type NoisePlan, planNoise } from "./noise/plan";
import type { Guarantee } from "./noise/guarantee";
import { createEmbedding } from "./results";
import {
  type CompressSettings,
  type ImageShape,
  type SettingsOptions,
  checkFit,
  embeddingSize,
  settingsNames,
  toSettings,
} from "./settings";
import type { Job } from "./threads/job";
import { checkWorkers, pacing, runJob } from "./threads/run";
import { roomFor, unwritten } from "./unwritten";

/** What {@link compress} takes besides images. */
export interface CompressOptions extends SettingsOptions, LongWorkOptions {
  /** Threads, the calling one included, at most 1024; default: the cores that the process may use. The values do not depend on it. */
  readonly workers?: number;
  /**
   * A buffer for the values, at least as long as they need; the embedding's values are then its beginning, and the next
   * call with it overwrites them; apart from the pixels. Spares loops the garbage of all results, which can cost more than compressing.
   */
  readonly out?: Float32Array;
  /** Noise with a guarantee of differential privacy, added to 8-bit images' embeddings; default: none. */
  readonly noise?: NoiseOptions;
}

const where = "compress";
const inParts = "compress in batches, or to a file with compressTo";
const fewestThere = 64; // for fewer, workers would take longer to start than the work does

/** The names of the options of {@link compress} but for the buffer. */
export const compressNames: OptionNames<Omit<CompressOptions, "out">> = {
  ...{ ...settingsNames, workers: true, noise: true, ...longWorkNames },
};

/**
 * Compresses images: a wavelet packet transform of every channel, and every sub-band pooled on the patch grid.
 *
 * @param images - of one shape `[image, channel, row, col]`, or a stream of batches of one shape; 8- and 16-bit pixels
 *   are taken as fractions of their range
 * @returns values `[image, channel, subBand, patchRow, patchCol, pooling]` in single precision, within 1e-5 of the
 *   largest of what double precision gives; files that could not be read are told in `rejected`
 * @throws OptionError when an option is not allowed, or noise is wanted at settings without a known sensitivity
 * @throws ShapeError when pixels do not fit their shape, a side is below 2^level, the patch grid is larger than a
 *   sub-band, batches differ in shape, or `out` is too short
 * @throws DataError when pixels are of another type, an id stands twice or a pixel is not finite
 * @see doi:10.1002/widm.1495, the sections on the wavelet packet transform and on pooling
 */
export async function compress(
  images: Images | AsyncIterable<Images>,
  options: CompressOptions,
): Promise<Embedding & Shown> {
  const settings = toSettings(options, where, { ...compressNames, out: true });
  const ids: string[] = [];
  const parts: Float32Array[] = [];
  let [imageShape, guarantee]: [ImageShape | undefined, Guarantee | undefined] = [undefined, undefined];
  const lending = options.out === undefined && isStream(images) && isCompressing(images) ? images : undefined;
  let gathering: Gathering | undefined;
  const batches = isStream(images)
    ? compressStream(images, settings, options)
    : compressWhole(images, settings, options);
  for await (const batch of batches) {
    ({ imageShape, guarantee } = batch);
    if (lending === undefined) parts.push(batch.values);
    else (gathering ??= new Gathering(lending.count * embeddingSize(settings, imageShape))).add(batch.values);
    for (const id of batch.ids) ids.push(id); // spread as arguments, a million ids would not fit the stack
  }
  if (imageShape === undefined) throw new ShapeError({ where, required: "at least one batch", got: "an empty stream" });
  const length = ids.length * embeddingSize(settings, imageShape);
  const values = options.out?.subarray(0, length) ?? gathering?.all() ?? joined(parts, length);
  return createEmbedding({ values, settings, imageShape, ids, guarantee, rejected: rejectedOf(images) }, where);
}

/** Gathers values that the next batch overwrites: in one array, where there is room for as many as may come. */
class Gathering {
  readonly #whole: Float32Array | undefined;
  readonly #parts: Float32Array[] = [];
  #filled = 0;

  constructor(most: number) {
    try {
      this.#whole = unwritten(most);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // files may promise far more images than they hold
    }
  }

  add(values: Float32Array): void {
    if (this.#whole === undefined) this.#parts.push(copyOf(values));
    else this.#whole.set(values, this.#filled);
    this.#filled += values.length;
  }

  /** All values; of fewer than might have come a copy, so that no room is kept for files set aside. */
  all(): Float32Array {
    if (this.#whole === undefined) return joined(this.#parts, this.#filled);
    return this.#filled === this.#whole.length ? this.#whole : copyOf(this.#whole.subarray(0, this.#filled));
  }
}

function copyOf(values: Float32Array): Float32Array {
  const copy = roomFor(values.length, where, inParts);
  copy.set(values);
  return copy;
}

/** The embedding of one batch of a stream. */
export interface CompressedBatch {
  /** `[image, channel, subBand, patchRow, patchCol, pooling]`; of a {@link CompressingStream} the next batch may overwrite them. */
  readonly values: Float32Array;
  readonly imageShape: ImageShape;
  readonly ids: readonly string[];
  readonly guarantee?: Guarantee | undefined;
}

/** A stream that can compress its images where it reads them, so that no pixel crosses a thread. */
export interface CompressingStream extends AsyncIterable<Images> {
  /** How many images will come at most. */
  readonly count: number;
  /** What compressing its batches would give; they may be cut otherwise. The next batch may overwrite a batch's values. */
  compressed(
    settings: CompressSettings,
    work: { readonly workers: number | undefined; readonly signal: AbortSignal },
  ): AsyncIterable<CompressedBatch>;
}

/**
 * Compresses batch by batch and keeps none, for results that are larger than memory. Ids are checked within each batch.
 *
 * @throws what {@link compress} throws
 */
export function compressBatches(
  images: Images | AsyncIterable<Images>,
  options: CompressOptions,
): AsyncIterable<CompressedBatch> {
  const settings = toSettings(options, where);
  return isStream(images) ? compressStream(images, settings, options) : compressWhole(images, settings, options);
}

async function* compressWhole(
  images: Images,
  settings: CompressSettings,
  options: CompressOptions,
): AsyncGenerator<CompressedBatch> {
  checkParts(images, where);
  const compression = new Compression(settings, options, images.shape[0]);
  try {
    yield await compression.next(images);
  } finally {
    compression.work.end();
  }
}

async function* compressStream(
  images: AsyncIterable<Images>,
  settings: CompressSettings,
  options: CompressOptions,
): AsyncGenerator<CompressedBatch> {
  const compression = new Compression(settings, options, undefined);
  try {
    if (isCompressing(images) && compression.workers > 1 && options.noise === undefined) {
      yield* compressWhereRead(images, settings, options.out, compression); // noise may need the pixels
    } else for await (const batch of untilStopped(images, compression.work)) yield await compression.next(batch);
  } finally {
    compression.work.end();
  }
}

/** The batches of a stream until the work is stopped, also while the stream lets it wait. */
async function* untilStopped(images: AsyncIterable<Images>, { during }: Work): AsyncGenerator<Images> {
  const stream = images[Symbol.asyncIterator]();
  const close = async (): Promise<unknown> => stream.return?.();
  let over = false;
  try {
    for (;;) {
      const next = await during(Promise.resolve(stream.next()));
      if ((over = next.done === true)) return;
      yield next.value;
    }
  } finally {
    // A stream that is at its next batch hears of its end only after it, for which nobody waits who is to stop.
    if (!over) await during(close()).catch(() => undefined);
  }
}

/** Compresses batches of one shape, one after another. */
class Compression {
  readonly workers: number;
  readonly work: Work;
  readonly #settings: CompressSettings;
  readonly #options: CompressOptions;
  #imageShape: ImageShape | undefined;
  #noise: NoisePlan | undefined;
  #done = 0;
  #filled = 0;

  constructor(settings: CompressSettings, options: CompressOptions, images: number | undefined) {
    [this.#settings, this.#options] = [settings, options];
    this.workers = checkWorkers(options.workers, where);
    this.work = startWork(where, images, options);
  }

  async next(batch: Images): Promise<CompressedBatch> {
    const { out, noise } = this.#options;
    this.work.check();
    const imageShape = (this.#imageShape = checkBatch(batch, this.#settings, this.#imageShape));
    const size = batch.ids.length * embeddingSize(this.#settings, imageShape);
    const pace = pacing(this.work, this.#done, imageShape[0]);
    const values = out === undefined ? roomFor(size, where, inParts) : room(out, this.#filled, size, batch.pixels);
    if (batch.pixels instanceof Float32Array) await checkPixels(batch, where, () => pace.pause(0));
    await compressBatch(batch, this.#settings, values, this.workers, pace);
    this.#done += batch.ids.length;
    this.#filled += size;
    if (noise !== undefined) this.#noise ??= planNoise(this.#settings, imageShape, noise);
    if (this.#noise !== undefined) await addNoise(this.#noise, values, batch, this.work);
    return { values, imageShape, ids: batch.ids, guarantee: this.#noise?.guarantee };
  }
}

async function* compressWhereRead(
  images: CompressingStream,
  settings: CompressSettings,
  out: Float32Array | undefined,
  { workers, work }: Compression,
): AsyncGenerator<CompressedBatch> {
  let [done, filled] = [0, 0];
  work.check();
  for await (const batch of images.compressed(settings, { workers, signal: work.signal })) {
    let { values } = batch;
    if (out !== undefined) {
      values = room(out, filled, batch.values.length);
      values.set(batch.values);
    }
    filled += values.length;
    work.report((done += batch.ids.length));
    work.check();
    yield { ...batch, values };
  }
}

/** What was set aside when images were read from files. */
function rejectedOf(
  images: (Images | AsyncIterable<Images>) & { readonly rejected?: readonly Rejected[] },
): Rejected[] {
  return [...(images.rejected ?? [])];
}

function isCompressing(images: Images | AsyncIterable<Images>): images is CompressingStream {
  return "compressed" in images && (images as CompressingStream).count >= fewestThere;
}

function checkBatch(batch: Images, settings: CompressSettings, expected: ImageShape | undefined): ImageShape {
  checkLayout(batch, where);
  const [, ...shape] = batch.shape;
  if (expected === undefined) checkFit(settings, shape, where);
  else if (shape.some((side, axis) => side !== expected[axis])) {
    throw new ShapeError({
      where,
      required: `every batch of one shape [image, ${expected.join(", ")}]`,
      got: `[${batch.shape.join(", ")}] with "${batch.ids[0]}"`,
      remedy: "resize the images to one size",
    });
  }
  return shape;
}

function room(out: unknown, from: number, size: number, pixels?: Images["pixels"]): Float32Array {
  if (!(out instanceof Float32Array)) {
    throw new OptionError({ where, required: "out a Float32Array", got: typeName(out) });
  }
  if (from + size > out.length) {
    throw new OptionError({ where, required: `out of at least ${from + size} numbers`, got: `${out.length}` });
  }
  if (pixels !== undefined && overlap(out, pixels)) {
    const got = "memory that the pixels lie in"; // results would overwrite some that are still to be read
    throw new OptionError({ where, required: "out apart from the pixels", got, remedy: "give it memory of its own" });
  }
  return out.subarray(from, from + size);
}

function overlap(one: Images["pixels"], other: Images["pixels"]): boolean {
  return (
    one.buffer === other.buffer &&
    one.byteOffset < other.byteOffset + other.byteLength &&
    other.byteOffset < one.byteOffset + one.byteLength
  );
}

function joined(parts: readonly Float32Array[], length: number): Float32Array {
  if (parts.length === 1) return parts[0] as Float32Array;
  const whole = roomFor(length, where, inParts);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function compressBatch(
  batch: Images,
  settings: CompressSettings,
  values: Float32Array,
  workers: number,
  pace: Pick<Job, "pause" | "wait">,
): Promise<void> {
  const [images, ...imageShape] = batch.shape;
  if (images === 0) return;
  const plan = planKernel(settings, imageShape, pixelKind(batch.pixels));
  const channels = images * imageShape[0];
  const remedy = "use smaller images";
  await runJob({ where, remedy, plan, input: bytesOf(batch.pixels), output: values, channels, ...pace }, workers);
  await pace.pause(channels);
}

/** Adds noise image by image, as much of it takes long. */
async function addNoise(noise: NoisePlan, values: Float32Array, batch: Images, work: Work): Promise<void> {
  const [images, ...imageShape] = batch.shape;
  const turns = new Turns(work.check);
  for (let image = 0; image < images; image++) {
    const part = (whole: Images["pixels"]): Images["pixels"] =>
      whole.subarray((image * whole.length) / images, ((image + 1) * whole.length) / images);
    const one: Images = { pixels: part(batch.pixels), shape: [1, ...imageShape], ids: [batch.ids[image] as string] };
    await turns.take(() => noise.apply(part(values) as Float32Array, one));
  }
}
