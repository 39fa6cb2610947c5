import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { startWork, type LongWorkOptions } from "../../core/progress";
import { findImageFiles, relativeId } from "../imageFiles";
import { parseNpyHeader, type NpyHeader } from "../npy";
import { findDuplicates, type Duplicates } from "../real/duplicates";
import { mobileodtDuplicates } from "../real/mobileodt";
import type { Source } from "./catalog";

/** What to know of images that stand twice, where that can be found out in minutes: a sentence or more for each data set. */
export async function copiesIn(
  name: string,
  folder: string,
  { counts }: Source,
  options: LongWorkOptions,
): Promise<readonly string[]> {
  const paths = counts.map(({ path }) => path);
  if (name === "mobileodt") return describeLeak(await mobileodtDuplicates(folder, options));
  if (name === "kim-eye") return describeFiles(await imageCopies(folder, paths, options));
  if (paths.every((path) => path.endsWith("_images.npy"))) {
    return describeRows(
      await rowCopies(
        paths.map((path) => join(folder, path)),
        options,
      ),
    );
  }
  return ["Duplicates were not looked for: that would read every image."];
}

async function imageCopies(folder: string, paths: readonly string[], options: LongWorkOptions): Promise<Duplicates> {
  const found = await Promise.all(paths.map((path) => findImageFiles(join(folder, path))));
  const files = found.flat().map(({ file }) => ({ id: relativeId(folder, file), file }));
  return findDuplicates(files, options);
}

function describeLeak({ sets, unreadable }: Duplicates): readonly string[] {
  const leaks = sets.filter((set) => {
    const tests = set.filter((id) => id.startsWith("test/")).length;
    return tests > 0 && tests < set.length;
  });
  return [
    `${sets.length} sets of images are the same or nearly the same; ${leaks.length} of them are in the test and among what is learned from.`,
    'datasets.open("mobileodt") keeps the published split; { duplicates: "drop" } keeps one of each.',
    ...describeUnreadable(unreadable),
  ];
}

/** Classes are folders; the split is made by image, so that a set of copies may be torn apart by it. */
function describeFiles({ sets, unreadable }: Duplicates): readonly string[] {
  const torn = sets.filter((set) => new Set(set.map((id) => id.split("/")[0])).size > 1);
  return [
    `${sets.length} sets of images are the same or nearly the same, ${torn.length} of them in several classes; the split is by image and may part them.`,
    ...describeUnreadable(unreadable),
  ];
}

function describeUnreadable(unreadable: readonly string[]): readonly string[] {
  return unreadable.length === 0 ? [] : [`${unreadable.length} files are no whole image: ${unreadable.join(", ")}`];
}

/** Rows of arrays that hold the same bytes, each as the array and row that it stands in. */
export async function rowCopies(
  files: readonly string[],
  options: LongWorkOptions = {},
): Promise<readonly (readonly { readonly file: string; readonly row: number }[])[]> {
  const byHash = new Map<string, { file: string; row: number }[]>();
  for (const file of files) {
    const work = startWork("look for duplicates", undefined, options);
    try {
      let row = 0;
      for await (const bytes of rowsOf(file)) {
        work.check();
        const hash = createHash("sha256").update(bytes).digest("base64");
        byHash.set(hash, [...(byHash.get(hash) ?? []), { file, row: row++ }]);
        work.report(row);
      }
    } finally {
      work.end();
    }
  }
  return [...byHash.values()].filter((set) => set.length > 1);
}

async function* rowsOf(file: string): AsyncGenerator<Uint8Array> {
  const handle = await open(file);
  try {
    const header = await readHeader(file, handle);
    const size = header.shape.slice(1).reduce((product, side) => product * side, 1);
    const buffer = new Uint8Array(size);
    for (let row = 0; row < (header.shape[0] ?? 0); row++) {
      await handle.read(buffer, 0, size, header.offset + row * size);
      yield buffer;
    }
  } finally {
    await handle.close();
  }
}

/** The header of an open .npy file. */
export async function readHeader(file: string, handle: Awaited<ReturnType<typeof open>>): Promise<NpyHeader> {
  const head = Buffer.alloc(1024);
  const { bytesRead } = await handle.read(head, 0, head.length, 0);
  return parseNpyHeader(file, head.subarray(0, bytesRead));
}

function describeRows(sets: Awaited<ReturnType<typeof rowCopies>>): readonly string[] {
  const across = sets.filter((set) => new Set(set.map(({ file }) => file)).size > 1);
  return [
    `${sets.length} sets of images are equal in every pixel; ${across.length} of them stand in several parts of the split.`,
  ];
}
