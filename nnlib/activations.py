"""A network bends: between two affine maps stands a function applied to every unit, with its slope.

Each formula is arranged so that no intermediate overflows and no two nearly equal numbers are
subtracted where that can be helped: it holds its digits over the range of floats, tends to the right
limit at ±∞, and passes NaN on. Comparisons look at the real part, so each side of a kink continues
to complex numbers and a complex step finds the slope. At a kink the slope is the one from the left
(a complex step at the kink of ReLU, 0 itself, finds the one from the right). float32 stays float32; integers become float64. The chapter activations derives the
formulas and measures their error.
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


# Building blocks. Every comparison is false for NaN, which therefore falls through to ``x``.


def _clip(x, low, high):
    """x held in [low, high]; its slope is 0 at low and 1 at high, as from the left."""
    return np.where(x.real <= low, low, np.where(x.real > high, high, x))


def _step(x, left, right, at=0.0):
    """``left`` up to ``at``, ``right`` beyond."""
    return np.where(x.real <= at, left, np.where(x.real > at, right, x))


def _negative(x):
    """min(x, 0)."""
    return np.where(x.real > 0, 0.0, x)


def _positive(x):
    """max(x, 0)."""
    return np.where(x.real <= 0, 0.0, x)


def _held(x, far=1500.0):
    """x held where e^(−|x|/2) has long been 0, so that neither 2x = ∞ nor ∞ · 0 can arise."""
    return _clip(x, -far, far)


def _minus_abs(x):
    """−|x|."""
    return np.where(x.real > 0, -x, x)


def _by_sign(x, left, right):
    """``right`` where x > 0, ``left`` elsewhere."""
    return np.where(x.real > 0, right, left)


# The formulas, with t = e^(−|x|) throughout.


def _relu(x):
    """max(x, 0)."""
    return np.maximum(x, 0.0)


def _relu_derivative(x):
    """1 for x > 0, 0 elsewhere."""
    return (x.real > 0).astype(x.real.dtype)


def _leaky_relu(x):
    """x for x > 0, x/100 elsewhere."""
    return _by_sign(x, 0.01 * x, x)


def _hard_tanh(x):
    """x held in [−1, 1]."""
    return _clip(x, -1.0, 1.0)


def _hard_tanh_derivative(x):
    """1 on (−1, 1], 0 elsewhere."""
    return _step(x, 0.0, _step(x, 1.0, 0.0, at=1.0), at=-1.0)


def _sigmoid(x):
    """1 / (1 + e^(−x)) = e^min(x, 0) / (1 + t)."""
    t = np.exp(_minus_abs(x))
    return _by_sign(x, t, 1.0) / (1 + t)


def _sigmoid_derivative(x):
    """t / (1 + t)²: s (1 − s) would lose every digit of the right tail."""
    t = np.exp(_minus_abs(x))
    return t / (1 + t) / (1 + t)


def _tanh_derivative(x):
    """4t² / (1 + t²)²: 1 − tanh² would lose every digit of both tails."""
    t2 = np.exp(2 * _minus_abs(_held(x)))
    return 4 * t2 / (1 + t2) / (1 + t2)


def _log_sigmoid(x):
    """log σ(x) = min(x, 0) − log(1 + t)."""
    return _negative(x) - np.log1p(np.exp(_minus_abs(x)))


def _softplus(x):
    """log(1 + eˣ) = max(x, 0) + log(1 + t)."""
    return _positive(x) + np.log1p(np.exp(_minus_abs(x)))


def _elu(x):
    """x for x > 0, eˣ − 1 elsewhere."""
    return _by_sign(x, np.expm1(_negative(x)), x)


def _elu_derivative(x):
    """e^min(x, 0)."""
    return np.exp(_negative(x))


# Klambauer et al. 2017, section 2: the scale λ and the α for which mean 0, variance 1 is kept.
_SELU_SCALE, _SELU_ALPHA = 1.0507009873554804934, 1.6732632423543772848


def _selu(x):
    """λ x for x > 0, λ α (eˣ − 1) elsewhere."""
    return _SELU_SCALE * _by_sign(x, _SELU_ALPHA * np.expm1(_negative(x)), x)


def _selu_derivative(x):
    """λ for x > 0, λ α eˣ elsewhere."""
    return _SELU_SCALE * _by_sign(x, _SELU_ALPHA * np.exp(_negative(x)), 1.0)


def _silu(x):
    """x σ(x), with e^min(x, 0) in two halves: x joins before they underflow."""
    half = np.exp(_minus_abs(_held(x)) / 2)
    front = _by_sign(x, half, 1.0)
    return (_clip(x, -1500.0, np.inf) * front) * (front / (1 + half * half))


def _silu_derivative(x):
    """σ(x) + x σ′(x) = t (1 + t + x) / (1 + t)² for x ≤ 0, (1 + t + x t) / (1 + t)² beyond."""
    x = _held(x)
    half = np.exp(_minus_abs(x) / 2)
    t = half * half
    return _by_sign(x, half * (half * (1 + t + x)), 1 + t + x * t) / (1 + t) / (1 + t)


def _mish(x):
    """x tanh(softplus x) = x (e² + 2e) / (e² + 2e + 2) with e = eˣ, divided by e² for x > 0."""
    half = np.exp(_minus_abs(_held(x)) / 2)
    t, front = half * half, _by_sign(x, half, 1.0)
    ratio = _by_sign(x, (2 + t) / (2 + t * (2 + t)), (1 + 2 * t) / (1 + 2 * t * (1 + t)))
    return (_clip(x, -1500.0, np.inf) * front) * (front * ratio)


def _mish_derivative(x):
    """e ω / δ² with ω = 4(x + 1) + (4x + 6)e + 4e² + e³, δ = 2 + 2e + e², divided by e⁴ for x > 0.

    Misra 2019, section 2.
    """
    x = _held(x)
    half = np.exp(_minus_abs(x) / 2)
    t = half * half
    left = half * (4 * (x + 1) + t * (4 * x + 6 + t * (4 + t))) / (2 + t * (2 + t)) ** 2
    right = (1 + t * (4 + t * (4 * x + 6 + t * (4 * (x + 1))))) / (1 + 2 * t * (1 + t)) ** 2
    return _by_sign(x, half * left, right)


# (1 + u) R(u) for u ≥ 0 in Chebyshev polynomials of (u − 4)/(u + 4); the next one is below 2e−17.
# fmt: off
_MILLS = (
    1.1670525350882472,     -0.1610195767134654,     -0.028002821825452974,   0.03167452189239266,
    -0.012103231162345369,  0.0027056129762167095,   -0.00029931636202703166, -1.716686526879361e-05,
    1.0178489264109868e-05, -4.894829570004192e-07,  -2.844006500151048e-07,  3.0766283713811506e-08,
    9.180378674469537e-09,  -1.2756102213808737e-09, -3.660279376104134e-10,  4.5926359348595205e-11,
    1.7189314687646526e-11, -1.2726833698700693e-12, -8.668081913316188e-13,  1.1061557204136741e-15,
    4.2750210770103334e-14, 3.790937692263904e-15,   -1.8474103010592332e-15, -4.0419094130708177e-16,
    5.340854385017358e-17,  2.941479937590055e-17,
)
# fmt: on


def _mills(u):
    """R(u) = (1 − Φ(u)) / φ(u), Mills' ratio, for u ≥ 0, by Clenshaw's recurrence."""
    y = (u - 4) / (u + 4)
    this, last = 0.0, 0.0
    for coefficient in _MILLS[:0:-1]:
        this, last = coefficient + 2 * y * this - last, this
    return (_MILLS[0] + y * this - last) / (1 + u)


def _normal_density(u):
    """φ(u), its exponent split as u² = s² + (u − s)(u + s) with s² exact (Cody 1969)."""
    s = np.trunc(16 * u.real) / 16
    return 0.3989422804014327 * np.exp(-s * s / 2) * np.exp((s - u) * (s + u) / 2)


def _gelu(x):
    """x Φ(x) = x φ(u) R(u) with u = −x for x ≤ 0, and 1 − φ(u) R(u) in place of Φ beyond."""
    u = -_minus_abs(_held(x, 40.0))
    tail = _normal_density(u) * _mills(u)
    return _clip(x, -40.0, np.inf) * _by_sign(x, tail, 1 - tail)


def _gelu_derivative(x):
    """Φ(x) + x φ(x) = φ(u)(R(u) − u) with u = −x for x ≤ 0, and 1 minus that beyond."""
    u = -_minus_abs(_held(x, 40.0))
    left = _normal_density(u) * (_mills(u) - u)
    return _by_sign(x, left, 1 - left)


_TWO_SQRT_2_OVER_PI, _CUBIC = 1.5957691216057308, 0.044715


def _gelu_tanh(x):
    """x (1 + tanh(√(2/π)(x + 0.044715x³)))/2 = x σ(2√(2/π)(x + 0.044715x³)).

    Hendrycks and Gimpel 2016, section 2.
    """
    y = _held(x, 40.0)
    return _clip(x, -40.0, np.inf) * _sigmoid(_TWO_SQRT_2_OVER_PI * y * (1 + _CUBIC * y * y))


def _gelu_tanh_derivative(x):
    """σ(v) + x σ′(v) v′ with v = 2√(2/π)(x + 0.044715x³)."""
    y = _held(x, 40.0)
    v = _TWO_SQRT_2_OVER_PI * y * (1 + _CUBIC * y * y)
    slope = _TWO_SQRT_2_OVER_PI * (1 + 3 * _CUBIC * y * y)
    return _sigmoid(v) + y * _sigmoid_derivative(v) * slope


# The table. The identity alone has nothing to compute, so it takes symbols as well.
# fmt: off
identity    = Activation("identity", lambda x: x,  lambda x: np.ones_like(x)[()])
sigmoid     = _row("sigmoid",        _sigmoid,     _sigmoid_derivative)
tanh        = _row("tanh",           np.tanh,      _tanh_derivative)
relu        = _row("relu",           _relu,        _relu_derivative)
leaky_relu  = _row("leaky_relu",     _leaky_relu,  lambda x: _step(x, 0.01, 1.0))
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
    """(top, D, E, weights, rest), with z − top = D + E exactly and weights e^(z − top).

    E is the rounding error of the subtraction (Knuth's two-sum), without which softmax loses two
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
    return top, D, E, weights, rest


def softmax(Z):
    """P = e^z / Σ e^z down each column: positive entries that sum to 1. Shape of Z.

    Raises TypeError for what is no array of numbers, ValueError where there is no unit.
    Source: chapter activations; Blanchard, Higham and Higham 2021, "Accurately computing the
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
    _, D, E, _, rest = _below_top(_units("log_softmax", Z))
    return (D - np.log1p(rest)) + E


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
