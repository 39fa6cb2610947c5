import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { usableCores } from "../../compress/threads/cores";
import { packageFolder } from "../../core/paths";
import type { Decoded } from "./decodeWorker";

// Reads and decodes many files on all cores and nothing else, and tells files a second: from when the first thread is
// warm until the last is done.

process.once("message", (files: readonly string[]) => {
  void decodeMany(files).then((rate) => process.send?.(rate, () => process.exit()));
});

async function decodeMany(files: readonly string[]): Promise<number> {
  const threads = usableCores();
  const share = Math.ceil(files.length / threads);
  const shares = Array.from({ length: threads }, (_, thread) => {
    const workerData = files.slice(thread * share, (thread + 1) * share);
    const worker = new Worker(join(packageFolder, "dist", "cli", "bench", "decodeWorker.js"), { workerData });
    return new Promise<Decoded>((resolve, reject) => worker.once("message", resolve).once("error", reject));
  });
  const all = await Promise.all(shares);
  const ms = Math.max(...all.map(({ ended }) => ended)) - Math.min(...all.map(({ started }) => started));
  return (1000 * all.reduce((sum, { files }) => sum + files, 0)) / ms;
}
