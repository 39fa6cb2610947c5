import { checkFit, type CompressSettings, type Pooling, subBandShape, toSettings } from "../compress/settings";
import type { WaveletName } from "../compress/wavelets";
import { OptionError } from "../core/errors";

// What both the page and those who write one know of images and settings that fit each other.

/** The longest side of an image that is opened from a file: the paper's size, at which every move is drawn at once. */
export const longestSide = 320;
/** The shortest side of an image that the page can use. */
export const shortestSide = 8;
const deepest = 8;
/** How many images a page holds at most: more make it slow to open, and too large to send. */
const mostImages = 200;
const where = "explore";

/** What a person asks for; the patch grid may be more than an image allows. */
export interface Wishes {
  readonly level: number;
  readonly patchGrid: number;
  readonly wavelet: WaveletName;
  readonly pooling: Pooling;
}

type Shape = readonly [channel: number, row: number, col: number];

/** The deepest level at which an image still has a pixel for every sub-band, as far as the page goes. */
export function mostLevels([, rows, cols]: Shape): number {
  return Math.min(deepest, Math.floor(Math.log2(Math.min(rows, cols))));
}

/** The most patches an axis that an image allows at a level. */
export function mostPatches([, rows, cols]: Shape, level: number): number {
  return Math.min(...subBandShape(level, [rows, cols]));
}

/** Wishes of which some may be left out. */
export type SomeWishes = { readonly [Name in keyof Wishes]?: Wishes[Name] | undefined };

/**
 * What a page starts with. The first image must allow what is asked for; what is left out is (2, 19), haar and l1, or the
 * nearest that an image allows.
 *
 * @throws OptionError when a setting is not allowed, or the level is more than the page's slider has
 * @throws ShapeError when the image does not allow the level or the patch grid
 */
export function startWith(asked: SomeWishes, first: Shape): Wishes {
  const { level = 2, patchGrid = 19, wavelet = "haar", pooling = "l1" } = asked;
  const wishes = { level, patchGrid, wavelet, pooling };
  toSettings(wishes, where);
  const { level: nearest, patchGrid: grid } = allowed(wishes, first);
  const started = { ...wishes, level: asked.level ?? nearest, patchGrid: asked.patchGrid ?? grid };
  checkFit(toSettings(started, where), first, where);
  if (level > deepest) {
    throw new OptionError({
      where,
      required: `level at most ${deepest}, as the page's slider has it`,
      got: `${level}`,
    });
  }
  return wishes;
}

/**
 * Checks that a page can hold so many images.
 *
 * @throws OptionError when there are more
 */
export function checkCount(images: number): void {
  if (images <= mostImages) return;
  const required = `at most ${mostImages} images in a page`;
  throw new OptionError({ where, required, got: `${images}`, remedy: "choose the ones to look at" });
}

/** The settings nearest to the wishes that an image allows. */
export function allowed(wishes: Wishes, shape: Shape): CompressSettings {
  const level = Math.min(wishes.level, mostLevels(shape));
  return toSettings({ ...wishes, level, patchGrid: Math.min(wishes.patchGrid, mostPatches(shape, level)) }, where);
}

/** The sides of an image once it is scaled so that none is longer than {@link longestSide}. */
export function scaledSides(rows: number, cols: number): readonly [rows: number, cols: number] {
  const scale = Math.min(1, longestSide / Math.max(rows, cols));
  return [Math.max(1, Math.round(rows * scale)), Math.max(1, Math.round(cols * scale))];
}

/** Tells of scaling, in the page's words. */
export function scalingNote(from: readonly [rows: number, cols: number], to: readonly [number, number]): string {
  return from[0] === to[0] && from[1] === to[1]
    ? ""
    : `Scaled from ${from[1]} × ${from[0]} to ${to[1]} × ${to[0]} pixels.`;
}
