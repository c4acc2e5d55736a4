"""A network bends: between two affine maps stands a function applied to every unit, with its slope.

Each formula is arranged so that no intermediate overflows and no two nearly equal numbers are
subtracted where that can be helped: it holds its digits over the range of floats, tends to the right
limit at ±∞, and passes NaN on. float32 stays float32; integers become float64. Complex numbers are
compared as NumPy does, by the real part and then by the imaginary, so each side of a kink continues
to them and a complex step finds the slope. At a kink the slope is the one from the left, and a
complex step finds the one from the right. The chapter activations derives the formulas and measures
their error.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from types import MappingProxyType

import numpy as np


@dataclass(frozen=True)
class Activation:
    """A function of one variable, ``value``, applied entry by entry, and its ``derivative``."""

    name: str
    value: Callable
    derivative: Callable

    def __call__(self, x):
        return self.value(x)


def _inexact(name, x):
    """x as an array of floats or complex numbers, or a TypeError."""
    x = np.asarray(x)
    if x.dtype.kind in "fc":
        return x
    if x.dtype.kind in "biu":
        return x.astype(float)
    raise TypeError(
        f"{name} got an array of dtype {x.dtype}, expected real or complex numbers; "
        "for symbols, make an Activation of symbolic functions"
    )


def _door(name, function):
    """``function``, for scalars, lists and integers too, and NaN where x is NaN."""

    @wraps(function)
    def checked(x):
        x = _inexact(name, x)
        return np.where(np.isnan(x), x, function(x))[()]

    return checked


def _row(name, value, derivative):
    return Activation(name, _door(name, value), _door(f"{name}.derivative", derivative))


# Building blocks. t = e^(−|x|) throughout, −|x| being the lesser of x and −x.


def _left(x):
    """−|x|, held at −1500, where e^(−|x|/2) has long been 0, so that no ∞ · 0 arises."""
    return np.maximum(np.minimum(x, -x), -1500.0)


def _unfolded(x, slope):
    """a′(x) out of ``slope``, a′(−|x|), where a is z/2 plus something even: a′(z) + a′(−z) = 1.

    There, a(x) itself is max(x, 0) + a(−|x|), which the functions below spell out.
    """
    return np.where(x > 0, 1 - slope, slope)


def _gate(m, half):
    """m σ(v) with e^v = half²: m joins before half² underflows."""
    return (m * half) * (half / (1 + half * half))


def _gate_slope(half, inner):
    """σ(v) + m σ′(v) v′ = t (1 + t + m v′) / (1 + t)² with t = e^v = half², ``inner`` = m v′."""
    s = 1 + half * half
    return half * (half * (s + inner)) / (s * s)


# The formulas.


def _relu(x):
    """max(x, 0)."""
    return np.maximum(x, 0.0)


def _relu_derivative(x):
    """1 for x > 0, 0 elsewhere."""
    return (x.real > 0).astype(x.real.dtype)


def _leaky_relu(x):
    """max(x, x/100)."""
    return np.maximum(x, 0.01 * x)


def _leaky_relu_derivative(x):
    """1 for x > 0, 1/100 elsewhere."""
    return np.maximum(_relu_derivative(x), 0.01)


def _hard_tanh(x):
    """x held in [−1, 1]."""
    return np.clip(x, -1.0, 1.0)


def _hard_tanh_derivative(x):
    """1 on (−1, 1], 0 elsewhere."""
    return ((x.real > -1) & (x.real <= 1)).astype(x.real.dtype)


def _sigmoid(x):
    """1 / (1 + e^(−x)) = e^min(x, 0) / (1 + t)."""
    return np.exp(np.minimum(x, 0.0)) / (1 + np.exp(np.minimum(x, -x)))


def _sigmoid_derivative(x):
    """t / (1 + t)²: s (1 − s) would lose every digit of the right tail."""
    t = np.exp(np.minimum(x, -x))
    return t / ((1 + t) * (1 + t))


def _tanh_derivative(x):
    """4 σ′(2x): 1 − tanh² would lose every digit of both tails."""
    return 4 * _sigmoid_derivative(2 * _left(x))


def _softplus(x):
    """log(1 + eˣ) = max(x, 0) + log(1 + t)."""
    return np.maximum(x, 0.0) + np.log1p(np.exp(np.minimum(x, -x)))


def _log_sigmoid(x):
    """log σ(x) = −softplus(−x)."""
    return -_softplus(-x)


def _elu(x):
    """x for x > 0, eˣ − 1 elsewhere; one of the two terms is 0."""
    return np.maximum(x, 0.0) + np.expm1(np.minimum(x, 0.0))


def _elu_derivative(x):
    """e^min(x, 0)."""
    return np.exp(np.minimum(x, 0.0))


# Klambauer et al. 2017, section 2: the scale λ and the α for which mean 0, variance 1 is kept.
_SELU_SCALE, _SELU_ALPHA = 1.0507009873554804934, 1.6732632423543772848


def _selu(x):
    """λ x for x > 0, λ α (eˣ − 1) elsewhere."""
    return _SELU_SCALE * (np.maximum(x, 0.0) + _SELU_ALPHA * np.expm1(np.minimum(x, 0.0)))


def _selu_derivative(x):
    """λ for x > 0, λ α eˣ elsewhere."""
    return _SELU_SCALE * np.where(x > 0, 1.0, _SELU_ALPHA * np.exp(np.minimum(x, 0.0)))


def _silu(x):
    """x σ(x)."""
    m = _left(x)
    return np.maximum(x, 0.0) + _gate(m, np.exp(m / 2))


def _silu_derivative(x):
    """σ(x) + x σ′(x)."""
    m = _left(x)
    return _unfolded(x, _gate_slope(np.exp(m / 2), m))


def _mish(x):
    """x tanh(softplus x) = x n / (2 + n) with n = e(2 + e), e = eˣ; x − 2x / (2 + n) for x > 0."""
    m = _left(x)
    half = np.exp(m / 2)
    t = half * half
    left, right = 1 - t * (1 + t) / (2 + t * (2 + t)), 2 * t / (1 + 2 * t * (1 + t))
    return np.maximum(x, 0.0) + (m * half) * (half * np.where(x > 0, right, left))


def _mish_derivative(x):
    """e ((2 + e) δ + 4x (1 + e)) / δ² with δ = 2 + e(2 + e), divided by e⁴ for x > 0.

    Misra 2019, section 2, in another order.
    """
    m = _left(x)
    half = np.exp(m / 2)
    t = half * half
    d, inner = 2 + t * (2 + t), 4 * m * (1 + t)
    left = half * (half * ((2 + t) * d + inner)) / (d * d)
    d = 1 + 2 * t * (1 + t)
    return np.where(x > 0, 1 - t * t * (2 * d + inner) / (d * d), left)


# (1 + u) R(u) for u ≥ 0 in powers of (u − 5)/(u + 5), highest first: a Chebyshev series cut off
# below 2e−17. The sizes of the coefficients add up to 1.7, so that errors of rounding hardly grow.
# fmt: off
_MILLS = (
    -9.564832933346082e-10, -7.073898574844855e-10, 1.1032071150826073e-08, 9.092476133644452e-09,
    -7.758520236608565e-08, -6.58897449102456e-08,  4.91996233145432e-07,   3.205431665248243e-07,
    -3.277287633206832e-06, -1.763323926565252e-07, 2.2709612709236563e-05, -2.4805838451923614e-05,
    -0.0001343742785571131, 0.0004570439235795367,  1.9530638370790695e-05, -0.004201290329187307,
    0.01634823128102938,    -0.03802659218584139,   0.0615050458401865,     -0.0661776007790963,
    0.0250721793016388,     0.07778159886873769,    -0.22948753825211315,   1.1568486282918946,
)
# fmt: on


def _mills(u):
    """R(u) = (1 − Φ(u)) / φ(u), Mills' ratio, for u ≥ 0."""
    y = (u - 5) / (u + 5)
    total = 0 * y
    for coefficient in _MILLS:
        total *= y
        total += coefficient
    return total / (1 + u)


def _times_density(factor, u):
    """factor · φ(u), multiplied so that no part underflows before the whole.

    The exponent is split as u² = s² + (u − s)(u + s) with s² exact (Cody 1969).
    """
    s = np.trunc(16 * u.real) / 16
    half = np.exp(s * s / -4)
    return factor * half * (0.3989422804014327 * np.exp((s - u) * (s + u) / 2)) * half


def _gelu(x):
    """x Φ(x) = x φ(u) R(u) with u = −x for x ≤ 0."""
    m = _left(x)
    return np.maximum(x, 0.0) + _times_density(m * _mills(-m), -m)


def _gelu_derivative(x):
    """Φ(x) + x φ(x) = φ(u) (R(u) − u) with u = −x for x ≤ 0."""
    m = _left(x)
    return _unfolded(x, _times_density(_mills(-m) + m, -m))


# c = 2√(2/π) and d = 0.044715 c, whole, and as a few leading bits and the rest.
_C, _C_LEAD, _C_REST = 1.5957691216057308, 1.5957691216026433, 3.0874305383944692e-12
_D, _D_LEAD, _D_REST = 0.07135481627260025, 0.07135391235351562, 9.039190846237764e-07


def _half_of_cubic(m):
    """e^(v/2) with v = c m + d m³, for m ≤ 0, where v runs to −745 and each of its decimals counts.

    v = lead + rest. The lead is exact, made of m to a 256th and the leading bits of c and d, for
    which float64 has the room and float32 has not.
    """
    dtype, m = m.dtype, m.astype(np.result_type(m, float))
    a = np.rint(256 * m.real) / 256
    lead = a * (_C_LEAD + _D_LEAD * a * a)
    rest = a * (_C_REST + _D_REST * a * a) + (m - a) * (_C + _D * (m * m + a * (m + a)))
    return (np.exp(lead / 2) * np.exp(rest / 2)).astype(dtype)


def _gelu_tanh(x):
    """x (1 + tanh(√(2/π)(x + 0.044715x³)))/2 = x σ(v) with v = 2√(2/π)(x + 0.044715x³).

    Hendrycks and Gimpel 2016, section 2.
    """
    m = _left(x)
    return np.maximum(x, 0.0) + _gate(m, _half_of_cubic(m))


def _gelu_tanh_derivative(x):
    """σ(v) + x σ′(v) v′."""
    m = _left(x)
    return _unfolded(x, _gate_slope(_half_of_cubic(m), m * (_C + 3 * _D * m * m)))


# The table. The identity alone has nothing to compute, so it takes symbols as well.
# fmt: off
identity    = Activation("identity", lambda x: x,  lambda x: np.ones_like(x)[()])
sigmoid     = _row("sigmoid",        _sigmoid,     _sigmoid_derivative)
tanh        = _row("tanh",           np.tanh,      _tanh_derivative)
relu        = _row("relu",           _relu,        _relu_derivative)
leaky_relu  = _row("leaky_relu",     _leaky_relu,  _leaky_relu_derivative)
elu         = _row("elu",            _elu,         _elu_derivative)
selu        = _row("selu",           _selu,        _selu_derivative)
softplus    = _row("softplus",       _softplus,    _sigmoid)
silu        = _row("silu",           _silu,        _silu_derivative)
gelu        = _row("gelu",           _gelu,        _gelu_derivative)
gelu_tanh   = _row("gelu_tanh",      _gelu_tanh,   _gelu_tanh_derivative)
mish        = _row("mish",           _mish,        _mish_derivative)
hard_tanh   = _row("hard_tanh",      _hard_tanh,   _hard_tanh_derivative)
log_sigmoid = _row("log_sigmoid",    _log_sigmoid, lambda x: _sigmoid(-x))
# fmt: on

TABLE = MappingProxyType(
    {
        row.name: row
        for row in (
            *(identity, sigmoid, tanh, relu, leaky_relu, elu, selu, softplus),
            *(silu, gelu, gelu_tanh, mish, hard_tanh, log_sigmoid),
        )
    }
)


def named(name):
    """The activation of that name; one that is an Activation already comes back as it is.

    Raises ValueError with the names there are.
    """
    if isinstance(name, Activation):
        return name
    if name not in TABLE:
        raise ValueError(f"no activation is named {name!r}; there are {', '.join(TABLE)}")
    return TABLE[name]


# Softmax mixes the units of a column, so it is no Activation: its slope is a matrix, met only
# through its pullback. Units run along axis 0; every function takes an array of any further axes.
# At infinity it is a limit: an entry +∞ takes all (several share it), an entry −∞ gets nothing.


def _units(name, Z):
    """Z as an array of numbers with at least one unit, or an error."""
    Z = _inexact(name, Z)
    if not Z.ndim or not len(Z):
        raise ValueError(f"{name} got shape {Z.shape}, expected one unit or more along axis 0")
    return Z


def _add_up(A):
    """Σ down each column, kept as a row; pairwise beyond 16 rows (Higham 1993, section 2)."""
    if len(A) <= 16:
        return A.sum(axis=0, keepdims=True)
    half = len(A) // 2
    return _add_up(A[:half]) + _add_up(A[half:])


def _below_top(Z):
    """(top, D, weights, rest), with D = z − top rounded and weights e^(z − top).

    E is the rounding error of the subtraction (Knuth's two-sum), without which the weights lose two
    digits. ``rest`` adds the weights but one that is 1: log1p(rest) then keeps every digit.
    """
    top = Z.max(axis=0, keepdims=True)
    with np.errstate(over="ignore", invalid="ignore"):
        D = Z - top
        back = D - Z
        E = (Z - (D - back)) - (top + back)
    if not np.isfinite(E).all():
        D, E = np.where(top == Z, 0.0, D), np.where(np.isfinite(E), E, 0.0)
    weights = np.exp(D) * (1 + E)
    rest = _add_up(weights * (D != 0)) + (_add_up(weights * (D == 0)) - 1)
    return top, D, weights, rest


def softmax(Z):
    """P = e^z / Σ e^z down each column: positive entries that sum to 1. Shape of Z.

    Raises TypeError for what is no array of numbers, ValueError where there is no unit.
    Source: chapter softmax; Blanchard, Higham and Higham 2021, "Accurately computing the
    log-sum-exp and softmax functions".
    """
    *_, weights, rest = _below_top(_units("softmax", Z))
    return weights / (1 + rest)


def softmax_pullback(P, dP):
    """dZ = P ∘ (dP − ⟨P, dP⟩), for P = softmax(Z) and dP of its shape.

    A constant added to dP changes nothing; taking off its entry at the likeliest unit first leaves
    no cancellation when P is nearly one-hot.
    """
    likeliest = np.argmax(P.real, axis=0, keepdims=True)
    dP = dP - np.take_along_axis(dP, likeliest, axis=0)
    return P * (dP - (P * dP).sum(axis=0, keepdims=True))


def log_softmax(Z):
    """log softmax(Z) = z − log Σ e^z, without a probability that underflows. Shape of Z.

    Raises as softmax does.
    """
    _, D, _, rest = _below_top(_units("log_softmax", Z))
    return D - np.log1p(rest)


def log_softmax_pullback(P, dL):
    """dZ = dL − P ⟨1, dL⟩, for P = softmax(Z) and dL of its shape."""
    return dL - P * dL.sum(axis=0, keepdims=True)


def log_sum_exp(Z):
    """log Σ e^z down each column = max z + log(1 + Σ of the others' e^(z − max z)).

    The shape of Z without its first axis. Raises as softmax does.
    """
    top, *_, rest = _below_top(_units("log_sum_exp", Z))
    return (top + np.log1p(rest))[0]


def log_sum_exp_pullback(P, dS):
    """dZ = P dS, for P = softmax(Z) and dS of the shape of log_sum_exp(Z)."""
    return P * dS
