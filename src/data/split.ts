import { createHash } from "node:crypto";
import { DataError, OptionError } from "../core/errors";
import { checkOptions } from "../core/options";
import { hash } from "../core/hash";
import { checkUnique, inBrief } from "../core/images";
import { Random } from "../core/random";
import {
  checkGroups,
  checkLabels,
  checkTwoClasses,
  missingLabel,
  type Groups,
  type Labels,
  type Split,
} from "./labels";

/** The fold of every image, by image id: whole numbers from 0. */
export type Folds = Readonly<Record<string, number>>;

/** Options of {@link splitByGroup} and {@link foldByGroup}. */
export interface SplitOptions {
  /** Default 0. */
  readonly seed?: number;
}

/** Options of {@link splitByGroup}. */
export interface FractionOptions extends SplitOptions {
  /** Shares of the images; default 0.7, 0.15 and 0.15. They add up to 1. */
  readonly fractions?: { readonly train: number; readonly validation: number; readonly test: number };
}

/** Options of {@link foldByGroup}. */
export interface FoldOptions extends SplitOptions {
  /** How many folds, at least 2; default 5. */
  readonly folds?: number;
}

/**
 * Splits images into train, validation and test so that the images of one patient stay together and each class has
 * nearly the same share everywhere.
 *
 * @param groups - the patient by image id
 * @throws OptionError when the fractions do not add up to 1
 * @throws DataError when there are no groups, as in a data set that names no patients, only one class has images, or an
 * image has no group
 */
export function splitByGroup(labels: Labels, groups: Groups | undefined, options: FractionOptions = {}): Split {
  checkOptions("splitByGroup", options, { fractions: true, seed: true });
  const { fractions = { train: 0.7, validation: 0.15, test: 0.15 }, seed = 0 } = options;
  const shares = [fractions.train, fractions.validation, fractions.test];
  const sum = shares.reduce((total, share) => total + share, 0);
  if (shares.some((share) => !(share >= 0)) || Math.abs(sum - 1) > 1e-9) {
    throw new OptionError({
      where: "splitByGroup",
      required: "fractions of at least 0 that add up to 1",
      got: shares.join(", "),
    });
  }
  checkGroups(
    groups,
    "splitByGroup",
    noPatients("give every image its own: Object.fromEntries(labels.ids.map((id) => [id, id]))"),
  );
  const [train, validation, test] = assign(labels, groups, shares, seed, "splitByGroup") as [
    string[],
    string[],
    string[],
  ];
  return Object.freeze({ train, validation, test });
}

/**
 * Deals images into folds of nearly equal size and class shares, the images of one patient in one fold.
 *
 * @throws OptionError when `folds` is not a whole number of at least 2
 * @throws DataError when only one class has images, or an image has no group
 */
export function foldByGroup(labels: Labels, groups: Groups | undefined, options: FoldOptions = {}): Folds {
  checkOptions("foldByGroup", options, { folds: true, seed: true });
  const { folds = 5, seed = 0 } = options;
  checkFolds("foldByGroup", folds);
  const shares = Array.from({ length: folds }, () => 1 / folds);
  const parts = assign(labels, groups, shares, seed, "foldByGroup");
  const foldOf = new Map(parts.flatMap((ids, fold) => ids.map((id) => [id, fold] as const)));
  return Object.fromEntries(labels.ids.map((id) => [id, foldOf.get(id) as number]));
}

/**
 * Folds that depend on the patient's name alone: the first 4 bytes, big-endian, of sha256(patient), modulo `folds`. The
 * same patient falls into the same fold in every data set, on every machine and without a seed.
 *
 * @throws OptionError when `folds` is not a whole number of at least 2
 * @throws DataError when there are no groups, as in a data set that names no patients
 */
export function hashFolds(groups: Groups | undefined, folds = 5): Folds {
  checkFolds("hashFolds", folds);
  checkGroups(groups, "hashFolds", noPatients("foldByGroup(labels, undefined) does without"));
  return Object.fromEntries(
    Object.entries(groups).map(([id, patient]) => [
      id,
      createHash("sha256").update(patient).digest().readUInt32BE(0) % folds,
    ]),
  );
}

function noPatients(way: string): string {
  return `name patients in a column patient of the table; only where no patient has two images, ${way}`;
}

/**
 * The split that scores one fold: that fold is the test, the next one (round the end) the validation, on which epochs
 * and thresholds are chosen, and the others train.
 */
export function splitOfFold(folds: Folds, fold: number, count: number = countFolds(folds)): Split {
  const validationFold = (fold + 1) % count;
  const ids = Object.keys(folds);
  return Object.freeze({
    train: ids.filter((id) => folds[id] !== fold && folds[id] !== validationFold),
    validation: ids.filter((id) => folds[id] === validationFold),
    test: ids.filter((id) => folds[id] === fold),
  });
}

/**
 * Refuses a split that would measure memory instead of learning.
 *
 * @throws DataError when an image stands twice, lacks a label, or a patient stands in two parts (it is named)
 */
export function checkSplit(split: Split, labels: Labels, groups?: Groups): void {
  const known = new Set(labels.ids);
  const partOf = new Map<string, string>();
  checkUnique([...split.train, ...split.validation, ...split.test], "split");
  for (const part of ["train", "validation", "test"] as const) {
    for (const id of split[part]) {
      if (!known.has(id)) throw missingLabel(`split, ${part}`, id);
      const patient = groups?.[id];
      if (patient === undefined) continue;
      const other = partOf.get(patient);
      if (other !== undefined && other !== part) throw patientInTwo(patient, other, part, id);
      partOf.set(patient, part);
    }
  }
}

/** A hash of a split, to be printed beside every number measured on it: the same images in the same parts give the same. */
export function hashSplit({ train, validation, test }: Split): string {
  return hash([...train].sort(), [...validation].sort(), [...test].sort());
}

/** One more than the highest fold. */
export function countFolds(folds: Folds): number {
  return Object.values(folds).reduce((high, fold) => Math.max(high, fold), -1) + 1;
}

function patientInTwo(patient: string, one: string, other: string, id: string): DataError {
  return new DataError({
    where: "split",
    required: "each patient in one part only",
    got: `patient "${patient}" in ${one} and ${other} (image "${id}")`,
    remedy: "move the patient's images together, or use splitByGroup",
  });
}

function checkFolds(where: string, folds: number): void {
  if (Number.isInteger(folds) && folds >= 2) return;
  throw new OptionError({ where, required: "folds a whole number of at least 2", got: inBrief(folds) });
}

/**
 * Deals patients, larger ones first and shuffled among equals, each to the part that is furthest below its due in the
 * patient's own classes (iterative stratification; Sechidis, Tsoumakas and Vlahavas 2011, with patients for images).
 */
function assign(
  labels: Labels,
  groups: Groups | undefined,
  shares: readonly number[],
  seed: number,
  where: string,
): string[][] {
  checkLabels(labels);
  checkTwoClasses(labels, where);
  const patients = new Random(seed).fork(where).shuffle(gather(labels, groups, where));
  patients.sort((a, b) => b.ids.length - a.ids.length);
  const totals = patients.reduce((sum, { weights }) => sum.map((x, k) => x + (weights[k] as number)), zeros(patients));
  const filled = shares.map(() => zeros(patients));
  const parts = shares.map((): string[] => []);
  for (const { ids, weights } of patients) {
    const needs = shares.map((share, part) => {
      const have = filled[part] as number[];
      // Classes count by their rarity, so that a rare one is spread before the frequent ones.
      return weights.reduce((need, weight, k) => {
        const total = totals[k] as number;
        return weight === 0 ? need : need + (weight * (share * total - (have[k] as number))) / total;
      }, 0);
    });
    const part = bestPart(needs, shares);
    parts[part]?.push(...ids);
    filled[part] = (filled[part] as number[]).map((x, k) => x + (weights[k] as number));
  }
  const place = new Map(labels.ids.map((id, index) => [id, index]));
  return parts.map((ids) => ids.sort((a, b) => (place.get(a) as number) - (place.get(b) as number)));
}

/** A part with no share gets nobody, however great its need looks. */
function bestPart(needs: readonly number[], shares: readonly number[]): number {
  let best = shares.findIndex((share) => share > 0);
  needs.forEach((need, part) => {
    if ((shares[part] as number) > 0 && need > (needs[best] as number)) best = part;
  });
  return best;
}

interface Patient {
  readonly ids: string[];
  /** Images, then images with and images without each class. */
  readonly weights: number[];
}

function zeros(patients: readonly Patient[]): number[] {
  return (patients[0]?.weights ?? []).map(() => 0);
}

function gather(labels: Labels, groups: Groups | undefined, where: string): Patient[] {
  const width = labels.classes.length;
  const patients = new Map<string, Patient>();
  labels.ids.forEach((id, image) => {
    const name = groups === undefined ? id : groups[id];
    if (name === undefined) {
      throw new DataError({ where, required: "a patient for every image", got: `none for "${id}"` });
    }
    const patient = patients.get(name) ?? { ids: [], weights: Array.from({ length: 1 + 2 * width }, () => 0) };
    patients.set(name, patient);
    patient.ids.push(id);
    patient.weights[0] = (patient.weights[0] as number) + 1;
    for (let k = 0; k < width; k++) {
      const value = labels.values[image * width + k] as number;
      if (Number.isNaN(value)) continue;
      const slot = 1 + 2 * k + (value === 1 ? 0 : 1);
      patient.weights[slot] = (patient.weights[slot] as number) + 1;
    }
  });
  return [...patients.values()];
}
