import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Canvas, SKRSContext2D } from "@napi-rs/canvas";
import type { DOMWindow } from "jsdom";
import { canvasLibrary } from "./canvas";
import { plotlyJson } from "./figure";
import { boundingBox, boundingClientBox } from "./measure";
import { once } from "./once";
import { template, type Theme } from "./style";
import type { Figure } from "./view";

/** What is used of Plotly's API. */
interface Plotly {
  newPlot(element: Element, data: unknown, layout: unknown, config: unknown): Promise<unknown>;
  purge(element: Element): void;
  readonly Snapshot: { toSVG(element: Element, format: "svg"): string };
}

/** Plotly's source as it stands in its package: the smallest build that has heat maps. */
export const plotlySource: () => Promise<string> = once(() =>
  readFile(createRequire(__filename).resolve("plotly.js-cartesian-dist-min"), "utf8"),
);

/** A window without a screen, with Plotly in it; made once, since that takes half a second. */
const plotlyWindow = once(async () => {
  const [{ JSDOM, VirtualConsole }, canvases, source] = await Promise.all([
    import("jsdom"),
    canvasLibrary(),
    plotlySource(),
  ]);
  const { window } = new JSDOM("<!DOCTYPE html>", { runScripts: "outside-only", virtualConsole: new VirtualConsole() });
  const ruler = canvases.createCanvas(1, 1).getContext("2d");
  lendCanvas(window, canvases.createCanvas);
  lendLayout(window, ruler);
  window.eval(source);
  return window;
});

/**
 * Draws a figure as SVG without a browser.
 *
 * @returns an SVG document whose size is the figure's, in CSS pixels
 */
export async function figureSvg(figure: Figure, theme: Theme = "light"): Promise<string> {
  const window = await plotlyWindow();
  const plotly = (window as unknown as { Plotly: Plotly }).Plotly;
  // Plotly tells plain objects by the prototype of its own window, so the figure is made there.
  const { data, layout } = window.JSON.parse(plotlyJson(figure)) as { data: unknown; layout: object };
  const house = window.JSON.parse(JSON.stringify({ template: template(theme) })) as object;
  const element = window.document.createElement("div");
  window.document.body.append(element);
  try {
    await plotly.newPlot(element, data, window.Object.assign(layout, house), { staticPlot: true });
    return plotly.Snapshot.toSVG(element, "svg");
  } finally {
    plotly.purge(element);
    element.remove();
  }
}

/** Heat maps are drawn on a canvas, which jsdom does not have. */
function lendCanvas(window: DOMWindow, createCanvas: (width: number, height: number) => Canvas): void {
  const lent = new WeakMap<object, Canvas>();
  const canvasOf = (element: HTMLCanvasElement): Canvas => {
    const canvas = lent.get(element) ?? createCanvas(element.width, element.height);
    lent.set(element, canvas);
    return canvas;
  };
  Object.assign(window.HTMLCanvasElement.prototype, {
    getContext(this: HTMLCanvasElement) {
      return canvasOf(this).getContext("2d");
    },
    toDataURL(this: HTMLCanvasElement) {
      return canvasOf(this).toDataURL("image/png");
    },
  });
}

function lendLayout(window: DOMWindow, ruler: SKRSContext2D): void {
  Object.assign(window.SVGElement.prototype, {
    getBBox(this: Element) {
      return boundingBox(this, ruler);
    },
    getBoundingClientRect(this: Element) {
      const { x, y, width, height } = boundingClientBox(this, ruler);
      return { x, y, width, height, left: x, top: y, right: x + width, bottom: y + height };
    },
  });
}
