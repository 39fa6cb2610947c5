import type { Page, Picture, Table, Tile } from "../display/view";
import type { ImageAttribution } from "./imageAttribution";

const mostShown = 6;

const methodNames: Readonly<Record<ImageAttribution["method"], string>> = {
  integratedGradients: "integrated gradients",
  gradCam: "Grad-CAM",
};

/** What was computed, and maps over the privatized images that the network saw. */
export function imageAttributionView(attribution: ImageAttribution): Page {
  const { target } = attribution;
  return {
    kind: "page",
    title: `What speaks for or against ${target}`,
    views: [facts(attribution), maps(attribution)],
  };
}

function facts({ method, baseline, steps, ids, scores, completenessGap, settings }: ImageAttribution): Table {
  const grid = settings?.patchGrid;
  const sees = settings === undefined ? "pixels" : `images privatized at J=${settings.level}, P=${String(grid)}`;
  return {
    kind: "table",
    columns: [{ name: "" }, { name: "value", digits: 2 }],
    rows: [
      ["method", methodNames[method]],
      [
        "starts from",
        method === "gradCam" ? "empty last maps" : baseline === "zero" ? "a black image" : "the mean image",
      ],
      ["the network sees", sees],
      ["images", ids.length],
      ["mean logit", scores.reduce((sum, value) => sum + value, 0) / Math.max(1, scores.length)],
      ["completeness gap, largest", completenessGap.toExponential(1)],
      ...(steps === undefined ? [] : [["nodes", steps]]),
    ],
    note: "Completeness gap: by how much the values of an image miss the difference of the logits, over that difference where it is above 1. Grad-CAM drops what speaks against the class and makes no claim to be complete.",
  };
}

function maps({ values, seen, shape, ids, method, target }: ImageAttribution): Picture {
  const [, rows, cols] = shape;
  const size = rows * cols;
  const shown = ids.slice(0, mostShown);
  const signed = method === "integratedGradients";
  const high = mostOf(values.subarray(0, shown.length * size));
  const range = signed ? ([-high, high] as const) : ([0, high] as const);
  const tile = (id: string, image: number): Tile => ({
    label: id,
    values: values.slice(image * size, (image + 1) * size),
    shape: [1, rows, cols],
    range,
    palette: signed ? "diverging" : "sequential",
    ...(seen.length === 0
      ? {}
      : { over: seen.slice(image * size, (image + 1) * size).map((value) => Math.min(1, Math.max(0, value))) }),
  });
  return {
    kind: "picture",
    title: `Where ${target} is read from, by ${methodNames[method]}`,
    alt: `Maps of ${methodNames[method]} for ${shown.length} images`,
    tiles: shown.map(tile),
    tileWidth: 200,
    note: `${seen.length === 0 ? "The network saw pixels, which are not shown." : "Drawn over the privatized images that the network saw."} One scale for all, which ends where 1 % of the pixels are stronger.`,
  };
}

/** Where the strongest hundredth begins. */
function mostOf(values: Float32Array): number {
  const sorted = values.map(Math.abs).sort();
  return sorted[Math.floor(0.99 * sorted.length)] ?? 0;
}
