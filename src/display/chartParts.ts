import { formatNumber, neededDigits } from "./numbers";
import { categorical } from "./style";
import type { Figure, PlotlyLayout, PlotlyTrace } from "./view";

/** Numbers in a row, of whatever array. */
export type Numbers = readonly number[] | Float32Array | Float64Array | Int32Array | Uint8Array | Uint16Array;

/** What every chart is told. */
export interface ChartOptions {
  /** What the chart shows, as a claim where there is one. */
  readonly title: string;
  /** The chart in words; default: what is drawn, with each series' smallest and largest value. */
  readonly alt?: string;
  /** In CSS pixels; default 640. */
  readonly width?: number;
  /** In CSS pixels; default: what the chart needs. */
  readonly height?: number;
}

/** An axis: its title, with the unit, or more. */
export type Axis = string | AxisOptions;

/** An axis whose range or scale is not left to the data. */
export interface AxisOptions {
  /** The quantity and its unit, for instance `"time, s"`. */
  readonly title: string;
  readonly range?: readonly [low: number, high: number];
  /** True: a logarithmic axis; `range` is in the axis' own numbers all the same. */
  readonly log?: boolean;
}

/** Points of one name. */
export interface Series {
  readonly name: string;
  readonly x: Numbers;
  readonly y: Numbers;
  /** Lower and upper end of an interval at every point: a band around a line, bars on points. */
  readonly low?: Numbers;
  readonly high?: Numbers;
  /** A word for every point, shown when it is pointed at. */
  readonly labels?: readonly string[];
  /** Default: the next of the house's colours. */
  readonly colour?: string;
}

/** One bar. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Ends of an interval around the value. */
  readonly low?: number;
  readonly high?: number;
  /** Default blue. */
  readonly colour?: string;
}

/** A value to compare bars with, for instance that of chance. */
export interface Reference {
  readonly name: string;
  readonly value: number;
}

/** The bars' values and intervals in numbers of equally many digits, for instance `0.863 [0.828, 0.894]`. */
export function barWords(bars: readonly Bar[]): readonly string[] {
  const digits = neededDigits(bars.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]));
  const words = (value: number): string => formatNumber(value, digits);
  return bars.map(({ value, low, high }) => {
    return low === undefined || high === undefined ? words(value) : `${words(value)} [${words(low)}, ${words(high)}]`;
  });
}

export function pointTrace({ name, x, y, labels }: Series, colour: string): PlotlyTrace {
  return {
    type: "scatter",
    name,
    x: Array.from(x),
    y: Array.from(y),
    legendgroup: name,
    marker: { color: colour },
    ...(labels === undefined ? {} : { text: labels }),
  };
}

/** The area between the ends of the intervals of a line. */
export function band({ name, x, low = [], high = [] }: Series, colour: string): PlotlyTrace {
  const forth = Array.from(x);
  return {
    type: "scatter",
    mode: "lines",
    name,
    legendgroup: name,
    showlegend: false,
    hoverinfo: "skip",
    x: [...forth, ...[...forth].reverse()],
    y: [...Array.from(high), ...Array.from(low).reverse()],
    fill: "toself",
    fillcolor: `${colour}33`, // one fifth opaque
    line: { width: 0 },
  };
}

export function interval(
  key: "error_x" | "error_y",
  values: Numbers,
  { low, high }: { readonly low?: Numbers; readonly high?: Numbers },
  colour?: string,
): PlotlyLayout {
  if (low === undefined || high === undefined) return {};
  const lengths = Array.from(values);
  return {
    [key]: {
      type: "data",
      symmetric: false,
      array: lengths.map((value, index) => (high[index] ?? value) - value),
      arrayminus: lengths.map((value, index) => value - (low[index] ?? value)),
      ...(colour === undefined ? {} : { color: colour }),
    },
  };
}

export function described(options: ChartOptions, words: string): Pick<Figure, "kind" | "title" | "alt" | "width"> {
  const { title, alt = words, width } = options;
  return { kind: "figure", title, alt, ...(width === undefined ? {} : { width }) };
}

export function axis(of: Axis): PlotlyLayout {
  const { title, range, log = false } = typeof of === "string" ? { title: of } : of;
  const ends = log ? range?.map(Math.log10) : range;
  return {
    title: { text: title },
    ...(log ? { type: "log", dtick: "D2" } : {}),
    ...(ends === undefined ? {} : { range: ends }),
  };
}

/** Numbered rows with names, since two bars may have the same label; `above` rows of room over the first. */
export function labelledRows(labels: readonly string[], above = 0): PlotlyLayout {
  return {
    tickvals: labels.map((_, row) => row),
    ticktext: labels,
    range: [labels.length - 0.5, -0.5 - above],
    showgrid: false,
    ticks: "",
    ticklabelstandoff: 6,
  };
}

/** A dashed line across the plot at one value, and its name in the room above the bars. */
export function referenceLine({ value }: Reference): PlotlyLayout {
  return { type: "line", x0: value, x1: value, yref: "paper", y0: 0, y1: 1, line: { dash: "dash", width: 1.5 } };
}

export function referenceName({ name, value }: Reference): PlotlyLayout {
  return { x: value, yref: "paper", y: 1, xanchor: "left", xshift: 4, yanchor: "top", text: name, showarrow: false };
}

export function rowsHeight(rows: number): number {
  return 130 + 32 * rows;
}

export function colourOf(index: number): string {
  return categorical[index % categorical.length] as string;
}

export function titleOf(of: Axis): string {
  return typeof of === "string" ? of : of.title;
}

export function extent(values: readonly number[], palette: "sequential" | "diverging"): readonly [number, number] {
  const [low, high] = ends(values);
  if (palette === "sequential") return [low, high];
  const far = Math.max(Math.abs(low), Math.abs(high)) || 1;
  return [-far, far];
}

export function span(values: readonly number[]): string {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return "nothing to nothing";
  return ends(finite)
    .map((value) => formatNumber(value))
    .join(" to ");
}

export function ends(values: readonly number[]): readonly [low: number, high: number] {
  const found = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)] as const, [
    Infinity,
    -Infinity,
  ] as readonly [number, number]);
  return values.length === 0 ? [0, 1] : found;
}
