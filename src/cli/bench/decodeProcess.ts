import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { usableCores } from "../../compress/threads/cores";
import { packageFolder } from "../../core/paths";

// Reads and decodes the files of a folder on all cores, and nothing else.

const [folder = ""] = process.argv.slice(2);
const files = readdirSync(folder).map((name) => join(folder, name));
const share = Math.ceil(files.length / usableCores());
for (let from = 0; from < files.length; from += share) {
  const workerData = files.slice(from, from + share);
  new Worker(join(packageFolder, "dist", "cli", "bench", "decodeWorker.js"), { workerData });
}
