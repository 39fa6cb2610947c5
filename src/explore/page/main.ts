import { compareButton } from "./compare";
import { pageData } from "./data";
import { element } from "./dom";
import { gallery } from "./gallery";
import { openInlined, type PageImage } from "./image";
import { tellOutside } from "./outside";
import { pane } from "./pane";
import { store } from "./state";
import { themeButton } from "./theme";
import { tour } from "./tour";

/** Builds the page from what was written into the document. */
async function start(): Promise<void> {
  const { images: inlined, start: wishes, models } = pageData();
  const images = await Promise.all(inlined.map(openInlined));
  const chosen = store(images[0] as PageImage);
  const first = pane("Settings", chosen, wishes, models, tellOutside);
  const panes = element("div", { class: "panes" }, first.root);
  const compare = compareButton(panes, () =>
    pane("Other settings", chosen, { ...wishes, level: 1, patchGrid: 19 }, models, () => undefined),
  );
  const guide = tour((set, image) => {
    chosen.set(images[image] ?? chosen.value);
    first.wish({ ...set, wavelet: "haar", pooling: "l1" });
    return first.root;
  });
  const title = element(
    "div",
    { class: "title" },
    element("h1", {}, "DeepFixCX explorer"),
    element("p", {}, "What compression keeps of an image, and what it hides."),
  );
  const actions = element("div", { class: "actions" }, guide.opener, compare, themeButton());
  const main = element("main", {}, gallery(images, chosen), guide.root, panes);
  document.body.append(element("header", {}, title, actions), main);
  document.body.dataset["ready"] = "yes";
  performance.mark("usable");
}

void start();
