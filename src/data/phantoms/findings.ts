import type { Random } from "../../core/random";
import { addRoughHill, addStripe, cover, grainOf, smoothstep, type Ellipse } from "./canvas";
import { chestAnatomy, chestExposure, drawChest, drawHeart, shiftAnatomy, takePicture, type ChestScene } from "./chest";
import type { PhantomClass, PhantomKind } from "./kind";

/** A finding of the chest phantoms and how it is drawn. */
interface Finding extends PhantomClass {
  readonly draw: (scene: ChestScene, random: Random) => void;
}

/** That there is nothing to be found but devices; it follows from the others. */
export const noFinding = "No Finding";
const devices = "Support Devices";

/** CheXpert's words and order; shares of positive and uncertain labels from Irvin et al. 2019, table 1. */
const findings: readonly Finding[] = [
  { name: noFinding, present: 0.089, uncertain: 0, draw: () => undefined },
  { name: "Enlarged Cardiomediastinum", present: 0.048, uncertain: 0.054, draw: drawWideMediastinum },
  { name: "Cardiomegaly", present: 0.123, uncertain: 0.035, draw: drawLargeHeart },
  { name: "Lung Opacity", present: 0.494, uncertain: 0.023, draw: drawOpacity },
  { name: "Lung Lesion", present: 0.037, uncertain: 0.006, draw: drawLesion },
  { name: "Edema", present: 0.261, uncertain: 0.062, draw: drawEdema },
  { name: "Consolidation", present: 0.068, uncertain: 0.128, draw: drawConsolidation },
  { name: "Pneumonia", present: 0.024, uncertain: 0.083, draw: drawPneumonia },
  { name: "Atelectasis", present: 0.156, uncertain: 0.157, draw: drawAtelectasis },
  { name: "Pneumothorax", present: 0.092, uncertain: 0.014, draw: drawPneumothorax },
  { name: "Pleural Effusion", present: 0.403, uncertain: 0.05, draw: drawEffusion },
  { name: "Pleural Other", present: 0.013, uncertain: 0.009, draw: drawThickPleura },
  { name: "Fracture", present: 0.039, uncertain: 0.003, draw: drawFracture },
  { name: devices, present: 0.564, uncertain: 0.005, draw: drawDevices },
];

/** Frontal chest X-rays with CheXpert's 14 findings. */
export const chest: PhantomKind = {
  title: "frontal chest X-rays",
  channels: 1,
  size: [128, 128],
  labels: "multi",
  classes: findings,
  labelNoise: 0.03,
  id: (patient, study) => `patient${String(patient).padStart(5, "0")}/study${study}/view1_frontal`,
  draw: ([rows, cols], person, picture, pixels) => {
    const exposure = chestExposure(picture.fork("exposure"));
    const scene = drawChest([rows, cols], shiftAnatomy(chestAnatomy(person), exposure.shift), pixels);
    return {
      canvas: scene.canvas,
      organ: () => scene.bothLungs,
      plant: (k, random) => findings[k]?.draw(scene, random),
      take: () => takePicture(scene.canvas, exposure, picture.fork("film")),
    };
  },
};

/** Whether an image without these findings, by name, is one with "No Finding". */
export function isFree(present: readonly string[]): boolean {
  return present.every((name) => name === devices || name === noFinding);
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly lung: Float32Array;
  readonly side: -1 | 1;
}

/** A place in one lung; `height` runs from 0 at the apex to 1 at the diaphragm. */
function placeInLung({ anatomy, lungs }: ChestScene, random: Random, height: number, spread = 0.1): Place {
  const side = random.uniform() < 0.5 ? -1 : 1;
  const [top, bottom] = [anatomy.apex + 0.08, anatomy.domes[side < 0 ? 0 : 1] - 0.04];
  const x = anatomy.midline + side * (0.2 + 0.05 * random.normal());
  const y = top + (bottom - top) * (height + spread * random.normal());
  return { x, y, side, lung: lungs[side < 0 ? 0 : 1] };
}

/** Brightens part of a lung with a coarse texture, as airless tissue looks. */
function fill({ canvas }: ChestScene, lung: Float32Array, shape: Ellipse, amount: number, random: Random): void {
  addRoughHill(canvas, shape, [amount], { grain: grainOf(1), random, roughness: 0.18, mask: lung });
}

function drawOpacity(scene: ChestScene, random: Random): void {
  const { x, y, lung } = placeInLung(scene, random, 0.6, 0.15);
  const size = 0.1 + 0.04 * random.uniform();
  const amount = 0.12 + 0.12 * random.uniform();
  for (let puff = 0; puff < 4; puff++) {
    const place = { x: x + 0.035 * random.normal(), y: y + 0.045 * random.normal() };
    fill(scene, lung, { ...place, rx: size, ry: size * 1.2 }, amount * 0.6, random);
  }
}

function drawConsolidation(scene: ChestScene, random: Random): void {
  const { x, y, lung } = placeInLung(scene, random, 0.8, 0.06);
  const shape = { x, y, rx: 0.14, ry: 0.1, angle: 0.3 * random.normal() };
  fill(scene, lung, shape, 0.34 + 0.08 * random.uniform(), random);
}

function drawPneumonia(scene: ChestScene, random: Random): void {
  const { x, y, lung } = placeInLung(scene, random, 0.7, 0.12);
  for (let patch = 0; patch < 9; patch++) {
    const place = { x: x + 0.06 * random.normal(), y: y + 0.07 * random.normal() };
    fill(scene, lung, { ...place, rx: 0.035, ry: 0.035 }, 0.16, random);
  }
}

function drawLesion(scene: ChestScene, random: Random): void {
  const { x, y } = placeInLung(scene, random, 0.4, 0.15);
  const radius = 0.02 + 0.02 * random.uniform();
  cover(scene.canvas, { x, y, rx: radius, ry: radius * 0.95 }, [0.55], 0.25, 0.8);
}

/** Haze about both hila and short horizontal lines at the lungs' borders (Kerley B). */
function drawEdema(scene: ChestScene, random: Random): void {
  const { anatomy, canvas, lungs } = scene;
  const amount = 0.1 + 0.08 * random.uniform();
  lungs.forEach((lung, k) => {
    const side = k === 0 ? -1 : 1;
    fill(scene, lung, { x: anatomy.midline + side * 0.13, y: 0.48, rx: 0.2, ry: 0.28 }, amount, random);
    for (let line = 0; line < 9; line++) {
      const y = 0.56 + 0.022 * line + 0.004 * random.normal();
      const outer = anatomy.midline + side * anatomy.width * 0.97;
      const ends = side < 0 ? { from: outer, to: outer + 0.07 } : { from: outer - 0.07, to: outer };
      addStripe(canvas, { along: "x", ...ends, centre: () => y, halfWidth: 0.003 }, [amount * 0.8], lung);
    }
  });
}

/** Plates: thick lines, nearly level, above the diaphragm. */
function drawAtelectasis(scene: ChestScene, random: Random): void {
  const { x, y, lung } = placeInLung(scene, random, 0.84, 0.05);
  for (let plate = 0; plate < 3; plate++) {
    const slope = 0.25 * random.normal();
    const height = y - 0.035 * plate;
    const centre = (t: number): number => height + slope * (t - x);
    addStripe(scene.canvas, { along: "x", from: x - 0.11, to: x + 0.11, centre, halfWidth: 0.009 }, [0.16], lung);
  }
}

/** Air outside the lung: black and without vessels, beyond a thin bright line. */
function drawPneumothorax(scene: ChestScene, random: Random): void {
  const { canvas, anatomy } = scene;
  const { lung, side } = placeInLung(scene, random, 0.3);
  const depth = 0.05 + 0.05 * random.uniform();
  const edge = (y: number): number =>
    anatomy.midline + side * (anatomy.width * (0.99 - 0.45 * Math.max(0, 0.5 - y) ** 1.5) - depth);
  const { rows, cols, pixels } = canvas;
  for (let row = Math.round(anatomy.apex * rows); row < 0.62 * rows; row++) {
    const y = (row + 0.5) / rows;
    const fade = smoothstep((0.62 - y) / 0.15);
    for (let col = 0; col < cols; col++) {
      const beyond = side * ((col + 0.5) / cols - edge(y));
      if (beyond <= 0) continue;
      const at = row * cols + col;
      const value = pixels[at] as number;
      pixels[at] = value + 0.75 * fade * (lung[at] as number) * (0.09 - value);
    }
  }
  addStripe(canvas, { along: "y", from: anatomy.apex, to: 0.58, centre: edge, halfWidth: 0.004 }, [0.14], lung);
}

/** Fluid: the lower part of one lung is white, its surface climbs at the chest wall. */
function drawEffusion(scene: ChestScene, random: Random): void {
  const { canvas, anatomy } = scene;
  const { lung, side } = placeInLung(scene, random, 1);
  const level = anatomy.domes[side < 0 ? 0 : 1] - 0.02 - 0.12 * random.uniform();
  const { rows, cols, pixels } = canvas;
  for (let col = 0; col < cols; col++) {
    const out = Math.max(0, (side * ((col + 0.5) / cols - anatomy.midline)) / anatomy.width);
    const surface = level + 0.06 - 0.13 * out ** 3;
    for (let row = Math.max(0, Math.round((surface - 0.03) * rows)); row < rows; row++) {
      const at = row * cols + col;
      const wet = smoothstep(((row + 0.5) / rows - surface) / 0.05 + 0.5) * (lung[at] as number);
      const value = pixels[at] as number;
      pixels[at] = value + 0.9 * wet * (0.6 - value);
    }
  }
}

function drawThickPleura(scene: ChestScene, random: Random): void {
  const { canvas, anatomy } = scene;
  const { side } = placeInLung(scene, random, 0.5);
  const edge = (y: number): number =>
    anatomy.midline + side * (anatomy.width - 0.012 - 0.2 * Math.max(0, 0.4 - y) ** 2);
  addStripe(canvas, { along: "y", from: 0.34, to: 0.68, centre: edge, halfWidth: 0.02 }, [0.22]);
}

function drawLargeHeart({ canvas, anatomy }: ChestScene, random: Random): void {
  drawHeart(canvas, anatomy, 1.28 + 0.12 * random.uniform());
}

function drawWideMediastinum({ canvas, anatomy }: ChestScene, random: Random): void {
  const rx = anatomy.mediastinum * (1.7 + 0.3 * random.uniform());
  cover(canvas, { x: anatomy.midline, y: 0.3, rx, ry: 0.22 }, [0.66], 0.4, 0.85);
}

/** A dark gap across a rib, and its end displaced. */
function drawFracture(scene: ChestScene, random: Random): void {
  const { anatomy, canvas } = scene;
  const side = random.uniform() < 0.5 ? -1 : 1;
  const rib = 3 + random.integer(4);
  const x = anatomy.midline + side * (0.27 + 0.04 * random.uniform());
  const out = (Math.abs(x - anatomy.midline) - 0.05) / anatomy.width;
  const bend = anatomy.ribSlope * (0.55 + 0.11 * rib);
  const y = anatomy.ribStart + anatomy.ribGap * rib - 0.06 * out + bend * out ** 3 + 0.03 * out ** 2;
  cover(canvas, { x, y, rx: 0.008, ry: 0.022 }, [0.14], 0.4, 0.9);
  cover(canvas, { x: x + side * 0.03, y: y + 0.018, rx: 0.026, ry: 0.012, angle: 0.4 * side }, [0.5], 0.4, 0.8);
}

/** A line to the heart, and for some a pacemaker with its wire. */
function drawDevices({ canvas, anatomy }: ChestScene, random: Random): void {
  const { midline } = anatomy;
  const start = midline - 0.1 - 0.05 * random.uniform();
  const bow = 0.02 * random.normal();
  const line = (y: number): number => start + (midline - 0.03 - start) * smoothstep(y / 0.3) + bow * Math.sin(9 * y);
  addStripe(canvas, { along: "y", from: 0.02, to: 0.5, centre: line, halfWidth: 0.004 }, [0.28]);
  if (random.uniform() < 0.6) return;
  const x = midline + 0.25 + 0.02 * random.normal();
  cover(canvas, { x, y: 0.22, rx: 0.055, ry: 0.045 }, [0.96], 0.06);
  const wire = (t: number): number => 0.26 + 0.4 * smoothstep((x - t) / (x - midline - 0.03));
  addStripe(canvas, { along: "x", from: midline + 0.03, to: x, centre: wire, halfWidth: 0.004 }, [0.3]);
}
