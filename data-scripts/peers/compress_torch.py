"""The compression in PyTorch, to be measured beside ours: `npm run bench -- compress --peer "python ..."`.

Two ways of writing it. `--variant conv`, as most people would: at each level one stride-2 convolution with the four Haar
filters over all sub-bands as a batch. `--variant slices`: strided slices added and subtracted, which needs to know that
the wavelet is Haar. Both pad and pool the sum of magnitudes as the paper defines it. Prints one JSON object a line.
"""

import argparse
import json
import time

import torch
import torch.nn.functional as F

SETTINGS = [(1, 1), (1, 160), (1, 79), (2, 19), (3, 9), (4, 5), (5, 5), (6, 5), (7, 1), (8, 1)]
LOW, HIGH = torch.tensor([1.0, 1.0]) / 2**0.5, torch.tensor([-1.0, 1.0]) / 2**0.5
FILTERS = torch.stack([torch.outer(y, x) for y in (LOW, HIGH) for x in (LOW, HIGH)])[:, None]


def padded(x):
    return F.pad(x, (0, x.shape[-1] % 2, 0, x.shape[-2] % 2))


def conv_level(x):
    """[image, sub-band, row, col] to four times the sub-bands."""
    images, bands, rows, cols = x.shape
    y = F.conv2d(padded(x).reshape(images * bands, 1, rows + rows % 2, cols + cols % 2), FILTERS, stride=2)
    return y.reshape(images, 4 * bands, *y.shape[-2:])


def slices_level(x):
    x = padded(x)
    top, bottom = x[..., 0::2, :], x[..., 1::2, :]
    low, high = top + bottom, bottom - top
    halves = [low[..., 0::2] + low[..., 1::2], low[..., 1::2] - low[..., 0::2]]
    halves += [high[..., 0::2] + high[..., 1::2], high[..., 1::2] - high[..., 0::2]]
    return torch.stack(halves, dim=2).mul_(0.5).flatten(1, 2)


def pool(x, grid):
    patch = [-(-side // grid) for side in x.shape[-2:]]
    extra = [size * grid - side for size, side in zip(patch, x.shape[-2:])]
    before = [size // 2 for size in extra]
    x = F.pad(x.abs(), (before[1], extra[1] - before[1], before[0], extra[0] - before[0]))
    return F.avg_pool2d(x, patch, divisor_override=1)


def measure(level_of, level, grid, batch, seconds):
    images = torch.randint(0, 256, (batch, 1, 320, 320), dtype=torch.uint8)

    def compress():
        x = images.float() / 255
        for _ in range(level):
            x = level_of(x)
        return pool(x, grid)

    compress()
    rounds, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        compress()
        rounds += 1
    return rounds * batch / (time.perf_counter() - start)


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--variant", choices=["conv", "slices"], default="conv")
parser.add_argument("--batch", type=int, default=16)
parser.add_argument("--seconds", type=float, default=0.5)
parser.add_argument("--threads", type=int, default=0, help="0: PyTorch's own choice")
arguments = parser.parse_args()
if arguments.threads:
    torch.set_num_threads(arguments.threads)
level_of = conv_level if arguments.variant == "conv" else slices_level
with torch.inference_mode():
    for level, grid in SETTINGS:
        rate = measure(level_of, level, grid, arguments.batch, arguments.seconds)
        print(json.dumps({"level": level, "grid": grid, "imagesPerSecond": round(rate, 1)}), flush=True)
