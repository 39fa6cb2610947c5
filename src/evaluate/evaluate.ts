import type { Labels } from "../data/labels";
import type { Predictions } from "../data/predictions";
import type { Shown } from "../display/show";
import { easyPredictors } from "./easyPredictors";
import type { EvaluateOptions, Evaluation } from "./evaluation";
import { evaluatePredictions } from "./predictive";
import { inMemoryRatio, quality } from "./quality";

/** The verb `evaluate`: called, it measures predictions; its properties measure what needs no model. */
export interface Evaluate {
  /** {@inheritDoc evaluatePredictions} */
  (predictions: Predictions, labels: Labels, options?: EvaluateOptions): Evaluation & Shown;
  readonly quality: typeof quality;
  readonly inMemoryRatio: typeof inMemoryRatio;
  readonly easyPredictors: typeof easyPredictors;
}

/** Measures predictions, image quality and privacy. */
export const evaluate: Evaluate = Object.assign(evaluatePredictions.bind(undefined), {
  quality,
  inMemoryRatio,
  easyPredictors,
});
