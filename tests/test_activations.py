import warnings

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp
from oracles import exactly, relative_error, worst_ulp

from nnlib import activations
from nnlib.activations import TABLE, Activation, named
from nnlib.differences import complex_step

pytestmark = pytest.mark.filterwarnings("error")
SMOOTH = ("identity", "sigmoid", "tanh", "softplus", "silu", "gelu", "gelu_tanh", "mish")
rng = np.random.default_rng(7)
POINTS = np.concatenate([10 ** rng.uniform(-308, 4, 150), rng.uniform(0, 50, 150), [0, 709, 712.5]])
POINTS = np.concatenate([POINTS, -POINTS, rng.uniform(-745, -700, 50)])


def logistic(x):
    return 1 / (1 + mp.exp(-x))


def normal(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def cubic(x):
    return mp.sqrt(8 / mp.pi) * (x + mp.mpf("0.044715") * x**3)


SCALE, ALPHA = mp.mpf("1.0507009873554804934"), mp.mpf("1.6732632423543772848")
EXACT = {
    "identity": lambda x: x,
    "sigmoid": logistic,
    "tanh": mp.tanh,
    "relu": lambda x: max(x, 0),
    "leaky_relu": lambda x: x if x > 0 else mp.mpf(0.01) * x,
    "elu": lambda x: x if x > 0 else mp.expm1(x),
    "selu": lambda x: SCALE * (x if x > 0 else ALPHA * mp.expm1(x)),
    "softplus": lambda x: mp.log1p(mp.exp(-x)) + x if x > 0 else mp.log1p(mp.exp(x)),
    "silu": lambda x: x * logistic(x),
    "gelu": lambda x: x * normal(x),
    "gelu_tanh": lambda x: x * logistic(cubic(x)),
    "mish": lambda x: x * mp.tanh(mp.log1p(mp.exp(x))),
    "hard_tanh": lambda x: min(max(x, -1), 1),
    "log_sigmoid": lambda x: x - mp.log1p(mp.exp(x)) if x < 0 else -mp.log1p(mp.exp(-x)),
}
EXACT_SLOPE = {
    "sigmoid": lambda x: mp.exp(-x) / (1 + mp.exp(-x)) ** 2,
    "tanh": lambda x: mp.sech(x) ** 2,
    "elu": lambda x: mp.exp(min(x, 0)),
    "selu": lambda x: SCALE if x > 0 else SCALE * ALPHA * mp.exp(x),
    "softplus": logistic,
    "log_sigmoid": lambda x: logistic(-x),
}
# Units in the last place. The tanh form of GELU squares the argument of its exponential: two digits.
ULP = {
    "identity": 0,
    "sigmoid": 2.5,
    "tanh": 2,
    "relu": 0,
    "leaky_relu": 1,
    "elu": 1,
    "selu": 4,
    "softplus": 2,
    "silu": 4,
    "gelu": 16,
    "gelu_tanh": 2000,
    "mish": 5,
    "hard_tanh": 0,
    "log_sigmoid": 2,
}


@pytest.mark.parametrize("name", TABLE)
def test_value_against_50_digits(name):
    assert worst_ulp(TABLE[name](POINTS), exactly(EXACT[name], POINTS)) <= ULP[name]


@pytest.mark.parametrize("name", EXACT_SLOPE)
def test_derivative_against_50_digits(name):
    assert worst_ulp(TABLE[name].derivative(POINTS), exactly(EXACT_SLOPE[name], POINTS)) <= 4


@pytest.mark.parametrize("name", TABLE)
def test_derivative_by_differentiating_the_exact_value(name):
    x = rng.uniform(-30, 30, 60)
    slopes = exactly(lambda t: mp.diff(EXACT[name], t), x)
    errors = np.abs(TABLE[name].derivative(x) - np.array(slopes, float))
    assert errors.max() < 1e-14


def naive(x):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize(
    ("wrong", "exact", "bound"),
    [
        (lambda x: naive(x) * (1 - naive(x)), EXACT_SLOPE["sigmoid"], 4),
        (lambda x: 1 - np.tanh(x) ** 2, EXACT_SLOPE["tanh"], 4),
        (lambda x: np.log(1 + np.exp(np.minimum(x, 700))), EXACT["softplus"], 2),
        (lambda x: np.exp(np.minimum(x, 0)) - 1, lambda x: mp.expm1(min(x, 0)), 1),
        (lambda x: x * naive(x), EXACT["silu"], 4),
    ],
)
def test_textbook_formulas_fail_the_same_bounds(wrong, exact, bound):
    assert worst_ulp(wrong(POINTS), exactly(exact, POINTS)) > 1000 * bound


ENDS = {
    "identity": (-np.inf, np.inf), "sigmoid": (0, 1), "tanh": (-1, 1), "relu": (0, np.inf),
    "leaky_relu": (-np.inf, np.inf), "elu": (-1, np.inf), "selu": (-1.7580993408473766, np.inf),
    "softplus": (0, np.inf), "silu": (0, np.inf), "gelu": (0, np.inf), "gelu_tanh": (0, np.inf),
    "mish": (0, np.inf), "hard_tanh": (-1, 1), "log_sigmoid": (-np.inf, 0),
}  # fmt: skip
SLOPES = {
    "identity": (1, 1), "leaky_relu": (0.01, 1), "selu": (0, 1.0507009873554805),
    "log_sigmoid": (1, 0), "sigmoid": (0, 0), "tanh": (0, 0), "hard_tanh": (0, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_limits_and_nan(name):
    a, ends = TABLE[name], np.array([-np.inf, np.inf])
    assert tuple(a(ends)) == ENDS[name]
    assert tuple(a.derivative(ends)) == SLOPES.get(name, (0, 1))
    assert np.isnan(a(np.nan))
    assert np.isnan(a.derivative(np.nan)) or name == "identity"


# Up to 1.7e308: beyond it SELU's own value, 1.05 x, is no longer a float.
@given(x=st.floats(-1.7e308, 1.7e308))
@pytest.mark.parametrize("name", TABLE)
def test_no_float_overflows_or_warns(name, x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not np.isnan(TABLE[name](x))
        assert np.isfinite(TABLE[name].derivative(x))


@pytest.mark.parametrize("name", TABLE)
def test_complex_step_finds_the_derivative(name):
    kinks = [0.0] * (name != "relu") + [-1.0, 1.0]
    a, x = TABLE[name], np.concatenate([rng.uniform(-40, 40, 200), kinks])
    slopes = np.imag(a(x + 1e-30j)) / 1e-30
    assert np.abs(slopes - a.derivative(x)).max() < 1e-14


@pytest.mark.parametrize("name", SMOOTH)
def test_derivative_itself_continues_to_complex_numbers(name):
    a, x = TABLE[name], rng.uniform(-5, 5, 50)
    second = np.imag(a.derivative(x + 1e-30j)) / 1e-30
    exact = np.array(exactly(lambda t: mp.diff(EXACT[name], t, 2), x), float)
    assert np.abs(second - exact).max() < 1e-13


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("part", ["value", "derivative"])
def test_dtypes_and_scalars(name, part):
    f, x = getattr(TABLE[name], part), np.linspace(-3, 3, 7)
    assert f(x.astype(np.float32)).dtype == np.float32
    assert relative_error(f(x.astype(np.float32)), f(x)) < 1e-6
    assert f(x.astype(complex)).dtype == complex or part == "derivative"
    assert np.ndim(f(0.5)) == 0
    assert f(0.5) == f(np.array([0.5]))[0]
    assert (f(np.arange(4, dtype=np.uint8)) == f(np.arange(4.0))).all()


def test_slope_at_a_kink_is_the_one_from_the_left():
    at = {"relu": 0, "leaky_relu": 0.01, "elu": 1, "selu": -ENDS["selu"][0]}
    for name, slope in at.items():
        assert TABLE[name].derivative(0.0) == TABLE[name].derivative(-0.0) == slope
    assert tuple(TABLE["hard_tanh"].derivative([-1.0, 1.0])) == (0, 1)


def test_names():
    assert named("relu") is activations.relu
    mine = Activation("mine", np.sin, np.cos)
    assert named(mine) is mine
    with pytest.raises(ValueError, match=r"no activation is named 'rellu'; there are .*relu, "):
        named("rellu")


def test_symbols_are_refused_with_advice():
    with pytest.raises(
        TypeError, match=r"sigmoid got .* object, expected real or complex .*symbol"
    ):
        activations.sigmoid(np.array([None]))
    with pytest.raises(TypeError, match=r"sigmoid.derivative got an array of dtype <U1"):
        activations.sigmoid.derivative("x")


LOGITS = rng.normal(size=(9, 200)) * 10 ** rng.uniform(-3, 2.4, 200)


def exact_softmax(z):
    weights = [mp.exp(mp.mpf(v)) for v in z.tolist()]
    return [w / mp.fsum(weights) for w in weights]


def test_softmax_family_against_50_digits():
    P = np.array([exact_softmax(z) for z in LOGITS.T], dtype=object).T
    with mp.workdps(400):  # a probability of 1 − 1e−200 must not become 1
        L = np.array([[mp.log(p) for p in exact_softmax(z)] for z in LOGITS.T], dtype=object).T
    assert worst_ulp(activations.softmax(LOGITS), P) <= 8
    assert worst_ulp(activations.log_softmax(LOGITS), L) <= 3
    S = [mp.log(mp.fsum(mp.exp(mp.mpf(v)) for v in z.tolist())) for z in LOGITS.T]
    assert relative_error(activations.log_sum_exp(LOGITS), np.array(S, float)) < 1e-15


def test_softmax_without_the_rounding_error_of_the_shift_fails_the_bound():
    weights = np.exp(LOGITS - LOGITS.max(axis=0))
    P = np.array([exact_softmax(z) for z in LOGITS.T], dtype=object).T
    assert worst_ulp(weights / weights.sum(axis=0), P) > 8


def test_softmax_of_extreme_logits():
    Z = np.array([[1e308, -1e308, 5.0], [-1e308, -1e308, -np.inf]])
    assert (activations.softmax(Z) == [[1, 0.5, 1], [0, 0.5, 0]]).all()
    assert (activations.log_softmax(Z)[:, 2] == [0, -np.inf]).all()
    assert np.isnan(activations.softmax(np.array([np.nan, 1.0]))).all()
    assert activations.softmax(np.float32([1, 2])).dtype == np.float32
    assert activations.softmax([0, 0]).tolist() == [0.5, 0.5]


PULLBACKS = [
    (activations.softmax, activations.softmax_pullback, jax.nn.softmax),
    (activations.log_softmax, activations.log_softmax_pullback, jax.nn.log_softmax),
    (activations.log_sum_exp, activations.log_sum_exp_pullback, jax.nn.logsumexp),
]


@pytest.mark.parametrize(("function", "pullback", "oracle"), PULLBACKS)
def test_softmax_pullbacks_against_jax(function, pullback, oracle):
    Z = rng.normal(size=(4, 6))
    value, vjp = jax.vjp(lambda z: oracle(z, axis=0), Z)
    V = rng.normal(size=value.shape)
    assert relative_error(function(Z), value) < 1e-14
    assert relative_error(pullback(activations.softmax(Z), V), vjp(V)[0]) < 1e-14


@pytest.mark.parametrize(("function", "pullback", "_"), PULLBACKS)
def test_softmax_pullbacks_by_complex_step(function, pullback, _):
    Z = rng.normal(size=(5, 3))
    V = rng.normal(size=function(Z).shape)
    reference = complex_step(lambda z: (V * function(z)).sum(), Z)
    assert relative_error(pullback(activations.softmax(Z), V), reference) < 1e-14


def test_softmax_treated_entry_by_entry_is_refuted():
    Z = rng.normal(size=(5, 3))
    P, V = activations.softmax(Z), rng.normal(size=Z.shape)
    reference = complex_step(lambda z: (V * activations.softmax(z)).sum(), Z)
    assert relative_error(P * (1 - P) * V, reference) > 0.1


def test_softmax_pullback_of_a_nearly_one_hot_probability():
    P, V = activations.softmax(np.array([40.0, 0, -3])), np.array([1.0, 2, 3])
    p = exact_softmax(np.array([40.0, 0, -3]))
    mean = mp.fsum(q * v for q, v in zip(p, V, strict=True))
    exact = np.array([float(q * (v - mean)) for q, v in zip(p, V, strict=True)])
    assert relative_error(activations.softmax_pullback(P, V), exact) < 1e-15
    assert relative_error(P * (V - P @ V), exact) > 1e-3
