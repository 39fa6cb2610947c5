import type { PlotlyLayout } from "./view";

/** The look of everything that is drawn: figures, pictures, tables and reports take colours and fonts from here alone. */

/** On a white or on a black page. */
export type Theme = "light" | "dark";

/**
 * Colours of categories, in the order in which they are given out: Okabe and Ito's set, which the common kinds of
 * colour blindness tell apart, without its black and yellow, which vanish on one of the two pages.
 */
export const colours = {
  blue: "#0072b2",
  vermilion: "#d55e00",
  green: "#009e73",
  purple: "#cc79a7",
  sky: "#56b4e9",
  orange: "#e69f00",
  grey: "#8a8a8a",
} as const;

export const categorical: readonly string[] = Object.values(colours);

/** What a value that is not a number is drawn in: found in no palette. */
export const notANumber = "#e0218a";

/** Colours at equal steps of a scale, between which colours are mixed in RGB. */
export type Palette = readonly string[];

export const palettes: Readonly<Record<"grey" | "sequential" | "diverging", Palette>> = {
  grey: ["#000000", "#ffffff"],
  // Matplotlib's cividis (Nunez, Anderton and Renslow 2018) at eleven steps: even in lightness, safe for the colour-blind.
  sequential: [
    "#00224e",
    "#083370",
    "#35456c",
    "#4f576c",
    "#666970",
    "#7d7c78",
    "#948e77",
    "#aea371",
    "#c8b866",
    "#e5cf52",
    "#fee838",
  ],
  // Blue below, orange above, both equally dark at equal distance from a nearly white zero.
  diverging: ["#0b4f94", "#5c9fd0", "#f5f5f5", "#d2873a", "#7f3c00"],
};

/** Colours of page, ink and lines. */
export interface Ink {
  readonly page: string;
  readonly text: string;
  readonly faint: string;
  readonly grid: string;
}

export const inks: Readonly<Record<Theme, Ink>> = {
  light: { page: "#ffffff", text: "#24292f", faint: "#57606a", grid: "#e4e7eb" },
  dark: { page: "#111111", text: "#e6e6e6", faint: "#a8a8a8", grid: "#333333" },
};

/** Arimo comes with the package; the others have the same widths, so that a browser's layout equals the static one. */
export const fontFamily = `Arimo, "Liberation Sans", Arial, Helvetica, sans-serif`;
export const fontSize = 13;
export const titleSize = 16;

/** Plotly's template of the house: what every figure looks like unless it says otherwise. */
export function template(
  theme: Theme,
  background: string = inks[theme].page,
): { readonly data: object; readonly layout: PlotlyLayout } {
  const { text, faint, grid } = inks[theme];
  const axis = {
    gridcolor: grid,
    linecolor: faint,
    tickcolor: faint,
    zerolinecolor: faint,
    zeroline: false,
    showline: true,
    ticks: "outside",
    automargin: true,
    title: { standoff: 10, font: { size: fontSize } },
  };
  const errors = { color: text, thickness: 1.5, width: 5 };
  return {
    data: {
      bar: [{ error_x: errors, error_y: errors }],
      heatmap: [
        {
          colorscale: plotlyScale("sequential"),
          colorbar: { outlinewidth: 0, ticks: "outside", title: { font: { size: fontSize } } },
        },
      ],
    },
    layout: {
      font: { family: fontFamily, size: fontSize, color: text },
      title: { font: { size: titleSize }, x: 0, xref: "container", xanchor: "left", pad: { l: 16 } },
      margin: { l: 72, r: 24, b: 56, pad: 0 },
      paper_bgcolor: background,
      plot_bgcolor: background,
      colorway: categorical,
      hoverlabel: { font: { family: fontFamily, size: fontSize } },
      legend: { bgcolor: "rgba(0,0,0,0)" },
      shapedefaults: { line: { color: faint } },
      xaxis: axis,
      yaxis: axis,
    },
  };
}

/** A palette as Plotly's `colorscale`. */
export function plotlyScale(name: keyof typeof palettes): readonly (readonly [at: number, colour: string])[] {
  const steps = palettes[name];
  return steps.map((colour, index) => [index / (steps.length - 1), colour] as const);
}

/** The colour at `position` in 0..1 of a palette. */
export function colourAt(palette: Palette, position: number): readonly [red: number, green: number, blue: number] {
  const place = Math.min(Math.max(position, 0), 1) * (palette.length - 1);
  const left = Math.min(Math.floor(place), palette.length - 2);
  const from = rgb(palette[left] ?? notANumber);
  const to = rgb(palette[left + 1] ?? notANumber);
  const mix = (channel: 0 | 1 | 2): number =>
    Math.round(from[channel] + (to[channel] - from[channel]) * (place - left));
  return [mix(0), mix(1), mix(2)];
}

/** `#rrggbb` as numbers of 0..255. */
export function rgb(hex: string): readonly [red: number, green: number, blue: number] {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
