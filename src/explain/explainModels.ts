import type { Embedding } from "../compress/embedding";
import { DataError } from "../core/errors";
import { barChart } from "../display/charts";
import { type Shown, showAs } from "../display/show";
import type { Page } from "../display/view";
import type { Estimate } from "../evaluate/bootstrap";
import { overRepeats } from "../evaluate/statistics";
import type { TrainedModel } from "../train/model";
import type { Attribution } from "./attribution";
import { type AttributionOptions, explainModel } from "./explainModel";
import { settingsInWords } from "./modelScore";

/** What several models, of folds or repeats, agree and disagree on. */
export interface AttributionSpread {
  readonly kind: "attributionSpread";
  readonly models: number;
  /** One for each map of an explanation: all images, then classes and cells of the confusion matrix. */
  readonly maps: readonly {
    readonly name: string;
    /** The share of |attribution| by edge scale and orientation, with intervals over the models. */
    readonly edges: readonly { readonly name: string; readonly share: Estimate }[];
    /** `[patchRow, patchCol]`: the mean over models of the share of |attribution| in each patch. */
    readonly patches: Float64Array;
    /** `[patchRow, patchCol]`: half the width of its 95 % interval over the models. */
    readonly patchSpread: Float64Array;
  }[];
  /** The largest over the models. */
  readonly completenessGap: number;
  readonly method: Attribution["method"];
  readonly baseline: Attribution["baseline"];
  readonly target: string;
  readonly settings: Attribution["settings"];
  readonly images: number;
}

/**
 * Explains the same images by every model of a cross-validation or of repeats: mean and Student's t interval over the
 * models, which tell how much of an explanation is training's chance. Models of folds share most of their patients, so
 * the intervals are too narrow for a statement about other patients.
 *
 * @param models - at least two, of one target and the same settings
 * @throws DataError for fewer than two models
 */
export function explainModels(
  models: readonly TrainedModel[],
  embedding: Embedding,
  options: AttributionOptions = {},
): AttributionSpread & Shown {
  if (models.length < 2) {
    throw new DataError({ where: "explainModels", required: "at least two models", got: String(models.length) });
  }
  const explained = models.map((model) => explainModel(model, embedding, { size: "compact", ...options }));
  const first = explained[0] as Attribution;
  const spread: AttributionSpread = {
    kind: "attributionSpread",
    models: models.length,
    maps: first.maps.map(({ name }, at) => ({ name, ...spreadOf(explained, at) })),
    completenessGap: Math.max(...explained.map(({ completenessGap }) => completenessGap)),
    method: first.method,
    baseline: first.baseline,
    target: first.target,
    settings: first.settings,
    images: embedding.ids.length,
  };
  const words = `Attribution of ${first.target} by ${first.method} over ${models.length} models, ${settingsInWords(first.settings)}`;
  return showAs(spread, { summary: () => words, view: () => view(spread, words) });
}

function spreadOf(explained: readonly Attribution[], map: number): Omit<AttributionSpread["maps"][number], "name"> {
  const first = explained[0] as Attribution;
  const kinds = first.subBands.map(({ orientation, edgeWidth }) => `${orientation} ${edgeWidth} px`);
  const shareOf = ({ maps }: Attribution, kind: string): number =>
    kinds.reduce((sum, each, at) => sum + (each === kind ? (maps[map]?.edges[at] ?? 0) : 0), 0);
  const patches = explained.map(({ maps }) => {
    const own = maps[map]?.patches ?? new Float64Array(0);
    const total = own.reduce((sum, value) => sum + value, 0) || 1;
    return own.map((value) => value / total);
  });
  const each = Array.from(patches[0] ?? [], (_, at) => overRepeats(patches.map((own) => own[at] as number)));
  return {
    edges: [...new Set(kinds)].map((name) => ({
      name,
      share: overRepeats(explained.map((attribution) => shareOf(attribution, name))),
    })),
    patches: Float64Array.from(each, ({ value }) => value),
    patchSpread: Float64Array.from(each, ({ value, low }) => value - low),
  };
}

function view({ maps, models, images, settings, completenessGap }: AttributionSpread, title: string): Page {
  const highest = maps.reduce((high, { patches }) => patches.reduce((a, b) => Math.max(a, b), high), 0);
  const tile = (label: string, values: Float64Array) => ({
    label,
    values: Float32Array.from(values),
    shape: [1, ...settings.patchGrid] as const,
    range: [0, highest] as const,
    palette: "sequential" as const,
  });
  return {
    kind: "page",
    title,
    views: [
      {
        kind: "picture",
        title: `Spatial bias over ${models} models: mean share by patch, and half its 95 % interval`,
        alt: `Mean share of attribution by patch and its spread over ${models} models`,
        tiles: maps.flatMap(({ name, patches, patchSpread }) => [
          tile(name, patches),
          tile(`${name}, +-`, patchSpread),
        ]),
        columns: 2,
        tileWidth: 180,
        note: `${images} images; largest completeness gap ${completenessGap.toExponential(1)}. Models of folds share patients: the spread is that of training, not of other patients.`,
      },
      ...maps.map(({ name, edges }) =>
        barChart(
          edges.map(({ name: edge, share: { value, low, high } }) => ({ label: edge, value, low, high })),
          { title: `Edge bias over ${models} models: ${name}`, value: { title: "share of attribution" } },
        ),
      ),
    ],
  };
}
