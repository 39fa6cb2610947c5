import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../../core/errors";
import type { Images } from "../../core/images";
import type { Shown } from "../../display/show";
import { makeDataset, type Dataset } from "../dataset";
import { unzip } from "../fetch/unzip";
import type { Labels } from "../labels";
import { parseNpyHeader, type NpyHeader } from "../npy";
import type { ImageStream } from "../readImages";
import { resizeRaw } from "../resizeRaw";
import { needFolder, type OpenOptions } from "./openOptions";

/** The sets of MedMNIST at 224 pixels that can be opened. */
export type MedmnistName = "chestmnist_224" | "pneumoniamnist_224" | "retinamnist_224" | "breastmnist_224";

interface Task {
  readonly kind: Labels["kind"];
  readonly classes: readonly string[];
  /** For binary labels, the number that stands for the class. */
  readonly positive?: 0 | 1;
}

/** Labels as MedMNIST's INFO lists them (Yang et al. 2023). In breastmnist 0 is malignant. */
const tasks: Readonly<Record<MedmnistName, Task>> = {
  chestmnist_224: {
    kind: "multi",
    classes: [
      ...["atelectasis", "cardiomegaly", "effusion", "infiltration", "mass", "nodule", "pneumonia"],
      ...["pneumothorax", "consolidation", "edema", "emphysema", "fibrosis", "pleural", "hernia"],
    ],
  },
  pneumoniamnist_224: { kind: "binary", classes: ["pneumonia"], positive: 1 },
  retinamnist_224: { kind: "single", classes: ["grade 0", "grade 1", "grade 2", "grade 3", "grade 4"] },
  breastmnist_224: { kind: "binary", classes: ["malignant"], positive: 0 },
};

const parts = ["train", "val", "test"] as const;

/** A part's images, where they lie, and its labels as numbers. */
interface Part {
  readonly file: string;
  readonly header: NpyHeader;
  readonly ids: readonly string[];
  readonly labels: Uint8Array;
  readonly labelWidth: number;
}

/**
 * One of MedMNIST's sets at 224x224, with its own split. The .npz is unpacked beside itself at the first call.
 *
 * @throws DataError when the file is not there or is not what it should be
 */
export async function openMedmnist(name: MedmnistName, { size }: OpenOptions): Promise<Dataset & Shown> {
  const folder = needFolder(name, "medmnist", [`${name}.npz`]);
  const unpacked = join(folder, name);
  if (!existsSync(unpacked)) await unzip(join(folder, `${name}.npz`), unpacked);
  const read = await Promise.all(parts.map((part) => readPart(unpacked, part)));
  const [train, validation, test] = read.map(({ ids }) => ids) as [string[], string[], string[]];
  const place = new Map(read.flatMap((part) => part.ids.map((id, row) => [id, { part, row }] as const)));
  return makeDataset({
    name,
    synthetic: false,
    labels: toLabels(tasks[name], read),
    split: { train, validation, test },
    source: "MedMNIST v2 (Yang et al. 2023), doi:10.5281/zenodo.10519652, CC BY 4.0.",
    notes: ["Patients are not known; the split is the publisher's."],
    columns: { part: read.flatMap(({ ids }, k) => ids.map(() => parts[k] as string)) },
    stream: (ids, { batchSize = 64 }) =>
      streamRows(
        ids.map((id) => ({ id, ...(place.get(id) as Place) })),
        batchSize,
        size,
      ),
  });
}

interface Place {
  readonly part: Part;
  readonly row: number;
}

async function readPart(folder: string, part: string): Promise<Part> {
  const file = join(folder, `${part}_images.npy`);
  const { header } = await readArray(file, false);
  const labels = await readArray(join(folder, `${part}_labels.npy`), true);
  const [count = 0] = header.shape;
  const [labelled = 0, labelWidth = 1] = labels.header.shape;
  if (header.kind !== "|u1" || header.shape.length < 3 || labelled !== count) {
    const got = `[${header.shape.join(", ")}] images and ${labelled} labels`;
    throw new DataError({ where: "medmnist", file, required: "uint8 images, one label each", got });
  }
  const ids = Array.from({ length: count }, (_, row) => `${part}/${String(row).padStart(6, "0")}`);
  return { file, header, ids, labels: labels.bytes, labelWidth };
}

async function readArray(file: string, whole: boolean): Promise<{ header: NpyHeader; bytes: Uint8Array }> {
  const handle = await open(file).catch((cause: unknown) => {
    throw new DataError({ where: "medmnist", file, required: "an array of the .npz", got: "nothing there" }, { cause });
  });
  try {
    const head = Buffer.alloc(1024);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    const header = parseNpyHeader(file, head.subarray(0, bytesRead));
    const length = header.shape.reduce((product, side) => product * side, 1);
    if ((await handle.stat()).size !== header.offset + length) {
      throw new DataError({ where: "medmnist", file, required: `${length} bytes of numbers`, got: "a file cut short" });
    }
    const bytes = new Uint8Array(whole ? length : 0);
    if (whole) await handle.read(bytes, 0, length, header.offset);
    return { header, bytes };
  } finally {
    await handle.close();
  }
}

function toLabels({ kind, classes, positive }: Task, read: readonly Part[]): Labels {
  const ids = read.flatMap((part) => part.ids);
  const numbers = read.flatMap((part) => [...part.labels]);
  const width = classes.length;
  const values = new Float32Array(ids.length * width);
  if (kind === "multi") values.set(numbers);
  else if (kind === "binary") numbers.forEach((number, at) => (values[at] = number === positive ? 1 : 0));
  else numbers.forEach((number, at) => (values[at * width + number] = 1));
  return { kind, classes, values, ids };
}

function streamRows(
  rows: readonly (Place & { readonly id: string })[],
  batchSize: number,
  size: OpenOptions["size"],
): ImageStream {
  return {
    rejected: [],
    count: rows.length,
    async *[Symbol.asyncIterator](): AsyncGenerator<Images> {
      for (let at = 0; at < rows.length; at += batchSize) {
        const batch = rows.slice(at, at + batchSize);
        const images = await readRows(batch);
        yield size === undefined ? images : await resizeRaw(images, size);
      }
    },
  };
}

async function readRows(rows: readonly (Place & { readonly id: string })[]): Promise<Images> {
  const { header } = (rows[0] as Place).part;
  const [, height = 1, width = 1, channels = 1] = header.shape;
  const size = height * width * channels;
  const pixels = new Uint8Array(rows.length * size);
  const files = [...new Set(rows.map(({ part }) => part.file))];
  for (const file of files) {
    const handle = await open(file);
    try {
      for (const [at, { part, row }] of rows.entries()) {
        if (part.file !== file) continue;
        const one = new Uint8Array(size);
        await handle.read(one, 0, size, part.header.offset + row * size);
        for (let k = 0; k < size; k++) {
          // Channels lie last in the file and first in memory.
          pixels[at * size + (k % channels) * height * width + Math.floor(k / channels)] = one[k] as number;
        }
      }
    } finally {
      await handle.close();
    }
  }
  return { pixels, shape: [rows.length, channels, height, width], ids: rows.map(({ id }) => id) };
}
