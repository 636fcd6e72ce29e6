"""Runs a notebook from clean under a kernel and writes it with its outputs, as JSON on stdout.

    python execute.py NOTEBOOK KERNEL FOLDER

It runs as if it lay in FOLDER. The notebook file is left alone. Every reply's status goes into the cell's metadata as `reply`, since stock tslab tells
of a failed cell by the reply and by text on stderr only.
"""

import json
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


class Client(NotebookClient):
    """Keeps each cell's reply and goes on to the end, so that a test can name every cell that failed."""

    async def _check_raise_for_error(self, cell, cell_index, exec_reply):
        if exec_reply is not None:
            cell.metadata["reply"] = exec_reply["content"].get("status", "none")


def main() -> int:
    path, kernel, folder = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    notebook = nbformat.read(path, as_version=4)
    client = Client(
        notebook,
        kernel_name=kernel,
        timeout=240,
        startup_timeout=60,
        resources={"metadata": {"path": folder}},
    )
    try:
        client.execute()
    except CellExecutionError as error:
        print(error, file=sys.stderr)
        return 1
    json.dump(notebook, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
