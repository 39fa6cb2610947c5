import { barChart, heatMap, histogram, lineChart, scatterChart, stackedBars } from "../../src/display/charts";
import type { Figure, Picture, Table, Tile } from "../../src/display/view";

const epochs = Array.from({ length: 20 }, (_, index) => index + 1);
const wave = (count: number, shift: number): number[] =>
  Array.from({ length: count }, (_, index) => Math.sin(index * 1.7 + shift) + Math.sin(index * 0.31));

/** One figure of every kind of chart. */
export const figures: Readonly<Record<string, Figure>> = {
  line: lineChart(
    [
      { name: "train", x: epochs, y: epochs.map((epoch) => 0.95 - 0.4 * Math.exp(-epoch / 10)) },
      {
        name: "validation",
        x: epochs,
        y: epochs.map((epoch) => 0.87 - 0.3 * Math.exp(-epoch / 8)),
        low: epochs.map((epoch) => 0.84 - 0.3 * Math.exp(-epoch / 8)),
        high: epochs.map((epoch) => 0.89 - 0.3 * Math.exp(-epoch / 8)),
      },
    ],
    { title: "Validation AUC levels off, said in a title that is long enough for two lines", x: "epoch", y: "ROC AUC" },
  ),
  bars: barChart(
    [
      { label: "model", value: 0.863, low: 0.828, high: 0.894 },
      { label: "mean brightness", value: 0.61, low: 0.57, high: 0.66 },
    ],
    {
      title: "A model and a rule",
      value: { title: "ROC AUC", range: [0, 1] },
      reference: { name: "chance", value: 0.5 },
    },
  ),
  stack: stackedBars(
    ["first", "second"],
    [
      { name: "horizontal", values: [0.2, 0.4] },
      { name: "vertical", values: Float32Array.from([0.8, 0.6]) },
    ],
    { title: "Shares", value: "share of attribution" },
  ),
  heat: heatMap(
    [
      [0.81, 0.83],
      [0.8, NaN],
    ],
    {
      title: "AUC",
      x: "patch grid P",
      y: "level J",
      columns: ["9", "19"],
      rows: ["1", "2"],
      value: "ROC AUC",
      digits: 2,
    },
  ),
  scatter: scatterChart([{ name: "points", x: wave(60, 0), y: wave(60, 1) }], {
    title: "Points",
    x: { title: "ratio", range: [-3, 3] },
    y: "SSIM",
  }),
  histogram: histogram([{ name: "scores", values: wave(400, 2) }], { title: "Scores", x: "score" }),
};

export const table: Table = {
  kind: "table",
  title: "Results <of> one run",
  columns: [{ name: "metric" }, { name: "value", digits: 3 }, { name: "images" }, { name: "done" }],
  rows: [
    ["ROC AUC", 0.8612, 1200, true],
    ["SSIM <script>", NaN, 15000, false],
    ["p & q", 0.00001, null, null],
  ],
  note: "5 folds, seed 1.",
};

/** A tile of one channel whose values count up from `low` to `high`. */
export function ramp(side: number, [low, high]: Tile["range"], palette: Tile["palette"]): Tile {
  const values = Float32Array.from({ length: side * side }, (_, at) => low + ((high - low) * at) / (side * side - 1));
  return { label: palette, values, shape: [1, side, side], range: [low, high], palette };
}

export const picture: Picture = {
  kind: "picture",
  title: "Three scales",
  alt: "Ramps in the three palettes.",
  tiles: [ramp(16, [0, 1], "grey"), ramp(19, [0, 4], "sequential"), ramp(8, [-0.02, 0.02], "diverging")],
  note: "Synthetic.",
};
