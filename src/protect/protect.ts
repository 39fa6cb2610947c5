import type { Embedding } from "../compress/embedding";
import { DataError, OptionError } from "../core/errors";
import { inBrief } from "../core/images";
import { checkOptions } from "../core/options";
import type { Groups, Labels } from "../data/labels";
import { startWork } from "../core/progress";
import { showAs, type Shown } from "../display/show";
import type { Table } from "../display/view";
import { discreteLaplace, type DrawInteger, drawIntegers } from "../compress/noise/discreteLaplace";
import { type Guarantee, seededNoise } from "../compress/noise/guarantee";
import { fitScorer, logFeatures, type Scorer, scoreOf } from "./scorer";

/** Images of other patients, on whom the score is learned. */
export interface ReferencePatients {
  /** Of the same settings as the embedding to be released. */
  readonly embedding: Embedding;
  readonly labels: Labels;
  /** The patient of every image, by image id. */
  readonly groups: Groups;
}

/** Options of `protect`. */
export interface ProtectOptions {
  /** The one class that the release serves; default: the only class of the labels. */
  readonly keep?: string;
  readonly reference: ReferencePatients;
  /** The patient of every released image, by image id. */
  readonly groups: Groups;
  /**
   * Images whose scores are averaged, at least 5 and of equal label, no two of one patient. Without it every image keeps
   * a score of its own at few `bits`, which hides much less.
   */
  readonly group?: number;
  /** With `group`: the guarantee for one replaced image; smaller is a stronger guarantee; default 2. */
  readonly epsilon?: number;
  /** Without `group`: bits of each score, 1 to 8; default 3. */
  readonly bits?: number;
  /** For tests only: repeatable noise, and with it no guarantee. */
  readonly testSeed?: number;
}

/** What may be handed on in place of an embedding. */
export interface ProtectedRelease {
  readonly kind: "protectedRelease";
  readonly keep: string;
  readonly ids: readonly string[];
  /** `[image, 1]`: the score of each image, or of its group, in deviations of the reference images. */
  readonly values: Float32Array;
  readonly shape: readonly [image: number, feature: number];
  /** 1 or 0 by image: given away with the release. */
  readonly truth: Uint8Array;
  /** The group of every image; there when scores are averaged. */
  readonly groupOf?: Int32Array;
  /** Images that are not released, with the reason. */
  readonly leftOut: readonly { readonly id: string; readonly reason: string }[];
  /** Learned on the reference patients alone, so that others can be scored alike. */
  readonly scorer: Scorer;
  readonly guarantee: Guarantee;
}

const where = "protect";
const smallestGroup = 5;
const clip = 2; // deviations; scores beyond are drawn to it, which bounds what one image can change
const steps = 4096; // whole numbers from -clip to +clip
const epsilonUnits = 1000; // epsilon is kept as a whole number of thousandths, rounded down

/**
 * Replaces embeddings by what one task needs: a score learned on other patients, averaged over groups of images with
 * noise, or alone at few bits. It serves that task only. Attack what comes out with `evaluate.linkage` before it is
 * handed on: a release is not anonymous, the label itself links a patient's images, and the promise is per image: r
 * images of a patient cost r times epsilon.
 *
 * @throws DataError when a reference patient is in the release, an image has no patient or label, or nothing is left
 * @throws OptionError when a group is below 5, or an option does not fit the others
 */
export async function protect(
  embedding: Embedding,
  labels: Labels,
  options: ProtectOptions,
): Promise<ProtectedRelease & Shown> {
  checkOptions(where, options, {
    ...{ keep: true, reference: true, groups: true, group: true, epsilon: true, bits: true, testSeed: true },
  });
  const { reference, groups, group, epsilon, bits, testSeed } = options;
  checkRanges(group, epsilon, bits);
  const keep = chooseClass(labels, options.keep);
  checkPatients(embedding, groups, reference);
  const work = startWork("learn the score", 1);
  await work.breathe();
  const scorer = fitScorer(examplesOf(reference, keep));
  work.end();
  const truth = truthOf(embedding.ids, labels, keep);
  const scores = embedding.ids.map((_, row) => scoreOf(scorer, logFeatures(embedding, row)));
  const draw = drawIntegers(testSeed);
  const patients = embedding.ids.map((id) => groups[id] as string);
  const parts =
    group === undefined
      ? alone(scores, truth, bits ?? 3)
      : grouped(scores, truth, patients, { group, units: Math.floor((epsilon ?? 2) * epsilonUnits), draw });
  const rows = parts.rows;
  if (rows.length === 0) {
    throw new DataError({
      where,
      required: `${group ?? 1} images of one label`,
      got: "fewer",
      remedy: "release more images",
    });
  }
  const released = new Set(rows);
  const release: ProtectedRelease = {
    kind: "protectedRelease",
    keep,
    ids: rows.map((row) => embedding.ids[row] as string),
    values: Float32Array.from(parts.values),
    shape: [rows.length, 1],
    truth: Uint8Array.from(rows, (row) => truth[row] as number),
    ...(parts.groupOf === undefined ? {} : { groupOf: Int32Array.from(parts.groupOf) }),
    leftOut: embedding.ids.flatMap((id, row) =>
      released.has(row) ? [] : [{ id, reason: reasonOf(truth[row] as number) }],
    ),
    scorer,
    guarantee: guaranteeOf(group, Math.floor((epsilon ?? 2) * epsilonUnits) / epsilonUnits, testSeed),
  };
  return showAs(release, { summary: () => summary(release), view: () => table(release, options) });
}

interface Parts {
  /** Rows of the embedding that are released. */
  readonly rows: readonly number[];
  readonly values: readonly number[];
  readonly groupOf?: readonly number[];
}

function alone(scores: readonly number[], truth: readonly number[], bits: number): Parts {
  const cells = 2 ** bits;
  const rows = Array.from(truth.keys()).filter((row) => !Number.isNaN(truth[row]));
  const middle = (score: number): number => {
    const cell = Math.min(cells - 1, Math.floor(((clipped(score) + clip) / (2 * clip)) * cells));
    return ((cell + 0.5) / cells) * 2 * clip - clip;
  };
  return { rows, values: rows.map((row) => middle(scores[row] as number)) };
}

function grouped(
  scores: readonly number[],
  truth: readonly number[],
  patients: readonly string[],
  { group, units, draw }: { readonly group: number; readonly units: number; readonly draw: DrawInteger },
): Parts {
  const members = [0, 1].flatMap((label) =>
    dealGroups(
      truth.flatMap((seen, row) => (seen === label ? [row] : [])),
      patients,
      group,
      draw,
    ),
  );
  const values = members.map((rows) => {
    // Whole numbers all the way: one image moves the sum by at most `steps`.
    const sum = rows.reduce(
      (total, row) => total + Math.round(((clipped(scores[row] as number) + clip) / (2 * clip)) * steps),
      0,
    );
    const noisy = sum + discreteLaplace(steps * epsilonUnits, units, draw);
    return (noisy / rows.length / steps) * 2 * clip - clip;
  });
  return {
    rows: members.flat(),
    values: members.flatMap((rows, at) => rows.map(() => values[at] as number)),
    groupOf: members.flatMap((rows, at) => rows.map(() => at)),
  };
}

/**
 * Deals images into groups of at least `size`, a patient's images apart: patients one after the other, in random order,
 * each image to the next group. Images of a patient beyond the number of groups stay out.
 */
export function dealGroups(
  rows: readonly number[],
  patients: readonly string[],
  size: number,
  draw: DrawInteger,
): number[][] {
  const byPatient = new Map<string, number[]>();
  for (const row of shuffled(rows, draw)) {
    const name = patients[row] as string;
    byPatient.set(name, [...(byPatient.get(name) ?? []), row]);
  }
  for (let count = Math.floor(rows.length / size); count > 0; count--) {
    const dealt = [...byPatient.values()].flatMap((own) => own.slice(0, count));
    if (Math.floor(dealt.length / count) < size) continue;
    return Array.from({ length: count }, (_, at) => dealt.filter((_, place) => place % count === at));
  }
  return [];
}

function shuffled(rows: readonly number[], draw: DrawInteger): number[] {
  const result = [...rows];
  for (let last = result.length - 1; last > 0; last--) {
    const other = draw(last + 1);
    [result[last], result[other]] = [result[other] as number, result[last] as number];
  }
  return result;
}

function clipped(score: number): number {
  return Math.min(clip, Math.max(-clip, score));
}

function examplesOf({ embedding, labels, groups }: ReferencePatients, keep: string): Parameters<typeof fitScorer>[0] {
  const truth = truthOf(embedding.ids, labels, keep);
  const rows = Array.from(truth.keys()).filter((row) => !Number.isNaN(truth[row]));
  return {
    rows: rows.map((row) => logFeatures(embedding, row)),
    truth: rows.map((row) => truth[row] as number),
    patients: rows.map((row) => groups[embedding.ids[row] as string] as string),
  };
}

function truthOf(ids: readonly string[], labels: Labels, keep: string): number[] {
  const [column, width] = [labels.classes.indexOf(keep), labels.classes.length];
  const rows = new Map(labels.ids.map((id, row) => [id, row]));
  return ids.map((id) => {
    const row = rows.get(id);
    if (row === undefined || column < 0) {
      throw new DataError({ where, required: `a label "${keep}" for every image`, got: `none for "${id}"` });
    }
    return labels.values[row * width + column] as number;
  });
}

function chooseClass({ classes }: Labels, keep: string | undefined): string {
  const chosen = keep ?? (classes.length === 1 ? classes[0] : undefined);
  if (chosen !== undefined && classes.includes(chosen)) return chosen;
  throw new OptionError({ where, required: `keep one of ${classes.join(", ")}`, got: inBrief(keep) });
}

function checkPatients({ ids }: Embedding, groups: Groups, reference: ReferencePatients): void {
  const known = new Set(reference.embedding.ids.map((id) => patientOf(id, reference.groups)));
  const both = ids.find((id) => known.has(patientOf(id, groups)));
  if (both === undefined) return;
  throw new DataError({
    where,
    required: "reference patients who are not in the release",
    got: `patient "${groups[both]}" of image "${both}" in both`,
    remedy: "learn the score on other patients",
  });
}

function patientOf(id: string, groups: Groups): string {
  const name = groups[id];
  if (name !== undefined) return name;
  throw new DataError({ where, required: "a patient for every image", got: `none for "${id}"` });
}

function checkRanges(group: number | undefined, epsilon: number | undefined, bits: number | undefined): void {
  const refuse = (required: string, got: unknown): never => {
    throw new OptionError({ where, required, got: inBrief(got) });
  };
  if (group !== undefined && !(Number.isInteger(group) && group >= smallestGroup)) {
    refuse(`group a whole number of at least ${smallestGroup}`, group);
  }
  if (group === undefined && epsilon !== undefined)
    refuse("group beside epsilon: a single score has no such guarantee", epsilon);
  if (group !== undefined && bits !== undefined) refuse("bits only without group", bits);
  if (epsilon !== undefined && !(Number.isFinite(epsilon) && epsilon >= 1 / epsilonUnits && epsilon <= 100))
    refuse("epsilon from 0.001 to 100", epsilon);
  if (bits !== undefined && !(Number.isInteger(bits) && bits >= 1 && bits <= 8))
    refuse("bits a whole number from 1 to 8", bits);
}

function reasonOf(truth: number): string {
  return Number.isNaN(truth) ? "its label is uncertain" : "no group of enough other patients was left for it";
}

function guaranteeOf(group: number | undefined, epsilon: number, testSeed: number | undefined): Guarantee {
  if (testSeed !== undefined) return seededNoise;
  if (group === undefined) return { kind: "none", words: "no guarantee: every image keeps a score of its own" };
  const words =
    `replacing one image, its label and group kept, changes the chance of any release by at most a factor exp(${epsilon}); ` +
    `a patient with r images is covered by ${epsilon} r only; labels and who is in the release are not hidden`;
  return { kind: "differential privacy", epsilon, delta: 0, words };
}

function summary({ keep, ids, groupOf, guarantee }: ProtectedRelease): string {
  const how = groupOf === undefined ? "scores of single images" : `scores of ${new Set(groupOf).size} groups`;
  return `Release for "${keep}" of ${ids.length} images, ${how}: ${guarantee.words}`;
}

function table(release: ProtectedRelease, { group, bits }: ProtectOptions): Table {
  const { keep, ids, leftOut, guarantee } = release;
  return {
    kind: "table",
    title: `What is released of ${ids.length} images`,
    columns: [{ name: "what" }, { name: "value" }],
    rows: [
      ["serves", `${keep}, and nothing else`],
      [
        "per image",
        group === undefined ? `a score of ${bits ?? 3} bits` : `the score of its group of at least ${group}`,
      ],
      ["left out", leftOut.length],
      ["promise", guarantee.words],
      ["not promised", "anonymity: attack the release with evaluate.linkage, beside what the label alone gives"],
    ],
  };
}
