import type { Result } from "./compute";
import type { Figure } from "./figure";
import { element } from "./dom";

/** Patches from one corner to another, both included. */
export interface Patches {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** Pixels of an image that patches cover. */
export interface Footprint {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** The pixels whose numbers these patches hold, as far as they lie in the image. */
export function footprint({ layout, settings, image }: Result, patches: Patches): Footprint {
  const side = 2 ** settings.level;
  const edge = (axis: 0 | 1, patch: number): number => {
    const pixel = (patch * layout.patch[axis] - layout.before[axis]) * side;
    return Math.min(image.shape[(axis + 1) as 1 | 2], Math.max(0, pixel));
  };
  return {
    top: edge(0, patches.top),
    bottom: edge(0, patches.bottom + 1),
    left: edge(1, patches.left),
    right: edge(1, patches.right + 1),
  };
}

/** The patch that a pixel belongs to. */
export function patchAt({ layout, settings }: Result, row: number, col: number): readonly [row: number, col: number] {
  const side = 2 ** settings.level;
  const along = (axis: 0 | 1, pixel: number): number => {
    const patch = Math.floor((Math.floor(pixel / side) + layout.before[axis]) / layout.patch[axis]);
    return Math.min(layout.grid[axis] - 1, Math.max(0, patch));
  };
  return [along(0, row), along(1, col)];
}

/** Where the image lies on its square stage, in shares of the stage. */
function place([, rows, cols]: readonly [number, number, number]): { x: number; y: number; scale: number } {
  const longest = Math.max(rows, cols);
  return { x: (1 - cols / longest) / 2, y: (1 - rows / longest) / 2, scale: 1 / longest };
}

/** Draws the outline of pixels over a figure. */
export function outline(figure: Figure, { image }: Result, { top, left, bottom, right }: Footprint): void {
  const { x, y, scale } = place(image.shape);
  const percent = (value: number): string => `${100 * value}%`;
  const box = (figure.overlay.firstElementChild ?? element("div", { class: "outline" })) as HTMLElement;
  box.style.left = percent(x + left * scale);
  box.style.top = percent(y + top * scale);
  box.style.width = percent((right - left) * scale);
  box.style.height = percent((bottom - top) * scale);
  if (!box.isConnected) figure.overlay.append(box);
}

/** Lets a person drag out patches on a figure. */
export function dragPatches(
  figure: Figure,
  result: () => Result | undefined,
  choose: (patches: Patches) => void,
): void {
  let start: readonly [row: number, col: number] | undefined;
  const patchUnder = (event: PointerEvent): readonly [row: number, col: number] | undefined => {
    const now = result();
    if (now === undefined) return undefined;
    const { left, top, width, height } = figure.canvas.getBoundingClientRect();
    const { x, y, scale } = place(now.image.shape);
    return patchAt(now, ((event.clientY - top) / height - y) / scale, ((event.clientX - left) / width - x) / scale);
  };
  const move = (event: PointerEvent): void => {
    const [from, to] = [start, patchUnder(event)];
    if (from === undefined || to === undefined) return;
    choose({
      top: Math.min(from[0], to[0]),
      bottom: Math.max(from[0], to[0]),
      left: Math.min(from[1], to[1]),
      right: Math.max(from[1], to[1]),
    });
  };
  figure.canvas.classList.add("draggable");
  figure.canvas.addEventListener("pointerdown", (event) => {
    figure.canvas.setPointerCapture(event.pointerId);
    start = patchUnder(event);
    move(event);
  });
  figure.canvas.addEventListener("pointermove", move);
  for (const end of ["pointerup", "pointercancel"]) figure.canvas.addEventListener(end, () => (start = undefined));
}
