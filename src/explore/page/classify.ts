import { compress } from "../../compress/browser";
import { enlarge } from "../../compress/enlarge";
import type { PageClassifier } from "../pageData";
import type { Result } from "./compute";
import { pullBack } from "./pullBack";

/** A linear classifier's score of the original and of the privatized image, and what each number adds. */
export interface Classified {
  /** Probability that the finding is there, from the original and from the privatized image. */
  readonly original: number;
  readonly privatized: number;
  /** `[subBand, patchRow, patchCol]`: what each number adds to the logit, compared with the mean phantom. */
  readonly attribution: Float32Array;
}

interface Template {
  readonly weights: Float32Array;
  readonly mean: Float32Array;
}

/** Reads grey images of any size. */
export function classifierFor(model: PageClassifier): (result: Result) => Classified {
  let key = "";
  let template: Template = { weights: new Float32Array(0), mean: new Float32Array(0) };
  return (result) => {
    const [, rows, cols] = result.image.shape;
    if (key !== `${rows}x${cols}`) template = templateOf(model, rows, cols);
    key = `${rows}x${cols}`;
    const slope = pullBack(template.weights, result.settings, result.image.shape);
    const start = compress({ pixels: template.mean, shape: [1, 1, rows, cols], ids: ["mean"] }, result.settings).values;
    return {
      original: probability(model.bias + dot(template.weights, result.original)),
      privatized: probability(model.bias + dot(template.weights, result.privatized)),
      attribution: slope.map((value, at) => value * ((result.embedding.values[at] as number) - (start[at] as number))),
    };
  };
}

/** The classifier's weights spread over the pixels of an image of this size, and the mean phantom at this size. */
function templateOf({ side, weights, mean }: PageClassifier, rows: number, cols: number): Template {
  const cell = (at: number, length: number): number => Math.floor((at * side) / length);
  const counts = new Float32Array(side * side);
  const cells = Uint32Array.from({ length: rows * cols }, (_, at) => {
    return cell(Math.floor(at / cols), rows) * side + cell(at % cols, cols);
  });
  for (const at of cells) (counts[at] as number)++;
  const meanSide = Math.sqrt(mean.length);
  const enlarged = enlarge({ values: Float64Array.from(mean), shape: [1, meanSide, meanSide] }, [rows, cols]);
  return {
    weights: Float32Array.from(cells, (at) => (weights[at] as number) / (counts[at] as number)),
    mean: Float32Array.from(enlarged.values),
  };
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[at] as number);
  return sum;
}

function probability(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
