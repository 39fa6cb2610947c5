/**
 * Plain descriptions of what a result looks like. Each verb builds the views of its own results; this folder turns them
 * into MIME bundles, HTML and PNG. A view holds numbers and words only, so that a table and a figure of one result
 * cannot disagree, and none of it needs a screen.
 */
export type View = Figure | Table | Picture | Note | Page;

/** A chart: Plotly traces and layout as plain data. */
export interface Figure {
  readonly kind: "figure";
  /** What the chart shows, as a claim where there is one. */
  readonly title: string;
  /** The chart in words, for those who cannot see it. */
  readonly alt: string;
  readonly traces: readonly PlotlyTrace[];
  /** Axes, annotations and the like; size, fonts and colours come from the house style unless named here. */
  readonly layout?: PlotlyLayout;
  /** In CSS pixels; default 640. */
  readonly width?: number;
  /** In CSS pixels; default 400. */
  readonly height?: number;
}

/** One Plotly trace, for instance `{ type: "scatter", x, y, mode: "lines" }`. */
export type PlotlyTrace = Readonly<Record<string, unknown>> & { readonly type: string };

/** A Plotly layout, for instance `{ xaxis: { title: { text: "epoch" } } }`. */
export type PlotlyLayout = Readonly<Record<string, unknown>>;

/** Rows of words and numbers. */
export interface Table {
  readonly kind: "table";
  readonly title?: string;
  readonly columns: readonly Column[];
  /** `[row, column]`; null is an empty cell. */
  readonly rows: readonly (readonly Cell[])[];
  /** A line below the table: n, seeds, units, reservations. */
  readonly note?: string;
}

/** A cell of a table. */
export type Cell = string | number | boolean | Link | null;

/** Words that lead to another page, by an address relative to this one. */
export interface Link {
  readonly text: string;
  readonly href: string;
}

/** A column of a table. */
export interface Column {
  readonly name: string;
  /** Digits behind the point for numbers; default: up to 3. */
  readonly digits?: number;
}

/** Pixels side by side on one shared scale, which is printed beside them. */
export interface Picture {
  readonly kind: "picture";
  readonly title: string;
  readonly alt: string;
  readonly tiles: readonly Tile[];
  /** Tiles in one row; default: as many as fit 960 CSS pixels. */
  readonly columns?: number;
  /** The smallest width at which a tile is drawn, in CSS pixels, enlarged without smoothing; default 160. */
  readonly tileWidth?: number;
  readonly note?: string;
}

/** One picture of a {@link Picture}. */
export interface Tile {
  readonly label: string;
  /** `[channel, row, col]`. */
  readonly values: Float32Array;
  readonly shape: readonly [channel: number, row: number, col: number];
  /** Values drawn as the two ends of the scale; beyond them is clamped. Tiles to be compared share one range. */
  readonly range: readonly [low: number, high: number];
  /**
   * `grey`: black to white, or RGB with three channels. `sequential`: magnitudes. `diverging`: signed values, centred on
   * the middle of the range.
   */
  readonly palette: "grey" | "sequential" | "diverging";
  /** Drawn see-through over these grey values, which have the same rows and columns, one channel, and range 0..1. */
  readonly over?: Float32Array;
}

/** A paragraph of words. */
export interface Note {
  readonly kind: "note";
  readonly text: string;
}

/** Views below each other. */
export interface Page {
  readonly kind: "page";
  readonly title?: string;
  readonly views: readonly View[];
}
