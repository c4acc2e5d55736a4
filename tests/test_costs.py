import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp
from oracles import LAYOUTS, relative_error, worst_ulp

from nnlib import costs
from nnlib.costs import huber_cost, pinball_cost, pseudo_huber_cost, smooth_labels
from nnlib.datasets import one_hot
from nnlib.differences import check_gradient

pytestmark = pytest.mark.filterwarnings("error")
rng = np.random.default_rng(11)


def huber(delta):
    return lambda o, y: jnp.where(
        abs(o - y) <= delta, (o - y) ** 2 / 2, delta * (abs(o - y) - delta / 2)
    )


def pseudo_huber(delta):
    return lambda o, y: delta**2 * (jnp.sqrt(1 + ((o - y) / delta) ** 2) - 1)


def pinball(level):
    return lambda o, y: jnp.maximum(level * (y - o), (level - 1) * (y - o))


# Each cost beside its textbook losses, written for JAX.
TABLE = {
    costs.squared_error: lambda o, y: (o - y) ** 2 / 2,
    costs.absolute_error: lambda o, y: abs(o - y),
    costs.huber: huber(1.0),
    costs.pseudo_huber: pseudo_huber(1.0),
    costs.pinball: pinball(0.5),
    huber_cost(0.3): huber(0.3),
    pseudo_huber_cost(2.5): pseudo_huber(2.5),
    pinball_cost(0.9): pinball(0.9),
    costs.binary_cross_entropy: lambda o, y: (
        -y * jax.nn.log_sigmoid(o) - (1 - y) * jax.nn.log_sigmoid(-o)
    ),
    costs.cross_entropy: lambda o, y: -y * jax.nn.log_softmax(o, axis=0),
}
every_cost = pytest.mark.parametrize("cost", TABLE, ids=lambda cost: cost.name)


def batch(n=4, m=7):
    target = rng.random((n, m))
    return rng.normal(size=(n, m)), target / target.sum(axis=0)


@every_cost
def test_value_and_gradient_against_jax(cost):
    output, target = batch()

    def oracle(o):
        return TABLE[cost](o, target).sum(axis=0).mean()

    value, gradient = jax.value_and_grad(oracle)(output)
    assert abs(cost(output, target) - value) < 1e-14
    assert relative_error(cost.gradient(output, target), gradient) < 1e-14


@every_cost
def test_gradient_by_complex_step(cost):
    output, target = batch()
    check_gradient(lambda o: (cost(o, target), cost.gradient(o, target)), output)
    with pytest.raises(AssertionError, match="the gradient is wrong by"):
        check_gradient(lambda o: (cost(o, target), cost.gradient(o, target) / 2), output)


@every_cost
def test_the_mean_is_over_examples(cost):
    output, target = batch()
    twice = np.hstack([output, output]), np.hstack([target, target])
    assert np.isclose(cost(*twice), cost(output, target), rtol=1e-14)
    assert relative_error(2 * cost.gradient(*twice)[:, :7], cost.gradient(output, target)) < 1e-14
    assert np.ndim(cost(output, target)) == 0
    assert cost.gradient(output, target).shape == output.shape


@every_cost
def test_shapes_are_refused(cost):
    output, target = batch()
    for call in (cost, cost.gradient):
        with pytest.raises(ValueError, match=r": target has shape \(7, 4\), expected \(4, 7\)"):
            call(output, target.T)
        with pytest.raises(ValueError, match=r": output has shape \(7,\), expected \(units, exam"):
            call(output[0], target[0])
        with pytest.raises(TypeError, match=r": output is a list, expected an array of shape"):
            call([[1.0]], target)


@every_cost
def test_float32_stays(cost):
    output, target = (a.astype(np.float32) for a in batch())
    assert cost(output, target).dtype == np.float32
    assert cost.gradient(output, target).dtype == np.float32
    assert {np.asarray(part).dtype for part in cost.quickly(output, target)} == {output.dtype}


layouts = st.sampled_from(sorted(LAYOUTS))
sizes, seeds = st.integers(1, 6), st.integers(0, 2**32 - 1)


@every_cost
@given(
    n=sizes, m=sizes, seed=seeds, first=layouts, second=layouts,
    dtype=st.sampled_from([np.float64, np.float32]),
    label=st.sampled_from([float, np.float32, int, np.int8, bool]),
)  # fmt: skip
def test_layouts_and_types(cost, n, m, seed, first, second, dtype, label):
    rng = np.random.default_rng(seed)
    output = rng.normal(size=(n, m)).astype(dtype)
    target = one_hot(rng.integers(0, n, m), n)
    plain = cost(output, target), cost.gradient(output, target)
    laid = LAYOUTS[first](output), LAYOUTS[second](target.astype(label))
    before = [a.copy() for a in laid]
    C, gradient = cost(*laid), cost.gradient(*laid)
    tolerance = 1e-15 if dtype is np.float64 else 1e-6
    assert abs(C - plain[0]) <= tolerance * max(1, plain[0])
    assert np.abs(gradient - plain[1]).max() <= tolerance
    assert gradient.shape == (n, m)
    assert gradient.dtype.kind == "f"
    assert all((a == b).all() for a, b in zip(laid, before, strict=True))


@every_cost
@given(n=sizes, m=sizes, seed=seeds, scale=st.floats(-3, 1))
def test_quickly_is_the_cost_and_its_gradient(cost, n, m, seed, scale):
    rng = np.random.default_rng(seed)
    output, target = rng.normal(size=(n, m)) * 10**scale, rng.random((n, m))
    target /= target.sum(axis=0)
    C, gradient = cost.quickly(output, target)
    size = max(1, np.abs(output).max())
    assert abs(C - cost(output, target)) <= 1e-15 * size * n
    assert np.abs(gradient - cost.gradient(output, target)).max() <= 1e-15


@every_cost
def test_quickly_does_not_overflow(cost):
    output, target = np.array([[900.0, -900.0], [800.0, 0.0]]), np.array([[0.0, 0.25], [1.0, 0.75]])
    C, gradient = cost.quickly(output, target)
    assert pytest.approx(cost(output, target), rel=1e-15) == C
    assert np.abs(gradient - cost.gradient(output, target)).max() <= 1e-15


def exactly(function, *arrays):
    """``function`` at every tuple of entries, in 400 digits: enough for e^(−700) beside 1."""
    with mp.workdps(400):
        return [
            function(*map(mp.mpf, entries))
            for entries in zip(*(np.ravel(a).tolist() for a in arrays), strict=True)
        ]


def exact_binary(z, y):
    s = 1 / (1 + mp.exp(-z))
    return -y * mp.log(s) - (1 - y) * mp.log(1 - s)


def exact_binary_slope(z, y):
    return 1 / (1 + mp.exp(-z)) - y


LOGITS = np.concatenate([rng.uniform(-700, 700, 150), rng.normal(size=150) * 5])[None]
LABELS = (rng.random((1, 300)) < 0.5).astype(float)
SOFT = rng.random((1, 300))
LOGITS_32 = np.concatenate([rng.uniform(-85, 85, 150), rng.normal(size=150) * 5])[None]
LOGITS_32 = LOGITS_32.astype(np.float32)


@pytest.mark.parametrize(("Y", "bound"), [(LABELS, 2), (SOFT, 3)], ids=["labels", "probabilities"])
@pytest.mark.parametrize("Z", [LOGITS, LOGITS_32], ids=["float64", "float32"])
def test_binary_cross_entropy_against_exact_arithmetic(Z, Y, bound):
    Y = Y.astype(Z.dtype)
    losses, slopes = exactly(exact_binary, Z, Y), exactly(exact_binary_slope, Z, Y)
    assert worst_ulp(costs.binary_cross_entropy.losses(Z, Y), losses) <= bound
    computed = costs.binary_cross_entropy.slopes(Z, Y)
    assert relative_error(computed, np.array(slopes, Z.dtype)) <= 2 * np.finfo(Z.dtype).eps
    if Y.max() == 1:
        assert worst_ulp(computed, slopes) <= 2.5
        with np.errstate(over="ignore"):
            naive = 1 / (1 + np.exp(-Z)) - Y
        assert worst_ulp(naive, slopes) > 1e6


def exact_cross_entropy(Z, labels):
    """For each column, the loss and the slope by its own class's logit: −log p and p − 1."""
    with mp.workdps(400):
        for z, k in zip(Z.T.tolist(), labels, strict=True):
            others = mp.fsum(mp.exp(mp.mpf(v) - mp.mpf(z[k])) for i, v in enumerate(z) if i != k)
            yield mp.log1p(others), -others / (1 + others)


COLUMNS = rng.normal(size=(6, 240)) * 10 ** rng.uniform(-2, 2.3, 240)
CLASSES = np.where(np.arange(240) < 120, rng.integers(0, 6, 240), COLUMNS.argmax(axis=0))


@pytest.mark.parametrize("Z", [COLUMNS, COLUMNS.astype(np.float32) / 4], ids=["float64", "float32"])
def test_cross_entropy_against_exact_arithmetic(Z):
    """Half of the columns are right: there the losses and slopes tend to 0."""
    losses, slopes = zip(*exact_cross_entropy(Z, CLASSES), strict=True)
    Y, here = one_hot(CLASSES, 6).astype(Z.dtype), (CLASSES, np.arange(240))
    assert min(losses) < 1e-15
    assert max(losses) > 10
    assert worst_ulp(costs.cross_entropy.losses(Z, Y)[here], losses) <= 3
    assert worst_ulp(costs.cross_entropy.slopes(Z, Y)[here], slopes) <= 4
    shifted = Z - Z.max(axis=0)
    total = np.exp(shifted).sum(axis=0)
    assert worst_ulp(np.log(total) - shifted[here], losses) > 1e6
    assert worst_ulp(np.exp(shifted)[here] / total - 1, slopes) > 1e6


@given(z=st.lists(st.floats(-1e308, 1e308), min_size=3, max_size=3), k=st.integers(0, 2))
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_no_logit_overflows_or_warns(dtype, z, k):
    Z, Y = np.array([z]).T, one_hot(np.array([k]), 3)
    Z = np.clip(Z, -3e38, 3e38).astype(np.float32) if dtype is np.float32 else Z
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for cost in (costs.binary_cross_entropy, costs.cross_entropy):
            losses, slopes = cost.losses(Z, Y), cost.slopes(Z, Y)
            assert (losses >= 0).all()
            assert (np.abs(slopes) <= 1).all()


@given(
    d=st.floats(-1e300, 1e300),
    delta=st.one_of(st.floats(1e-3, 1e3), st.floats(1e-200, 1e200)),
)
def test_robust_costs_against_exact_arithmetic(d, delta):
    d = np.array([[d]])
    zero, root = np.zeros((1, 1)), lambda d: mp.sqrt(1 + (d / delta) ** 2)
    for cost, loss, slope in [
        (
            huber_cost(delta),
            lambda d: d * d / 2 if abs(d) <= delta else delta * (abs(d) - mp.mpf(delta) / 2),
            lambda d: max(-mp.mpf(delta), min(mp.mpf(delta), d)),
        ),
        (pseudo_huber_cost(delta), lambda d: d * d / (1 + root(d)), lambda d: d / root(d)),
    ]:
        for computed, exact in [(cost.losses, loss), (cost.slopes, slope)]:
            (value,) = exactly(exact, d)
            if 1e-300 < abs(value) < 1e300:
                assert worst_ulp(computed(d, zero), [value]) <= 4


INF = np.inf
FAR = np.array([[1.7e308, -1.7e308, INF, -INF]])


def ends(cost, y):
    target = np.full(FAR.shape, y)
    return cost.losses(FAR, target)[0].tolist(), cost.slopes(FAR, target)[0].tolist()


def test_limits():
    assert ends(costs.binary_cross_entropy, 0.0) == ([1.7e308, 0, INF, 0], [1, 0, 1, 0])
    assert ends(costs.binary_cross_entropy, 1.0) == ([0, 1.7e308, 0, INF], [0, -1, 0, -1])
    assert ends(costs.binary_cross_entropy, 0.5)[1] == [0.5, -0.5, 0.5, -0.5]
    for cost in (costs.absolute_error, costs.huber, costs.pseudo_huber):
        assert ends(cost, 0.0) == ([1.7e308, 1.7e308, INF, INF], [1, -1, 1, -1])
    assert ends(pinball_cost(0.75), 0.0)[1] == [0.25, -0.75, 0.25, -0.75]
    assert ends(pinball_cost(0.75), 0.0)[0][2:] == [INF, INF]


LOG_2 = np.log(2)


@pytest.mark.parametrize(
    ("z", "losses", "slopes"),
    [
        ([INF, 0, 1], [0, INF, INF], [[0, 0, 0], [1, -1, 0], [1, 0, -1]]),
        ([INF, INF, 0], [LOG_2, LOG_2, INF], [[-0.5, 0.5, 0], [0.5, -0.5, 0], [0.5, 0.5, -1]]),
        ([-INF, 0, 0], [INF, LOG_2, LOG_2], [[-1, 0.5, 0.5], [0, -0.5, 0.5], [0, 0.5, -0.5]]),
        ([1e308, -1e308, 0], [0, INF, 1e308], [[0, 0, 0], [1, -1, 0], [1, 0, -1]]),
    ],
)
def test_limits_of_cross_entropy(z, losses, slopes):
    for target, loss, slope in zip(np.eye(3)[:, :, None], losses, slopes, strict=True):
        column = np.array([z]).T
        assert costs.cross_entropy.losses(column, target).sum() == pytest.approx(loss, rel=1e-15)
        assert costs.cross_entropy.slopes(column, target)[:, 0].tolist() == slope


@every_cost
def test_nan_stays(cost):
    output, target = batch()
    output[1, 2] = np.nan
    assert np.isnan(cost(output, target))
    assert np.isnan(cost.gradient(output, target)[1, 2])


@pytest.mark.parametrize(
    ("cost", "column", "message"),
    [
        (
            costs.binary_cross_entropy,
            [0, 2, -1],
            (
                "binary_cross_entropy: target holds 2.0, one of 2 entries outside [0, 1], "
                "expected probabilities"
            ),
        ),
        (
            costs.cross_entropy,
            [0, np.nan, 1],
            (
                "cross_entropy: target holds nan, one of 1 entries outside [0, 1], "
                "expected probabilities"
            ),
        ),
        (
            costs.cross_entropy,
            [0.5, 0.25, 0.5],
            (
                "cross_entropy: target has column 1 of sum 1.25, expected distributions: "
                "each column sums to 1"
            ),
        ),
    ],
)
def test_targets_are_checked(cost, column, message):
    target = np.array([[0.5, 0.25, 0.25], column]).T
    for call in (cost, cost.gradient):
        with pytest.raises(ValueError) as error:  # noqa: PT011
            call(np.zeros((3, 2)), target)
        assert str(error.value) == message


def test_other_costs_take_any_target():
    target = np.array([[-3.0, 7.0]])
    assert costs.squared_error(np.zeros((1, 2)), target) == 14.5


@given(n=sizes, m=sizes, seed=seeds, amount=st.floats(0, 0.999))
def test_smooth_labels(n, m, seed, amount):
    labels = np.random.default_rng(seed).integers(0, n, m)
    smooth = smooth_labels(one_hot(labels, n), amount)
    assert np.allclose(smooth.sum(axis=0), 1, rtol=1e-14)
    assert np.allclose(smooth[labels, np.arange(m)], 1 - amount + amount / n, rtol=1e-14)
    costs.cross_entropy.require_targets("smooth", smooth)


def test_smooth_labels_by_hand():
    Y = one_hot(np.array([1, 0]), 4)
    assert smooth_labels(Y, 0.5)[:, 0].tolist() == [0.125, 0.625, 0.125, 0.125]
    assert (smooth_labels(Y, 0) == Y).all()
    assert smooth_labels(Y.astype(np.float32), 0.1).dtype == np.float32
    assert smooth_labels(Y.astype(int), 0.5)[1, 0] == 0.625
    for amount in (-0.1, 1, np.nan):
        with pytest.raises(
            ValueError, match=f"labels: amount is {amount}, expected a number from 0 to below 1"
        ):
            smooth_labels(Y, amount)
    with pytest.raises(
        ValueError, match=r"smooth_labels: target has shape \(4,\), expected \(units"
    ):
        smooth_labels(Y[:, 0], 0.1)


def test_binary_cross_entropy_has_no_kink_at_0():
    zero, target = np.zeros((1, 3)), np.array([[0.0, 0.25, 1.0]])
    slopes = np.imag(costs.binary_cross_entropy.losses(zero + 1e-30j, target)) / 1e-30
    assert slopes[0] == pytest.approx([0.5, 0.25, -0.5], rel=1e-15)
    assert (costs.binary_cross_entropy.slopes(zero, target) == [[0.5, 0.25, -0.5]]).all()


def test_slope_at_the_kink_is_the_middle_one():
    zero = np.zeros((1, 1))
    assert costs.absolute_error.gradient(zero, zero) == 0
    assert pinball_cost(0.9).gradient(zero, zero) == 0


@pytest.mark.parametrize(
    ("make", "name", "losses", "slopes"),
    [
        (huber_cost, "huber", [1.125, 0.045], [-0.5, 0.3]),
        (pseudo_huber_cost, "pseudo_huber", [0.25 * (26**0.5 - 1), 0.25 * (1.36**0.5 - 1)],
         [-2.5 / 26**0.5, 0.3 / 1.36**0.5]),
        (pinball_cost, "pinball", [1.25, 0.15], [-0.5, 0.5]),
    ],
)  # fmt: skip
def test_robust_costs_by_hand(make, name, losses, slopes):
    """With parameter 1/2 and outputs 2.5 below the target and 0.3 above it."""
    cost, output, target = make(0.5), np.array([[1.5, 7.3]]), np.array([[4.0, 7.0]])
    assert cost.name == name
    assert cost.losses(output, target)[0] == pytest.approx(losses, rel=1e-14)
    assert cost.slopes(output, target)[0] == pytest.approx(slopes, rel=1e-14)


def test_huber_does_not_overflow():
    far, zero = np.full((1, 1), 1e200), np.zeros((1, 1))
    assert costs.huber(far, zero) == 1e200
    assert costs.huber.gradient(far, zero) == 1
    assert pseudo_huber_cost(1e-200)(far, zero) == pytest.approx(1, rel=1e-15)


@pytest.mark.parametrize("value", [0, -1, np.nan, np.inf])
def test_parameters_are_checked(value):
    with pytest.raises(ValueError, match=f"huber_cost: delta is {value}, expected a finite number"):
        huber_cost(value)
    with pytest.raises(ValueError, match=f"pseudo_huber_cost: delta is {value}"):
        pseudo_huber_cost(value)


@pytest.mark.parametrize("value", [0, -1, 1, 1.5, np.nan, np.inf])
def test_levels_are_checked(value):
    expected = f"^pinball_cost: level is {value}, expected a number between 0 and 1$"
    with pytest.raises(ValueError, match=expected):
        pinball_cost(value)
