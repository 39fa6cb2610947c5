import { hash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { GuestKernel, type Host, bytesOf, runHere } from "../compress/kernel";
import { pixelKind } from "../compress/images";
import { type KernelPlan, planKernel } from "../compress/kernel-plan";
import { type CompressSettings, fits } from "../compress/settings";
import { unwritten } from "../compress/unwritten";
import { DataError } from "../core/errors";
import type { Decoded } from "./centre";
import { decodeOther } from "./decode";
import { decodeRegular, hostOf } from "./decodeRegular";
import { mostBytes, readBytes, usedAgain } from "./fileBytes";
import type { Question } from "./fileWorkers";
import { FrameFile } from "./frameFile";
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

/** An outcome without what the asker knows of the file. */
export type Found =
  | ({ readonly kind: "read"; readonly bySharp: boolean } & Pick<Usable, "shape" | "bits">)
  | { readonly kind: "rejected"; readonly reason: string };

/** What became of some files, and the values of those that are like the first that could be read. */
export interface Answer {
  /** Of every file; images that are alike share one, which then crosses the threads once. */
  readonly found: readonly Found[];
  /** Of every file that could be read, where they are wanted. */
  readonly sha256: readonly string[];
  readonly values: Float32Array;
  /** How long it took, in milliseconds. */
  readonly ms: number;
}

const { read, settings, digest } = workerData as WorkerStart;
const most = mostBytes(read.pixelLimit);
const frameFile = new FrameFile();
const lanes = 2; // while sharp is at one file, which it is in threads of its own, another is at hand

/** How images of one kind are compressed. */
interface Kind extends Pick<Usable, "shape" | "bits"> {
  /** What is found of an image that we decoded, and of one that sharp did. */
  readonly own: Found;
  readonly bySharp: Found;
  /** Undefined where the settings do not fit the images, of which the calling thread complains. */
  readonly plan: KernelPlan | undefined;
}

let latest: Kind | undefined;

/** The same object for images that are alike and follow each other. */
function kindOf({ shape, pixels }: Decoded): Kind {
  const bits = bitsOf(pixels);
  if (latest === undefined || latest.bits !== bits || latest.shape.some((side, axis) => side !== shape[axis])) {
    const found = { kind: "read", shape, bits } as const;
    const plan = fits(settings, shape) ? planKernel(settings, shape, pixelKind(pixels)) : undefined;
    latest = { shape, bits, plan, own: { ...found, bySharp: false }, bySharp: { ...found, bySharp: true } };
  }
  return latest;
}

const guests = new WeakMap<Host, GuestKernel>(); // a decoder may give its memory back

/** Compresses an image, where its decoder has left it if one of ours did. */
function run(plan: KernelPlan, input: Uint8Array, output: Float32Array, channels: number): void {
  const host = hostOf(input);
  if (host === undefined) return runHere(plan, input, output, channels);
  let guest = guests.get(host);
  if (guest === undefined) guests.set(host, (guest = new GuestKernel(host)));
  guest.run(plan, input, output, channels);
}

/** The values of the images of one answer, in the order of their files. */
class Values {
  readonly #files: number;
  readonly #spare: ArrayBuffer | undefined;
  readonly #filled = new Set<number>();
  #kind: Kind | undefined;
  #size = 0;
  #all: Float32Array | undefined;

  constructor({ files, spare }: Question) {
    this.#files = files.length;
    this.#spare = spare;
  }

  /** Compresses an image to its place, where it is like the first. */
  add(at: number, kind: Kind, image: Decoded): void {
    this.#kind ??= kind;
    const { plan } = kind;
    if (plan === undefined || kind !== this.#kind) return;
    const [channels] = kind.shape;
    this.#size = (channels * plan.outBytes) / 4;
    this.#all ??= this.#room(this.#files * this.#size);
    run(plan, bytesOf(image.pixels), this.#all.subarray(at * this.#size, (at + 1) * this.#size), channels);
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

const room = usedAgain();

async function answer(question: Question): Promise<Answer> {
  const started = performance.now();
  const { files } = question;
  const found: Found[] = [];
  const sha256: string[] = [];
  const values = new Values(question);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < files.length; at = next++) {
      const imageFile = files[at] as ImageFile;
      try {
        const frames = imageFile.frame === undefined ? undefined : frameFile.read(imageFile, most);
        const bytes = frames?.bytes ?? readBytes(imageFile, most, room);
        if (digest) sha256[at] = frames?.sha256 ?? hash("sha256", bytes);
        // What our own decoder gives has to be used before the next file: nothing is awaited in between.
        const regular = decodeRegular(bytes, read);
        const other =
          regular === undefined ? await decodeOther(imageFile, frames?.bytes ?? Buffer.from(bytes), read) : undefined;
        const image = (regular ?? other) as Decoded;
        const kind = kindOf(image);
        found[at] = other?.decoder === "sharp" ? kind.bySharp : kind.own;
        values.add(at, kind, image);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        found[at] = { kind: "rejected", reason: reasonOf(error) };
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { found, sha256, values: values.get(), ms: performance.now() - started };
}

let turn: Promise<void> = Promise.resolve();
parentPort?.on("message", (question: Question) => {
  turn = turn.then(async () => {
    const done = await answer(question);
    parentPort?.postMessage(done, [done.values.buffer as ArrayBuffer]);
  });
});
