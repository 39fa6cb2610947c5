"""One training step in PyTorch, for `npm run bench -- train --peer "PYTHON data-scripts/peers/train_torch.py"`.

Needs torch and torchvision (measured with 2.9.1 and 0.24.1). Prints one JSON object a case: the median milliseconds of
a step, and the peak memory of a process that does nothing else. The MLP is PyTorch's best: the attention folded into the
first matrix, and the fused Adam.
"""

import json
import resource
import subprocess
import sys
import time

CASES = {
    "MLP, D=5776 (J=2 P=19)": ("mlp", [5776], 600, 30),
    "MLP, D=144 (J=2 P=3)": ("mlp", [144], 600, 200),
    "MLP, D=100 (J=1 P=5)": ("mlp", [100], 600, 200),
    "ResNet-18, RGB 240x240": ("resnet18", [3, 240, 240], 10, 6),
    "DenseNet-121, grey 320x320": ("densenet121", [1, 320, 320], 8, 4),
}


def step_of(kind: str, shape: list, batch: int):
    import torch
    import torchvision

    torch.manual_seed(1)
    x = torch.randn(batch, *shape)
    y = (torch.arange(batch) % 2).float()[:, None]
    if kind == "mlp":
        attention = torch.rand(shape[0], requires_grad=True)
        hidden = torch.nn.Linear(shape[0], 300)
        output = torch.nn.Linear(300, 1)
        weights = [attention, *hidden.parameters(), *output.parameters()]
        first = lambda: torch.nn.functional.linear(x, hidden.weight * attention, hidden.bias)
        logits = lambda: output(torch.nn.functional.celu(first()))
        penalty = lambda: 0.1 * attention.abs().mean()
    else:
        model = getattr(torchvision.models, kind)(weights=None, num_classes=1)
        if shape[0] == 1:
            model.features.conv0 = torch.nn.Conv2d(1, 64, 7, 2, 3, bias=False)
        model.train()
        weights = list(model.parameters())
        logits = lambda: model(x)
        penalty = lambda: 0.0
    adam = torch.optim.Adam(weights, lr=1e-3, fused=True)

    def step():
        adam.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits(), y) + penalty()
        loss.backward()
        adam.step()
        return float(loss.detach())

    return step


def measure(name: str) -> None:
    kind, shape, batch, steps = CASES[name]
    step = step_of(kind, shape, batch)
    times = []
    for _ in range(steps + 1):
        start = time.perf_counter()
        step()
        times.append(1000 * (time.perf_counter() - start))
    ordered = sorted(times[1:])  # the first warms up
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    row = {"case": name, "stepMs": ordered[len(ordered) // 2], "fastestMs": ordered[0], "peakGB": peak}
    print(json.dumps({k: round(v, 2) if isinstance(v, float) else v for k, v in row.items()}), flush=True)


if len(sys.argv) > 1:
    measure(sys.argv[1])
else:
    for each in CASES:
        subprocess.run([sys.executable, __file__, each], check=True)
