import jax
import jax.numpy as jnp
import numpy as np
import pytest
from mpmath import mp
from oracles import relative_error, worst_ulp

from nnlib import costs
from nnlib.costs import huber_cost, pinball_cost, pseudo_huber_cost
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


def exact_binary(z, y):
    s = 1 / (1 + mp.exp(-mp.mpf(z)))
    return -y * mp.log(s) - (1 - y) * mp.log(1 - s)


def exact_binary_slope(z, y):
    return 1 / (1 + mp.exp(-mp.mpf(z))) - y


LOGITS = np.concatenate([rng.uniform(-700, 700, 150), rng.normal(size=150) * 5])
LABELS = (rng.random(300) < 0.5).astype(float)


def test_binary_cross_entropy_against_exact_arithmetic():
    Z, Y = LOGITS[None], LABELS[None]
    with mp.workdps(400):
        pairs = list(zip(LOGITS.tolist(), LABELS.tolist(), strict=True))
        losses = [exact_binary(z, y) for z, y in pairs]
        slopes = [exact_binary_slope(z, y) for z, y in pairs]
    assert worst_ulp(costs.binary_cross_entropy.losses(Z, Y), losses) <= 2
    assert worst_ulp(costs.binary_cross_entropy.slopes(Z, Y), slopes) <= 2.5
    with np.errstate(over="ignore"):
        naive = 1 / (1 + np.exp(-Z)) - Y
    assert worst_ulp(naive, slopes) > 1e6


def test_cross_entropy_against_exact_arithmetic():
    Z = rng.normal(size=(6, 120)) * 10 ** rng.uniform(-2, 2.3, 120)
    labels = rng.integers(0, 6, 120)
    with mp.workdps(400):
        losses = [
            mp.log(mp.fsum(mp.exp(mp.mpf(v)) for v in z)) - mp.mpf(z[k])
            for z, k in zip(Z.T.tolist(), labels, strict=True)
        ]
    computed = costs.cross_entropy.losses(Z, one_hot(labels, 6)).sum(axis=0)
    assert worst_ulp(computed, losses) <= 3
    shifted = Z - Z.max(axis=0)
    textbook = np.log(np.exp(shifted).sum(axis=0)) - shifted[labels, np.arange(120)]
    assert worst_ulp(textbook, losses) > 1e6


def test_slope_at_the_kink_is_the_middle_one():
    zero = np.zeros((1, 1))
    assert costs.absolute_error.gradient(zero, zero) == 0
    assert pinball_cost(0.9).gradient(zero, zero) == 0


def test_huber_does_not_overflow():
    far, zero = np.full((1, 1), 1e200), np.zeros((1, 1))
    assert costs.huber(far, zero) == 1e200
    assert costs.huber.gradient(far, zero) == 1


@pytest.mark.parametrize("value", [0, -1, np.nan, np.inf])
def test_parameters_are_checked(value):
    with pytest.raises(ValueError, match=f"huber_cost: delta is {value}, expected a finite number"):
        huber_cost(value)
    with pytest.raises(ValueError, match=f"pseudo_huber_cost: delta is {value}"):
        pseudo_huber_cost(value)
    with pytest.raises(ValueError, match=f"level is {value}, expected a number between 0 and 1"):
        pinball_cost(value)
