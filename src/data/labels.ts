import { DataError, ShapeError } from "../core/errors";
import { hash } from "../core/hash";
import { checkObject, checkUnique, inBrief } from "../core/images";
import { showAs, type Shown } from "../display/show";
import type { Table } from "../display/view";

/** What is known of each image. */
export interface Labels {
  /** `binary`: one class that is there or not. `single`: exactly one of several classes. `multi`: several findings, each there or not. */
  readonly kind: "binary" | "single" | "multi";
  /** For `binary` the one positive class. */
  readonly classes: readonly string[];
  /** `[image, class]`: 1 there, 0 not, NaN uncertain. */
  readonly values: Float32Array;
  readonly ids: readonly string[];
}

/** Which images serve which purpose, by id; no patient stands in two of them. */
export interface Split {
  readonly train: readonly string[];
  readonly validation: readonly string[];
  readonly test: readonly string[];
}

/** The patient (or other group) of every image, by image id. */
export type Groups = Readonly<Record<string, string>>;

/** How many images have a class, lack it, and are uncertain. */
export interface ClassCount {
  readonly name: string;
  readonly present: number;
  readonly absent: number;
  readonly uncertain: number;
}

/**
 * Labels that were checked; a table of class counts when it is a cell's last value.
 *
 * @throws ShapeError when `values` does not hold one number for every image and class
 * @throws DataError when an id stands twice or a value is none of 0, 1 and NaN
 */
export function makeLabels(labels: Labels): Labels & Shown {
  const { kind, classes, values, ids } = labels;
  checkLabels(labels);
  return showAs(
    { kind, classes, values, ids },
    {
      summary: () => `Labels of ${ids.length} images, ${kind}: ${classes.join(", ")}`,
      view: () => countTable(labels),
    },
  );
}

/**
 * Refuses labels that do not fit themselves; for verbs, whose labels need not come from {@link makeLabels}.
 *
 * @throws ShapeError when `values` does not hold one number for every image and class
 * @throws DataError when they are no labels, an id stands twice, a value is none of 0, 1 and NaN, or an image of `single`
 * labels has several classes
 */
export function checkLabels(labels: Labels): void {
  checkMembers(labels);
  const { kind, classes, values, ids } = labels;
  if (values.length !== ids.length * classes.length) {
    throw new ShapeError({
      where: "labels",
      required: `${ids.length * classes.length} values for ${ids.length} images and ${classes.length} classes`,
      got: `${values.length}`,
    });
  }
  checkUnique(ids, "labels");
  checkValues(labels);
  if (kind === "binary" && classes.length !== 1) throw tooMany("one class in binary labels", classes.join(", "));
  if (kind === "single") checkExclusive(labels);
}

/** Cells and JavaScript can give anything, for instance the data set instead of its labels. */
function checkMembers(labels: Labels): void {
  const required = "labels { kind, classes, values, ids }";
  checkObject(labels, required, "labels", "give dataset.labels");
  if (Array.isArray(labels.ids) && Array.isArray(labels.classes) && labels.values instanceof Float32Array) return;
  throw new DataError({ where: "labels", required, got: inBrief(labels), remedy: "give dataset.labels" });
}

function checkExclusive({ classes, values, ids }: Labels): void {
  const several = ids.find((_, row) => {
    const own = values.subarray(row * classes.length, (row + 1) * classes.length);
    return own.filter((value) => value === 1).length > 1;
  });
  if (several !== undefined)
    throw tooMany("at most one class for each image of single labels", `several for "${several}"`);
}

function tooMany(required: string, got: string): DataError {
  return new DataError({ where: "labels", required, got, remedy: 'say kind: "multi"' });
}

/**
 * The labels of some images, in the order of `ids`.
 *
 * @throws DataError naming the first id without a label, or when they are no labels
 */
export function pickLabels(labels: Labels, ids: readonly string[]): Labels & Shown {
  checkMembers(labels);
  const row = new Map(labels.ids.map((id, index) => [id, index]));
  const width = labels.classes.length;
  const values = new Float32Array(ids.length * width);
  ids.forEach((id, index) => {
    const from = row.get(id);
    if (from === undefined) throw missingLabel("labels", id);
    values.set(labels.values.subarray(from * width, (from + 1) * width), index * width);
  });
  return makeLabels({ kind: labels.kind, classes: labels.classes, values, ids });
}

/**
 * Refuses patients that are not named, for work that would mislead without them.
 *
 * @param remedy - the way out for data that name no patients
 * @throws DataError when there are no groups, or a value is no text
 */
export function checkGroups(groups: unknown, where: string, remedy: string): asserts groups is Groups {
  const required = "groups, the patient of every image by its id";
  checkObject(groups, required, where, remedy);
  const bad = Object.entries(groups as object).find(([, patient]) => typeof patient !== "string");
  if (bad === undefined) return;
  throw new DataError({
    where,
    required: `${required}, a text`,
    got: `${inBrief(bad[1])} for "${bad[0]}"`,
    remedy: "give dataset.groups",
  });
}

/** Groups in which every image stands for itself: for images of which no two show one patient, or whose patients nobody knows. */
export function groupEach(ids: readonly string[]): Groups {
  return Object.fromEntries(ids.map((id) => [id, id]));
}

/** How often each class is there, is not, and is uncertain. */
export function countClasses({ classes, values }: Pick<Labels, "classes" | "values">): readonly ClassCount[] {
  return classes.map((name, column) => {
    const counts = { name, present: 0, absent: 0, uncertain: 0 };
    for (let at = column; at < values.length; at += classes.length) {
      const value = values[at] as number;
      if (Number.isNaN(value)) counts.uncertain++;
      else if (value === 1) counts.present++;
      else counts.absent++;
    }
    return counts;
  });
}

/**
 * Refuses labels from which nothing can be learned or measured.
 *
 * @throws DataError when, for `binary` and `single` labels, fewer than two classes have images; for `multi`, when no
 * finding has both
 */
export function checkTwoClasses(labels: Labels, where: string): void {
  const counts = countClasses(labels);
  const learnable =
    labels.kind === "single"
      ? counts.filter(({ present }) => present > 0).length >= 2
      : counts.some(({ present, absent }) => present > 0 && absent > 0);
  if (learnable) return;
  const found = counts.map(({ name, present, absent }) => `${name}: ${present} with, ${absent} without`).join("; ");
  throw new DataError({
    where,
    required: "images of at least two classes",
    got: `one class only (${found})`,
    remedy: "add images of another class",
  });
}

/** A hash of labels: the same for the same images, classes and values in the same order. */
export function hashLabels({ kind, classes, values, ids }: Labels): string {
  return hash(kind, classes, values, ids);
}

export function missingLabel(where: string, id: string): DataError {
  return new DataError({
    where,
    required: "a label for every image",
    got: `none for "${id}"`,
    remedy: "add the label or leave the image out",
  });
}

function checkValues({ classes, values, ids }: Labels): void {
  const bad = values.findIndex((value) => value !== 0 && value !== 1 && !Number.isNaN(value));
  if (bad < 0) return;
  throw new DataError({
    where: "labels",
    required: "0, 1 or NaN (uncertain)",
    got: `${values[bad]} for "${ids[Math.floor(bad / classes.length)]}", class ${classes[bad % classes.length]}`,
  });
}

function countTable(labels: Labels): Table {
  return {
    kind: "table",
    title: `Labels of ${labels.ids.length} images`,
    columns: [{ name: "class" }, { name: "with" }, { name: "without" }, { name: "uncertain" }],
    rows: countClasses(labels).map(({ name, present, absent, uncertain }) => [name, present, absent, uncertain]),
  };
}
