import { subBandPaths } from "../../compress/settings";
import type { Random } from "../../core/random";
import { addHill, type Canvas } from "./canvas";

/**
 * How classes are coded in phantoms. `natural`: as disease looks, in place, brightness and edges together. `place`:
 * every image has the same soft spots and only where they are tells the class, so that nothing is left without a patch
 * grid. `edges`: a class is a faint texture of one edge scale and orientation at a random place.
 */
export type ClassCode = "natural" | "place" | "edges";

/** Ways for a class to be coded by place: one spot for each class it has, or for each finding one of two spots. */
export interface Spots {
  readonly count: number;
  readonly at: number;
}

const spotHeight = 0.2;
const spotRadius = 0.09;
const edgeHeight = 0.08;
const edgeRadius = 0.13;

/** The Haar sub-band of level 2 that carries class k when classes are coded by edges: all but the averages, in order. */
export function edgeSubBand(k: number): string {
  const paths = subBandPaths(2).slice(1);
  return paths[k % paths.length] as string;
}

/** Adds the soft spot number `at` out of `count`, which lie four in a row. */
export function plantSpot(canvas: Canvas, { at, count }: Spots): void {
  const { channels, rows, cols } = canvas;
  const lines = Math.ceil(count / 4);
  const x = 0.5 + ((at % 4) - 1.5) * 0.22;
  const y = 0.5 + (Math.floor(at / 4) - (lines - 1) / 2) * Math.min(0.25, 0.8 / lines);
  const shape = { x: aligned(x, cols), y: aligned(y, rows), rx: spotRadius, ry: spotRadius };
  addHill(
    canvas,
    shape,
    Array.from({ length: channels }, () => spotHeight),
  );
}

/** Places that differ by whole patches of sub-bands only, so that the transform sees the same spot at each. */
function aligned(share: number, side: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(side / 8)));
  return (Math.round((share * side) / step) * step) / side;
}

/**
 * Adds a texture that lies in one sub-band of Haar's packet of level 2 alone: blocks of 4x4 pixels, each the sub-band's
 * own pattern with a random sign, within a round patch at a random place of the organ.
 */
export function plantEdges(canvas: Canvas, organ: Float32Array, subBand: string, random: Random): void {
  const { pixels, channels, rows, cols } = canvas;
  const centre = placeIn(organ, rows, cols, random);
  const pattern = haarPattern(subBand);
  const reach = edgeRadius * Math.max(rows, cols);
  for (let top = 0; top + 4 <= rows; top += 4) {
    for (let left = 0; left + 4 <= cols; left += 4) {
      const far = Math.hypot(top + 2 - centre.row, left + 2 - centre.col) / reach;
      if (far >= 1) continue;
      const amount = edgeHeight * (1 - far * far) * (random.uniform() < 0.5 ? -1 : 1);
      for (let at = 0; at < 16; at++) {
        const first = (top + (at >> 2)) * cols + left + (at & 3);
        for (let place = first; place < channels * rows * cols; place += rows * cols) {
          pixels[place] = (pixels[place] as number) + amount * (pattern[at] as number);
        }
      }
    }
  }
}

function placeIn(organ: Float32Array, rows: number, cols: number, random: Random): { row: number; col: number } {
  for (let attempt = 0; attempt < 200; attempt++) {
    const [row, col] = [random.integer(rows), random.integer(cols)];
    if ((organ[row * cols + col] as number) > 0.8) return { row, col };
  }
  return { row: rows / 2, col: cols / 2 };
}

/** The 4x4 pixels, each +1 or -1, to which one sub-band of level 2 answers and no other. */
function haarPattern(path: string): readonly number[] {
  // The first letter acts on neighbouring pixels, the second on pairs; high-pass is [-1, 1].
  const sign = (letter: string, high: string, late: number): number => (high.includes(letter) && late === 0 ? -1 : 1);
  const [first, second] = [...path] as [string, string];
  return Array.from({ length: 16 }, (_, at) => {
    const [row, col] = [at >> 2, at & 3];
    const rowSign = sign(first, "HD", row & 1) * sign(second, "HD", row >> 1);
    const colSign = sign(first, "VD", col & 1) * sign(second, "VD", col >> 1);
    return rowSign * colSign;
  });
}
