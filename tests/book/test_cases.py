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
