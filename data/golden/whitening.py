"""Makes whitening.json: golden values of whitening and of both Jacobians of Norm(x, X), from PyTorch in float64.

    pip install torch==2.13.0
    python data/golden/whitening.py

Norm(x, X) = Cov[X]^(-1/2) (x - E[X])  (Ioffe and Szegedy 2015, section 2); Cov is divided by m, epsilon is added to
its diagonal. The gradients are torch.autograd's. The inverse root is not taken by an eigendecomposition, whose
autograd is 0/0 where eigenvalues repeat, but by the iteration of Denman and Beavers (1976), whose limit is the root:
a way that the library does not go.
"""

import json
from pathlib import Path

import torch

torch.set_default_dtype(torch.float64)


def covariance(X, epsilon):
    centred = X - X.mean(0)
    return centred.T @ centred / X.shape[0] + epsilon * torch.eye(X.shape[1])


def inverse_root(S):
    scale = torch.linalg.matrix_norm(S)
    Y, Z = S / scale, torch.eye(S.shape[0])
    for _ in range(40):
        Y, Z = (Y + torch.linalg.inv(Z)) / 2, (Z + torch.linalg.inv(Y)) / 2
    return Z / torch.sqrt(scale)


def norm(x, X, epsilon):
    return (x - X.mean(0)) @ inverse_root(covariance(X, epsilon))


def case(name, X, epsilon, generator):
    m, d = X.shape
    dy = torch.randn(m, d, generator=generator)
    point = torch.randn(d, generator=generator)
    X = X.clone().requires_grad_(True)
    y = norm(X, X, epsilon)
    y.backward(dy)
    by_point, by_set = torch.autograd.functional.jacobian(lambda x, S: norm(x, S, epsilon), (point, X.detach()))
    S = covariance(X.detach(), epsilon)
    assert torch.allclose(inverse_root(S) @ S @ inverse_root(S), torch.eye(d), atol=1e-10)
    return {
        "kind": "whitening", "name": name, "m": m, "d": d, "epsilon": epsilon,
        "x": X.detach().flatten().tolist(),
        "covariance": covariance(X.detach(), 0.0).flatten().tolist(),
        "eigenvalues": torch.linalg.eigvalsh(covariance(X.detach(), 0.0)).flip(0).tolist(),
        "inverseRoot": inverse_root(S).flatten().tolist(),
        "y": y.detach().flatten().tolist(),
        "dy": dy.flatten().tolist(),
        "dx": X.grad.flatten().tolist(),
        "point": point.tolist(),
        "pointY": norm(point, X.detach(), epsilon).tolist(),
        # d x d: row is the output, column the element of x
        "dPoint": by_point.flatten().tolist(),
        # m x d x d: example of X, output, element of that example
        "dSet": by_set.permute(1, 0, 2).flatten().tolist(),
    }


def main():
    g = torch.Generator().manual_seed(1)
    randn = lambda *shape: torch.randn(*shape, generator=g)
    mix = torch.tensor([[2.0, 0.3, 0.0], [0.5, 1.0, -0.4], [0.0, 0.2, 0.5]])
    # a cube's corners: all eigenvalues are equal
    corners = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0])] * 3)
    cases = [
        case("one feature", randn(5, 1), 0.0, g),
        case("plane", randn(7, 2) @ torch.tensor([[2.0, 1.2], [0.0, 0.5]]) + torch.tensor([3.0, -1.0]), 0.0, g),
        case("mixed", randn(12, 3) @ mix + 1.0, 1e-5, g),
        case("equal eigenvalues", corners, 0.0, g),
        case("fewer examples than features", randn(3, 4), 0.1, g),
        case("wide spread", randn(20, 5) * torch.tensor([10.0, 3.0, 1.0, 0.3, 0.1]), 0.0, g),
    ]
    file = Path(__file__).with_name("whitening.json")
    file.write_text(json.dumps({"source": f"PyTorch {torch.__version__}, float64", "cases": cases}) + "\n")


main()
