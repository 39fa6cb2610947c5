import { compress } from "../compress/compress";
import { enlarge } from "../compress/enlarge";
import { plainImage } from "../compress/images";
import { reconstruct } from "../compress/reconstruct";
import type { Images } from "../core/images";
import type { LongWorkOptions } from "../core/progress";
import { Random } from "../core/random";
import type { Groups } from "../data/labels";
import type { Estimate } from "../evaluate/bootstrap";
import { linkage } from "../evaluate/privacy/linkage";
import { quality } from "../evaluate/quality";
import { cached, type Cached } from "./cache";
import { type Experiment, someImages } from "./open";
import { filtered, type Variant } from "./run";
import type { Setting } from "./settings";

/** How near reconstructions are to the test images. */
export interface Fidelity {
  /** Structural similarity, window 3, data range 1. */
  readonly ssim: Estimate;
  /** The same with data range 2, as the paper's values are. */
  readonly ssimRange2: number;
  readonly images: number;
}

/** SSIM of some of the test images and what a variant leaves of them, at original size. */
export async function fidelity(
  experiment: Experiment,
  variant: Pick<Variant, "setting" | "filter">,
  options: LongWorkOptions = {},
): Promise<Cached<Fidelity>> {
  const { setting, filter } = variant;
  const ids = testSample(experiment);
  return cached("fidelity", [experiment.hash, setting, filter, ids.length] as never, async () => {
    const images = await someImages(experiment, ids);
    const rebuilt = await rebuild(images, variant);
    const { meanSsim } = await quality(images, rebuilt, options);
    const kinder = await quality(images, rebuilt, { ...options, dataRange: 2, bootstraps: 1 });
    const { value, low, high } = meanSsim;
    return { ssim: { value, low, high }, ssimRange2: kinder.meanSsim.value, images: ids.length };
  });
}

/**
 * The Kolmogorov-Smirnov statistic between Euclidean distances of same-patient and different-patient embeddings, with
 * an interval over patients, or undefined where patients are not known. All pairs are compared.
 */
export async function reidentification(
  experiment: Experiment,
  setting: Setting,
): Promise<Cached<Estimate | undefined>> {
  const { groups } = experiment.data;
  const ids = linkedSample(experiment);
  if (groups === undefined || ids.length === 0) return { value: undefined, from: "computed" };
  return cached("linkage", [experiment.hash, setting, ids.length] as never, async () => {
    const embedding = await compress(await someImages(experiment, ids), setting);
    const folds = Object.fromEntries(ids.map((id) => [id, 0]));
    const { ks } = linkage(embedding, { groups, metric: "euclidean", folds, bootstraps: 100 });
    return { value: ks.value, low: ks.low, high: ks.high };
  });
}

async function rebuild(images: Images, { setting, filter }: Pick<Variant, "setting" | "filter">): Promise<Images> {
  if (setting !== undefined) return reconstruct(await compress(images, setting));
  if (filter === undefined) return images;
  const small = filtered(images, filter);
  const [, , rows, cols] = images.shape;
  const large = small.ids.map((_, image) => enlarge(plainImage(small, image), [rows, cols]).values);
  return {
    pixels: Float32Array.from(large.flatMap((values) => Array.from(values))),
    shape: images.shape,
    ids: images.ids,
  };
}

/** Test images, the same at every call. */
function testSample({ splits, settings }: Experiment): readonly string[] {
  const test = splits.flatMap((split) => split.test);
  return new Random(0).fork("quality").shuffle(test).slice(0, settings.qualityImages);
}

/** Images of patients who have several, the same at every call; none where the data do not tell patients. */
function linkedSample({ data, settings }: Experiment): readonly string[] {
  if (data.groups === undefined || !(data.synthetic || settings.patientsKnown)) return [];
  const patients = [...imagesByPatient(data.groups).values()].filter((ids) => ids.length > 1);
  const chosen: string[] = [];
  for (const ids of new Random(0).fork("linkage").shuffle(patients)) {
    if (chosen.length + ids.length > settings.linkedImages) break;
    chosen.push(...ids);
  }
  return chosen;
}

function imagesByPatient(groups: Groups): Map<string, string[]> {
  const byPatient = new Map<string, string[]>();
  for (const [id, patient] of Object.entries(groups)) {
    byPatient.set(patient, [...(byPatient.get(patient) ?? []), id]);
  }
  return byPatient;
}
