import { batchNorm } from "./batchNorm";
import { maxPool, residual } from "./blocks";
import { convolution } from "./convolution";
import type { Architecture } from "./deep";
import { type Layer, sequence } from "./layer";

/**
 * ResNet-18 (He et al. 2016) as torchvision builds, names and starts it.
 *
 * @param channels - of the images, 1 grey or 3 RGB
 */
export function resnet18(channels: number, outputs: number): Architecture {
  const body = sequence(
    convolution("conv1", channels, 64, { kernel: 7, stride: 2, first: true }),
    batchNorm("bn1", 64),
    maxPool(),
    ...[64, 128, 256, 512].flatMap((width, stage) => {
      const before = stage === 0 ? 64 : width / 2;
      const stride = stage === 0 ? 1 : 2;
      return [
        basicBlock(`layer${stage + 1}.0`, before, width, stride),
        basicBlock(`layer${stage + 1}.1`, width, width, 1),
      ];
    }),
  );
  // PyTorch's default for linear layers.
  const bound = 1 / Math.sqrt(512);
  const uniform = { kind: "uniform", low: -bound, high: bound } as const;
  return { body, head: { name: "fc", channels: 512, outputs, initial: { weight: uniform, bias: uniform } } };
}

function basicBlock(name: string, inputs: number, outputs: number, stride: number): Layer {
  const main = sequence(
    convolution(`${name}.conv1`, inputs, outputs, { kernel: 3, stride }),
    batchNorm(`${name}.bn1`, outputs),
    convolution(`${name}.conv2`, outputs, outputs, { kernel: 3 }),
    batchNorm(`${name}.bn2`, outputs, "none"),
  );
  if (stride === 1 && inputs === outputs) return residual(main, { activation: "relu" });
  const shortcut = sequence(
    convolution(`${name}.downsample.0`, inputs, outputs, { stride }),
    batchNorm(`${name}.downsample.1`, outputs, "none"),
  );
  return residual(main, { shortcut, activation: "relu" });
}
