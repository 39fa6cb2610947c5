"""Writes dicom-files.json: what pydicom decodes of the DICOM files that come with it.

    python3 -m venv venv && venv/bin/pip install pydicom==3.0.2 numpy pylibjpeg==2.1.0 pylibjpeg-libjpeg==2.5.0 \
        pylibjpeg-openjpeg==2.6.0 pylibjpeg-rle==2.2.0 python-gdcm==3.2.6
    venv/bin/python test/golden/dicom-files.py

The files themselves (MIT licence, and public domain) stay in the package; the tests find them in .venv. Values are those
that are stored, before rescaling and windows, with colours as RGB and palettes looked up: [frame, row, col, sample] in
double precision, little-endian. Of lossy files some values are kept, since decoders may differ by a level or two.
"""

import hashlib
import json
import pathlib
import warnings

import numpy as np
import pydicom
from pydicom.pixels import apply_color_lut, pixel_array

warnings.filterwarnings("ignore")
lossy = {f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 81, 91)}
folder = pathlib.Path(pydicom.__file__).parent / "data" / "test_files"
kept = 200


def decoded(file: pathlib.Path) -> dict | None:
    try:
        data = pydicom.dcmread(file)
        values = pixel_array(data, raw=False)
        if data.PhotometricInterpretation == "PALETTE COLOR":
            values = apply_color_lut(values, data)
    except Exception:  # not DICOM, without pixels, or nothing that pydicom can decode
        return None
    frames = int(data.get("NumberOfFrames") or 1)
    shape = [frames, data.Rows, data.Columns, values.size // (frames * data.Rows * data.Columns)]
    plain = np.ascontiguousarray(values.astype("<f8"))
    entry = {"syntax": data.file_meta.TransferSyntaxUID, "shape": shape}
    if entry["syntax"] not in lossy:
        return entry | {"sha256": hashlib.sha256(plain.tobytes()).hexdigest()}
    step = max(1, plain.size // kept)
    return entry | {"step": step, "values": [int(value) for value in plain.reshape(-1)[::step]]}


found = [*sorted(folder.iterdir()), *sorted((folder / "dicomdirtests").rglob("*"))]
files = {str(file.relative_to(folder)): decoded(file) for file in found if file.is_file()}
golden = {"pydicom": pydicom.__version__, "files": {name: entry for name, entry in files.items() if entry}}
text = json.dumps(golden, separators=(",", ":"))
pathlib.Path(__file__).with_suffix(".json").write_text(text.replace('},"', '},\n"') + "\n")
print(len(golden["files"]), "files")
