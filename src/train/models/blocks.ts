import type * as tf from "@tensorflow/tfjs";
import { activate, type Activation } from "./activation";
import { convolution } from "./convolution";
import { type Forward, type Layer, mapSize, type MapShape, type Pass } from "./layer";

/** The largest of 3 x 3 neighbours at every second row and column, one row and column of padding (ResNet, DenseNet). */
export function maxPool(): Layer {
  // The input comes from a ReLU: zeros around it never win over what is there.
  const surround = ({ tfjs }: Pass, input: tf.Tensor4D): tf.Tensor4D =>
    tfjs.pad(input, [[0, 0], [1, 1], [1, 1], [0, 0]]); // prettier-ignore
  return {
    weights: [],
    trace([rows, cols, channels]) {
      const shape: MapShape = [Math.ceil(rows / 2), Math.ceil(cols / 2), channels];
      return { shape, multiplyAdds: 0, kept: mapSize([rows + 2, cols + 2, channels]) + mapSize(shape) };
    },
    infer: (pass, input) => pass.tfjs.tidy(() => pass.tfjs.maxPool(surround(pass, input), 3, 2, "valid")),
    forward(pass, input) {
      const { tfjs } = pass;
      const wide = surround(pass, input);
      const output = tfjs.maxPool(wide, 3, 2, "valid");
      const kept = output.clone();
      return {
        output,
        back(slope) {
          const attributes = { filterSize: [3, 3], strides: [2, 2], pad: "valid" };
          const inputs = { dy: slope, input: wide, output: kept };
          const wideSlope = tfjs.engine().runKernel<tf.Tensor4D>("MaxPoolGrad", inputs, attributes);
          const [images, rows, cols, channels] = wideSlope.shape;
          const inner = wideSlope.slice([0, 1, 1, 0], [images, rows - 2, cols - 2, channels]);
          tfjs.dispose([wideSlope, wide, kept]);
          return inner;
        },
      };
    },
  };
}

/** The mean of 2 x 2 neighbours; a last odd row or column is left out. */
export function averagePool(): Layer {
  return {
    weights: [],
    trace([rows, cols, channels]) {
      const shape: MapShape = [Math.floor(rows / 2), Math.floor(cols / 2), channels];
      return { shape, multiplyAdds: 0, kept: mapSize(shape) };
    },
    infer: ({ tfjs }, input) => tfjs.avgPool(input, 2, 2, "valid"),
    forward({ tfjs }, input) {
      const kept = input.clone();
      return {
        output: tfjs.avgPool(input, 2, 2, "valid"),
        back(slope) {
          const attributes = { filterSize: [2, 2], strides: [2, 2], pad: "valid" };
          const result = tfjs.engine().runKernel<tf.Tensor4D>("AvgPoolGrad", { dy: slope, input: kept }, attributes);
          kept.dispose();
          return result;
        },
      };
    },
  };
}

/** Options of {@link residual}. */
export interface ResidualOptions {
  /** What the input goes through on the short way; default: nothing. */
  readonly shortcut?: Layer;
  /** After the sum; default `"none"`. */
  readonly activation?: Activation;
  /** Chance that the long way is left out for an image in training, the others scaled up (Huang et al. 2016); default 0. */
  readonly dropChance?: number;
}

/** A long way and a short way, added (He et al. 2016). */
export function residual(main: Layer, { shortcut, activation = "none", dropChance = 0 }: ResidualOptions = {}): Layer {
  return {
    weights: [...main.weights, ...(shortcut?.weights ?? [])],
    trace(shape) {
      const [long, short] = [main.trace(shape), shortcut?.trace(shape)];
      const multiplyAdds = long.multiplyAdds + (short?.multiplyAdds ?? 0);
      return { shape: long.shape, multiplyAdds, kept: long.kept + (short?.kept ?? 0) + mapSize(long.shape) };
    },
    infer: (pass, input) =>
      pass.tfjs.tidy(() => {
        const sum = main.infer(pass, input).add<tf.Tensor4D>(shortcut?.infer(pass, input) ?? input);
        return activate(pass.tfjs, activation, sum).output;
      }),
    forward(pass, input) {
      const { tfjs } = pass;
      const long = main.forward(pass, input);
      const short = shortcut?.forward(pass, input);
      const mask = dropChance === 0 ? undefined : imageMask(pass, input.shape[0], dropChance);
      const sum = tfjs.tidy(() =>
        (mask === undefined ? long.output : long.output.mul(mask)).add<tf.Tensor4D>(short?.output ?? input),
      );
      tfjs.dispose(short === undefined ? [long.output] : [long.output, short.output]);
      const { output, back } = activate(tfjs, activation, sum);
      sum.dispose();
      return {
        output,
        back(slope) {
          const inner = back(slope);
          const masked = mask === undefined ? inner : inner.mul<tf.Tensor4D>(mask);
          const longSlope = long.back(masked);
          const shortSlope = short?.back(inner) ?? inner.clone();
          const result = longSlope.add<tf.Tensor4D>(shortSlope);
          tfjs.dispose([longSlope, shortSlope, inner, masked, ...(mask === undefined ? [] : [mask])]);
          return result;
        },
      };
    },
  };
}

/** 0 for the images that are left out, else 1 over the chance to stay. */
function imageMask({ tfjs, random }: Pass, images: number, dropChance: number): tf.Tensor4D {
  const values = Float32Array.from({ length: images }, () =>
    random.uniform() < dropChance ? 0 : 1 / (1 - dropChance),
  );
  return tfjs.tensor4d(values, [images, 1, 1, 1]);
}

/** Layers each of which sees the outputs of all before it, joined by channel (Huang et al. 2017). */
export function denseBlock(layers: readonly Layer[]): Layer {
  return {
    weights: layers.flatMap(({ weights }) => weights),
    trace(shape) {
      let [current, multiplyAdds, kept] = [shape, 0, 0];
      for (const layer of layers) {
        const own = layer.trace(current);
        current = [current[0], current[1], current[2] + own.shape[2]];
        multiplyAdds += own.multiplyAdds;
        kept += own.kept + mapSize(current);
      }
      return { shape: current, multiplyAdds, kept };
    },
    infer: ({ tfjs, ...rest }, input) =>
      tfjs.tidy(() =>
        layers.reduce((maps, layer) => tfjs.concat4d([maps, layer.infer({ tfjs, ...rest }, maps)], 3), input.clone()),
      ),
    forward(pass, input) {
      const { tfjs } = pass;
      const steps: { channels: number; back: Forward["back"] }[] = [];
      let maps = input.clone();
      for (const layer of layers) {
        const { output, back } = layer.forward(pass, maps);
        steps.push({ channels: maps.shape[3], back });
        const joined = tfjs.concat4d([maps, output], 3);
        tfjs.dispose([maps, output]);
        maps = joined;
      }
      return {
        output: maps,
        back: (slope) => steps.reduceRight((current, step) => backOne(tfjs, step, current, slope), slope),
      };
    },
  };
}

/** The slope by what a layer of a dense block saw: through the layer, and past it. */
function backOne(
  tfjs: typeof tf,
  { channels, back }: { channels: number; back: Forward["back"] },
  slope: tf.Tensor4D,
  first: tf.Tensor4D,
): tf.Tensor4D {
  const [before, own] = tfjs.split(slope, [channels, slope.shape[3] - channels], 3) as [tf.Tensor4D, tf.Tensor4D];
  if (slope !== first) slope.dispose(); // the first slope is the caller's
  const through = back(own);
  const sum = before.add<tf.Tensor4D>(through);
  tfjs.dispose([before, own, through]);
  return sum;
}

/** Scales each channel by a number in 0..1 that depends on the means of all (Hu et al. 2018). */
export function squeezeExcite(name: string, channels: number, squeezed: number): Layer {
  const reduce = convolution(`${name}.fc1`, channels, squeezed, { bias: true });
  const expand = convolution(`${name}.fc2`, squeezed, channels, { bias: true });
  const means = (input: tf.Tensor4D): tf.Tensor4D => input.mean([1, 2], true);
  return {
    weights: [...reduce.weights, ...expand.weights],
    trace(shape) {
      const flat: MapShape = [1, 1, channels];
      const multiplyAdds =
        reduce.trace(flat).multiplyAdds + expand.trace([1, 1, squeezed]).multiplyAdds + mapSize(shape);
      return { shape, multiplyAdds, kept: mapSize(shape) + 2 * channels + 2 * squeezed };
    },
    infer: (pass, input) =>
      pass.tfjs.tidy(() => {
        const small = activate(pass.tfjs, "silu", reduce.infer(pass, means(input))).output;
        return input.mul(expand.infer(pass, small).sigmoid());
      }),
    forward(pass, input) {
      const { tfjs } = pass;
      const kept = input.clone();
      const mean = means(input);
      const down = reduce.forward(pass, mean);
      const active = activate(tfjs, "silu", down.output);
      const up = expand.forward(pass, active.output);
      const gate = up.output.sigmoid();
      tfjs.dispose([mean, down.output, active.output, up.output]);
      const area = input.shape[1] * input.shape[2];
      return {
        output: input.mul(gate),
        back(slope) {
          const gateSlope = tfjs.tidy(() =>
            slope.mul(kept).sum<tf.Tensor4D>([1, 2], true).mul<tf.Tensor4D>(gate.sub(gate.square())),
          );
          const activeSlope = up.back(gateSlope);
          const downSlope = active.back(activeSlope);
          const meanSlope = down.back(downSlope);
          const result = tfjs.tidy(() => slope.mul(gate).add<tf.Tensor4D>(meanSlope.div(area)));
          tfjs.dispose([gateSlope, activeSlope, downSlope, meanSlope, kept, gate]);
          return result;
        },
      };
    },
  };
}
