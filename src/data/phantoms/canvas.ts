import { Random } from "../../core/random";

/** A picture being drawn: nominally 0..1, `[channel, row, col]`. Places are shares of the height and width, 0..1. */
export interface Canvas {
  readonly pixels: Float32Array;
  readonly channels: number;
  readonly rows: number;
  readonly cols: number;
}

/** An ellipse; radii are shares of height and width, the angle turns it clockwise, in radians. */
export interface Ellipse {
  readonly x: number;
  readonly y: number;
  readonly rx: number;
  readonly ry: number;
  readonly angle?: number;
}

/** A colour, one number a channel; a grey canvas takes the first. */
export type Colour = readonly number[];

/** A canvas of one colour, in the memory of `pixels` where it is given: large batches would else keep the collector busy. */
export function makeCanvas(
  channels: number,
  rows: number,
  cols: number,
  colour: Colour,
  pixels: Float32Array = new Float32Array(channels * rows * cols),
): Canvas {
  for (let channel = 0; channel < channels; channel++) {
    pixels.fill(colour[channel] as number, channel * rows * cols, (channel + 1) * rows * cols);
  }
  return { pixels, channels, rows, cols };
}

/** Covers an ellipse with a colour; `edge` is how soft its border is (0.1: crisp, 1: a cloud). */
export function cover(canvas: Canvas, shape: Ellipse, colour: Colour, edge = 0.2, opacity = 1): void {
  for (const row of lines(canvas, shape, 1 + edge)) {
    const core = runWithin(row, 1 - edge);
    coverEdge(canvas, row, { start: row.start, end: core.start }, { colour, edge, opacity });
    coverCore(canvas, row.offset, core, { colour, opacity });
    coverEdge(canvas, row, { start: core.end, end: row.end }, { colour, edge, opacity });
  }
}

interface Paint {
  readonly colour: Colour;
  readonly opacity: number;
}

function coverEdge(canvas: Canvas, row: Row, run: Run, { colour, edge, opacity }: Paint & { edge: number }): void {
  const { pixels, channels, rows, cols } = canvas;
  const plane = rows * cols;
  for (let col = run.start; col < run.end; col++) {
    const weight = opacity * smoothstep(0.5 + (1 - squaredRadius(row, col)) / (2 * edge));
    for (let channel = 0, at = row.offset + col; channel < channels; channel++, at += plane) {
      const value = pixels[at] as number;
      pixels[at] = value + weight * ((colour[channel] as number) - value);
    }
  }
}

/** Within the border the weight is the same everywhere. */
function coverCore(canvas: Canvas, offset: number, { start, end }: Run, { colour, opacity }: Paint): void {
  const { pixels, channels, rows, cols } = canvas;
  for (let channel = 0; channel < channels; channel++) {
    const tone = colour[channel] as number;
    const first = channel * rows * cols + offset;
    for (let at = first + start; at < first + end; at++) {
      const value = pixels[at] as number;
      pixels[at] = value + opacity * (tone - value);
    }
  }
}

/** Takes an ellipse out of a mask `[row, col]`. */
export function cutOut(mask: Float32Array, rows: number, cols: number, shape: Ellipse, edge = 0.2): void {
  for (const row of lines({ rows, cols }, shape, 1 + edge)) {
    for (let col = row.start; col < row.end; col++) {
      const at = row.offset + col;
      mask[at] = (mask[at] as number) * (1 - smoothstep(0.5 + (1 - squaredRadius(row, col)) / (2 * edge)));
    }
  }
}

/** Adds a soft hill of a colour, times a mask `[row, col]` where there is one. */
export function addHill(canvas: Canvas, shape: Ellipse, colour: Colour, mask?: Float32Array): void {
  const { pixels, channels, rows, cols } = canvas;
  const plane = rows * cols;
  for (const row of lines(canvas, shape, 1)) {
    for (let col = row.start; col < row.end; col++) {
      const slope = 1 - squaredRadius(row, col);
      const weight = slope * slope * (mask === undefined ? 1 : (mask[row.offset + col] as number));
      for (let channel = 0, at = row.offset + col; channel < channels; channel++, at += plane) {
        pixels[at] = (pixels[at] as number) + weight * (colour[channel] as number);
      }
    }
  }
}

/** Columns from `start` to before `end`. */
interface Run {
  readonly start: number;
  readonly end: number;
}

/** The columns of one row that lie in an ellipse; with c the column, the place in its axes is (a c + b, d c + e). */
interface Row extends Run {
  readonly offset: number;
  readonly a: number;
  readonly b: number;
  readonly d: number;
  readonly e: number;
}

/** 0 in the centre of the ellipse, 1 on its border. */
function squaredRadius({ a, b, d, e }: Row, col: number): number {
  const u = a * col + b;
  const v = d * col + e;
  return u * u + v * v;
}

/** The rows of an ellipse, with the columns whose squared radius is below `reach`. */
function lines(
  { rows, cols }: Pick<Canvas, "rows" | "cols">,
  { x, y, rx, ry, angle = 0 }: Ellipse,
  reach: number,
): Row[] {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const halfHeight = Math.sqrt(reach) * Math.hypot(rx * sin, ry * cos);
  const last = Math.min(rows - 1, Math.ceil((y + halfHeight) * rows));
  const [a, d] = [cos / rx / cols, -sin / ry / cols];
  const dx = 0.5 / cols - x;
  const found: Row[] = [];
  for (let at = Math.max(0, Math.floor((y - halfHeight) * rows)); at <= last; at++) {
    const dy = (at + 0.5) / rows - y;
    const [b, e] = [(dx * cos + dy * sin) / rx, (dy * cos - dx * sin) / ry];
    const { start, end } = runWithin({ start: 0, end: cols, a, b, d, e }, reach);
    if (start < end) found.push({ offset: at * cols, start, end, a, b, d, e });
  }
  return found;
}

/** The columns of a row whose squared radius is below `reach`: the ends solve (a c + b)^2 + (d c + e)^2 = reach. */
function runWithin({ start, end, a, b, d, e }: Omit<Row, "offset">, reach: number): Run {
  const square = a * a + d * d;
  const middle = -(a * b + d * e) / square;
  const discriminant = middle * middle - (b * b + e * e - reach) / square;
  if (discriminant <= 0) return { start: end, end };
  const half = Math.sqrt(discriminant);
  const from = Math.max(start, Math.floor(middle - half) + 1);
  const to = Math.min(end, Math.ceil(middle + half));
  return from < to ? { start: from, end: to } : { start: end, end };
}

/** A line that runs along one axis: at every t of that axis it crosses at `centre(t)`. All are shares, 0..1. */
export interface Stripe {
  readonly along: "x" | "y";
  readonly from: number;
  readonly to: number;
  readonly centre: (t: number) => number;
  readonly halfWidth: number;
}

/** Adds a colour along a stripe, most in its middle, times a mask `[row, col]` where there is one. */
export function addStripe(canvas: Canvas, stripe: Stripe, colour: Colour, mask?: Float32Array): void {
  const { rows, cols } = canvas;
  const { along, from, to, centre } = stripe;
  const [length, across] = along === "x" ? [cols, rows] : [rows, cols];
  const width = Math.max(stripe.halfWidth * across, 0.75); // a line thinner than a pixel would break up
  const first = Math.max(0, Math.round(from * length));
  let before = centre((first - 0.5) / length) * across - 0.5;
  for (let step = first; step < Math.min(length, Math.round(to * length)); step++) {
    const middle = centre((step + 0.5) / length) * across - 0.5;
    const steep = Math.min(8, Math.abs(middle - before));
    const half = width * Math.sqrt(1 + steep * steep); // as wide across as a level line
    before = middle;
    const last = Math.min(across - 1, Math.floor(middle + half));
    for (let line = Math.max(0, Math.ceil(middle - half)); line <= last; line++) {
      const at = along === "x" ? line * cols + step : step * cols + line;
      const offset = (line - middle) / half;
      addAt(canvas, at, colour, (1 - offset * offset) * (mask === undefined ? 1 : (mask[at] as number)));
    }
  }
}

function addAt({ pixels, channels, rows, cols }: Canvas, at: number, colour: Colour, weight: number): void {
  for (let channel = 0; channel < channels; channel++) {
    const place = channel * rows * cols + at;
    pixels[place] = (pixels[place] as number) + weight * (colour[channel] as number);
  }
}

/** Darkens by what an ink `[row, col]` lets through: of each channel, full ink takes the share `absorbed` away. */
export function absorb({ pixels, channels, rows, cols }: Canvas, ink: Float32Array, absorbed: Colour): void {
  for (let channel = 0; channel < channels; channel++) {
    const share = absorbed[channel] as number;
    for (let place = 0, at = channel * rows * cols; place < rows * cols; place++, at++) {
      const amount = ink[place] as number;
      if (amount > 0) pixels[at] = (pixels[at] as number) * (1 - share * (amount < 1 ? amount : 1));
    }
  }
}

/** From 0 to 1 with level ends, as t goes from 0 to 1. */
export function smoothstep(t: number): number {
  if (t <= 0) return 0;
  if (t >= 1) return 1;
  return t * t * (3 - 2 * t);
}

const tileSide = 256;
const tileMask = tileSide * tileSide - 1;

/** A square of random numbers that repeats without a seam, mean 0 and standard deviation 1. */
export interface Grain {
  readonly values: Float32Array;
  /** Whether channels get their own, as the noise of a sensor is, or the same. */
  readonly coloured: boolean;
}

/** White noise, averaged over squares of `2 * blur + 1` pixels; always the same for the same arguments. */
function makeGrain(seed: number, blur: number): Grain {
  const random = new Random(seed);
  let values: Float32Array = Float32Array.from({ length: tileSide * tileSide }, () => random.normal());
  for (let pass = 0; pass < 2 && blur > 0; pass++) {
    values = blurLines(blurLines(values, blur, 1), blur, tileSide);
  }
  const spread = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  return { values: values.map((value) => value / spread), coloured: blur === 0 };
}

function blurLines(values: Float32Array, blur: number, stride: number): Float32Array {
  return values.map((_, at) => {
    const start = stride === 1 ? at - (at % tileSide) : at % tileSide;
    const place = stride === 1 ? at % tileSide : Math.floor(at / tileSide);
    let sum = 0;
    for (let step = -blur; step <= blur; step++) {
      sum += values[start + ((place + step + tileSide) % tileSide) * stride] as number;
    }
    return sum;
  });
}

/** Multiplies all by `gain` and adds grain from a random place of its square. */
export function addGrain(canvas: Canvas, { values, coloured }: Grain, random: Random, amount: number, gain = 1): void {
  const { pixels, channels, rows, cols } = canvas;
  const shift = random.integer(tileSide * tileSide);
  for (let line = 0; line < channels * rows; line++) {
    // Grain that differs by channel comes from another part of the square, 85 rows on.
    const row = coloured ? (line % rows) + 85 * Math.floor(line / rows) : line % rows;
    const from = shift + row * tileSide;
    for (let col = 0, at = line * cols; col < cols; col++, at++) {
      pixels[at] = gain * (pixels[at] as number) + amount * (values[(from + col) & tileMask] as number);
    }
  }
}

/** Adds a soft hill of a colour whose height is rough, times a mask `[row, col]` where there is one. */
export function addRoughHill(
  { pixels, channels, rows, cols }: Canvas,
  shape: Ellipse,
  colour: Colour,
  { grain, random, roughness, mask }: Rough,
): void {
  const shift = random.integer(tileSide * tileSide);
  for (const row of lines({ rows, cols }, shape, 1)) {
    const line = shift + (row.offset / cols) * tileSide;
    for (let col = row.start; col < row.end; col++) {
      const share = mask === undefined ? 1 : (mask[row.offset + col] as number);
      if (share === 0) continue;
      const slope = 1 - squaredRadius(row, col);
      const weight = slope * slope * share * (1 + roughness * (grain.values[(line + col) & tileMask] as number));
      for (let channel = 0, at = row.offset + col; channel < channels; channel++, at += rows * cols) {
        pixels[at] = (pixels[at] as number) + weight * (colour[channel] as number);
      }
    }
  }
}

/** How rough a hill is. */
export interface Rough {
  readonly grain: Grain;
  readonly random: Random;
  /** The standard deviation of the height, as a share of it. */
  readonly roughness: number;
  readonly mask?: Float32Array;
}

const grains: (Grain | undefined)[] = [];

/** The grain whose specks are about `2 * blur + 1` pixels wide, made once. */
export function grainOf(blur: number): Grain {
  return (grains[blur] ??= makeGrain(blur + 1, blur));
}
