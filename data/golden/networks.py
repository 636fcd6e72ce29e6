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


optimisers()

print(json.dumps(dict(source=f"PyTorch {torch.__version__}, float64", cases=cases)))
