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


ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leakyRelu": lambda u: F.leaky_relu(u, 1 / 4),
}


class Layer:
    """x W + b, dense or convolutional, with gamma and beta where there is BN."""

    def __init__(self, g, inputs, outputs, placement, conv=None):
        self.conv = conv
        scale = (2 / (inputs + outputs)) ** 0.5
        self.parameters = dict(weights=(scale * normal(g, inputs, outputs)).requires_grad_())
        if placement != "before":
            self.parameters["bias"] = (0.1 * normal(g, outputs)).requires_grad_()
        if placement != "none":
            self.parameters["gamma"] = (1 + 0.1 * normal(g, outputs)).requires_grad_()
            self.parameters["beta"] = (0.1 * normal(g, outputs)).requires_grad_()
            self.mean, self.variance = torch.zeros(outputs), torch.ones(outputs)

    def affine(self, x):
        weights, bias = self.parameters["weights"], self.parameters.get("bias")
        if self.conv is None:
            x = x.reshape(x.shape[0], -1)
            return x @ weights + (0 if bias is None else bias)
        (kh, kw), stride, (top, bottom, left, right) = self.conv["kernel"], self.conv["stride"], self.conv["pads"]
        padded = F.pad(nchw(x), (left, right, top, bottom))
        cin = x.shape[-1]
        return nhwc(F.conv2d(padded, filters_of(weights.reshape(kh, kw, cin, -1)), bias, stride))

    def norm(self, x, epsilon, weight):
        flatten = x.reshape(-1, x.shape[-1])
        gamma, beta = self.parameters["gamma"], self.parameters["beta"]
        return F.batch_norm(flatten, self.mean, self.variance, gamma, beta, True, weight, epsilon).reshape(x.shape)


def net(layers, x, activation, placement, epsilon, weight, masks, place):
    """masks: one 0/1 tensor for each hidden layer, or None; scaled by 1 / (1 - rate) by the caller"""
    for index, layer in enumerate(layers):
        u = layer.affine(x)
        if index == len(layers) - 1:
            return u
        mask = None if masks is None else masks[index]

        def bn(v):
            if mask is not None and place == "beforeNorm":
                v = v * mask.reshape(v.shape)
            return layer.norm(v, epsilon, weight)

        if placement == "before":
            x = ACTIVATIONS[activation](bn(u))
        elif placement == "after":
            x = bn(ACTIVATIONS[activation](u))
        else:
            x = ACTIVATIONS[activation](u)
        if layer.conv is not None and layer.conv["pool"]:
            function = F.max_pool2d if layer.conv["pool"]["kind"] == "max" else F.avg_pool2d
            x = nhwc(function(nchw(x), layer.conv["pool"]["size"]))
        if mask is not None and place == "end":
            x = x * mask.reshape(x.shape)


def training(name, sizes, activation, placement, optimiser="sgd", l2=0.0, on=("weights",), dropout=0.0, place="end",
             conv=None, image=None, m=8, steps=20, accumulate=1, rate=0.1, seed=3):
    g = torch.Generator().manual_seed(seed)
    conv = conv or []
    layers, shape = [], image
    for c in conv:
        kh, kw = c["kernel"]
        layers.append(Layer(g, kh * kw * shape[2], c["filters"], placement, c))
        top, bottom, left, right = c["pads"]
        height = (shape[0] + top + bottom - kh) // c["stride"][0] + 1
        width = (shape[1] + left + right - kw) // c["stride"][1] + 1
        if c["pool"]:
            height, width = height // c["pool"]["size"], width // c["pool"]["size"]
        shape = (height, width, c["filters"])
    flat_size = sizes[0] if not conv else shape[0] * shape[1] * shape[2]
    for i, outputs in enumerate(sizes[1:]):
        last = i == len(sizes) - 2
        layers.append(Layer(g, flat_size if i == 0 else sizes[i], outputs, "none" if last else placement))
    start = [{k: flat(v) for k, v in layer.parameters.items()} for layer in layers]
    decayed, rest = [], []
    for layer in layers:
        for kind, p in layer.parameters.items():
            (decayed if kind in on else rest).append(p)
    groups = [dict(params=decayed), dict(params=rest)]
    definition, make = OPTIMISERS[optimiser]
    opt = make([p for p in groups if p["params"]])
    opt.param_groups[0]["weight_decay"] = l2 if "decay" not in definition else definition["decay"]
    if len(opt.param_groups) > 1:
        opt.param_groups[1]["weight_decay"] = 0.0
    n = m * accumulate
    x = normal(g, n, sizes[0] if image is None else image[0] * image[1] * image[2])
    x = x.float().double()  # training data is float32
    labels = torch.randint(0, sizes[-1], (n,), generator=g)
    losses, rates, all_masks = [], [], []
    for step in range(steps):
        r = rate * 0.95**step
        for group in opt.param_groups:
            group["lr"] = r
        opt.zero_grad()
        total = 0.0
        step_masks = []
        for part in range(accumulate):
            xb, yb = x[part * m:(part + 1) * m], labels[part * m:(part + 1) * m]
            if image is not None:
                xb = xb.reshape(m, *image)
            masks = None
            if dropout:
                widths = list(sizes[1:-1])
                masks = [(torch.rand(m, w, generator=g) >= dropout).double() for w in widths]
                step_masks.append(["".join(str(int(v)) for v in mask.reshape(-1)) for mask in masks])
                masks = [mask / (1 - dropout) for mask in masks]
            loss = F.cross_entropy(net(layers, xb, activation, placement, 1e-3, 0.2, masks, place), yb)
            (loss / accumulate).backward()
            total += loss.item() / accumulate
        if step == 0:
            gradients = [{k: flat(v.grad) for k, v in layer.parameters.items()} for layer in layers]
        opt.step()
        losses.append(total)
        rates.append(r)
        all_masks.append(step_masks)
    end = [{k: flat(v) for k, v in layer.parameters.items()} for layer in layers]
    for layer, state in zip(layers, end):
        if hasattr(layer, "mean"):
            state["mean"], state["variance"] = flat(layer.mean), flat(layer.variance)
    case = dict(kind="training", name=name, sizes=sizes, activation=activation, placement=placement, optimiser=definition,
                l2=dict(on=list(on), **{"lambda": 0.0 if "decay" in definition else l2}), dropout=dropout, place=place,
                m=m, accumulate=accumulate, epsilon=1e-3, new_weight=0.2, x=flat(x), labels=labels.tolist(), rates=rates,
                start=start, gradients=gradients, losses=losses, end=end)
    if dropout:
        case["masks"] = all_masks
    if conv:
        case["image"] = dict(zip(("height", "width", "channels"), image))
        case["conv"] = [
            dict(filters=c["filters"], kernel=c["kernel"], stride=c["stride"],
                 padding=dict(zip(("top", "bottom", "left", "right"), c["pads"])), **(dict(pool=c["pool"]) if c["pool"] else {}))
            for c in conv
        ]
    cases.append(case)


def trainings():
    dense = [5, 7, 6, 3]
    training("plain SGD, sigmoid, no BN", dense, "sigmoid", "none", rate=1.0)
    training("momentum, tanh, BN before", dense, "tanh", "before", "momentum")
    training("Nesterov, leaky ReLU, BN after", dense, "leakyRelu", "after", "nesterov")
    training("Adam, ReLU, BN before", dense, "relu", "before", "adam", rate=0.01)
    training("momentum, L2 on the weights, BN before", dense, "tanh", "before", "momentum", l2=0.05)
    training("Adam, L2 on weights, gamma and beta, BN after", dense, "tanh", "after", "adam", l2=0.05,
             on=("weights", "gamma", "beta"), rate=0.01)
    training("AdamW, sigmoid, BN before", dense, "sigmoid", "before", "adamw", rate=0.01)
    training("momentum, dropout at the end, no BN", dense, "tanh", "none", "momentum", dropout=0.4)
    training("Adam, dropout at the end, L2, BN before", dense, "leakyRelu", "before", "adam", l2=0.01, dropout=0.3, rate=0.01)
    training("momentum, dropout before BN, BN before", dense, "sigmoid", "before", "momentum", dropout=0.25, place="beforeNorm")
    training("momentum, dropout before BN, BN after", dense, "tanh", "after", "momentum", dropout=0.25, place="beforeNorm")
    training("momentum, three minibatches accumulated, BN before", dense, "tanh", "before", "momentum", l2=0.01, accumulate=3, m=5)
    for placement in ("before", "after", "none"):
        training(f"small conv net, BN {placement}", [6 * 5 * 2, 5, 3], "tanh", placement, "momentum", l2=0.01, m=4,
                 image=(6, 5, 2), rate=0.05,
                 conv=[dict(filters=3, kernel=(3, 3), stride=(1, 1), pads=(1, 1, 1, 1), pool=dict(kind="max", size=2)),
                       dict(filters=4, kernel=(2, 2), stride=(2, 1), pads=(1, 0, 0, 1), pool=None)])


def gradient_shift(name, sizes, activation, placement, rate, m=9, seed=4):
    """Santurkar et al. 2018, definition 2.1, for one step of SGD."""
    g = torch.Generator().manual_seed(seed)
    count = len(sizes) - 1
    before = [Layer(g, sizes[i], sizes[i + 1], "none" if i == count - 1 else placement) for i in range(count)]
    start = [{k: flat(v) for k, v in layer.parameters.items()} for layer in before]
    x = normal(g, m, sizes[0]).float().double()
    labels = torch.randint(0, sizes[-1], (m,), generator=g)

    def gradients(layers):
        loss = F.cross_entropy(net(layers, x, activation, placement, 1e-3, 0.2, None, "end"), labels)
        parameters = [p for layer in layers for p in layer.parameters.values()]
        return dict(zip(map(id, parameters), torch.autograd.grad(loss, parameters)))

    own = gradients(before)
    after = []
    for layer in before:
        moved = Layer(g, *layer.parameters["weights"].shape, "none")
        moved.parameters = {k: (p - rate * own[id(p)]).detach().requires_grad_() for k, p in layer.parameters.items()}
        if hasattr(layer, "mean"):
            moved.mean, moved.variance = torch.zeros_like(layer.mean), torch.ones_like(layer.variance)
        after.append(moved)
    shift = []
    for i in range(count):
        mixed = after[:i] + before[i:]
        weights = before[i].parameters["weights"]
        a, b = own[id(weights)].reshape(-1), gradients(mixed)[id(weights)].reshape(-1)
        shift.append(dict(distance=(a - b).norm().item(), cosine=F.cosine_similarity(a, b, dim=0).item(),
                          before=a.norm().item(), after=b.norm().item()))
    cases.append(dict(kind="gradient-shift", name=name, sizes=sizes, activation=activation, placement=placement, m=m, rate=rate,
                      epsilon=1e-3, x=flat(x), labels=labels.tolist(), start=start, shift=shift))


optimisers()
convolutions()
trainings()
for placement in ("none", "before", "after"):
    gradient_shift(f"BN {placement}", [4, 6, 5, 6, 3], "tanh", placement, 1.0)

print(json.dumps(dict(source=f"PyTorch {torch.__version__}, float64", cases=cases)))
