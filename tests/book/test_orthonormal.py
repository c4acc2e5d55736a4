"""Orthonormal columns: used by the normal form where it may be, drawn so, and said on the page."""

import mpmath
import pytest
from sympy import KroneckerDelta, Symbol

from nnlib.book import Unproved, argue, array, derive, equal, index, named, prove, size, total
from nnlib.book.evaluation import Point, evaluate
from nnlib.book.orthonormal import orthonormal
from nnlib.book.proofs import Refuted, check, confirm, decide, sample_points

m, n = size("m n")
i, j, k = index("i j k")
U, V, A = orthonormal("U", m, n), orthonormal("V", n, n), array("A", m, n)
c, y = array("c", n), array("y", m)
length = lambda v: total(v[i] ** 2, i)


@pytest.mark.parametrize(
    "relation",
    [
        equal(U.T @ (U @ c), c),
        equal(V @ (V.T @ c), c),
        equal(V.T @ (V @ c), c),
        equal(length(U @ c), length(c)),
        equal(length(V.T @ c), length(c)),
        equal(3 * total(V[i, k] ** 2, i), 3),
        equal(total(V[k, i] ** 2, i, k), n),
        equal(U.T @ (U @ (U.T @ y)), U.T @ y),
    ],
)
def test_what_follows_is_proved(relation):
    check(relation)


@pytest.mark.parametrize(
    "relation",
    [
        equal(U @ (U.T @ y), y),  # its rows are not orthonormal
        equal(total(U[i, k] ** 2, k), 1),
        equal(V @ (V @ c), c),
        equal(A.T @ (A @ c), c),
        equal(total(U[i, k], i), 1),
        equal(total(V[i, k] ** 2 * c[i], i), total(c[i], i)),
        equal(total(U[i, k] ** 2 * y[i] ** 2, i), total(y[i] ** 2, i)),
        equal(total(V[k, i] * orthonormal("R", n, n)[k, j], k), KroneckerDelta(i, j)),
        equal(total(V[k, k] ** 2, k), 1),
        equal(total(V[k, k] ** 2, k), n),
    ],
)
def test_what_does_not_follow_is_refuted(relation):
    with pytest.raises(Unproved):
        check(relation)
    with pytest.raises(Unproved):
        decide(relation)


def test_columns_drawn_are_orthonormal():
    point = Point(3, 2.0, {m: 4, n: 3})
    for p in (1, 2, 3):
        for q in (1, 2, 3):
            product = evaluate(total(U[i, p] * U[i, q], i), point)
            assert abs(product - (p == q)) < mpmath.mpf(10) ** -40


def test_points_have_room_for_the_columns():
    for point, _ in sample_points(equal(U.T @ y, U.T @ y)):
        assert point.sizes[m] >= point.sizes[n]


def test_more_columns_than_rows_are_refused():
    with pytest.raises(ValueError, match="has 2 rows"):
        orthonormal("U", 2, 3)


def test_the_page_says_it():
    shown = prove("x", "X", equal(U.T @ (U @ c), c))
    assert r"where $U^{\top}\,U = I$" in shown.lead.replace(",$", "$")
    with pytest.raises(ValueError, match="the lead leaves out"):
        prove("x", "X", equal(U.T @ (U @ c), c), lead="For any $U$,")


def test_a_step_may_not_use_what_the_statement_does_not_say():
    named_c = named("c'", c)
    with pytest.raises(ValueError, match="says nothing"):
        argue("x", "X", equal(2 * named_c, 2 * c), ("So:", equal(U.T @ (U @ c), c)))
    with pytest.raises(ValueError, match="says nothing"):
        derive("x", "X", equal(3 * c + c, 4 * c), ("so", 4 * (U.T @ (U @ c))[j]), at=j)


def test_a_factor_of_the_same_index_keeps_the_sum():
    q = Symbol("q", real=True)
    check(equal(total(q * U[i, k] ** 2 * y[i], i), q * total(y[i] * U[i, k] ** 2, i)))


@pytest.mark.parametrize("sign", [1, -1])
def test_nothing_is_known_of_a_sign(sign):
    """Neither of the determinant, nor of an element."""
    Q, one = orthonormal("Q", 2, 2), orthonormal("q", 1, 1)
    wrong = [
        equal(Q[1, 1] * Q[2, 2] - Q[1, 2] * Q[2, 1], sign),
        equal(Q[2, 2], sign * Q[1, 1]),
        equal(one[1, 1], sign),
    ]
    for statement in wrong:
        with pytest.raises(Refuted):
            confirm(statement, sample_points(statement))
