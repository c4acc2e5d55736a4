"""Large weights can be charged for: a penalty R(w) joins the cost and pulls the weights towards zero.

Training asks three things of it: its value, which the cost adds; its gradient, for every optimizer
that follows slopes; and its proximal map, for the one that lands on 0 exactly. Comparisons look at
the real part alone, a NaN stays, and float32 stays float32. Source: chapter regularization.
"""

from dataclasses import dataclass

import numpy as np

from nnlib.checks import require_nonnegative


@dataclass(frozen=True)
class Penalty:
    """R(w) = lasso · Σ|w| + ridge/2 · Σw², summed over the entries of w, an array of any shape."""

    name: str
    lasso: float
    ridge: float

    def __call__(self, w):
        """The scalar R(w)."""
        return (w * _line(w, self.lasso, self.ridge / 2)).sum()

    def gradient(self, w):
        """lasso · sign(w) + ridge · w, of the shape of w; at the kink w = 0 it is 0."""
        return _line(w, self.lasso, self.ridge)

    def proximal(self, w, step):
        """argmin over u of ½‖u − w‖² + step · R(u), of the shape of w.

        Each entry moves towards 0 by step · lasso, but not past it, and is then divided by
        1 + step · ridge. Raises ValueError unless 0 ≤ step < ∞. Source: Parikh and Boyd 2014,
        section 6.5.
        """
        require_nonnegative(f"{self.name}: step", step)
        w, step = np.asarray(w), float(step)
        threshold = step * self.lasso
        moved = (w - threshold * np.sign(w.real)) * (np.abs(w.real) > threshold)
        return moved / (1 + step * self.ridge)


def _line(w, jump, slope):
    """jump · sign(w) + slope · w; a line without a jump takes symbols too."""
    w = np.asarray(w)
    return jump * np.sign(w.real) + slope * w if jump else slope * w


def l1(strength):
    """strength · Σ|w|, the lasso: some weights end at 0 exactly.

    Raises ValueError unless 0 ≤ strength < ∞. Source: Tibshirani 1996.
    """
    require_nonnegative("l1: strength", strength)
    return Penalty("l1", float(strength), 0.0)


def l2(strength):
    """strength/2 · Σw², ridge regression: every weight shrinks by the same factor.

    Raises ValueError unless 0 ≤ strength < ∞. Source: Tikhonov 1963; Hoerl and Kennard 1970.
    """
    require_nonnegative("l2: strength", strength)
    return Penalty("l2", 0.0, float(strength))


def elastic_net(strength, mix):
    """strength · (mix · Σ|w| + (1 − mix)/2 · Σw²): ridge at mix = 0, the lasso at mix = 1.

    Raises ValueError unless 0 ≤ strength < ∞ and 0 ≤ mix ≤ 1. Source: Zou and Hastie 2005.
    """
    require_nonnegative("elastic_net: strength", strength)
    if not 0 <= mix <= 1:
        raise ValueError(f"elastic_net: mix is {mix}, expected a number from 0 to 1")
    return Penalty("elastic_net", float(strength * mix), float(strength * (1 - mix)))
