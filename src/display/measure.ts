import type { SKRSContext2D } from "@napi-rs/canvas";
import { fontSize } from "./style";

/** A rectangle in the units of an SVG drawing, y downwards. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

// Of Arimo and Liberation Sans, in units of the font size; browsers round both to whole pixels.
const ascent = 0.905;
const descent = 0.212;

const emptyBox: Box = { x: 0, y: 0, width: 0, height: 0 };

/**
 * The bounding box of an SVG element in a document that lays nothing out (jsdom): Plotly asks for it to place titles,
 * legends and tick labels. Texts are measured on a canvas; groups are the union of what they hold.
 */
export function boundingBox(element: Element, canvas: SKRSContext2D): Box {
  switch (element.tagName) {
    case "text":
      return textBox(element, canvas);
    case "rect":
    case "image":
      return {
        x: length(element, "x"),
        y: length(element, "y"),
        width: length(element, "width"),
        height: length(element, "height"),
      };
    case "path":
      return pathBox(element.getAttribute("d") ?? "");
    case "g":
    case "svg":
      return [...element.children]
        .map((child) => transformed(child, boundingBox(child, canvas)))
        .reduce(union, emptyBox);
    default:
      return emptyBox;
  }
}

/** The box of a path's points; for curves that of their ends, which is enough for the ticks that are measured. */
function pathBox(d: string): Box {
  let [x, y] = [0, 0];
  const points: { readonly x: number; readonly y: number }[] = [];
  for (const [, command = "", text = ""] of d.matchAll(/([a-zA-Z])([^a-zA-Z]*)/g)) {
    const numbers = (text.match(/-?[\d.]+(e-?\d+)?/g) ?? []).map(Number);
    const [alongX, alongY] = pathEnd(command, numbers);
    const isRelative = command === command.toLowerCase();
    if (alongX !== undefined) x = isRelative ? x + alongX : alongX;
    if (alongY !== undefined) y = isRelative ? y + alongY : alongY;
    if (numbers.length > 0) points.push({ x, y });
  }
  return around(points);
}

function pathEnd(command: string, numbers: readonly number[]): readonly [number | undefined, number | undefined] {
  if (command === "h" || command === "H") return [numbers.at(-1), undefined];
  if (command === "v" || command === "V") return [undefined, numbers.at(-1)];
  return [numbers.at(-2), numbers.at(-1)];
}

/** The smallest box around points. */
function around(points: readonly { readonly x: number; readonly y: number }[]): Box {
  if (points.length === 0) return emptyBox;
  const [xs, ys] = [points.map((point) => point.x), points.map((point) => point.y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

function textBox(element: Element, canvas: SKRSContext2D): Box {
  const lines = [...element.querySelectorAll("tspan.line")];
  return (lines.length === 0 ? [element] : lines).map((line) => lineBox(line, element, canvas)).reduce(union, emptyBox);
}

function lineBox(line: Element, text: Element, canvas: SKRSContext2D): Box {
  const size = sizeOf(line);
  const width = widthOf(line, canvas);
  const anchor = property(text, "text-anchor");
  const left = length(text, "x") - (anchor === "middle" ? width / 2 : anchor === "end" ? width : 0);
  const baseline = length(text, "y") + (parseFloat(line.getAttribute("dy") ?? "0") || 0) * size;
  const above = Math.round(ascent * size);
  return { x: left, y: baseline - above, width, height: above + Math.round(descent * size) };
}

function widthOf(node: Node, canvas: SKRSContext2D): number {
  return [...node.childNodes].reduce((sum, child) => {
    if (child.nodeType !== 3) return sum + widthOf(child, canvas);
    const parent = child.parentElement;
    if (parent === null) return sum;
    canvas.font = `${isBold(parent) ? "bold " : ""}${sizeOf(parent)}px Arimo`;
    return sum + canvas.measureText(child.nodeValue ?? "").width;
  }, 0);
}

function sizeOf(element: Element | null): number {
  if (element === null) return fontSize;
  const size = own(element, "font-size");
  if (size === "") return sizeOf(element.parentElement);
  return size.endsWith("%") ? (parseFloat(size) / 100) * sizeOf(element.parentElement) : parseFloat(size);
}

function isBold(element: Element): boolean {
  const weight = property(element, "font-weight");
  return weight === "bold" || parseInt(weight) >= 600;
}

/** An inherited property, from style or attribute. */
function property(element: Element | null, name: string): string {
  if (element === null) return "";
  return own(element, name) || property(element.parentElement, name);
}

function own(element: Element, name: string): string {
  const { style } = element as SVGElement;
  return (style as CSSStyleDeclaration | undefined)?.getPropertyValue(name) || (element.getAttribute(name) ?? "");
}

function length(element: Element, name: string): number {
  return parseFloat(element.getAttribute(name) ?? "0") || 0;
}

/** As the browser's `getBoundingClientRect`: with the element's own transform and those of all that holds it. */
export function boundingClientBox(element: Element, canvas: SKRSContext2D): Box {
  let box = boundingBox(element, canvas);
  for (let at: Element | null = element; at !== null && at.tagName !== "svg"; at = at.parentElement) {
    box = transformed(at, box);
  }
  return box;
}

/** The box of a box after the element's own `transform`; its last step is done first. */
function transformed(element: Element, box: Box): Box {
  const steps = [...(element.getAttribute("transform") ?? "").matchAll(/(translate|rotate)\(([^)]*)\)/g)].reverse();
  return steps.reduce((moved, [, name, text = ""]) => {
    const [first = 0, second = 0, third = 0] = text.split(/[\s,]+/).map(Number);
    if (name === "rotate") return rotated(moved, (first * Math.PI) / 180, second, third);
    return { ...moved, x: moved.x + first, y: moved.y + second };
  }, box);
}

function rotated(box: Box, angle: number, centreX: number, centreY: number): Box {
  if (angle === 0) return box;
  const corners = [box.x, box.x + box.width].flatMap((x) => [box.y, box.y + box.height].map((y) => ({ x, y })));
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return around(
    corners.map(({ x, y }) => ({
      x: centreX + (x - centreX) * cos - (y - centreY) * sin,
      y: centreY + (x - centreX) * sin + (y - centreY) * cos,
    })),
  );
}

function union(a: Box, b: Box): Box {
  if (a.width === 0 && a.height === 0) return b;
  if (b.width === 0 && b.height === 0) return a;
  return around(
    [a, b].flatMap(({ x, y, width, height }) => [
      { x, y },
      { x: x + width, y: y + height },
    ]),
  );
}
