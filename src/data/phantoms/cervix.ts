import type { Random } from "../../core/random";
import { addGrain, addHill, addRoughHill, addStripe, cover, grainOf, makeCanvas, type Canvas } from "./canvas";
import type { PhantomKind } from "./kind";

interface Cervix {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly os: { readonly rx: number; readonly ry: number; readonly angle: number };
  readonly skin: readonly number[];
  readonly surface: Random;
  /** How much of the transformation zone shows, beside its type, in spreads. */
  readonly zone: number;
}

/** How far the red zone reaches from the os, as a share of the cervix; what hides in the canal does not show. */
const zones = [
  { mean: 0.62, spread: 0.09 },
  { mean: 0.42, spread: 0.09 },
  { mean: 0.2, spread: 0.07 },
] as const;

/** The cervix with a transformation zone of one of three types; shares from the training set of the MobileODT contest. */
export const cervix: PhantomKind = {
  title: "colour photographs of the cervix",
  channels: 3,
  size: [128, 96],
  labels: "single",
  classes: [
    { name: "Type_1", present: 249 / 1480, uncertain: 0 },
    { name: "Type_2", present: 781 / 1480, uncertain: 0 },
    { name: "Type_3", present: 450 / 1480, uncertain: 0 },
  ],
  labelNoise: 0.08, // experts often disagree on the type
  id: (_, __, image, className) => `${className}/${image}`,
  draw: ([rows, cols], person, picture, pixels) => {
    const shape = rows / cols;
    const body = moved(makeCervix(person), picture.fork("place"));
    const canvas = makeCanvas(3, rows, cols, [0.5, 0.24, 0.24], pixels);
    drawSkin(canvas, body, shape);
    let type: 0 | 1 | 2 = 0;
    return {
      canvas,
      organ: () => {
        const mask = makeCanvas(1, rows, cols, [0]);
        cover(mask, { ...body, rx: body.radius, ry: body.radius / shape }, [1]);
        return mask.pixels;
      },
      plant: (k) => (type = k as 1 | 2),
      take: () => {
        const { mean, spread } = zones[type];
        drawZone(canvas, body, shape, mean + spread * body.zone);
        drawOs(canvas, body, shape);
        drawLight(canvas, body, picture.fork("light"));
      },
    };
  },
};

function makeCervix(random: Random): Cervix {
  return {
    x: 0.5,
    y: 0.5,
    radius: 0.4 * (1 + 0.06 * random.normal()),
    os: { rx: 0.05 + 0.03 * random.uniform(), ry: 0.018 + 0.012 * random.uniform(), angle: 0.25 * random.normal() },
    skin: [0.8 + 0.04 * random.normal(), 0.5 + 0.04 * random.normal(), 0.47 + 0.04 * random.normal()],
    surface: random.fork("surface"),
    zone: Math.max(-2, Math.min(2, random.normal())),
  };
}

function moved(body: Cervix, random: Random): Cervix {
  const { x, y, radius } = body;
  const [right, down, near] = [random.normal(), random.normal(), random.normal()];
  return { ...body, x: x + 0.025 * right, y: y + 0.025 * down, radius: radius * (1 + 0.04 * near) };
}

/** The wall of the vagina with its folds, a speculum's blades, and the smooth dome of the cervix. */
function drawSkin(canvas: Canvas, { x, y, radius, skin, surface }: Cervix, shape: number): void {
  const random = surface.fork("draw");
  addGrain(canvas, grainOf(4), random, 0.03);
  for (let fold = 0; fold < 8; fold++) {
    const side = fold % 2 === 0 ? 0.06 * random.uniform() : 1 - 0.06 * random.uniform();
    const bend = 0.1 * random.normal();
    const centre = (t: number): number => side + bend * Math.sin(3 * t + fold);
    addStripe(canvas, { along: "y", from: 0, to: 1, centre, halfWidth: 0.03 }, [-0.1, -0.06, -0.06]);
  }
  cover(canvas, { x, y: -0.08, rx: 0.6, ry: 0.16 }, [0.1, 0.09, 0.09], 0.3, 0.9);
  cover(canvas, { x, y: 1.08, rx: 0.6, ry: 0.16 }, [0.1, 0.09, 0.09], 0.3, 0.9);
  cover(canvas, { x, y: y + 0.015, rx: radius * 1.1, ry: (radius * 1.1) / shape }, [0.36, 0.15, 0.15], 0.35, 0.8);
  cover(canvas, { x, y, rx: radius, ry: radius / shape }, skin, 0.2);
  addHill(canvas, { x: x - 0.1, y: y - 0.12, rx: radius, ry: radius / shape }, [0.07, 0.06, 0.06]);
}

/** The red, grainy zone about the os, with a ragged border. */
function drawZone(canvas: Canvas, { x, y, radius, surface }: Cervix, shape: number, share: number): void {
  const random = surface.fork("zone");
  const size = radius * Math.max(0.08, share);
  const red = [0.72, 0.22, 0.2];
  for (let lobe = 0; lobe < 9; lobe++) {
    const angle = (2 * Math.PI * lobe) / 9 + 0.2 * random.normal();
    const far = size * (0.45 + 0.12 * random.normal());
    const place = { x: x + far * Math.cos(angle), y: y + (far * Math.sin(angle)) / shape };
    cover(canvas, { ...place, rx: size * 0.5, ry: (size * 0.5) / shape }, red, 0.5, 0.5);
  }
  const whole = { x, y, rx: size * 1.1, ry: (size * 1.1) / shape };
  addRoughHill(canvas, whole, [0.01, 0.008, 0.008], { grain: grainOf(1), random, roughness: 7 });
}

function drawOs(canvas: Canvas, { x, y, os }: Cervix, shape: number): void {
  cover(canvas, { x, y, rx: os.rx * 1.5, ry: (os.ry * 2) / shape, angle: os.angle }, [0.5, 0.16, 0.16], 0.6, 0.8);
  cover(canvas, { x, y, rx: os.rx, ry: os.ry / shape, angle: os.angle }, [0.2, 0.05, 0.06], 0.35, 0.9);
}

/** The lamp: brightest in the middle, mirrored in wet spots; and the noise of the sensor. */
function drawLight(canvas: Canvas, { x, y, radius }: Cervix, random: Random): void {
  const { pixels, rows, cols } = canvas;
  const gain = 1 + 0.07 * random.normal();
  const fall = Float64Array.from({ length: cols }, (_, col) => gain * 0.9 * (col / cols - 0.5) ** 2);
  for (let line = 0; line < 3 * rows; line++) {
    const dy = (line % rows) / rows - 0.5;
    const row = gain * (1.06 - 0.9 * dy * dy);
    for (let col = 0, at = line * cols; col < cols; col++, at++) {
      pixels[at] = (pixels[at] as number) * (row - (fall[col] as number));
    }
  }
  for (let spot = 0; spot < 7; spot++) {
    const place = { x: x + 0.6 * radius * random.normal(), y: y + 0.45 * radius * random.normal() };
    const size = 0.006 + 0.012 * random.uniform();
    cover(canvas, { ...place, rx: size * 1.4, ry: size }, [1, 0.98, 0.96], 0.5, 0.85);
  }
  addGrain(canvas, grainOf(0), random, 0.012);
}
