import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { host } from "../core/host";
import { escapeScript } from "./escape";
import { plotlyJson } from "./figure";
import { once } from "./once";
import { plotlySource } from "./plot";
import { template } from "./style";
import type { Figure } from "./view";

/**
 * The script that puts the interactive chart in the place of the static picture beside it. Every figure pushes itself
 * to `window.deepfixcxFigures`: a plain list until the library has come, which then draws what waits and everything
 * that is pushed later. So the order in which a notebook renders its outputs does not matter, and without the library
 * (first figure deleted, scripts not allowed) the static pictures stay.
 */
export function figureScript(figure: Figure): string {
  return `<script>(window.deepfixcxFigures??=[]).push(["${figureId(figure)}",${escapeScript(plotlyJson(figure))}])</script>`;
}

/** Marks a figure's element for its script; the same figure has the same mark in every run. */
export function figureId(figure: Figure): string {
  return createHash("sha256")
    .update(JSON.stringify([figure.alt, plotlyJson(figure)]))
    .digest("hex")
    .slice(0, 16);
}

/** The library and what draws with it, as one script element of half a megabyte. */
export const libraryScript: () => Promise<string> = once(async () => {
  const zipped = await promisify(gzip)(await plotlySource(), { level: 9 });
  const templates = JSON.stringify({
    light: template("light", "rgba(0,0,0,0)"),
    dark: template("dark", "rgba(0,0,0,0)"),
  });
  return `<script>(${startFigures})(${templates},"${zipped.toString("base64")}")</script>`;
});

/** Runs in the browser, so it is kept as text. */
const startFigures = `async (templates, zipped) => {
  const waiting = window.deepfixcxFigures ?? [];
  if (!Array.isArray(waiting) || waiting.loading) return;
  window.deepfixcxFigures = waiting;
  waiting.loading = true;
  const bytes = Uint8Array.from(atob(zipped), (letter) => letter.charCodeAt(0));
  const source = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  if (!window.Plotly) new Function("module", "define", await new Response(source).text())();
  const isDark = () => {
    const { jpThemeLight } = document.body.dataset;
    if (jpThemeLight !== undefined) return jpThemeLight === "false";
    if (document.body.className.includes("vscode-")) return !document.body.classList.contains("vscode-light");
    return document.documentElement.dataset.theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches;
  };
  const theme = () => templates[isDark() ? "dark" : "light"];
  const draw = async ([id, figure], attempts = 50) => {
    const places = document.querySelectorAll('[data-figure="' + id + '"]:not([data-drawn])');
    if (places.length === 0 && attempts > 0) setTimeout(draw, 100, [id, figure], attempts - 1);
    for (const place of places) {
      place.dataset.drawn = "yes";
      const picture = place.querySelector("img");
      const chart = document.createElement("div");
      const { width, height, ...layout } = figure.layout;
      chart.style.cssText = "width:100%;max-width:" + width + "px;height:" + height + "px";
      place.append(chart);
      layout.template = theme();
      picture.style.display = "none";
      await window.Plotly.newPlot(chart, figure.data, layout, { displaylogo: false, responsive: true });
    }
  };
  const redraw = () => {
    const charts = document.querySelectorAll("[data-figure] .js-plotly-plot");
    charts.forEach((chart) => window.Plotly.relayout(chart, { template: theme() }));
  };
  new MutationObserver(redraw).observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
  window.deepfixcxFigures = { push: (figure) => draw(figure) };
  waiting.forEach((figure) => draw(figure));
}`;

/** Which output of this process holds the library. */
let carrier: { readonly cell: string | undefined; readonly run: AbortSignal | undefined } | undefined;

/**
 * The library's script for the first figure that this process shows, and nothing for later ones. Where the front end
 * names its cells, a rerun of the cell that holds the library gets it again, since a rerun replaces the output.
 */
export async function libraryScriptOnce(): Promise<string> {
  const { cell, signal: run } = host() ?? {};
  const isRerun = carrier !== undefined && cell !== undefined && cell === carrier.cell && run !== carrier.run;
  if (carrier !== undefined && !isRerun) return "";
  carrier = { cell, run };
  return libraryScript();
}
