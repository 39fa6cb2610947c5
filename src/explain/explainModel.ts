import { OptionError } from "../core/errors";
import { inBrief } from "../core/images";
import { checkOptions, type OptionNames } from "../core/options";
import type { ReconstructionSize } from "../compress/definition";
import type { Embedding } from "../compress/embedding";
import type { Labels } from "../data/labels";
import type { Predictions } from "../data/predictions";
import { type Shown, showAs } from "../display/show";
import type { TrainedModel } from "../train/model";
import { float32, float64 } from "./algebra";
import { attribute, type Method, methods } from "./attribute";
import type { AttributedGroups, Attribution } from "./attribution";
import { attributionView } from "./attributionView";
import { subBandsOf } from "./bands";
import { type Baseline, baselineOf, featureCount } from "./baselines";
import { type FeatureGroups, groupFeatures } from "./featureGroups";
import { attributionMaps, type Magnitude } from "./maps";
import { checkModelTakes, modelScore, settingsInWords } from "./modelScore";
import { subsetsOf } from "./subsets";

/** Options of `explain(model, embedding, ...)`. */
export interface AttributionOptions {
  /** Default `"deeplift"`. */
  readonly method?: Method;
  /** Default `"paper"`: the image's own embedding with detail sub-bands zero. `inputXGradient` always starts from zero. */
  readonly baseline?: Baseline;
  /** The class whose logit is explained, by name or index; default: the model's first. */
  readonly target?: string | number;
  /** Adds maps of each class, and serves a baseline of a class. Matched by id. */
  readonly labels?: Labels;
  /** Adds maps of each cell of the confusion matrix, at the predictions' own thresholds. Matched by id. */
  readonly predictions?: Predictions;
  /** Whose mean a baseline is; default: the embedding that is explained. */
  readonly reference?: Embedding;
  /** For occlusion (default `"patch"`) and Shapley values (default `"edge"`; at most 20 groups). */
  readonly groups?: FeatureGroups;
  /** Gauss-Legendre nodes of integrated gradients, at least 1; default 64. */
  readonly steps?: number;
  /** How signed attributions become magnitudes in maps; default `"absolute"`. */
  readonly magnitude?: Magnitude;
  /** Of the maps; default `"original"`. */
  readonly size?: ReconstructionSize;
  /** `"single"` (default) on TensorFlow.js, or `"double"` in plain loops, about a hundred times slower. */
  readonly precision?: "single" | "double";
}

const names: OptionNames<AttributionOptions> = {
  ...{ method: true, baseline: true, target: true, labels: true, predictions: true, reference: true },
  ...{ groups: true, steps: true, magnitude: true, size: true, precision: true },
};

/** @see explain */
export function explainModel(
  model: TrainedModel,
  embedding: Embedding,
  options: AttributionOptions = {},
): Attribution & Shown {
  checkOptions("explain", options, names);
  checkModelTakes(model, embedding);
  const { labels, predictions, magnitude = "absolute", size = "original" } = options;
  const { method, steps } = checkMethod(options);
  const { score, target } = modelScore(model, options.target ?? 0);
  const baseline = method === "inputXGradient" ? "zero" : (options.baseline ?? "paper");
  const source = { reference: options.reference ?? embedding, labels };
  const grouped = groupsFor(method, options.groups, embedding);
  const inputs = { values: embedding.values, rows: embedding.ids.length, cols: featureCount(embedding) };
  const { groupValues, values, ...found } = attribute(score, inputs, baselineOf(baseline, embedding, source), {
    method,
    steps,
    algebra: options.precision === "double" ? float64 : float32,
    ...(grouped === undefined ? {} : { groups: grouped.groups }),
  });
  const single = values instanceof Float32Array ? values : Float32Array.from(values);
  const subsets = subsetsOf(embedding.ids, target, labels, predictions);
  const groups: AttributedGroups | undefined = grouped &&
    groupValues && { by: grouped.by, names: grouped.names, values: groupValues };
  return showAttribution({
    kind: "attribution",
    values: single,
    shape: embedding.shape,
    ids: embedding.ids,
    ...{ method, baseline, target, ...found },
    ...(groups === undefined ? {} : { groups }),
    maps: attributionMaps({ embedding, values: single, magnitude, size }, subsets),
    subBands: subBandsOf(embedding.settings.level),
    settings: embedding.settings,
    imageShape: embedding.imageShape,
    ...(method === "integratedGradients" ? { steps } : {}),
  });
}

function showAttribution(attribution: Attribution): Attribution & Shown {
  const { method, target, ids, settings, completenessGap } = attribution;
  const gap = `completeness gap ${completenessGap.toExponential(1)}`;
  return showAs(attribution, {
    summary: () =>
      `Attribution of ${target} by ${method} for ${ids.length} images, ${settingsInWords(settings)}, ${gap}`,
    view: () => attributionView(attribution),
  });
}

function checkMethod({ method = "deeplift", steps = 64 }: AttributionOptions): { method: Method; steps: number } {
  if (!methods.includes(method)) {
    const required = `method one of ${methods.join(", ")}`;
    throw new OptionError({ where: "explain", required, got: JSON.stringify(method) });
  }
  if (Number.isInteger(steps) && steps >= 1) return { method, steps };
  throw new OptionError({ where: "explain", required: "steps a whole number of at least 1", got: inBrief(steps) });
}

function groupsFor(
  method: Method,
  chosen: FeatureGroups | undefined,
  embedding: Embedding,
): (ReturnType<typeof groupFeatures> & { by: FeatureGroups }) | undefined {
  if (method !== "occlusion" && method !== "shapley") return undefined;
  const by = chosen ?? (method === "occlusion" ? "patch" : "edge");
  return by === "feature" ? undefined : { ...groupFeatures(by, embedding), by };
}
