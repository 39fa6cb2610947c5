import { heatMap, scatterChart, type Series } from "../display/charts";
import { colours } from "../display/style";
import type { Figure, Table } from "../display/view";
import type { RunComparison } from "./compareRuns";
import type { Sweep, SweepCell } from "./sweepResult";

/** What a heat map over (J, P) shows. */
export type SweepMeasure = "auc" | "ssim" | "ks" | "ratio";

const words: Readonly<Record<SweepMeasure, { readonly name: string; readonly digits: number }>> = {
  auc: { name: "Test AUC", digits: 2 },
  ssim: { name: "SSIM", digits: 2 },
  ks: { name: "Kolmogorov-Smirnov statistic", digits: 2 },
  ratio: { name: "In-memory ratio, %", digits: 2 },
};

/** The cells of a sweep below each other, and whether each was computed or read. */
export function sweepTable({ cells, data, synthetic, testImages, model }: Sweep): Table {
  const columns = [
    { name: "J", digits: 0 },
    { name: "P", digits: 0 },
    { name: "ratio, %", digits: 2 },
    ...["AUC", "low", "high", "SSIM", "SSIM, range 2", "KS", "low", "high"].map((name) => ({ name, digits: 3 })),
    { name: "" },
  ];
  return {
    kind: "table",
    title: `Every setting that compresses, on ${synthetic ? "synthetic " : ""}${data}`,
    columns,
    rows: cells.map(({ level, patchGrid, ratio, auc, ssim, ssimRange2, ks, from }) => [
      ...[level, patchGrid, ratio, auc.value, auc.low, auc.high, ssim.value, ssimRange2],
      ...(ks === undefined ? [null, null, null] : [ks.value, ks.low, ks.high]),
      from === "cache" ? "read" : "computed",
    ]),
    note: `${model === "mlp" ? "The MLP on the embedding" : "The deep network on the privatized image"}; ${testImages} test images; 95 % intervals over patients, seed 0.`,
  };
}

/**
 * A heat map over (J, P): levels down, patches per axis across; a setting that does not compress stays empty.
 *
 * @param reference - a name and value to be told in the title, for instance of the deep network alone
 */
export function sweepMap(
  sweep: Sweep,
  measure: SweepMeasure,
  { reference }: { readonly reference?: { readonly name: string; readonly value: number } } = {},
): Figure {
  const { levels, patchGrids, cells, synthetic, data } = sweep;
  const { name, digits } = words[measure];
  const at = (level: number, patchGrid: number): number => {
    const cell = cells.find((each) => each.level === level && each.patchGrid === patchGrid);
    return cell === undefined ? NaN : valueOf(cell, measure);
  };
  const told = reference === undefined ? "" : `; ${reference.name} ${reference.value.toFixed(digits)}`;
  return heatMap(
    levels.map((level) => patchGrids.map((patchGrid) => at(level, patchGrid))),
    {
      title: `${claimOf(sweep, measure)}${told} (${synthetic ? "synthetic " : ""}${data})`,
      x: "P, patches per axis",
      y: "J, levels",
      columns: patchGrids.map(String),
      rows: levels.map(String),
      value: name,
      digits,
      alt: `${name} by setting: ${cells
        .map((cell) => `J=${cell.level} P=${cell.patchGrid} ${inDigits(valueOf(cell, measure), digits)}`)
        .join(", ")}.`,
      height: 150 + 50 * levels.length,
    },
  );
}

/**
 * Test AUC against in-memory ratio, one point a setting, with intervals over patients; networks for comparison.
 *
 * @param networks - runs to be drawn too, each at its own ratio
 */
export function aucAgainstRatio(sweep: Sweep, networks?: RunComparison): Figure {
  const series = sweep.levels.map((level): Series => {
    const cells = sweep.cells.filter((cell) => cell.level === level).sort((a, b) => a.ratio - b.ratio);
    return {
      name: `J=${level}`,
      x: cells.map(({ ratio }) => ratio),
      y: cells.map(({ auc }) => auc.value),
      low: cells.map(({ auc }) => auc.low),
      high: cells.map(({ auc }) => auc.high),
      labels: cells.map(({ patchGrid }) => `J=${level}, P=${patchGrid}`),
    };
  });
  const rows = networks?.rows ?? [];
  const others: Series = {
    name: "deep network",
    x: rows.map(({ ratio }) => ratio),
    y: rows.map(({ auc }) => auc.value),
    low: rows.map(({ auc }) => auc.low),
    high: rows.map(({ auc }) => auc.high),
    labels: rows.map(({ name }) => name),
    colour: colours.grey,
  };
  const few = sweep.cells.filter(({ ratio }) => ratio < 5);
  const best = (cells: readonly SweepCell[]): number => Math.max(...cells.map(({ auc }) => auc.value));
  return scatterChart(rows.length === 0 ? series : [...series, others], {
    title: `With under 5 % of the numbers the AUC reaches ${best(few).toFixed(2)}, with any ${best(sweep.cells).toFixed(2)}${sweep.synthetic ? " (synthetic)" : ""}`,
    x: { title: "in-memory ratio, %", log: true },
    y: "test AUC",
  });
}

function inDigits(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : "not known";
}

function valueOf({ auc, ssim, ks, ratio }: SweepCell, measure: SweepMeasure): number {
  return { auc: auc.value, ssim: ssim.value, ks: ks?.value ?? NaN, ratio }[measure];
}

function claimOf({ cells }: Sweep, measure: SweepMeasure): string {
  const { name, digits } = words[measure];
  const known = cells.filter((cell) => Number.isFinite(valueOf(cell, measure)));
  const [first] = known;
  if (first === undefined) return `${name}: not known here`;
  const sorted = [...known].sort((a, b) => valueOf(a, measure) - valueOf(b, measure));
  const [low, high] = [sorted[0] ?? first, sorted.at(-1) ?? first];
  const inWords = (cell: SweepCell): string =>
    `${valueOf(cell, measure).toFixed(digits)} at J=${cell.level}, P=${cell.patchGrid}`;
  return `${name}: from ${inWords(low)} to ${inWords(high)}`;
}
