import { compress } from "../../compress/compress";
import type { Embedding } from "../../compress/embedding";
import type { NoiseOptions } from "../../compress/noise/plan";
import { sensitivity } from "../../compress/noise/sensitivity";
import { OptionError } from "../../core/errors";
import type { Images } from "../../core/images";
import { checkOptions, longWorkNames } from "../../core/options";
import { type LongWorkOptions, startWork } from "../../core/progress";
import type { Groups, Labels } from "../../data/labels";
import { type Folds, hashFolds } from "../../data/split";
import { showAs, type Shown } from "../../display/show";
import { signedLog } from "../../protect/scorer";
import { rowsOf } from "../scored";
import { type Attacked, attackProtected, meanImagePsnr } from "./attackers";
import { cohortOf } from "./mechanisms";
import type { NoiseCurve, NoisePoint } from "./noiseCurveResult";
import { mostPixelCounts, noiseCurveSummary, noiseCurveView } from "./noiseCurveView";
import { imagesAt } from "./subset";
import { thumbnails } from "./thumbnails";

/** Options of `evaluate.noiseCurve`. */
export interface NoiseCurveOptions extends LongWorkOptions {
  /** With one class; others are left out. */
  readonly labels: Labels;
  /** The patient of every image, by image id. */
  readonly groups: Groups;
  /** The fold of every image by id, no patient in two, for the attackers. Default: 5, by patient. */
  readonly folds?: Folds;
  /** Default 0.1, 1, 10, 100, 1000. */
  readonly epsilons?: readonly number[];
  /** For how many pixels the guarantee is to hold, at most five numbers; default 1, 10, 100. */
  readonly pixels?: readonly number[];
  /** Default `"laplace"`. */
  readonly mechanism?: NonNullable<NoiseOptions["mechanism"]>;
  /** For Gaussian noise, and only then; for instance 1e-6. */
  readonly delta?: number;
  /** Rows and columns of the pictures to be rebuilt, even; default 64. */
  readonly side?: number;
  /** Resamples of the intervals; default 200. */
  readonly bootstraps?: number;
  /**
   * True: the pictures that regression rebuilds are refined by a convolutional network, learned on images protected in
   * the same way, and the better of the two counts: a minute or so for every strength. Default false.
   */
  readonly decoder?: boolean;
  /** Of all noise here, which is for measuring and carries no guarantee; default 0. */
  readonly seed?: number;
}

const where = "evaluate.noiseCurve";

/**
 * Measures what noise with a guarantee costs in AUC and what it takes from attackers, against epsilon. Attackers are
 * trained on numbers with the same noise. Laplace noise depends on the number of pixels over epsilon alone: points with
 * the same noise are measured once.
 *
 * @param embedding - without noise, matched with `images` by id
 * @param images - 8-bit, from which it was made
 * @throws DataError when an image has no patient or certain label, or pixels are not 8-bit
 * @throws OptionError when an option is out of range, or the settings have no known sensitivity
 * @example
 * await evaluate.noiseCurve(embedding, images, { labels: dataset.labels, groups: dataset.groups })
 */
export async function noiseCurve(
  embedding: Embedding,
  images: Images,
  options: NoiseCurveOptions,
): Promise<NoiseCurve & Shown> {
  checkOptions(where, options, {
    ...{ ...longWorkNames, labels: true, groups: true, folds: true, epsilons: true, pixels: true, mechanism: true },
    ...{ delta: true, side: true, decoder: true, bootstraps: true, seed: true },
  });
  const {
    groups,
    folds = hashFolds(groups),
    side = 64,
    bootstraps = 200,
    mechanism = "laplace",
    decoder = false,
    seed = 0,
  } = options;
  const strengths = strengthsOf(options);
  const order = Array.from(rowsOf(embedding.ids, images.ids, "images", where));
  const ordered = imagesAt(images, order);
  const cohort = cohortOf(embedding, ordered, options, folds, thumbnails(ordered, side));
  const attack = (values: Float32Array): Promise<Attacked> =>
    attackProtected(cohort, { values: values.map(signedLog) }, { bootstraps, decoder, seed, where });
  const work = startWork("measure noise", strengths.length + 1, options);
  try {
    const plain = await attack(embedding.values);
    const measured = new Map<string, Attacked>();
    const points: NoisePoint[] = [];
    for (const { pixels, epsilon } of strengths) {
      work.check();
      const noise: NoiseOptions = {
        ...{ mechanism, epsilon, pixels, testSeed: seed },
        ...(options.delta === undefined ? {} : { delta: options.delta }),
      };
      const key = noiseKey(embedding, noise);
      const found =
        measured.get(key) ?? (await attack((await compress(ordered, { ...embedding.settings, noise })).values));
      measured.set(key, found);
      points.push({ pixels, epsilon, ...found });
      work.report(points.length + 1, `epsilon ${epsilon}, ${pixels} pixels`);
      await work.breathe();
    }
    const curve: NoiseCurve = {
      ...{ kind: "noiseCurve", points, plain, mechanism, decoder, delta: options.delta ?? 0 },
      meanImagePsnr: await meanImagePsnr(cohort, where),
      images: embedding.ids.length,
      patients: new Set(embedding.ids.map((id) => groups[id])).size,
      settings: embedding.settings,
    };
    return showAs(curve, { summary: () => noiseCurveSummary(curve), view: () => noiseCurveView(curve) });
  } finally {
    work.end();
  }
}

function strengthsOf({ epsilons = [0.1, 1, 10, 100, 1000], pixels = [1, 10, 100] }: NoiseCurveOptions): {
  readonly pixels: number;
  readonly epsilon: number;
}[] {
  if (epsilons.length === 0) throw new OptionError({ where, required: "an epsilon at least", got: "none" });
  if (pixels.length === 0 || pixels.length > mostPixelCounts) {
    throw new OptionError({ where, required: `one to ${mostPixelCounts} numbers of pixels`, got: `${pixels.length}` });
  }
  const ascending = [...epsilons].sort((a, b) => a - b);
  return pixels.flatMap((each) => ascending.map((epsilon) => ({ pixels: each, epsilon })));
}

/** Equal for equal noise. */
function noiseKey({ settings, imageShape }: Embedding, { mechanism, epsilon, pixels = 1 }: NoiseOptions): string {
  const { l1, l2Squared } = sensitivity(settings, imageShape, pixels);
  return mechanism === "laplace" ? (l1 / epsilon).toPrecision(9) : `${l2Squared} ${epsilon}`;
}
