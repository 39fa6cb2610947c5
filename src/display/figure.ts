import { titleSize } from "./style";
import type { Figure, PlotlyLayout } from "./view";

/** The size of a figure in CSS pixels. */
export function figureSize({ width = 640, height = 400 }: Figure): { readonly width: number; readonly height: number } {
  return { width, height };
}

/** Traces and layout of a figure as the JSON that Plotly reads; numbers keep six digits, which no screen resolves. */
export function plotlyJson(figure: Figure): string {
  return JSON.stringify({ data: figure.traces, layout: figureLayout(figure) }, plain);
}

function figureLayout(figure: Figure): PlotlyLayout {
  const { width, height } = figureSize(figure);
  const lines = wrapped(figure.title, width - 32);
  const firstBaseline = 1 - 30 / height;
  const { title, margin, ...layout } = figure.layout ?? {};
  return {
    ...layout,
    width,
    height,
    title: {
      text: lines.join("<br>"),
      yref: "container",
      y: firstBaseline,
      yanchor: "bottom",
      ...(title as object | undefined),
    },
    margin: { t: 30 + lines.length * titleSize * 1.3, ...(margin as object | undefined) },
  };
}

/** The title in lines that fit; letters of our font are half as wide as high, on average. */
function wrapped(title: string, width: number): readonly string[] {
  const longest = Math.floor(width / (titleSize * 0.52));
  const lines: string[] = [""];
  for (const word of title.split(" ")) {
    const line = lines[lines.length - 1] ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= longest) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
  return ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value;
}
