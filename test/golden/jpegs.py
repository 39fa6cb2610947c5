"""Writes jpegs.json: small baseline JPEGs with the samplings, qualities and restart intervals that Pillow can write.

    python3 -m venv venv && venv/bin/pip install pillow==12.0.0 numpy && venv/bin/python test/golden/jpegs.py

Only the files are kept: what their pixels are, the tests ask sharp.
"""

import base64
import io
import json
import pathlib
import random

import numpy as np
from PIL import Image, __version__

random.seed(20230801)
noise = np.random.default_rng(20230801)
samplings = {"grey": None, "4:4:4": 0, "4:2:2": 1, "4:2:0": 2}


def picture(rows: int, cols: int, channels: int, kind: int) -> np.ndarray:
    y, x = np.mgrid[0:rows, 0:cols]
    planes = [
        noise.integers(0, 256, (rows, cols)) if kind == 0
        else 127 + 127 * np.sin(x / 5 + c) + 30 * np.cos(y / 3 + c) if kind == 1
        else ((x // 7 + y // 5 + c) % 2) * 255
        for c in range(channels)
    ]
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def encode(sampling: str, rows: int, cols: int) -> dict:
    channels = 1 if sampling == "grey" else 3
    pixels = picture(rows, cols, channels, random.randrange(3))
    image = Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)
    options = {"quality": random.choice([5, 30, 75, 92, 95, 100]), "optimize": random.random() < 0.3}
    if samplings[sampling] is not None:
        options["subsampling"] = samplings[sampling]
    restart = random.choice([{}, {"restart_marker_blocks": random.choice([1, 2, 5])}, {"restart_marker_rows": 1}])
    out = io.BytesIO()
    image.save(out, "jpeg", **options, **restart)
    return {"name": f"{sampling} {rows}x{cols} {options | restart}", "base64": base64.b64encode(out.getvalue()).decode()}


files = [encode(sampling, random.randint(1, 40), cols) for cols in range(1, 71) for sampling in samplings]
target = pathlib.Path(__file__).with_name("jpegs.json")
target.write_text(json.dumps({"made": f"jpegs.py, Pillow {__version__}, numpy {np.__version__}", "files": files}, indent=0))
