import { colourAt, notANumber, palettes, rgb } from "./style";
import type { Tile } from "./view";

type Colour = readonly [red: number, green: number, blue: number];

/** How much of the grey below an overlay at its strongest still shows. */
const overlayStrength = 0.85;

/** The pixels of a tile, `[row, col, 4]` of red, green, blue and opacity in 0..255. */
export function tilePixels(tile: Tile): Uint8ClampedArray {
  const [channels, rows, cols] = tile.shape;
  const size = rows * cols;
  const pixels = new Uint8ClampedArray(size * 4);
  const table = colourTable(tile.palette);
  for (let at = 0; at < size; at++) {
    const colour = channels === 3 ? rgbPixel(tile, at, size) : mappedPixel(tile, at, table);
    pixels.set([...colour, 255], at * 4);
  }
  return pixels;
}

/** True where a tile holds a value that is not a number. */
export function hasNotANumber({ values }: Tile): boolean {
  return values.some((value) => Number.isNaN(value));
}

/**
 * Where a value lies in a range, 0..1, clamped. A range without width has one value: the start of a scale of
 * magnitudes and the middle of a signed one, so that a map of zeros is drawn as zero.
 */
export function position(value: number, [low, high]: Tile["range"], palette: Tile["palette"]): number {
  if (high <= low && value === low) return palette === "diverging" ? 0.5 : 0;
  if (high <= low) return value > low ? 1 : 0;
  return Math.min(Math.max((value - low) / (high - low), 0), 1);
}

function mappedPixel({ values, range, palette, over }: Tile, at: number, table: readonly Colour[]): Colour {
  const value = values[at] ?? NaN;
  if (Number.isNaN(value)) return rgb(notANumber);
  const place = position(value, range, palette);
  const colour = table[Math.round(place * (table.length - 1))] as Colour;
  if (over === undefined) return colour;
  const strength = overlayStrength * (palette === "diverging" ? Math.abs(2 * place - 1) : place);
  const grey = 255 * Math.min(Math.max(over[at] ?? 0, 0), 1);
  const mix = (channel: 0 | 1 | 2): number => grey + (colour[channel] - grey) * strength;
  return [mix(0), mix(1), mix(2)];
}

function rgbPixel({ values, range, palette }: Tile, at: number, size: number): Colour {
  const channels = [values[at] ?? NaN, values[at + size] ?? NaN, values[at + 2 * size] ?? NaN] as const;
  if (channels.some((value) => Number.isNaN(value))) return rgb(notANumber);
  const [red, green, blue] = channels;
  return [
    255 * position(red, range, palette),
    255 * position(green, range, palette),
    255 * position(blue, range, palette),
  ];
}

function colourTable(palette: Tile["palette"]): readonly Colour[] {
  const steps = 256 + 1; // odd, so that a diverging scale has a middle
  return Array.from({ length: steps }, (_, index) => colourAt(palettes[palette], index / (steps - 1)));
}
