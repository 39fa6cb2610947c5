"""Reference values of the deep networks: torchvision's, in double precision, on weights and images made by a formula.

    python -m venv venv && venv/bin/pip install torch==2.15.0 torchvision==0.29.2
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
        elif ".norm" in name and name.endswith("bias"):
            # DenseNet's: every ReLU is far on or far off, as its inputs are within 10. Of its millions of inputs some would
            # be so near 0 that rounding alone turns them, which changes gradients by percents in any library.
            u = np.where(u < 0, -10.0, 10.0) + u
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


def projections(array: np.ndarray, seed: int) -> list:
    """Sums weighted by scattered numbers: any other value or order of values shows in them."""
    flat = np.ascontiguousarray(array).ravel()
    return [float(flat @ scattered(flat.size, 1000 * k + seed)) for k in (1, 2)]


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


# Runs in single precision, each from weights and pixels that differ by up to a unit in their last place.
ROUGH_RUNS = 12


def nudged(model: torch.nn.Module, x: torch.Tensor, seed: int) -> tuple:
    """The network and its images in single precision, every number moved by at most a unit in the last place."""
    random = torch.Generator().manual_seed(seed)

    def nudge(value: torch.Tensor) -> torch.Tensor:
        return (value * (1 + (torch.rand(value.shape, generator=random, dtype=value.dtype) - 0.5) * 2.0**-22)).float()

    rough = copy.deepcopy(model).float()
    for name, value in weights_of(rough).items():
        value.data.copy_(nudge(weights_of(model)[name].data))
    return rough, nudge(x)


def answers(model: torch.nn.Module, x: torch.Tensor, slopes: torch.Tensor) -> dict:
    """Logits after and in training, and by weight its gradient or, for a gathered one, its new value."""
    model = copy.deepcopy(model)
    with torch.no_grad():
        evaluated = model.eval()(x)
    trained = model.train()(x)
    trained.backward(slopes)
    changes = {name: change_of(value) for name, value in weights_of(model).items()}
    return {"evaluated": evaluated, "trained": trained.detach(), **changes}


def distances(rough: dict, exact: dict) -> dict:
    """Square roots of the summed squares of all differences."""
    return {name: float((rough[name].double() - value).norm()) for name, value in exact.items()}


def case(kind: str, channels: int, outputs: int, images: int, rows: int, cols: int) -> dict:
    options = {"stochastic_depth_prob": 0.0, "dropout": 0.0} if kind == "efficientnet_b0" else {}
    model = getattr(torchvision.models, kind)(weights=None, num_classes=outputs, **options)
    if channels == 1:
        grey(model, next(m for m in model.modules() if isinstance(m, torch.nn.Conv2d)))
    model = model.double()
    fill(model)
    x = scattered(images * channels * rows * cols, 999).astype(np.float32).astype(np.float64) + 0.5
    x = torch.from_numpy(x.reshape(images, channels, rows, cols))
    slopes = torch.from_numpy(scattered(images * outputs, 77).astype(np.float32).astype(np.float64).reshape(images, outputs))
    exact = answers(model, x, slopes)
    spreads = [distances(answers(*nudged(model, x, seed), slopes.float()), exact) for seed in range(ROUGH_RUNS)]
    # The median: in few of the runs of ResNet-18 rounding turns a ReLU, which changes gradients by half a percent.
    typical = {name: float(np.median([spread[name] for spread in spreads])) for name in exact}
    depthwise = depthwise_names(model)
    weights = weights_of(model)
    changes = {
        name: projections(own_layout(exact[name], name in depthwise), seed) + [typical[name]]
        for seed, name in enumerate(sorted(weights), 1)
    }
    return {
        "kind": kind,
        "input": [images, channels, rows, cols],
        "outputs": outputs,
        "parameters": sum(p.numel() for p in model.parameters()),
        "shapes": {name: list(own_layout(value, name in depthwise).shape) for name, value in weights.items()},
        "evaluated": exact["evaluated"].flatten().tolist() + [typical["evaluated"]],
        "trained": exact["trained"].flatten().tolist() + [typical["trained"]],
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
