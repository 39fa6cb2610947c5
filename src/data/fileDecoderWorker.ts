import { parentPort, workerData } from "node:worker_threads";
import { DataError } from "../core/errors";
import { decodeFile } from "./decode";
import type { DecodeAnswer } from "./fileDecoder";
import type { ImageFile } from "./imageFile";
import type { ReadSettings } from "./readSettings";

const settings = workerData as ReadSettings;

async function answer(file: ImageFile): Promise<DecodeAnswer> {
  try {
    const image = await decodeFile(file, settings);
    return { kind: "decoded", image: { ...image, pixels: image.pixels.slice() } }; // apart from memory that is sharp's
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const { where, required, got, remedy, file } = error;
    const complaint = { where, required, got, ...(remedy === undefined ? {} : { remedy }) };
    return { kind: "refused", complaint: file === undefined ? complaint : { ...complaint, file } };
  }
}

let turn: Promise<void> = Promise.resolve();
parentPort?.on("message", (file: ImageFile) => {
  turn = turn.then(async () => {
    const done = await answer(file);
    parentPort?.postMessage(done, done.kind === "decoded" ? [done.image.pixels.buffer as ArrayBuffer] : []);
  });
});
