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

export function makeCanvas(channels: number, rows: number, cols: number, colour: Colour): Canvas {
  const pixels = new Float32Array(channels * rows * cols);
  for (let channel = 0; channel < channels; channel++) {
    pixels.fill(colour[channel] as number, channel * rows * cols, (channel + 1) * rows * cols);
  }
  return { pixels, channels, rows, cols };
}

/** Visits the pixels of an ellipse with q, 0 in its centre and 1 on its border, as far as q < reach. */
function visit(canvas: Canvas, shape: Ellipse, reach: number, each: (at: number, q: number) => void): void {
  const { rows, cols } = canvas;
  const { x, y, rx, ry, angle = 0 } = shape;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const far = Math.sqrt(reach);
  const halfX = far * Math.hypot(rx * cos, ry * sin);
  const halfY = far * Math.hypot(rx * sin, ry * cos);
  const top = Math.max(0, Math.floor((y - halfY) * rows));
  const bottom = Math.min(rows - 1, Math.ceil((y + halfY) * rows));
  const left = Math.max(0, Math.floor((x - halfX) * cols));
  const right = Math.min(cols - 1, Math.ceil((x + halfX) * cols));
  for (let row = top; row <= bottom; row++) {
    const dy = (row + 0.5) / rows - y;
    for (let col = left; col <= right; col++) {
      const dx = (col + 0.5) / cols - x;
      const u = (dx * cos + dy * sin) / rx;
      const v = (dy * cos - dx * sin) / ry;
      const q = u * u + v * v;
      if (q < reach) each(row * cols + col, q);
    }
  }
}

/** Covers an ellipse with a colour; `edge` is how soft its border is (0.1: crisp, 1: a cloud). */
export function cover(canvas: Canvas, shape: Ellipse, colour: Colour, edge = 0.2, opacity = 1): void {
  const { pixels, channels, rows, cols } = canvas;
  const plane = rows * cols;
  visit(canvas, shape, 1 + edge, (at, q) => {
    const weight = opacity * smoothstep(0.5 + (1 - q) / (2 * edge));
    for (let channel = 0; channel < channels; channel++) {
      const place = channel * plane + at;
      const value = pixels[place] as number;
      pixels[place] = value + weight * ((colour[channel] as number) - value);
    }
  });
}

/** Takes an ellipse out of a mask `[row, col]`. */
export function cutOut(mask: Float32Array, rows: number, cols: number, shape: Ellipse, edge = 0.2): void {
  visit({ pixels: mask, channels: 1, rows, cols }, shape, 1 + edge, (at, q) => {
    mask[at] = (mask[at] as number) * (1 - smoothstep(0.5 + (1 - q) / (2 * edge)));
  });
}

/** Adds a soft hill of the given height to all channels, times a mask `[row, col]` where there is one. */
export function addHill(canvas: Canvas, shape: Ellipse, height: number, mask?: Float32Array): void {
  const { pixels, channels, rows, cols } = canvas;
  const plane = rows * cols;
  visit(canvas, shape, 1, (at, q) => {
    const amount = height * (1 - q) * (1 - q) * (mask === undefined ? 1 : (mask[at] as number));
    for (let place = at; place < channels * plane; place += plane) pixels[place] = (pixels[place] as number) + amount;
  });
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
  const half = Math.max(stripe.halfWidth * across, 0.75); // a line thinner than a pixel would break up
  for (let step = Math.max(0, Math.round(from * length)); step < Math.min(length, Math.round(to * length)); step++) {
    const middle = centre((step + 0.5) / length) * across - 0.5;
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

/** From 0 to 1 with level ends, as t goes from 0 to 1. */
export function smoothstep(t: number): number {
  if (t <= 0) return 0;
  if (t >= 1) return 1;
  return t * t * (3 - 2 * t);
}

const tileSide = 256;

/** A square of random numbers that repeats without a seam, mean 0 and standard deviation 1. */
export interface Grain {
  readonly values: Float32Array;
}

/** White noise, averaged over squares of `2 * blur + 1` pixels; always the same for the same arguments. */
export function makeGrain(seed: number, blur: number): Grain {
  const random = new Random(seed);
  let values: Float32Array = Float32Array.from({ length: tileSide * tileSide }, () => random.normal());
  for (let pass = 0; pass < 2 && blur > 0; pass++) {
    values = blurLines(blurLines(values, blur, 1), blur, tileSide);
  }
  const spread = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  return { values: values.map((value) => value / spread) };
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

/** Adds grain from a random place of its square, times a mask `[row, col]` where there is one. */
export function addGrain(
  { pixels, channels, rows, cols }: Canvas,
  { values }: Grain,
  random: Random,
  amount: number,
  mask?: Float32Array,
): void {
  const [shiftRow, shiftCol] = [random.integer(tileSide), random.integer(tileSide)];
  const plane = rows * cols;
  for (let channel = 0; channel < channels; channel++) {
    // Channels see other parts of the square, as the grain of a colour sensor differs by channel.
    const turn = channel * 85;
    for (let row = 0; row < rows; row++) {
      const line = ((row + shiftRow + turn) % tileSide) * tileSide;
      const from = channel * plane + row * cols;
      for (let col = 0; col < cols; col++) {
        const weight = mask === undefined ? amount : amount * (mask[row * cols + col] as number);
        const grain = values[line + ((col + shiftCol) & (tileSide - 1))] as number;
        pixels[from + col] = (pixels[from + col] as number) + weight * grain;
      }
    }
  }
}
