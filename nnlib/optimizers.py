"""Downhill: an optimizer turns a gradient into the next parameters, one vector in, one vector out.

``state = optimizer.start(theta)``, then ``theta, state = optimizer.update(theta, gradient, state)``
again and again. ``update`` changes nothing that comes in; ``step``, for the inner loop of training,
does the same in place. The state is a tuple: k, the number of steps taken, then arrays of the shape
of theta.

The rate η is a number, or a schedule: a function k ↦ η_k with k = 0 for the first step. Below, g is
the gradient and every operation is entry by entry. Where g² overflows (|g| near 1e154, in float32
1e19) NumPy warns, and that entry of θ stays where it is. Source: chapter gradient-descent.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nnlib.checks import require_count, require_nonnegative, require_positive, require_shape


@dataclass(frozen=True)
class Optimizer:
    """``start``: θ ↦ state; ``step``: (θ, gradient, state) ↦ (θ, state), which may use up all three."""

    name: str
    start: Callable
    step: Callable

    def update(self, theta, gradient, state):
        """The next θ and state. Raises ValueError unless gradient has the shape of theta."""
        require_shape(f"{self.name}: gradient", gradient, theta.shape)
        return self.step(theta.copy(), gradient.copy(), copied(state))


def copied(state):
    """The same state in arrays of its own."""
    return tuple(np.copy(part) if np.ndim(part) else part for part in state)


# Schedules.


def constant(rate):
    """η_k = rate. Raises ValueError unless 0 < rate < ∞."""
    return _schedule("constant: rate", rate)


def step_decay(rate, factor, every):
    """η_k = rate · factor^⌊k / every⌋: the rate falls by ``factor`` after each ``every`` steps.

    Raises ValueError unless 0 < rate < ∞, 0 < factor ≤ 1 and ``every`` is an integer from 1 up.
    """
    require_positive("step_decay: rate", rate)
    if not 0 < factor <= 1:
        raise ValueError(f"step_decay: factor is {factor}, expected a number above 0 and at most 1")
    require_count("step_decay: every", every)
    return lambda k: rate * factor ** (k // every)


def cosine(rate, steps, final=0.0):
    """η_k = final + (rate − final)(1 + cos(πk / steps))/2 for k ≤ steps, and final from then on.

    Raises ValueError unless 0 < rate < ∞, 0 ≤ final < ∞ and ``steps`` is an integer from 1 up.
    Source: Loshchilov and Hutter 2017, equation 5.
    """
    require_positive("cosine: rate", rate)
    require_count("cosine: steps", steps)
    require_nonnegative("cosine: final", final)
    return lambda k: final + (rate - final) * (1 + math.cos(math.pi * min(k / steps, 1))) / 2


def warm_up(rate, steps):
    """From rate/steps in equal increments to the rate, in ``steps`` steps; then the rate itself.

    A schedule begins, at its own k = 0, when the warm-up is over. Raises ValueError unless
    ``steps`` is an integer from 1 up. Source: Goyal et al. 2017, section 2.2.
    """
    schedule = _schedule("warm_up: rate", rate)
    require_count("warm_up: steps", steps)
    return lambda k: min((k + 1) / steps, 1) * schedule(max(k - steps, 0))


def _schedule(what, rate):
    """``rate``, a number or a schedule, as a function of k with values that are Python's floats.

    A float64 of NumPy's would turn a float32 θ into float64.
    """
    if callable(rate):
        return lambda k: float(rate(k))
    require_positive(what, rate)
    rate = float(rate)
    return lambda k: rate


# Optimizers.


def gradient_descent(rate):
    """θ ← θ − η g. Raises ValueError unless 0 < rate < ∞."""
    rate = _schedule("gradient_descent: rate", rate)
    return Optimizer(
        "gradient_descent",
        _start(0),
        lambda theta, g, state: (theta - rate(state[0]) * g, (state[0] + 1,)),
    )


def momentum(rate, decay=0.9):
    """v ← β v − η g, θ ← θ + v, with β = decay: the heavy ball.

    Raises ValueError unless 0 < rate < ∞ and 0 ≤ decay < 1. Source: Polyak 1964.
    """
    rate = _schedule("momentum: rate", rate)
    decay = _decay("momentum: decay", decay)

    def step(theta, g, state):
        k, v = state
        v = decay * v - rate(k) * g
        return theta + v, (k + 1, v)

    return Optimizer("momentum", _start(1), step)


def nesterov(rate, decay=0.9):
    """v ← β v − η g, θ ← θ + β v − η g, with β = decay.

    θ is the point ahead, where the gradient is taken: with x ← θ − η g it is x + β (x − the last x).
    Raises ValueError unless 0 < rate < ∞ and 0 ≤ decay < 1. Source: Nesterov 1983, in the variables
    of Bengio, Boulanger-Lewandowski and Pascanu 2013, section 3.5.
    """
    rate = _schedule("nesterov: rate", rate)
    decay = _decay("nesterov: decay", decay)

    def step(theta, g, state):
        k, v = state
        downhill = rate(k) * g
        v = decay * v - downhill
        return theta + (decay * v - downhill), (k + 1, v)

    return Optimizer("nesterov", _start(1), step)


def adagrad(rate=0.01, epsilon=1e-10):
    """s ← s + g², θ ← θ − η g / (√s + ε).

    Raises ValueError unless rate and epsilon are above 0 and finite. Source: Duchi, Hazan and
    Singer 2011.
    """
    rate = _schedule("adagrad: rate", rate)
    require_positive("adagrad: epsilon", epsilon)
    epsilon = float(epsilon)

    def step(theta, g, state):
        k, s = state
        s += g * g
        return _scaled_step(theta, rate(k), g, s, epsilon), (k + 1, s)

    return Optimizer("adagrad", _start(1), step)


def rmsprop(rate=0.001, decay=0.9, epsilon=1e-8):
    """v ← β v + (1 − β) g², θ ← θ − η g / (√v + ε), with β = decay; the state keeps v / (1 − β).

    Raises ValueError unless rate and epsilon are above 0 and finite and 0 ≤ decay < 1. Source:
    Tieleman and Hinton 2012, lecture 6.5.
    """
    rate = _schedule("rmsprop: rate", rate)
    decay = _decay("rmsprop: decay", decay)
    require_positive("rmsprop: epsilon", epsilon)
    root = math.sqrt(1 - decay)
    epsilon = float(epsilon) / root

    def step(theta, g, state):
        k, v = state
        v *= decay
        v += g * g
        return _scaled_step(theta, rate(k) / root, g, v, epsilon), (k + 1, v)

    return Optimizer("rmsprop", _start(1), step)


def adam(rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """θ ← θ − η m̂ / (√v̂ + ε), with m̂ and v̂ the bias-corrected means of g and g².

    In full: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)
    at step t = k + 1; the state keeps m / (1 − β₁) and v / (1 − β₂). Raises ValueError unless rate
    and epsilon are above 0 and finite and the betas in [0, 1). Source: Kingma and Ba 2015,
    algorithm 1.
    """
    return _adam("adam", rate, beta1, beta2, epsilon)


def adamw(rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, weight_decay=0.01):
    """θ ← (1 − η λ) θ, then Adam's step, which does not see λ = weight_decay.

    η multiplies λ, as in PyTorch and Optax; the paper's λ is this one times the rate before the
    schedule. Raises ValueError as ``adam`` does, and unless 0 ≤ weight_decay < ∞. Source:
    Loshchilov and Hutter 2019, algorithm 2.
    """
    require_nonnegative("adamw: weight_decay", weight_decay)
    plain, rate = _adam("adamw", rate, beta1, beta2, epsilon), _schedule("adamw: rate", rate)
    weight_decay = float(weight_decay)

    def step(theta, g, state):
        theta *= 1 - rate(state[0]) * weight_decay
        return plain.step(theta, g, state)

    return Optimizer("adamw", plain.start, step)


def proximal_gradient(rate, penalty, where=None):
    """θ ← prox(θ − η g), prox the penalty's proximal map for the step η.

    g is the gradient of the cost without the penalty, which the map takes care of. ``where``, a
    boolean array of the shape of θ such as ``network.weights``, is where the penalty applies; else
    everywhere. Raises ValueError unless 0 < rate < ∞, for another dtype, and at the start for
    another shape. Source: Parikh and Boyd 2014, section 4.2.
    """
    rate = _schedule("proximal_gradient: rate", rate)
    where = np.asarray(True if where is None else where)
    if where.dtype != bool:
        raise ValueError(f"proximal_gradient: where has dtype {where.dtype}, expected bool")

    def start(theta):
        if where.ndim:
            require_shape("proximal_gradient: where", where, theta.shape)
        return (0,)

    def step(theta, g, state):
        (k,) = state
        moved = theta - rate(k) * g
        return np.where(where, penalty.proximal(moved, rate(k)), moved), (k + 1,)

    return Optimizer("proximal_gradient", start, step)


# Building blocks.


def _decay(what, value):
    """``value`` as a float, refused outside [0, 1)."""
    if not 0 <= value < 1:
        raise ValueError(f"{what} is {value}, expected a number from 0 up to, not including, 1")
    return float(value)


def _start(arrays):
    """θ ↦ (0, and as many zero vectors)."""
    return lambda theta: (0, *(np.zeros_like(theta) for _ in range(arrays)))


def _scaled_step(theta, factor, m, v, epsilon):
    """θ ← θ − factor · m / (√v + ε)."""
    d = np.sqrt(v)
    d += epsilon
    np.divide(m, d, out=d)
    d *= factor
    theta -= d
    return theta


def _adam(name, rate, beta1, beta2, epsilon):
    """Adam, with m / (1 − β₁) and v / (1 − β₂) kept: two products fewer, the factors join η and ε."""
    rate = _schedule(f"{name}: rate", rate)
    beta1, beta2 = _decay(f"{name}: beta1", beta1), _decay(f"{name}: beta2", beta2)
    require_positive(f"{name}: epsilon", epsilon)
    epsilon = float(epsilon)

    def step(theta, g, state):
        k, m, v = state
        m *= beta1
        m += g
        v *= beta2
        g *= g
        v += g
        t = int(k) + 1
        mean, root = (1 - beta1) / (1 - beta1**t), math.sqrt((1 - beta2) / (1 - beta2**t))
        return _scaled_step(theta, rate(k) * mean / root, m, v, epsilon / root), (t, m, v)

    return Optimizer(name, _start(2), step)
