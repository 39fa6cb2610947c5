import type { Embedding } from "../../compress/embedding";
import type { Images } from "../../core/images";
import { checkOptions, longWorkNames } from "../../core/options";
import { type LongWorkOptions, startWork } from "../../core/progress";
import { rocAuc } from "../../core/roc";
import type { Groups, Labels } from "../../data/labels";
import { type Folds, hashFolds } from "../../data/split";
import { showAs, type Shown } from "../../display/show";
import { fitScorer, scoreOf } from "../../protect/scorer";
import { rowsOf } from "../scored";
import { linkage, type Vectors } from "./linkage";
import { type Cohort, cohortOf, type Protected, trialsOf } from "./mechanisms";
import type { Protection, Protections } from "./protectionsResult";
import { protectionsView } from "./protectionsView";
import { ridgePictures } from "./ridge";
import { imagesAt } from "./subset";
import { thumbnails } from "./thumbnails";

/** Options of `evaluate.protections`. */
export interface ProtectionsOptions extends LongWorkOptions {
  /** With one class; others are left out. */
  readonly labels: Labels;
  /** The patient of every image, by image id. */
  readonly groups: Groups;
  /** The fold of every image by id, no patient in two, for the attackers. Default: 5, by patient. */
  readonly folds?: Folds;
  /** Which mechanisms, by the start of their names; default all. */
  readonly only?: readonly string[];
  /** Rows and columns of the pictures to be rebuilt, even; default 64. */
  readonly side?: number;
  /** Of all noise here, which is for measuring and carries no guarantee; default 0. */
  readonly seed?: number;
}

const where = "evaluate.protections";

/**
 * Compares ways to protect embeddings, each at several strengths: what is left of the AUC, and what attackers reach who
 * were trained on numbers protected in the same way. What a mechanism learns it learns on one half of the patients and
 * applies to the other, in turn. Every mechanism that leaves embeddings general is expected to lose AUC about as fast as
 * it hides patients; misses are shown like hits. Noise with a guarantee is left out
 * for settings without a known sensitivity and for pixels that are not 8-bit.
 *
 * @param embedding - matched with `images` by id
 * @throws DataError when an image has no patient or certain label
 */
export async function protections(
  embedding: Embedding,
  images: Images,
  options: ProtectionsOptions,
): Promise<Protections & Shown> {
  checkOptions(where, options, {
    ...{ labels: true, groups: true, folds: true, only: true, side: true, seed: true },
    ...longWorkNames,
  });
  const { groups, folds = hashFolds(groups), side = 64, only } = options;
  const order = Array.from(rowsOf(embedding.ids, images.ids, "images", where));
  const ordered = imagesAt(images, order);
  const cohort = cohortOf(embedding, ordered, options, folds, thumbnails(ordered, side));
  const trials = trialsOf(cohort, options.seed ?? 0).filter(
    ({ mechanism }) => only === undefined || only.some((start) => mechanism.startsWith(start)),
  );
  const work = startWork("compare protections", trials.length, options);
  const rows: Protection[] = [];
  try {
    for (const { mechanism, strength, apply } of trials) {
      work.check();
      rows.push({ mechanism, strength, ...(await attack(cohort, await apply())) });
      work.report(rows.length, mechanism);
      await work.breathe();
    }
  } finally {
    work.end();
  }
  const flat: Protected = { values: new Float32Array(embedding.ids.length) };
  const result: Protections = {
    kind: "protections",
    rows,
    meanImagePsnr: await rebuiltPsnr(cohort, flat),
    images: embedding.ids.length,
    patients: new Set(embedding.ids.map((id) => groups[id])).size,
    settings: embedding.settings,
  };
  return showAs(result, {
    summary: () => `Protections: ${rows.length} mechanisms and strengths on ${result.images} images`,
    view: () => protectionsView(result),
  });
}

async function attack(cohort: Cohort, held: Protected): Promise<Omit<Protection, "mechanism" | "strength">> {
  const { embedding, labels, groups, folds } = cohort;
  const ids = (held.rows ?? Array.from(embedding.ids.keys())).map((row) => embedding.ids[row] as string);
  const vectors: Vectors = { ids, values: held.values };
  // One number has no directions to choose among: its distance is the metric.
  const metric = held.values.length === ids.length ? "euclidean" : "learned";
  const { verificationAuc, top } = linkage(vectors, { groups, folds, labels, metric, topK: [1], bootstraps: 1 });
  return {
    auc: held.auc ?? crossAuc(cohort, held),
    verificationAuc: verificationAuc.value,
    topHit: top[0]?.hit.value ?? NaN,
    topChance: top[0]?.chance ?? NaN,
    psnr: await rebuiltPsnr(cohort, held),
  };
}

/** Every image scored by a regression on protected numbers of other folds. */
function crossAuc({ embedding: { ids }, truth, groups, folds }: Cohort, { values }: Protected): number {
  const size = values.length / ids.length;
  const row = (at: number): Float64Array => Float64Array.from(values.subarray(at * size, (at + 1) * size));
  const scores = new Float64Array(ids.length);
  for (const fold of new Set(Object.values(folds))) {
    const others = ids.flatMap((id, at) => (folds[id] === fold ? [] : [at]));
    const scorer = fitScorer(
      {
        rows: others.map(row),
        truth: others.map((at) => truth[at] as number),
        patients: others.map((at) => groups[ids[at] as string] as string),
      },
      where,
    );
    ids.forEach((id, at) => {
      if (folds[id] === fold) scores[at] = scoreOf(scorer, row(at));
    });
  }
  return rocAuc(scores, truth);
}

/** The mean over fold 0 of what regression from the protected numbers of the other folds rebuilds. */
async function rebuiltPsnr(
  { embedding: { ids }, pictures, folds }: Cohort,
  { values, rows }: Protected,
): Promise<number> {
  const held = rows ?? Array.from(ids.keys());
  const size = values.length / held.length;
  const part = (inside: boolean): { table: Float32Array; pictures: Images } => {
    const places = held.flatMap((row, place) => ((folds[ids[row] as string] === 0) === inside ? [place] : []));
    const table = new Float32Array(places.length * size);
    places.forEach((place, at) => table.set(values.subarray(place * size, (place + 1) * size), at * size));
    return {
      table,
      pictures: imagesAt(
        pictures,
        places.map((place) => held[place] as number),
      ),
    };
  };
  const [own, target] = [part(false), part(true)];
  const rebuilt = await ridgePictures(own.table, own.pictures, target.table, target.pictures.ids);
  const pixels = rebuilt.pixels.length / rebuilt.ids.length;
  let sum = 0;
  rebuilt.ids.forEach((_, image) => {
    let square = 0;
    for (let at = image * pixels; at < (image + 1) * pixels; at++) {
      square += ((rebuilt.pixels[at] as number) - (target.pictures.pixels[at] as number)) ** 2;
    }
    sum -= 10 * Math.log10(square / pixels);
  });
  return sum / rebuilt.ids.length;
}
