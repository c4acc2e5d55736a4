"""Where a statement meets nnlib: a slip in the code is found, on symbols and on floats, and named."""

from types import SimpleNamespace

import numpy as np
import pytest
from sympy import exp

import nnlib.activations
import nnlib.layers
from nnlib.book import (
    Unproved,
    array,
    equal,
    function,
    gradient,
    index,
    named,
    on_arrays,
    on_floats,
    real,
    size,
    total,
    undetermined,
)
from nnlib.book.meetings import roots
from nnlib.book.proofs import check

n, m, r = size("n m r")
i, j = index("i j")
z = real("z")
W, b, H, V = array("W", r, n), array("b", r), array("H", n, m), array("V", r, m)
pairing = named("p", total(V[i, j] * (W @ H + b[:, None])[i, j], i, j))
sigma = function(r"\sigma", lambda z: 1 / (1 + exp(-z)))


def pullback(part, call=None, **options):
    call = call or (lambda f, W, b, H, V: f(W, b, H)[1](V)[part])
    return on_arrays("nnlib.layers.dense", call, W, b, H, V, **options)


def of_weights(**options):
    return equal(gradient(pairing, W), V @ H.T, code=pullback(0, **options))


def test_dense_as_it_is():
    (met,) = check(of_weights()).code
    assert met == {
        "name": "nnlib.layers.dense",
        "bound": "for every size, and within 1e-13 on floats",
    }


WRONG = {
    "sign": lambda dZ, W, H: (-(dZ @ H.T), dZ.sum(axis=1), W.T @ dZ),
    "bias for weights": lambda dZ, W, H: (dZ.sum(axis=1), dZ @ H.T, W.T @ dZ),
    "twice": lambda dZ, W, H: (2 * (dZ @ H.T), dZ.sum(axis=1), W.T @ dZ),
    "transposed": lambda dZ, W, H: ((dZ @ H.T).T, dZ.sum(axis=1), W.T @ dZ),
}


@pytest.mark.parametrize("slip", WRONG)
def test_slip_in_the_code_is_found(monkeypatch, slip):
    right = nnlib.layers.dense

    def dense(W, b, H):
        return right(W, b, H)[0], lambda dZ: WRONG[slip](dZ, W, H)

    monkeypatch.setattr(nnlib.layers, "dense", dense)
    with pytest.raises(Unproved, match=r"nnlib\.layers\.dense"):
        check(of_weights())


def test_slip_on_floats_alone_is_found(monkeypatch):
    right = nnlib.layers.dense

    def dense(W, b, H):
        scale = 1 + 1e-9 if isinstance(W, np.ndarray) else 1
        return right(W, b, H)[0], lambda dZ: (scale * (dZ @ H.T), None, None)

    monkeypatch.setattr(nnlib.layers, "dense", dense)
    with pytest.raises(Unproved, match="on floats is off from"):
        check(of_weights())


def test_undetermined_activation_stands_in_for_one_of_nnlib():
    a, Z, U = undetermined("a"), array("Z", n, m), array("U", n, m)
    value = named("q", total(U[i, j] * a(Z)[i, j], i, j))
    code = on_arrays("nnlib.layers.elementwise", lambda f, a, Z, U: f(a, Z)[1](U), a, Z, U)
    assert check(equal(gradient(value, Z), U * a.derivative(Z), code=code)).code
    code = on_arrays(
        "nnlib.layers.elementwise", lambda f, a, Z, U: f(a, Z)[1](U), a, Z, U, within=1e-30
    )
    with pytest.raises(Unproved, match="1e-30 was claimed"):
        check(equal(gradient(value, Z), U * a.derivative(Z), code=code))
    late = on_arrays("nnlib.layers.elementwise", lambda f, a, Z, U: f(a, Z)[1](U) * 2, a, Z, U)
    with pytest.raises(Unproved, match="run on symbols, differs"):
        check(equal(gradient(value, Z), U * a.derivative(Z), code=late))


def test_code_that_is_not_called_is_not_met():
    aside = on_arrays("nnlib.layers.dense", lambda f, W, b, H, V: V @ H.T, W, b, H, V)
    with pytest.raises(Unproved, match="does not call it"):
        check(equal(gradient(pairing, W), V @ H.T, code=aside))


def test_fixed_shape_is_compared_at_every_place():
    u, w = array("u", 2), array("w", 2)
    twice = on_arrays("nnlib.activations.identity", lambda f, u, w: f.name and w * u * u, u, w)
    assert check(equal(u * w * u, w * u * u, code=twice)).code
    first = on_arrays("nnlib.activations.identity", lambda f, u, w: f.name and w * u[1] * u, u, w)
    with pytest.raises((Unproved, IndexError, ValueError)):
        check(equal(u * w * u, w * u * u, code=first))


def sigmoid(ulp=4, **options):
    name = options.pop("name", "nnlib.activations.sigmoid.derivative")
    return equal(
        sigma.derivative(z), sigma(z) * (1 - sigma(z)), code=on_floats(name, z, ulp=ulp, **options)
    )


def test_sigmoid_as_it_is():
    (met,) = check(sigmoid()).code
    assert met["bound"] == "within 4 ulp on [-700, 700]"


def test_other_function_is_not_it():
    with pytest.raises(Unproved, match=r"nnlib\.activations\.sigmoid is .* ulp from"):
        check(sigmoid(name="nnlib.activations.sigmoid"))


def test_too_tight_a_bound_is_refused():
    with pytest.raises(Unproved, match=r"at most 0\.1 was claimed"):
        check(sigmoid(ulp=0.1))


@pytest.mark.parametrize(
    "wrong", [lambda x: np.full(x.shape, np.nan), lambda x: -x, lambda x: np.exp(-np.abs(x))]
)
def test_wrong_floats_are_refused(monkeypatch, wrong):
    monkeypatch.setattr(nnlib.activations, "sigmoid", SimpleNamespace(derivative=wrong))
    with pytest.raises(Unproved, match=r"nnlib\.activations\.sigmoid\.derivative"):
        check(sigmoid())


def test_roots_of_symbols():
    squares = np.array([z**2], dtype=object)
    with roots():
        assert np.sqrt(squares)[0] == abs(z)
    with pytest.raises(TypeError):
        np.sqrt(squares)
