"""Reference values of the deep networks: torchvision's, in double precision, on weights and images made by a formula.

    python -m venv venv && venv/bin/pip install torch==2.9.1 torchvision==0.24.1
    venv/bin/python test/golden/deep-networks.py > test/golden/deep-networks.json
"""

import copy
import json
import sys

import numpy as np
import torch
import torchvision


def scattered(count: int, seed: int) -> np.ndarray:
    """Numbers in [-0.5, 0.5) from a 32-bit mixing of their place, the same in every language."""
    x = (np.arange(count, dtype=np.uint64) + np.uint64(seed) * np.uint64(0x9E3779B1)) & np.uint64(0xFFFFFFFF)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        x = ((x ^ (x >> np.uint64(shift))) * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
    x ^= x >> np.uint64(16)
    return x.astype(np.float64) / 2.0**32 - 0.5


def own_layout(values: torch.Tensor, depthwise: bool) -> np.ndarray:
    """Filters as [row, col, input, output] (depthwise [row, col, channel, 1]), matrices as [input, output]."""
    array = values.detach().numpy()
    if array.ndim == 4:
        return array.transpose(2, 3, 0, 1) if depthwise else array.transpose(2, 3, 1, 0)
    return array.T if array.ndim == 2 else array


def from_own_layout(array: np.ndarray, depthwise: bool) -> np.ndarray:
    if array.ndim == 4:
        return array.transpose(2, 3, 0, 1) if depthwise else array.transpose(3, 2, 0, 1)
    return array.T if array.ndim == 2 else array


def fill(model: torch.nn.Module) -> None:
    """Weights by formula, in our layout and of a size that keeps the maps' size; float32 values, as we hold them."""
    depthwise = depthwise_names(model)
    for seed, (name, value) in enumerate(sorted(weights_of(model).items()), 1):
        shape = own_layout(value, name in depthwise).shape
        u = scattered(value.numel(), seed)
        if value.dim() > 1:
            fan_in = value[0].numel()
            u = u * np.sqrt(24.0 / fan_in)
        elif name.endswith("running_var") or (name.endswith("weight")):
            u = u + 1.0
        else:
            u = u * 0.2
        filled = u.astype(np.float32).astype(np.float64).reshape(shape)
        value.data.copy_(torch.from_numpy(np.ascontiguousarray(from_own_layout(filled, name in depthwise))))


def weights_of(model: torch.nn.Module) -> dict:
    return {k: v for k, v in model.state_dict(keep_vars=True).items() if not k.endswith("num_batches_tracked")}


def depthwise_names(model: torch.nn.Module) -> set:
    return {
        f"{name}.weight"
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Conv2d) and module.groups > 1
    }


def digest(array: np.ndarray) -> list:
    """Sum, sum of magnitudes, and three numbers from the start, the middle and the end."""
    flat = np.ascontiguousarray(array).ravel()
    return [float(v) for v in (flat.sum(), np.abs(flat).sum(), flat[0], flat[flat.size // 2], flat[-1])]


def change_of(value: torch.Tensor) -> torch.Tensor:
    """The gradient of a weight, or the new value of a gathered one."""
    return value.detach() if value.grad is None else value.grad


def grey(model: torch.nn.Module, first: torch.nn.Conv2d) -> None:
    """One input channel."""
    conv = torch.nn.Conv2d(1, first.out_channels, first.kernel_size, first.stride, first.padding, bias=False)
    if hasattr(model, "conv1"):
        model.conv1 = conv
    elif hasattr(model.features, "conv0"):
        model.features.conv0 = conv
    else:
        model.features[0][0] = conv


def case(kind: str, channels: int, outputs: int, images: int, rows: int, cols: int) -> dict:
    options = {"stochastic_depth_prob": 0.0, "dropout": 0.0} if kind == "efficientnet_b0" else {}
    model = getattr(torchvision.models, kind)(weights=None, num_classes=outputs, **options)
    if channels == 1:
        grey(model, next(m for m in model.modules() if isinstance(m, torch.nn.Conv2d)))
    model = model.double()
    fill(model)
    x = scattered(images * channels * rows * cols, 999).astype(np.float32).astype(np.float64) + 0.5
    x = torch.from_numpy(x.reshape(images, channels, rows, cols))
    with torch.no_grad():
        evaluated = model.eval()(x)
    single = copy.deepcopy(model).float().train()
    logits = model.train()(x)
    slopes = torch.from_numpy(scattered(images * outputs, 77).astype(np.float32).astype(np.float64).reshape(images, outputs))
    logits.backward(slopes)
    single(x.float()).backward(slopes.float())
    rough = weights_of(single)
    depthwise = depthwise_names(model)
    weights = weights_of(model)
    changes = {}
    for name, value in weights.items():
        exact = change_of(value)
        # What single precision by itself costs here, as the sum of all differences.
        rounding = float((change_of(rough[name]).double() - exact).abs().sum())
        changes[name] = digest(own_layout(exact, name in depthwise)) + [rounding]
    return {
        "kind": kind,
        "input": [images, channels, rows, cols],
        "outputs": outputs,
        "parameters": sum(p.numel() for p in model.parameters()),
        "shapes": {name: list(own_layout(value, name in depthwise).shape) for name, value in weights.items()},
        "evaluated": evaluated.flatten().tolist(),
        "trained": logits.flatten().tolist(),
        "changes": changes,
    }


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return {k: rounded(v) for k, v in value.items()} if isinstance(value, dict) else value


cases = [
    case("resnet18", 3, 3, 3, 65, 50),
    case("densenet121", 1, 2, 3, 64, 71),
    case("efficientnet_b0", 3, 1, 3, 64, 77),
]
made = f"torch {torch.__version__}, torchvision {torchvision.__version__}, float64; test/golden/deep-networks.py"
json.dump(rounded({"made": made, "cases": cases}), sys.stdout)
