import type { Random } from "../../core/random";
import { addGrain, addHill, makeGrain, type Grain } from "./canvas";
import type { ChestScene } from "./chest";

/** A finding of the chest phantoms: how often it is there and uncertain, and how it is drawn. */
export interface Finding {
  readonly name: string;
  /** Share of images with the finding. */
  readonly present: number;
  /** Share of images whose label is uncertain. */
  readonly uncertain: number;
  readonly draw: (scene: ChestScene, random: Random) => void;
}

/** In CheXpert's words; shares from Irvin et al. 2019, table 1. */
export const findings: readonly Finding[] = [
  { name: "Lung Opacity", present: 0.49, uncertain: 0.023, draw: drawOpacity },
];

let texture: Grain | undefined;

/** A cloud in the middle or lower part of one lung, brighter and with a coarse texture. */
function drawOpacity(scene: ChestScene, random: Random): void {
  const { canvas, anatomy, lungs } = scene;
  const left = random.uniform() < 0.5;
  const lung = left ? lungs[1] : lungs[0];
  const centre = {
    x: anatomy.midline + (left ? 1 : -1) * (0.2 + 0.05 * random.normal()),
    y: 0.55 + 0.08 * random.normal(),
  };
  const size = 0.11 + 0.035 * random.uniform();
  const strength = 0.1 + 0.12 * random.uniform();
  for (let puff = 0; puff < 4; puff++) {
    const place = { x: centre.x + 0.04 * random.normal(), y: centre.y + 0.05 * random.normal() };
    addHill(canvas, { ...place, rx: size, ry: size * 1.2 }, strength * 0.6, lung);
  }
  const patch = new Float32Array(lung.length);
  addHill({ ...canvas, pixels: patch }, { ...centre, rx: size * 1.3, ry: size * 1.5 }, 1, lung);
  addGrain(canvas, (texture ??= makeGrain(3, 1)), random, 0.18 * strength, patch);
}
