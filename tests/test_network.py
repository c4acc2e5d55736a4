from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import LAYOUTS, backpropagated, relative_error, same_symbols, symbols, undetermined
from scipy.optimize import minimize

from nnlib import Network, costs, datasets, initializers
from nnlib.activations import TABLE, Activation
from nnlib.differences import check_gradient
from nnlib.layers import dense, dropout, elementwise
from nnlib.penalties import elastic_net, l1, l2

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
@settings(max_examples=3)
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


def sample(network, m=6, seed=5):
    """θ, X and Y, each column of which is a distribution."""
    rng = np.random.default_rng(seed)
    Y = rng.random((network.sizes[-1], m))
    X = rng.normal(size=(network.sizes[0], m))
    return rng.normal(size=network.count), X, Y / Y.sum(axis=0)


# The weights of a 3–5–2 network in θ, by hand: W⁽¹⁾, b⁽¹⁾, W⁽²⁾, b⁽²⁾.
WEIGHTS = [slice(0, 15), slice(20, 30)]
PENALTIES = {
    None: lambda w: 0.0 * w.sum(),
    l1(0.3): lambda w: 0.3 * abs(w).sum(),
    l2(0.3): lambda w: 0.15 * (w**2).sum(),
    elastic_net(0.3, 0.2): lambda w: 0.06 * abs(w).sum() + 0.12 * (w**2).sum(),
}


@lru_cache
def by_jax(name):
    """Every cost and every penalty of one network, and the slopes of each, compiled at one time."""
    network = Network([3, 5, 2], [name, name])
    theta, X, Y = sample(network)

    def values(theta):
        fits = [oracle(network.sizes, [name, name], cost, X, Y)(theta) for cost in COSTS]
        sums = [sum(penalty(theta[W]) for W in WEIGHTS) for penalty in PENALTIES.values()]
        return jnp.stack(fits), jnp.stack(sums)

    (fits, sums), (slopes, pulls) = jax.jit(lambda t: (values(t), jax.jacrev(values)(t)))(theta)
    fits = dict(zip(COSTS, zip(fits, slopes, strict=True), strict=True))
    return fits, dict(zip(PENALTIES, zip(sums, pulls, strict=True), strict=True))


@pytest.mark.parametrize("penalty", PENALTIES, ids=lambda p: p.name if p else "none")
@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("name", TABLE)
def test_every_combination_against_jax_and_complex_step(name, cost, penalty):
    network = Network([3, 5, 2], [name, name])
    theta, X, Y = sample(network)
    fits, penalties = by_jax(name)
    (fit, slope), (charge, pull) = fits[cost], penalties[penalty]

    def value(t):
        return network.cost_and_gradient(t, X, Y, getattr(costs, cost), penalty)

    C, gradient = value(theta)
    assert abs(C - (fit + charge)) < 1e-12 * max(1, fit)
    assert relative_error(gradient, slope + pull) < 1e-12
    check_gradient(value, theta)
    assert relative_error(gradient, 1.001 * slope + pull) > 1e-6
    if penalty:
        assert relative_error(gradient, slope) > 1e-3


def test_no_penalty_on_the_biases():
    network, penalty = Network([3, 5, 2], ["tanh", "identity"]), l2(0.3)
    theta, X, Y = sample(network)
    plain_C, plain = network.cost_and_gradient(theta, X, Y, costs.squared_error)
    C, gradient = network.cost_and_gradient(theta, X, Y, costs.squared_error, penalty)
    weights = network.weights
    assert np.flatnonzero(weights).tolist() == [*range(15), *range(20, 30)]
    assert weights.dtype == bool
    assert (gradient[~weights] == plain[~weights]).all()
    assert np.allclose(gradient - plain, np.where(weights, 0.3 * theta, 0), atol=1e-15)
    assert C - plain_C == pytest.approx(penalty(theta[weights]), rel=1e-13)
    assert C - plain_C != pytest.approx(penalty(theta), rel=0.01)


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
    output, pullback = network.forward(theta, X)
    assert costs.squared_error(output, Y) == C
    assert same_symbols(pullback(output - Y)[0], C, theta) != wrong


def both(cost):
    """``cost`` in the form that ``backpropagate`` takes."""
    return lambda output, target: (cost(output, target), cost.gradient(output, target))


def by_layers(network, theta, X, Y, cost, rng):
    """``backpropagate`` written with the layers' own pullbacks."""
    H, pullbacks = X, []
    for place, (W, b) in enumerate(network.parameters(theta), 1):
        Z, affine = dense(W, b, H)
        H, bend = elementwise(network.activations[place - 1], Z)
        drop = lambda dH: dH
        if place < len(network.activations):
            H, drop = dropout(H, network.keep, rng)
        pullbacks.append((affine, bend, drop))
    parts, dH = [], cost.gradient(H, Y)
    for affine, bend, drop in reversed(pullbacks):
        dW, db, dH = affine(bend(drop(dH)))
        parts = [dW.ravel(), db, *parts]
    return cost(H, Y), np.concatenate(parts)


@given(
    sizes=st.lists(st.integers(1, 7), min_size=2, max_size=5),
    m=st.integers(1, 8),
    keep=st.sampled_from([1.0, 0.8, 0.3]),
    seed=st.integers(0, 2**32 - 1),
)
def test_backpropagate_is_the_pullbacks(sizes, m, keep, seed):
    names = np.random.default_rng(seed).choice(sorted(TABLE), len(sizes) - 1)
    network, cost = Network(sizes, [*names], keep=keep), costs.squared_error
    theta, X, Y = sample(network, m, seed)
    C, gradient = backpropagated(
        network, theta, X, Y, both(cost), rng=np.random.default_rng(seed + 1)
    )
    expected = by_layers(network, theta, X, Y, cost, np.random.default_rng(seed + 1))
    assert abs(C - expected[0]) <= 1e-12 * C
    assert relative_error(gradient, expected[1]) < 1e-12

    C, gradient = network.cost_and_gradient(theta, X, Y, cost)
    output, pullback = network.forward(theta, X)
    assert abs(C - cost(output, Y)) <= 1e-12 * C
    assert relative_error(gradient, pullback(cost.gradient(output, Y))[0]) < 1e-12


DROPPING = Network([3, 40, 30, 2], ["tanh", "softplus", "identity"], keep=0.6)


def test_dropout_in_training_alone():
    theta, X, Y = sample(DROPPING)
    quietly = Network(DROPPING.sizes, DROPPING.activations)
    cost = both(costs.cross_entropy)

    def dropped(seed, network=DROPPING):
        return backpropagated(network, theta, X, Y, cost, rng=np.random.default_rng(seed))[1]

    whole = quietly.cost_and_gradient(theta, X, Y, costs.cross_entropy)[1]
    assert (dropped(1) == dropped(1)).all()
    assert relative_error(dropped(2), dropped(1)) > 0.01
    assert (DROPPING.cost_and_gradient(theta, X, Y, costs.cross_entropy)[1] == whole).all()
    assert (DROPPING.predict(theta, X) == quietly.predict(theta, X)).all()
    assert (dropped(1, quietly) == whole).all()
    rng = np.random.default_rng(1)
    backpropagated(quietly, theta, X, Y, cost, rng=rng)
    assert rng.bit_generator.state == np.random.default_rng(1).bit_generator.state


def test_dropout_gradient_by_complex_step():
    """The same rng drops the same units; another one, other units, and the check fails."""
    network = Network([3, 9, 8, 2], ["tanh", "softplus", "identity"], keep=0.6)
    theta, X, Y = sample(network)
    cost, seeds = both(costs.cross_entropy), iter(range(1000))
    same, other = lambda: np.random.default_rng(3), lambda: np.random.default_rng(next(seeds))
    value = lambda rng: lambda t: backpropagated(network, t, X, Y, cost, l2(0.1), rng())
    check_gradient(value(same), theta)
    with pytest.raises(AssertionError, match="the gradient is wrong by"):
        check_gradient(value(other), theta)


def test_dropped_units_get_no_gradient():
    theta, X, Y = sample(DROPPING, m=1)
    gradient = backpropagated(
        DROPPING, theta, X, Y, both(costs.squared_error), rng=np.random.default_rng(7)
    )[1]
    masks = np.random.default_rng(7)
    for (dW, db), (next_dW, _) in zip(
        DROPPING.parameters(gradient)[:-1], DROPPING.parameters(gradient)[1:], strict=True
    ):
        dropped = masks.random((len(db), 1))[:, 0] >= 0.6
        assert 0 < dropped.sum() < len(db)
        assert ((db == 0) == dropped).all()
        assert ((dW == 0).all(axis=1) == dropped).all()
        assert ((next_dW == 0).all(axis=0) == dropped).all()


layouts = st.sampled_from(sorted(LAYOUTS))


@given(
    sizes=st.lists(st.integers(1, 5), min_size=2, max_size=4),
    m=st.integers(1, 5),
    seed=st.integers(0, 2**32 - 1),
    order=st.tuples(layouts, layouts, layouts),
    kinds=st.tuples(*[st.sampled_from([np.float64, np.float32])] * 2),
    label=st.sampled_from([float, np.float32, int, bool]),
)
def test_layouts_and_types(sizes, m, seed, order, kinds, label):
    network = Network(sizes, ["tanh"] * (len(sizes) - 1))
    theta, X, _ = sample(network, m, seed)
    theta, X = theta.astype(kinds[0]), X.astype(kinds[1])
    Y = datasets.one_hot(np.arange(m) % sizes[-1], sizes[-1])
    plain = network.cost_and_gradient(theta.astype(float), X.astype(float), Y, costs.cross_entropy)
    laid = [LAYOUTS[o](a) for o, a in zip(order, (theta, X, Y.astype(label)), strict=True)]
    before = [a.copy() for a in laid]
    C, gradient = network.cost_and_gradient(*laid, costs.cross_entropy)
    tolerance = 1e-13 if kinds == (np.float64, np.float64) else 1e-5
    assert abs(C - plain[0]) <= tolerance
    assert np.abs(gradient - plain[1]).max() <= tolerance
    assert gradient.shape == theta.shape
    if (*kinds, label) == (np.float32,) * 3:
        assert gradient.dtype == np.float32
    assert all((a == b).all() for a, b in zip(laid, before, strict=True))


@pytest.mark.parametrize(
    ("cost", "penalty"),
    [(costs.cross_entropy, l2(0.01)), (costs.cross_entropy, None), (costs.pseudo_huber, l2(0.1))],
)
def test_scipy_takes_it_as_it_is(cost, penalty):
    rng = np.random.default_rng(0)
    network = Network([2, 8, 2], ["tanh", "identity"])
    X, labels = datasets.moons(100, rng)
    Y, theta = datasets.one_hot(labels, 2), network.initialize(rng)

    def value(t):
        return network.cost_and_gradient(t, X, Y, cost, penalty)

    def slipped(t):
        C, gradient = value(t)
        return C, np.where(network.weights, gradient, -gradient)

    options = {"maxiter": 2000, "gtol": 1e-6, "ftol": 0}
    found, lost = (
        minimize(f, x0=theta, jac=True, method="L-BFGS-B", options=options)
        for f in (value, slipped)
    )
    C, gradient = value(found.x)
    assert np.abs(gradient).max() < 1e-5
    assert found.fun == C < value(theta)[0] / 2
    assert np.abs(value(lost.x)[1]).max() > 1e-3


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


@pytest.mark.parametrize("wide", [0, 1, 2])
def test_one_float64_is_enough_for_a_gradient_in_float64(wide):
    network = Network([2, 2], ["identity"])
    given = [np.full(shape, 0.5, np.float32) for shape in (6, (2, 4), (2, 4))]
    given[wide] = given[wide].astype(float)
    assert network.cost_and_gradient(*given, costs.squared_error)[1].dtype == float


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
    with pytest.raises(ValueError, match=f"^{message}"):
        NETWORK.cost_and_gradient(theta, X, Y, costs.squared_error)


def test_predict_refuses_nan_too():
    with pytest.raises(ValueError, match=r"^theta holds 17 NaN among its 17 entries"):
        NETWORK.predict(THETA + np.nan, X)
    with pytest.raises(ValueError, match=r"^X holds 8 NaN among its 8 entries"):
        NETWORK.predict(THETA, NAN)


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


@pytest.mark.parametrize("keep", [0, -0.5, 1.1, np.nan])
def test_wrong_keep_is_refused(keep):
    with pytest.raises(
        ValueError,
        match=f"^Network: keep is {keep}, expected a probability above 0 and at most 1$",
    ):
        Network([2, 3], ["relu"], keep=keep)
