import { availableParallelism } from "node:os";
import type { CompressedBatch } from "../compress/compress";
import type { CompressSettings } from "../compress/settings";
import { DataError } from "../core/errors";
import type { Images, Rejected } from "../core/images";
import { checkOptions, longWorkNames } from "../core/options";
import { startWork, type LongWorkOptions } from "../core/progress";
import { type FileNotes, compressFiles } from "./compressFiles";
import { type DecodedFile, decodeFile, readHeader } from "./decode";
import type { FileWork } from "./fileWorkers";
import type { ImageFile } from "./imageFile";
import { findImageFiles } from "./imageFiles";
import { type Usable, bitsOf, checkAlike, nothingUsable, reasonOf } from "./outcomes";
import { readNames, readSettings, type ReadOptions, type ReadSettings } from "./readSettings";

/** Images that come in batches; files that cannot be used are set aside and the rest goes on. */
export interface ImageStream extends AsyncIterable<Images> {
  /** What was set aside so far in the latest pass. */
  readonly rejected: readonly Rejected[];
  /** How many images will come at most. */
  readonly count: number;
}

/** A stream of image files, which {@link compress} compresses where they are read. */
export interface FileStream extends ImageStream {
  /** The ids of the images that sharp read in the latest pass; decoders of our own, for common files, read the others. */
  readonly bySharp: readonly string[];
  /**
   * The batches compressed in workers, so that no pixel crosses a thread; compress asks for it.
   *
   * @internal
   */
  compressed(settings: CompressSettings, work: FileWork): AsyncIterable<CompressedBatch>;
}

/** Images in memory with what was set aside on the way. */
export interface ReadImages extends Images {
  readonly rejected: readonly Rejected[];
  /** The ids of the images that sharp read; decoders of our own, for common files, read the others. */
  readonly bySharp: readonly string[];
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
  checkOptions<ReadImagesOptions>("readImages", options, { ...readNames, ...longWorkNames });
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
    return {
      ...joinImages(batches),
      rejected: [...stream.rejected],
      bySharp: [...stream.bySharp],
      settings: readSettings(options),
    };
  } finally {
    work.end();
  }
}

/** As {@link readImages}, batch by batch, for more images than fit into memory. */
export async function streamImages(
  input: string | readonly string[],
  options: StreamOptions = {},
): Promise<FileStream> {
  checkOptions<StreamOptions>("streamImages", options, { ...readNames, batchSize: true });
  return streamFiles(await findImageFiles(input), options);
}

/** Streams images whose files and ids are known. */
export function streamFiles(files: readonly ImageFile[], options: StreamOptions = {}): FileStream {
  const settings = readSettings(options);
  const { batchSize = 64 } = options;
  const notes: FileNotes = { rejected: [], bySharp: [] };
  const forget = (): void => {
    notes.rejected.length = 0;
    notes.bySharp.length = 0;
  };
  return {
    ...notes,
    count: files.length,
    compressed(compressSettings, work) {
      forget();
      return compressFiles(files, settings, compressSettings, work, notes);
    },
    async *[Symbol.asyncIterator](): AsyncGenerator<Images> {
      forget();
      let first: Usable | undefined;
      for await (const samples of decodeAhead(files, batchSize, settings, notes)) {
        for (const { usable } of samples) checkAlike((first ??= usable), usable);
        if (samples.length > 0) yield stack(samples);
      }
      if (first === undefined) throw nothingUsable(notes.rejected);
    },
  };
}

/** What headers tell of files. */
export interface Headers {
  /** The images that can be used, in the order of the files. */
  readonly usable: readonly Usable[];
  readonly rejected: readonly Rejected[];
}

/**
 * What files will be as their headers tell, without decoding; damage behind the header goes unseen. Of frames and slices
 * the first stands for all of its file.
 */
export async function readHeaders(files: readonly ImageFile[], options: ReadOptions = {}): Promise<Headers> {
  const settings = readSettings(options);
  const firsts = files.filter(({ frame = 0 }) => frame === 0);
  const outcomes = await inLanes(firsts, (image) => readHeader(image, settings));
  const outcomeOf = new Map(firsts.map(({ file }, at) => [file, outcomes[at]]));
  const [usable, rejected]: [Usable[], Rejected[]] = [[], []];
  for (const { id, file } of files) {
    const { found, failure } = outcomeOf.get(file) ?? {};
    if (found !== undefined) usable.push({ id, file, ...found });
    else if (failure !== undefined) rejected.push({ ...failure, id });
  }
  return { usable, rejected };
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

interface Sample {
  readonly usable: Usable;
  readonly image: DecodedFile;
}

/** While the caller works on one batch the next is being decoded. */
async function* decodeAhead(
  files: readonly ImageFile[],
  batchSize: number,
  settings: ReadSettings,
  { rejected, bySharp }: FileNotes,
): AsyncGenerator<Sample[]> {
  const start = (at: number): Promise<Outcome<Sample>[]> => {
    const batch = decodeBatch(files.slice(at, at + batchSize), settings);
    batch.catch(() => undefined); // is awaited one turn later; until then a failure is not "unhandled"
    return batch;
  };
  let next = start(0);
  for (let at = 0; at < files.length; at += batchSize) {
    const outcomes = await next;
    if (at + batchSize < files.length) next = start(at + batchSize);
    for (const { failure } of outcomes) if (failure !== undefined) rejected.push(failure);
    const samples = outcomes.flatMap(({ found }) => (found === undefined ? [] : [found]));
    for (const { usable, image } of samples) if (image.decoder === "sharp") bySharp.push(usable.id);
    yield samples;
  }
}

interface Outcome<T> {
  readonly found?: T;
  readonly failure?: Rejected;
}

function decodeBatch(files: readonly ImageFile[], settings: ReadSettings): Promise<Outcome<Sample>[]> {
  return inLanes(files, async (imageFile) => {
    const { id, file } = imageFile;
    const image = await decodeFile(imageFile, settings);
    return { usable: { id, file, shape: image.shape, bits: bitsOf(image.pixels) }, image };
  });
}

/** Does something with files, several at a time; the outcomes are in the order of the files. */
async function inLanes<T>(files: readonly ImageFile[], action: (file: ImageFile) => Promise<T>): Promise<Outcome<T>[]> {
  const outcomes: Outcome<T>[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < files.length; at = next++) {
      outcomes[at] = await orReject(files[at] as ImageFile, action);
    }
  };
  await Promise.all(Array.from({ length: Math.min(files.length, 2 * availableParallelism()) }, lane));
  return outcomes;
}

async function orReject<T>(imageFile: ImageFile, action: (file: ImageFile) => Promise<T>): Promise<Outcome<T>> {
  const { id, file } = imageFile;
  try {
    return { found: await action(imageFile) };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return { failure: { file, id, reason: reasonOf(error) } };
  }
}

function stack(samples: readonly Sample[]): Images {
  const { image } = samples[0] as Sample;
  const size = image.pixels.length;
  const pixels = like(image.pixels, samples.length * size);
  samples.forEach((sample, at) => pixels.set(sample.image.pixels, at * size));
  return { pixels, shape: [samples.length, ...image.shape], ids: samples.map(({ usable }) => usable.id) };
}

function like<T extends Images["pixels"]>(pixels: T, length: number): T {
  return new (pixels.constructor as new (length: number) => T)(length);
}
