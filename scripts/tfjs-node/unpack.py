"""Takes TensorFlow's C library and the headers of its C API out of the wheel.

    python unpack.py WHEEL FOLDER    makes FOLDER/lib and FOLDER/include

The wheel's libtensorflow_cc exports the whole C API and needs no Python; tfjs-node wants it under the names of the
library that its own install step would have downloaded.
"""

import os
import shutil
import sys
import zipfile

LIBRARIES = {
    "tensorflow/libtensorflow_cc.so.2": ["libtensorflow.so", "libtensorflow.so.2"],
    "tensorflow/libtensorflow_framework.so.2": ["libtensorflow_framework.so"],
}
HEADERS = tuple(f"tensorflow/include/tensorflow/{part}/" for part in ("c", "core/platform", "tsl"))


def main(wheel: str, folder: str) -> None:
    lib, include = os.path.join(folder, "lib"), os.path.join(folder, "include")
    os.makedirs(lib)
    with zipfile.ZipFile(wheel) as archive:
        for name, links in LIBRARIES.items():
            file = os.path.basename(name)
            with archive.open(name) as source, open(os.path.join(lib, file), "wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            os.chmod(os.path.join(lib, file), 0o755)
            for link in links:
                os.symlink(file, os.path.join(lib, link))
        for name in archive.namelist():
            if name.startswith(HEADERS) and name.endswith(".h"):
                target = os.path.join(include, os.path.relpath(name, "tensorflow/include"))
                os.makedirs(os.path.dirname(target), exist_ok=True)
                with archive.open(name) as source, open(target, "wb") as out:
                    shutil.copyfileobj(source, out)


main(*sys.argv[1:])
