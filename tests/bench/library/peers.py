"""The training step of tests/bench/library.mjs in NumPy, PyTorch and JAX.

    python peers.py PEER FOLDER

FOLDER holds the data set (pixels.bin, labels.bin: bytes), the initial weights (weights0.bin, ...: float32) and task.json
(sizes, epsilon, learningRate). Each line of the input is a JSON list of minibatches, each a list of indices; the answer
is a line {"seconds": ..., "cpu": ..., "loss": ...} for all of these steps, of which the last had that loss; cpu is the
processor's time in seconds. Making numbers of the pixels is part of a step.
"""

import json
import os
import sys
import time

import numpy as np

peer, folder = sys.argv[1:]


def load(name, kind):
    return np.fromfile(os.path.join(folder, name), dtype=kind)


with open(os.path.join(folder, "task.json")) as file:
    task = json.load(file)
sizes, epsilon, rate = task["sizes"], task["epsilon"], task["learningRate"]
pixels = load("pixels.bin", np.uint8).reshape(-1, sizes[0])
labels = load("labels.bin", np.uint8)
scale = np.float32(1 / 255)
weights = [load(f"weights{i}.bin", np.float32).reshape(sizes[i : i + 2]) for i in range(len(sizes) - 1)]
hidden = len(weights) - 1


def numpy_run():
    w = [x.copy() for x in weights]
    gamma = [np.ones(n, np.float32) for n in sizes[1:-1]]
    beta = [np.zeros(n, np.float32) for n in sizes[1:-1]]
    bias = np.zeros(sizes[-1], np.float32)

    def step(indices):
        nonlocal bias
        m = len(indices)
        z = [pixels[indices] * scale]
        kept = []
        for i in range(hidden):
            u = z[i] @ w[i]
            u -= u.mean(0)
            inverse = 1 / np.sqrt((u * u).mean(0) + np.float32(epsilon))
            u *= inverse
            kept.append((u, inverse))
            y = u * gamma[i]
            y += beta[i]
            np.negative(y, out=y)
            np.exp(y, out=y)
            y += 1
            z.append(np.reciprocal(y, out=y))
        logits = z[hidden] @ w[hidden] + bias
        logits -= logits.max(1, keepdims=True)
        p = np.exp(logits)
        sums = p.sum(1, keepdims=True)
        rows = np.arange(m)
        own = labels[indices]
        loss = float((np.log(sums[:, 0]) - logits[rows, own]).mean())
        p /= sums
        p[rows, own] -= 1
        p /= m
        bias -= np.float32(rate) * p.sum(0)
        du = p
        for i in range(hidden, -1, -1):
            dz = du @ w[i].T if i > 0 else None
            w[i] -= np.float32(rate) * (z[i].T @ du)
            if i == 0:
                break
            hat, inverse = kept[i - 1]
            out = z[i]
            dz *= out * (1 - out)
            dbeta = dz.sum(0)
            dgamma = (dz * hat).sum(0)
            dz -= dbeta / m
            dz -= hat * (dgamma / m)
            dz *= gamma[i - 1] * inverse
            gamma[i - 1] -= np.float32(rate) * dgamma
            beta[i - 1] -= np.float32(rate) * dbeta
            du = dz
        return loss

    def run(batches):
        for batch in batches:
            loss = step(batch)
        return loss

    return run, np.array


def torch_run(compiled):
    import torch

    torch.set_num_threads(1)
    images = torch.from_numpy(pixels)
    targets = torch.from_numpy(labels.astype(np.int64))
    layers = []
    for i in range(len(weights)):
        last = i == hidden
        linear = torch.nn.Linear(sizes[i], sizes[i + 1], bias=last)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weights[i].T.copy()))
            if last:
                linear.bias.zero_()
        layers.append(linear)
        if not last:
            layers += [torch.nn.BatchNorm1d(sizes[i + 1], eps=epsilon), torch.nn.Sigmoid()]
    model = torch.nn.Sequential(*layers)
    optimiser = torch.optim.SGD(model.parameters(), lr=rate)
    criterion = torch.nn.CrossEntropyLoss()

    def forward(indices):
        return criterion(model(images[indices].float() * float(scale)), targets[indices])

    if compiled:
        forward = torch.compile(forward)

    def run(batches):
        for batch in batches:
            optimiser.zero_grad()
            loss = forward(batch)
            loss.backward()
            optimiser.step()
            value = loss.item()
        return value

    return run, torch.tensor


def jax_run(scan):
    import jax
    import jax.numpy as jnp

    images = jnp.asarray(pixels)
    targets = jnp.asarray(labels.astype(np.int32))
    parameters = {
        "w": [jnp.asarray(x) for x in weights],
        "gamma": [jnp.ones(n, jnp.float32) for n in sizes[1:-1]],
        "beta": [jnp.zeros(n, jnp.float32) for n in sizes[1:-1]],
        "bias": jnp.zeros(sizes[-1], jnp.float32),
    }

    def loss_of(p, x, t):
        z = x
        for i in range(hidden):
            u = z @ p["w"][i]
            mean = u.mean(0)
            variance = ((u - mean) ** 2).mean(0)
            hat = (u - mean) * jax.lax.rsqrt(variance + epsilon)
            z = jax.nn.sigmoid(p["gamma"][i] * hat + p["beta"][i])
        logs = jax.nn.log_softmax(z @ p["w"][hidden] + p["bias"])
        return -jnp.take_along_axis(logs, t[:, None], 1).mean()

    def step(p, images, targets, batch):
        x = images[batch].astype(jnp.float32) * scale
        loss, gradient = jax.value_and_grad(loss_of)(p, x, targets[batch])
        return jax.tree.map(lambda a, g: a - rate * g, p, gradient), loss

    if scan:

        def steps(p, images, targets, batches):
            return jax.lax.scan(lambda q, batch: step(q, images, targets, batch), p, batches)

        function = jax.jit(steps, donate_argnums=0)
    else:
        function = jax.jit(step, donate_argnums=0)

    def run(batches):
        nonlocal parameters
        if scan:
            parameters, losses = function(parameters, images, targets, batches)
            return float(losses[-1])
        for batch in batches:
            parameters, loss = function(parameters, images, targets, batch)
        return float(loss)

    def prepare(batches):
        stacked = jnp.asarray(batches, dtype=jnp.int32)
        return stacked if scan else [jnp.asarray(batch) for batch in np.asarray(batches, dtype=np.int32)]

    return run, prepare


peers = {
    "numpy": numpy_run,
    "pytorch": lambda: torch_run(False),
    "pytorch-compile": lambda: torch_run(True),
    "jax-jit": lambda: jax_run(False),
    "jax-scan": lambda: jax_run(True),
}
run, prepare = peers[peer]()
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    batches = prepare(json.loads(line))
    start = time.perf_counter()
    before = time.process_time()
    loss = run(batches)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "cpu": time.process_time() - before, "loss": loss}), flush=True)
