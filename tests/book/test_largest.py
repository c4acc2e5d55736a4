"""The largest element of a vector, and the sum of a vector that stays an axis."""

import mpmath
import numpy as np
import pytest
from sympy import KroneckerDelta, Limit, Symbol, exp, log

from nnlib.book import (
    WeakCheck,
    argue,
    array,
    at_most,
    equal,
    index,
    largest,
    named,
    on_arrays,
    prove,
    size,
    total,
)
from nnlib.book.evaluation import Point, evaluate
from nnlib.book.proofs import Refuted, Unproved, sample_points

n, (i, k), T = size("n"), index("i k"), Symbol("T", positive=True)
z, v = array("z", n), array("v", n)
top = largest(z)[()]
lse = log(total(exp(z[k]), k))
shifted = top + log(total(exp(z[k] - top), k))


def test_it_is_the_largest_number():
    point = Point(3, sizes={n: 5})
    elements = [evaluate(z[i], point, {i: place}) for place in range(1, 6)]
    assert evaluate(top, point) == max(elements)
    assert largest(z).tex == r"\max_k z_{k}"


def test_it_can_be_taken_out_of_a_sum():
    assert prove("t", "T", equal(lse, shifted)).record["all sizes"]


def test_it_is_no_cost_of_which_nothing_is_known():
    assert "cost" not in prove("t", "T", equal(lse, shifted)).record["scope"]


def test_bound_by_the_largest_element():
    argue("t", "T", at_most(top, lse, because=None), ("shifted", equal(lse, shifted)))


def test_wrong_bound_is_refuted():
    with pytest.raises(Refuted):
        argue("t", "T", at_most(top + 1, lse, because=None), ("shifted", equal(lse, shifted)))


def test_it_is_not_proved_to_be_the_first():
    with pytest.raises(Unproved):
        prove("t", "T", equal(top, z[i]))


def test_it_is_not_differentiated():
    with pytest.raises(NotImplementedError, match="kinks"):
        top.diff(z[i])


def ties(point):
    values = [evaluate(z[i], point, {i: place}) for place in range(1, point.sizes[n] + 1)]
    return values.count(max(values)) > 1


def test_points_with_ties_are_tried_where_it_stands_and_only_there():
    assert any(ties(point) for point, _ in sample_points(equal(top, lse)))
    assert not any(ties(point) for point, _ in sample_points(equal(lse, 2 * lse)))


def test_share_of_a_tie_is_told_from_the_whole():
    """Without points at which two elements are the largest, the wrong limit would pass."""
    p = exp(z[i] / T) / total(exp(z[k] / T), k)
    here, count = KroneckerDelta(z[i], top), total(KroneckerDelta(z[k], top), k)
    step = "each term", equal(Limit(exp(T), T, 0, "+"), 1)
    argue("t", "T", equal(Limit(p, T, 0, "+"), here / count), step)
    with pytest.raises((Refuted, WeakCheck)):
        argue("t", "T", equal(Limit(p, T, 0, "+"), here), step)


def test_sum_of_a_vector_as_an_axis():
    call = lambda f, v: v - v * v.sum(axis=0, keepdims=True)
    whole = total(v[k], k)
    right = named("w", v - whole * v)
    relation = equal(right, v - whole * v)
    assert v.sum(axis=0, keepdims=True).shape == (1,)
    for array_ in (v, np.arange(3.0)):
        assert call(None, array_).shape == array_.shape
    point = Point(1, sizes={n: 3})
    at = lambda a: evaluate(a[i], point, {i: 2})
    assert mpmath.almosteq(at(call(None, v)), at(relation.right), 1e-25)


def test_log_softmax_pullback_is_met():
    met = on_arrays("nnlib.activations.log_softmax_pullback", lambda f, p, z: f(p, z), v, z)
    right = z - total(z[k], k) * v
    assert prove("t", "T", equal(named("x", right), right, code=met)).record["code"]
    wrong = z + total(z[k], k) * v
    with pytest.raises(Unproved, match="differs"):
        prove("t", "T", equal(named("x", wrong), wrong, code=met))


@pytest.mark.parametrize(("array_", "axis"), [(v, 1), (array("A", n, n), 0)])
def test_other_sums_keep_no_axis(array_, axis):
    with pytest.raises(ValueError, match="sum is for"):
        array_.sum(axis=axis, keepdims=True)
