import { readFile, rm } from "node:fs/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import { poolings, type Pooling, type SettingsOptions } from "../compress/settings";
import { usableCores } from "../compress/threads/cores";
import type { WaveletName } from "../compress/wavelets";
import type { Rejected } from "../core/images";
import { NothingUsable } from "../data/outcomes";
import type { ReadOptions } from "../data/readSettings";
import { csvLine, writeFiles } from "../data/writeFiles";

/** The exit code of work that is done, but for inputs that were set aside. */
export const someRejected = 3;

/** What a person typed of images and settings. */
export interface ImageFlags {
  readonly level: number;
  readonly patchGrid: readonly [rows: number, cols: number];
  readonly wavelet: string;
  readonly size?: readonly [rows: number, cols: number];
  readonly fit: NonNullable<ReadOptions["fit"]>;
  readonly grey?: true;
  readonly rgb?: true;
  readonly bits?: 8 | 16;
  readonly intensity?: NonNullable<ReadOptions["intensity"]>;
  readonly pixelLimit?: number;
  readonly workers?: number;
}

/** What names images, in words. */
export const imageInputs =
  "images (PNG, JPEG, TIFF, DICOM, NIfTI), folders, patterns, zip archives, lists (csv, Parquet)";

/** Adds the arguments and options with which images come in. */
export function takesImages(command: Command): Command {
  return takesSettings(command.argument("<input...>", imageInputs)).option(
    "--workers <N>",
    "threads (default: all cores); the numbers do not depend on it",
    threads,
  );
}

/** Adds the options that decide what an image becomes. */
export function takesSettings(command: Command): Command {
  return command
    .requiredOption("--level <J>", "depth of the wavelet packet tree: 4^J sub-bands", wholeNumber)
    .requiredOption("--patch-grid <P[xQ]>", "patches per axis of every sub-band, or ROWSxCOLS", sides)
    .option("--wavelet <name>", "wavelet, by PyWavelets' name", "haar")
    .option("--size <HxW>", "bring all images to this size; needed when their sizes differ", sides)
    .addOption(
      new Option("--fit <how>", "how: scale both sides, scale and pad, scale and crop, or crop and pad without scaling")
        .choices(["stretch", "contain", "cover", "crop"])
        .default("stretch"),
    )
    .addOption(new Option("--grey", "read colour images as grey").conflicts("rgb"))
    .addOption(new Option("--rgb", "read grey images as colour").conflicts("grey"))
    .addOption(
      new Option("--intensity <how>", "what is black and white in DICOM and NIfTI files")
        .choices(["window", "full", "data"])
        .default("window"),
    )
    .option("--bits <8|16>", "depth to read into; needed when depths differ", depth)
    .option("--pixel-limit <N>", "refuse images with more pixels (default: 100000000)", wholeNumber);
}

export function readOptionsOf(flags: ImageFlags): ReadOptions {
  const { level, size, fit, grey, rgb, bits, intensity, pixelLimit } = flags;
  return {
    // Images that are brought to a size are judged by that size, when they are compressed.
    ...(size === undefined ? { minSide: 2 ** level } : { size, fit }),
    ...(grey === true ? { colour: "grey" as const } : rgb === true ? { colour: "rgb" as const } : {}),
    ...(bits === undefined ? {} : { bits }),
    ...(intensity === undefined ? {} : { intensity }),
    ...(pixelLimit === undefined ? {} : { pixelLimit }),
  };
}

/** How many threads compress; an option that is not given stays out. */
export function workersOf({ workers }: ImageFlags): { readonly workers?: number } {
  return workers === undefined ? {} : { workers };
}

/** Names are checked by `compress`, which lists what there is. */
export function settingsOf({ level, patchGrid, wavelet }: ImageFlags): Omit<SettingsOptions, "pooling"> {
  return { level, patchGrid, wavelet: wavelet as WaveletName };
}

const listHeader = csvLine(["file", "reason"]);

/**
 * Lists rejected inputs on standard error and in the file `list`, and sets exit code 3. Without any, a list that an
 * earlier run left there is removed.
 */
export async function reportRejected(rejected: readonly Rejected[], list: string): Promise<void> {
  if (rejected.length === 0) return removeList(list);
  const lines = rejected.map(({ id, reason }) => csvLine([id, reason]));
  await writeFiles([{ file: list, pieces: [listHeader, ...lines] }]);
  tellRejected(rejected);
  console.error(`${rejected.length} rejected, listed in ${list}`);
}

/**
 * Does work on inputs; where none can be used and not all for one reason, which the error tells, each reason is told on
 * standard error with the first file that it holds for.
 *
 * @throws what the work throws
 */
export async function orTellRejected<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof NothingUsable) tellReasons(error.rejected);
    throw error;
  }
}

function tellReasons(rejected: readonly Rejected[]): void {
  const byReason = new Map<string, { readonly file: string; others: number }>();
  for (const { file, reason } of rejected) {
    const same = byReason.get(reason);
    if (same === undefined) byReason.set(reason, { file, others: 0 });
    else same.others++;
  }
  if (byReason.size < 2) return;
  for (const [reason, { file, others }] of byReason) {
    console.error(`rejected ${printable(file)}${others === 0 ? "" : ` (and ${others} more)`}: ${reason}`);
  }
}

/** Lists rejected inputs on standard error, and sets exit code 3 where there are any. */
export function tellRejected(rejected: readonly Rejected[]): void {
  for (const { file, reason } of rejected) console.error(`rejected ${printable(file)}: ${reason}`);
  if (rejected.length > 0) process.exitCode = someRejected;
}

/** Control characters of a hostile name written out, so that they do not reach the terminal. */
export function printable(name: string): string {
  // eslint-disable-next-line no-control-regex
  return name.replace(/[\u0000-\u001f\u007f]/g, (character) => JSON.stringify(character).slice(1, -1));
}

/** A file of this name that does not begin as our lists do is somebody else's, and stays. */
async function removeList(list: string): Promise<void> {
  const text = await readFile(list, "utf8").catch(() => "");
  if (text.startsWith(listHeader)) await rm(list);
}

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("a whole number of at least 1 is needed.");
  return Number(text);
}

/** Each takes memory of its own, and more than the cores gain nothing. */
function threads(text: string): number {
  const most = Math.max(64, 2 * usableCores());
  const count = wholeNumber(text);
  if (count > most) throw new InvalidArgumentError(`at most ${most} are of use here.`);
  return count;
}

export function poolingList(text: string): readonly Pooling[] {
  return text.split(",").map((name) => {
    const found = poolings.find((pooling) => pooling === name);
    if (found === undefined) throw new InvalidArgumentError(`one or more of ${poolings.join(",")} are needed.`);
    return found;
  });
}

/** The name of a file or folder. */
export function place(text: string): string {
  if (text === "") throw new InvalidArgumentError("the name of a file or folder is needed.");
  return text;
}

function sides(text: string): readonly [number, number] {
  const match = /^([1-9]\d*)(?:x([1-9]\d*))?$/i.exec(text);
  if (match === null) throw new InvalidArgumentError("a whole number of at least 1 is needed, or two: ROWSxCOLS.");
  return [Number(match[1]), Number(match[2] ?? match[1])];
}

function depth(text: string): 8 | 16 {
  if (text === "8") return 8;
  if (text === "16") return 16;
  throw new InvalidArgumentError("8 or 16 is needed.");
}
