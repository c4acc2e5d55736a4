"""The second witness: 30 digits, by means that SymPy's algebra has no part in."""

import math

import mpmath
import pytest
from sympy import (
    Abs,
    Derivative,
    Float,
    I,
    Integral,
    KroneckerDelta,
    LambertW,
    Limit,
    Max,
    Min,
    Piecewise,
    Rational,
    Symbol,
    atan,
    binomial,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    factorial,
    gamma,
    im,
    log,
    oo,
    pi,
    re,
    sech,
    sign,
    sin,
    sinh,
    sqrt,
    tanh,
    zoo,
)  # fmt: skip

from nnlib.book import (
    Functional,
    array,
    function,
    gradient,
    index,
    named,
    norm,
    real,
    size,
    spectral_norm,
    total,
    undetermined,
)
from nnlib.book.accuracy import exact_values, grid, ulp_errors
from nnlib.book.evaluation import Point, evaluate

z, x = real("z x")
n, m = size("n m")
i, j = index("i j")
A, v = array("A", n, m), array("v", n)
AT = Rational(5, 8)
POINT = Point(0, values={z: mpmath.mpf(5) / 8})

SCALARS = [
    exp(z), log(z), sin(z) / cos(z), tanh(z), sinh(z) * cosh(z), sech(z), erf(z), erfc(z), Abs(-z), sign(-z),
    LambertW(z), atan(z), sqrt(z), z ** Rational(-3, 2), Max(0, z, z**2), Min(0, -z), pi * z, 1 / (1 + exp(-z)),
    Piecewise((z, z > 1), (z**2, True)), Rational(1, 3) + z, Float("0.1", 40) * z,
]  # fmt: skip


@pytest.fixture(autouse=True)
def digits():
    """What the tests themselves compute needs the digits too."""
    with mpmath.workdps(45):
        yield


def close(number, exact, digits=25):
    return abs(number - exact) <= mpmath.mpf(10) ** -digits * (1 + abs(exact))


@pytest.mark.parametrize("expr", SCALARS, ids=str)
def test_scalar_as_sympy_evaluates_it(expr):
    exact = mpmath.mpmathify(expr.subs(z, AT).evalf(40))
    assert close(evaluate(expr, POINT), exact)


@pytest.mark.parametrize("expr", [exp(z**2), tanh(z), 1 / (1 + exp(-z)), sqrt(z) * log(z)], ids=str)
@pytest.mark.parametrize("order", [1, 2, 3])
def test_derivative_is_a_difference_quotient(expr, order):
    exact = mpmath.mpmathify(expr.diff(z, order).subs(z, AT).evalf(40))
    assert close(evaluate(Derivative(expr, (z, order)), POINT), exact)


def test_derivative_of_a_function_with_a_definition():
    sigma = function(r"\sigma", lambda z: 1 / (1 + exp(-z)))
    s = evaluate(sigma(z), POINT)
    assert close(evaluate(sigma.derivative(z), POINT), s * (1 - s))
    assert close(evaluate(sigma.derivative.derivative(z), POINT), s * (1 - s) * (1 - 2 * s))


def test_undetermined_function_has_its_own_derivative():
    a = undetermined("a")
    assert close(
        evaluate(Derivative(a(z**2), z), POINT), evaluate(2 * z * a.derivative(z**2), POINT)
    )
    assert not close(evaluate(a(z), POINT), evaluate(a.derivative(z), POINT), 3)


def test_integral_and_limit():
    assert close(evaluate(Integral(exp(-(x**2)), (x, -oo, oo)), POINT), mpmath.sqrt(mpmath.pi))
    assert close(evaluate(Limit(tanh(x), x, oo), POINT), 1, 9)
    assert close(evaluate(Limit(sign(x), x, 0, "-"), POINT), -1, 9)


def test_sum_is_a_loop_and_a_delta_a_comparison():
    point = Point(3, sizes={n: 3, m: 2})
    entry = lambda p, q: evaluate(A[p, q], point)
    by_hand = sum(entry(p, q) ** 2 for p in (1, 2, 3) for q in (1, 2))
    assert close(evaluate(total(A[i, j] ** 2, i, j), point), by_hand)
    assert close(evaluate(total(KroneckerDelta(i, 2) * v[i], i), point), evaluate(v[2], point))


def test_cost_and_its_gradient():
    C, point = Functional("C"), Point(5, sizes={n: 3, m: 2})
    h = named("h", 2 * v)
    value = gradient(C(h), v)[2]
    assert close(evaluate(value, point), 2 * evaluate(C.gradient(h)[2], point))
    assert evaluate(C(v)[()], point) != evaluate(C(h)[()], point)


def test_norms():
    point = Point(7, sizes={n: 2, m: 2})
    vector = [evaluate(v[k], point) for k in (1, 2)]
    assert close(evaluate(norm(v)[()], point), mpmath.hypot(*vector))
    a, b, c, d = (evaluate(A[p, q], point) for p in (1, 2) for q in (1, 2))
    square, det = a**2 + b**2 + c**2 + d**2, a * d - b * c
    largest = mpmath.sqrt((square + mpmath.sqrt(square**2 - 4 * det**2)) / 2)
    assert close(evaluate(spectral_norm(A)[()], point), largest, 12)


@pytest.mark.parametrize("expr", [zoo, 1 / (z - z), zoo * z + 1], ids=str)
def test_division_by_zero_is_no_number(expr):
    with pytest.raises(ZeroDivisionError):
        evaluate(expr, POINT)


def test_what_has_no_rule_is_refused():
    with pytest.raises(NotImplementedError, match="no 30-digit rule for gamma"):
        evaluate(gamma(z), POINT)


def test_points_are_drawn_by_name_and_kept():
    first, second = Point(1), Point(1)
    assert evaluate(z + x, first) == evaluate(x + z, second)
    assert first.values == second.values
    assert evaluate(z, Point(1)) != evaluate(z, Point(2))


@pytest.mark.parametrize("sign", ["positive", "negative", "nonnegative", "nonpositive"])
def test_point_respects_the_sign(sign):
    symbol = Symbol("s", **{sign: True})
    drawn = [evaluate(symbol, Point(seed)) for seed in range(20)]
    assert all((value > 0) == (sign in ("positive", "nonnegative")) for value in drawn)


def test_point_respects_the_range():
    drawn = [evaluate(z, Point(seed, between={z: (2, 3)})) for seed in range(20)]
    assert all(2 < value < 3 for value in drawn)
    assert len(set(drawn)) > 10


# Units in the last place


def test_ulp_of_the_nearest_float_is_at_most_a_half():
    points = grid(-5, 5, 100)
    exact = exact_values(exp(z), z, points)
    assert ulp_errors([float(value) for value in exact], exact).max() <= 0.5


def test_ulp_sees_cancellation():
    points = grid(30, 700, 20)
    exact = exact_values(1 - 1 / (1 + exp(-z)), z, points)
    naive = [1 - 1 / (1 + mpmath.exp(-float(p))) for p in points]
    assert ulp_errors(naive, exact).max() > 1e3


@pytest.mark.parametrize("q", range(5))
def test_counts(q):
    """C(5, q) and q!, in integers."""
    assert evaluate(binomial(n, i), Point(0, sizes={n: 5}), {i: q}) == math.comb(5, q)
    assert evaluate(factorial(i), Point(0), {i: q}) == math.factorial(q)


@pytest.mark.parametrize(("part", "by_hand"), [(re, mpmath.cos), (im, mpmath.sin)])
def test_parts_of_a_complex_number(part, by_hand):
    a, e = undetermined("a"), function("e", exp)
    on_the_circle = evaluate(part(e(I * z)), POINT)
    with mpmath.workdps(40):
        assert close(on_the_circle, by_hand(mpmath.mpf(5) / 8))
    assert close(evaluate(im(a(z)), POINT), 0)
    assert not close(evaluate(im(a(z + I * z)), POINT), 0, 3)
