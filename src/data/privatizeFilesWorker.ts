import { parentPort, workerData } from "node:worker_threads";
import { pixelKind } from "../compress/images";
import { bytesOf, runHere } from "../compress/kernel";
import { type KernelPlan, planKernel } from "../compress/kernel-plan";
import { planRebuild } from "../compress/rebuild-plan";
import { type CompressSettings, fits } from "../compress/settings";
import { DataError } from "../core/errors";
import type { Decoded } from "./centre";
import type { Found } from "./compressFilesWorker";
import { decodeFile } from "./decode";
import type { Question } from "./fileWorkers";
import type { ImageFile } from "./imageFile";
import { bitsOf, reasonOf } from "./outcomes";
import { encodePng } from "./png";
import type { ReadSettings } from "./readSettings";

/** What a worker that privatizes is started with. */
export interface PrivatizeStart {
  readonly read: ReadSettings;
  readonly settings: CompressSettings;
}

/** What became of some files, and the privatized images as PNG: none of a file that was rejected or that the settings do not fit. */
export interface PrivatizeAnswer {
  readonly found: readonly Found[];
  readonly pngs: readonly (Uint8Array | undefined)[];
}

const { read, settings } = workerData as PrivatizeStart;
const lanes = 2; // while sharp writes one PNG, which it does in threads of its own, another image is at hand

interface Plans {
  readonly kind: string;
  readonly compress: KernelPlan;
  readonly rebuild: KernelPlan;
}

let latest: Plans | undefined;

function plansFor({ shape, pixels }: Decoded): Plans {
  const kind = `${shape.join()} ${bitsOf(pixels)}`;
  if (latest?.kind !== kind) {
    const compress = planKernel(settings, shape, pixelKind(pixels));
    latest = { kind, compress, rebuild: planRebuild(settings, shape, 0, "original") };
  }
  return latest;
}

/** The image as its embedding rebuilds it, as PNG. */
async function privatized(image: Decoded): Promise<Uint8Array> {
  const [channels] = image.shape;
  const { compress, rebuild } = plansFor(image);
  const values = new Float32Array((channels * compress.outBytes) / 4);
  runHere(compress, bytesOf(image.pixels), values, channels);
  const pixels = new Float32Array((channels * rebuild.outBytes) / 4);
  runHere(rebuild, bytesOf(values), pixels, channels);
  // A copy without the rest of the memory in which sharp's lies.
  return new Uint8Array(await encodePng({ pixels, shape: [1, ...image.shape], ids: [""] }, 0));
}

async function answer({ files }: Question): Promise<PrivatizeAnswer> {
  const found: Found[] = [];
  const pngs: (Uint8Array | undefined)[] = files.map(() => undefined);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < files.length; at = next++) {
      try {
        const image = await decodeFile(files[at] as ImageFile, read);
        const { shape, pixels, decoder } = image;
        found[at] = { kind: "read", bySharp: decoder === "sharp", shape, bits: bitsOf(pixels) };
        if (fits(settings, shape)) pngs[at] = await privatized(image);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        found[at] = { kind: "rejected", reason: reasonOf(error) };
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { found, pngs };
}

let turn: Promise<void> = Promise.resolve();
parentPort?.on("message", (question: Question) => {
  turn = turn.then(async () => {
    const done = await answer(question);
    parentPort?.postMessage(
      done,
      done.pngs.flatMap((png) => (png === undefined ? [] : [png.buffer as ArrayBuffer])),
    );
  });
});
