import type * as tf from "@tensorflow/tfjs";
import type { PrivatizeOptions } from "../../compress/privatize";
import { Random } from "../../core/random";
import type { Initial, WeightSpec } from "../weights";
import type { Layer, MapShape, Pass, Trace } from "./layer";
import type { Network } from "./network";

/** A deep network on images, trained from scratch. */
export interface DeepOptions {
  readonly kind: "resnet18" | "densenet121" | "efficientnet-b0";
  /**
   * Settings of compress: the network then sees the images privatized at compact size (for DenseNet and EfficientNet at
   * least 64 x 64, as in the paper, unless `minSize` says otherwise).
   */
  readonly privatize?: Pick<PrivatizeOptions, "level" | "patchGrid" | "wavelet" | "pooling" | "minSize">;
}

/** A convolutional network without its tensors: a body of layers, and a linear layer on the means of its maps. */
export interface Architecture {
  readonly body: Layer;
  readonly head: Head;
}

/** The last layer: means over rows and columns, dropout, one logit a class. */
export interface Head {
  readonly name: string;
  readonly channels: number;
  readonly outputs: number;
  readonly initial: { readonly weight: Initial; readonly bias: Initial };
  /** Chance that a mean is left out in training, the others scaled up; default 0. */
  readonly dropout?: number;
}

/** What an architecture needs for one image of this shape, head included. */
export function traceArchitecture({ body, head }: Architecture, shape: MapShape): Trace {
  const { multiplyAdds, kept } = body.trace(shape);
  const own = head.channels * head.outputs;
  return { shape: [1, 1, head.outputs], multiplyAdds: multiplyAdds + own, kept: kept + head.channels };
}

/** Every weight of an architecture, in the order in which its network takes them. */
export function architectureWeights({ body, head }: Architecture): WeightSpec[] {
  const { name, channels, outputs, initial } = head;
  return [
    ...body.weights,
    { name: `${name}.weight`, shape: [channels, outputs], initial: initial.weight, trainable: true },
    { name: `${name}.bias`, shape: [outputs], initial: initial.bias, trainable: true },
  ];
}

/** The network of an architecture, for batches `[image, row, col, channel]`. */
export function deepNetwork(tfjs: typeof tf, architecture: Architecture): Network {
  const { body, head } = architecture;
  const specs = architectureWeights(architecture);
  const places = new Map(specs.map(({ name }, at) => [name, at]));

  function passOf(weights: readonly tf.Tensor[], random: Random, changes?: Map<string, tf.Tensor>): Pass {
    return {
      ...{ tfjs, random },
      weight: (name) => weights[places.get(name) as number] as tf.Tensor,
      change: (name, value) => void changes?.set(name, value),
    };
  }

  function headLogits({ weight }: Pass, means: tf.Tensor2D): tf.Tensor2D {
    const matrix = weight(`${head.name}.weight`) as tf.Tensor2D;
    return tfjs.fused.matMul({ a: means, b: matrix, bias: weight(`${head.name}.bias`) }) as tf.Tensor2D;
  }

  /** The slope by the maps from that by the logits. */
  function headBack(pass: Pass, means: tf.Tensor2D, mask: tf.Tensor2D | undefined, maps: number[], slope: tf.Tensor2D) {
    pass.change(`${head.name}.weight`, tfjs.matMul(means, slope, true, false));
    pass.change(`${head.name}.bias`, slope.sum(0));
    const matrix = pass.weight(`${head.name}.weight`) as tf.Tensor2D;
    const meanSlope = tfjs.matMul(slope, matrix, false, true);
    const masked = mask === undefined ? meanSlope : meanSlope.mul(mask);
    const [images, rows, cols, channels] = maps as [number, number, number, number];
    const each = masked.div(rows * cols).reshape([images, 1, 1, channels]);
    return tfjs.broadcastTo<tf.Rank.R4>(each, [images, rows, cols, channels]);
  }

  return {
    weights: specs,
    logits(weights, batch) {
      const pass = passOf(weights, new Random(0)); // inference draws nothing
      return headLogits(pass, body.infer(pass, batch as tf.Tensor4D).mean([1, 2]));
    },
    step(weights, batch, slopeOf, random) {
      const changes = new Map<string, tf.Tensor>();
      const pass = passOf(weights, random, changes);
      const { output, back } = body.forward(pass, batch as tf.Tensor4D);
      const mask = dropoutMask(tfjs, head, batch.shape[0], random);
      const plain = output.mean<tf.Tensor2D>([1, 2]);
      const means = mask === undefined ? plain : plain.mul<tf.Tensor2D>(mask);
      const mapShape = output.shape;
      output.dispose();
      const slope = headBack(pass, means, mask, mapShape, slopeOf(headLogits(pass, means)));
      back(slope).dispose();
      return specs.map(({ name }) => changes.get(name) as tf.Tensor);
    },
  };
}

function dropoutMask(tfjs: typeof tf, { dropout = 0, channels }: Head, images: number, random: Random) {
  if (dropout === 0) return undefined;
  const draw = (): number => (random.uniform() < dropout ? 0 : 1 / (1 - dropout));
  return tfjs.tensor2d(Float32Array.from({ length: images * channels }, draw), [images, channels]);
}
