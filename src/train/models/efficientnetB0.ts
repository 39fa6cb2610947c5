import { batchNorm } from "./batchNorm";
import { residual, squeezeExcite } from "./blocks";
import { convolution } from "./convolution";
import type { Architecture } from "./deep";
import { type Layer, sequence } from "./layer";

/** One row of table 1 of Tan and Le (2019). */
interface Stage {
  readonly expansion: number;
  readonly kernel: number;
  readonly stride: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly blocks: number;
}

const stages: readonly Stage[] = [
  { expansion: 1, kernel: 3, stride: 1, inputs: 32, outputs: 16, blocks: 1 },
  { expansion: 6, kernel: 3, stride: 2, inputs: 16, outputs: 24, blocks: 2 },
  { expansion: 6, kernel: 5, stride: 2, inputs: 24, outputs: 40, blocks: 2 },
  { expansion: 6, kernel: 3, stride: 2, inputs: 40, outputs: 80, blocks: 3 },
  { expansion: 6, kernel: 5, stride: 1, inputs: 80, outputs: 112, blocks: 3 },
  { expansion: 6, kernel: 5, stride: 2, inputs: 112, outputs: 192, blocks: 4 },
  { expansion: 6, kernel: 3, stride: 1, inputs: 192, outputs: 320, blocks: 1 },
];

/** How EfficientNet-B0 forgets in training, as torchvision has it. */
export interface Regularisation {
  /** Chance that a mean before the last layer is left out. */
  readonly dropout: number;
  /** Chance that the last block is left out; earlier ones in proportion. */
  readonly dropChance: number;
}

/**
 * EfficientNet-B0 (Tan and Le 2019) as torchvision builds, names and starts it. From scratch: the paper's started from
 * ImageNet's weights, which is a reason for other numbers.
 *
 * @param channels - of the images, 1 grey or 3 RGB
 */
export function efficientnetB0(
  channels: number,
  outputs: number,
  { dropout, dropChance }: Regularisation = { dropout: 0.2, dropChance: 0.2 },
): Architecture {
  const total = stages.reduce((sum, { blocks }) => sum + blocks, 0);
  let block = 0;
  const body = sequence(
    convolution("features.0.0", channels, 32, { kernel: 3, stride: 2, first: true }),
    batchNorm("features.0.1", 32, "silu"),
    ...stages.flatMap((stage, at) =>
      Array.from({ length: stage.blocks }, (_, within) => {
        const own = within === 0 ? stage : { ...stage, inputs: stage.outputs, stride: 1 };
        return invertedBlock(`features.${at + 1}.${within}.block`, own, (dropChance * block++) / total);
      }),
    ),
    convolution("features.8.0", 320, 1280),
    batchNorm("features.8.1", 1280, "silu"),
  );
  const bound = 1 / Math.sqrt(outputs);
  return {
    body,
    head: {
      ...{ name: "classifier.1", channels: 1280, outputs, dropout },
      initial: { weight: { kind: "uniform", low: -bound, high: bound }, bias: { kind: "constant", value: 0 } },
    },
  };
}

/** Widens, filters each channel, weighs the channels, narrows. */
function invertedBlock(name: string, stage: Stage, dropChance: number): Layer {
  const { expansion, kernel, stride, inputs, outputs } = stage;
  const wide = inputs * expansion;
  const first = expansion === 1 ? 0 : 1; // no widening, no layer 0
  const widening =
    expansion === 1 ? [] : [convolution(`${name}.0.0`, inputs, wide), batchNorm(`${name}.0.1`, wide, "silu")];
  const main = sequence(
    ...widening,
    convolution(`${name}.${first}.0`, wide, wide, { kernel, stride, depthwise: true }),
    batchNorm(`${name}.${first}.1`, wide, "silu"),
    squeezeExcite(`${name}.${first + 1}`, wide, Math.max(1, Math.floor(inputs / 4))),
    convolution(`${name}.${first + 2}.0`, wide, outputs),
    batchNorm(`${name}.${first + 2}.1`, outputs, "none"),
  );
  return stride === 1 && inputs === outputs ? residual(main, { dropChance }) : main;
}
