"""Writes src/compress/wavelets.json: the filter taps of every discrete wavelet that PyWavelets lists.

Needs PyWavelets: `pip install PyWavelets==1.8.0`, then `python data-scripts/wavelets.py`.

Two filters are kept of each wavelet, since the other two follow from them: the high-pass filters are the low-pass
filters of the other side with alternating signs (checked below, to the last bit), and an orthogonal wavelet's synthesis
filter is its analysis filter reversed.
"""

import json
from pathlib import Path

import pywt


def taps(name):
    wavelet = pywt.Wavelet(name)
    low, synthesis = wavelet.dec_lo, wavelet.rec_lo
    assert wavelet.dec_hi == [tap if at % 2 else -tap for at, tap in enumerate(synthesis)], name
    assert wavelet.rec_hi == [-tap if at % 2 else tap for at, tap in enumerate(low)], name
    assert len(low) == len(synthesis) and len(low) % 2 == 0, name
    return {"low": low} if synthesis == low[::-1] else {"low": low, "synthesisLow": synthesis}


lines = ",\n".join(f'    "{name}": {json.dumps(taps(name))}' for name in pywt.wavelist(kind="discrete"))
Path(__file__).parent.parent.joinpath("src/compress/wavelets.json").write_text(f"""{{
  "source": "PyWavelets {pywt.__version__} (https://pywavelets.readthedocs.io), written by data-scripts/wavelets.py",
  "licence": "MIT, copyright (c) 2006-2012 Filip Wasilewski, (c) 2012- the PyWavelets developers",
  "note": "low: analysis low-pass filter; synthesisLow: where it is not the reversed analysis filter",
  "taps": {{
{lines}
  }}
}}
""")
