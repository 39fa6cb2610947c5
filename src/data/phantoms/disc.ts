import type { Random } from "../../core/random";
import { absorb, addGrain, addHill, addStripe, cover, grainOf, makeCanvas, type Canvas } from "./canvas";
import type { PhantomKind } from "./kind";

interface Eye {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly cup: number;
  readonly fundus: readonly number[];
  readonly vessels: Random;
}

/** How wide the cup is, as a share of the disc: the sign of glaucoma. Means and spreads overlap, as they do in people. */
const cupShares = [
  { mean: 0.36, spread: 0.07 },
  { mean: 0.54, spread: 0.08 },
  { mean: 0.76, spread: 0.07 },
] as const;

/** Crops of the optic disc in three stages; shares from the counts of Kim's Eye Hospital (DOI 10.7910/DVN/1YRRAC). */
export const disc: PhantomKind = {
  title: "colour photographs of the optic disc",
  channels: 3,
  size: [128, 128],
  labels: "single",
  classes: [
    { name: "normal_control", present: 788 / 1544, uncertain: 0 },
    { name: "early_glaucoma", present: 289 / 1544, uncertain: 0 },
    { name: "advanced_glaucoma", present: 467 / 1544, uncertain: 0 },
  ],
  labelNoise: 0.03,
  id: (_, __, image, className) => `${className}/${image}`,
  draw: ([rows, cols], person, picture, pixels) => {
    const eye = movedEye(makeEye(person), picture.fork("place"));
    const canvas = makeCanvas(3, rows, cols, eye.fundus, pixels);
    drawFundus(canvas, eye);
    let [stage, nerveLoss]: [0 | 1 | 2, Random | undefined] = [0, undefined];
    return {
      canvas,
      organ: () => discMask(rows, cols, eye),
      plant: (k, random) => {
        stage = k as 1 | 2; // its cup instead of the healthy one
        if (stage === 2) nerveLoss = random;
      },
      take: () => {
        const { mean, spread } = cupShares[stage];
        drawCup(canvas, eye, mean + spread * eye.cup);
        if (nerveLoss !== undefined) drawNerveLoss(canvas, eye, nerveLoss);
        drawVessels(canvas, eye);
        expose(canvas, picture.fork("light"));
      },
    };
  },
};

function discMask(rows: number, cols: number, { x, y, radius }: Eye): Float32Array {
  const mask = makeCanvas(1, rows, cols, [0]);
  cover(mask, { x, y, rx: radius, ry: radius * 1.08 }, [1]);
  return mask.pixels;
}

function makeEye(random: Random): Eye {
  const redness = random.normal();
  return {
    x: 0.5,
    y: 0.5,
    radius: 0.27 * (1 + 0.06 * random.normal()),
    cup: Math.max(-2, Math.min(2, random.normal())),
    fundus: [0.66 + 0.05 * redness, 0.31 + 0.035 * random.normal(), 0.13 + 0.02 * random.normal()],
    vessels: random.fork("vessels"),
  };
}

function movedEye(eye: Eye, random: Random): Eye {
  return { ...eye, x: eye.x + 0.02 * random.normal(), y: eye.y + 0.02 * random.normal() };
}

function drawFundus(canvas: Canvas, { x, y, radius, vessels }: Eye): void {
  addGrain(canvas, grainOf(4), vessels.fork("fundus"), 0.012);
  cover(canvas, { x, y, rx: radius * 1.35, ry: radius * 1.4 }, [0.72, 0.38, 0.16], 0.7, 0.5); // atrophy's ring
  cover(canvas, { x, y, rx: radius, ry: radius * 1.08 }, [0.92, 0.62, 0.34], 0.14, 0.95);
}

function drawCup(canvas: Canvas, { x, y, radius }: Eye, share: number): void {
  const size = radius * Math.max(0.12, Math.min(0.93, share));
  cover(canvas, { x: x + 0.01, y, rx: size, ry: size * 1.12 }, [0.97, 0.85, 0.62], 0.3, 0.9);
}

/** A dark wedge from the disc, where nerve fibres are gone. */
function drawNerveLoss(canvas: Canvas, { x, y, radius }: Eye, random: Random): void {
  const side = random.uniform() < 0.5 ? -1 : 1;
  const angle = side * (0.9 + 0.25 * random.normal());
  const place = { x: x - 1.7 * radius * Math.cos(angle), y: y + 1.7 * radius * Math.sin(angle) };
  addHill(canvas, { ...place, rx: radius, ry: radius * 0.35, angle: -angle }, [-0.14, -0.09, -0.04]);
}

function drawVessels(canvas: Canvas, { x, y, vessels }: Eye): void {
  const random = vessels.fork("draw");
  const ink = makeCanvas(1, canvas.rows, canvas.cols, [0]);
  for (const up of [-1, 1] as const) {
    for (let branch = 0; branch < 5; branch++) {
      const vein = branch % 2 === 0;
      const lean = -0.9 + 0.45 * branch + 0.15 * random.normal();
      const bow = 1.1 * random.normal();
      const wave = 0.008 * random.normal();
      const root = y + 0.03 * random.normal();
      const ends = up < 0 ? { from: 0, to: root } : { from: root, to: 1 };
      const centre = (t: number): number => {
        const far = Math.abs(t - root);
        return x - 0.02 + lean * far + bow * far * far + wave * Math.sin(30 * far + branch);
      };
      addStripe(ink, { along: "y", ...ends, centre, halfWidth: vein ? 0.012 : 0.008 }, [vein ? 1 : 0.6]);
    }
  }
  absorb(canvas, ink.pixels, [0.36, 0.55, 0.5]);
}

/** Light that falls off to one side, and the noise of the sensor. */
function expose(canvas: Canvas, random: Random): void {
  const { pixels, rows, cols } = canvas;
  const [gain, tiltX, tiltY] = [1 + 0.06 * random.normal(), 0.12 * random.normal(), 0.12 * random.normal()];
  for (let line = 0; line < 3 * rows; line++) {
    const left = gain + tiltY * ((line % rows) / rows - 0.5) - 0.5 * tiltX;
    const step = tiltX / cols;
    for (let col = 0, at = line * cols; col < cols; col++, at++) {
      pixels[at] = (pixels[at] as number) * (left + step * col);
    }
  }
  addGrain(canvas, grainOf(0), random, 0.012);
}
