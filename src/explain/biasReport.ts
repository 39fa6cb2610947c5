import type { Embedding } from "../compress/embedding";
import { checkOptions, type OptionNames } from "../core/options";
import type { NumberById } from "../data/imageFacts";
import type { Groups, Labels } from "../data/labels";
import type { Predictions } from "../data/predictions";
import { type Shown, showAs } from "../display/show";
import type { Page } from "../display/view";
import { bootstrapNames, type BootstrapOptions } from "../evaluate/bootstrap";
import { type EasyPredictors, easyPredictors } from "../evaluate/easyPredictors";
import type { Evaluation } from "../evaluate/evaluation";
import { evaluatePredictions } from "../evaluate/predictive";
import { type ColumnById, type Subgroups, subgroups } from "../evaluate/subgroups";
import type { TrainedModel } from "../train/model";
import type { Attribution } from "./attribution";
import { type AttributionOptions, explainModel } from "./explainModel";

/** Options of {@link biasReport}. */
export interface BiasReportOptions
  extends BootstrapOptions, Pick<AttributionOptions, "method" | "baseline" | "target" | "reference" | "magnitude"> {
  readonly labels: Labels;
  /** Of images that the models did not see in training: they also sort images into cells of the confusion matrix. */
  readonly predictions: Predictions;
  /** The patient of every image, by image id. */
  readonly groups?: Groups;
  /** Columns by name (sex, age, view) whose values are measured apart; numbers need `bands` of the same name. */
  readonly columns?: Readonly<Record<string, ColumnById>>;
  readonly bands?: Readonly<Record<string, readonly number[]>>;
  /** Plain numbers by name (file size, brightness) that may predict by themselves: see `imageFacts`. */
  readonly facts?: Readonly<Record<string, NumberById>>;
}

/** What may be wrong with a model, on one page. */
export interface BiasReport {
  readonly kind: "biasReport";
  /** With maps of all images, of every class, and of every cell of the confusion matrix. */
  readonly attribution: Attribution & Shown;
  readonly evaluation: Evaluation & Shown;
  readonly subgroups: readonly (Subgroups & Shown)[];
  readonly easyPredictors?: EasyPredictors & Shown;
}

const names: OptionNames<BiasReportOptions> = {
  ...{ ...bootstrapNames, method: true, baseline: true, target: true, reference: true, magnitude: true },
  ...{ labels: true, predictions: true, groups: true, columns: true, bands: true, facts: true },
};

/**
 * Puts a model's biases on one page: where it looks (spatial bias), at which edges (edge bias), also among its errors;
 * whom it serves worse (subgroups); and what plain numbers score that know nothing of the finding (easy predictors).
 *
 * @param embedding - of the model's settings; labels and predictions are matched by id
 * @throws OptionError when an option is not known, and what explain and evaluate throw
 */
export function biasReport(model: TrainedModel, embedding: Embedding, options: BiasReportOptions): BiasReport & Shown {
  checkOptions("biasReport", options, names);
  const { labels, predictions, groups, columns = {}, bands = {}, facts, ...others } = options;
  const { bootstraps, seed, confidence, ...rest } = others;
  const shared = {
    ...(groups === undefined ? {} : { groups }),
    ...(bootstraps === undefined ? {} : { bootstraps }),
    ...(seed === undefined ? {} : { seed }),
    ...(confidence === undefined ? {} : { confidence }),
  };
  const report: BiasReport = {
    kind: "biasReport",
    attribution: explainModel(model, embedding, { ...rest, labels, predictions, size: "compact" }),
    evaluation: evaluatePredictions(predictions, labels, shared),
    subgroups: Object.entries(columns).map(([column, values]) => {
      const own = bands[column];
      return subgroups(predictions, labels, values, {
        ...shared,
        column,
        ...(own === undefined ? {} : { bands: own }),
      });
    }),
    ...(facts === undefined ? {} : { easyPredictors: easyPredictors(facts, labels, shared) }),
  };
  const { target } = report.attribution;
  const words = `Bias report of ${target}: ${report.subgroups.length} columns of subgroups, ${report.easyPredictors?.predictors.length ?? 0} easy predictors`;
  return showAs(report, { summary: () => words, view: () => view(report) });
}

async function view({ attribution, evaluation, subgroups: columns, easyPredictors: easy }: BiasReport): Promise<Page> {
  const parts: readonly Shown[] = [attribution, evaluation, ...columns, ...(easy === undefined ? [] : [easy])];
  return {
    kind: "page",
    title: `Bias report: ${attribution.target}`,
    views: [{ kind: "note", text: readAs }, ...(await Promise.all(parts.map(async (part) => part.view())))],
  };
}

const readAs =
  "Attribution outside the anatomy, in corners or in the finest diagonal edges, hints at marks and scanners; a map that " +
  "differs among false positives hints at why they fail. A subgroup whose interval lies below the others is served worse. " +
  "Where a plain number scores like the model, the model may have learned how the pictures were taken.";
