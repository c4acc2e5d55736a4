import numpy as np
import pytest

from nnlib import initializers

VARIANCE = {
    initializers.zeros: lambda n_out, n_in: 0,
    initializers.glorot: lambda n_out, n_in: 2 / (n_in + n_out),
    initializers.he: lambda n_out, n_in: 2 / n_in,
    initializers.lecun: lambda n_out, n_in: 1 / n_in,
    initializers.orthogonal: lambda n_out, n_in: 1 / max(n_out, n_in),
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


# Orthogonal weights.


@pytest.mark.parametrize("sizes", [(1, 1), (4, 4), (7, 3), (3, 7), (1, 5), (60, 64)])
def test_orthonormal_rows_or_columns_whichever_are_fewer(sizes):
    W = initializers.orthogonal(*sizes, np.random.default_rng(0))
    few = W if sizes[0] <= sizes[1] else W.T
    assert W.shape == sizes
    assert np.abs(few @ few.T - np.eye(min(sizes))).max() < 1e-14
    few = initializers.lecun(*sorted(sizes), np.random.default_rng(0))
    assert np.abs(few @ few.T - np.eye(min(sizes))).max() > 1e-3


@pytest.mark.parametrize("sizes", [(4, 4), (7, 3), (3, 7)])
def test_orthogonal_is_the_q_whose_r_has_a_positive_diagonal(sizes):
    Q = initializers.orthogonal(*sizes, np.random.default_rng(0))
    normal = np.random.default_rng(0).normal(size=(max(sizes), min(sizes)))
    R = (Q if sizes[0] >= sizes[1] else Q.T).T @ normal
    assert np.abs(np.tril(R, -1)).max() < 1e-14
    assert (R.diagonal() > 0).all()


def unsigned(n_out, n_in, rng):
    """Q as the QR decomposition gives it, whose signs are an accident of the algorithm."""
    return np.linalg.qr(rng.normal(size=(n_out, n_in)))[0]


def far_from_haar(scheme, n=3, draws=4000):
    """The largest distance, in standard errors, of a moment over O(n) from what Haar's is.

    E W = 0, E W² = 1/n, E W⁴ = 3/(n(n + 2)) in each entry, and E det W = 0.
    """
    rng = np.random.default_rng(0)
    W = np.array([scheme(n, n, rng) for _ in range(draws)])  # (draws, n, n)
    moments = (W, 0), (W**2, 1 / n), (W**4, 3 / (n * (n + 2))), (np.linalg.det(W), 0)
    return max(
        np.abs((x.mean(axis=0) - mean) / (x.std(axis=0) / np.sqrt(draws))).max()
        for x, mean in moments
    )


def test_orthogonal_weights_prefer_no_direction():
    assert far_from_haar(initializers.orthogonal) < 4
    assert far_from_haar(unsigned) > 50


def test_a_turn_on_either_side_changes_nothing():
    """Haar's measure is the invariant one: W, W U and U W are distributed alike."""
    U = initializers.orthogonal(3, 3, np.random.default_rng(1))
    orthogonal = initializers.orthogonal
    assert far_from_haar(lambda n_out, n_in, rng: orthogonal(n_out, n_in, rng) @ U) < 4
    assert far_from_haar(lambda n_out, n_in, rng: U @ orthogonal(n_out, n_in, rng)) < 4
    assert far_from_haar(lambda n_out, n_in, rng: unsigned(n_out, n_in, rng) @ U) > 20


# What comes in.


@each
@pytest.mark.parametrize("size", [0, -1, 2.0, True, None])
def test_sizes_are_counts(scheme, size):
    for sizes, name in (((size, 3), "n_out"), ((3, size), "n_in")):
        expected = rf"{scheme.__name__}: {name} is {size}, expected an integer of at least 1"
        with pytest.raises(ValueError, match=expected):
            scheme(*sizes, np.random.default_rng(0))
