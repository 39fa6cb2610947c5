import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../../core/errors";
import { zod } from "../../core/packages";
import type { LongWorkOptions } from "../../core/progress";
import type { Shown } from "../../display/show";
import { readCsv } from "../csv";
import { makeDataset, type Dataset } from "../dataset";
import type { ImageFile } from "../imageFile";
import { findImageFiles, relativeId } from "../imageFiles";
import { groupEach, pickLabels, type Labels, type Split } from "../labels";
import { streamFiles } from "../readImages";
import { splitByGroup } from "../split";
import { writeFiles } from "../writeFiles";
import { findDuplicates, type Duplicates } from "./duplicates";
import { needFolder, type OpenOptions } from "./openOptions";

const types = ["Type_1", "Type_2", "Type_3"] as const;

/** Files that the contest ships broken: two are cut short, three are empty. */
export const knownBad: readonly string[] = [
  "additional_Type_1_v2/Type_1/3068.jpg",
  "additional_Type_2_v2/Type_2/7.jpg",
  "additional_Type_1_v2/Type_1/5893.jpg",
  "additional_Type_2_v2/Type_2/2845.jpg",
  "additional_Type_2_v2/Type_2/5892.jpg",
];

interface Picture extends ImageFile {
  readonly type: number;
  readonly part: "train" | "additional" | "test";
}

/**
 * The cervix photographs of the Intel and MobileODT contest: RGB, turned upright, padded to the aspect 3 : 4 and scaled
 * to 200x150. Train and additional images are split 70/30 into train and validation, the first stage's test is the test.
 *
 * The stages share images. With `duplicates: "keep"` the split is the published one, and the notes say how many test
 * images have a copy among those learned from; with `"drop"` each picture stands once, and a picture of the test nowhere
 * else. `groups` names the set of copies that an image belongs to.
 *
 * @throws DataError when files or labels are not there
 */
export async function openMobileodt({ size = [200, 150], duplicates = "keep" }: OpenOptions): Promise<Dataset & Shown> {
  const root = needFolder("mobileodt", "mobileodt", ["train", "test"]);
  const pictures = await listPictures(root);
  const known = duplicates === "drop" ? await mobileodtDuplicates(root) : await readDuplicates(root);
  const setOf = new Map((known?.sets ?? []).flatMap((set) => set.map((id) => [id, set[0] as string] as const)));
  const kept = duplicates === "drop" ? dropCopies(pictures, setOf) : pictures;
  const groups = Object.fromEntries(kept.map(({ id }) => [id, setOf.get(id) ?? id]));
  const labels = labelsOf(kept);
  const fileOf = new Map(kept.map((picture) => [picture.id, picture]));
  return makeDataset({
    name: "mobileodt",
    synthetic: false,
    labels,
    ...(known === undefined ? {} : { groups }),
    split: splitOf(kept, labels, duplicates === "drop" ? groups : undefined),
    source: "Intel & MobileODT Cervical Cancer Screening, Kaggle 2017, under the contest's rules.",
    notes: [describe(known, pictures, duplicates)],
    columns: { part: kept.map(({ part }) => part) },
    stream: (ids, { batchSize = 64 }) =>
      streamFiles(
        ids.map((id) => fileOf.get(id) as ImageFile),
        { size, fit: "contain", colour: "rgb", upright: true, batchSize },
      ),
  });
}

/**
 * The sets of images that are the same or nearly the same; looked for at the first call, which takes minutes, and kept
 * in duplicates.json beside the data.
 */
export async function mobileodtDuplicates(root: string, options: LongWorkOptions = {}): Promise<Duplicates> {
  const before = await readDuplicates(root);
  if (before !== undefined) return before;
  const found = await findDuplicates(await listPictures(root), options);
  await writeFiles([{ file: join(root, "duplicates.json"), pieces: [`${JSON.stringify(found, undefined, 1)}\n`] }]);
  return found;
}

async function readDuplicates(root: string): Promise<Duplicates | undefined> {
  const file = join(root, "duplicates.json");
  if (!existsSync(file)) return undefined;
  const { z } = zod();
  const schema = z.object({ sets: z.array(z.array(z.string()).min(2)), unreadable: z.array(z.string()) });
  try {
    return schema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (cause) {
    const required = "the list that `deepfixcx data mobileodt` writes";
    throw new DataError({ where: "mobileodt", file, required, got: "something else", remedy: "remove it" }, { cause });
  }
}

async function listPictures(root: string): Promise<readonly Picture[]> {
  const pictures: Picture[] = [];
  for (const [type, name] of types.entries()) {
    const folders = [
      { part: "train" as const, folder: join(root, "train", "train", name) },
      { part: "additional" as const, folder: join(root, `additional_${name}_v2`, name) },
    ];
    for (const { part, folder } of folders) {
      if (part === "additional" && !existsSync(folder)) continue;
      for (const { file } of await findImageFiles(folder)) {
        const id = relativeId(root, file);
        if (!knownBad.includes(id)) pictures.push({ id, file, type, part });
      }
    }
  }
  return [...pictures, ...(await listTest(root))];
}

async function listTest(root: string): Promise<readonly Picture[]> {
  const table = join(root, "solution_stg1_release.csv");
  const { rows } = await readCsv(table);
  return rows.map((row) => {
    const type = types.findIndex((name) => Number(row[name]) === 1);
    const name = row["image_name"] ?? "";
    if (type >= 0)
      return { id: `test/test/${name}`, file: join(root, "test", "test", name), type, part: "test" as const };
    const required = "a 1 in one of Type_1, Type_2, Type_3";
    throw new DataError({ where: "mobileodt", file: table, required, got: `none for "${name}"` });
  });
}

/** One of each set: of the test where it has one, else the first. */
function dropCopies(pictures: readonly Picture[], setOf: ReadonlyMap<string, string>): readonly Picture[] {
  const taken = new Set<string>();
  const ordered = [...pictures].sort((a, b) => Number(b.part === "test") - Number(a.part === "test"));
  const kept = new Set(
    ordered.filter(({ id }) => {
      const set = setOf.get(id);
      if (set === undefined) return true;
      const first = !taken.has(set);
      taken.add(set);
      return first;
    }),
  );
  return pictures.filter((picture) => kept.has(picture));
}

function labelsOf(pictures: readonly Picture[]): Labels {
  const values = new Float32Array(pictures.length * types.length);
  pictures.forEach(({ type }, at) => (values[at * types.length + type] = 1));
  return { kind: "single", classes: types, values, ids: pictures.map(({ id }) => id) };
}

function splitOf(pictures: readonly Picture[], labels: Labels, groups: Record<string, string> | undefined): Split {
  const learned = pictures.filter(({ part }) => part !== "test").map(({ id }) => id);
  const fractions = { train: 0.7, validation: 0.3, test: 0 };
  const test = pictures.filter(({ part }) => part === "test").map(({ id }) => id);
  return { ...splitByGroup(pickLabels(labels, learned), groups ?? groupEach(learned), { fractions }), test };
}

function describe(known: Duplicates | undefined, pictures: readonly Picture[], mode: "keep" | "drop"): string {
  if (known === undefined) {
    return "The stages of the contest share images; duplicates were not looked for yet: run `deepfixcx data mobileodt`.";
  }
  const byId = new Map(pictures.map((picture) => [picture.id, picture]));
  const members = known.sets.map((set) => set.map((id) => byId.get(id)).filter((one) => one !== undefined));
  const leaking = members.filter((set) => set.some(isTest) && set.some((one) => !isTest(one)));
  const tests = leaking.flatMap((set) => set.filter(isTest)).length;
  const torn = members.filter((set) => new Set(set.map(({ type }) => type)).size > 1).length;
  const fate =
    mode === "drop"
      ? "One of each is kept, and no picture of the test stands elsewhere."
      : "All are kept, as published.";
  return (
    `${members.length} sets of images are the same or nearly the same; ${tests} test images have a copy in train or ` +
    `additional, and ${torn} sets have different labels. ${fate}`
  );
}

function isTest({ part }: Picture): boolean {
  return part === "test";
}
