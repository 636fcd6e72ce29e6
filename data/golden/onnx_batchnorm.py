"""Makes onnx-batchnorm.json from the test data of the ONNX project: every case of the operator BatchNormalization.

    pip install onnx==1.19.0 && python data/golden/onnx_batchnorm.py

The package has had these files up to 1.19; later ones no longer carry them. All values are float32, channels first.
"""

import json
from pathlib import Path

import onnx
from onnx import numpy_helper

data = Path(onnx.__file__).parent / "backend" / "test" / "data"


def numbers(array):
    """float32 in nine digits, which is every bit of it."""
    return [float(f"{v:.9g}") for v in array.flatten().tolist()]


def case(folder):
    model = onnx.load(folder / "model.onnx")
    (node,) = model.graph.node
    assert node.op_type == "BatchNormalization"
    opset = model.opset_import[0].version
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    (values,) = sorted(folder.glob("test_data_set_*"))
    arrays = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}

    def load(kind, names):
        for index, name in enumerate(names):
            tensor = onnx.TensorProto()
            tensor.ParseFromString((values / f"{kind}_{index}.pb").read_bytes())
            arrays[name] = numpy_helper.to_array(tensor)

    load("input", [i.name for i in model.graph.input if i.name not in arrays])
    load("output", [o.name for o in model.graph.output])
    x, scale, bias, mean, variance = (arrays[name] for name in node.input)
    # before opset 14 the mode was `is_test`; a case without either is at inference, as the operator's default says
    training = attributes.get("training_mode", 0 if opset >= 14 else 1 - attributes["is_test"]) == 1
    result = {
        "kind": "onnx-batchnorm",
        "name": folder.name,
        "opset": opset,
        "shape": list(x.shape),
        "epsilon": float(f"{attributes.get('epsilon', 1e-5):.9g}"),
        "momentum": float(f"{attributes.get('momentum', 0.9):.9g}"),
        "training": training,
        "x": numbers(x),
        "scale": numbers(scale),
        "bias": numbers(bias),
        "mean": numbers(mean),
        "variance": numbers(variance),
        "y": numbers(arrays[node.output[0]]),
    }
    if training:
        result["running_mean"], result["running_variance"] = (numbers(arrays[o]) for o in node.output[1:])
    return result


folders = sorted(p for p in data.glob("*/test_*") if "batchnorm" in p.name.lower())
result = {
    "source": f"test data of the ONNX project, PyPI package onnx {onnx.__version__}, Apache-2.0",
    "layout": "row-major; n x c x spatial axes; float32",
    "cases": [case(folder) for folder in folders],
}
text = json.dumps(result).replace('{"kind"', '\n{"kind"')
Path(__file__).with_name("onnx-batchnorm.json").write_text(text + "\n")
