import { type Orientation, subBandsOf } from "../../explain/bands";
import type { PageClassifier } from "../pageData";
import { classifierFor } from "./classify";
import { paint, surfaceOf } from "./colour";
import type { Result } from "./compute";
import { element } from "./dom";
import { figure, number, showScale, type View } from "./figure";

/** What a small classifier reads from the privatized image, where it looks and at which edges. */
export function classifierView(model: PageClassifier): View {
  const view = figure(`A classifier: ${model.finding.toLowerCase()}`, "classifier");
  const classify = classifierFor(model);
  const [score, edges] = [element("p", { class: "score" }), element("div", { class: "edges" })];
  const about = element(
    "p",
    { class: "caption" },
    `Logistic regression on ${model.side} × ${model.side} means of synthetic chest phantoms, shown the privatized image (AUC ${model.auc} on ${model.images} unseen phantoms, not privatized). No diagnosis.`,
  );
  view.root.classList.add("double", "beside");
  view.caption.before(score);
  view.caption.after(edges, about);

  function refuse(): void {
    view.root.classList.add("idle");
    score.textContent = "It was trained on grey images, and does not read colour.";
    for (const part of [view.scale, edges]) part.replaceChildren();
    view.caption.textContent = "";
  }

  return {
    root: view.root,
    show(result) {
      if (result.image.shape[0] !== 1) return refuse();
      view.root.classList.remove("idle");
      const { original, privatized, attribution } = classify(result);
      score.replaceChildren(
        ...[
          "From the original ",
          strong(percent(original)),
          ", from the privatized image ",
          strong(percent(privatized)),
        ],
      );
      drawPlaces(view, result, attribution);
      edges.replaceChildren(edgeTable(result.settings.level, attribution));
    },
  };
}

function drawPlaces(view: ReturnType<typeof figure>, { layout }: Result, attribution: Float32Array): void {
  const [rows, cols] = layout.grid;
  const places = new Float32Array(rows * cols);
  for (let at = 0; at < attribution.length; at++) (places[at % places.length] as number) += attribution[at] as number;
  const end = places.reduce((far, value) => Math.max(far, Math.abs(value)), 0);
  const surface = surfaceOf(view.canvas, rows, cols);
  paint(surface, places, "diverging", [-end, end], { rows, cols });
  surface.show();
  showScale(view.scale, [["diverging", [-end, end], "of the logit"]]);
  view.describe(`What each of ${rows} by ${cols} patches adds to the score, compared with the mean phantom`);
  view.caption.textContent =
    "By patch and, below, by edge: what the numbers add to the logit, compared with the mean phantom.";
}

const orientations: readonly Exclude<Orientation, "smooth">[] = ["vertical", "horizontal", "diagonal"];

/** Rows are edge widths, columns orientations; brightness in a row of its own. */
function edgeTable(level: number, attribution: Float32Array): HTMLTableElement {
  const bands = subBandsOf(level);
  const size = attribution.length / bands.length;
  const sums = new Map<string, number>();
  bands.forEach(({ orientation, edgeWidth }, band) => {
    const key = orientation === "smooth" ? "smooth" : `${edgeWidth} ${orientation}`;
    let sum = sums.get(key) ?? 0;
    for (let at = band * size; at < (band + 1) * size; at++) sum += attribution[at] as number;
    sums.set(key, sum);
  });
  const widths = Array.from({ length: level }, (_, at) => 2 ** (at + 1));
  const cell = (key: string, span = 1): HTMLTableCellElement =>
    element("td", { colspan: span }, number(Number((sums.get(key) ?? 0).toFixed(2))));
  const head = ["edges", ...orientations].map((text) => element("th", { scope: "col" }, text));
  return element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...head)),
    element(
      "tbody",
      {},
      ...widths.map((width) =>
        element(
          "tr",
          {},
          element("th", { scope: "row" }, `${width} px`),
          ...orientations.map((orientation) => cell(`${width} ${orientation}`)),
        ),
      ),
      element("tr", {}, element("th", { scope: "row" }, "brightness"), cell("smooth", 3)),
    ),
  );
}

function strong(text: string): HTMLElement {
  return element("strong", {}, text);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
