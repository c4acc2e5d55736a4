import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import relative_error, same_symbols, symbols, undetermined

from nnlib import Network, costs, initializers
from nnlib.activations import TABLE, Activation
from nnlib.differences import check_gradient

COSTS = {
    "squared_error": lambda o, y: (o - y) ** 2 / 2,
    "absolute_error": lambda o, y: abs(o - y),
    "huber": lambda o, y: jnp.where(abs(o - y) <= 1, (o - y) ** 2 / 2, abs(o - y) - 0.5),
    "pseudo_huber": lambda o, y: jnp.sqrt(1 + (o - y) ** 2) - 1,
    "pinball": lambda o, y: abs(o - y) / 2,
    "binary_cross_entropy": lambda o, y: jax.nn.softplus(o) - y * o,
    "cross_entropy": lambda o, y: -y * jax.nn.log_softmax(o, axis=0),
}
ACTIVATIONS = {
    "identity": lambda x: x,
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "softplus": jax.nn.softplus,
    "silu": jax.nn.silu,
    "gelu": lambda x: jax.nn.gelu(x, approximate=False),
    "gelu_tanh": jax.nn.gelu,
    "mish": jax.nn.mish,
    "hard_tanh": jax.nn.hard_tanh,
    "log_sigmoid": jax.nn.log_sigmoid,
}


def oracle(sizes, activations, cost, X, Y):
    """The cost as a function of θ, written for rows and slices of θ: another hand, another layout."""

    def value(theta):
        H, start = X.T, 0
        for n_in, n_out, a in zip(sizes[:-1], sizes[1:], activations, strict=True):
            end = start + n_in * n_out
            W, b = theta[start:end].reshape(n_out, n_in), theta[end : end + n_out]
            H, start = ACTIVATIONS[a](jnp.einsum("mi,oi->mo", H, W) + b), end + n_out
        return COSTS[cost](H.T, Y).sum() / X.shape[1]

    return value


@pytest.mark.parametrize("cost", COSTS)
@settings(max_examples=5, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 7), min_size=2, max_size=4),
    m=st.integers(1, 8),
    seed=st.integers(0, 2**32 - 1),
)
def test_gradient_against_jax(cost, sizes, m, seed):
    rng = np.random.default_rng(seed)
    names = rng.choice(sorted(TABLE), len(sizes) - 1)
    network = Network(sizes, [*names])
    theta, X = rng.normal(size=network.count), rng.normal(size=(sizes[0], m))
    Y = rng.random((sizes[-1], m))
    Y /= Y.sum(axis=0)
    C, gradient = network.cost_and_gradient(theta, X, Y, getattr(costs, cost))
    value, exact = jax.jit(jax.value_and_grad(oracle(sizes, names, cost, X, Y)))(theta)
    assert abs(C - value) <= 1e-12 * max(1, abs(value))
    assert np.abs(gradient - exact).max() <= 1e-12 * max(1e-3, np.abs(exact).max())


@pytest.mark.parametrize("name", TABLE)
def test_every_activation_against_jax_and_complex_step(name):
    rng = np.random.default_rng(5)
    network, sizes = Network([3, 5, 2], [name, name]), [3, 5, 2]
    theta, X, Y = rng.normal(size=network.count), rng.normal(size=(3, 6)), rng.random((2, 6))
    gradient = network.cost_and_gradient(theta, X, Y, costs.squared_error)[1]
    exact = jax.jit(jax.grad(oracle(sizes, [name, name], "squared_error", X, Y)))(theta)
    assert relative_error(gradient, exact) < 1e-12
    check_gradient(lambda t: network.cost_and_gradient(t, X, Y, costs.squared_error), theta)


def slipped(a):
    """An activation whose derivative is taken at h instead of z."""
    return Activation(a.name, a.value, lambda z: a.derivative(a(z)))


def test_the_derivative_at_h_fails_the_same_checks():
    rng = np.random.default_rng(5)
    network = Network([3, 5, 2], [slipped(TABLE["tanh"]), "identity"])
    theta, X, Y = rng.normal(size=network.count), rng.normal(size=(3, 6)), rng.random((2, 6))
    gradient = network.cost_and_gradient(theta, X, Y, costs.squared_error)[1]
    exact = jax.grad(oracle([3, 5, 2], ["tanh", "identity"], "squared_error", X, Y))(theta)
    assert relative_error(gradient, exact) > 1e-3
    with pytest.raises(AssertionError, match="the worst is parameter"):
        check_gradient(lambda t: network.cost_and_gradient(t, X, Y, costs.squared_error), theta)


@pytest.mark.parametrize("wrong", [False, True])
def test_symbolic_gradient_of_a_2_3_2_network(wrong):
    f, g = undetermined("f"), undetermined("g")
    network = Network([2, 3, 2], [slipped(f) if wrong else f, g])
    theta = symbols("theta", network.count)
    X, Y = symbols("x", 2, 1), symbols("y", 2, 1)
    C, gradient = network.cost_and_gradient(theta, X, Y, costs.squared_error)
    assert same_symbols(gradient, C, theta) != wrong


def test_the_input_gradient():
    rng = np.random.default_rng(2)
    network = Network([3, 4, 2], ["gelu", "tanh"])
    theta, X, V = rng.normal(size=network.count), rng.normal(size=(3, 5)), rng.normal(size=(2, 5))

    def weighted(X):
        output, pullback = network.forward(theta, X)
        return (V * output).sum(), pullback(V)[1]

    check_gradient(weighted, X)


def test_parameters_are_views_in_the_stated_order():
    network = Network([2, 3, 1], ["relu", "identity"])
    theta = np.arange(13.0)
    assert network.count == 13
    (W1, b1), (W2, b2) = network.parameters(theta)
    assert W1.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert b1.tolist() == [6, 7, 8]
    assert (W2.tolist(), b2.tolist()) == ([[9, 10, 11]], [12])
    W2[0, 1] = -1
    assert theta[10] == -1


def test_float32_stays():
    network = Network([2, 3, 2], ["gelu", "identity"])
    theta = network.initialize(np.random.default_rng(0)).astype(np.float32)
    X = np.full((2, 4), 0.5, np.float32)
    C, gradient = network.cost_and_gradient(theta, X, X, costs.cross_entropy)
    assert (C.dtype, gradient.dtype) == (np.float32, np.float32)


def test_initialize():
    network = Network([4, 3, 2], ["relu", "identity"])
    for scheme in (initializers.glorot, initializers.he):
        theta = network.initialize(np.random.default_rng(1), scheme)
        assert (theta == network.initialize(np.random.default_rng(1), scheme)).all()
        assert all(W.all() and not b.any() for W, b in network.parameters(theta))


NETWORK = Network([2, 3, 2], ["tanh", "identity"])
THETA, X, Y = np.zeros(17), np.ones((2, 4)), np.ones((2, 4))
NAN = np.full((2, 4), np.nan)


@pytest.mark.parametrize(
    ("theta", "X", "Y", "message"),
    [
        (np.zeros(16), X, Y, r"theta has shape \(16,\), expected \(17,\)"),
        (THETA[None], X, Y, r"theta has shape \(1, 17\), expected \(17,\)"),
        (THETA, X.T, Y, r"X has shape \(4, 2\), expected \(2, examples\): columns are examples"),
        (THETA, X[0], Y, r"X has shape \(4,\), expected \(2, examples\)"),
        (THETA, X[:, :0], Y[:, :0], r"X has shape \(2, 0\), expected \(2, examples\)"),
        (THETA, X, Y[:, :1], r"Y has shape \(2, 1\), expected \(2, 4\)"),
        (THETA, NAN, Y, r"X holds 8 NaN among its 8 entries, expected none"),
        (THETA, X, NAN, r"Y holds 8 NaN among its 8 entries"),
        (THETA + np.nan, X, Y, r"theta holds 17 NaN among its 17 entries"),
    ],
)
def test_wrong_inputs_are_refused(theta, X, Y, message):
    with pytest.raises(ValueError, match=message):
        NETWORK.cost_and_gradient(theta, X, Y, costs.squared_error)


def test_wrong_types_are_refused():
    with pytest.raises(TypeError, match="theta has dtype int64, expected floats: a step would"):
        NETWORK.predict(THETA.astype(np.int64), X)
    with pytest.raises(TypeError, match=r"X is a list, expected an array of shape \(2, examples\)"):
        NETWORK.predict(THETA, [[1.0], [2.0]])
    with pytest.raises(TypeError, match=r"theta is a list, expected an array of shape \(17,\)"):
        NETWORK.predict([0.0] * 17, X)


@pytest.mark.parametrize(
    ("sizes", "activations", "message"),
    [
        ([2], [], r"Network got sizes \[2\], expected two or more"),
        ([2, 0, 1], ["relu"] * 2, "Network: size 1 is 0, expected an integer of at least 1"),
        ([2, 1.5], ["relu"], "Network: size 1 is 1.5, expected an integer"),
        ([2, 3, 1], ["relu"], r"Network got activations \['relu'\], expected a list of 2"),
        ([2, 3, 1, 1], "elu", "Network got activations 'elu', expected a list of 3"),
        ([2, 3], ["rellu"], "no activation is named 'rellu'; there are identity, sigmoid"),
    ],
)
def test_wrong_networks_are_refused(sizes, activations, message):
    with pytest.raises(ValueError, match=message):
        Network(sizes, activations)
