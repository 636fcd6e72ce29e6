"""BN forward and forward+backward in PyTorch, JAX and NumPy, on one thread, for tests/bench/batchNorm.mjs.

python batchNormPeers.py LIBRARY CLOCK, with LIBRARY torch, jax or numpy, and CLOCK wall or cpu. Then one JSON object a line on standard input:

  {"load": {"shape": [..], "axis": 1, "x": FILE, "dy": FILE, "epsilon": e}}  float32 files; axis of the features
  {"check": {"peer": NAME, "y": FILE, "dx": FILE}}              writes what the peer computes
  {"time": {"peer": NAME, "what": "forward" | "both", "seconds": s}}

and one JSON object a line on standard output. gamma is 1 + f / 64 and beta f / 32 for feature f; no running averages.
"""

import json
import os
import sys
import time

LIBRARY = sys.argv[1]
now = {"wall": time.perf_counter, "cpu": time.process_time}[sys.argv[2]]
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
os.environ["JAX_PLATFORMS"] = "cpu"
if LIBRARY == "jax" and hasattr(os, "sched_setaffinity"):
    # XLA sizes its pool of threads by the processors it may use
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import numpy as np  # noqa: E402


def along(axis, rank, vector):
    """The vector, shaped so that it multiplies the given axis."""
    return vector.reshape([-1 if one == axis else 1 for one in range(rank)])


def others(axis, rank):
    return tuple(one for one in range(rank) if one != axis)


class NumPy:
    def __init__(self, x, dy, gamma, beta, axis, epsilon):
        self.x, self.dy, self.epsilon = x, dy, epsilon
        self.over = others(axis, x.ndim)
        self.gamma, self.beta = along(axis, x.ndim, gamma), along(axis, x.ndim, beta)
        self.m = np.float32(x.size // gamma.size)

    def parts(self):
        centred = self.x - self.x.mean(self.over, keepdims=True)
        variance = np.square(centred).mean(self.over, keepdims=True)
        inverse = 1 / np.sqrt(variance + np.float32(self.epsilon))
        centred *= inverse
        return centred, inverse

    def forward(self):
        x_hat, _ = self.parts()
        x_hat *= self.gamma
        x_hat += self.beta
        return x_hat

    def both(self):
        x_hat, inverse = self.parts()
        y = x_hat * self.gamma
        y += self.beta
        d_beta = self.dy.sum(self.over, keepdims=True)
        d_gamma = (self.dy * x_hat).sum(self.over, keepdims=True)
        x_hat *= d_gamma / self.m
        dx = self.dy - d_beta / self.m
        dx -= x_hat
        dx *= self.gamma * inverse
        return y, dx, d_gamma, d_beta

    def peers(self):
        return {"numpy": (self.forward, self.both)}


class Torch:
    def __init__(self, x, dy, gamma, beta, axis, epsilon):
        import torch
        import torch._inductor.config

        torch.set_num_threads(1)
        torch._inductor.config.cpp.threads = 1
        torch._dynamo.reset()
        self.torch, self.epsilon = torch, epsilon
        x, dy = torch.from_numpy(x), torch.from_numpy(dy)
        if axis == x.ndim - 1 and x.ndim > 2:
            # n x h x w x c lies in memory as PyTorch's channels_last does
            x, dy = x.permute(0, 3, 1, 2), dy.permute(0, 3, 1, 2)
        self.x, self.dy = x, dy
        self.gamma, self.beta = torch.from_numpy(gamma), torch.from_numpy(beta)
        self.leaves = [one.clone().requires_grad_() for one in (x, self.gamma, self.beta)]
        assert self.leaves[0].stride() == x.stride()
        self.compiled = torch.compile(self.norm, dynamic=False)

    def norm(self, x, gamma, beta):
        return self.torch.nn.functional.batch_norm(x, None, None, gamma, beta, True, 0.1, self.epsilon)

    def with_grad(self, norm):
        y = norm(*self.leaves)
        return (y.detach(), *self.torch.autograd.grad(y, self.leaves, self.dy))

    def kernels(self):
        """PyTorch's own kernels without autograd around them."""
        aten = self.torch.ops.aten
        y, mean, inverse = aten.native_batch_norm(
            self.x, self.gamma, self.beta, None, None, True, 0.1, self.epsilon
        )
        gradients = aten.native_batch_norm_backward(
            self.dy, self.x, self.gamma, None, None, mean, inverse, True, self.epsilon, [True, True, True]
        )
        return (y, *gradients)

    def peers(self):
        inputs = (self.x, self.gamma, self.beta)

        def forward(norm):
            with self.torch.no_grad():
                return norm(*inputs)

        return {
            "torch": (lambda: forward(self.norm), lambda: self.with_grad(self.norm)),
            "torch-kernels": (lambda: forward(self.norm), self.kernels),
            "torch-compile": (lambda: forward(self.compiled), lambda: self.with_grad(self.compiled)),
        }

    def plain(self, value):
        """In the order in which the elements came."""
        return (value.permute(0, 2, 3, 1) if value.stride(1) == 1 and value.ndim == 4 else value).contiguous().numpy()


class Jax:
    def __init__(self, x, dy, gamma, beta, axis, epsilon):
        import jax
        import jax.numpy as jnp

        over, rank = others(axis, x.ndim), x.ndim
        self.jax = jax

        def norm(x, gamma, beta):
            mean = x.mean(over, keepdims=True)
            variance = jnp.square(x - mean).mean(over, keepdims=True)
            x_hat = (x - mean) * jax.lax.rsqrt(variance + epsilon)
            return x_hat * along(axis, rank, gamma) + along(axis, rank, beta)

        def both(x, dy, gamma, beta):
            y, pullback = jax.vjp(norm, x, gamma, beta)
            return (y, *pullback(dy))

        self.arrays = [jax.device_put(one) for one in (x, dy, gamma, beta)]
        self.norm, self.gradients = jax.jit(norm), jax.jit(both)

    def peers(self):
        x, dy, gamma, beta = self.arrays
        wait = self.jax.block_until_ready
        return {
            "jax": (
                lambda: wait(self.norm(x, gamma, beta)),
                lambda: wait(self.gradients(x, dy, gamma, beta)),
            )
        }


def sample(call, seconds):
    """Seconds a call: the least and the median of samples of at least half a millisecond each."""
    call()
    start = now()
    call()
    once = now() - start
    if once >= seconds:
        return {"least": once, "median": once}
    calls = max(1, int(5e-4 / max(once, 1e-6)))
    times = []
    end = now() + seconds
    while now() < end or len(times) < 3:
        start = now()
        for _ in range(calls):
            call()
        times.append((now() - start) / calls)
    return {"least": min(times), "median": float(np.median(times))}


peers = {}
subject = None
for line in sys.stdin:
    request = json.loads(line)
    answer = {}
    if "load" in request:
        load = request["load"]
        axis, shape = load["axis"], load["shape"]
        x, dy = (np.fromfile(load[name], np.float32).reshape(shape) for name in ("x", "dy"))
        d = np.arange(shape[axis], dtype=np.float32)
        kind = {"numpy": NumPy, "torch": Torch, "jax": Jax}[LIBRARY]
        subject = kind(x, dy, 1 + d / 64, d / 32, axis, load["epsilon"])
        peers = subject.peers()
        answer = {"peers": list(peers)}
    elif "check" in request:
        check = request["check"]
        plain = getattr(subject, "plain", np.asarray)
        forward, both = peers[check["peer"]]
        plain(forward()).tofile(check["y"])
        plain(both()[1]).tofile(check["dx"])
    else:
        timed = request["time"]
        forward, both = peers[timed["peer"]]
        answer = sample(forward if timed["what"] == "forward" else both, timed["seconds"])
    print(json.dumps(answer), flush=True)
