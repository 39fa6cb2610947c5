import type * as tf from "@tensorflow/tfjs";
import type { Initial, WeightSpec } from "../weights";
import type { Layer, MapShape } from "./layer";
import { mapSize } from "./layer";

/** Options of {@link convolution}. */
export interface ConvolutionOptions {
  /** Rows and columns of the filters, odd; default 1. The input is padded by half of it, as PyTorch's layers here are. */
  readonly kernel?: number;
  readonly stride?: number;
  /** One filter a channel; default false. */
  readonly depthwise?: boolean;
  /** Default false: batch norm follows nearly everywhere. */
  readonly bias?: boolean;
  /** Default: normal, standard deviation sqrt(2 / (kernel^2 output)) (He et al. 2015, by the fan out). */
  readonly initial?: Initial;
  /** True for the layer that sees the images, whose slope nobody needs; default false. */
  readonly first?: boolean;
}

/** A convolution without dilation, weights `[row, col, input, output]` (depthwise: `[row, col, channel, 1]`). */
export function convolution(name: string, inputs: number, outputs: number, options: ConvolutionOptions = {}): Layer {
  const { kernel = 1, stride = 1, depthwise = false, bias = false, first = false } = options;
  const { initial = { kind: "normal", deviation: Math.sqrt(2 / (kernel * kernel * outputs)) } } = options;
  const filterShape: [number, number, number, number] = [kernel, kernel, inputs, depthwise ? 1 : outputs];
  const specs: WeightSpec[] = [{ name: `${name}.weight`, shape: filterShape, initial, trainable: true }];
  if (bias)
    specs.push({ name: `${name}.bias`, shape: [outputs], initial: { kind: "constant", value: 0 }, trainable: true });
  const margin = (kernel - 1) / 2;
  // TensorFlow's "same" pads unevenly when it strides: there the margin is added by hand.
  const padded = stride > 1 && margin > 0;
  const padding = stride === 1 ? "same" : "valid";

  function widen(tfjs: typeof tf, input: tf.Tensor4D): tf.Tensor4D {
    if (!padded) return input.clone();
    return tfjs.pad(input, [[0, 0], [margin, margin], [margin, margin], [0, 0]]); // prettier-ignore
  }

  function convolve(tfjs: typeof tf, input: tf.Tensor4D, filters: tf.Tensor4D): tf.Tensor4D {
    return depthwise
      ? tfjs.depthwiseConv2d(input, filters, stride, padding)
      : tfjs.conv2d(input, filters, stride, padding);
  }

  function inputSlope(tfjs: typeof tf, slope: tf.Tensor4D, filters: tf.Tensor4D, wide: tf.Tensor4D): tf.Tensor4D {
    if (!depthwise) return tfjs.conv2dTranspose(slope, filters, wide.shape, stride, padding);
    const attributes = { strides: [stride, stride], pad: padding, dilations: [1, 1], inputShape: wide.shape };
    return tfjs.engine().runKernel("DepthwiseConv2dNativeBackpropInput", { dy: slope, filter: filters }, attributes);
  }

  function filterSlope(tfjs: typeof tf, slope: tf.Tensor4D, wide: tf.Tensor4D): tf.Tensor {
    const attributes = { strides: [stride, stride], pad: padding, dilations: [1, 1], dataFormat: "NHWC", filterShape };
    const kernelName = depthwise ? "DepthwiseConv2dNativeBackpropFilter" : "Conv2DBackpropFilter";
    return tfjs.engine().runKernel(kernelName, { x: wide, dy: slope }, attributes);
  }

  return {
    weights: specs,
    trace([rows, cols]) {
      const shape: MapShape = [Math.ceil(rows / stride), Math.ceil(cols / stride), outputs];
      const perOutput = kernel * kernel * (depthwise ? 1 : inputs);
      const margins = padded ? (rows + 2 * margin) * (cols + 2 * margin) * inputs : 0;
      return { shape, multiplyAdds: mapSize(shape) * perOutput, kept: mapSize(shape) + margins };
    },
    infer: ({ tfjs, weight }, input) =>
      tfjs.tidy(() => {
        const output = convolve(tfjs, widen(tfjs, input), weight(`${name}.weight`) as tf.Tensor4D);
        return bias ? output.add(weight(`${name}.bias`)) : output;
      }),
    forward({ tfjs, weight, change }, input) {
      const filters = weight(`${name}.weight`) as tf.Tensor4D;
      const wide = widen(tfjs, input);
      const plain = convolve(tfjs, wide, filters);
      const output = bias ? plain.add<tf.Tensor4D>(weight(`${name}.bias`)) : plain;
      if (bias) plain.dispose();
      function back(slope: tf.Tensor4D): tf.Tensor4D {
        change(`${name}.weight`, filterSlope(tfjs, slope, wide));
        if (bias) change(`${name}.bias`, slope.sum([0, 1, 2]));
        if (first) {
          wide.dispose();
          return slope.clone();
        }
        const wideSlope = inputSlope(tfjs, slope, filters, wide);
        wide.dispose();
        if (!padded) return wideSlope;
        const [images, rows, cols, channels] = wideSlope.shape;
        const inner = wideSlope.slice([0, margin, margin, 0], [images, rows - 2 * margin, cols - 2 * margin, channels]);
        wideSlope.dispose();
        return inner;
      }
      return { output, back };
    },
  };
}
