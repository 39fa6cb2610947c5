import type { Embedding } from "../../compress/embedding";
import { inMemoryRatio } from "../../compress/settings";
import type { Guarantee } from "../../compress/noise/guarantee";
import type { Images } from "../../core/images";
import type { Labels } from "../../data/labels";
import { barChart } from "../../display/charts";
import { showAs, type Shown } from "../../display/show";
import type { Cell, Page, Table } from "../../display/view";
import type { Estimate } from "../bootstrap";
import type { Evaluation } from "../evaluation";
import { cell, inWords } from "../evaluationView";
import { rowsOf } from "../scored";
import { type Linkage, linkage, type LinkageOptions, type Vectors } from "./linkage";
import { type ReconstructionAttack, reconstructionAttack, type ReconstructionAttackOptions } from "./reconstruction";
import { imagesAt } from "./subset";
import { thumbnails } from "./thumbnails";

/** Options of `evaluate.privacy`. */
export interface PrivacyOptions extends Omit<ReconstructionAttackOptions, "confidence"> {
  /** Gives the floor: how far the label alone links images, since a patient's images share it. */
  readonly labels?: Labels;
  /** What a model on these embeddings is worth, to stand beside what they give away. */
  readonly evaluation?: Evaluation;
}

/** What embeddings of one setting give away to measured attacks, beside what they are worth. */
export interface PrivacyCard {
  readonly kind: "privacyCard";
  readonly settings: Embedding["settings"];
  /** Of one embedding in memory. */
  readonly bytes: number;
  /** In percent of the image's numbers. */
  readonly inMemoryRatio: number;
  /** ROC AUC of a model; there when an evaluation was given. */
  readonly auc?: Estimate;
  readonly linkage: {
    readonly euclidean: Linkage;
    readonly learned: Linkage;
    /** The same attack on pixels shrunk to the attacked size. */
    readonly pixels: Linkage;
    readonly label?: Linkage;
  };
  readonly reconstruction: ReconstructionAttack;
  /** What noise promises; compression alone promises nothing. */
  readonly guarantee: Guarantee;
}

/**
 * Attacks embeddings by linkage and by reconstruction and puts the results on one card, beside chance, raw pixels and
 * what the label alone gives. These are attackers of some minutes' work: what they find is there to be found, and what
 * they do not find may be found by others.
 *
 * @param embedding - matched with `images` by id
 * @param images - from which it was made
 * @throws DataError when an image has no patient, or no patient has two images in one fold
 * @example
 * await evaluate.privacy(embedding, images, { groups: dataset.groups, labels: dataset.labels })
 */
export async function privacy(
  embedding: Embedding,
  images: Images,
  { labels, evaluation, ...options }: PrivacyOptions,
): Promise<PrivacyCard & Shown> {
  const { groups, folds, bootstraps, seed, side } = options;
  const shared: LinkageOptions = {
    groups,
    ...(folds === undefined ? {} : { folds }),
    ...(bootstraps === undefined ? {} : { bootstraps }),
    ...(seed === undefined ? {} : { seed }),
  };
  const order = Array.from(rowsOf(embedding.ids, images.ids, "images", "evaluate.privacy"));
  const pixels = thumbnails(imagesAt(images, order), side);
  const card: PrivacyCard = {
    kind: "privacyCard",
    settings: embedding.settings,
    bytes: (embedding.values.length / embedding.ids.length) * embedding.values.BYTES_PER_ELEMENT,
    inMemoryRatio: inMemoryRatio(embedding.settings, embedding.imageShape),
    ...(evaluation === undefined ? {} : { auc: evaluation.auc }),
    linkage: {
      euclidean: linkage(embedding, { ...shared, metric: "euclidean" }),
      learned: linkage(embedding, shared),
      pixels: linkage(pixels, shared),
      ...(labels === undefined
        ? {}
        : { label: linkage(labelVectors(embedding.ids, labels), { ...shared, metric: "euclidean" }) }),
    },
    reconstruction: await reconstructionAttack(embedding, images, options),
    guarantee: embedding.guarantee ?? { kind: "none", words: "none: compression alone promises nothing" },
  };
  return showAs(card, { summary: () => summary(card), view: () => view(card) });
}

/** An attacker who holds nothing but the labels. */
function labelVectors(ids: readonly string[], labels: Labels): Vectors {
  const width = labels.classes.length;
  const rows = Array.from(rowsOf(ids, labels.ids, "labels", "evaluate.privacy"));
  const unknown = 0.5; // an uncertain label lies between the two others
  const values = rows.flatMap((row) =>
    Array.from(labels.values.subarray(row * width, (row + 1) * width), (value) =>
      Number.isNaN(value) ? unknown : value,
    ),
  );
  return { ids, values: Float32Array.from(values) };
}

function settingsInWords({ level, patchGrid, wavelet, pooling }: Embedding["settings"]): string {
  return `J=${level}, P=${[...new Set(patchGrid)].join("x")}, ${wavelet}, ${pooling.join(" + ")}`;
}

function summary(card: PrivacyCard): string {
  const { learned } = card.linkage;
  const best = strongest(card.reconstruction);
  const link = `linkage verification AUC ${inWords(learned.verificationAuc)} (chance 0.5)`;
  return `Privacy card of ${settingsInWords(card.settings)}: ${link}, reconstruction SSIM ${inWords(best.ssim)} by ${best.method}, guarantee: ${card.guarantee.words}`;
}

function strongest({ scores }: ReconstructionAttack): ReconstructionAttack["scores"][number] {
  return scores.reduce((a, b) => (b.ssim.value > a.ssim.value ? b : a));
}

async function view(card: PrivacyCard): Promise<Page> {
  const { euclidean, learned, pixels, label } = card.linkage;
  const bar = (name: string, { verificationAuc: { value, low, high } }: Linkage) => ({ label: name, value, low, high });
  const figure = barChart(
    [
      bar("embedding, learned metric", learned),
      bar("embedding, Euclidean", euclidean),
      bar("pixels, learned metric", pixels),
      ...(label === undefined ? [] : [bar("the label alone", label)]),
    ],
    {
      title: `Linkage at ${settingsInWords(card.settings)}: ${inWords(learned.verificationAuc)} by a learned metric`,
      value: { title: "verification AUC", range: [0, 1] },
      reference: { name: "chance", value: 0.5 },
    },
  );
  const attack = await (card.reconstruction as ReconstructionAttack & Shown).view();
  return {
    kind: "page",
    title: `Privacy card: ${settingsInWords(card.settings)}`,
    views: [table(card), figure, attack],
  };
}

function table(card: PrivacyCard): Table {
  const { euclidean, learned, pixels, label } = card.linkage;
  const { scores, truth } = card.reconstruction;
  const mean = scores.find(({ method }) => method === "mean image");
  const row = (
    name: string,
    { value, low, high }: Estimate,
    chance: number | undefined,
    raw: number | undefined,
    floor: number | undefined,
  ): Cell[] => [name, ...[value, low, high, chance, raw, floor].map(cell)];
  const hits = (attack: Linkage, metric: string): Cell[][] =>
    attack.top.map(({ k, hit, chance }, at) =>
      row(`linkage, ${metric}: top-${k} hit`, hit, chance, pixels.top[at]?.hit.value, label?.top[at]?.hit.value),
    );
  const verification = (attack: Linkage, metric: string): Cell[] =>
    row(
      `linkage, ${metric}: verification AUC`,
      attack.verificationAuc,
      0.5,
      pixels.verificationAuc.value,
      label?.verificationAuc.value,
    );
  return {
    kind: "table",
    title: `What ${card.bytes.toLocaleString("en-US")} bytes an image give away (${card.inMemoryRatio.toPrecision(3)} % of the numbers)`,
    columns: ["measure", "value", "low", "high", "chance", "raw pixels", "label alone"].map((name) => ({ name })),
    rows: [
      ...(card.auc === undefined ? [] : [row("worth: ROC AUC of a model", card.auc, 0.5, undefined, undefined)]),
      verification(learned, "learned metric"),
      ...hits(learned, "learned metric"),
      verification(euclidean, "Euclidean"),
      ...hits(euclidean, "Euclidean"),
      row("linkage, Euclidean: Kolmogorov-Smirnov (the paper's)", euclidean.ks, 0, pixels.ks.value, label?.ks.value),
      ...scores
        .filter(({ method }) => method !== "mean image")
        .flatMap(({ method, ssim, psnr }) => [
          row(`reconstruction, ${method}: SSIM`, ssim, mean?.ssim.value, 1, undefined),
          row(`reconstruction, ${method}: PSNR, dB`, psnr, mean?.psnr.value, undefined, undefined),
        ]),
      ["guarantee", guaranteeInShort(card.guarantee), null, null, null, null, null],
    ],
    note:
      `${learned.images} images of ${learned.patients} patients; pixels at ${truth.shape[2]}x${truth.shape[3]}, linked by a learned metric; ` +
      `chance of a reconstruction is the mean image. Stronger attackers may find more. Guarantee: ${card.guarantee.words}.`,
  };
}

function guaranteeInShort(guarantee: Guarantee): string {
  return guarantee.kind === "none" ? "none" : `epsilon ${guarantee.epsilon}, delta ${guarantee.delta}`;
}
