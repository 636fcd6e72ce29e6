"""Golden values of optimisers, convolutions and whole nets' training, by PyTorch in float64.

    python3 data/golden/networks.py > data/golden/networks.json

Written with torch 2.13.0. Matrices and images are row-major; images are n x h x w x c, filters kh x kw x cin x cout,
dense weights inputs x outputs, as the library has them.
"""
import json

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
cases = []


def flat(t):
    return [float(f"{v:.17g}") for v in t.detach().reshape(-1).tolist()]


def normal(generator, *shape):
    return torch.randn(*shape, generator=generator)


OPTIMISERS = {
    "sgd": (dict(kind="sgd"), lambda ps: torch.optim.SGD(ps, lr=1)),
    "momentum": (dict(kind="sgd", momentum=0.9), lambda ps: torch.optim.SGD(ps, lr=1, momentum=0.9)),
    "nesterov": (
        dict(kind="sgd", momentum=0.8, nesterov=True),
        lambda ps: torch.optim.SGD(ps, lr=1, momentum=0.8, nesterov=True),
    ),
    "adam": (dict(kind="adam"), lambda ps: torch.optim.Adam(ps, lr=1)),
    "adam with other constants": (
        dict(kind="adam", beta1=0.7, beta2=0.95, epsilon=1e-3),
        lambda ps: torch.optim.Adam(ps, lr=1, betas=(0.7, 0.95), eps=1e-3),
    ),
    "adamw": (dict(kind="adam", decay=0.1), lambda ps: torch.optim.AdamW(ps, lr=1, weight_decay=0.1)),
}


def optimisers():
    for name, (definition, make) in OPTIMISERS.items():
        g = torch.Generator().manual_seed(1)
        p = normal(g, 5).requires_grad_()
        start = flat(p)
        optimiser = make([p])
        gradients, rates, after = [], [], []
        for step in range(12):
            rate = 0.1 * 0.9**step
            gradient = normal(g, 5) * (1 + step)
            for group in optimiser.param_groups:
                group["lr"] = rate
            p.grad = gradient.clone()
            optimiser.step()
            gradients.append(flat(gradient))
            rates.append(rate)
            after.append(flat(p))
        cases.append(
            dict(kind="optimiser", name=name, optimiser=definition, start=start, gradients=gradients, rates=rates, after=after)
        )


def nchw(x):
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


def filters_of(weights):
    """kh x kw x cin x cout -> cout x cin x kh x kw"""
    return weights.permute(3, 2, 0, 1)


def convolutions():
    g = torch.Generator().manual_seed(2)
    # name, n, h, w, c, filters, kernel, stride, padding (top, bottom, left, right)
    for name, n, h, w, c, f, kernel, stride, padding in [
        ("valid", 2, 5, 6, 3, 4, (3, 3), (1, 1), (0, 0, 0, 0)),
        ("same, odd pixel at the bottom", 2, 5, 4, 2, 3, (2, 3), (1, 1), (0, 1, 1, 1)),
        ("strides and uneven padding", 1, 7, 6, 2, 2, (3, 2), (2, 3), (1, 2, 0, 1)),
        ("1 x 1", 3, 2, 2, 4, 2, (1, 1), (1, 1), (0, 0, 0, 0)),
    ]:
        x = normal(g, n, h, w, c).requires_grad_()
        weights = normal(g, *kernel, c, f).requires_grad_()
        bias = normal(g, f).requires_grad_()
        top, bottom, left, right = padding
        padded = F.pad(nchw(x), (left, right, top, bottom))
        u = nhwc(F.conv2d(padded, filters_of(weights), bias, stride))
        du = normal(g, *u.shape)
        (u * du).sum().backward()
        cases.append(
            dict(kind="convolution", name=name, n=n, height=h, width=w, channels=c, filters=f, kernel=kernel, stride=stride,
                 padding=dict(top=top, bottom=bottom, left=left, right=right), x=flat(x), weights=flat(weights),
                 bias=flat(bias), u=flat(u), du=flat(du), dx=flat(x.grad), dweights=flat(weights.grad), dbias=flat(bias.grad))
        )
    for pooling, size, stride in [("max", (2, 2), (2, 2)), ("max", (3, 2), (1, 2)), ("average", (2, 2), (2, 2)), ("average", (5, 7), (1, 1))]:
        x = normal(g, 2, 5, 7, 3).requires_grad_()
        function = F.max_pool2d if pooling == "max" else F.avg_pool2d
        y = nhwc(function(nchw(x), size, stride))
        dy = normal(g, *y.shape)
        (y * dy).sum().backward()
        cases.append(
            dict(kind="pool", name=f"{pooling} {size} by {stride}", pooling=pooling, n=2, height=5, width=7, channels=3, size=size,
                 stride=stride, x=flat(x), y=flat(y), dy=flat(dy), dx=flat(x.grad))
        )


optimisers()
convolutions()

print(json.dumps(dict(source=f"PyTorch {torch.__version__}, float64", cases=cases)))
