import { binned } from "./bins";
import {
  axis,
  band,
  barWords,
  colourOf,
  described,
  extent,
  interval,
  labelledRows,
  pointTrace,
  referenceLine,
  referenceName,
  rowsHeight,
  span,
  titleOf,
  type Axis,
  type Bar,
  type ChartOptions,
  type Numbers,
  type Reference,
  type Series,
} from "./chartParts";
import { formatNumber } from "./numbers";
import { colours, plotlyScale } from "./style";
import type { Figure, PlotlyTrace } from "./view";

export type { Axis, AxisOptions, Bar, ChartOptions, Numbers, Reference, Series } from "./chartParts";

/** The two axes of a chart. */
export interface AxesOptions extends ChartOptions {
  readonly x: Axis;
  readonly y: Axis;
  /** Draws a dashed line from (0, 0) to (1, 1) of this name, for instance `"chance"`. */
  readonly diagonal?: string;
}

/** Lines, for instance a training history or ROC curves; bands where the series have intervals. */
export function lineChart(series: readonly Series[], options: AxesOptions & { readonly markers?: boolean }): Figure {
  const { markers = false } = options;
  const traces = series.flatMap((each, index) => {
    const colour = each.colour ?? colourOf(index);
    const line = { ...pointTrace(each, colour), mode: markers ? "lines+markers" : "lines", line: { color: colour } };
    return each.low === undefined || each.high === undefined ? [line] : [band(each, colour), line];
  });
  return axesFigure("Line chart", series, traces, options);
}

/** Points, with bars where the series have intervals. */
export function scatterChart(series: readonly Series[], options: AxesOptions): Figure {
  const traces = series.map((each, index) => {
    const colour = each.colour ?? colourOf(index);
    const marker = { color: colour, size: each.x.length > 500 ? 4 : 7, opacity: each.x.length > 100 ? 0.6 : 1 };
    return { ...pointTrace(each, colour), mode: "markers", marker, ...interval("error_y", each.y, each, colour) };
  });
  return axesFigure("Scatter chart", series, traces, options);
}

/** What a chart of bars is told. */
export interface BarChartOptions extends ChartOptions {
  /** The axis of the values. */
  readonly value: Axis;
  /** Draws a dashed line at this value, for instance that of chance. */
  readonly reference?: Reference;
}

/** Lying bars, the first on top, with their values and intervals in numbers at the right. */
export function barChart(bars: readonly Bar[], options: BarChartOptions): Figure {
  const words = barWords(bars);
  const values = bars.map(({ value }) => value);
  const low = bars.map((bar) => bar.low ?? bar.value);
  const high = bars.map((bar) => bar.high ?? bar.value);
  const hasIntervals = bars.some((bar) => bar.low !== undefined && bar.high !== undefined);
  const trace: PlotlyTrace = {
    type: "bar",
    orientation: "h",
    y: bars.map((_, index) => index),
    x: values,
    marker: { color: bars.map(({ colour }) => colour ?? colours.blue) },
    text: bars.map(({ label }, row) => `${label}: ${words[row]}`),
    textposition: "none",
    hoverinfo: "text",
    ...(hasIntervals ? interval("error_x", values, { low, high }) : {}),
  };
  const { reference } = options;
  return {
    ...described(options, `Bars: ${bars.map(({ label }, row) => `${label} ${words[row]}`).join(", ")}.`),
    traces: [trace],
    layout: {
      xaxis: axis(options.value),
      yaxis: labelledRows(
        bars.map(({ label }) => label),
        reference === undefined ? 0 : 0.6,
      ),
      margin: { r: 24 + 7 * Math.max(0, ...words.map((word) => word.length)) },
      shapes: reference === undefined ? [] : [referenceLine(reference)],
      annotations: [
        ...words.map((text, row) => ({
          text,
          y: row,
          xref: "paper",
          x: 1,
          xanchor: "left",
          xshift: 8,
          showarrow: false,
        })),
        ...(reference === undefined ? [] : [referenceName(reference)]),
      ],
    },
    height: options.height ?? rowsHeight(bars.length),
  };
}

/** What every bar of a stack is made of. */
export interface StackPart {
  readonly name: string;
  /** One value for each label. */
  readonly values: Numbers;
  readonly colour?: string;
}

/** Lying bars made of parts, the first label on top. */
export function stackedBars(labels: readonly string[], parts: readonly StackPart[], options: BarChartOptions): Figure {
  const traces = parts.map(({ name, values, colour }, index): PlotlyTrace => {
    const text = labels.map((label, row) => `${label}, ${name}: ${formatNumber(values[row] ?? NaN)}`);
    return {
      type: "bar",
      orientation: "h",
      name,
      y: labels.map((_, row) => row),
      x: Array.from(values),
      marker: { color: colour ?? colourOf(index) },
      text,
      textposition: "none",
      hoverinfo: "text",
    };
  });
  return {
    ...described(options, `Stacked bars of ${parts.map(({ name }) => name).join(", ")} for ${labels.join(", ")}.`),
    traces,
    layout: {
      barmode: "stack",
      showlegend: true,
      legend: { traceorder: "normal" },
      xaxis: axis(options.value),
      yaxis: labelledRows(labels),
    },
    height: options.height ?? rowsHeight(labels.length),
  };
}

/** What a heat map is told. */
export interface HeatMapOptions extends ChartOptions {
  readonly x: string;
  readonly y: string;
  /** Names of the columns and rows; default: their numbers from 0. */
  readonly columns?: readonly string[];
  readonly rows?: readonly string[];
  /** The quantity in the cells and its unit. */
  readonly value: string;
  /** `sequential`: magnitudes; `diverging`: signed values, centred on zero. Default `"sequential"`. */
  readonly palette?: "sequential" | "diverging";
  /** Values at the two ends of the scale; default: those found, for `diverging` the same on both sides of zero. */
  readonly range?: readonly [low: number, high: number];
  /** Digits behind the point of the numbers in the cells; default: no numbers. */
  readonly digits?: number;
}

/** Cells coloured by value, row 0 on top. */
export function heatMap(values: readonly Numbers[], options: HeatMapOptions): Figure {
  const { palette = "sequential", digits, columns, rows } = options;
  const finite = values.flatMap((row) => Array.from(row)).filter(Number.isFinite);
  const [low, high] = options.range ?? extent(finite, palette);
  const trace: PlotlyTrace = {
    type: "heatmap",
    z: values.map((row) => Array.from(row)),
    zmin: low,
    zmax: high,
    colorscale: plotlyScale(palette),
    colorbar: { title: { text: options.value } },
    hovertemplate: `${options.x} %{x}, ${options.y} %{y}: %{z}<extra></extra>`,
    ...(columns === undefined ? {} : { x: columns }),
    ...(rows === undefined ? {} : { y: rows }),
    ...(digits === undefined ? {} : { texttemplate: `%{z:.${digits}f}` }),
  };
  return {
    ...described(options, `Heat map of ${options.value}, from ${span(finite)}, by ${options.x} and ${options.y}.`),
    traces: [trace],
    layout: {
      xaxis: { ...axis(options.x), showgrid: false, ...(columns === undefined ? {} : { type: "category" }) },
      yaxis: {
        ...axis(options.y),
        showgrid: false,
        autorange: "reversed",
        ...(rows === undefined ? {} : { type: "category" }),
      },
    },
    ...(options.height === undefined ? {} : { height: options.height }),
  };
}

/** What a histogram is told. */
export interface HistogramOptions extends ChartOptions {
  readonly x: Axis;
  /** Default `"count"`. */
  readonly y?: Axis;
  /** The number of bins, equal for all series; default 30. */
  readonly bins?: number;
}

/** Counts of values in bins that all series share; values that are not numbers are left out and counted in the alt text. */
export function histogram(
  series: readonly { readonly name: string; readonly values: Numbers; readonly colour?: string }[],
  options: HistogramOptions,
): Figure {
  const { edges, counts, left } = binned(
    series.map(({ values }) => values),
    options.bins ?? 30,
  );
  const width = (edges[1] ?? 1) - (edges[0] ?? 0);
  const traces = series.map(({ name, colour }, index): PlotlyTrace => ({
    type: "bar",
    name,
    x: edges.slice(0, -1).map((edge) => edge + width / 2),
    y: counts[index],
    width,
    marker: { color: colour ?? colourOf(index), opacity: series.length > 1 ? 0.55 : 1, line: { width: 0 } },
  }));
  const missing = left === 0 ? "" : ` ${left} values are not numbers.`;
  return {
    ...described(options, `Histogram of ${series.map(({ name }) => name).join(", ")}.${missing}`),
    traces,
    layout: {
      barmode: "overlay",
      showlegend: series.length > 1,
      xaxis: axis(options.x),
      yaxis: axis(options.y ?? "count"),
    },
    ...(options.height === undefined ? {} : { height: options.height }),
  };
}

function axesFigure(
  kind: string,
  series: readonly Series[],
  traces: readonly PlotlyTrace[],
  options: AxesOptions,
): Figure {
  const { x, y, diagonal, height } = options;
  const spans = series.map(({ name, y: values }) => `${name} from ${span(Array.from(values))}`);
  const line: PlotlyTrace = {
    type: "scatter",
    mode: "lines",
    name: diagonal ?? "",
    x: [0, 1],
    y: [0, 1],
    line: { dash: "dash", color: colours.grey, width: 1.5 },
    hoverinfo: "skip",
  };
  return {
    ...described(options, `${kind} of ${titleOf(y)} against ${titleOf(x)}: ${spans.join(", ")}.`),
    traces: diagonal === undefined ? traces : [line, ...traces],
    layout: { showlegend: series.length + (diagonal === undefined ? 0 : 1) > 1, xaxis: axis(x), yaxis: axis(y) },
    ...(height === undefined ? {} : { height }),
  };
}
