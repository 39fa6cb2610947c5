import { OptionError } from "../core/errors";
import { barChart } from "../display/charts";
import { type Shown, showAs } from "../display/show";
import type { Page } from "../display/view";
import type { TrainedModel } from "../train/model";
import { subBandsOf } from "./bands";
import { attentionFactor, settingsInWords } from "./modelScore";

/** What a model multiplies each number of the embedding by before anything else: an explanation of all images at once. */
export interface AttentionWeights {
  readonly kind: "attentionWeights";
  /** `[channel, subBand, patchRow, patchCol, pooling]`. */
  readonly values: Float64Array;
  readonly attention: string;
  /** `[patchRow, patchCol]`: the mean of |weight|. */
  readonly patches: Float64Array;
  readonly patchGrid: readonly [rows: number, cols: number];
  /** The mean of |weight| by edge scale and orientation. */
  readonly edges: readonly { readonly name: string; readonly weight: number }[];
}

/**
 * The weights of a model's vector attention, by place and by edge. They say which numbers are let through, not in which
 * direction they speak, and their size depends on the scale of the features: read them with normalised features.
 *
 * @throws OptionError for a model without attention, or of images
 * @see the paper, on VecAttn
 */
export function attentionWeights(model: TrainedModel): AttentionWeights & Shown {
  const values = attentionFactor(model);
  if (values === undefined || model.input.kind !== "embedding" || model.model.kind !== "mlp") {
    const got = model.model.kind === "mlp" ? "an MLP without" : `a ${model.model.kind}`;
    throw new OptionError({ where: "attentionWeights", required: "an MLP with attention on embeddings", got });
  }
  const { settings } = model.input;
  const { patchGrid, level, pooling } = settings;
  const bands = subBandsOf(level);
  const kinds = bands.map(({ orientation, edgeWidth }) => `${orientation} ${edgeWidth} px`);
  const names = [...new Set(kinds)];
  const perBand = patchGrid[0] * patchGrid[1] * pooling.length;
  const [patches, edges, counts] = [
    new Float64Array(patchGrid[0] * patchGrid[1]),
    names.map(() => 0),
    names.map(() => 0),
  ];
  values.forEach((value, at) => {
    const patch = Math.floor((at % perBand) / pooling.length);
    const kind = names.indexOf(kinds[Math.floor(at / perBand) % bands.length] as string);
    (patches[patch] as number) += (Math.abs(value) * patches.length) / values.length;
    (edges[kind] as number) += Math.abs(value);
    (counts[kind] as number)++;
  });
  const weights: AttentionWeights = {
    kind: "attentionWeights",
    values,
    attention: model.model.attention,
    patches,
    patchGrid,
    edges: names.map((name, at) => ({ name, weight: (edges[at] as number) / (counts[at] as number) })),
  };
  const strongest = weights.edges.reduce((a, b) => (b.weight > a.weight ? b : a));
  const words = `Attention (${weights.attention}) at ${settingsInWords(settings)}: ${strongest.name} is let through most`;
  return showAs(weights, { summary: () => words, view: () => view(weights, words) });
}

function view({ patches, patchGrid, edges }: AttentionWeights, title: string): Page {
  return {
    kind: "page",
    title,
    views: [
      {
        kind: "picture",
        title: "Where: the mean |weight| of each patch",
        alt: "Mean absolute attention weight by patch",
        tiles: [
          {
            label: "all sub-bands",
            values: Float32Array.from(patches),
            shape: [1, ...patchGrid],
            range: [0, patches.reduce((high, value) => Math.max(high, value), 0)],
            palette: "sequential",
          },
        ],
        tileWidth: 240,
        note: "Weights say what is let through, not in which direction it speaks.",
      },
      barChart(
        edges.map(({ name, weight }) => ({ label: name, value: weight })),
        { title: "Which edges: the mean |weight| by scale and orientation", value: { title: "mean |weight|" } },
      ),
    ],
  };
}
