import pytest
from sympy import Abs, Heaviside, Max, Min, Piecewise, symbols

from nnlib.book.cases import by_cases

z, y = symbols("z y", real=True)
c = symbols("c", positive=True)

TRUE = {
    "two halves": Max(z, 0) - Max(-z, 0) - z,
    "absolute value": Max(z, 0) + Max(-z, 0) - Abs(z),
    "scaled": Max(c * z, 0) - c * Max(z, 0),
    "three pieces": Max(-1, Min(z, 1)) - Max(z + 1, 0) + Max(z - 1, 0) + 1,
    "steps": Piecewise((1, z > 0), (0, z < 0), (Heaviside(0), True)) - Heaviside(z),
}
FALSE = {
    "one side": Max(z, 0) - z,
    "one point": Piecewise((0, z > 0), (0, z < 0), (1, True)),
    "between": Max(-1, Min(z, 1)) - z,
    "scale": Max(c * z, 0) - Max(z, 0),
    "two letters": Max(z, y) - Max(y, z) + Abs(y) - Max(y, -y) + 1,
    "no pieces": z,
}


@pytest.mark.parametrize("name", TRUE)
def test_zero_in_every_case(name):
    assert by_cases(TRUE[name]) == 0


@pytest.mark.parametrize("name", FALSE)
def test_anything_else_is_left_as_it_is(name):
    assert by_cases(FALSE[name]) == FALSE[name]


# Pieces that meet at a letter: δ > 0 is the unit

d = symbols("d", real=True)
delta, mu = symbols("delta mu", positive=True)
clipped = Max(-delta, Min(d, delta))
three = Piecewise((-delta, d < -delta), (d, d <= delta), (delta, True))


@pytest.mark.parametrize(
    "zero",
    [
        three - clipped,
        three - (Abs(d + delta) - Abs(d - delta)) / 2,
        Min(Abs(d), delta) * Max(Abs(d), delta) - delta * Abs(d),
    ],
)
def test_pieces_that_meet_at_a_letter(zero):
    assert by_cases(zero) == 0


@pytest.mark.parametrize("wrong", [three + clipped, three - Max(-delta, d), three - Min(d, delta)])
def test_wrong_pieces_that_meet_at_a_letter_are_left(wrong):
    assert by_cases(wrong) != 0


def test_two_letters_are_no_unit():
    both = Max(d, delta) - Max(d, mu)
    assert by_cases(both) == both


def test_unit_that_may_be_0_is_none():
    """At y = 0 the two differ."""
    below = symbols("y", nonpositive=True)
    at_the_edge = Piecewise((1, z >= 0), (0, True)) - Piecewise((1, z >= below), (0, True))
    jump = Piecewise((0, z > below), (0, z < -below), (1, True))
    for left in (at_the_edge, jump):
        assert by_cases(left) == left
    steps = [Piecewise((1, sign * z * below > 0), (0, True)) for sign in (1, -1)]
    plain = [Piecewise((1, sign * z > 0), (0, True)) for sign in (1, -1)]
    assert by_cases(sum(steps) - sum(plain)) != 0


def test_unit_may_be_negative():
    negative = symbols("y", negative=True)
    assert by_cases(Max(negative * d, 0) + negative * Max(-d, 0)) == 0
    assert by_cases(Max(d, negative) - Max(d, -negative)) != 0
