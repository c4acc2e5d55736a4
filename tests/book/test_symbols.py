"""Names mean their definitions, indices stay on their axes, arrays have NumPy's shapes."""

import numpy as np
import pytest
from sympy import (
    Abs,
    Derivative,
    Heaviside,
    Lambda,
    Max,
    Piecewise,
    Sum,
    Symbol,
    exp,
    sqrt,
    symbols,
)

from nnlib.book import (
    Functional,
    array,
    equal,
    function,
    gradient,
    index,
    jacobian,
    named,
    norm,
    real,
    size,
    total,
    undetermined,
)  # fmt: skip
from nnlib.book.cases import by_cases
from nnlib.book.evaluation import Point, evaluate
from nnlib.book.symbols import free_index_ranges, index_ranges, unfold

n, m, r = size("n m r")
i, j, k = index("i j k")
x, z = real("x z")
A, B, v, w = array("A", n, m), array("B", m, r), array("v", n), array("w", m)
a, C = undetermined("a"), Functional("C")
relu = function("relu", lambda z: Max(0, z))


# Symbols


def test_name_means_its_definition():
    h = named("h", 2 * v)
    assert unfold(h[i]) == 2 * v[i]
    assert unfold(named("g", h + v)[i]) == 3 * v[i]
    assert Derivative(h[i], v[j]).doit() == Derivative(2 * v[i], v[j]).doit()


def test_derivative_of_a_definition_is_the_derivative():
    cube = function("f", lambda z: z**3)
    assert [unfold(f(x)) for f in (cube, cube.derivative, cube.derivative.derivative)] == [
        x**3, 3 * x**2, 6 * x,
    ]  # fmt: skip


def test_function_acts_on_object_arrays_as_on_scalars():
    assert list(a(np.array([x, z], dtype=object))) == [a(x), a(z)]


def test_chain_rule_of_a_cost_reaches_every_element():
    point = Point(0, sizes={n: 3, m: 2})
    value = gradient(C(A @ w), w)[2]
    quotient = evaluate(value, point)
    by_hand = sum(evaluate(C.gradient(A @ w)[p] * A[p, 2], point) for p in (1, 2, 3))
    assert abs(quotient - by_hand) < 1e-12


def test_cost_is_not_differentiated_twice():
    with pytest.raises(NotImplementedError, match="second derivatives"):
        C.gradient(v)[1].diff(v[2])


def test_gradient_at_a_zero_of_the_array_still_depends_on_the_rest():
    """∂C/∂Z₁₂ depends on all of Z, also where Z₁₂ itself is 0 whatever v is."""
    from nnlib.book import diagonal

    with pytest.raises(NotImplementedError, match="second derivatives"):
        C.gradient(diagonal(v))[1, 2].diff(v[1])


def test_total_needs_an_axis():
    with pytest.raises(ValueError, match="k is summed over, but is the index of nothing"):
        total(v[i], k)


def test_ranges_of_indices():
    expr = total(A[i, k] * v[i], i)
    assert free_index_ranges(expr) == {k: m}
    assert index_ranges(A[i, j]) == {i: n, j: m}
    with pytest.raises(ValueError, match="index i runs over an axis of size"):
        index_ranges(v[i] * w[i])


def test_free_indices_in_a_definition_are_not_captured():
    """h = v_i w, at its j-th element, is v_i w_j: the i inside is not the name's own."""
    h = named("h", v[i] * w)
    assert unfold(h[j]) == v[i] * w[j]
    assert unfold(h[i]) == v[i] * w[i]
    assert unfold(Lambda(k, h[k])(j)) == v[i] * w[j]


# Arrays


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: A @ B, (n, r)),
        (lambda: A @ w, (n,)),
        (lambda: v @ A, (m,)),
        (lambda: v @ v, ()),
        (lambda: A.T, (m, n)),
        (lambda: v[:, None] + A, (n, m)),
        (lambda: A.sum(axis=1), (n,)),
        (lambda: A.sum(axis=0), (m,)),
        (lambda: a(A), (n, m)),
        (lambda: A / n, (n, m)),
        (lambda: v + 1, (n,)),
        (lambda: jacobian(A @ w, w), (n, m)),
        (lambda: gradient(C(A), A), (n, m)),
    ],
)
def test_shape(make, shape):
    assert make().shape == shape


@pytest.mark.parametrize(
    "make",
    [
        lambda: A @ A,
        lambda: A @ v,
        lambda: v + w,
        lambda: A * B,
        lambda: A + A.T,
        lambda: A.sum(axis=2),
        lambda: v.sum(axis=0),
    ],
)
def test_shapes_that_do_not_fit(make):
    with pytest.raises(ValueError, match="shape"):
        make()


@pytest.mark.parametrize(
    ("make", "by_hand"),
    [
        (lambda: (A @ B)[i, j], lambda: total(A[i, k] * B[k, j], k)),
        (lambda: (v[:, None] * A)[i, j], lambda: v[i] * A[i, j]),
        (lambda: A.sum(axis=0)[j], lambda: total(A[k, j], k)),
        (lambda: (v @ A)[j], lambda: total(v[k] * A[k, j], k)),
        (lambda: norm(v)[()], lambda: sqrt(total(v[k] ** 2, k))),
        (lambda: (3 - x) * v[i], lambda: ((3 - x) * v)[i]),
        (lambda: (v / n)[i], lambda: v[i] / n),
    ],
)
def test_elements(make, by_hand):
    point, where = Point(1, sizes={n: 3, m: 2, r: 4}), {i: 2, j: 1}
    assert abs(evaluate(make(), point, where) - evaluate(by_hand(), point, where)) < 1e-12


def test_index_of_the_wrong_rank():
    with pytest.raises(IndexError, match="A has 2 axes"):
        A[i]


@pytest.mark.parametrize("make", [lambda: gradient(C(v), 2 * v), lambda: jacobian(v, A)])
def test_derivative_is_taken_in_free_variables(make):
    with pytest.raises(TypeError, match=r"free variables"):
        make()


# Relations: the letters of the general element, the conditions that make sense of it


def test_letters_of_the_general_element_are_not_in_use():
    assert equal(v[i] * w, w * v[i]).places == (j,)
    assert equal(A, A).places == (i, j)


@pytest.mark.parametrize(
    ("make", "needed"),
    [
        (lambda: equal(x / z, x * z**-1), [r"z \ne 0"]),
        (lambda: equal(x / (1 + exp(z)), x / (1 + exp(z))), []),
        (lambda: equal(x / sqrt(z), x / sqrt(z)), ["z > 0"]),
        (lambda: equal(sqrt(z), sqrt(z)), [r"z \ge 0"]),
        (lambda: equal(v[i] / norm(v)[()], v[i] / norm(v)[()]), [r"\lVert v \rVert \ne 0"]),
        (lambda: equal(x / (1 - z), x / (1 - z), between={z: (0, 1)}), []),
        (lambda: equal(x / (2 - n), x / (2 - n)), [r"2 - n \ne 0"]),
        (lambda: equal(exp(v[i]) / total(exp(v[k]), k), exp(v[i]) / total(exp(v[k]), k)), []),
        (lambda: equal(Derivative(Max(z, 1), z), Heaviside(z - 1)), [r"z - 1 \ne 0"]),
        (
            lambda: equal(gradient(C(relu(A @ w)), w), gradient(C(relu(A @ w)), w)),
            [r"\sum_{k} A_{ik} \, w_{k} \ne 0"],
        ),
        (lambda: equal(function("f", Abs).derivative(z), z / Abs(z)), [r"z \ne 0"]),
    ],
)
def test_conditions_that_make_sense(make, needed):
    assert make().needed() == needed


# Cases


def test_cases_cover_the_line():
    assert by_cases(Abs(z) - Max(z, -z)) == 0
    assert by_cases(Max(z, 0) + Max(-z, 0) - Abs(z)) == 0
    assert by_cases(Max(z, 1) - Piecewise((z, z > 1), (1, True))) == 0


@pytest.mark.parametrize(
    "expr",
    [
        Abs(z) - z,
        Max(z, 0) - Piecewise((z, z > 0), (1, True)),
        Piecewise((1, z > 0), (0, True)) - Piecewise((1, z >= 0), (0, True)),
        Max(z, 1) - Max(z, 2),
        Max(exp(z), 2) - exp(z),
        Max(z**5 - z - 1, 0),
        Max(z**2 + 1, 0),
    ],
    ids=str,
)
def test_pieces_that_differ_somewhere_are_not_0(expr):
    assert by_cases(expr) != 0


def test_an_odd_number_of_letters_is_left_alone():
    p, q = symbols("p q", real=True)
    assert by_cases(Abs(p) - Abs(q)) == Abs(p) - Abs(q)
    assert Sum(Abs(v[k]), (k, 1, n)) == by_cases(Sum(Abs(v[k]), (k, 1, n)))
    assert Symbol("p") == by_cases(Symbol("p"))
