import { showAs, type Shown, type Tabled } from "../display/show";
import type { Cell, Figure, Page, Table } from "../display/view";
import { describeModel, type ModelSummary } from "./describe";
import type { EpochRecord } from "./epochRecord";
import type { TrainedModel } from "./model";

/** What a trained model tells of itself. */
export interface Described {
  /** Its sizes and costs. @param options - `batchSize` of the activations that are counted; default: that of the training */
  summary(options?: { readonly batchSize?: number }): ModelSummary & Shown & Tabled;
}

/** Gives a model its one line, its picture, `summary()`, and its history as a data frame. */
export function showModel(model: TrainedModel): TrainedModel & Shown & Tabled & Described {
  const summary = ({ batchSize = model.training.batchSize } = {}): ReturnType<Described["summary"]> =>
    describeModel(model.model, { inputShape: model.input.shape, outputs: model.classes.length, batchSize });
  Object.defineProperty(model, "summary", { value: summary, enumerable: false });
  const table = (): Table => historyTable(model);
  const shown = showAs(model, { summary: () => modelSummary(model), view: () => modelView(model), table });
  return shown as typeof shown & Described;
}

function historyTable({ history }: TrainedModel): Table {
  const columns = ["epoch", "loss", "validation loss", "validation AUC"].map((name) => ({ name }));
  const rows = history.map((record) => [record.epoch, record.loss, record.validationLoss, record.validationAuc]);
  return { kind: "table", columns, rows };
}

/** One line such as `Model mlp of 1,739,077 weights for pneumonia, validation AUC 0.871 in epoch 7 of 20`. */
export function modelSummary({ model, weights, classes, history, bestEpoch, training }: TrainedModel): string {
  const size = weights.reduce((sum, { values }) => sum + values.length, 0).toLocaleString("en-US");
  const auc = history[bestEpoch - 1]?.validationAuc.toFixed(3);
  const names = classes.length > 3 ? `${classes.length} classes` : classes.join(", ");
  return `Model ${model.kind} of ${size} weights for ${names}, validation AUC ${auc} in epoch ${bestEpoch} of ${training.epochs}`;
}

/** What a model is and how it was trained: a table and its learning curves. */
export function modelView(model: TrainedModel): Page {
  return {
    kind: "page",
    title: modelSummary(model),
    views: [factsTable(model), learningCurves(model.history, model.bestEpoch)],
  };
}

function factsTable(model: TrainedModel): Table {
  const { training, input, trainImages, validationImages, interrupted, versions } = model;
  const options = Object.entries(model.model).filter(([name]) => name !== "kind");
  const rows: Cell[][] = [
    ["model", [model.model.kind, ...options.map(([name, value]) => `${name} ${value}`)].join(", ")],
    ["input", `${input.kind} [${input.shape.join(", ")}]`],
    ["images", `${trainImages} train, ${validationImages} validation`],
    ["training", `Adam ${training.learningRate}, batches of ${training.batchSize}, seed ${training.seed}`],
    ["epochs", `${training.epochs}${interrupted ? " asked, stopped early" : ""}; best ${model.bestEpoch}`],
    ["threshold", model.classes.map((name, at) => `${name} ${model.thresholds[at]?.toFixed(3)}`).join(", ")],
    ["computed by", `tfjs ${versions.tfjs}, ${versions.backend ?? "no"} backend, ${versions.threads} threads`],
  ];
  return { kind: "table", columns: [{ name: "" }, { name: "value" }], rows };
}

/** Loss and validation AUC by epoch, the kept epoch marked. */
export function learningCurves(history: readonly EpochRecord[], bestEpoch: number): Figure {
  const epochs = history.map(({ epoch }) => epoch);
  const line = (name: string, y: readonly number[], rest: object): Figure["traces"][number] => {
    return { type: "scatter", mode: "lines+markers", name, x: epochs, y, ...rest };
  };
  const best = history[bestEpoch - 1];
  return {
    kind: "figure",
    title: `Validation AUC is highest after epoch ${bestEpoch}: ${best?.validationAuc.toFixed(3)}`,
    alt: `Loss on training and validation images and validation AUC over ${history.length} epochs; epoch ${bestEpoch} is kept.`,
    traces: [
      line(
        "training loss",
        history.map(({ loss }) => loss),
        { yaxis: "y2" },
      ),
      line(
        "validation loss",
        history.map(({ validationLoss }) => validationLoss),
        { yaxis: "y2" },
      ),
      line(
        "validation AUC",
        history.map(({ validationAuc }) => validationAuc),
        {},
      ),
      {
        type: "scatter",
        mode: "markers",
        name: "kept",
        x: [bestEpoch],
        y: [best?.validationAuc],
        marker: { size: 12, symbol: "circle-open", line: { width: 2 } },
      },
    ],
    layout: {
      xaxis: { title: { text: "epoch" }, anchor: "y2" },
      yaxis: { title: { text: "ROC AUC" }, domain: [0.55, 1] },
      yaxis2: { title: { text: "loss" }, domain: [0, 0.42] },
    },
    height: 460,
  };
}
