import { compressBatches } from "../../compress/compress";
import { streamFiles } from "../../data/readImages";

/** What compressing many files took. */
export interface Compressed {
  /** Once the workers had started: from the first batch on. */
  readonly imagesPerSecond: number;
  /** The most memory that the process had. */
  readonly megabytes: number;
}

process.once("message", (files: readonly string[]) => {
  void compressMany(files).then((compressed) => process.send?.(compressed, () => process.exit()));
});

/** Batches are dropped as they come, as compressTo does. */
async function compressMany(files: readonly string[]): Promise<Compressed> {
  let [bytes, images, started] = [0, 0, 0];
  const stream = streamFiles(files.map((file, at) => ({ id: String(at), file })));
  for await (const { ids } of compressBatches(stream, { level: 2, patchGrid: 19 })) {
    if (started === 0) started = performance.now();
    else images += ids.length;
    bytes = Math.max(bytes, process.memoryUsage.rss());
  }
  const imagesPerSecond = (1000 * images) / (performance.now() - started);
  return { imagesPerSecond, megabytes: Math.round(bytes / 1e6) };
}
