import numpy as np
import pytest

from nnlib import Network, costs, datasets
from nnlib.optimizers import adam, gradient_descent
from nnlib.training import fit

NETWORK = Network([2, 4, 2], ["tanh", "identity"])
THETA = NETWORK.initialize(np.random.default_rng(1))
X, LABELS = datasets.moons(30, np.random.default_rng(0))
Y = datasets.one_hot(LABELS, 2)
DEFAULTS = {
    "network": NETWORK, "theta": THETA, "X": X, "Y": Y, "cost": costs.cross_entropy,
    "optimizer": gradient_descent(0.5), "epochs": 3, "batch_size": 30,
}  # fmt: skip


def trained(**changes):
    return fit(**DEFAULTS | {"rng": np.random.default_rng(2)} | changes)


def test_one_whole_batch_is_gradient_descent():
    theta, history = THETA, []
    for _ in range(3):
        C, gradient = NETWORK.cost_and_gradient(theta, X, Y, costs.cross_entropy)
        history.append(C)
        theta = theta - 0.5 * gradient
    result = trained(validation=(X, Y))
    assert np.allclose(result.theta, theta, rtol=1e-12)
    assert np.allclose(result.history, history, rtol=1e-12)
    assert np.allclose(result.validation[:2], history[1:], rtol=1e-12)
    assert not np.allclose(trained(optimizer=gradient_descent(0.4)).theta, theta, rtol=1e-3)


def test_every_example_counts_once_in_an_epoch():
    still = trained(optimizer=gradient_descent(1e-300), batch_size=7, epochs=1)
    whole, _ = NETWORK.cost_and_gradient(THETA, X, Y, costs.cross_entropy)
    assert still.history[0] == pytest.approx(whole, rel=1e-12)


def test_the_rng_decides_and_theta_stays():
    before = THETA.copy()
    first, again = trained(batch_size=8), trained(batch_size=8)
    assert (first.theta == again.theta).all()
    assert first.history == again.history
    assert (trained(batch_size=8, rng=np.random.default_rng(3)).theta != first.theta).any()
    assert (before == THETA).all()
    assert first.validation == ()


def test_it_learns_xor():
    X, labels = datasets.xor()
    Y = datasets.one_hot(labels, 2)
    result = trained(X=X, Y=Y, optimizer=adam(0.05), epochs=300, batch_size=4)
    assert (NETWORK.predict(result.theta, X).argmax(axis=0) == labels).all()
    assert result.history[-1] < 0.05 < result.history[0]


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")
def test_divergence_is_told():
    with pytest.raises(
        FloatingPointError, match=r"cost is (inf|nan) in epoch \d+, expected a fini"
    ):
        trained(cost=costs.squared_error, optimizer=gradient_descent(1e200))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "fit: epochs is 0, expected an integer of at least 1"),
        ({"batch_size": 2.5}, "fit: batch_size is 2.5, expected an integer"),
        ({"X": X.T}, r"fit: X has shape \(30, 2\), expected \(2, examples\)"),
        ({"Y": Y[:, 1:]}, r"fit: Y has shape \(2, 29\), expected \(2, 30\)"),
        ({"X": X + np.nan}, "fit: X holds 60 NaN among its 60 entries"),
        ({"validation": (X, Y[:1])}, r"fit: validation Y has shape \(1, 30\), expected \(2, 30\)"),
        ({"theta": THETA[1:]}, r"theta has shape \(21,\), expected \(22,\)"),
    ],
)
def test_wrong_inputs_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        trained(**changes)
