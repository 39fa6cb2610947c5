import type { Images } from "../../core/images";
import { rankedAuc, rankScores } from "../../core/roc";
import { bootstrap, type Estimate } from "../bootstrap";
import { patientsOf } from "../scored";
import { crossScores } from "./crossScores";
import { linkage, type Vectors } from "./linkage";
import type { Cohort, Protected } from "./mechanisms";
import { refinePictures } from "./refine";
import { ridgePictures } from "./ridge";
import { imagesAt } from "./subset";

/** What attackers reach who were trained on numbers protected in the same way, with intervals over patients. */
export interface Attacked {
  /** ROC AUC of the scores that come with the numbers, else of logistic regression, each image by a fit to others. */
  readonly auc: Estimate;
  /** Linkage among images of equal label, by a metric learned on other patients; chance 0.5. */
  readonly verificationAuc: Estimate;
  /** How often the nearest image of equal label shows the same patient. */
  readonly topHit: Estimate;
  /** What random lists give. */
  readonly topChance: number;
  /** In dB: the mean over the images of fold 0 of what is rebuilt from the numbers of the other folds. */
  readonly psnr: Estimate;
}

/** How hard the attackers try. */
export interface AttackSettings {
  readonly bootstraps: number;
  /** True: pictures rebuilt by regression are refined by a learned network too, and the better of the two counts. */
  readonly decoder: boolean;
  readonly seed: number;
  readonly where: string;
}

/** Runs the attacks on whatever a release gives away. */
export async function attackProtected(cohort: Cohort, held: Protected, settings: AttackSettings): Promise<Attacked> {
  const { bootstraps, where } = settings;
  const { embedding, labels, groups, folds, truth } = cohort;
  const rows = held.rows ?? Array.from(embedding.ids.keys());
  const ids = rows.map((row) => embedding.ids[row] as string);
  const seen = rows.map((row) => truth[row] as number);
  const features = rowsAsFeatures(held.values, ids.length);
  const ranked = rankScores(held.scores ?? crossScores(features, seen, ids, { groups, folds }, where), seen);
  const [auc] = bootstrap(patientsOf(ids, groups, where), (weights) => [rankedAuc(ranked, weights)], { bootstraps });
  const vectors: Vectors = { ids, values: held.values };
  // One number has no directions to choose among: its distance is the metric.
  const metric = held.values.length === ids.length ? "euclidean" : "learned";
  const { verificationAuc, top } = linkage(vectors, { groups, folds, labels, metric, topK: [1], bootstraps });
  const { hit, chance } = top[0] as NonNullable<(typeof top)[0]>;
  const psnr = await rebuiltPsnr(cohort, held, settings);
  return { auc: auc as Estimate, verificationAuc, topHit: hit, topChance: chance, psnr };
}

/** In dB: what an attacker gets who holds nothing, the mean image. */
export async function meanImagePsnr(cohort: Cohort, where: string): Promise<number> {
  const flat: Protected = { values: new Float32Array(cohort.embedding.ids.length) };
  return (await rebuiltPsnr(cohort, flat, { bootstraps: 1, decoder: false, seed: 0, where })).value;
}

function rowsAsFeatures(values: Float32Array, images: number): Float64Array[] {
  const size = values.length / images;
  return Array.from({ length: images }, (_, at) => Float64Array.from(values.subarray(at * size, (at + 1) * size)));
}

async function rebuiltPsnr(
  { embedding: { ids }, pictures, folds, groups }: Cohort,
  { values, rows }: Protected,
  { bootstraps, decoder, seed, where }: AttackSettings,
): Promise<Estimate> {
  const held = rows ?? Array.from(ids.keys());
  const size = values.length / held.length;
  const part = (inside: boolean): { table: Float32Array; pictures: Images } => {
    const places = held.flatMap((row, place) => ((folds[ids[row] as string] === 0) === inside ? [place] : []));
    const table = new Float32Array(places.length * size);
    places.forEach((place, at) => table.set(values.subarray(place * size, (place + 1) * size), at * size));
    const own = places.map((place) => held[place] as number);
    return { table, pictures: imagesAt(pictures, own) };
  };
  const [own, target] = [part(false), part(true)];
  const { leftOut, attacked } = await ridgePictures(own.table, own.pictures, target.table, target.pictures.ids);
  const rebuilt = [attacked, ...(decoder ? [await refinePictures(leftOut, own.pictures, attacked, { seed })] : [])];
  const decibels = rebuilt
    .map((pictures) => psnrs(pictures, target.pictures))
    .reduce((best, each) => (sumOf(each) > sumOf(best) ? each : best));
  const mean = (weights: Uint16Array): number[] => {
    let [sum, total] = [0, 0];
    decibels.forEach((each, at) => {
      sum += each * (weights[at] as number);
      total += weights[at] as number;
    });
    return [sum / total];
  };
  return bootstrap(patientsOf(target.pictures.ids, groups, where), mean, { bootstraps })[0] as Estimate;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Of every image, in dB with data range 1. */
function psnrs(rebuilt: Images, truth: Images): number[] {
  const size = rebuilt.pixels.length / rebuilt.ids.length;
  return rebuilt.ids.map((_, image) => {
    let square = 0;
    for (let at = image * size; at < (image + 1) * size; at++) {
      square += ((rebuilt.pixels[at] as number) - (truth.pixels[at] as number)) ** 2;
    }
    return -10 * Math.log10(square / size);
  });
}
