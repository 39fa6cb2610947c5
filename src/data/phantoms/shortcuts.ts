import { OptionError } from "../../core/errors";
import { inBrief } from "../../core/images";
import type { Random } from "../../core/random";
import { cover, type Canvas } from "./canvas";

/**
 * Signs that have nothing to do with the disease, planted so that a model can be caught using them. Each is 0 (never
 * there) or the degree, up to 1, to which it follows the first class: at 1 it is there exactly when the class is, below
 * that it is there with probability (1 + degree) / 2 with the class and (1 - degree) / 2 without.
 */
export interface Shortcuts {
  /** A bright mark in the upper left corner. */
  readonly mark: number;
  /** A fine checkerboard over the whole image, as of another scanner: detail D of the first level. */
  readonly texture: number;
  /** All values raised by 0.06. */
  readonly brightness: number;
}

export const noShortcuts: Shortcuts = { mark: 0, texture: 0, brightness: 0 };

/** @throws OptionError when a degree is not in 0..1 */
export function checkShortcuts(shortcuts: Shortcuts): void {
  for (const [name, degree] of Object.entries(shortcuts) as [string, number][]) {
    if (degree >= 0 && degree <= 1) continue;
    throw new OptionError({ where: "datasets.phantom", required: `shortcuts.${name} in 0..1`, got: inBrief(degree) });
  }
}

/** Draws the shortcuts that this image gets. */
export function applyShortcuts(canvas: Canvas, shortcuts: Shortcuts, withClass: boolean, random: Random): void {
  const planted = (degree: number): boolean => {
    const chance = (1 + (withClass ? degree : -degree)) / 2;
    return random.uniform() < chance && degree > 0;
  };
  if (planted(shortcuts.mark)) drawMark(canvas);
  if (planted(shortcuts.texture)) drawTexture(canvas);
  if (planted(shortcuts.brightness)) canvas.pixels.forEach((value, at) => (canvas.pixels[at] = value + 0.06));
}

function drawMark(canvas: Canvas): void {
  const white = Array.from({ length: canvas.channels }, () => 0.95);
  cover(canvas, { x: 0.075, y: 0.075, rx: 0.035, ry: 0.035 }, white, 0.1);
}

function drawTexture({ pixels, channels, rows, cols }: Canvas): void {
  for (let line = 0; line < channels * rows; line++) {
    for (let col = 0; col < cols; col++) {
      pixels[line * cols + col] = (pixels[line * cols + col] as number) + ((line + col) % 2 === 0 ? 0.015 : -0.015);
    }
  }
}
