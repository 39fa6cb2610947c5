import type { Embedding } from "../../compress/embedding";
import type { Images } from "../../core/images";
import { checkOptions, longWorkNames } from "../../core/options";
import { type LongWorkOptions, startWork } from "../../core/progress";
import type { Groups, Labels } from "../../data/labels";
import { type Folds, hashFolds } from "../../data/split";
import { showAs, type Shown } from "../../display/show";
import { rowsOf } from "../scored";
import { attackProtected, meanImagePsnr } from "./attackers";
import { type Cohort, cohortOf, type Protected, trialsOf } from "./mechanisms";
import type { Protection, Protections } from "./protectionsResult";
import { protectionsView } from "./protectionsView";
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
  /**
   * True: the pictures that regression rebuilds are refined by a convolutional network, learned on images protected in
   * the same way, and the better of the two counts: a minute or so for every strength. Default false.
   */
  readonly decoder?: boolean;
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
    ...{ labels: true, groups: true, folds: true, only: true, side: true, decoder: true, seed: true },
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
      rows.push({ mechanism, strength, ...(await attack(cohort, await apply(), options)) });
      work.report(rows.length, mechanism);
      await work.breathe();
    }
  } finally {
    work.end();
  }
  const result: Protections = {
    kind: "protections",
    rows,
    meanImagePsnr: await meanImagePsnr(cohort, where),
    images: embedding.ids.length,
    patients: new Set(embedding.ids.map((id) => groups[id])).size,
    settings: embedding.settings,
    decoder: options.decoder ?? false,
  };
  return showAs(result, {
    summary: () => `Protections: ${rows.length} mechanisms and strengths on ${result.images} images`,
    view: () => protectionsView(result),
  });
}

async function attack(
  cohort: Cohort,
  held: Protected,
  { decoder = false, seed = 0 }: ProtectionsOptions,
): Promise<Omit<Protection, "mechanism" | "strength">> {
  const found = await attackProtected(cohort, held, { bootstraps: 1, decoder, seed, where });
  return {
    auc: found.auc.value,
    verificationAuc: found.verificationAuc.value,
    topHit: found.topHit.value,
    topChance: found.topChance,
    psnr: found.psnr.value,
  };
}
