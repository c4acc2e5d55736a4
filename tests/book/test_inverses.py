"""Inverses and determinants of symbolic size: numbers to the second witness, opaque to the first."""

import mpmath
import pytest
from sympy import Derivative

from nnlib.book import argue, array, equal, gradient, index, inverse, log_det, prove, size, total
from nnlib.book.evaluation import Point, evaluate
from nnlib.book.proofs import Refuted, _equal, confirm, sample_points

n = size("n")
i, j, k = index("i j k")
A, U = array("A", n, n), array("U", n, n)
B = array("B", n, n)
rate = lambda f: total(Derivative(f, A[i, j]) * U[i, j], i, j)
step = equal(A @ (B @ U), (A @ B) @ U)


def test_the_inverse_is_the_inverse():
    point = Point(3, sizes={n: 3})
    product = lambda p, q: evaluate((A @ inverse(A))[p, q], point)
    assert all(abs(product(p, q) - (p == q)) < 1e-28 for p in (1, 2, 3) for q in (1, 2, 3))


def test_the_logarithm_of_the_determinant():
    point = Point(3, sizes={n: 2})
    a, b, c, d = (evaluate(A[p, q], point) for p in (1, 2) for q in (1, 2))
    with mpmath.workdps(40):
        assert abs(evaluate(log_det(A)[()], point) - mpmath.log(abs(a * d - b * c))) < 1e-28


def test_the_logarithm_is_real_whatever_the_sign():
    assert {mpmath.im(evaluate(log_det(A)[()], Point(k, sizes={n: 3}))) for k in range(9)} == {0}


def test_derivatives_are_confirmed_by_numbers():
    shown = argue(
        "x",
        "X",
        equal(gradient(log_det(A), A), inverse(A).T),
        ("", step),
        lead="For every invertible A,",
    )
    assert r"A^{-\top}" in shown.displayed
    assert "differentiable cost" not in shown.record["scope"]


@pytest.mark.parametrize(
    "wrong",
    [
        equal(gradient(log_det(A), A), inverse(A)),
        equal(rate(inverse(A)[k, 1]), -(inverse(A) @ U)[k, 1]),
        equal(inverse(A.T), inverse(A)),
    ],
)
def test_false_statements_are_refuted(wrong):
    with pytest.raises(Refuted):
        confirm(wrong, sample_points(wrong))


def test_symbols_alone_prove_nothing_of_them():
    with pytest.raises(NotImplementedError, match="by argument alone"):
        prove("x", "X", equal(gradient(log_det(A), A), inverse(A).T))


def test_transposed_twice_it_is_itself():
    assert inverse(A).T.T.tex == inverse(A).tex == "A^{-1}"


def test_a_matrix_that_is_not_square_has_none():
    with pytest.raises(ValueError, match="expected a square matrix"):
        inverse(array("W", n, size("m")))


def test_what_is_opaque_is_not_compared():
    statement = equal(gradient(log_det(A), A), inverse(A).T)
    left, right = statement.elements[0]
    assert not _equal(left, right, statement)


@pytest.mark.parametrize(
    "statement", [equal(inverse(A.T), inverse(A).T), equal(2 * log_det(A), log_det(A @ A))]
)
def test_that_it_is_invertible_is_said(statement):
    with pytest.raises(ValueError, match="for the lead to say"):
        argue("x", "X", statement, ("", step))
    assert argue("x", "X", statement, ("", step), lead="For every invertible A,").lead
