import type { Random } from "../../core/random";
import { isFree, noFinding } from "./findings";
import type { PhantomClass, PhantomKind } from "./kind";

/** One picture to be drawn. */
export interface Case {
  readonly id: string;
  readonly patient: string;
  /** `[class]`: 1 there, 0 not; what is drawn. */
  readonly present: Float32Array;
  /** `[class]`: what the data set says, with wrong labels and NaN for uncertain. */
  readonly label: Float32Array;
}

/** What decides the cases of a data set. */
export interface Deal {
  readonly kind: PhantomKind;
  readonly images: number;
  /** The classes that are planted, by their place in the kind's list. */
  readonly chosen: readonly number[];
  readonly labelNoise: number;
  readonly uncertain: boolean;
}

// Shares of the rarest findings are raised to this, or a small data set would have none of them.
const leastShare = 0.04;

/** Deals images to patients, 1 to 4 each and about 1.5 on average, and classes to images. */
export function dealCases(deal: Deal, random: Random): readonly Case[] {
  const { kind, images, chosen } = deal;
  const cases: Case[] = [];
  for (let patient = 1; cases.length < images; patient++) {
    let studies = 1;
    while (studies < 4 && random.uniform() < 0.36) studies++;
    for (let study = 1; study <= studies && cases.length < images; study++) {
      const present = kind.labels === "single" ? dealClass(deal, random) : dealFindings(deal, random);
      const label = mislabel(deal, present, random);
      const name = kind.classes[chosen[label.indexOf(1)] ?? 0]?.name ?? "";
      const id = kind.id(patient, study, cases.length + 1, name);
      cases.push({ id, patient: `patient${String(patient).padStart(5, "0")}`, present, label });
    }
  }
  return cases;
}

function classesOf({ kind, chosen }: Deal): readonly PhantomClass[] {
  return chosen.map((k) => kind.classes[k] as PhantomClass);
}

function dealFindings(deal: Deal, random: Random): Float32Array {
  const classes = classesOf(deal);
  const healthy = classes.findIndex(({ name }) => name === noFinding);
  const draws = classes.map((one) => ({ ...one, chance: random.uniform() }));
  // Findings come together: most images of the healthy share have none, so that "No Finding" is as frequent as it says.
  const none = healthy >= 0 && random.uniform() < (classes[healthy] as PhantomClass).present;
  const present = draws.map(({ name, present, chance }) => {
    if (name === noFinding || (none && !isFree([name]))) return 0;
    return chance < Math.max(present, leastShare) ? 1 : 0;
  });
  if (healthy >= 0)
    present[healthy] = isFree(classes.filter((_, k) => present[k] === 1).map(({ name }) => name)) ? 1 : 0;
  return Float32Array.from(present);
}

function dealClass(deal: Deal, random: Random): Float32Array {
  const classes = classesOf(deal);
  const total = classes.reduce((sum, { present }) => sum + present, 0);
  let left = random.uniform() * total;
  const at = classes.findIndex(({ present }) => (left -= present) < 0);
  return oneOf(classes.length, at < 0 ? classes.length - 1 : at);
}

function mislabel(deal: Deal, present: Float32Array, random: Random): Float32Array {
  const { kind, labelNoise, uncertain } = deal;
  if (kind.labels === "single") {
    if (random.uniform() >= labelNoise) return present.slice();
    // A wrong class is mostly the neighbour: stages and types are confused with the next one.
    const at = present.indexOf(1);
    const next = at === 0 ? 1 : at === present.length - 1 ? at - 1 : at + (random.uniform() < 0.5 ? -1 : 1);
    return oneOf(present.length, next);
  }
  const classes = classesOf(deal);
  return present.map((value, k) => {
    const told = random.uniform() < labelNoise ? 1 - value : value;
    return random.uniform() < (uncertain ? (classes[k] as PhantomClass).uncertain : 0) ? Number.NaN : told;
  });
}

function oneOf(count: number, at: number): Float32Array {
  return Float32Array.from({ length: count }, (_, k) => (k === at ? 1 : 0));
}
