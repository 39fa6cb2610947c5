import { paintImage } from "./colour";
import { button, element } from "./dom";
import { type PageImage, unitPixels } from "./image";
import { openFile, Unusable } from "./openFile";
import type { Store } from "./state";

/** Chooses the image: those of the page, and files that are opened or dropped. */
export function gallery(images: readonly PageImage[], chosen: Store<PageImage>): HTMLElement {
  const list = element("div", { class: "thumbnails", role: "group", "aria-label": "Images" });
  const said = element("p", { class: "said", role: "status" });
  const picker = element("input", { type: "file", accept: "image/*", hidden: true, "aria-label": "Image file" });
  const open = button("Open an image…", () => picker.click(), { class: "open" });
  const hint = element("p", { class: "hint" }, "or drop a file anywhere. It stays in this page.");

  function add(image: PageImage): void {
    const canvas = element("canvas", { "aria-hidden": "true" });
    paintImage(canvas, unitPixels(image), image.shape);
    const made = button("", () => chosen.set(image), { class: "thumbnail", title: image.name });
    made.append(canvas, element("span", {}, image.name));
    chosen.watch((value) => made.setAttribute("aria-pressed", String(value === image)));
    list.append(made);
  }

  async function take(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    said.textContent = "";
    try {
      const image = await openFile(file);
      add(image);
      chosen.set(image);
      said.textContent = image.note;
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      said.textContent = error.message;
    }
  }

  images.forEach(add);
  picker.addEventListener("change", () => {
    void take(picker.files?.[0]);
    picker.value = "";
  });
  acceptDrops((file) => void take(file));
  const controls = element("div", { class: "opening" }, open, picker, hint);
  return element("section", { class: "gallery", "aria-label": "Choose an image" }, list, controls, said);
}

function acceptDrops(take: (file: File | undefined) => void): void {
  const mark = (on: boolean): void => void document.body.classList.toggle("dropping", on);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    mark(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget === null && mark(false));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    take(event.dataTransfer?.files[0]);
  });
}
