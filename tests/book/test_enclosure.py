import pytest
from mpmath import mp
from sympy import Rational, Symbol, exp, log, sqrt

from nnlib.book.enclosure import largest

z = Symbol("z", real=True)

MAXIMA = {
    "inside": (z * (1 - z), 0, 1, Rational(1, 4)),
    "at an end": (exp(z), -1, 2, exp(2)),
    "a third, which is no float": (z / 3, 0, 1, Rational(1, 3)),
    "root and logarithm": (log(z) / sqrt(z), 1, 20, 2 * exp(-1)),
}


@pytest.mark.parametrize("name", MAXIMA)
def test_bounds_hold_the_maximum(name):
    expr, low, high, exact = MAXIMA[name]
    lower, upper = largest(expr, z, low, high, within=1e-5)
    with mp.workdps(30):
        assert lower <= mp.mpf(exact.evalf(30)) <= upper
    assert upper - lower <= 1e-5


def test_bounds_that_cannot_be_had_are_refused():
    with pytest.raises(ArithmeticError, match="no bounds within 0 of the maximum"):
        largest(z / 3, z, 0, 1, within=0)
