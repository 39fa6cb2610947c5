import { availableParallelism } from "node:os";
import { DataError } from "../core/errors";
import type { Images } from "../core/images";
import { startWork, type LongWorkOptions } from "../core/progress";
import type { Decoded } from "./centre";
import { checkFile, decodeFile } from "./decode";
import { findImageFiles, type ImageFile } from "./imageFiles";
import { readSettings, type ReadOptions, type ReadSettings } from "./readSettings";

/** A file that could not be used, and why. */
export interface Rejected {
  readonly file: string;
  readonly id: string;
  /** In words, without the file's name. */
  readonly reason: string;
}

/** Images that come in batches; files that cannot be used are set aside and the rest goes on. */
export interface ImageStream extends AsyncIterable<Images> {
  /** What was set aside so far in the latest pass. */
  readonly rejected: readonly Rejected[];
  /** How many images will come at most. */
  readonly count: number;
}

/** Images in memory with what was set aside on the way. */
export interface ReadImages extends Images {
  readonly rejected: readonly Rejected[];
  readonly settings: ReadSettings;
}

/** Options of {@link streamImages}. */
export interface StreamOptions extends ReadOptions {
  /** Images in one batch; default 64. */
  readonly batchSize?: number;
}

/** Options of {@link readImages}. */
export type ReadImagesOptions = ReadOptions & LongWorkOptions;

/**
 * Reads image files into memory.
 *
 * @param input - files, or folders that are searched for .png, .jpg, .jpeg, .tif and .tiff
 * @returns images `[image, channel, row, col]` in the order of their ids (the path below the folder), and the files that
 * were set aside with the reason
 * @throws DataError when there is no image, none can be read, or sizes, channels or depths differ and no option says
 * what to bring them to
 */
export async function readImages(
  input: string | readonly string[],
  options: ReadImagesOptions = {},
): Promise<ReadImages> {
  const files = await findImageFiles(input);
  const stream = streamFiles(files, options);
  const work = startWork("read images", files.length, options);
  try {
    const batches: Images[] = [];
    let done = 0;
    for await (const batch of stream) {
      work.check();
      batches.push(batch);
      work.report((done += batch.ids.length));
    }
    return { ...joinImages(batches), rejected: [...stream.rejected], settings: readSettings(options) };
  } finally {
    work.end();
  }
}

/** As {@link readImages}, batch by batch, for more images than fit into memory. */
export async function streamImages(
  input: string | readonly string[],
  options: StreamOptions = {},
): Promise<ImageStream> {
  return streamFiles(await findImageFiles(input), options);
}

/** Streams images whose files and ids are known. */
export function streamFiles(files: readonly ImageFile[], options: StreamOptions = {}): ImageStream {
  const settings = readSettings(options);
  const { batchSize = 64 } = options;
  const rejected: Rejected[] = [];
  return {
    rejected,
    count: files.length,
    async *[Symbol.asyncIterator](): AsyncGenerator<Images> {
      rejected.length = 0;
      let first: Sample | undefined;
      for await (const samples of decodeAhead(files, batchSize, settings, rejected)) {
        first ??= samples[0];
        for (const sample of samples) checkAlike(first as Sample, sample);
        if (samples.length > 0) yield stack(samples);
      }
      if (first === undefined) throw nothingUsable(rejected);
    },
  };
}

/** The files that cannot be used as their headers tell, without decoding; damage behind the header goes unseen. */
export async function checkHeaders(
  files: readonly ImageFile[],
  options: ReadOptions = {},
): Promise<readonly Rejected[]> {
  const settings = readSettings(options);
  const outcomes = await inLanes(files, async ({ file }) => {
    await checkFile(file, settings);
    return {};
  });
  return outcomes.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
}

/**
 * One `Images` out of several of the same size.
 *
 * @throws DataError when there is none
 */
export function joinImages(batches: readonly Images[]): Images {
  const [first] = batches;
  if (first === undefined) throw new DataError({ where: "images", required: "at least one batch", got: "none" });
  if (batches.length === 1) return first;
  const count = batches.reduce((sum, { ids }) => sum + ids.length, 0);
  const [, channels, rows, cols] = first.shape;
  const pixels = like(first.pixels, count * channels * rows * cols);
  let at = 0;
  for (const batch of batches) {
    pixels.set(batch.pixels, at);
    at += batch.pixels.length;
  }
  return { pixels, shape: [count, channels, rows, cols], ids: batches.flatMap(({ ids }) => ids) };
}

interface Sample extends ImageFile {
  readonly image: Decoded;
}

/** While the caller works on one batch the next is being decoded. */
async function* decodeAhead(
  files: readonly ImageFile[],
  batchSize: number,
  settings: ReadSettings,
  rejected: Rejected[],
): AsyncGenerator<Sample[]> {
  const start = (at: number): Promise<Outcome[]> => {
    const batch = decodeBatch(files.slice(at, at + batchSize), settings);
    batch.catch(() => undefined); // is awaited one turn later; until then a failure is not "unhandled"
    return batch;
  };
  let next = start(0);
  for (let at = 0; at < files.length; at += batchSize) {
    const outcomes = await next;
    if (at + batchSize < files.length) next = start(at + batchSize);
    for (const { failure } of outcomes) if (failure !== undefined) rejected.push(failure);
    yield outcomes.flatMap(({ sample }) => (sample === undefined ? [] : [sample]));
  }
}

interface Outcome {
  readonly sample?: Sample;
  readonly failure?: Rejected;
}

function decodeBatch(files: readonly ImageFile[], settings: ReadSettings): Promise<Outcome[]> {
  return inLanes(files, async ({ id, file }) => ({ sample: { id, file, image: await decodeFile(file, settings) } }));
}

async function inLanes(files: readonly ImageFile[], action: (file: ImageFile) => Promise<Outcome>): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < files.length; at = next++) {
      outcomes[at] = await orReject(files[at] as ImageFile, action);
    }
  };
  await Promise.all(Array.from({ length: Math.min(files.length, 2 * availableParallelism()) }, lane));
  return outcomes;
}

async function orReject(imageFile: ImageFile, action: (file: ImageFile) => Promise<Outcome>): Promise<Outcome> {
  const { id, file } = imageFile;
  try {
    return await action(imageFile);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return { failure: { file, id, reason: reasonOf(error) } };
  }
}

function reasonOf({ required, got, remedy }: DataError): string {
  return `${required}, got ${got}${remedy === undefined ? "" : `; ${remedy}`}`;
}

function stack(samples: readonly Sample[]): Images {
  const { image } = samples[0] as Sample;
  const size = image.pixels.length;
  const pixels = like(image.pixels, samples.length * size);
  samples.forEach((sample, at) => pixels.set(sample.image.pixels, at * size));
  return { pixels, shape: [samples.length, ...image.shape], ids: samples.map(({ id }) => id) };
}

function like<T extends Images["pixels"]>(pixels: T, length: number): T {
  return new (pixels.constructor as new (length: number) => T)(length);
}

function checkAlike(first: Sample, other: Sample): void {
  const [channels, rows, cols] = other.image.shape;
  const [firstChannels, firstRows, firstCols] = first.image.shape;
  const fail = (required: string, got: string, remedy: string): never => {
    throw new DataError({ where: "readImages", file: other.file, required, got, remedy });
  };
  if (rows !== firstRows || cols !== firstCols) {
    fail(
      `images of one size (${first.id} has ${firstRows}x${firstCols})`,
      `${rows}x${cols}`,
      "say what to bring them to with size: [rows, cols] (--size ROWSxCOLS)",
    );
  }
  if (channels !== firstChannels) {
    fail(
      `images of one kind (${first.id} is ${kindOf(firstChannels)})`,
      kindOf(channels),
      'choose with colour: "grey" or "rgb" (--grey or --rgb)',
    );
  }
  if (other.image.pixels.constructor !== first.image.pixels.constructor) {
    fail(
      `images of one depth (${first.id} has ${8 * first.image.pixels.BYTES_PER_ELEMENT} bits)`,
      `${8 * other.image.pixels.BYTES_PER_ELEMENT} bits`,
      "choose with bits: 8 or 16 (--bits 8 or --bits 16)",
    );
  }
}

function kindOf(channels: number): string {
  return channels === 1 ? "grey" : "colour";
}

function nothingUsable(rejected: readonly Rejected[]): DataError {
  const [first] = rejected;
  return new DataError({
    where: "readImages",
    required: "at least one image that can be read",
    got: first === undefined ? "none" : `${rejected.length} that cannot, the first ${first.file}: ${first.reason}`,
  });
}
