import { readFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { decodeRegular } from "../../data/decodeRegular";
import { readSettings } from "../../data/readSettings";

// Reads and decodes files with our decoders and nothing else; answers with files a second, the first ones not counted.

const files = workerData as readonly string[];
const settings = readSettings();
const warmUp = 200;
let started = 0;
for (const [at, file] of files.entries()) {
  if (at === warmUp) started = performance.now();
  if (decodeRegular(readFileSync(file), settings) === undefined) throw new Error(`not decoded: ${file}`);
}
parentPort?.postMessage((1000 * (files.length - warmUp)) / (performance.now() - started));
