import { availableParallelism } from "node:os";
import type { CompressedBatch } from "../compress/compress";
import type { CompressSettings } from "../compress/settings";
import { DataError } from "../core/errors";
import type { Images, Rejected } from "../core/images";
import { checkOptions, longWorkNames } from "../core/options";
import { type LongWorkOptions, Turns, startWork } from "../core/progress";
import { FileNotes, compressFiles } from "./compressFiles";
import { type DecodedFile, readHeader } from "./decode";
import { FileDecoder } from "./fileDecoder";
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

const filesInBatch = 64;

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
  const settings = readSettings(options);
  const notes = new FileNotes();
  const work = startWork("read images", files.length, options);
  const turns = new Turns(work.check);
  let done = 0;
  const onFile = (): void => work.report(++done);
  try {
    const batches: Images[] = [];
    const reading = { settings, notes, turns, signal: work.signal, onFile };
    for await (const batch of readBatches(files, filesInBatch, reading)) batches.push(batch);
    const images = await joinImages(batches, turns);
    work.check();
    return { ...images, rejected: notes.rejected, bySharp: notes.bySharp, settings };
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
  const { batchSize = filesInBatch } = options;
  const notes = new FileNotes();
  return {
    rejected: notes.rejected,
    bySharp: notes.bySharp,
    count: files.length,
    compressed: (compressSettings, work) => notes.during(compressFiles(files, settings, compressSettings, work, notes)),
    [Symbol.asyncIterator]() {
      const stop = new AbortController();
      const turns = new Turns(() => stop.signal.throwIfAborted());
      const { signal } = stop;
      const batches = notes.during(readBatches(files, batchSize, { settings, notes, turns, signal }));
      return {
        next: () => batches.next(),
        return() {
          stop.abort(); // a generator alone would hear of it only after its next batch
          return batches.return(undefined);
        },
      };
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
  const outcomes = await inLanes(firsts, new Turns(() => undefined), (image) => readHeader(image, settings));
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
 * @param turns - in which they are copied
 * @throws DataError when there is none, and what the turns throw
 */
export async function joinImages(
  batches: readonly Images[],
  turns: Turns = new Turns(() => undefined),
): Promise<Images> {
  const [first] = batches;
  if (first === undefined) throw new DataError({ where: "images", required: "at least one batch", got: "none" });
  if (batches.length === 1) return first;
  const [, ...shape] = first.shape;
  const size = shape[0] * shape[1] * shape[2];
  const images = batches.flatMap(({ pixels, ids }) => ids.map((_, at) => pixels.subarray(at * size, (at + 1) * size)));
  const ids = batches.flatMap((batch) => batch.ids);
  return { pixels: await joinPixels(images, turns), shape: [ids.length, ...shape], ids };
}

/** The pixels of images of one size behind each other. */
async function joinPixels(images: readonly Images["pixels"][], turns: Turns): Promise<Images["pixels"]> {
  const [first] = images as [Images["pixels"]];
  if (images.length === 1) return first;
  const pixels = new (first.constructor as new (length: number) => typeof first)(images.length * first.length);
  for (const [at, image] of images.entries()) await turns.take(() => pixels.set(image, at * first.length));
  return pixels;
}

interface Sample {
  readonly usable: Usable;
  readonly image: DecodedFile;
}

/** How files are read. */
interface Reading {
  readonly settings: ReadSettings;
  readonly notes: FileNotes;
  /** In which files are decoded, as our own decoders do not wait for anything. */
  readonly turns: Turns;
  /** Stops what is being decoded in another thread; the turns stop the rest. */
  readonly signal: AbortSignal;
  /** Told of every file that is done. */
  readonly onFile?: () => void;
}

/**
 * While the caller has one batch the next is being decoded: small files that sharp does not read whenever the caller
 * waits for something, all others in other threads.
 */
async function* readBatches(files: readonly ImageFile[], batchSize: number, reading: Reading): AsyncGenerator<Images> {
  const { notes, turns } = reading;
  const decoder = new FileDecoder(reading.settings, reading.signal);
  const start = (at: number): Promise<Outcome<Sample>[]> => {
    const batch = decodeBatch(files.slice(at, at + batchSize), decoder, reading);
    batch.catch(() => undefined); // is awaited one turn later; until then a failure is not "unhandled"
    return batch;
  };
  let first: Usable | undefined;
  try {
    let next = start(0);
    for (let at = 0; at < files.length; at += batchSize) {
      const outcomes = await next;
      for (const { failure } of outcomes) if (failure !== undefined) notes.reject(failure);
      const samples = outcomes.flatMap(({ found }) => (found === undefined ? [] : [found]));
      for (const { usable, image } of samples) {
        if (image.decoder === "sharp") notes.addBySharp(usable.id);
        checkAlike((first ??= usable), usable);
      }
      const batch = samples.length > 0 ? await stack(samples, turns) : undefined;
      if (at + batchSize < files.length) next = start(at + batchSize);
      if (batch !== undefined) yield batch;
    }
    if (first === undefined) throw nothingUsable(notes.rejected);
  } finally {
    await decoder.close();
  }
}

interface Outcome<T> {
  readonly found?: T;
  readonly failure?: Rejected;
}

function decodeBatch(
  files: readonly ImageFile[],
  decoder: FileDecoder,
  { turns, onFile = () => undefined }: Reading,
): Promise<Outcome<Sample>[]> {
  return inLanes(files, turns, async (imageFile) => {
    const { id, file } = imageFile;
    const image = await decoder.decode(imageFile).finally(onFile);
    return { usable: { id, file, shape: image.shape, bits: bitsOf(image.pixels) }, image };
  });
}

/** Does something with files, several at a time; the outcomes are in the order of the files. */
async function inLanes<T>(
  files: readonly ImageFile[],
  turns: Turns,
  action: (file: ImageFile) => Promise<T>,
): Promise<Outcome<T>[]> {
  const outcomes: Outcome<T>[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < files.length; at = next++) {
      outcomes[at] = await turns.take(() => orReject(files[at] as ImageFile, action));
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

async function stack(samples: readonly Sample[], turns: Turns): Promise<Images> {
  const { image } = samples[0] as Sample;
  const all = samples.map((sample) => sample.image.pixels);
  const ids = samples.map(({ usable }) => usable.id);
  return { pixels: await joinPixels(all, turns), shape: [samples.length, ...image.shape], ids };
}
