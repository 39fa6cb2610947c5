import { readFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { bytesOf, runHere } from "../compress/kernel";
import { type KernelPlan, pixelKind, planKernel } from "../compress/kernel-plan";
import { type CompressSettings, checkFit } from "../compress/settings";
import { unwritten } from "../compress/unwritten";
import { DataError, ShapeError } from "../core/errors";
import { type DecodedFile, decodeBytes } from "./decode";
import type { ImageFile } from "./imageFiles";
import { type Usable, bitsOf, reasonOf } from "./outcomes";
import type { ReadSettings } from "./readSettings";

/** What a worker that reads and compresses is started with. */
export interface WorkerStart {
  readonly read: ReadSettings;
  readonly settings: CompressSettings;
}

/** What became of one file. */
export type Outcome =
  | ({ readonly kind: "read"; readonly bySharp: boolean } & Usable)
  | { readonly kind: "rejected"; readonly id: string; readonly file: string; readonly reason: string };

/** What became of some files, and the values of those that are like the first that could be read. */
export interface Answer {
  readonly outcomes: readonly Outcome[];
  readonly values: Float32Array;
}

const { read, settings } = workerData as WorkerStart;
const lanes = 2; // while sharp is at one file, which it is in threads of its own, another is at hand
let planned: { readonly key: string; readonly plan: KernelPlan | undefined } | undefined;

/** The plan for an image, or undefined where the settings do not fit it, which the calling thread complains of. */
function planFor({ pixels, shape }: DecodedFile): KernelPlan | undefined {
  const key = `${shape.join()} ${pixels.BYTES_PER_ELEMENT}`;
  if (planned?.key !== key)
    planned = { key, plan: fits(shape) ? planKernel(settings, shape, pixelKind(pixels)) : undefined };
  return planned.plan;
}

function fits(shape: DecodedFile["shape"]): boolean {
  try {
    checkFit(settings, shape, "compress");
    return true;
  } catch (error) {
    if (error instanceof ShapeError) return false;
    throw error;
  }
}

async function decode({ id, file }: ImageFile): Promise<DecodedFile | Outcome> {
  try {
    return await decodeBytes(file, readNow(file), read);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return { kind: "rejected", id, file, reason: reasonOf(error) };
  }
}

/** The bytes of a file; read at once, since waiting for a promise costs as much as decoding. */
function readNow(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

async function answer(files: readonly ImageFile[]): Promise<Answer> {
  const outcomes: Outcome[] = [];
  const results: (Float32Array | undefined)[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < files.length; at = next++) {
      const imageFile = files[at] as ImageFile;
      const image = await decode(imageFile);
      if ("kind" in image) outcomes[at] = image;
      else {
        const { shape, pixels, decoder } = image;
        outcomes[at] = { kind: "read", bySharp: decoder === "sharp", ...imageFile, shape, bits: bitsOf(pixels) };
        results[at] = compressOne(image);
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { outcomes, values: joined(results) };
}

function compressOne(image: DecodedFile): Float32Array | undefined {
  const plan = planFor(image);
  if (plan === undefined) return undefined;
  const [channels] = image.shape;
  const values = new Float32Array((channels * plan.outBytes) / 4);
  runHere(plan, bytesOf(image.pixels), values, channels);
  return values;
}

function joined(results: readonly (Float32Array | undefined)[]): Float32Array {
  const parts = results.filter((part) => part !== undefined);
  const whole = unwritten(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

let turn: Promise<void> = Promise.resolve();
parentPort?.on("message", (files: readonly ImageFile[]) => {
  turn = turn.then(async () => {
    const done = await answer(files);
    parentPort?.postMessage(done, [done.values.buffer as ArrayBuffer]);
  });
});
