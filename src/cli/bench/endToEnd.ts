import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compress } from "../../compress/compress";
import { sharp } from "../../core/packages";
import type { Dataset } from "../../data/dataset";
import { datasets } from "../../data/datasets";
import { evaluate } from "../../evaluate/evaluate";
import { memoryNeed } from "../../train/memory";
import { resolveModel } from "../../train/models/create";
import { train } from "../../train/train";
import type { Row } from "./benchmark";

const side = 320;
const setting = { level: 2, patchGrid: 19 };
const files = 640;
const deepFiles = { train: 16, validation: 8 };
const deepBatch = 8;

/**
 * Prints the paper's claim 7 on this machine as JSON: the MLP from JPEG files (decoded, compressed and trained on for one
 * epoch, nothing kept from earlier) beside DenseNet-121 on the same files, and the batches that the two can take.
 */
export async function printEndToEnd(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "deepfixcx-bench-"));
  try {
    await writeJpegs(folder);
    console.log(JSON.stringify(await measure(await datasets.folder(folder, { colour: "grey" }))));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measure(data: Dataset): Promise<Row> {
  const deepLargest = largestDeepBatch();
  // Twice the hundred, since the deep network's largest batch is an estimate, up to a quarter too small.
  const batchSize = Math.max(600, 200 * deepLargest);
  const { tasks } = await evaluate.timing(
    {
      mlp: async () => {
        const embedding = await compress(data.images(), setting);
        const split = parts(data, { train: files - 128, validation: 128 });
        await train(embedding, data.labels, { split, epochs: 1, batchSize });
        return files;
      },
      densenet: async () => {
        const split = parts(data, deepFiles);
        await train(data, data.labels, { model: "densenet121", split, epochs: 1, batchSize: deepBatch });
        return deepFiles.train + deepFiles.validation;
      },
    },
    { repeats: 3 },
  );
  const [mlp, densenet] = tasks.map(({ itemsPerSecond }) => itemsPerSecond) as [number, number];
  return {
    case:
      `one epoch end to end from ${side}x${side} JPEG phantoms: MLP (J=${setting.level} P=${setting.patchGrid}, ` +
      `${files} files), DenseNet-121 (${deepFiles.train + deepFiles.validation} files, batches of ${deepBatch})`,
    mlpImagesPerSecond: Math.round(mlp),
    densenetImagesPerSecond: Number(densenet.toPrecision(3)),
    timesFaster: Math.round(mlp / densenet),
    densenetLargestBatchEstimated: deepLargest,
    mlpBatch: batchSize,
    batchTimesLarger: Math.round(batchSize / deepLargest),
    mlpBatchMs: await largeBatchMs(batchSize),
  };
}

/** The milliseconds of one epoch of the MLP that is a single batch of this size, and so the proof that it fits. */
async function largeBatchMs(batchSize: number): Promise<number> {
  const features = 16 * setting.patchGrid ** 2;
  const ids = Array.from({ length: batchSize + 2 }, (_, at) => `${at}`);
  const values = Float32Array.from({ length: ids.length * features }, (_, at) => ((at * 7919) % 1009) / 1009);
  const labels = { kind: "binary", classes: ["odd"], ids, values: Float32Array.from(ids, (_, at) => at % 2) } as const;
  const embedding = {
    ...{ values, ids, imageShape: [1, side, side] as const },
    shape: [ids.length, 1, 16, setting.patchGrid, setting.patchGrid, 1] as const,
    settings: { ...setting, patchGrid: [19, 19] as const, wavelet: "haar", pooling: ["l1"] } as const,
  };
  const split = { train: ids.slice(0, batchSize), validation: ids.slice(batchSize), test: [] };
  const started = performance.now();
  await train(embedding, labels, { split, epochs: 1, batchSize });
  return Math.round(performance.now() - started);
}

/** By the estimate with which `train` refuses batches, in the memory that is free. */
function largestDeepBatch(): number {
  const need = memoryNeed(resolveModel("densenet121"), [1, side, side], 1);
  if (need === undefined) return 0;
  return Math.floor((process.availableMemory() - need.fixed) / need.perImage);
}

/** The first files of both classes in turn. */
function parts({ labels }: Dataset, count: { readonly train: number; readonly validation: number }) {
  const [first, second] = [0, 1].map((column) => labels.ids.filter((_, row) => labels.values[2 * row + column] === 1));
  const mixed = (first ?? []).flatMap((id, at) => [id, second?.[at] ?? id]);
  const train = mixed.slice(0, count.train);
  return { train, validation: mixed.slice(count.train, count.train + count.validation), test: [] };
}

/** Synthetic chest images, half of them in each of two folders. */
async function writeJpegs(folder: string): Promise<void> {
  const phantoms = await datasets.phantom("chest", { images: 64, size: side });
  const names = ["a", "b"].map((name) => join(folder, name));
  await Promise.all(names.map((name) => mkdir(name)));
  let at = 0;
  for await (const { pixels, shape } of phantoms.images()) {
    const size = side * side;
    for (let image = 0; image < shape[0]; image++) {
      const bytes = Uint8Array.from(pixels.subarray(image * size, (image + 1) * size));
      const jpeg = sharp()(bytes, { raw: { width: side, height: side, channels: 1 } })
        .toColourspace("b-w")
        .jpeg();
      const encoded = await jpeg.toBuffer();
      // Each is written several times, since drawing phantoms takes long and a decoder has no memory.
      for (let copy = 0; copy < files / 64; copy++)
        await writeFile(join(names[at++ % 2] as string, `${at}.jpg`), encoded);
    }
  }
}
