import inspect
import math
import re

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
SMOOTH = (
    "identity",
    "sigmoid",
    "tanh",
    "softplus",
    "silu",
    "gelu",
    "gelu_tanh",
    "mish",
    "log_sigmoid",
)
rng = np.random.default_rng(7)
ZEROS = {  # of the slopes: there no formula keeps relative accuracy
    "silu": -1.2784645427610738,
    "gelu": -0.7517915246935645,
    "gelu_tanh": -0.7524614220710162,
    "mish": -1.1924312145154952,
}
SIZES = [
    10 ** rng.uniform(-323, 308.2, 150),  # the whole range of floats
    10 ** rng.uniform(-5, 3, 100),
    rng.uniform(0, 50, 150),
    rng.uniform(700, 746, 60),  # where an exponential underflows, and GELU, and its tanh form
    rng.uniform(37, 39, 30),
    rng.uniform(20.5, 22, 30),
    *(-zero + 10 ** rng.uniform(-15, -1, 20) for zero in ZEROS.values()),
    *(-zero - 10 ** rng.uniform(-15, -1, 20) for zero in ZEROS.values()),
    [0, 5e-324, 709, 712.5, 1.7e308],
]
POINTS = np.concatenate([*SIZES, *np.negative(np.concatenate(SIZES), dtype=float)[None]])
POINTS32 = np.float32(POINTS[np.abs(POINTS) < 3.2e38])


def worst_ulp_32(computed, exact):
    """``worst_ulp`` for float32, of which float64 is judge enough."""
    exact = np.array(exact, float)
    normal = (np.abs(exact) > 1.2e-38) & (np.abs(exact) < 3.4e38)
    unit = np.spacing(np.abs(exact[normal]).astype(np.float32))
    return (np.abs(computed[normal] - exact[normal]) / unit).max()


def logistic(x):
    return 1 / (1 + mp.exp(-x))


def normal(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2 if abs(x) < 1e4 else mp.mpf(x > 0)


def density(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi) if abs(x) < 1e4 else mp.mpf(0)


CUBE = mp.mpf("0.044715")


def cubic(x):
    return mp.sqrt(8 / mp.pi) * (x + CUBE * x**3)


def softplus(x):
    return mp.log1p(mp.exp(-x)) + x if x > 0 else mp.log1p(mp.exp(x))


SCALE, ALPHA = mp.mpf("1.0507009873554804934"), mp.mpf("1.6732632423543772848")
EXACT = {
    "identity": lambda x: x,
    "sigmoid": logistic,
    "tanh": mp.tanh,
    "relu": lambda x: max(x, 0),
    "leaky_relu": lambda x: x if x > 0 else mp.mpf(0.01) * x,
    "elu": lambda x: x if x > 0 else mp.expm1(x),
    "selu": lambda x: SCALE * (x if x > 0 else ALPHA * mp.expm1(x)),
    "softplus": softplus,
    "silu": lambda x: x * logistic(x),
    "gelu": lambda x: x * normal(x),
    "gelu_tanh": lambda x: x * logistic(cubic(x)),
    "mish": lambda x: x * mp.tanh(softplus(x)),
    "hard_tanh": lambda x: min(max(x, -1), 1),
    "log_sigmoid": lambda x: -softplus(-x),
}
EXACT_SLOPE = {
    "identity": lambda x: mp.mpf(1),
    "sigmoid": lambda x: logistic(x) * logistic(-x),
    "tanh": lambda x: mp.sech(x) ** 2,
    "relu": lambda x: mp.mpf(x > 0),
    "leaky_relu": lambda x: mp.mpf(1 if x > 0 else 0.01),
    "elu": lambda x: mp.exp(min(x, 0)),
    "selu": lambda x: SCALE if x > 0 else SCALE * ALPHA * mp.exp(x),
    "softplus": logistic,
    "silu": lambda x: logistic(x) * (1 + x * logistic(-x)),
    "gelu": lambda x: normal(x) + x * density(x),
    "gelu_tanh": lambda x: (
        logistic(cubic(x))
        * (1 + x * logistic(-cubic(x)) * mp.sqrt(8 / mp.pi) * (1 + 3 * CUBE * x**2))
    ),
    "mish": lambda x: mp.tanh(softplus(x)) + x * mp.sech(softplus(x)) ** 2 * logistic(x),
    "hard_tanh": lambda x: mp.mpf(-1 < x <= 1),
    "log_sigmoid": lambda x: logistic(-x),
}
# Bounds in units in the last place: the value, the slope; in float32 8 and 10 for all.
ULP = {
    "identity": (0, 0), "sigmoid": (2.5, 4), "tanh": (2, 4), "relu": (0, 0), "leaky_relu": (1, 0),
    "elu": (1, 1), "selu": (4, 4), "softplus": (2, 2.5), "silu": (4, 8), "gelu": (8, 8),
    "gelu_tanh": (8, 8), "mish": (5, 8), "hard_tanh": (0, 0), "log_sigmoid": (2, 2.5),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_value_against_50_digits(name):
    f, exact = TABLE[name].value, EXACT[name]
    assert worst_ulp(f(POINTS), exactly(exact, POINTS)) <= ULP[name][0]
    assert worst_ulp_32(f(POINTS32), exactly(exact, POINTS32)) <= 8


@pytest.mark.parametrize("name", TABLE)
def test_derivative_against_50_digits(name):
    f, exact = TABLE[name].derivative, EXACT_SLOPE[name]
    x = POINTS[np.abs(POINTS - ZEROS.get(name, np.inf)) > 0.25]
    assert worst_ulp(f(x), exactly(exact, x)) <= ULP[name][1]
    x = np.float32(x[np.abs(x) < 3.2e38])
    assert worst_ulp_32(f(x), exactly(exact, x)) <= 10


@pytest.mark.parametrize("name", ZEROS)
def test_derivative_near_its_zero_is_right_in_absolute_terms(name):
    f, exact = TABLE[name].derivative, EXACT_SLOPE[name]
    assert abs(exact(mp.mpf(ZEROS[name]))) < 1e-15
    for dtype, bound in (np.float64, 1e-16), (np.float32, 1e-7):
        x = POINTS[np.abs(POINTS - ZEROS[name]) <= 0.25].astype(dtype)
        truth = np.array(exactly(exact, x), float)
        assert np.abs(f(x) - truth).max() < bound
        assert worst_ulp(f(x), truth) > 100  # nothing more can be said here


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
        (lambda x: x / 2 * np.array([math.erfc(-v / 2**0.5) for v in x]), EXACT["gelu"], 8),
    ],
)
def test_textbook_formulas_fail_the_same_bounds(wrong, exact, bound):
    x = POINTS[np.abs(POINTS) < 1e4]
    assert worst_ulp(wrong(x), exactly(exact, x)) > 100 * bound


@pytest.mark.parametrize(
    ("wrong", "exact"),
    [
        (lambda x: naive(x) * (1 - naive(x)), EXACT_SLOPE["sigmoid"]),
        (lambda x: 1 - np.tanh(x) ** 2, EXACT_SLOPE["tanh"]),
        (lambda x: np.log(1 + np.exp(np.minimum(x, 80))), EXACT["softplus"]),
    ],
)
def test_textbook_formulas_fail_the_bounds_of_float32(wrong, exact):
    x = POINTS32[np.abs(POINTS32) < 1e4]
    assert worst_ulp_32(wrong(x), exactly(exact, x)) > 1e6


def test_exponent_of_the_tanh_form_of_gelu_in_one_piece_fails_the_bound():
    x = np.linspace(-21, -15, 200)
    whole = x * np.exp(np.sqrt(8 / np.pi) * (x + 0.044715 * x * x * x))
    exact = exactly(EXACT["gelu_tanh"], x)
    assert worst_ulp(whole, exact) > 20 * ULP["gelu_tanh"][0]


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


# Up to 1.7e308 and 3.2e38: beyond them SELU's own value, 1.05 x, is no longer a float.
FLOATS = st.one_of(
    st.floats(-1.7e308, 1.7e308),
    st.floats(*map(float, np.float32([-3.2e38, 3.2e38])), width=32).map(np.float32),
)


@given(x=FLOATS)
@pytest.mark.parametrize("name", TABLE)
def test_no_float_overflows_or_warns(name, x):
    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(TABLE[name](x))
        assert np.isfinite(TABLE[name].derivative(x))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_largest_floats(dtype):
    x = np.array([-1, 1], dtype) * np.finfo(dtype).max
    for name in TABLE:
        f = TABLE[name].value
        with np.errstate(all="raise", under="ignore", over="ignore" if name == "selu" else "raise"):
            assert not np.isnan(f(x)).any()
            assert tuple(TABLE[name].derivative(x)) == pytest.approx(SLOPES.get(name, (0, 1)))
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert activations.selu(x)[1] == np.inf


@pytest.mark.parametrize("name", TABLE)
def test_nan_passes_through_the_bare_functions_that_networks_use(name):
    value = inspect.unwrap(TABLE[name].value)
    for dtype in np.float32, np.float64:
        x = np.array([1, np.nan, -1], dtype)
        assert np.isnan(value(x)).tolist() == [False, True, False]


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("step", [1e-30, -1e-30])
def test_complex_step_finds_the_derivative(name, step):
    a, x = TABLE[name], np.concatenate([rng.uniform(-40, 40, 200), [0, -1, 1]])
    slopes = np.imag(a(x + 1j * step)) / step
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


KINKS = [
    ("relu", 0, 0, 1),
    ("leaky_relu", 0, 0.01, 1),
    ("selu", 0, -ENDS["selu"][0], 1.0507009873554805),
    ("hard_tanh", -1, 0, 1),
    ("hard_tanh", 1, 1, 0),
]


@pytest.mark.parametrize(("name", "kink", "left", "right"), KINKS)
def test_slope_at_a_kink_is_the_left_one_and_a_complex_step_finds_the_right_one(
    name, kink, left, right
):
    a = TABLE[name]
    assert a.derivative(kink) == a.derivative(-0.0 + kink) == left
    assert np.imag(a(kink + 1e-30j)) / 1e-30 == pytest.approx(right, rel=1e-15)
    beside = np.array([-0.25, 0.25]) + kink
    assert np.imag(a(beside + 1e-30j)) / 1e-30 == pytest.approx(a.derivative(beside), rel=1e-15)


# Constants, of which the bounds above see only the digits that a result shows.

MILLS_POINTS = np.concatenate([5 * np.linspace(0, 1, 60) ** 2, np.linspace(5, 40, 30), [1e3]])


def mills_error(coefficients):
    """The largest error of the polynomial for (1 + u) R(u), itself evaluated in 50 digits."""

    def error(u):
        polynomial = mp.polyval(list(map(mp.mpf, coefficients)), (u - 5) / (u + 5))
        return abs(polynomial - (1 + u) * normal(-u) / density(u))

    return max(exactly(error, MILLS_POINTS))


def test_mills_ratio_is_right_beyond_float64():
    assert mills_error(activations._MILLS) < 1e-16


def test_gelu_in_the_middle_of_its_polynomial():
    x = np.array([-5.0])
    assert worst_ulp(activations.gelu(x), exactly(EXACT["gelu"], x)) <= ULP["gelu"][0]


@pytest.mark.parametrize("change", [2e-16, -2e-16])
@pytest.mark.parametrize("place", range(len(activations._MILLS)))
def test_every_coefficient_of_mills_ratio_matters(place, change):
    changed = list(activations._MILLS)
    changed[place] += change
    assert mills_error(changed) > 1e-16


def test_constants_of_the_tanh_form_of_gelu():
    c = mp.sqrt(8 / mp.pi)
    for name, exact in (("_C", c), ("_D", c * mp.mpf("0.044715"))):
        whole, lead, rest = (getattr(activations, name + part) for part in ("", "_LEAD", "_REST"))
        assert whole == float(exact)
        assert rest == float(exact - mp.mpf(lead))
        assert 0 < rest < 1e-4 * lead


def test_constants_of_selu_keep_mean_0_and_variance_1():
    """Both of the paper's are roots, to their last digit: moments of SELU under a normal input."""
    scale, alpha = mp.mpf(activations._SELU_SCALE), mp.mpf(activations._SELU_ALPHA)
    positive = 1 / mp.sqrt(2 * mp.pi), mp.mpf(1) / 2  # of x and x², where x > 0
    shifted = [mp.exp(mp.mpf(k * k) / 2) * normal(mp.mpf(-k)) for k in (0, 1, 2)]  # of e^(kx)
    below = shifted[1] - shifted[0], shifted[2] - 2 * shifted[1] + shifted[0]
    assert abs(scale * (positive[0] + alpha * below[0])) < 1e-15
    assert abs(scale**2 * (positive[1] + alpha**2 * below[1]) - 1) < 1e-15


def test_a_row_of_the_table():
    row = activations._row("mine", np.sin, np.cos)
    assert row.name == "mine"
    assert (row(1), row.derivative(1)) == (np.sin(1.0), np.cos(1.0))
    for function, name in ((row, "mine"), (row.derivative, "mine.derivative")):
        with pytest.raises(TypeError, match=f"^{name} got an array of dtype <U1, expected real"):
            function("x")


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


@pytest.mark.parametrize("function", ["softmax", "log_softmax", "log_sum_exp"])
@pytest.mark.parametrize("Z", [1.0, np.ones((0, 3))])
def test_no_units_are_refused(function, Z):
    expected = f"{function} got shape {np.shape(Z)}, expected one unit or more along axis 0"
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        getattr(activations, function)(Z)
    with pytest.raises(TypeError, match=f"^{function} got an array of dtype <U1, expected real"):
        getattr(activations, function)(["x"])


LOGITS = rng.normal(size=(9, 200)) * 10 ** rng.uniform(-3, 2.4, 200)
BATCHES = {
    "9 classes": LOGITS,
    "2 classes": rng.normal(size=(2, 150)) * 10 ** rng.uniform(-3, 2.8, 150),
    "100 classes": rng.normal(size=(100, 12)) * 10 ** rng.uniform(-3, 2.4, 12),
    "far from 0": rng.normal(size=(5, 50)) + 10 ** rng.uniform(0, 6, 50),
    "of every size": rng.choice([-1, 1], (6, 60)) * 10 ** rng.uniform(-323, 308, (6, 60)),
}


def exact_softmax(z):
    weights = [mp.exp(mp.mpf(v)) for v in z.tolist()]
    return [w / mp.fsum(weights) for w in weights]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("batch", BATCHES)
def test_softmax_family_against_50_digits(batch, dtype):
    worst = worst_ulp if dtype == np.float64 else worst_ulp_32
    top = min(1e308, float(np.finfo(dtype).max) / 4)
    Z = BATCHES[batch].clip(-top, top).astype(dtype)
    P = np.array([exact_softmax(z) for z in Z.T], dtype=object).T
    with mp.workdps(400):  # a probability of 1 − 1e−200 must not become 1
        L = np.array([[mp.log(p) for p in exact_softmax(z)] for z in Z.T], dtype=object).T
    with np.errstate(all="raise", under="ignore"):
        assert worst(activations.softmax(Z), P) <= 4
        assert worst(activations.log_softmax(Z), L) <= 3
        S = activations.log_sum_exp(Z)
    exact = np.array([mp.log(mp.fsum(mp.exp(mp.mpf(v)) for v in z.tolist())) for z in Z.T])
    size = np.maximum(np.abs(Z).max(axis=0), np.abs(exact.astype(dtype)))  # of what is added up
    assert (np.abs(S - exact).astype(float) <= 2 * np.spacing(size)).all()


def test_softmax_without_the_rounding_error_of_the_shift_fails_the_bound():
    weights = np.exp(LOGITS - LOGITS.max(axis=0))
    P = np.array([exact_softmax(z) for z in LOGITS.T], dtype=object).T
    assert worst_ulp(weights / weights.sum(axis=0), P) > 8
    L = LOGITS - np.log(np.exp(LOGITS).sum(axis=0))
    with mp.workdps(400):
        exact = np.array([[mp.log(p) for p in exact_softmax(z)] for z in LOGITS.T], dtype=object).T
    assert worst_ulp(L, exact) > 1e6


def test_a_column_with_infinity_leaves_the_digits_of_the_others():
    infinite = np.where(np.arange(9) == 0, 0, -np.inf)
    beside = activations.softmax(np.column_stack([LOGITS, infinite]))
    assert (beside[:, :-1] == activations.softmax(LOGITS)).all()


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


def test_softmax_pullback_at_saturation():
    Z = rng.normal(size=(5, 80)) * 10 ** rng.uniform(-1, 2.4, 80)
    V, ours, textbook = rng.normal(size=Z.shape), [], []
    P = activations.softmax(Z)
    G, lost = activations.softmax_pullback(P, V), P * (V - (P * V).sum(axis=0))
    with mp.workdps(400):
        for z, v, g, wrong in zip(Z.T, V.T, G.T, lost.T, strict=True):
            p, v = np.array(exact_softmax(z)), np.array([mp.mpf(a) for a in v.tolist()])
            exact = p * (v - p @ v)
            ours.append(mp.norm(exact - g) / mp.norm(exact))
            textbook.append(mp.norm(exact - wrong) / mp.norm(exact))
    assert max(ours) < 1e-15
    assert max(textbook) > 1e-3
