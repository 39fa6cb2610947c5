import type { Images } from "../core/images";
import type { Random } from "../core/random";

/** Where a square block of pixels lies. */
export interface Block {
  readonly row: number;
  readonly col: number;
  readonly side: number;
}

/** One image's pixels. */
export interface ImagePixels {
  readonly pixels: Images["pixels"];
  readonly shape: readonly [channel: number, row: number, col: number];
}

/** The pixels of a block, `[channel, row, col]`. */
export function cutBlock(
  { pixels, shape: [channels, rows, cols] }: ImagePixels,
  { row, col, side }: Block,
): Float64Array {
  const block = new Float64Array(channels * side * side);
  for (let line = 0; line < channels * side; line++) {
    const from = (Math.floor(line / side) * rows + row + (line % side)) * cols + col;
    block.set(pixels.subarray(from, from + side), line * side);
  }
  return block;
}

/** Puts pixels where a block was. */
export function pasteBlock(
  { pixels, shape: [channels, rows, cols] }: ImagePixels,
  { row, col, side }: Block,
  block: Float64Array,
): void {
  for (let line = 0; line < channels * side; line++) {
    const to = (Math.floor(line / side) * rows + row + (line % side)) * cols + col;
    pixels.set(block.subarray(line * side, (line + 1) * side), to);
  }
}

/** How {@link arrange} chooses. */
export interface ArrangeOptions {
  readonly aim: "detail" | "far" | "towards images";
  /** Rows and columns of a block. */
  readonly side: number;
  /** Whether blocks may also be mirrored. */
  readonly mirrors: boolean;
  readonly random: Random;
}

/** Rounds of trying every pair of places; more change little. */
const rounds = 4;

/**
 * The blocks in another order, each perhaps mirrored, so that place by place they are near to the goals, or far from
 * them: two blocks change places as long as that brings both together nearer to the aim.
 */
export function arrange(
  blocks: readonly Float64Array[],
  goals: readonly Float64Array[],
  { aim, side, mirrors, random }: ArrangeOptions,
): Float64Array[] {
  const views = blocks.map((block) => (mirrors ? mirrored(block, side) : [block]));
  const fits = views.map((own, block) => goals.map((goal, place) => bestView(own, goal, block === place, aim)));
  const at = random.shuffle(blocks.map((_, block) => block));
  const cost = (place: number, block: number): number => (fits[block] as Fit[])[place]?.cost ?? 0;
  for (let round = 0; round < rounds; round++) {
    for (let a = 0; a < at.length; a++) {
      for (let b = a + 1; b < at.length; b++) {
        const [x, y] = [at[a] as number, at[b] as number];
        if (cost(a, y) + cost(b, x) < cost(a, x) + cost(b, y)) [at[a], at[b]] = [y, x];
      }
    }
  }
  return at.map((block, place) => (fits[block] as Fit[])[place]?.view ?? (blocks[block] as Float64Array));
}

interface Fit {
  readonly view: Float64Array;
  readonly cost: number;
}

/** Staying in place costs this when detail is to move: more than any difference of brightness. */
const costOfStaying = 1e9;

function bestView(views: readonly Float64Array[], goal: Float64Array, own: boolean, aim: ArrangeOptions["aim"]): Fit {
  if (aim === "detail") {
    // Any view keeps the brightness; only where the block comes from costs.
    const [same = goal, turned = same] = views;
    const view = own ? (views[views.length - 1] ?? same) : turned;
    return { view, cost: own ? costOfStaying : (mean(view) - mean(goal)) ** 2 };
  }
  const sign = aim === "far" ? -1 : 1;
  const fits = views.map((view) => ({ view, cost: sign * distance(view, goal) }));
  return fits.reduce((best, fit) => (fit.cost < best.cost ? fit : best));
}

/** The block, and the block mirrored left to right, top to bottom, and both ways. */
function mirrored(block: Float64Array, side: number): Float64Array[] {
  // Channels lie below each other and must not change places.
  const view = (row: (y: number) => number, col: (x: number) => number): Float64Array =>
    block.map((_, at) => {
      const [line, x] = [Math.floor(at / side), at % side];
      const channel = Math.floor(line / side);
      return block[(channel * side + row(line % side)) * side + col(x)] as number;
    });
  const [same, flip] = [(at: number) => at, (at: number) => side - 1 - at];
  return [block, view(same, flip), view(flip, same), view(flip, flip)];
}

function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += ((a[at] as number) - (b[at] as number)) ** 2;
  return sum;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
