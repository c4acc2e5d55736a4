"""The slips that the program makes: one of every sort, each a change, in the same order each time."""

import pytest
from sympy import Integer, KroneckerDelta, Limit, Rational, Sum, exp, oo, symbols

from nnlib.book import array, index, named, real, size, total, undetermined
from nnlib.book.alterations import MOST, alterations

n, m = size("n m")
i, j, k = index("i j k")
x, y = real("x y")
W, v, a = array("W", n, n), array("v", n), undetermined("a")
g = named("g", 2 * W)
s = total(v[k], k)
(bound, low, high) = s.limits[0]

SLIPS = {
    "sign": (x * y, -x * y),
    "factor 2": (x * y, 2 * x * y),
    "factor 1/2": (x * y, x * y / 2),
    "factor dropped": (x * y, y),
    "term dropped": (x + y, y),
    "sign of a term": (x + y, x - y),
    "exponent up": (x**2, x**3),
    "exponent down": (x**3, x**2),
    "constant up": (x + 1, x + 2),
    "constant down": (x + 3, x + 2),
    "transposed": (W[i, j], W[j, i]),
    "named and transposed": (g[i, j], g[j, i]),
    "mean for a sum": (s, s / n),
    "one term for a sum": (s, v[1]),
    "last term lost": (s, Sum(s.function, (bound, 1, n - 1))),
    "differentiated": (a(x), a.derivative(x)),
    "prime lost": (a.derivative(x), a(x)),
    "one prime of two lost": (a.derivative.derivative(x), a.derivative(x)),
    "sign of an argument": (exp(x), exp(-x)),
    "diagonal forgotten": (KroneckerDelta(i, j) * x, x),
    "inside a sum": (s, Sum(2 * s.function, (bound, 1, n))),
    "inside a limit": (Limit(exp(-x), x, oo), Limit(exp(x), x, oo)),
    "bare number": (Rational(1, 4), Rational(-1, 4)),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_slip_is_made(slip):
    expr, altered = SLIPS[slip]
    made = [one for _, one in alterations(expr)]
    # A sum is multiplied out or factored by SymPy as it is built: compare what they mean.
    assert any(one == altered or (one - altered).expand() == 0 for one in made), made


@pytest.mark.parametrize("expr", [expr for expr, _ in SLIPS.values()], ids=str)
def test_alterations_change_something_and_are_not_repeated(expr):
    made = alterations(expr)
    assert expr not in [altered for _, altered in made]
    assert len({altered for _, altered in made}) == len(made) <= MOST
    assert made == alterations(expr)
    assert all(description for description, _ in made)


def test_long_statement_is_altered_throughout():
    letters = symbols("b:40", positive=True)
    made = alterations(sum(letter**2 for letter in letters))
    assert len(made) == MOST
    touched = {s for _, altered in made for s in letters if s not in altered.free_symbols}
    assert len(touched) > 1 or any("b39" in d or "b30" in d for d, _ in made)


def test_number_has_neighbours():
    assert {altered for _, altered in alterations(Integer(3))} == {
        Integer(4),
        Integer(2),
        Integer(-3),
    }
