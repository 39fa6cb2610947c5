import { parentPort, workerData } from "node:worker_threads";
import { decodeRegular } from "../../data/decodeRegular";
import { mostBytes, readBytes, usedAgain } from "../../data/fileBytes";
import { readSettings } from "../../data/readSettings";

// Reads and decodes files with our decoders and nothing else.

/** When a thread was at work, in milliseconds of the system's clock, and how many files it read in that time. */
export interface Decoded {
  readonly started: number;
  readonly ended: number;
  readonly files: number;
}

const files = workerData as readonly string[];
const settings = readSettings();
const room = usedAgain();
const warmUp = 16; // not counted, as the first batch is not where files are compressed
const now = (): number => performance.timeOrigin + performance.now();
let started = now();
for (const [at, file] of files.entries()) {
  if (at === warmUp) started = now();
  if (decodeRegular(readBytes({ id: file, file }, mostBytes(settings.pixelLimit), room), settings) === undefined)
    throw new Error(`not decoded: ${file}`);
}
const decoded: Decoded = { started, ended: now(), files: files.length - warmUp };
parentPort?.postMessage(decoded);
