"""θ_0, θ_1, …: run by the numbers, opaque to the proof."""

import pytest
from sympy import Derivative, Symbol

from nnlib.book import (
    Array,
    Unproved,
    argue,
    array,
    at_most,
    equal,
    index,
    named,
    prove,
    real,
    sequence,
    size,
    total,
)
from nnlib.book.evaluation import Point, evaluate
from nnlib.book.iteration import iterates
from nnlib.book.printing import tex
from nnlib.book.proofs import Refuted, confirm, sample_points

n, k, (i,) = size("n"), size("k"), index("i,")
c = real("c")
start = array(r"\theta_{0}", n)
theta = iterates(r"\theta", start, lambda last: c * last)


def held(relation):
    return confirm(relation, sample_points(relation))


def test_after_k_steps():
    held(equal(theta(k), c**k * start))
    held(equal(theta(k + 1), c * theta(k)))
    with pytest.raises(Refuted):
        held(equal(theta(k), c ** (k + 1) * start))


def test_steps_may_mix_the_elements():
    mixed = iterates(r"\theta", start, lambda last: last - total(last[i], i) / n)
    held(equal(total(mixed(k)[i], i), 0))
    held(equal(mixed(1), start - total(start[i], i) / n))


def test_begins_at_the_start():
    assert theta(0) is start
    other = iterates("x", start, lambda last: c * last)
    held(equal(other(0), start))
    assert other(0).tex == "x_{0}"


def test_what_is_kept_belongs_to_one_index_of_a_sum():
    weights, j = array("w", n), index("j")
    begin = lambda j: Array((n,), lambda i: start[i] * weights[j], "s")
    one = lambda j: iterates("x", begin(j), lambda last: c * last)(k)[i]
    held(equal(total(one(j), j), c**k * start[i] * total(weights[j], j)))


def test_proof_does_not_open_it():
    with pytest.raises(Unproved):
        prove("t", "T", equal(theta(k), c**k * start))


def test_prints_its_step():
    assert theta(k).tex == r"\theta_{k}"
    assert theta(k + 1).tex == r"\theta_{k + 1}"
    length = named(r"\lVert \theta_{k} \rVert^{2}", total(theta(k)[i] ** 2, i))
    assert tex(length[()]) == r"\lVert \theta_{k} \rVert^{2}"


def test_is_not_differentiated():
    with pytest.raises(NotImplementedError):
        theta(k)[i].diff(c)


def test_what_is_kept_belongs_to_one_point():
    there = Point(1, sizes={n: 1})
    moved = evaluate(Derivative(theta(2)[1], start[1]), there)
    assert abs(evaluate(theta(2)[1] / start[1], there) - moved) < 1e-20


def test_every_step_counts_in_a_bound():
    q = Symbol("q", positive=True)
    grown = iterates("x", start, lambda last: (1 + q) * last)
    bound = (1 + k * q) ** 2 * total(start[i] ** 2, i)
    held(at_most(bound, total(grown(k)[i] ** 2, i), because=0))


# Numbers instead of vectors

s, L = Symbol("s", positive=True), size("L")
d = Symbol("c", positive=True)
geometric = sequence("q", s, lambda x, k: d * x)


def test_closed_form_is_argued():
    step = equal(d * (d ** (L - 1) * s), d**L * s)
    shown = argue("grows", "It grows", equal(geometric(L), d**L * s), ("one step more", step))
    assert shown.equations == (r"q_{L} {}&= c^{L} \, s",)
    with pytest.raises(Refuted):
        argue("grows", "It grows", equal(geometric(L), d ** (L - 1) * s), ("one step more", step))


def test_nothing_reduces_it_by_symbols():
    with pytest.raises(Unproved, match="undecided"):
        prove("grows", "It grows", equal(geometric(L), d**L * s))


def test_the_number_of_the_step_counts():
    factorial = sequence("f", 1, lambda x, k: k * x)
    assert [evaluate(factorial(k), Point(0)) for k in range(5)] == [1, 1, 2, 6, 24]
    assert tex(factorial(L - 1)) == "f_{L - 1}"


@pytest.mark.parametrize("k", [-1, 0.5])
def test_only_whole_steps(k):
    with pytest.raises(ValueError, match="steps"):
        evaluate(geometric(k), Point(0))
