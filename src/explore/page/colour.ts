import { colourAt, palettes } from "../../display/style";

/** A palette's name. */
export type PaletteName = keyof typeof palettes;

/** The values drawn as the ends of a palette. */
export type Range = readonly [low: number, high: number];

const steps = 256;
const tables = new Map<PaletteName, Uint32Array>();

/** Colours as a canvas holds them, 257 at equal steps. */
function tableOf(name: PaletteName): Uint32Array {
  const known = tables.get(name);
  if (known !== undefined) return known;
  const bytes = new Uint8ClampedArray(4 * (steps + 1));
  for (let at = 0; at <= steps; at++) bytes.set([...colourAt(palettes[name], at / steps), 255], 4 * at);
  const table = new Uint32Array(bytes.buffer);
  tables.set(name, table);
  return table;
}

/** A palette as a CSS gradient. */
export function gradient(name: PaletteName): string {
  return `linear-gradient(to right, ${palettes[name].join(", ")})`;
}

/** A picture in memory that is put on its canvas in one step. */
export interface Surface {
  readonly rows: number;
  readonly cols: number;
  readonly pixels: Uint32Array;
  show(): void;
}

const surfaces = new WeakMap<HTMLCanvasElement, Surface>();

/** The surface of a canvas, of these sides. */
export function surfaceOf(canvas: HTMLCanvasElement, rows: number, cols: number): Surface {
  const known = surfaces.get(canvas);
  if (known?.rows === rows && known.cols === cols) return known;
  canvas.width = cols;
  canvas.height = rows;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const data = new ImageData(cols, rows);
  const pixels = new Uint32Array(data.data.buffer);
  const made: Surface = { rows, cols, pixels, show: () => context.putImageData(data, 0, 0) };
  surfaces.set(canvas, made);
  return made;
}

/** Draws values through a palette, row by row, from a place of the surface on. */
export function paint(
  { pixels, cols: width }: Surface,
  values: Float32Array,
  palette: PaletteName,
  [low, high]: Range,
  { from = 0, step = 1, rows, cols, top = 0, left = 0 }: Patchwork,
): void {
  const table = tableOf(palette);
  const scale = high > low ? steps / (high - low) : 0;
  const empty = high > low ? 0 : palette === "diverging" ? steps / 2 : 0;
  let at = from;
  for (let row = 0; row < rows; row++) {
    let to = (top + row) * width + left;
    for (let col = 0; col < cols; col++, at += step) {
      const place = ((values[at] as number) - low) * scale + empty + 0.5;
      pixels[to++] = table[place < 0 ? 0 : place > steps ? steps : place | 0] as number;
    }
  }
}

/** Where values lie in their array, and where they go. */
export interface Patchwork {
  readonly from?: number;
  readonly step?: number;
  readonly rows: number;
  readonly cols: number;
  readonly top?: number;
  readonly left?: number;
}

/** Draws an image in 0..1, grey or RGB, `[channel, row, col]`. */
export function paintImage(
  canvas: HTMLCanvasElement,
  values: Float32Array,
  [channels, rows, cols]: readonly [number, number, number],
): void {
  const surface = surfaceOf(canvas, rows, cols);
  if (channels === 1) paint(surface, values, "grey", [0, 1], { rows, cols });
  else paintColours(surface.pixels, values, rows * cols);
  surface.show();
}

function paintColours(pixels: Uint32Array, values: Float32Array, size: number): void {
  const byte = (value: number): number => (value <= 0 ? 0 : value >= 1 ? 255 : (value * 255 + 0.5) | 0);
  for (let at = 0; at < size; at++) {
    const [red, green, blue] = [values[at], values[at + size], values[at + 2 * size]] as [number, number, number];
    pixels[at] = byte(red) | (byte(green) << 8) | (byte(blue) << 16) | 0xff000000;
  }
}
