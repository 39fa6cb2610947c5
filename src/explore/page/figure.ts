import { type PaletteName, gradient, type Range } from "./colour";
import { element, freshId } from "./dom";
import type { Result } from "./compute";

/** A part of a pane that shows something of the result. */
export interface View {
  readonly root: HTMLElement;
  show(result: Result): void;
}

/** A view whose canvas others draw over. */
export interface PictureView extends View {
  readonly figure: Figure;
}

/** A titled canvas with a line below it. */
export interface Figure {
  readonly root: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  /** What lies on the canvas, in its coordinates of 0..100 percent. */
  readonly overlay: HTMLElement;
  readonly scale: HTMLElement;
  readonly caption: HTMLElement;
  /** Tells the canvas in words, for those who cannot see it, and keeps its sides in proportion. */
  describe(words: string): void;
}

/** @param key - by which the tour finds the view */
export function figure(title: string, key: string): Figure {
  const canvas = element("canvas", { role: "img", width: 1, height: 1 });
  const overlay = element("div", { class: "overlay", "aria-hidden": "true" });
  const stage = element("div", { class: "stage" }, canvas, overlay);
  const heading = element("h3", { id: freshId("view") }, title);
  const scale = element("div", { class: "scale" });
  const caption = element("p", { class: "caption" });
  const root = element(
    "section",
    { class: "view", "data-view": key, "aria-labelledby": heading.id },
    heading,
    stage,
    scale,
    caption,
  );
  return {
    ...{ root, canvas, overlay, scale, caption },
    describe: (words) => canvas.setAttribute("aria-label", words),
  };
}

/** Prints a palette with the values at its ends. */
export function showScale(place: HTMLElement, parts: readonly (readonly [PaletteName, Range, string])[]): void {
  place.replaceChildren(
    ...parts.map(([palette, [low, high], what]) => {
      const bar = element("span", { class: "bar", style: `background: ${gradient(palette)}` });
      const row = [element("span", {}, number(low)), bar, element("span", {}, number(high))];
      return element(
        "div",
        { class: "scale-row", title: what },
        ...row,
        element("span", { class: "scale-what" }, what),
      );
    }),
  );
}

/** A number in three digits, with a true minus. */
export function number(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1000 ? whole(size) : String(Number(size.toPrecision(size < 0.001 ? 1 : 3)));
  return value < 0 ? `−${text}` : text;
}

/** A whole number with its thousands set apart. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
