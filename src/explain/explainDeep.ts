import type * as tf from "@tensorflow/tfjs";
import { OptionError } from "../core/errors";
import { type Images, inBrief } from "../core/images";
import { checkOptions, longWorkNames } from "../core/options";
import { tensorflow } from "../core/packages";
import { type LongWorkOptions, startWork } from "../core/progress";
import { Random } from "../core/random";
import { type Shown, showAs } from "../display/show";
import type { TrainedModel } from "../train/model";
import { architectureOf, isDeep } from "../train/models/create";
import { architectureWeights, type Architecture, type DeepOptions } from "../train/models/deep";
import type { Pass } from "../train/models/layer";
import { openSource } from "../train/source";
import { gaussLegendre } from "./gauss";
import type { ImageAttribution, ImageMethod } from "./imageAttribution";
import { imageAttributionView } from "./imageAttributionView";
import { targetOf } from "./modelScore";

/** Options of `explain(model, images, ...)` for deep networks. */
export interface ImageAttributionOptions extends LongWorkOptions {
  /** Default `"integratedGradients"`. */
  readonly method?: ImageMethod;
  /** Where integrated gradients start: a black image (default), or the mean of the images. */
  readonly baseline?: "zero" | "mean";
  /** The class whose logit is explained, by name or index; default: the model's first. */
  readonly target?: string | number;
  /** Gauss-Legendre nodes of integrated gradients, at least 1; default 32. */
  readonly steps?: number;
}

const where = "explain";

/** @see explain */
export async function explainDeep(
  model: TrainedModel,
  images: Images,
  options: ImageAttributionOptions = {},
): Promise<ImageAttribution & Shown> {
  const { method = "integratedGradients", baseline = "zero", target = 0, steps = 32, ...rest } = options;
  checkOptions(where, options, { method: true, baseline: true, target: true, steps: true, ...longWorkNames });
  const kind = checkDeep(model, method, baseline, steps);
  const { index, name } = targetOf(model, target);
  const tfjs = await tensorflow();
  const network = deepScore(tfjs, model, kind, index);
  const source = await openSource(images, model.model, images.ids);
  const feed = source.open(tfjs, images.ids, undefined);
  const work = startWork("explain", images.ids.length, rest);
  const parts: Explained[] = [];
  const order = Int32Array.from(images.ids, (_, row) => row);
  const start = baseline === "mean" ? await meanInput(tfjs, feed.batches(order, 16)) : undefined;
  try {
    for await (const { inputs } of feed.batches(order, 1)) {
      const image = inputs as tf.Tensor4D;
      parts.push(method === "gradCam" ? gradCam(network, image) : pathGradients(network, image, start, steps));
      image.dispose();
      work.check();
      work.report(parts.length);
      await work.breathe();
    }
  } finally {
    tfjs.dispose(network.weights);
    start?.dispose();
    feed.dispose();
    work.end();
  }
  const privatize = (model.model as DeepOptions).privatize;
  const [first] = parts;
  const result: ImageAttribution = {
    kind: "imageAttribution",
    values: joined(parts.map(({ values }) => values)),
    shape: [parts.length, first?.rows ?? 0, first?.cols ?? 0],
    ids: images.ids,
    ...{ method, target: name, baseline },
    scores: Float64Array.from(parts, ({ score }) => score),
    baselineScores: Float64Array.from(parts, ({ baselineScore }) => baselineScore),
    completenessGap: Math.max(0, ...parts.map(gapOf)),
    ...(method === "integratedGradients" ? { steps } : {}),
    ...(privatize === undefined ? {} : { settings: { level: privatize.level, patchGrid: privatize.patchGrid } }),
    seen: privatize === undefined ? new Float32Array(0) : joined(parts.map(({ seen }) => seen)),
  };
  const gap = `completeness gap ${result.completenessGap.toExponential(1)}`;
  return showAs(result, {
    summary: () => `Attribution of ${name} by ${method} for ${parts.length} images of a ${kind}, ${gap}`,
    view: () => imageAttributionView(result),
  });
}

// An alias, since tfjs.tidy takes no interface.
type Explained = {
  /** `[row, col]`. */
  readonly values: Float32Array;
  readonly seen: Float32Array;
  readonly rows: number;
  readonly cols: number;
  readonly score: number;
  readonly baselineScore: number;
};

interface DeepScore {
  readonly tfjs: typeof tf;
  readonly weights: tf.Tensor[];
  /** `[channel]` and the bias: what one class reads from the means of the last maps. */
  readonly readout: tf.Tensor1D;
  readonly bias: number;
  /** The last maps `[image, row, col, channel]`, as after training. */
  readonly maps: (batch: tf.Tensor4D) => tf.Tensor4D;
}

function deepScore(tfjs: typeof tf, model: TrainedModel, kind: DeepOptions["kind"], target: number): DeepScore {
  const architecture: Architecture = architectureOf(kind, model.input.shape[0] as number, model.classes.length);
  const places = new Map(architectureWeights(architecture).map(({ name }, at) => [name, at]));
  const weights = model.weights.map(({ values, shape }) => tfjs.tensor(values.slice(), [...shape]));
  const weight = (name: string): tf.Tensor => weights[places.get(name) as number] as tf.Tensor;
  const pass: Pass = { tfjs, weight, change: () => undefined, random: new Random(0) }; // inference draws nothing
  const { name, channels } = architecture.head;
  const readout = tfjs.tidy(() =>
    weight(`${name}.weight`).slice([0, target], [channels, 1]).reshape<tf.Tensor1D>([channels]),
  );
  return {
    tfjs,
    weights: [...weights, readout],
    readout,
    bias: weight(`${name}.bias`).dataSync()[target] as number,
    maps: (batch) => architecture.body.infer(pass, batch),
  };
}

function logits({ tfjs, readout, bias, maps }: DeepScore, batch: tf.Tensor4D): tf.Tensor1D {
  return tfjs.tidy(() => maps(batch).mean<tf.Tensor2D>([1, 2]).mul(readout).sum(1).add<tf.Tensor1D>(bias));
}

/** Integrated gradients: all nodes of one image are one batch. */
function pathGradients(
  network: DeepScore,
  image: tf.Tensor4D,
  start: tf.Tensor4D | undefined,
  steps: number,
): Explained {
  const { tfjs } = network;
  const { nodes, weights } = gaussLegendre(steps);
  return tfjs.tidy(() => {
    const from = start ?? tfjs.zerosLike(image);
    const step = image.sub(from);
    let slope: tf.Tensor = tfjs.zerosLike(image);
    const slopeAt = tfjs.grad((batch) => logits(network, batch as tf.Tensor4D).sum());
    for (let at = 0; at < steps; at += chunk) {
      const own = Float32Array.from(nodes.subarray(at, at + chunk));
      const share = Float32Array.from(weights.subarray(at, at + chunk));
      const each: [number, number, number, number] = [own.length, 1, 1, 1];
      const batch = from.add(step.mul(tfjs.tensor4d(own, each)));
      slope = slope.add(slopeAt(batch).mul(tfjs.tensor4d(share, each)).sum(0, true));
    }
    const [score, baselineScore] = [image, from].map((each) => logits(network, each).dataSync()[0] as number);
    return explained(image, slope.mul(step).sum(3), score as number, baselineScore as number);
  });
}

const chunk = 8; // nodes in one batch, which bounds memory

/** With a linear readout of means, the slope of the logit by each map is its readout weight over its size. */
function gradCam(network: DeepScore, image: tf.Tensor4D): Explained {
  const { tfjs, readout, bias, maps } = network;
  return tfjs.tidy(() => {
    const last = maps(image);
    const [, rows, cols] = last.shape;
    const cells = last
      .mul(readout)
      .sum<tf.Tensor3D>(3)
      .div<tf.Tensor3D>(rows * cols);
    const score = (cells.sum().dataSync()[0] as number) + bias;
    const [, height, width] = image.shape;
    const coarse = cells.relu().expandDims<tf.Tensor4D>(3);
    const fine = tfjs.image.resizeBilinear(coarse, [height, width], false, true).squeeze([3]);
    return explained(image, fine.mul((rows * cols) / (height * width)), score, bias);
  });
}

function explained(image: tf.Tensor4D, values: tf.Tensor, score: number, baselineScore: number): Explained {
  const [, rows, cols] = image.shape;
  const seen = image.mean(3).dataSync<"float32">().slice();
  return { values: values.dataSync<"float32">().slice(), seen, rows, cols, score, baselineScore };
}

async function meanInput(
  tfjs: typeof tf,
  batches: AsyncIterable<{ readonly inputs: tf.Tensor }>,
): Promise<tf.Tensor4D> {
  let [sum, count] = [tfjs.scalar(0) as tf.Tensor, 0];
  for await (const { inputs } of batches) {
    const next = tfjs.tidy(() => sum.add(inputs.sum(0, true)));
    count += inputs.shape[0];
    tfjs.dispose([sum, inputs]);
    sum = next;
  }
  const mean = tfjs.tidy(() => sum.div<tf.Tensor4D>(count));
  sum.dispose();
  return mean;
}

function gapOf({ values, score, baselineScore }: Explained): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const change = score - baselineScore;
  return Math.abs(sum - change) / Math.max(1, Math.abs(change));
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const size = parts[0]?.length ?? 0;
  const whole = new Float32Array(parts.length * size);
  parts.forEach((part, at) => whole.set(part, at * size));
  return whole;
}

function checkDeep(
  { model }: TrainedModel,
  method: ImageMethod,
  baseline: "zero" | "mean",
  steps: number,
): DeepOptions["kind"] {
  const refuse = (required: string, got: string): never => {
    throw new OptionError({ where, required, got });
  };
  if (method !== "integratedGradients" && method !== "gradCam") {
    refuse('method "integratedGradients" or "gradCam" for a deep network', JSON.stringify(method));
  }
  if (baseline !== "zero" && baseline !== "mean") refuse('baseline "zero" or "mean"', JSON.stringify(baseline));
  if (!Number.isInteger(steps) || steps < 1) refuse("steps a whole number of at least 1", inBrief(steps));
  if (isDeep(model)) return model.kind;
  return refuse("a deep network for images", `a ${model.kind}, which takes embeddings`);
}
