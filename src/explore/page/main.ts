import { element } from "./dom";
import { pageData } from "./data";
import { gallery } from "./gallery";
import { openInlined, type PageImage } from "./image";
import { pane } from "./pane";
import { store } from "./state";
import { themeButton } from "./theme";

/** Builds the page from what was written into the document. */
async function start(): Promise<void> {
  const { images: inlined, start: wishes } = pageData();
  const images = await Promise.all(inlined.map(openInlined));
  const chosen = store(images[0] as PageImage);
  const first = pane("Settings", chosen, wishes, []);
  const header = element(
    "header",
    {},
    element(
      "div",
      { class: "title" },
      element("h1", {}, "DeepFixCX explorer"),
      element("p", {}, "What compression keeps of an image, and what it hides."),
    ),
    element("div", { class: "actions" }, themeButton()),
  );
  const panes = element("div", { class: "panes" }, first.root);
  document.body.append(header, element("main", {}, gallery(images, chosen), panes));
  document.body.dataset["ready"] = "yes";
}

void start();
