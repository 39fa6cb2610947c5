import type { Guarantee } from "../../compress/noise/guarantee";
import type { CompressSettings } from "../../compress/settings";
import { type Bar, barChart } from "../../display/charts";
import type { Shown } from "../../display/show";
import { colours } from "../../display/style";
import type { Cell, Figure, Page, Table } from "../../display/view";
import type { Estimate } from "../bootstrap";
import { cell, inWords } from "../evaluationView";
import type { PrivacyCard } from "./cardResult";
import type { Linkage } from "./linkage";
import { type ReconstructionAttack, strongest } from "./reconstruction";

function settingsInWords({ level, patchGrid, wavelet, pooling }: CompressSettings): string {
  return `J=${level}, P=${[...new Set(patchGrid)].join("x")}, ${wavelet}, ${pooling.join(" + ")}`;
}

/** One line of a card. */
export function cardSummary(card: PrivacyCard): string {
  const { learned } = card.linkage;
  const best = strongest(card.reconstruction.scores);
  const link = `linkage verification AUC ${inWords(learned.verificationAuc)} (chance 0.5)`;
  return `Privacy card of ${settingsInWords(card.settings)}: ${link}, reconstruction ${best.psnr.value.toFixed(1)} dB, SSIM ${inWords(best.ssim)} by ${best.method}, guarantee: ${card.guarantee.words}`;
}

/** A card as a page: the table, figures of linkage and inference, and rebuilt pictures. */
export async function cardView(card: PrivacyCard): Promise<Page> {
  const attack = await (card.reconstruction as ReconstructionAttack & Shown).view();
  const inferred = card.attributes.length > 0 || card.membership !== undefined;
  return {
    kind: "page",
    title: `Privacy card: ${settingsInWords(card.settings)}`,
    views: [table(card), linkageFigure(card), ...(inferred ? [inferenceFigure(card)] : []), attack],
  };
}

const chance = { name: "chance", value: 0.5 } as const;

function linkageFigure({ linkage, settings }: PrivacyCard): Figure {
  const { euclidean, learned, pixels, label } = linkage;
  const bar = (name: string, { verificationAuc: { value, low, high } }: Linkage) => ({ label: name, value, low, high });
  const [stronger, by] =
    learned.verificationAuc.value >= euclidean.verificationAuc.value
      ? [learned, "a learned metric"]
      : [euclidean, "Euclidean distance"];
  return barChart(
    [
      bar("embedding, learned metric", learned),
      bar("embedding, Euclidean", euclidean),
      { ...bar("pixels, learned metric", pixels), colour: colours.grey },
      ...(label === undefined ? [] : [{ ...bar("the label alone", label), colour: colours.grey }]),
    ],
    {
      title: `Linkage at ${settingsInWords(settings)}: ${inWords(stronger.verificationAuc)} by ${by}`,
      value: { title: "verification AUC", range: [0, 1] },
      reference: chance,
    },
  );
}

function inferenceFigure(card: PrivacyCard): Figure {
  const bars = inferences(card).flatMap(({ name, auc, pixels, label }): Bar[] => [
    { label: name, ...auc },
    ...(pixels === undefined ? [] : [{ label: `${name}, from pixels`, ...pixels, colour: colours.grey }]),
    ...(label === undefined ? [] : [{ label: `${name}, from the label`, ...label, colour: colours.grey }]),
  ]);
  const best = bars.reduce((high, bar) => (bar.colour === undefined && bar.value > high.value ? bar : high));
  return barChart(bars, {
    title: `Inference: ${best.label} with AUC ${best.value.toFixed(3)}`,
    value: { title: "ROC AUC", range: [0, 1] },
    reference: chance,
  });
}

interface Inference {
  readonly name: string;
  readonly auc: Estimate;
  readonly pixels?: Estimate | undefined;
  readonly label?: Estimate | undefined;
}

/** Every value of every attribute, and membership. */
function inferences({ attributes, membership }: PrivacyCard): Inference[] {
  const found = attributes.flatMap(({ embedding, pixels, label }) =>
    embedding.inferred.map(({ value, auc }, at): Inference => ({
      name: `${embedding.attribute}: ${value}`,
      auc,
      pixels: pixels.inferred[at]?.auc,
      label: label?.inferred[at]?.auc,
    })),
  );
  return membership === undefined
    ? found
    : [...found, { name: "membership, by the model's loss", auc: membership.auc }];
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
      ...inferences(card).map(({ name, auc, pixels: raw, label: floor }) =>
        row(`inference, ${name}: ROC AUC`, auc, 0.5, raw?.value, floor?.value),
      ),
      ["guarantee", guaranteeInShort(card.guarantee), null, null, null, null, null],
    ],
    note:
      `${learned.images} images of ${learned.patients} patients; pixels at ${truth.shape[2]}x${truth.shape[3]}, linked by a learned metric, attributes from 16x16; ` +
      `chance of a reconstruction is the mean image. Stronger attackers may find more. Guarantee: ${card.guarantee.words}.`,
  };
}

function guaranteeInShort(guarantee: Guarantee): string {
  return guarantee.kind === "none" ? "none" : `epsilon ${guarantee.epsilon}, delta ${guarantee.delta}`;
}
