import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import LAYOUTS, same_symbols, symbols, undetermined

from nnlib.activations import TABLE
from nnlib.differences import check_pullback
from nnlib.layers import dense, dropout, elementwise

rng = np.random.default_rng(3)
sizes = st.integers(1, 6)


@given(n_out=sizes, n_in=sizes, m=sizes, seed=st.integers(0, 2**32 - 1))
def test_dense_pullback_is_the_transpose(n_out, n_in, m, seed):
    rng = np.random.default_rng(seed)
    W, b, H = rng.normal(size=(n_out, n_in)), rng.normal(size=n_out), rng.normal(size=(n_in, m))
    Z, pullback = dense(W, b, H)
    assert np.allclose(Z, [[W[i] @ H[:, k] + b[i] for k in range(m)] for i in range(n_out)])
    assert [g.shape for g in pullback(Z)] == [W.shape, b.shape, H.shape]
    check_pullback(dense, W, b, H, rng=rng, tolerance=1e-11)


SLIPS = {
    "mean in place of sum for db": lambda W, H, dZ: (dZ @ H.T, dZ.mean(axis=1), W.T @ dZ),
    "W not transposed": lambda W, H, dZ: (dZ @ H.T, dZ.sum(axis=1), W @ dZ),
    "dW doubled": lambda W, H, dZ: (2 * dZ @ H.T, dZ.sum(axis=1), W.T @ dZ),
    "sign of dH": lambda W, H, dZ: (dZ @ H.T, dZ.sum(axis=1), -W.T @ dZ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_slips_in_dense_are_refuted(slip):
    def slipped(W, b, H):
        return dense(W, b, H)[0], lambda dZ: SLIPS[slip](W, H, dZ)

    arguments = rng.normal(size=(3, 3)), rng.normal(size=3), rng.normal(size=(3, 4))
    with pytest.raises(AssertionError, match="not the transpose of the Jacobian"):
        check_pullback(slipped, *arguments, rng=rng)


@pytest.mark.parametrize("name", TABLE)
def test_elementwise_pullback(name):
    Z = rng.normal(size=(4, 5))
    check_pullback(lambda Z: elementwise(TABLE[name], Z), Z, rng=rng)


def test_the_derivative_at_h_is_refuted():
    tanh = TABLE["tanh"]

    def slipped(Z):
        H = tanh(Z)
        return H, lambda dH: dH * tanh.derivative(H)

    with pytest.raises(AssertionError, match="not the transpose"):
        check_pullback(slipped, rng.normal(size=(4, 5)), rng=rng)


def test_symbols_pass_through_both_layers():
    W, b, H, dA = symbols("W", 2, 3), symbols("b", 2), symbols("H", 3, 2), symbols("d", 2, 2)
    Z, affine = dense(W, b, H)
    A, nonlinear = elementwise(undetermined("a"), Z)
    scalar = (dA * A).sum()
    for gradient, variable in zip(affine(nonlinear(dA)), (W, b, H), strict=True):
        assert same_symbols(gradient, scalar, variable)
        assert not same_symbols(2 * gradient, scalar, variable)


@given(keep=st.floats(0.05, 1), seed=st.integers(0, 2**32 - 1))
def test_dropout(keep, seed):
    H = np.ones((40, 50))
    dropped, pullback = dropout(H, keep, np.random.default_rng(seed))
    assert set(np.unique(dropped)) <= {0, 1 / keep}
    assert (pullback(H) == dropped).all()
    deviation = np.sqrt((1 / keep - 1) / H.size)
    assert abs(dropped.mean() - 1) <= 6 * deviation


def test_no_examples():
    Z, pullback = dense(np.ones((2, 3)), np.ones(2), np.ones((3, 0)))
    assert Z.shape == (2, 0)
    dW, db, dH = pullback(Z)
    assert (dW.tolist(), db.tolist(), dH.shape) == ([[0] * 3] * 2, [0, 0], (3, 0))
    assert elementwise(TABLE["tanh"], dH)[1](dH).shape == (3, 0)
    assert dropped(dH)[1](dH).shape == (3, 0)


def dropped(H):
    """``dropout`` with the same mask each time."""
    return dropout(H, 0.5, np.random.default_rng(8))


def test_dropout_pullback_is_the_transpose():
    H = rng.normal(size=(4, 5))
    check_pullback(dropped, H, rng=rng)
    other = np.random.default_rng(9)
    with pytest.raises(AssertionError, match="not the transpose of the Jacobian"):
        check_pullback(lambda H: (dropped(H)[0], dropout(H, 0.5, other)[1]), H, rng=rng)


def test_dropout_keeps_everything_at_1():
    H = rng.normal(size=(4, 5))
    kept, pullback = dropout(H, 1, rng)
    assert (kept == H).all()
    assert (pullback(H) == H).all()


layouts = st.sampled_from(sorted(LAYOUTS))
LAYERS = {
    "dense": dense,
    "elementwise": lambda W, b, H: elementwise(TABLE["tanh"], H),
    "dropout": lambda W, b, H: dropped(H),
}


@pytest.mark.parametrize("name", LAYERS)
@given(
    n_out=sizes, n_in=sizes, m=sizes, seed=st.integers(0, 2**32 - 1),
    order=st.tuples(layouts, layouts, layouts, layouts),
    dtype=st.sampled_from([np.float64, np.float32]),
)  # fmt: skip
def test_layouts_and_types(name, n_out, n_in, m, seed, order, dtype):
    rng, layer = np.random.default_rng(seed), LAYERS[name]
    shapes = (n_out, n_in), (n_out,), (n_in, m)
    plain = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    value, pullback = layer(*plain)
    dvalue = rng.normal(size=value.shape).astype(dtype)
    laid = [LAYOUTS[o](a) for o, a in zip(order, (*plain, dvalue), strict=True)]
    before = [a.copy() for a in laid]
    laid_value, laid_pullback = layer(*laid[:3])
    back, expected = laid_pullback(laid[3]), pullback(dvalue)
    gradients = zip(back, expected, strict=True) if name == "dense" else [(back, expected)]
    for ours, theirs in [(laid_value, value), *gradients]:
        assert ours.dtype == dtype
        assert np.allclose(ours, theirs, rtol=1e-5, atol=1e-5)
        assert dtype is np.float32 or np.allclose(ours, theirs, rtol=1e-12, atol=1e-14)
    assert all((a == b).all() for a, b in zip(laid, before, strict=True))


@pytest.mark.parametrize(
    ("W", "b", "H"),
    [
        ((3, 2), (3,), (4, 5)),
        ((3, 2), (2,), (2, 5)),
        ((3, 2), (3, 1), (2, 5)),
        ((3, 2), (3,), (2,)),
    ],
)
def test_dense_refuses_shapes(W, b, H):
    with pytest.raises(ValueError, match=r"dense got W of shape .*; expected W \(n_out, n_in\)"):
        dense(np.ones(W), np.ones(b), np.ones(H))


def test_pullbacks_refuse_shapes():
    H = np.ones((2, 3))
    _, pullback = dense(np.ones((4, 2)), np.ones(4), H)
    with pytest.raises(ValueError, match=r"dense: dZ has shape \(3, 4\), expected \(4, 3\)"):
        pullback(np.ones((3, 4)))
    _, pullback = elementwise(TABLE["relu"], H)
    with pytest.raises(ValueError, match=r"elementwise: dH has shape \(2, 1\), expected \(2, 3\)"):
        pullback(np.ones((2, 1)))
    _, pullback = dropout(H, 0.5, rng)
    with pytest.raises(ValueError, match=r"dropout: dH has shape \(3,\), expected \(2, 3\)"):
        pullback(np.ones(3))


@pytest.mark.parametrize("keep", [0, -0.1, 1.1, np.nan])
def test_dropout_refuses(keep):
    with pytest.raises(ValueError, match=f"keep is {keep}, expected a probability above 0"):
        dropout(np.ones((1, 1)), keep, rng)
