import type * as tf from "@tensorflow/tfjs";
import { type Native, nativeOf } from "../native";
import type { WeightSpec } from "../weights";
import { activate, type Activation } from "./activation";
import { type Layer, mapSize } from "./layer";

// PyTorch's defaults, which torchvision's networks use.
const epsilon = 1e-5;
const momentum = 0.1;

/** A batch standardised in training: the result, its statistics and the way back. */
interface Standardised {
  readonly output: tf.Tensor4D;
  readonly mean: tf.Tensor1D;
  /** Divided by one less than the count, as it is gathered. */
  readonly variance: tf.Tensor1D;
  /** Slopes by input, scale and shift; frees what it kept. */
  readonly back: (slope: tf.Tensor4D) => readonly [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
}

/** Batch norm (Ioffe and Szegedy 2015) over images, rows and columns, then an activation. */
export function batchNorm(name: string, channels: number, activation: Activation = "relu"): Layer {
  const spec = (part: string, value: number, trainable: boolean): WeightSpec => {
    return { name: `${name}.${part}`, shape: [channels], initial: { kind: "constant", value }, trainable };
  };
  return {
    weights: [
      spec("weight", 1, true),
      spec("bias", 0, true),
      spec("running_mean", 0, false),
      spec("running_var", 1, false),
    ],
    // The input is kept and the output; the activation of silu keeps what went into it too.
    trace: (shape) => ({ shape, multiplyAdds: mapSize(shape), kept: mapSize(shape) * (activation === "silu" ? 2 : 1) }),
    infer: ({ tfjs, weight }, input) =>
      tfjs.tidy(() => {
        const [scale, shift, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map((part) =>
          weight(`${name}.${part}`),
        ) as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
        return activate(tfjs, activation, tfjs.batchNorm4d(input, mean, variance, shift, scale, epsilon)).output;
      }),
    forward({ tfjs, weight, change }, input) {
      const native = nativeOf(tfjs);
      const scale = weight(`${name}.weight`) as tf.Tensor1D;
      const shift = weight(`${name}.bias`) as tf.Tensor1D;
      const standardised =
        native === undefined
          ? portableStandardise(tfjs, input, scale, shift)
          : nativeStandardise(tfjs, native, input, scale, shift);
      const gather = (part: string, now: tf.Tensor1D): void => {
        const old = weight(`${name}.${part}`);
        change(
          `${name}.${part}`,
          tfjs.tidy(() => old.add(now.sub(old).mul(momentum))),
        );
      };
      gather("running_mean", standardised.mean);
      gather("running_var", standardised.variance);
      const { output, back } = activate(tfjs, activation, standardised.output);
      standardised.output.dispose();
      return {
        output,
        back(slope) {
          const inner = back(slope);
          const [inputSlope, scaleSlope, shiftSlope] = standardised.back(inner);
          inner.dispose();
          change(`${name}.weight`, scaleSlope);
          change(`${name}.bias`, shiftSlope);
          return inputSlope;
        },
      };
    },
  };
}

/** By TensorFlow's fused kernels, which keep nothing but the input and a few vectors. */
function nativeStandardise(
  tfjs: typeof tf,
  native: Native,
  input: tf.Tensor4D,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
): Standardised {
  const attributes = [
    native.float("T"),
    native.float("U"),
    native.number("epsilon", epsilon),
    native.text("data_format", "NHWC"),
    native.bool("is_training", true),
  ];
  const none = tfjs.tensor1d([]);
  const [output, mean, variance, ...reserves] = native.run(
    "FusedBatchNormV3",
    attributes,
    [input, scale, shift, none, none],
    6,
  ) as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, ...tf.Tensor[]];
  none.dispose();
  const kept = input.clone();
  return {
    ...{ output, mean, variance },
    back(slope) {
      const slopes = native.run("FusedBatchNormGradV3", attributes, [slope, kept, scale, ...reserves], 5);
      tfjs.dispose([kept, mean, variance, ...reserves, ...slopes.slice(3)]);
      return slopes.slice(0, 3) as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
    },
  };
}

/** In plain tfjs operations, for every backend. */
function portableStandardise(
  tfjs: typeof tf,
  input: tf.Tensor4D,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
): Standardised {
  const over = [0, 1, 2];
  const [images, rows, cols] = input.shape;
  const count = images * rows * cols;
  const { mean, variance } = tfjs.moments(input, over);
  const root = tfjs.tidy(() => variance.add(epsilon).rsqrt());
  const standard = tfjs.tidy(() => input.sub<tf.Tensor4D>(mean).mul<tf.Tensor4D>(root));
  const unbiased = variance.mul<tf.Tensor1D>(count / Math.max(1, count - 1));
  variance.dispose();
  return {
    output: tfjs.tidy(() => standard.mul<tf.Tensor4D>(scale).add(shift)),
    mean: mean as tf.Tensor1D,
    variance: unbiased,
    back(slope) {
      const slopes = tfjs.tidy((): [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D] => {
        const shiftSlope = slope.sum<tf.Tensor1D>(over);
        const scaleSlope = slope.mul(standard).sum<tf.Tensor1D>(over);
        const spread = shiftSlope.add(standard.mul(scaleSlope)).div(count);
        return [slope.sub(spread).mul<tf.Tensor4D>(root.mul(scale)), scaleSlope, shiftSlope];
      });
      tfjs.dispose([mean, unbiased, root, standard]);
      return slopes;
    },
  };
}
