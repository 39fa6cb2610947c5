import { collectImages } from "../data/collectImages";
import { phantomDataset, type PhantomName } from "../data/phantoms/phantom";
import type { Images } from "../core/images";
import { inlineImages } from "./inline";
import type { InlinedImage } from "./pageData";

const note = "A synthetic phantom: it shows nobody.";

interface SampleSet {
  readonly kind: PhantomName;
  readonly size: readonly [rows: number, cols: number];
  readonly name: string;
  /** Which images of the set. */
  readonly chosen: readonly number[];
}

const chest: SampleSet = { kind: "chest", size: [320, 320], name: "Chest", chosen: [0, 1, 3] };
/** The phantoms that a page brings, at the sizes of the paper's data sets. */
const sets: readonly SampleSet[] = [
  chest,
  { kind: "disc", size: [240, 240], name: "Optic disc", chosen: [0] },
  { kind: "cervix", size: [200, 150], name: "Cervix", chosen: [1] },
];

/** Phantoms for a page without images of one's own, the same at every call. */
export async function sampleImages(): Promise<InlinedImage[]> {
  const samples: InlinedImage[] = [];
  for (const set of sets) {
    const words = set.chosen.map((_, at) => (set.chosen.length > 1 ? `${set.name} ${at + 1}` : set.name));
    samples.push(...(await inlineImages(await imagesOf(set), words, note)));
  }
  return samples;
}

/** The first of the phantoms, for a static picture. */
export function chestSamples(): Promise<Images> {
  return imagesOf(chest);
}

function imagesOf({ kind, size, chosen }: SampleSet): Promise<Images> {
  const data = phantomDataset(kind, { images: 6, size, seed: 3 });
  return collectImages(data.images(chosen.map((at) => data.labels.ids[at] as string)));
}
