import { lineChart, type Series } from "../../display/charts";
import { colours } from "../../display/style";
import type { Cell, Figure, Page, Table } from "../../display/view";
import type { Estimate } from "../bootstrap";
import { cell } from "../evaluationView";
import type { Attacked } from "./attackers";
import type { NoiseCurve, NoisePoint } from "./noiseCurveResult";
import { rebuiltBy } from "./protectionsView";

const palette = [colours.blue, colours.vermilion, colours.green, colours.purple, colours.sky];

/** More numbers of pixels than this would repeat colours. */
export const mostPixelCounts: number = palette.length;

/** One line of a curve. */
export function noiseCurveSummary(curve: NoiseCurve): string {
  const { points, plain, mechanism, images } = curve;
  const best = points.reduce((high, point) => (point.auc.value > high.auc.value ? point : high));
  const kept = `AUC ${best.auc.value.toFixed(3)} at epsilon ${best.epsilon} for ${inPixels(best.pixels)}`;
  return `Noise curve (${mechanism}) of ${images} images: AUC ${plain.auc.value.toFixed(3)} without noise, at most ${kept}`;
}

/** A page: worth and attacks against epsilon, the numbers behind them, and what may be claimed. */
export function noiseCurveView(curve: NoiseCurve): Page {
  const { points, plain, images, patients, meanImagePsnr, settings } = curve;
  const chance = { name: "chance", value: 0.5 };
  const { level, patchGrid } = settings;
  return {
    kind: "page",
    title: `What a guarantee costs ${images} images of ${patients} patients at J=${level}, P=${[...new Set(patchGrid)].join("x")}`,
    views: [
      figure(curve, "What is left for use", "ROC AUC", ({ auc }) => auc, chance),
      figure(curve, "Linkage among equal labels", "verification AUC", ({ verificationAuc }) => verificationAuc, chance),
      figure(curve, "Linkage: the nearest image", "top-1 hit", ({ topHit }) => topHit, {
        name: "chance",
        value: plain.topChance,
      }),
      figure(curve, "Reconstruction", "PSNR, dB", ({ psnr }) => psnr, { name: "mean image", value: meanImagePsnr }),
      table(points, curve),
      { kind: "note", text: claims },
    ],
  };
}

const claims =
  "What is promised: images that differ in at most so many pixels give any release with chances at most a factor exp(epsilon) apart " +
  "(but for delta, with Gaussian noise). What is not: that a patient cannot be recognised, since what tells people apart " +
  "spreads over far more pixels; read the measured attacks for that. Each further release of an image costs as much again. " +
  "Noise was drawn from a test seed, for measuring.";

type Measure = (point: Attacked) => Estimate;

interface Floor {
  readonly name: string;
  readonly value: number;
}

function figure(curve: NoiseCurve, title: string, y: string, of: Measure, floor: Floor): Figure {
  const { points, plain } = curve;
  const epsilons = points.map(({ epsilon }) => epsilon);
  const ends = [Math.min(...epsilons), Math.max(...epsilons)];
  const level = (name: string, value: number): Series => ({ name, x: ends, y: [value, value], colour: colours.grey });
  const levels = [level("no noise", of(plain).value), level(floor.name, floor.value)];
  const drawn = lineChart([...pixelSeries(points, of), ...levels], {
    title: `${title}: ${claimOf(curve, of)}`,
    x: { title: "epsilon (smaller promises more)", log: true },
    y,
    markers: true,
    height: 360,
  });
  const dashes: Readonly<Record<string, string>> = { "no noise": "dash", [floor.name]: "dot" };
  const traces = drawn.traces.map((trace) => {
    const dash = dashes[String(trace["name"])];
    return dash === undefined ? trace : { ...trace, mode: "lines", line: { color: colours.grey, dash } };
  });
  return { ...drawn, traces };
}

/** A curve for each number of pixels. */
function pixelSeries(points: readonly NoisePoint[], of: Measure): Series[] {
  return [...new Set(points.map(({ pixels }) => pixels))].map((pixels, at) => {
    const own = points.filter((point) => point.pixels === pixels);
    const values = own.map(of);
    return {
      name: inPixels(pixels),
      x: own.map(({ epsilon }) => epsilon),
      y: values.map(({ value }) => value),
      low: values.map(({ low }) => low),
      high: values.map(({ high }) => high),
      colour: palette[at] as string,
    };
  });
}

/** What the customary epsilon of 1 leaves, or the one nearest to it, for the fewest pixels. */
function claimOf({ points, plain, mechanism }: NoiseCurve, of: Measure): string {
  const far = ({ pixels, epsilon }: NoisePoint): number => 1e6 * pixels + Math.abs(Math.log(epsilon));
  const told = points.reduce((best, point) => (far(point) < far(best) ? point : best));
  const [noisy, clean] = [of(told).value, of(plain).value].map((value) => value.toPrecision(3));
  const noise = mechanism === "laplace" ? "Laplace" : "Gaussian";
  return `${noisy} instead of ${clean} by ${noise} noise for ${inPixels(told.pixels)} at epsilon ${told.epsilon}`;
}

function inPixels(pixels: number): string {
  return pixels === 1 ? "1 pixel" : `${pixels} pixels`;
}

function table(points: readonly NoisePoint[], { plain, meanImagePsnr, delta, decoder }: NoiseCurve): Table {
  const cells = ({ auc, verificationAuc, topHit, topChance, psnr }: Attacked): Cell[] => [
    ...[auc.value, auc.low, auc.high, verificationAuc.value, verificationAuc.low, verificationAuc.high].map(cell),
    ...[topHit.value, topChance, psnr.value].map(cell),
  ];
  const names = ["ROC AUC", "low", "high", "verification AUC", "low", "high", "top-1 hit", "chance", "rebuilt, dB"];
  return {
    kind: "table",
    title: "Noise under attackers trained on numbers with the same noise",
    columns: ["pixels", "epsilon", ...names].map((name) => ({ name })),
    rows: [["none", null, ...cells(plain)], ...points.map((point) => [point.pixels, point.epsilon, ...cells(point)])],
    note:
      `Linkage among images of equal label. ${rebuiltBy(decoder)} The mean image alone: ${meanImagePsnr.toFixed(1)} dB. ` +
      `Intervals over patients at 95 %.${delta === 0 ? "" : ` Delta ${delta}.`}`,
  };
}
