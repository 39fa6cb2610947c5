import type { Embedding } from "../../compress/embedding";
import { compress } from "../../compress/compress";
import type { NoiseOptions } from "../../compress/noise/plan";
import { sensitivity } from "../../compress/noise/sensitivity";
import { DataError } from "../../core/errors";
import type { Images } from "../../core/images";
import { Random } from "../../core/random";
import type { Groups, Labels } from "../../data/labels";
import { type Folds, hashFolds } from "../../data/split";
import { protect } from "../../protect/protect";
import { logFeatures, scoreOf, signedLog } from "../../protect/scorer";
import { rowsOf } from "../scored";
import { removeIdentity } from "./identity";
import { embeddingAt } from "./subset";
import { thumbnails } from "./thumbnails";

const where = "evaluate.protections";

/** What an attacker would hold, of every image of the cohort: `[image, ...]`, on a scale fit for regression. */
export interface Protected {
  readonly values: Float32Array;
  /** What each is scored by, where the release brings a score with it. */
  readonly scores?: readonly number[];
  /** Rows of the cohort that are released; default all. */
  readonly rows?: readonly number[];
}

export interface Trial {
  readonly mechanism: string;
  readonly strength: string;
  readonly apply: () => Protected | Promise<Protected>;
}

export interface Cohort {
  readonly embedding: Embedding;
  /** In the order of the embedding. */
  readonly images: Images;
  readonly labels: Labels;
  readonly truth: readonly number[];
  readonly groups: Groups;
  readonly folds: Folds;
  readonly pictures: Images;
  /** Rows of the two halves of the patients. */
  readonly halves: readonly [readonly number[], readonly number[]];
}

export function cohortOf(
  embedding: Embedding,
  images: Images,
  { labels, groups }: { readonly labels: Labels; readonly groups: Groups },
  folds: Folds,
  pictures: Images,
): Cohort {
  const at = rowsOf(embedding.ids, labels.ids, "labels", where);
  const truth = Array.from(at, (row) => labels.values[row * labels.classes.length] as number);
  const odd = truth.findIndex(
    (value, row) => !(value === 0 || value === 1) || groups[embedding.ids[row] as string] === undefined,
  );
  if (odd >= 0) {
    throw new DataError({
      where,
      required: "a label of 0 or 1 and a patient for every image",
      got: `"${embedding.ids[odd]}" without`,
    });
  }
  const halfOf = hashFolds(groups, 2);
  const half = (which: number): number[] => embedding.ids.flatMap((id, row) => (halfOf[id] === which ? [row] : []));
  return { embedding, images, labels, truth, groups, folds, pictures, halves: [half(0), half(1)] };
}

export function trialsOf(cohort: Cohort, seed: number): Trial[] {
  const { embedding, pictures, truth, labels, groups, halves } = cohort;
  const logs = (values: Float32Array): Float32Array => values.map(signedLog);
  const plain = logs(embedding.values);
  /** Scores or releases of each half, by what is learned on the other. */
  const crossed = async (
    release: (own: Embedding, other: Embedding) => Promise<readonly Released[]> | readonly Released[],
  ): Promise<Protected> => {
    const released: Released[] = [];
    for (const [own, other] of [halves, [halves[1], halves[0]]] as const) {
      const parts = await release(embeddingAt(embedding, own), embeddingAt(embedding, other));
      released.push(...parts.map((part) => ({ ...part, row: own[part.row] as number })));
    }
    released.sort((a, b) => a.row - b.row);
    const rows = released.map(({ row }) => row);
    const scores = released.map(({ score }) => score);
    return { values: Float32Array.from(released, ({ value }) => value), scores, rows };
  };
  const scored = (options: { group?: number; epsilon?: number; bits?: number }): Promise<Protected> =>
    crossed(async (own, other) => {
      const reference = { embedding: other, labels, groups };
      const release = await protect(own, labels, { reference, groups, ...options, testSeed: seed });
      const at = new Map(own.ids.map((id, row) => [id, row]));
      return release.ids.map((id, place) => {
        const row = at.get(id) as number;
        const value = release.values[place] as number;
        return {
          row,
          value,
          score: options.group === undefined ? value : scoreOf(release.scorer, logFeatures(own, row)),
        };
      });
    });
  const images = embedding.ids.length;
  const withNoise = async (noise: Omit<NoiseOptions, "testSeed">): Promise<Protected> => {
    const { values } = await compress(cohort.images, { ...embedding.settings, noise: { ...noise, testSeed: seed } });
    return { values: logs(values) };
  };
  const trial = (mechanism: string, strength: string, apply: Trial["apply"]): Trial => ({ mechanism, strength, apply });
  const thumbnail = (side: number): Protected => ({ values: thumbnails(pictures, side).pixels as Float32Array });
  const noiseLevels = canHaveNoise(cohort) ? [10, 1, 0.1, 0.01] : [];
  return [
    trial("none", "", () => ({ values: plain })),
    trial("the label alone", "", () => ({ values: Float32Array.from(truth) })),
    ...[16, 8, 4, 2].map((side) => trial("thumbnail", `${side}x${side}`, () => thumbnail(side))),
    ...[0.25, 0.5, 1, 2].map((share) =>
      trial("noise on each feature", `${share} spreads`, () => ({ values: noisy(plain, images, share, seed) })),
    ),
    ...[4, 3, 2, 1].map((bits) =>
      trial("bits a feature", `${bits} bits`, () => ({ values: quantised(plain, images, bits) })),
    ),
    ...[20, 40, 80, 120].map((count) =>
      trial("identity directions removed", `${count}`, () => ({
        values: removeIdentity(plain, embedding.ids, groups, halves, count),
      })),
    ),
    ...noiseLevels.map((epsilon) =>
      trial("Laplace noise, one pixel", `epsilon ${epsilon}`, () => withNoise({ epsilon })),
    ),
    ...noiseLevels.map((epsilon) =>
      trial("Gaussian noise, one pixel, delta 1e-6", `epsilon ${epsilon}`, () =>
        withNoise({ mechanism: "gaussian", epsilon, delta: 1e-6 }),
      ),
    ),
    ...[8, 3, 1].map((bits) => trial("one supervised score", `${bits} bits`, () => scored({ bits }))),
    ...[8, 2, 0.5].map((epsilon) =>
      trial("score of groups of 5", `epsilon ${epsilon}`, () => scored({ group: 5, epsilon })),
    ),
    trial("score of groups of 10", "epsilon 2", () => scored({ group: 10, epsilon: 2 })),
  ];
}

/** Whether noise with a guarantee is known for these images and settings. */
function canHaveNoise({ images: { pixels }, embedding: { settings, imageShape } }: Cohort): boolean {
  try {
    sensitivity(settings, imageShape, 1);
  } catch {
    return false;
  }
  return pixels instanceof Uint8Array;
}

interface Released {
  readonly row: number;
  readonly value: number;
  /** What the image is scored by, where the release's own numbers are not single images'. */
  readonly score: number;
}

/** Normal noise of a share of each feature's standard deviation. */
function noisy(values: Float32Array, images: number, share: number, seed: number): Float32Array {
  const random = new Random(seed).fork("protections");
  const spreads = spreadsOf(values, images);
  return values.map((value, at) => value + share * (spreads[at % spreads.length] as number) * random.normal());
}

function spreadsOf(values: Float32Array, images: number): Float64Array {
  const size = values.length / images;
  return Float64Array.from({ length: size }, (_, feature) => {
    let [sum, square] = [0, 0];
    for (let at = feature; at < values.length; at += size) {
      sum += values[at] as number;
      square += (values[at] as number) ** 2;
    }
    return Math.sqrt(Math.max(0, square / images - (sum / images) ** 2));
  });
}

/** Each feature cut at its own quantiles into 2^bits equally frequent ranges. */
function quantised(values: Float32Array, images: number, bits: number): Float32Array {
  const size = values.length / images;
  const result = new Float32Array(values.length);
  for (let feature = 0; feature < size; feature++) {
    const order = Array.from({ length: images }, (_, image) => image).sort(
      (a, b) => (values[a * size + feature] as number) - (values[b * size + feature] as number),
    );
    order.forEach((image, rank) => (result[image * size + feature] = Math.floor((rank * 2 ** bits) / images)));
  }
  return result;
}
