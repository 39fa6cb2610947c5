import { DataError, OptionError } from "../../core/errors";
import { checkOptions } from "../../core/options";
import { type Images, inBrief } from "../../core/images";
import { Random } from "../../core/random";
import type { Shown } from "../../display/show";
import { makeDataset, type Dataset } from "../dataset";
import type { Groups } from "../labels";
import type { ImageStream } from "../readImages";
import type { Canvas } from "./canvas";
import { dealCases, type Case } from "./cases";
import { cervix } from "./cervix";
import { disc } from "./disc";
import { chest } from "./findings";
import type { PhantomKind } from "./kind";
import { applyShortcuts, checkShortcuts, noShortcuts, type Shortcuts } from "./shortcuts";
import { edgeSubBand, plantEdges, plantSpot, type ClassCode } from "./signals";

/** The phantom sets there are: chest X-rays, optic discs, and photographs of the cervix. */
export type PhantomName = "chest" | "disc" | "cervix";

const kinds: Readonly<Record<PhantomName, PhantomKind>> = { chest, disc, cervix };

/** Options of `datasets.phantom`. */
export interface PhantomOptions {
  /** How many images; default 400. */
  readonly images?: number;
  /** Rows and columns, or one number for both; default 128x128, for the cervix 128x96. */
  readonly size?: number | readonly [rows: number, cols: number];
  /** Default 0. The same options and seed give the same pixels. */
  readonly seed?: number;
  /** The classes to plant, by name; one finding makes binary labels. Default: all. */
  readonly classes?: readonly string[];
  /** How classes are coded; default `"natural"`. */
  readonly code?: ClassCode;
  /** Share of labels that are wrong, 0..0.5; default 0.03, for the cervix 0.08. */
  readonly labelNoise?: number;
  /** Whether some labels are uncertain (NaN), as often as in the original; default: with several findings. */
  readonly uncertain?: boolean;
  /** What a user must know of this set; default nothing. */
  readonly notes?: readonly string[];
  /** What is planted beside the class; default: nothing. */
  readonly shortcuts?: Partial<Shortcuts>;
}

/** What is known of a phantom image because it was planted. */
export interface PhantomTruth {
  readonly id: string;
  readonly patient: string;
  readonly classes: readonly string[];
  /** `[class]`: 1 drawn, 0 not; before labels went wrong. */
  readonly present: Float32Array;
  /**
   * One image a class (its id is the class): how much the class changed each pixel, signed, in units of full scale; zero
   * where it is absent and for the first class of a single-class set, which is the reference. Compressed, it says which
   * patches of which sub-bands carry the class.
   */
  readonly difference: Images;
  /** With classes coded by edges, the Haar sub-band of level 2 that alone carries each class. */
  readonly subBands?: readonly string[];
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
 * `"chest"`: frontal X-rays with CheXpert's 14 findings, grey. `"disc"`: the optic disc in three stages of glaucoma, RGB.
 * `"cervix"`: three types of transformation zone, RGB. A patient's images share the anatomy; position, light and noise
 * differ, and so do the classes.
 *
 * @throws OptionError naming the option that is not allowed
 */
export function phantomDataset(name: PhantomName, options: PhantomOptions = {}): PhantomDataset & Shown {
  checkOptions<PhantomOptions>("datasets.phantom", options, {
    ...{ images: true, size: true, seed: true, classes: true, code: true, labelNoise: true },
    ...{ uncertain: true, notes: true, shortcuts: true },
  });
  const plan = makePlan(name, options);
  const { kind, cases, chosen } = plan;
  const classes = chosen.map((k) => kind.classes[k]?.name ?? "");
  const byId = new Map(cases.map((one) => [one.id, one]));
  const groups: Groups = Object.fromEntries(cases.map(({ id, patient }) => [id, patient]));
  const values = new Float32Array(cases.length * classes.length);
  cases.forEach(({ label }, at) => values.set(label, at * classes.length));
  const labelKind = kind.labels === "single" ? "single" : classes.length === 1 ? "binary" : "multi";
  return makeDataset(
    {
      name: `${name} phantoms`,
      synthetic: true,
      labels: { kind: labelKind, classes, values, ids: cases.map(({ id }) => id) },
      groups,
      source: `Synthetic ${kind.title}, drawn by deepfixcx: they show nobody, and no number from them says anything of patients.`,
      notes: options.notes ?? [],
      stream: (ids, { batchSize = 64 }) => {
        const wanted = ids.map((id) => byId.get(id) as Case);
        return streamCases(plan, wanted, batchSize);
      },
    },
    { synthetic: true as const, truth: (id: string) => truthOf(plan, byId.get(id), id, classes) },
  );
}

interface Plan {
  readonly kind: PhantomKind;
  readonly size: readonly [rows: number, cols: number];
  readonly chosen: readonly number[];
  readonly code: ClassCode;
  readonly shortcuts: Shortcuts;
  readonly random: Random;
  readonly cases: readonly Case[];
}

function makePlan(name: PhantomName, options: PhantomOptions): Plan {
  const kind = (kinds as Partial<typeof kinds>)[name];
  if (kind === undefined) throw refuse(`name one of ${Object.keys(kinds).join(", ")}`, inBrief(name));
  const { images = 400, size = kind.size, seed = 0, code = "natural", labelNoise = kind.labelNoise } = options;
  const sides = typeof size === "number" ? ([size, size] as const) : size;
  if (!Number.isInteger(images) || images < 2) throw refuse("images a whole number of at least 2", inBrief(images));
  if (!Array.isArray(sides) || sides.length !== 2) {
    throw refuse("size a whole number, or two: [rows, cols]", inBrief(size));
  }
  for (const side of sides) {
    if (!Number.isInteger(side) || side < 16) throw refuse("size of whole sides of at least 16", inBrief(side));
  }
  if (!(labelNoise >= 0 && labelNoise <= 0.5)) throw refuse("labelNoise in 0..0.5", inBrief(labelNoise));
  if (!["natural", "place", "edges"].includes(code)) throw refuse("code one of natural, place, edges", inBrief(code));
  const shortcuts = { ...noShortcuts, ...options.shortcuts };
  checkShortcuts(shortcuts);
  const chosen = choose(kind, options.classes);
  const uncertain = options.uncertain ?? chosen.length > 1;
  const random = new Random(seed).fork(name);
  const cases = dealCases({ kind, images, chosen, labelNoise, uncertain }, random.fork("cases"));
  return { kind, size: sides, chosen, code, shortcuts, random, cases };
}

function choose(kind: PhantomKind, names: readonly string[] | undefined): readonly number[] {
  const known = kind.classes.map(({ name }) => name);
  if (names === undefined) return known.map((_, k) => k);
  if (names.length < (kind.labels === "single" ? 2 : 1) || new Set(names).size < names.length) {
    throw refuse(`classes, each once, ${kind.labels === "single" ? "two at least" : "one at least"}`, names.join(", "));
  }
  return names.map((name) => {
    if (!known.includes(name)) throw refuse(`classes among ${known.join(", ")}`, `"${name}"`);
    return known.indexOf(name);
  });
}

function refuse(required: string, got: string): OptionError {
  return new OptionError({ where: "datasets.phantom", required, got });
}

/** Draws one image, or what it would be without one of its classes; everything else stays as it is. */
function draw(
  { kind, size, chosen, code, shortcuts, random }: Plan,
  one: Case,
  { without, pixels }: { readonly without?: number; readonly pixels?: Float32Array } = {},
): Canvas {
  const own = random.fork(one.id);
  const scene = kind.draw(size, random.fork(one.patient), own.fork("picture"), pixels);
  const planted = chosen.map((_, k) => one.present[k] === 1 && k !== without);
  if (code === "natural") {
    planted.forEach((there, k) => {
      // The first class of a single-class set is what the body looks like before anything is planted.
      if (there && !(kind.labels === "single" && k === 0)) scene.plant(chosen[k] as number, own.fork(`class ${k}`));
    });
  }
  scene.take();
  if (code !== "natural") plantSignals(scene.canvas, scene.organ(), planted, { kind, code, own, without });
  applyShortcuts(scene.canvas, shortcuts, one.present[followed(kind)] === 1, own.fork("shortcuts"));
  return scene.canvas;
}

interface SignalPlan extends Pick<Plan, "kind" | "code"> {
  readonly own: Random;
  readonly without: number | undefined;
}

function plantSignals(
  canvas: Canvas,
  organ: Float32Array,
  planted: readonly boolean[],
  { kind, code, own, without }: SignalPlan,
): void {
  const single = kind.labels === "single";
  planted.forEach((there, k) => {
    if (k === without) return;
    if (code === "edges") {
      if (there) plantEdges(canvas, organ, edgeSubBand(k), own.fork(`class ${k}`));
    } else if (single) {
      if (there) plantSpot(canvas, { at: k, count: planted.length });
    } else {
      plantSpot(canvas, { at: there ? k : k + planted.length, count: 2 * planted.length });
    }
  });
}

/** The class that shortcuts follow: the first finding that is a disease, the last of several stages. */
function followed(kind: PhantomKind): number {
  return kind.labels === "single" ? kind.classes.length - 1 : 0;
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
  const { kind, size } = plan;
  const shape = [cases.length, kind.channels, ...size] as const;
  const each = kind.channels * size[0] * size[1];
  const pixels = new Uint8Array(cases.length * each);
  const canvas = new Float32Array(each);
  cases.forEach((one, at) => {
    quantise(draw(plan, one, { pixels: canvas }).pixels, new Uint8ClampedArray(pixels.buffer, at * each, each));
  });
  return { pixels, shape, ids: cases.map(({ id }) => id) };
}

function quantise(from: Float32Array, to: Uint8ClampedArray): void {
  for (let at = 0; at < from.length; at++) to[at] = 255 * (from[at] as number);
}

function truthOf(plan: Plan, one: Case | undefined, id: string, classes: readonly string[]): PhantomTruth {
  if (one === undefined) throw new DataError({ where: "truth", required: "an id of this data set", got: `"${id}"` });
  const { kind, size, code } = plan;
  const whole = draw(plan, one).pixels;
  const pixels = new Float32Array(classes.length * whole.length);
  classes.forEach((_, k) => {
    if (one.present[k] !== 1) return;
    const rest = draw(plan, one, { without: k }).pixels;
    for (let at = 0; at < whole.length; at++) {
      pixels[k * whole.length + at] = (whole[at] as number) - (rest[at] as number);
    }
  });
  const difference: Images = { pixels, shape: [classes.length, kind.channels, ...size], ids: classes };
  const subBands = code === "edges" ? { subBands: classes.map((_, k) => edgeSubBand(k)) } : {};
  return { id, patient: one.patient, classes, present: one.present, difference, ...subBands };
}
