import { DataError, OptionError } from "../../core/errors";
import type { Images } from "../../core/images";
import { Random } from "../../core/random";
import { type Shown } from "../../display/show";
import { makeDataset, type Dataset } from "../dataset";
import type { Groups } from "../labels";
import type { ImageStream } from "../readImages";
import type { Canvas } from "./canvas";
import { dealPatients, type Case } from "./cases";
import { chestAnatomy, chestExposure, drawChest, shiftAnatomy, takePicture } from "./chest";
import { findings, type Finding } from "./findings";
import { applyShortcuts, checkShortcuts, noShortcuts, type Shortcuts } from "./shortcuts";

/** The phantom sets there are. */
export type PhantomName = "chest";

/** Options of `datasets.phantom`. */
export interface PhantomOptions {
  /** How many images; default 400. */
  readonly images?: number;
  /** Rows and columns, or one number for both; default 128. */
  readonly size?: number | readonly [rows: number, cols: number];
  /** Default 0. The same options and seed give the same pixels. */
  readonly seed?: number;
  /** The findings to plant; one of them makes binary labels. Default: all. */
  readonly classes?: readonly string[];
  /** Share of labels that are wrong, 0..0.5; default 0.03. */
  readonly labelNoise?: number;
  /** Whether some labels are uncertain (NaN), as often as in the original; default: with several findings. */
  readonly uncertain?: boolean;
  /** What is planted beside the class; default: nothing. */
  readonly shortcuts?: Partial<Shortcuts>;
}

/** What is known of a phantom image because it was planted. */
export interface PhantomTruth {
  readonly id: string;
  readonly patient: string;
  readonly classes: readonly string[];
  /** `[class]`: 1 drawn, 0 not; before label noise. */
  readonly present: Float32Array;
  /**
   * One image a class: how much the class changed each pixel, signed, in units of full scale; zero where it is absent.
   * Compressed, it says which patches of which sub-bands carry the class.
   */
  readonly difference: Images;
}

/** A data set made by this package, of which everything is known. */
export interface PhantomDataset extends Dataset {
  readonly synthetic: true;
  /**
   * What was planted in an image.
   *
   * @throws DataError when the id is not of this data set
   */
  truth(id: string): PhantomTruth;
}

/**
 * Makes a data set of phantoms: synthetic images that show nobody, with the labels and patients of a real set's layout.
 *
 * `"chest"`: frontal chest X-rays, grey. A patient's images share the anatomy; position, exposure and film noise differ.
 *
 * @throws OptionError naming the option that is not allowed
 */
export function phantomDataset(name: PhantomName, options: PhantomOptions = {}): PhantomDataset & Shown {
  const plan = makePlan(name, options);
  const { cases, chosen } = plan;
  const byId = new Map(cases.map((one) => [one.id, one]));
  const groups: Groups = Object.fromEntries(cases.map(({ id, patient }) => [id, patient]));
  const values = new Float32Array(cases.length * chosen.length);
  cases.forEach(({ label }, at) => values.set(label, at * chosen.length));
  return makeDataset(
    {
      name: `${name} phantoms`,
      synthetic: true,
      labels: {
        kind: chosen.length === 1 ? "binary" : "multi",
        classes: chosen.map((finding) => finding.name),
        values,
        ids: cases.map(({ id }) => id),
      },
      groups,
      source:
        "Synthetic images made by deepfixcx; they show nobody, and no number from them says anything of patients.",
      stream: (ids, { batchSize = 64 }) =>
        streamCases(
          plan,
          ids.map((id) => byId.get(id) as Case),
          batchSize,
        ),
    },
    { synthetic: true as const, truth: (id: string) => truthOf(plan, byId.get(id), id) },
  );
}

interface Plan {
  readonly size: readonly [rows: number, cols: number];
  readonly chosen: readonly Finding[];
  readonly shortcuts: Shortcuts;
  readonly random: Random;
  readonly cases: readonly Case[];
}

function makePlan(name: PhantomName, options: PhantomOptions): Plan {
  const { images = 400, size = 128, seed = 0, labelNoise = 0.03 } = options;
  const sides = typeof size === "number" ? ([size, size] as const) : size;
  check("images", images, (value) => Number.isInteger(value) && value >= 2, "a whole number of at least 2");
  for (const side of sides)
    check("size", side, (value) => Number.isInteger(value) && value >= 16, "sides of at least 16");
  check("labelNoise", labelNoise, (value) => value >= 0 && value <= 0.5, "0..0.5");
  const shortcuts = { ...noShortcuts, ...options.shortcuts };
  checkShortcuts(shortcuts);
  const chosen = chooseFindings(options.classes);
  const uncertain = options.uncertain ?? chosen.length > 1;
  const random = new Random(seed).fork(name);
  const deal = random.fork("cases");
  const cases = dealPatients(images, deal).map(([patient, study]): Case => {
    const truth = Float32Array.from(chosen, ({ present }) => (deal.uniform() < present ? 1 : 0));
    const label = truth.map((value) => (deal.uniform() < labelNoise ? 1 - value : value));
    chosen.forEach((finding, k) => {
      if (uncertain && deal.uniform() < finding.uncertain) label[k] = Number.NaN;
    });
    const person = `patient${String(patient).padStart(5, "0")}`;
    return { id: `${person}/study${study}/view1_frontal`, patient: person, truth, label };
  });
  return { size: sides, chosen, shortcuts, random, cases };
}

function check(option: string, value: number, holds: (value: number) => boolean, required: string): void {
  if (holds(value)) return;
  throw new OptionError({ where: "datasets.phantom", required: `${option} ${required}`, got: `${value}` });
}

function chooseFindings(names: readonly string[] | undefined): readonly Finding[] {
  if (names === undefined) return findings;
  return names.map((name) => {
    const found = findings.find((finding) => finding.name === name);
    if (found !== undefined) return found;
    const required = `classes among ${findings.map((finding) => finding.name).join(", ")}`;
    throw new OptionError({ where: "datasets.phantom", required, got: `"${name}"` });
  });
}

/** Draws one image, or what it would be without one of its classes; everything else stays as it is. */
function draw({ size, chosen, shortcuts, random }: Plan, { id, patient, truth }: Case, without?: number): Canvas {
  const [rows, cols] = size;
  const own = random.fork(id);
  const exposure = chestExposure(own.fork("exposure"));
  const anatomy = chestAnatomy(random.fork(patient));
  const scene = drawChest(rows, cols, shiftAnatomy(anatomy, exposure.shift));
  chosen.forEach((finding, k) => {
    if (truth[k] === 1 && k !== without) finding.draw(scene, own.fork(finding.name));
  });
  takePicture(scene, exposure, own.fork("film"));
  applyShortcuts(scene.canvas, shortcuts, truth[0] === 1, own.fork("shortcuts"));
  return scene.canvas;
}

function streamCases(plan: Plan, cases: readonly Case[], batchSize: number): ImageStream {
  return {
    rejected: [],
    count: cases.length,
    async *[Symbol.asyncIterator](): AsyncGenerator<Images> {
      for (let at = 0; at < cases.length; at += batchSize) {
        // Drawing never waits; messages and interrupts get through between batches.
        await new Promise((resolve) => setImmediate(resolve));
        yield drawBatch(plan, cases.slice(at, at + batchSize));
      }
    },
  };
}

function drawBatch(plan: Plan, cases: readonly Case[]): Images {
  const [rows, cols] = plan.size;
  const pixels = new Uint8Array(cases.length * rows * cols);
  cases.forEach((one, at) => quantise(draw(plan, one).pixels, pixels.subarray(at * rows * cols)));
  return { pixels, shape: [cases.length, 1, rows, cols], ids: cases.map(({ id }) => id) };
}

function quantise(from: Float32Array, to: Uint8Array): void {
  for (let at = 0; at < from.length; at++) {
    const value = 255 * (from[at] as number) + 0.5;
    to[at] = value < 0 ? 0 : value > 255 ? 255 : value;
  }
}

function truthOf(plan: Plan, one: Case | undefined, id: string): PhantomTruth {
  if (one === undefined) {
    throw new DataError({ where: "truth", required: "an id of this data set", got: `"${id}"` });
  }
  const [rows, cols] = plan.size;
  const classes = plan.chosen.map(({ name }) => name);
  const whole = draw(plan, one).pixels;
  const pixels = new Float32Array(classes.length * rows * cols);
  classes.forEach((_, k) => {
    if (one.truth[k] !== 1) return;
    const rest = draw(plan, one, k).pixels;
    pixels.set(
      whole.map((value, at) => value - (rest[at] as number)),
      k * rows * cols,
    );
  });
  const difference: Images = { pixels, shape: [classes.length, 1, rows, cols], ids: classes };
  return { id, patient: one.patient, classes, present: one.truth, difference };
}
