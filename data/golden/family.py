"""Golden values of the transform family: BN over feature maps of every spatial rank, its running statistics,
frozen statistics, batch renormalisation, ghost batches, synchronised shards, and layer, group and instance norm.

    pip install torch==2.13.0
    python data/golden/family.py        # writes data/golden/family.json

All arrays are float64, row-major, channels last (n, ..spatial, c); PyTorch itself works channels first.
Batch renormalisation has no layer in PyTorch: its formulas (Ioffe 2017, Algorithm 1) are written with autograd here.
"""

import json
from pathlib import Path

import torch

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(20240229)
cases = []


def normal(*shape, scale=1.0, shift=0.0):
    return shift + scale * torch.randn(*shape, generator=generator)


def first(x):
    """Channels last to channels first."""
    return x.movedim(-1, 1) if x.dim() > 2 else x


def last(x):
    """Channels first to channels last, as a flat list."""
    return (x.movedim(1, -1) if x.dim() > 2 else x).detach().contiguous().flatten().tolist()


def flat(x):
    return None if x is None else x.detach().contiguous().flatten().tolist()


def affine(layer, which):
    """Fills in the parameters that the case has; the others stay 1 and 0 and are not reported."""
    parameters = {}
    if "gamma" in which:
        parameters["gamma"] = normal(*layer.weight.shape, shift=0.5)
        layer.weight.data.copy_(parameters["gamma"])
    if "beta" in which:
        parameters["beta"] = normal(*layer.bias.shape)
        layer.bias.data.copy_(parameters["beta"])
    return {name: flat(value) for name, value in parameters.items()}


def gradients(layer, x, y, dy):
    # in one call: PyTorch 2.13's GroupNorm crashes when asked for dx alone
    wanted = {"dx": x}
    if layer.weight is not None:
        wanted |= {"dgamma": layer.weight, "dbeta": layer.bias}
    return dict(zip(wanted, torch.autograd.grad(y, list(wanted.values()), dy)))


BATCH_NORM = {0: torch.nn.BatchNorm1d, 1: torch.nn.BatchNorm1d, 2: torch.nn.BatchNorm2d, 3: torch.nn.BatchNorm3d}
INSTANCE_NORM = {1: torch.nn.InstanceNorm1d, 2: torch.nn.InstanceNorm2d, 3: torch.nn.InstanceNorm3d}


def maps(name, shape, which=("gamma", "beta"), eps=1e-5, scale=1.0, shift=0.0, constant=None, steps=3, weight=0.1):
    """BN in training, its running statistics over some steps, and BN with them frozen, backwards too."""
    channels = shape[-1]
    rank = len(shape) - 2
    layer = BATCH_NORM[rank](channels, eps=eps, momentum=weight)
    parameters = affine(layer, which)
    count = 1
    for size in shape[:-1]:
        count *= size
    xs, after, outputs = [], [], []
    for _ in range(steps):
        x_last = normal(*shape, scale=scale, shift=shift) * (1 + torch.arange(channels)) + 0.3
        if constant is not None:
            x_last[..., constant] = 0.1
        x = first(x_last).clone().requires_grad_()
        y = layer(x)
        xs.append((x_last, x, y))
        after.append({"mean": flat(layer.running_mean), "variance": flat(layer.running_var)})
    x_last, x, y = xs[-1]
    dy = normal(*shape)
    trained = gradients(layer, x, y, first(dy))
    axes = tuple(range(len(shape) - 1))
    layer.eval()
    x_frozen = x.detach().clone().requires_grad_()
    y_frozen = layer(x_frozen)
    frozen = gradients(layer, x_frozen, y_frozen, first(dy))
    cases.append(
        {
            "kind": "maps",
            "name": name,
            "shape": list(shape),
            "eps": eps,
            "weight": weight,
            **parameters,
            "xs": [flat(each[0]) for each in xs],
            "dy": flat(dy),
            "mean": flat(x_last.mean(axes)),
            "variance": flat(x_last.var(axes, unbiased=False)),
            "y": last(y),
            "dx": last(trained["dx"]),
            "dgamma": flat(trained["dgamma"]),
            "dbeta": flat(trained["dbeta"]),
            "after": after,
            "pooled": {
                "mean": flat(torch.cat([each[0].reshape(-1, channels) for each in xs]).mean(0)),
                "variance": flat(torch.cat([each[0].reshape(-1, channels) for each in xs]).var(0, unbiased=True)),
            },
            "frozen": {
                "y": last(y_frozen),
                "dx": last(frozen["dx"]),
                "dgamma": flat(frozen["dgamma"]),
                "dbeta": flat(frozen["dbeta"]),
            },
        }
    )


maps("dense", (6, 4))
maps("dense, cumulative average", (5, 3), weight=None, steps=4)
maps("NWC", (3, 5, 2), eps=1e-3)
maps("NWC without gamma", (2, 4, 3), which=("beta",))
maps("NHWC", (2, 3, 4, 3))
maps("NHWC without beta", (2, 2, 3, 2), which=("gamma",))
maps("NHWC without gamma and beta, one image", (1, 3, 3, 2), which=())
maps("NHWC far mean", (2, 3, 3, 2), shift=1e4)
maps("NHWC constant channel", (2, 3, 3, 3), constant=1)
maps("NDHWC", (2, 2, 3, 2, 3), eps=1e-3, weight=0.3)
maps("NDHWC cumulative average", (2, 2, 2, 2, 2), weight=None, steps=3)


def layered(kind, name, layer, shape, which, eps, to, back, **more):
    parameters = affine(layer, which)
    x_last = normal(*shape, scale=2.0, shift=-1.0)
    x = to(x_last).clone().requires_grad_()
    y = layer(x)
    dy = normal(*shape)
    got = gradients(layer, x, y, to(dy))
    cases.append(
        {
            "kind": kind,
            "name": name,
            "shape": list(shape),
            "eps": eps,
            **more,
            **parameters,
            "x": flat(x_last),
            "dy": flat(dy),
            "y": back(y),
            "dx": back(got["dx"]),
            **({"dgamma": flat(got["dgamma"]), "dbeta": flat(got["dbeta"])} if "dgamma" in got else {}),
        }
    )


both = ("gamma", "beta")
for name, shape, which, eps in [
    ("dense", (4, 6), both, 1e-5),
    ("pair", (3, 2), both, 1e-3),
    ("one example without beta", (1, 5), ("gamma",), 1e-5),
]:
    layered("layer", name, torch.nn.LayerNorm(shape[-1], eps=eps), shape, which, eps, lambda x: x, flat)
layered("layer", "maps", torch.nn.LayerNorm([2, 3, 2]), (2, 2, 3, 2), both, 1e-5, lambda x: x, flat)

for name, shape, groups, which, eps in [
    ("dense", (4, 6), 3, both, 1e-5),
    ("NWC", (3, 4, 4), 2, both, 1e-3),
    ("NHWC", (2, 2, 3, 6), 3, both, 1e-5),
    ("NHWC one group", (2, 2, 2, 4), 1, ("beta",), 1e-5),
    ("NHWC a group for each channel", (2, 3, 2, 3), 3, ("gamma",), 1e-5),
    ("NDHWC", (2, 2, 2, 2, 4), 2, both, 1e-5),
]:
    layer = torch.nn.GroupNorm(groups, shape[-1], eps=eps)
    layered("group", name, layer, shape, which, eps, first, last, groups=groups)

for name, shape, which, eps in [
    ("NWC", (3, 5, 2), both, 1e-5),
    ("NHWC", (2, 3, 2, 3), both, 1e-3),
    ("NHWC without gamma and beta", (2, 2, 2, 2), (), 1e-5),
    ("NDHWC", (2, 2, 2, 3, 2), both, 1e-5),
]:
    layer = INSTANCE_NORM[len(shape) - 2](shape[-1], eps=eps, affine=len(which) > 0)
    layered("instance", name, layer, shape, which, eps, first, last)


def renorm(name, m, d, r_max, d_max, eps=1e-5, alpha=0.01, steps=2):
    """Ioffe 2017, Algorithm 1; the moving averages are of the mean and of the standard deviation."""
    gamma = normal(d, shift=0.5).requires_grad_()
    beta = normal(d).requires_grad_()
    mean, deviation = normal(d), 0.3 + 5 * torch.rand(d, generator=generator)
    start = {"mean": flat(mean), "deviation": flat(deviation)}
    taken = []
    for _ in range(steps):
        x = normal(m, d, scale=2.0, shift=0.7).requires_grad_()
        dy = normal(m, d)
        mean_b = x.mean(0)
        deviation_b = torch.sqrt(eps + ((x - mean_b) ** 2).mean(0))
        r = (deviation_b / deviation).clamp(1 / r_max, r_max).detach()
        shift = ((mean_b - mean) / deviation).clamp(-d_max, d_max).detach()
        y = gamma * ((x - mean_b) / deviation_b * r + shift) + beta
        dx, dgamma, dbeta = torch.autograd.grad(y, [x, gamma, beta], dy)
        mean = (mean + alpha * (mean_b - mean)).detach()
        deviation = (deviation + alpha * (deviation_b - deviation)).detach()
        step = {"x": x, "dy": dy, "r": r, "shift": shift, "y": y, "dx": dx, "dgamma": dgamma, "dbeta": dbeta}
        step |= {"mean_after": mean, "deviation_after": deviation}
        taken.append({key: flat(value) for key, value in step.items()})
    test_x = normal(3, d)
    test_y = gamma * (test_x - mean) / deviation + beta
    cases.append(
        {"kind": "renorm", "name": name, "m": m, "d": d, "eps": eps, "r_max": r_max, "d_max": d_max, "alpha": alpha}
        | {"gamma": flat(gamma), "beta": flat(beta), "start": start, "steps": taken}
        | {"test_x": flat(test_x), "test_y": flat(test_y)}
    )


renorm("clipped and not", 5, 6, r_max=2.0, d_max=1.0)
renorm("as batch norm", 4, 3, r_max=1.0, d_max=0.0)
renorm("wide limits", 6, 4, r_max=1e6, d_max=1e6, eps=1e-3, alpha=0.1)


def ghost(name, ghosts, size, d, weight):
    """Each ghost batch through the same layer, one after the other, so that the running averages take each in."""
    layer = torch.nn.BatchNorm1d(d, momentum=weight)
    parameters = affine(layer, both)
    x = normal(ghosts * size, d, scale=1.5, shift=0.4).requires_grad_()
    dy = normal(ghosts * size, d)
    y = torch.cat([layer(part) for part in x.split(size)])
    got = gradients(layer, x, y, dy)
    cases.append(
        {"kind": "ghost", "name": name, "m": ghosts * size, "d": d, "ghost_size": size, "weight": weight, "eps": 1e-5}
        | parameters
        | {"x": flat(x), "dy": flat(dy), "y": flat(y)}
        | {key: flat(value) for key, value in got.items()}
        | {"running": {"mean": flat(layer.running_mean), "variance": flat(layer.running_var)}}
    )


ghost("three of four", 3, 4, 3, 0.1)
ghost("pairs", 5, 2, 2, 0.3)
ghost("one ghost", 1, 6, 2, 0.1)


def synchronised(name, counts, d, shift=0.0):
    """The whole batch through one layer; the shards are its rows in order."""
    layer = torch.nn.BatchNorm1d(d)
    parameters = affine(layer, both)
    x = (normal(sum(counts), d, shift=shift) + torch.arange(sum(counts)).reshape(-1, 1) / 3).requires_grad_()
    dy = normal(sum(counts), d)
    y = layer(x)
    got = gradients(layer, x, y, dy)
    cases.append(
        {"kind": "synchronised", "name": name, "counts": counts, "d": d, "eps": 1e-5}
        | parameters
        | {"x": flat(x), "dy": flat(dy), "y": flat(y), "mean": flat(x.mean(0)), "variance": flat(x.var(0, unbiased=False))}
        | {key: flat(value) for key, value in got.items()}
    )


synchronised("uneven shards", [5, 2, 3], 3)
synchronised("a shard of one", [1, 4], 2)
synchronised("far mean", [2, 3, 2], 2, shift=1e4)

target = Path(__file__).with_suffix(".json")
lines = ",\n".join(json.dumps(case) for case in cases)
source = f"PyTorch {torch.__version__}, float64, by family.py"
target.write_text(f'{{"source": {json.dumps(source)}, "cases": [\n{lines}\n]}}\n')
print(f"{len(cases)} cases, {target.stat().st_size} bytes")
