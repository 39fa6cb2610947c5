import type { Random } from "../../core/random";
import {
  addGrain,
  addRoughHill,
  addHill,
  addStripe,
  cover,
  makeCanvas,
  grainOf,
  smoothstep,
  cutOut,
  type Canvas,
  type Ellipse,
} from "./canvas";

/** What makes one phantom patient's chest this patient's: sides and places as shares of the picture. */
export interface ChestAnatomy {
  readonly midline: number;
  readonly width: number;
  readonly apex: number;
  /** Of the right and left dome of the diaphragm (the patient's right is on the viewer's left). */
  readonly domes: readonly [number, number];
  readonly heart: { readonly rx: number; readonly ry: number; readonly x: number; readonly tilt: number };
  readonly mediastinum: number;
  readonly ribGap: number;
  readonly ribStart: number;
  readonly ribSlope: number;
  readonly ribStrength: number;
  readonly knob: number;
  /** Where in the square of grain this patient's vessels lie. */
  readonly vessels: Random;
  readonly body: number;
}

/** How one picture of a patient was taken. */
export interface Exposure {
  readonly gain: number;
  readonly shift: readonly [x: number, y: number];
  readonly noise: number;
}

/** A chest under way: what findings need to know to be drawn into it. */
export interface ChestScene {
  readonly canvas: Canvas;
  readonly anatomy: ChestAnatomy;
  /** `[row, col]`: how much of each pixel is lung, of the right and the left. */
  readonly lungs: readonly [Float32Array, Float32Array];
  readonly bothLungs: Float32Array;
}

export function chestAnatomy(random: Random): ChestAnatomy {
  const near = (middle: number, spread: number): number => middle * (1 + spread * random.normal());
  const bottom = near(0.79, 0.025);
  return {
    midline: 0.5 + 0.008 * random.normal(),
    width: near(0.385, 0.04),
    apex: near(0.1, 0.12),
    domes: [bottom - 0.035 + 0.008 * random.normal(), bottom + 0.008 * random.normal()],
    heart: {
      rx: near(0.165, 0.07),
      ry: near(0.115, 0.07),
      x: near(0.055, 0.15),
      tilt: 0.45 + 0.1 * random.normal(),
    },
    mediastinum: near(0.062, 0.08),
    ribGap: near(0.074, 0.05),
    ribStart: near(0.15, 0.06),
    ribSlope: near(0.11, 0.15),
    ribStrength: near(0.075, 0.2),
    knob: near(0.042, 0.12),
    vessels: random.fork("vessels"),
    body: near(0.53, 0.03),
  };
}

export function chestExposure(random: Random): Exposure {
  return {
    gain: 1 + 0.05 * random.normal(),
    shift: [0.012 * random.normal(), 0.012 * random.normal()],
    noise: 0.012 + 0.008 * random.uniform(),
  };
}

/** The healthy chest before it is taken. */
export function drawChest(
  [rows, cols]: readonly [rows: number, cols: number],
  anatomy: ChestAnatomy,
  pixels?: Float32Array,
): ChestScene {
  const canvas = makeCanvas(1, rows, cols, [0.03], pixels);
  const { midline, body } = anatomy;
  cover(canvas, { x: midline, y: 0.02, rx: 0.12, ry: 0.22 }, [body * 0.9], 0.3);
  cover(canvas, { x: midline, y: 0.72, rx: 0.53, ry: 0.66 }, [body], 0.14);
  addHill(canvas, { x: midline, y: 0.95, rx: 0.6, ry: 0.42 }, [0.14]);
  const lungs = [lungMask(rows, cols, anatomy, -1), lungMask(rows, cols, anatomy, 1)] as const;
  for (const lung of lungs) darkenLung(canvas, lung);
  drawMiddle(canvas, anatomy);
  for (const lung of lungs) cutOut(lung, rows, cols, heartShape(anatomy, 0.97));
  const bothLungs = addMasks(lungs);
  drawRibs(canvas, anatomy);
  drawVessels(canvas, anatomy, bothLungs);
  return { canvas, anatomy, lungs, bothLungs };
}

/** Brings the chest onto film: exposure and noise. */
export function takePicture(canvas: Canvas, { gain, noise }: Exposure, random: Random): void {
  addGrain(canvas, grainOf(0), random, noise, gain);
}

/** Moves the patient a little before the beam. */
export function shiftAnatomy(anatomy: ChestAnatomy, [x, y]: readonly [number, number]): ChestAnatomy {
  return {
    ...anatomy,
    midline: anatomy.midline + x,
    apex: anatomy.apex + y,
    domes: [anatomy.domes[0] + y, anatomy.domes[1] + y],
    ribStart: anatomy.ribStart + y,
    vessels: anatomy.vessels.fork("same place"),
  };
}

/** One lung: side -1 is the patient's right, on the viewer's left. Borders are soft over about 1.5 % of the width. */
function lungMask(rows: number, cols: number, anatomy: ChestAnatomy, side: -1 | 1): Float32Array {
  const { midline, apex, domes } = anatomy;
  const mask = new Float32Array(rows * cols);
  const dome = domes[side < 0 ? 0 : 1];
  const out = Float32Array.from({ length: cols }, (_, col) => side * ((col + 0.5) / cols - midline));
  const floor = out.map((far) => {
    const beside = Math.abs(far) - 0.2;
    return dome + 1.5 * beside * beside + 6 * Math.max(0, beside - 0.06) ** 2; // the costophrenic angle hangs low
  });
  const roof = out.map((far) => 8.75 * (far - 0.17) * (far - 0.17));
  for (let row = Math.max(0, Math.floor((apex - 0.02) * rows)); row < rows; row++) {
    const y = (row + 0.5) / rows;
    const t = (y - apex) / (0.8 - apex);
    const [medial, lateral] = lungWalls(anatomy, t);
    const top = smoothstep(t / 0.06);
    const ends = [midline + side * (medial - 0.02), midline + side * (lateral + 0.02)].sort((a, b) => a - b);
    const last = Math.min(cols, Math.ceil((ends[1] as number) * cols));
    for (let col = Math.max(0, Math.floor((ends[0] as number) * cols)); col < last; col++) {
      const far = out[col] as number;
      const above = (floor[col] as number) - y;
      if (above < -0.009) continue;
      const inner = smoothstep((far - medial) / 0.03 + 0.5) * smoothstep((lateral - far) / 0.022 + 0.5);
      const under = t > 0.6 ? 1 : smoothstep((t - (roof[col] as number)) / 0.08 + 0.5);
      mask[row * cols + col] = top * inner * under * smoothstep(above / 0.018 + 0.5);
    }
  }
  return mask;
}

/** How far from the midline a lung begins and ends, t of the way from the apex to the diaphragm. */
function lungWalls({ width }: ChestAnatomy, t: number): [medial: number, lateral: number] {
  const bulge = Math.min(1, Math.max(0, 1 - Math.pow(1 - Math.min(t, 1), 2.4)));
  const narrow = 1 - Math.min(1, Math.max(0, t * 3));
  return [0.055 + 0.05 * narrow * narrow, width * (0.42 + 0.58 * Math.pow(bulge, 0.75))];
}

function addMasks([right, left]: ChestScene["lungs"]): Float32Array {
  const sum = new Float32Array(right.length);
  for (let at = 0; at < sum.length; at++) sum[at] = (right[at] as number) + (left[at] as number);
  return sum;
}

function darkenLung({ pixels, rows, cols }: Canvas, lung: Float32Array): void {
  for (let row = 0; row < rows; row++) {
    const air = 0.2 + 0.09 * (row / rows); // the chest is thicker below
    for (let at = row * cols; at < (row + 1) * cols; at++) {
      const value = pixels[at] as number;
      pixels[at] = value + (lung[at] as number) * (air - value);
    }
  }
}

function drawMiddle(canvas: Canvas, anatomy: ChestAnatomy): void {
  const { midline, mediastinum, knob } = anatomy;
  cover(canvas, { x: midline, y: 0.42, rx: mediastinum, ry: 0.62 }, [0.66], 0.45, 0.85);
  cover(canvas, { x: midline + 0.045, y: 0.3, rx: knob, ry: knob * 1.1 }, [0.66], 0.35, 0.8);
  cover(canvas, { x: midline - 0.035, y: heartY(anatomy) + 0.01, rx: 0.085, ry: 0.115 }, [0.68], 0.3, 0.85);
  drawHeart(canvas, anatomy, 1);
  addHill(canvas, { x: midline, y: 0.08, rx: 0.024, ry: 0.33 }, [-0.17]); // trachea
  for (let level = 0; level < 12; level++) {
    addHill(canvas, { x: midline, y: 0.06 + 0.078 * level, rx: 0.045, ry: 0.03 }, [0.035]);
  }
}

export function heartY({ domes }: ChestAnatomy): number {
  return (domes[0] + domes[1]) / 2 - 0.1;
}

/** The heart, `scale` times as wide as the patient's own. */
export function drawHeart(canvas: Canvas, anatomy: ChestAnatomy, scale: number): void {
  cover(canvas, heartShape(anatomy, scale), [0.7], 0.22, 0.92);
}

function heartShape(anatomy: ChestAnatomy, scale: number): Ellipse {
  const { midline, heart } = anatomy;
  const x = midline + heart.x + 0.5 * (scale - 1) * heart.rx;
  return { x, y: heartY(anatomy), rx: heart.rx * scale, ry: heart.ry * Math.sqrt(scale), angle: heart.tilt };
}

function drawRibs(canvas: Canvas, anatomy: ChestAnatomy): void {
  const { midline, width, ribGap, ribStart, ribSlope, ribStrength } = anatomy;
  for (const side of [-1, 1] as const) {
    const [from, to] = side < 0 ? [midline - width - 0.02, midline - 0.05] : [midline + 0.05, midline + width + 0.02];
    for (let rib = 0; rib < 9; rib++) {
      const start = ribStart + ribGap * rib;
      const bend = ribSlope * (0.55 + 0.11 * rib);
      const back = (x: number): number => {
        const out = (Math.abs(x - midline) - 0.05) / width;
        return start + out * (out * (bend * out + 0.03) - 0.06);
      };
      addStripe(canvas, { along: "x", from, to, centre: back, halfWidth: 0.015 }, [ribStrength]);
      if (rib > 6) continue;
      const front = (x: number): number => {
        const out = Math.max(0, (Math.abs(x - midline) - 0.05) / width);
        return start + 0.26 - 0.2 * out * Math.sqrt(out) + 0.02 * rib;
      };
      const inner = side < 0 ? { from, to: to - 0.1 } : { from: from + 0.1, to };
      addStripe(canvas, { along: "x", ...inner, centre: front, halfWidth: 0.018 }, [ribStrength * 0.45]);
    }
    const clavicle = (x: number): number =>
      ribStart + 0.035 - 0.16 * Math.abs(x - midline) + 0.5 * (Math.abs(x - midline) - 0.2) ** 2;
    const ends = side < 0 ? { from: midline - 0.34, to: midline - 0.03 } : { from: midline + 0.03, to: midline + 0.34 };
    addStripe(canvas, { along: "x", ...ends, centre: clavicle, halfWidth: 0.02 }, [ribStrength * 1.3]);
  }
}

function drawVessels(canvas: Canvas, anatomy: ChestAnatomy, bothLungs: Float32Array): void {
  const { midline, vessels } = anatomy;
  const random = vessels.fork("draw");
  for (const side of [-1, 1]) {
    const lung = { x: midline + side * 0.2, y: 0.45, rx: 0.3, ry: 0.55 };
    addRoughHill(canvas, lung, [0.003], { grain: grainOf(2), random, roughness: 8, mask: bothLungs });
  }
  for (const side of [-1, 1] as const) {
    const x0 = midline + side * 0.075;
    addHill(canvas, { x: x0, y: 0.43, rx: 0.06, ry: 0.1 }, [0.2]);
    for (let branch = 0; branch < 9; branch++) {
      const slope = -1.5 + 0.42 * branch + 0.2 * random.normal();
      const reach = 0.1 + 0.12 * random.uniform();
      const bow = 1.5 * random.normal();
      const root = 0.43 + 0.035 * random.normal();
      const centre = (x: number): number => {
        const out = Math.abs(x - x0);
        return root + slope * out + bow * out * out;
      };
      const ends = side < 0 ? { from: x0 - reach, to: x0 } : { from: x0, to: x0 + reach };
      addStripe(canvas, { along: "x", ...ends, centre, halfWidth: 0.007 }, [0.05], bothLungs);
    }
  }
}
