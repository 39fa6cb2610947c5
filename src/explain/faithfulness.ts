import { Random } from "../core/random";
import { checkOptions } from "../core/options";
import type { Embedding } from "../compress/embedding";
import type { Labels } from "../data/labels";
import { type Shown, showAs } from "../display/show";
import { categorical } from "../display/style";
import type { Figure } from "../display/view";
import type { TrainedModel } from "../train/model";
import { addScaled, float32 } from "./algebra";
import type { Attribution } from "./attribution";
import { baselineOf, featureCount } from "./baselines";
import { checkModelTakes, modelScore } from "./modelScore";
import type { Numbers, ScoringFunction } from "./scoring";
import { rowOf, walk } from "./walk";

/** Options of {@link faithfulness}. */
export interface FaithfulnessOptions {
  /** Places on the curve after the start; default 20. */
  readonly steps?: number;
  /** How many images are gone through, the first ones; default 100. */
  readonly images?: number;
  /** Default 0. */
  readonly seed?: number;
  /** What the attribution's baseline was made from, where that was not the embedding itself. */
  readonly reference?: Embedding;
  readonly labels?: Labels;
}

/** How fast the score goes when what is said to matter goes first, and how fast it comes. */
export interface Faithfulness {
  readonly kind: "faithfulness";
  /** The share of features changed, from 0 to 1. */
  readonly shares: Float64Array;
  /** What is left of the mean change of the score when features are set to the baseline, largest attribution first. */
  readonly deletion: Float64Array;
  /** What has come of it when features are set from the baseline to the image, largest attribution first. */
  readonly insertion: Float64Array;
  /** Both in random order. */
  readonly randomDeletion: Float64Array;
  readonly randomInsertion: Float64Array;
  /** By how much the area under the curve of deletion is below that of random order: above 0 is better than chance. */
  readonly deletionGain: number;
  /** By how much the area under the curve of insertion is above that of random order. */
  readonly insertionGain: number;
  readonly images: number;
  readonly method: Attribution["method"];
}

/**
 * Deletion and insertion curves of an attribution (Petsiuk, Das and Saenko 2018) against random order. Where the score
 * lies below its baseline's, features that lower it go first.
 *
 * @throws ShapeError when the embedding is not what the model was trained on
 */
export function faithfulness(
  model: TrainedModel,
  embedding: Embedding,
  attribution: Attribution,
  options: FaithfulnessOptions = {},
): Faithfulness & Shown {
  checkOptions("faithfulness", options, { steps: true, images: true, seed: true, reference: true, labels: true });
  const { steps = 20, images = 100, seed = 0, reference = embedding, labels } = options;
  checkModelTakes(model, embedding);
  const { score } = modelScore(model, attribution.target);
  const features = featureCount(embedding);
  const count = Math.min(images, embedding.ids.length);
  const inputs = { values: embedding.values, rows: embedding.ids.length, cols: features };
  const baseline = baselineOf(attribution.baseline, embedding, { reference, labels });
  const way = walk(score, inputs, baseline, float32);
  const random = new Random(seed);
  const curves = Array.from({ length: 4 }, () => new Float64Array(steps + 1));
  let whole = 0;
  for (let image = 0; image < count; image++) {
    const [from, to] = [rowOf(way.from, image), rowOf(way.units, image)];
    const start = score.score(from);
    const change = score.score(to) - start;
    const sign = Math.sign(change);
    whole += Math.abs(change);
    const own = attribution.values.subarray(image * features, (image + 1) * features);
    const places = Array.from(own.keys());
    const orders = [places.sort((a, b) => sign * ((own[b] as number) - (own[a] as number))), random.shuffle(places)];
    const step = rowOf(way.steps, image);
    for (const [at, order] of orders.entries()) {
      follow(score, to, step, order, -1, steps, (place, value) => add(curves[2 * at], place, sign * (value - start)));
      follow(score, from, step, order, 1, steps, (place, value) =>
        add(curves[2 * at + 1], place, sign * (value - start)),
      );
    }
  }
  const [deletion, insertion, randomDeletion, randomInsertion] = curves.map((curve) =>
    curve.map((value) => value / (whole || 1)),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const found: Faithfulness = {
    kind: "faithfulness",
    shares: Float64Array.from({ length: steps + 1 }, (_, at) => at / steps),
    ...{ deletion, insertion, randomDeletion, randomInsertion },
    deletionGain: area(randomDeletion) - area(deletion),
    insertionGain: area(insertion) - area(randomInsertion),
    images: count,
    method: attribution.method,
  };
  const gains = `deletion ${found.deletionGain.toFixed(3)}, insertion ${found.insertionGain.toFixed(3)} beyond random order`;
  return showAs(found, { summary: () => `Faithfulness of ${found.method}: ${gains}`, view: () => curveFigure(found) });
}

/** Moves feature after feature to the baseline (-1) or to the image (1), and tells the score at equal steps. */
function follow(
  score: ScoringFunction,
  start: Numbers,
  step: Numbers,
  order: readonly number[],
  direction: 1 | -1,
  steps: number,
  tell: (place: number, score: number) => void,
): void {
  const units = Float64Array.from(start);
  let done = 0;
  for (let place = 0; place <= steps; place++) {
    for (const wanted = Math.round((place * order.length) / steps); done < wanted; done++) {
      const feature = order[done] as number;
      addScaled(units, score.front, feature, direction * (step[feature] as number));
    }
    tell(place, score.score(units));
  }
}

function add(curve: Float64Array | undefined, place: number, value: number): void {
  if (curve !== undefined) curve[place] = (curve[place] as number) + value;
}

/** By trapezoids, over shares from 0 to 1. */
function area(curve: Float64Array): number {
  let sum = 0;
  for (let at = 1; at < curve.length; at++) sum += ((curve[at] as number) + (curve[at - 1] as number)) / 2;
  return sum / (curve.length - 1);
}

function curveFigure(found: Faithfulness): Figure {
  const line = (name: string, y: Float64Array, at: number, dash: string): Figure["traces"][number] => ({
    type: "scatter",
    mode: "lines",
    name,
    x: Array.from(found.shares),
    y: Array.from(y),
    line: { color: categorical[at], dash },
  });
  return {
    kind: "figure",
    title: `What ${found.method} ranks first ${found.deletionGain > 0 && found.insertionGain > 0 ? "moves" : "does not always move"} the score first`,
    alt: "Deletion and insertion curves by attribution and in random order",
    traces: [
      line("deletion, largest first", found.deletion, 0, "solid"),
      line("deletion, random", found.randomDeletion, 0, "dot"),
      line("insertion, largest first", found.insertion, 1, "solid"),
      line("insertion, random", found.randomInsertion, 1, "dot"),
    ],
    layout: {
      xaxis: { title: { text: `share of features changed; ${found.images} images` } },
      yaxis: { title: { text: "share of the change of the logit" } },
    },
  };
}
