"""A sequence is evaluated step by step; a closed form for it is confirmed or refuted by that alone."""

import pytest
from sympy import Symbol

from nnlib.book import argue, equal, prove, sequence, size
from nnlib.book.evaluation import Point, evaluate
from nnlib.book.printing import tex
from nnlib.book.proofs import Refuted, Unproved

c, start = Symbol("c", positive=True), Symbol("s", positive=True)
L = size("L")
q = sequence("q", start, lambda x, k: c * x)


def test_closed_form_is_argued():
    step = equal(c * (c ** (L - 1) * start), c**L * start)
    shown = argue("grows", "It grows", equal(q(L), c**L * start), ("one step more", step))
    assert shown.equations == (r"q_{L} {}&= c^{L} \, s",)
    with pytest.raises(Refuted):
        argue("grows", "It grows", equal(q(L), c ** (L - 1) * start), ("one step more", step))


def test_nothing_reduces_it_by_symbols():
    with pytest.raises(Unproved, match="undecided"):
        prove("grows", "It grows", equal(q(L), c**L * start))


def test_the_number_of_the_step_counts():
    factorial = sequence("f", 1, lambda x, k: k * x)
    assert [evaluate(factorial(k), Point(0)) for k in range(5)] == [1, 1, 2, 6, 24]
    assert tex(factorial(L - 1)) == "f_{L - 1}"


@pytest.mark.parametrize("k", [-1, 0.5])
def test_only_whole_steps(k):
    with pytest.raises(ValueError, match="steps"):
        evaluate(q(k), Point(0))
