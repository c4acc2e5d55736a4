"""The normal form: the same value as what went in, whatever the sizes, and no delta out of its range."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Add, Dummy, Function, Integer, KroneckerDelta, Mul, Sum, exp

from nnlib.book import array, index, real, size, total
from nnlib.book.evaluation import Point, evaluate
from nnlib.book.indexed import NoNormalForm, normal_form

n, m = size("n m")
i, j, k = index("i j k")
x, y, W, V = array("x", n), array("y", m), array("W", n, m), array("V", n, m)
z = real("z")


@st.composite
def expressions(draw, depth=3, rows=(i,), columns=(j,)):
    """A random expression in elements of x (n), y (m), W and V (n, m), deltas, sums and powers.

    `rows` and `columns` are the indices in reach, along the axes of size n and m.
    """
    kind = draw(
        st.sampled_from(["leaf", "add", "mul", "sum n", "sum m", "power"] if depth else ["leaf"])
    )
    inside = lambda rows=rows, columns=columns: draw(expressions(depth - 1, rows, columns))
    if kind in ("add", "mul"):
        return (Add if kind == "add" else Mul)(inside(), inside())
    if kind == "power":
        return inside() ** 2
    if kind.startswith("sum"):
        bound = Dummy("k", integer=True)
        axis, larger = (
            (n, ((*rows, bound), columns)) if kind == "sum n" else (m, (rows, (*columns, bound)))
        )
        return Sum(inside(*larger), (bound, 1, axis))
    p, q = (draw(st.sampled_from(rows)) for _ in "pq")
    r, s = (draw(st.sampled_from(columns)) for _ in "rs")
    leaves = [x[p], y[r], W[p, r], V[p, r], KroneckerDelta(p, q), KroneckerDelta(r, s),
              Integer(draw(st.integers(-2, 3))), n, exp(x[p])]  # fmt: skip
    return draw(st.sampled_from(leaves))


@settings(max_examples=300, deadline=None)
@given(expressions())
def test_normal_form_keeps_the_value(expr):
    reduced = normal_form(expr, {i: n, j: m})
    for seed, sizes in enumerate(({n: 2, m: 3}, {n: 3, m: 2}, {n: 1, m: 2})):
        point = Point(seed, 1.0, sizes)
        for p, q in {(1, 1), (sizes[n], sizes[m])}:
            before, after = (evaluate(e, point, {i: p, j: q}) for e in (expr, reduced))
            assert abs(before - after) <= 1e-25 * (1 + abs(before)), (expr, reduced)


@settings(max_examples=100, deadline=None)
@given(expressions(depth=2), expressions(depth=2))
def test_normal_form_is_one_form(first, second):
    """Written in another order, multiplied out or not, with other letters bound: the same object."""
    ranges = {i: n, j: m}
    product = normal_form(first * second, ranges)
    assert product == normal_form(second * first, ranges)
    assert normal_form(product, ranges) == product
    assert normal_form(first * (second + 1) - first - second * first, ranges) == 0


# A delta may eat a sum over its own axis only.

f = Function("f")
OUT_OF_RANGE = {
    "a shorter sum": Sum(KroneckerDelta(k, i) * x[k], (k, 1, n - 1)),
    "another axis": Sum(KroneckerDelta(k, i) * y[k], (k, 1, m)) * x[i],
    "a free index of unknown range": Sum(KroneckerDelta(k, j) * f(k), (k, 1, n)),
    "a shifted index": Sum(KroneckerDelta(k, i + 1) * x[k], (k, 1, n)) * x[i],
    "a number beyond the least size": Sum(KroneckerDelta(k, 2) * x[k], (k, 1, n)),
    "a sum from 0": Sum(KroneckerDelta(k, i) * x[k], (k, 0, n)) * x[i],
}


@pytest.mark.parametrize("name", OUT_OF_RANGE)
def test_delta_out_of_range_is_not_collapsed(name):
    expr = OUT_OF_RANGE[name]
    try:
        reduced = normal_form(expr)
    except NoNormalForm:
        return
    for place in 1, 2, 3:  # n is 2 and m is 3: the index may stand outside one of them
        point = Point(0, 1.0, {n: 2, m: 3})
        where = {i: min(place, 2), j: place}
        assert abs(evaluate(expr - reduced, point, where)) < 1e-25


def test_delta_in_range_is_collapsed():
    assert normal_form(Sum(KroneckerDelta(k, i) * x[k], (k, 1, n)) * x[i]) == x[i] ** 2
    assert normal_form(Sum(KroneckerDelta(k, 1) * x[k], (k, 1, n))) == x[1]


def test_index_on_two_axes_is_a_contradiction():
    with pytest.raises(ValueError, match="index i runs over an axis of size"):
        normal_form(x[i] * y[i])


def test_range_that_depends_on_an_index():
    triangle = Sum(Sum(1, (j, 1, k)), (k, 1, n))
    rectangle = Sum(Sum(1, (j, 1, n)), (k, 1, n))
    reduced = normal_form(triangle)
    assert evaluate(reduced, Point(0, 1.0, {n: 4})) == 10
    assert normal_form(rectangle) == n**2


def test_range_that_depends_on_an_index_of_a_product():
    triangle = Sum(Sum(1, (j, 1, k)), (k, 1, n))
    by_rows = normal_form(m * triangle)
    assert by_rows.free_symbols == {n, m}
    assert evaluate(by_rows, Point(0, 1.0, {n: 4, m: 3})) == 30
    assert normal_form(m * triangle - m * Sum(k, (k, 1, n))) == 0
    assert normal_form(m * triangle - n * Sum(k, (k, 1, n))) != 0


def test_repeated_factor_has_its_own_index():
    s = total(x[i], i)
    assert normal_form(s * s - total(x[i] * x[j], i, j)) == 0
    assert normal_form(s**2 - total(x[i] ** 2, i)) != 0


def test_too_many_bound_indices_are_refused():
    with pytest.raises(NoNormalForm, match="bound indices"):
        normal_form(total(x[i] * y[j] * W[i, j], i, j) ** 4)
