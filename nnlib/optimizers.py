"""Downhill: an optimizer turns a gradient into the next parameters, one vector in, one vector out.

``state = optimizer.start(theta)``, then ``theta, state = optimizer.update(theta, gradient, state)``
again and again. Nothing is changed in place. Source: chapter gradient-descent.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nnlib.checks import require_positive, require_shape


@dataclass(frozen=True)
class Optimizer:
    """``start``: θ ↦ state; ``step``: (gradient, state) ↦ (Δθ, state)."""

    name: str
    start: Callable
    step: Callable

    def update(self, theta, gradient, state):
        """(θ + Δθ, the next state). Raises ValueError unless gradient has the shape of theta."""
        require_shape(f"{self.name}: gradient", gradient, theta.shape)
        change, state = self.step(gradient, state)
        return theta + change, state


def _require_decay(what, value):
    if not 0 <= value < 1:
        raise ValueError(f"{what} is {value}, expected a number from 0 up to, not including, 1")


def gradient_descent(rate):
    """θ ← θ − η g. Raises ValueError unless the rate η is positive and finite."""
    require_positive("gradient_descent: rate", rate)
    return Optimizer("gradient_descent", lambda theta: None, lambda g, state: (-rate * g, state))


def momentum(rate, decay=0.9):
    """v ← β v − η g, θ ← θ + v: Polyak's heavy ball (Polyak 1964).

    Raises ValueError unless the rate η is positive and finite, and the decay β in [0, 1).
    """
    require_positive("momentum: rate", rate)
    _require_decay("momentum: decay", decay)

    def step(g, v):
        v = decay * v - rate * g
        return v, v

    return Optimizer("momentum", np.zeros_like, step)


def adam(rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """θ ← θ − η m̂ / (√v̂ + ε), with m̂ and v̂ the bias-corrected means of g and g².

    Raises ValueError unless rate and epsilon are positive and finite, and the betas in [0, 1).
    Source: Kingma and Ba 2015, algorithm 1.
    """
    require_positive("adam: rate", rate)
    require_positive("adam: epsilon", epsilon)
    _require_decay("adam: beta1", beta1)
    _require_decay("adam: beta2", beta2)

    def start(theta):
        return 0, np.zeros_like(theta), np.zeros_like(theta)

    def step(g, state):
        t, m, v = state
        t, m, v = t + 1, beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        root = np.sqrt(v / (1 - beta2**t))
        return -rate / (1 - beta1**t) * m / (root + epsilon), (t, m, v)

    return Optimizer("adam", start, step)
