import { allowed, type Wishes } from "../fit";
import type { PageModels } from "../pageData";
import { attackerView } from "./attacker";
import { classifierView } from "./classifierView";
import { compute, type Result } from "./compute";
import { controls } from "./controls";
import { element, freshId } from "./dom";
import { embeddingView } from "./embedding";
import type { View } from "./figure";
import type { PageImage } from "./image";
import { mosaicView } from "./mosaic";
import { noiseView } from "./noiseView";
import { patchLens } from "./patchLens";
import { differenceView, originalView, privatizedView } from "./pictures";
import { readout } from "./readout";
import { type Store, store } from "./state";
import { twinsView } from "./twinsView";

/** One image at one setting: controls, numbers and views. */
export interface Pane {
  readonly root: HTMLElement;
  wish(change: Partial<Wishes>): void;
  /** Draws nothing until it resumes. */
  rest(): void;
  resume(): void;
}

/** @param tell - hears of every result, after it was drawn */
export function pane(
  title: string,
  image: Store<PageImage>,
  start: Wishes,
  models: PageModels,
  tell: (result: Result) => void,
): Pane {
  const wishes = store(start);
  const wish = (change: Partial<Wishes>): void => wishes.set({ ...wishes.value, ...change });
  const chosen = controls(wish);
  const numbers = readout();
  const views = allViews(models, wish);
  const heading = element("h2", { id: freshId("pane") }, title);
  const side = element("div", { class: "side" }, heading, chosen.root, numbers.root);
  const grid = element("div", { class: "views" }, ...views.map((view) => view.root));
  const root = element("section", { class: "pane", "aria-labelledby": heading.id }, side, grid);
  let resting = true;

  function redraw(): void {
    if (resting) return;
    const begun = performance.now();
    const settings = allowed(wishes.value, image.value.shape);
    const result = compute(image.value, settings);
    chosen.show(image.value, settings);
    for (const view of [numbers, ...views]) view.show(result);
    tell(result);
    performance.clearMeasures("redraw");
    performance.measure("redraw", { start: begun });
  }

  function resume(): void {
    resting = false;
    redraw();
  }

  wishes.watch(redraw);
  image.watch(redraw);
  resume();
  return { root, wish, resume, rest: () => void (resting = true) };
}

function allViews({ classifier, decoders }: PageModels, wish: (change: Partial<Wishes>) => void): readonly View[] {
  const [original, privatized] = [originalView(), privatizedView()];
  return [
    original,
    privatized,
    differenceView(),
    mosaicView(),
    embeddingView(),
    patchLens([original.figure, privatized.figure]),
    attackerView(decoders, wish),
    twinsView(),
    noiseView(),
    classifierView(classifier),
  ];
}
