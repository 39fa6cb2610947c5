import { DataError } from "../core/errors";
import { compressImage } from "../compress/definition";
import { plainImage } from "../compress/images";
import type { PhantomTruth } from "../data/phantoms/phantom";
import { type Shown, showAs } from "../display/show";
import type { Table } from "../display/view";
import type { Attribution } from "./attribution";

/** How well attributions fall on what was planted, beside what chance gives. */
export interface TruthScore {
  /** Mean share of an image's |attribution| on the truth, in 0..1. */
  readonly share: number;
  /** Mean share that spreading it evenly would put there. */
  readonly randomShare: number;
  /** The one over the other: 1 is chance. */
  readonly gain: number;
  /** Share of images whose strongest patch (or sub-band) is one of the truth's. */
  readonly pointing: number;
}

/** Attributions of phantoms against what is known of them. */
export interface TruthScores {
  readonly kind: "truth";
  /** Images that show the target and were scored. */
  readonly images: number;
  /** Over patches: the fewest that hold 90 % of what the class changed. */
  readonly place: TruthScore;
  /** Over sub-bands: the fewest that hold 90 % of what the class changed. */
  readonly edges: TruthScore;
  readonly target: string;
}

/** The truth is the fewest patches or sub-bands that hold this share of the change. */
const heldShare = 0.9;

/**
 * How much of an attribution lies where, and in which sub-bands, a phantom's class was drawn. Phantoms are synthetic:
 * real images have no such truth.
 *
 * With the paper's baseline the approximation has no attribution and is left out of the truth too.
 *
 * @param truth - what was planted, by id: the `truth` of a phantom data set
 * @throws DataError when no explained image shows the target
 */
export function truthScores(attribution: Attribution, truth: (id: string) => PhantomTruth): TruthScores & Shown {
  const { ids, target, shape, values } = attribution;
  const size = values.length / shape[0];
  const places: Partial<TruthScore>[] = [];
  const edges: Partial<TruthScore>[] = [];
  for (const [image, id] of ids.entries()) {
    const planted = plantedMagnitudes(attribution, truth(id));
    if (planted === undefined) continue;
    const found = values.subarray(image * size, (image + 1) * size).map(Math.abs);
    places.push(scoreAxis(sumBy(found, shape, "patch"), sumBy(planted, shape, "patch")));
    const first = attribution.baseline === "paper" ? 1 : 0;
    edges.push(scoreAxis(sumBy(found, shape, "sub-band").slice(first), sumBy(planted, shape, "sub-band").slice(first)));
  }
  if (places.length === 0) {
    throw new DataError({ where: "truthScores", required: `images that show ${target}`, got: "none" });
  }
  const scores: TruthScores = {
    kind: "truth",
    images: places.length,
    place: average(places),
    edges: average(edges),
    target,
  };
  const gain = (score: TruthScore): string => `${score.gain.toFixed(1)} times chance`;
  return showAs(scores, {
    summary: () =>
      `Truth of ${target} in ${scores.images} phantoms: place ${gain(scores.place)}, edges ${gain(scores.edges)}`,
    view: () => truthTable(scores),
  });
}

/** `[channel, subBand, patchRow, patchCol, pooling]`: how much the target changed each, or undefined where it is absent. */
function plantedMagnitudes(
  { target, settings, baseline, shape }: Attribution,
  { classes, present, difference }: PhantomTruth,
): Float32Array | undefined {
  const at = classes.indexOf(target);
  if (at < 0 || present[at] !== 1) return undefined;
  const pooling = settings.pooling.map(() => "l1" as const);
  const planted = compressImage(plainImage(difference, at), { ...settings, pooling });
  const perBand = shape[3] * shape[4] * shape[5];
  const counts = (place: number): boolean => baseline !== "paper" || Math.floor(place / perBand) % shape[2] !== 0;
  const kept = Float32Array.from(planted, (value, place) => (counts(place) ? value : 0));
  return kept.some((value) => value > 0) ? kept : undefined;
}

/** The values of one image summed for each patch or each sub-band. */
function sumBy(
  values: Float32Array,
  [, , subBands, rows, cols, poolings]: Attribution["shape"],
  axis: "patch" | "sub-band",
): Float64Array {
  const patches = rows * cols;
  const sums = new Float64Array(axis === "patch" ? patches : subBands);
  for (const [at, value] of values.entries()) {
    const place = Math.floor(at / poolings);
    const index = axis === "patch" ? place % patches : Math.floor(place / patches) % subBands;
    sums[index] = (sums[index] as number) + value;
  }
  return sums;
}

function scoreAxis(found: Float64Array, planted: Float64Array): Partial<TruthScore> {
  const truth = fewestHolding(planted);
  const total = found.reduce((sum, value) => sum + value, 0);
  let share = 0;
  for (const index of truth) share += (found[index] as number) / (total || 1);
  const strongest = found.indexOf(found.reduce((high, value) => Math.max(high, value), 0));
  return { share, randomShare: truth.size / found.length, pointing: truth.has(strongest) ? 1 : 0 };
}

function fewestHolding(planted: Float64Array): Set<number> {
  const order = Array.from(planted.keys()).sort((a, b) => (planted[b] as number) - (planted[a] as number));
  const wanted = heldShare * planted.reduce((sum, value) => sum + value, 0);
  const chosen = new Set<number>();
  let held = 0;
  for (const index of order) {
    if (held >= wanted) break;
    held += planted[index] as number;
    chosen.add(index);
  }
  return chosen;
}

function average(scores: readonly Partial<TruthScore>[]): TruthScore {
  const mean = (key: keyof TruthScore): number =>
    scores.reduce((sum, score) => sum + (score[key] ?? 0), 0) / scores.length;
  const [share, randomShare] = [mean("share"), mean("randomShare")];
  return { share, randomShare, gain: share / randomShare, pointing: mean("pointing") };
}

function truthTable({ target, images, place, edges }: TruthScores): Table {
  const row = (name: string, { share, randomShare, gain, pointing }: TruthScore): (string | number)[] => [
    name,
    share,
    randomShare,
    gain,
    pointing,
  ];
  return {
    kind: "table",
    title: `Do attributions of ${target} fall on what was planted?`,
    columns: [
      { name: "truth" },
      { name: "share of attribution", digits: 3 },
      { name: "by chance", digits: 3 },
      { name: "times chance", digits: 2 },
      { name: "strongest on truth", digits: 3 },
    ],
    rows: [row("patches", place), row("sub-bands", edges)],
    note: `${images} synthetic images that show ${target}. The truth is the fewest patches, or sub-bands, with ${100 * heldShare} % of what the class changed.`,
  };
}
