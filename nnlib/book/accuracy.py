"""How far floats are from the truth: units in the last place against 50-digit arithmetic."""

import mpmath
import numpy as np
from mpmath import mp

from nnlib.book.evaluation import Point, evaluate

WORKING = 700  # digits; 1 − σ(z) loses 300 of them at z = 700


def grid(low=-700.0, high=700.0, count=400):
    """float64 points between `low` and `high`: evenly spaced ones, and both signs of many magnitudes."""
    small = np.logspace(-300, np.log10(max(abs(low), abs(high))), count // 4)
    points = np.concatenate([np.linspace(low, high, count // 2), small, -small])
    return np.unique(points[(points >= low) & (points <= high)])


def exact_values(expr, variable, points):
    """`expr` at each float, right to 50 digits even where 600 cancel."""
    return [evaluate(expr, Point(0, values={variable: mpmath.mpf(float(x))}), digits=WORKING)
            for x in points]  # fmt: skip


def ulp_errors(computed, exact):
    """|computed − exact| in units in the last place of the exact value; subnormal results are left out."""
    errors = []
    for value, truth in zip(np.asarray(computed, float), exact, strict=True):
        nearest = abs(float(truth))
        if nearest and not np.finfo(float).tiny <= nearest < np.inf:
            continue
        unit = float(np.spacing(nearest)) if nearest else np.finfo(float).tiny
        with mp.workdps(50):
            errors.append(float(abs(mpmath.mpf(float(value)) - truth) / mpmath.mpf(unit)))
    return np.array(errors)


def worst_within(bound, computed, exact):
    """`bound`, in ulp, which the worst error keeps but a tenth of it does not: the same on every machine."""
    worst = ulp_errors(computed, exact).max()
    if not bound / 10 < worst <= bound:
        raise ValueError(f"the worst error is {worst:.3g} ulp, expected one up to {bound:g} that is "
                         f"above {bound / 10:g}")  # fmt: skip
    return bound
