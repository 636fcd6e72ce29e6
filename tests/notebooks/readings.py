"""jupytext's own reading of each lecture's .ts file, and the .ts file that it makes of each .ipynb, as JSON on stdout.

    python readings.py FOLDER NAME...
"""

import json
import sys
from pathlib import Path

import jupytext
import nbformat

folder = Path(sys.argv[1])
found = {
    name: {
        "reading": nbformat.writes(jupytext.read(folder / f"{name}.ts")),
        "writing": jupytext.writes(jupytext.read(folder / f"{name}.ipynb"), fmt="ts:percent"),
    }
    for name in sys.argv[2:]
}
json.dump(found, sys.stdout)
