"""Runs a notebook from clean, cell by cell, and says how long a person at it would wait: JSON on stdout.

    python lectures.py NOTEBOOK

`first`: seconds from the start of the first cell to the first figure; `wait`: the longest that a cell which draws kept
its reader waiting for its first figure; `total`: all cells; `cells`: each by its first line. Starting the kernel is not part of it: Jupyter does that
while the notebook opens.
"""

import json
import sys
import time
from pathlib import Path

import nbformat
from jupyter_client.manager import start_new_kernel

# A figure that fills while its cell runs is a still drawing until the end.
FIGURES = {"application/vnd.plotly.v1+json", "image/svg+xml"}


def main() -> int:
    path = Path(sys.argv[1])
    notebook = nbformat.read(path, as_version=4)
    manager, client = start_new_kernel(kernel_name="typescript", cwd=str(path.parent))
    try:
        first = None
        wait = 0.0
        cells = []
        began = time.monotonic()
        for cell in notebook.cells:
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            start = time.monotonic()
            drawn = None

            def look(message):
                nonlocal drawn
                if drawn is None and FIGURES & message["content"].get("data", {}).keys():
                    drawn = time.monotonic()

            reply = client.execute_interactive(cell.source, timeout=600, output_hook=look)
            if reply["content"]["status"] != "ok":
                print(f"{path.name}: a cell failed: {cell.source[:80]}", file=sys.stderr)
                return 1
            cells.append([round(time.monotonic() - start, 2), cell.source.splitlines()[0]])
            if drawn is not None:
                wait = max(wait, drawn - start)
                first = first if first is not None else drawn - began
        total = time.monotonic() - began
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    json.dump({"first": first, "wait": wait, "total": total, "cells": cells}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
