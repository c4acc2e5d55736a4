"""The notation, as it is printed: what is read is what was proved."""

import pytest
from sympy import (
    Derivative,
    Dummy,
    Integral,
    KroneckerDelta,
    Limit,
    Max,
    Min,
    Rational,
    Sum,
    exp,
    oo,
    sqrt,
)  # fmt: skip

from nnlib.book import (
    Functional,
    array,
    diagonal,
    function,
    gradient,
    index,
    jacobian,
    named,
    norm,
    outer,
    real,
    size,
    spectral_norm,
    total,
    undetermined,
)  # fmt: skip
from nnlib.book.printing import tex

n, m, r = size("n m r")
i, j, k = index("i j k")
x, z = real("x z")
W, H, b = array("W^{(l)}", r, n), array("H", n, m), array("b", r)
A, B, v, w, u = array("A", n, n), array("B", n, n), array("v", n), array("w", n), array("u", m)
a, C = undetermined("a"), Functional("C")
sigma = function(r"\sigma", lambda z: 1 / (1 + exp(-z)))
h = named("h^{(l)}", a(v))

SCALARS = {
    "element": (A[i, j], "A_{ij}"),
    "element by numbers": (array("A", 12, 12)[1, 2], "A_{12}"),
    "element that could be misread": (array("A", 12, 12)[1, 12], "A_{1,12}"),
    "element of a layer": (W[i, k], "W^{(l)}_{ik}"),
    "element of a name": (h[j], "h^{(l)}_{j}"),
    "sum over the whole axis": (total(v[k], k), r"\sum_{k} v_{k}"),
    "shorter sum": (Sum(v[k], (k, 1, n - 1)), r"\sum_{k=1}^{n - 1} v_{k}"),
    "sum over another's axis": (Sum(u[k], (k, 1, n)), r"\sum_{k=1}^{n} u_{k}"),
    "sum over no axis": (Sum(x**k, (k, 1, n)), r"\sum_{k=1}^{n} x^{k}"),
    "sum of a sum": (total(v[k] + w[k], k), r"\sum_{k} \left(v_{k} + w_{k}\right)"),
    "sum squared": (total(v[k], k) ** 2, r"\left(\sum_{k} v_{k}\right)^{2}"),
    "sum times sum": (
        total(v[k], k) * total(w[k], k), r"\left(\sum_{k} v_{k}\right) \, \sum_{k} w_{k}",
    ),
    "limit times limit": (
        Limit(exp(x), x, -oo) * Limit(sigma(z), z, oo),
        r"\left(\lim_{x \to -\infty} e^{x}\right) \, \lim_{z \to \infty} \sigma(z)",
    ),
    "bound letter that is taken": (
        Sum(i * v[(d := Dummy("i", integer=True))], (d, 1, n)), r"\sum_{j} i \, v_{j}",
    ),
    "prime": (a.derivative(z), "a'(z)"),
    "two primes": (a.derivative.derivative(z), "a''(z)"),
    "product of sums": (x * (x + z), r"x \, \left(x + z\right)"),
    "difference": (x - (z + 1), "x - z - 1"),
    "fraction": (Rational(1, 2) * x, r"\frac{x}{2}"),
    "derivative": (Derivative(sigma(z), z), r"\frac{d}{d z}\left(\sigma(z)\right)"),
    "second derivative": (Derivative(sigma(z), (z, 2)), r"\frac{d^{2}}{d z^{2}}\left(\sigma(z)\right)"),
    "partial derivative": (Derivative(h[i], v[j]), r"\frac{\partial h^{(l)}_{i}}{\partial v_{j}}"),
    "delta": (KroneckerDelta(i, j), r"\mathbf{1}[i=j]"),
    "maximum": (Max(0, z), r"\max(z, 0)"),
    "minimum": (Min(0, z), r"\min(z, 0)"),
    "root first": (sqrt(2) * exp(-z), r"\sqrt{2} \, e^{-z}"),
    "named constant first": (z**3 * named(r"\kappa", sqrt(2))[()], r"\kappa \, z^{3}"),
    "gradient of a cost": (C.gradient(v)[j], r"\frac{\partial C}{\partial v_{j}}"),
    "integral of a sum": (
        Integral(x + 1, (x, 0, 1)), r"\int\limits_{0}^{1} \left(x + 1\right)\, dx",
    ),
}  # fmt: skip

ARRAYS = {
    "dense": (W @ H + b[:, None], r"W^{(l)}\,H + b\,\mathbf{1}^{\top}"),
    "transpose": (A.T @ v, r"A^{\top}\,v"),
    "transpose of a layer": (W.T, r"W^{(l)\top}"),
    "transpose twice": (A.T.T, "A"),
    "transpose of a layer twice": (W.T.T, "W^{(l)}"),
    "transpose of a product": ((A @ B).T, r"\left(A\,B\right)^{\top}"),
    "product of a sum": ((A + B) @ v, r"\left(A + B\right)\,v"),
    "Hadamard of a product": ((A @ v) * w, r"\left(A\,v\right) \odot w"),
    "product of a Hadamard": (A @ (v * w), r"A\,\left(v \odot w\right)"),
    "inner product": (v @ w, r"v^{\top}\,w"),
    "outer product": (outer(v, w), r"v\,w^{\top}"),
    "outer product of layers": (outer(h, h), r"h^{(l)}\,h^{(l)\top}"),
    "sum of the columns": (H.sum(axis=1), r"H\,\mathbf{1}"),
    "sum of the rows": (H.sum(axis=0), r"H^{\top}\,\mathbf{1}"),
    "scalar that is a sum": ((x + z) * v, r"\left(x + z\right) \, v"),
    "scalar that is a sum, behind": (v * (x + z), r"v \, \left(x + z\right)"),
    "array and a number": (v + (x - 1), "v + x - 1"),
    "difference of a sum": (v - (w + v), r"v - \left(w + v\right)"),
    "minus": (-(v + w), r"-\left(v + w\right)"),
    "function": (a(A @ v), r"a(A\,v)"),
    "diagonal": (diagonal(v), r"\operatorname{diag}\!\left(v\right)"),
    "gradient": (gradient(named("L", v @ w), v), r"\frac{\partial L}{\partial v}"),
    "Jacobian": (jacobian(h, v), r"\frac{\partial h^{(l)}}{\partial v}"),
    "norm": (norm(v), r"\lVert v \rVert"),
    "spectral norm": (spectral_norm(A), r"\lVert A \rVert_2"),
}


@pytest.mark.parametrize("name", SCALARS)
def test_scalar(name):
    expr, expected = SCALARS[name]
    assert tex(expr) == expected


@pytest.mark.parametrize("name", ARRAYS)
def test_array(name):
    value, expected = ARRAYS[name]
    assert value.tex == expected
