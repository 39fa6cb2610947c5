import { paintImage } from "./colour";
import { button, element } from "./dom";
import { type PageImage, unitPixels } from "./image";
import { openFile, Unusable } from "./openFile";
import type { Store } from "./state";

/** Chooses the image: those of the page, and files that are opened or dropped. */
export function gallery(images: readonly PageImage[], chosen: Store<PageImage>): HTMLElement {
  const list = element("div", { class: "thumbnails", role: "group", "aria-label": "Images" });
  const said = element("p", { class: "said", role: "status" });
  const picker = element("input", {
    type: "file",
    accept: "image/*",
    multiple: true,
    hidden: true,
    "aria-label": "Image files",
  });
  const open = button("Open an image…", () => picker.click(), { class: "open" });
  const hint = element("p", { class: "hint" }, "or drop a file anywhere. It stays in this page.");

  function add(image: PageImage): void {
    const canvas = element("canvas", { "aria-hidden": "true" });
    paintImage(canvas, unitPixels(image), image.shape);
    const made = button("", () => chosen.set(image), { class: "thumbnail", title: image.id });
    made.append(canvas, element("span", {}, image.name));
    chosen.watch((value) => made.setAttribute("aria-pressed", String(value === image)));
    list.append(made);
  }

  /** Opens a file, and gives what there is to say of it. */
  async function take(file: File): Promise<string> {
    try {
      const image = await openFile(file);
      add(image);
      chosen.set(image);
      return image.note;
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      return error.message;
    }
  }

  async function takeAll(files: readonly File[]): Promise<void> {
    said.textContent = "";
    const notes = new Set<string>();
    for (const file of files) notes.add(await take(file));
    said.textContent = [...notes].join(" ").trim();
  }

  images.forEach(add);
  picker.addEventListener("change", () => {
    void takeAll([...(picker.files ?? [])]);
    picker.value = "";
  });
  acceptDrops((files) => void takeAll(files));
  const controls = element("div", { class: "opening" }, open, picker, hint);
  return element("section", { class: "gallery", "aria-label": "Choose an image" }, list, controls, said);
}

function acceptDrops(take: (files: readonly File[]) => void): void {
  const mark = (on: boolean): void => void document.body.classList.toggle("dropping", on);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    mark(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget === null && mark(false));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    take([...(event.dataTransfer?.files ?? [])]);
  });
}
