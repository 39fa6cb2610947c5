import { hash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { bytesOf, runHere } from "../compress/kernel";
import { pixelKind } from "../compress/images";
import { type KernelPlan, planKernel } from "../compress/kernel-plan";
import { type CompressSettings, checkFit } from "../compress/settings";
import { unwritten } from "../compress/unwritten";
import { DataError, ShapeError } from "../core/errors";
import type { Decoded } from "./centre";
import { decodeOther } from "./decode";
import { decodeRegular } from "./decodeRegular";
import { mostBytes, readBytes } from "./fileBytes";
import type { ImageFile } from "./imageFile";
import { type Usable, bitsOf, reasonOf } from "./outcomes";
import type { ReadSettings } from "./readSettings";

/** What a worker that reads and compresses is started with. */
export interface WorkerStart {
  readonly read: ReadSettings;
  readonly settings: CompressSettings;
  /** Whether the files' SHA-256 is wanted. */
  readonly digest: boolean;
}

/** What became of one file. */
export type Outcome =
  | ({ readonly kind: "read"; readonly bySharp: boolean; readonly sha256?: string } & Usable)
  | { readonly kind: "rejected"; readonly id: string; readonly file: string; readonly reason: string };

/** Files to read and compress. */
export interface Question {
  readonly files: readonly ImageFile[];
  /** Memory for the values, of an answer that is no longer needed. */
  readonly spare: ArrayBuffer | undefined;
}

/** What became of some files, and the values of those that are like the first that could be read. */
export interface Answer {
  readonly outcomes: readonly Outcome[];
  readonly values: Float32Array;
}

const { read, settings, digest } = workerData as WorkerStart;
const most = mostBytes(read.pixelLimit);
const lanes = 2; // while sharp is at one file, which it is in threads of its own, another is at hand

/** How images of one kind are compressed, by those of which it was made. */
interface Planned {
  readonly kind: string;
  /** Undefined where the settings do not fit the images, of which the calling thread complains. */
  readonly plan: KernelPlan | undefined;
}

let planned: Planned | undefined;

function kindOf({ shape, pixels }: Decoded): string {
  return `${shape.join()} ${bitsOf(pixels)}`;
}

function planFor(image: Decoded): KernelPlan | undefined {
  const kind = kindOf(image);
  if (planned?.kind !== kind) {
    const { shape, pixels } = image;
    planned = { kind, plan: fits(shape) ? planKernel(settings, shape, pixelKind(pixels)) : undefined };
  }
  return planned.plan;
}

function fits(shape: Decoded["shape"]): boolean {
  try {
    checkFit(settings, shape, "compress");
    return true;
  } catch (error) {
    if (error instanceof ShapeError) return false;
    throw error;
  }
}

/** The values of the images of one answer, in the order of their files. */
class Values {
  readonly #files: number;
  readonly #spare: ArrayBuffer | undefined;
  readonly #filled = new Set<number>();
  #kind: string | undefined;
  #size = 0;
  #all: Float32Array | undefined;

  constructor({ files, spare }: Question) {
    this.#files = files.length;
    this.#spare = spare;
  }

  /** Compresses an image to its place, where it is like the first. */
  add(at: number, image: Decoded): void {
    const plan = planFor(image);
    this.#kind ??= kindOf(image);
    if (plan === undefined || kindOf(image) !== this.#kind) return;
    const [channels] = image.shape;
    this.#size = (channels * plan.outBytes) / 4;
    this.#all ??= this.#room(this.#files * this.#size);
    runHere(plan, bytesOf(image.pixels), this.#all.subarray(at * this.#size, (at + 1) * this.#size), channels);
    this.#filled.add(at);
  }

  #room(length: number): Float32Array {
    const fits = this.#spare !== undefined && this.#spare.byteLength >= 4 * length;
    return fits ? new Float32Array(this.#spare, 0, length) : unwritten(length);
  }

  /** The values without the places of files that could not be used. */
  get(): Float32Array {
    const all = this.#all ?? new Float32Array(0);
    let count = 0;
    for (let at = 0; at < this.#files; at++) {
      if (!this.#filled.has(at)) continue;
      if (count < at) all.copyWithin(count * this.#size, at * this.#size, (at + 1) * this.#size);
      count++;
    }
    return all.subarray(0, count * this.#size);
  }
}

async function answer(question: Question): Promise<Answer> {
  const { files } = question;
  const outcomes: Outcome[] = [];
  const values = new Values(question);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < files.length; at = next++) {
      const imageFile = files[at] as ImageFile;
      const { id, file } = imageFile;
      try {
        const bytes = readBytes(imageFile, most);
        const sha256 = digest ? { sha256: hash("sha256", bytes) } : {};
        // What our own decoder gives has to be used before the next file: nothing is awaited in between.
        const regular = decodeRegular(bytes, read);
        const other = regular === undefined ? await decodeOther(imageFile, bytes, read) : undefined;
        const image = (regular ?? other) as Decoded;
        const { shape, pixels } = image;
        const bySharp = other?.decoder === "sharp";
        outcomes[at] = { kind: "read", bySharp, id, file, shape, bits: bitsOf(pixels), ...sha256 };
        values.add(at, image);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        outcomes[at] = { kind: "rejected", id, file, reason: reasonOf(error) };
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { outcomes, values: values.get() };
}

let turn: Promise<void> = Promise.resolve();
parentPort?.on("message", (question: Question) => {
  turn = turn.then(async () => {
    const done = await answer(question);
    parentPort?.postMessage(done, [done.values.buffer as ArrayBuffer]);
  });
});
