import { batchNorm } from "./batchNorm";
import { averagePool, denseBlock, maxPool } from "./blocks";
import { convolution, type ConvolutionOptions } from "./convolution";
import type { Architecture } from "./deep";
import { type Layer, sequence } from "./layer";

/** Channels that each layer of a block adds. */
const growth = 32;
/** Layers of each block. */
const blocks = [6, 12, 24, 16];

/**
 * DenseNet-121 (Huang et al. 2017) as torchvision builds, names and starts it.
 *
 * @param channels - of the images, 1 grey or 3 RGB
 */
export function densenet121(channels: number, outputs: number): Architecture {
  const layers: Layer[] = [
    filters("features.conv0", channels, 64, { kernel: 7, stride: 2, first: true }),
    batchNorm("features.norm0", 64),
    maxPool(),
  ];
  let width = 64;
  blocks.forEach((count, at) => {
    const name = `features.denseblock${at + 1}`;
    const before = width;
    layers.push(
      denseBlock(
        Array.from({ length: count }, (_, layer) =>
          denseLayer(`${name}.denselayer${layer + 1}`, before + layer * growth),
        ),
      ),
    );
    width += count * growth;
    if (at === blocks.length - 1) return;
    layers.push(transition(`features.transition${at + 1}`, width));
    width /= 2;
  });
  const bound = 1 / Math.sqrt(width);
  return {
    body: sequence(...layers, batchNorm("features.norm5", width)),
    head: {
      ...{ name: "classifier", channels: width, outputs },
      initial: { weight: { kind: "uniform", low: -bound, high: bound }, bias: { kind: "constant", value: 0 } },
    },
  };
}

function denseLayer(name: string, inputs: number): Layer {
  return sequence(
    batchNorm(`${name}.norm1`, inputs),
    filters(`${name}.conv1`, inputs, 4 * growth),
    batchNorm(`${name}.norm2`, 4 * growth),
    filters(`${name}.conv2`, 4 * growth, growth, { kernel: 3 }),
  );
}

function transition(name: string, inputs: number): Layer {
  return sequence(batchNorm(`${name}.norm`, inputs), filters(`${name}.conv`, inputs, inputs / 2), averagePool());
}

/** A convolution started by the fan in, as torchvision's DenseNet is. */
function filters(name: string, inputs: number, outputs: number, options: ConvolutionOptions = {}): Layer {
  const deviation = Math.sqrt(2 / ((options.kernel ?? 1) ** 2 * inputs));
  return convolution(name, inputs, outputs, { ...options, initial: { kind: "normal", deviation } });
}
