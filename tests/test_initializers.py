import numpy as np
import pytest

from nnlib import initializers

VARIANCE = {
    initializers.zeros: lambda n_out, n_in: 0,
    initializers.glorot: lambda n_out, n_in: 2 / (n_in + n_out),
    initializers.he: lambda n_out, n_in: 2 / n_in,
    initializers.lecun: lambda n_out, n_in: 1 / n_in,
}
each = pytest.mark.parametrize("scheme", VARIANCE)


@each
def test_shape_mean_and_variance(scheme):
    n_out, n_in = 300, 500
    W = scheme(n_out, n_in, np.random.default_rng(0))
    expected = VARIANCE[scheme](n_out, n_in)
    assert W.shape == (n_out, n_in)
    assert abs(W.mean()) <= 5 * np.sqrt(expected / W.size)
    assert W.var() == pytest.approx(expected, rel=0.02)
    assert not expected or W.var() != pytest.approx(VARIANCE[scheme](n_in, n_in) * 2, rel=0.02)


@each
def test_rng_decides(scheme):
    first, again = (scheme(4, 3, np.random.default_rng(2)) for _ in range(2))
    assert (first == again).all()
    assert scheme is initializers.zeros or (first != scheme(4, 3, np.random.default_rng(3))).all()


def test_glorot_keeps_to_its_limit():
    W = initializers.glorot(60, 40, np.random.default_rng(0))
    limit = np.sqrt(6 / 100)
    assert 0.99 * limit < np.abs(W).max() <= limit
