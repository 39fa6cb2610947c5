"""Runs a notebook in our kernel and writes the executed copy and its page: `python run_notebook.py NOTEBOOK FOLDER`.

One process for both: starting Python and importing Jupyter costs more than either.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbconvert import HTMLExporter

# The page must open offline: nothing is loaded from elsewhere.
OFFLINE = {"require_js_url": "", "mathjax_url": "", "jquery_url": ""}


def run(source, folder):
    notebook = nbformat.read(source, as_version=4)
    place = {"metadata": {"path": str(source.parent)}}
    NotebookClient(notebook, kernel_name="deepfixcx", timeout=None, record_timing=False, resources=place).execute()
    nbformat.write(notebook, folder / source.name)
    page, _ = HTMLExporter(**OFFLINE).from_notebook_node(notebook, {"metadata": {"name": source.stem}})
    (folder / f"{source.stem}.html").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    try:
        run(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
    except (CellExecutionError, DeadKernelError) as error:
        sys.exit(str(error))
