"""Makes convolution.json: convolutions and transposed convolutions with BN after and before them, by PyTorch in float64.

    pip install torch==2.13.0 && python data/golden/convolution.py

The layout `tensorflow` (channels last) has the numbers of PyTorch with their axes moved, as Keras stores them.
"""

import json
from pathlib import Path

import torch
from torch.nn import functional as F

torch.manual_seed(20261126)
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

CONVOLUTIONS = {
    False: {1: F.conv1d, 2: F.conv2d, 3: F.conv3d},
    True: {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d},
}
EPSILON = 1e-3

# name, transposed, n, size, channels in and out, kernel, and what is not 1, 1, 0, 1, 0, with a bias
CASES = [
    ("sequence", False, 2, [7], 2, 3, [3], {}),
    ("sequence, dilated, padded, strided", False, 1, [9], 3, 2, [3], {"stride": [2], "padding": [2], "dilation": [2]}),
    ("image", False, 2, [4, 5], 2, 3, [3, 2], {}),
    ("image, no bias, uneven steps", False, 1, [6, 5], 2, 2, [3, 2], {"stride": [2, 1], "padding": [1, 0], "dilation": [1, 2], "bias": False}),
    ("image, groups", False, 1, [4, 4], 4, 6, [2, 2], {"groups": 2}),
    ("image, depthwise", False, 1, [4, 3], 3, 6, [3, 3], {"groups": 3, "padding": [1, 1]}),
    ("one tap", False, 2, [3, 2], 3, 2, [1, 1], {"stride": [2, 1]}),
    ("volume", False, 1, [3, 4, 3], 2, 2, [2, 3, 2], {"stride": [1, 2, 1], "padding": [0, 1, 1]}),
    ("transposed sequence", True, 2, [4], 2, 3, [3], {"stride": [2]}),
    ("transposed image", True, 1, [3, 3], 2, 3, [3, 2], {"bias": False}),
    ("transposed image, strided, cut, extended", True, 1, [3, 2], 2, 2, [4, 3], {"stride": [2, 3], "padding": [1, 2], "outputPadding": [1, 2]}),
    ("transposed image, dilated, groups", True, 1, [3, 3], 4, 2, [2, 2], {"dilation": [2, 1], "groups": 2, "stride": [1, 2]}),
    ("transposed image, cut to where all taps meet", True, 1, [4, 4], 2, 2, [3, 2], {"padding": [2, 1]}),
    ("transposed volume", True, 1, [2, 3, 2], 2, 1, [2, 2, 3], {"stride": [2, 1, 1], "padding": [0, 1, 1]}),
]


def numbers(tensor):
    return [round(v, 12) for v in tensor.contiguous().flatten().tolist()]


def randn(*size):
    """Inputs of four decimals, exactly those that the file has."""
    return torch.randn(*size).round(decimals=4)


def channels_last(tensor):
    return tensor.movedim(1, -1)


def norm(channels):
    return {
        "mean": randn(channels),
        "variance": (0.2 + torch.rand(channels)).round(decimals=4),
        "gamma": randn(channels),
        "beta": randn(channels),
    }


def apply_norm(x, n):
    return F.batch_norm(x, n["mean"], n["variance"], n["gamma"], n["beta"], False, 0.0, EPSILON)


def case(layout, name, transposed, n, size, inputs, outputs, kernel, options):
    rank = len(kernel)
    groups = options.get("groups", 1)
    steps = {
        "stride": options.get("stride", [1] * rank),
        "padding": options.get("padding", [0] * rank),
        "dilation": options.get("dilation", [1] * rank),
    }
    output_padding = options.get("outputPadding", [0] * rank)
    shape = [inputs, outputs // groups] if transposed else [outputs, inputs // groups]
    x = randn(n, inputs, *size)
    weights = randn(*shape, *kernel)
    bias = randn(outputs) if options.get("bias", True) else None

    def convolve(images):
        extra = {"output_padding": output_padding} if transposed else {}
        return CONVOLUTIONS[transposed][rank](images, weights, bias, groups=groups, **steps, **extra)

    y = convolve(x)
    after, before = norm(outputs), norm(inputs)
    last = layout == "tensorflow"
    images = (lambda t: numbers(channels_last(t))) if last else numbers
    # taps x (second axis) x (first axis): PyTorch's [O, I] becomes Keras' [.., I, O], its [I, O] becomes [.., O, I]
    kernels = weights.movedim((0, 1), (-1, -2)) if last else weights
    return {
        "kind": "fold-convolution",
        "name": f"{name}, {layout}",
        "layout": layout,
        "transposed": transposed,
        "n": n,
        "size": size,
        "inputChannels": inputs,
        "outputChannels": outputs,
        "kernel": kernel,
        **steps,
        "outputPadding": output_padding,
        "groups": groups,
        "eps": EPSILON,
        "weights": numbers(kernels),
        "bias": None if bias is None else numbers(bias),
        "x": images(x),
        "y_size": list(y.shape[2:]),
        "y": images(y),
        "bn_after": {k: numbers(v) for k, v in after.items()},
        "y_bn_after": images(apply_norm(y, after)),
        "bn_before": {k: numbers(v) for k, v in before.items()},
        "y_bn_before": images(convolve(apply_norm(x, before))),
    }


result = {
    "source": f"PyTorch {torch.__version__}, float64, data/golden/convolution.py",
    "layout": "row-major; images n x size x channels (tensorflow) or n x channels x size (pytorch)",
    "cases": [case(layout, *c) for c in CASES for layout in ("pytorch", "tensorflow")],
}
text = json.dumps(result).replace('{"kind"', '\n{"kind"')
Path(__file__).with_name("convolution.json").write_text(text + "\n")
