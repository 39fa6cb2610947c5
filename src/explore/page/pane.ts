import { compute, type Result } from "./compute";
import { controls } from "./controls";
import { element, freshId } from "./dom";
import { embeddingView } from "./embedding";
import { mosaicView } from "./mosaic";
import { differenceView, originalView, privatizedView } from "./pictures";
import { readout } from "./readout";
import { allowed, type Wishes } from "../fit";
import { type Store, store } from "./state";
import type { PageImage } from "./image";

/** One image at one setting: controls, numbers and views. */
export interface Pane {
  readonly root: HTMLElement;
  readonly wishes: Store<Wishes>;
  readonly result: Result | undefined;
}

/** @param watchers - told of every result, after the views were drawn */
export function pane(
  title: string,
  image: Store<PageImage>,
  start: Wishes,
  watchers: readonly ((result: Result) => void)[],
): Pane {
  const wishes = store(start);
  const parts = { controls: controls(wishes), readout: readout() };
  const views = [originalView(), privatizedView(), differenceView(), mosaicView(), embeddingView()];
  const heading = element("h2", { id: freshId("pane") }, title);
  const side = element("div", { class: "side" }, heading, parts.controls.root, parts.readout.root);
  const root = element(
    "section",
    { class: "pane", "aria-labelledby": heading.id },
    side,
    element("div", { class: "views" }, ...views.map((view) => view.root)),
  );
  let result: Result | undefined;

  function redraw(): void {
    const begun = performance.now();
    const settings = allowed(wishes.value, image.value.shape);
    const next = compute(image.value, settings);
    parts.controls.show(image.value, settings);
    for (const view of [parts.readout, ...views]) view.show(next);
    result = next;
    for (const watcher of watchers) watcher(next);
    performance.clearMeasures("redraw");
    performance.measure("redraw", { start: begun });
  }

  let ready = false;
  wishes.watch(() => ready && redraw());
  image.watch(() => ready && redraw());
  ready = true;
  redraw();
  return {
    root,
    wishes,
    get result() {
      return result;
    },
  };
}
