import { element, slider } from "./dom";
import type { Result } from "./compute";
import { type Figure, figure, type View, whole } from "./figure";
import { showBandScales } from "./mosaic";
import { labelBands, meanOverChannels, paintBands } from "./nested";
import { dragPatches, footprint, outline, type Patches } from "./selection";

/**
 * Which pixels share their numbers: patches that are dragged out on a picture, or chosen by two sliders.
 *
 * @param pictures - where patches are dragged out and outlined
 */
export function patchLens(pictures: readonly Figure[]): View {
  const view = figure("One patch, its numbers", "lens");
  let patches: Patches | undefined;
  let latest: Result | undefined;
  const row = slider("Patch row", 1, (value) => choose(single(value - 1, patches?.left ?? 0)));
  const col = slider("Patch column", 1, (value) => choose(single(patches?.top ?? 0, value - 1)));

  function choose(next: Patches): void {
    patches = next;
    if (latest !== undefined) show(latest);
  }

  function show(result: Result): void {
    latest = result;
    const [rows, cols] = result.layout.grid;
    patches = inside(patches ?? middle(rows, cols), rows, cols);
    const covered = footprint(result, patches);
    for (const picture of pictures) outline(picture, result, covered);
    row.show(patches.top + 1, rows, spanInWords(patches.top, patches.bottom, rows));
    col.show(patches.left + 1, cols, spanInWords(patches.left, patches.right, cols));
    drawNumbers(view, result, patches);
    const pixels = (covered.bottom - covered.top) * (covered.right - covered.left);
    view.caption.textContent = words(result, patches, pixels);
  }

  for (const picture of pictures) dragPatches(picture, () => latest, choose);
  view.root.append(element("div", { class: "pair" }, row.root, col.root));
  return { root: view.root, show };
}

function drawNumbers(view: Figure, { image, settings, layout, embedding }: Result, patches: Patches): void {
  const { top, left, bottom, right } = patches;
  const [rows, cols] = [bottom - top + 1, right - left + 1];
  const all = meanOverChannels(embedding.values, image.shape[0]);
  const bands = 4 ** settings.level;
  const values = new Float32Array(bands * rows * cols);
  for (let band = 0, to = 0; band < bands; band++) {
    for (let line = top; line <= bottom; line++, to += cols) {
      const from = (band * layout.grid[0] + line) * layout.grid[1] + left;
      values.set(all.subarray(from, from + cols), to);
    }
  }
  showBandScales(view.scale, paintBands(view.canvas, { values, level: settings.level, rows, cols }));
  labelBands(view.overlay, settings.level);
  view.describe(`The numbers of the chosen patches, ${bands} a patch`);
}

function words({ settings, image }: Result, { top, left, bottom, right }: Patches, pixels: number): string {
  if (pixels === 0) return "Here is only the margin that fills the patch grid up. Drag on a picture to choose.";
  const patches = (bottom - top + 1) * (right - left + 1);
  const numbers = patches * 4 ** settings.level * image.shape[0];
  const [who, verb] = patches === 1 ? ["These", "share"] : [`In ${whole(patches)} patches,`, "share"];
  const of = whole(pixels * image.shape[0]);
  const where = "where in its patch a pixel stood, they do not say.";
  return `${who} ${of} pixel values ${verb} ${whole(numbers)} ${numbers === 1 ? "number" : "numbers"}; ${where} Drag on a picture to choose.`;
}

function single(row: number, col: number): Patches {
  return { top: row, bottom: row, left: col, right: col };
}

function middle(rows: number, cols: number): Patches {
  return single(Math.floor(rows / 2), Math.floor(cols / 2));
}

function inside({ top, left, bottom, right }: Patches, rows: number, cols: number): Patches {
  const [lastRow, lastCol] = [rows - 1, cols - 1];
  return {
    top: Math.min(top, lastRow),
    bottom: Math.min(bottom, lastRow),
    left: Math.min(left, lastCol),
    right: Math.min(right, lastCol),
  };
}

function spanInWords(from: number, to: number, count: number): string {
  return from === to ? `${from + 1} of ${count}` : `${from + 1} to ${to + 1} of ${count}`;
}
