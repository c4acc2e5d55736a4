"""An undetermined permutation: sums may be put in another order, and nothing else may be done."""

import pytest
from sympy import KroneckerDelta, Sum

from nnlib.book import Array, Unproved, array, equal, index, named, prove, size, total, undetermined
from nnlib.book.evaluation import Point, evaluate
from nnlib.book.indexed import NoNormalForm, normal_form
from nnlib.book.permutations import drawn, in_order, permutation
from nnlib.book.printing import tex
from nnlib.book.proofs import check, decide

n, m = size("n m")
i, j, k = index("i j k")
x, y, z, V = array("x", n), array("y", n), array("z", m), array("V", n, n)
a, π, ρ = undetermined("a"), permutation(r"\pi", n), permutation(r"\rho", n)
P = named("P", Array((n, n), lambda i, j: KroneckerDelta(π(i), j), "P"))

TRUE = {
    "another order": (total(x[π(k)] * y[π(k)], k), total(x[k] * y[k], k)),
    "inside a function": (total(a(x[π(k)]), k), total(a(x[k]), k)),
    "one after another": (total(x[π(ρ(k))], k), total(x[k], k)),
    "two sums": (total(V[π(j), ρ(k)], j, k), total(V[j, k], j, k)),
    "a row of the matrix": ((P @ x)[i], x[π(i)]),
    "its transpose undoes it": (P.T @ (P @ x), x),
    "and the other way round": (P @ (P.T @ x), x),
    "a passes": (a(P @ x), P @ a(x)),
}
FALSE = {
    "only one of two factors moved": (total(x[π(k)] * y[k], k), total(x[k] * y[k], k)),
    "not its own inverse": (P @ (P @ x), x),
    "not the identity": (x[π(i)], x[i]),
    "two permutations": (total(x[π(k)] * y[ρ(k)], k), total(x[k] * y[k], k)),
    "a shorter sum": (Sum(x[π(k)], (k, 1, n - 1)), Sum(x[k], (k, 1, n - 1))),
    "no fixed point": (total(KroneckerDelta(π(k), k) * x[k], k), 0),
}


@pytest.mark.parametrize("name", TRUE)
def test_true_statement_is_proved(name):
    assert check(equal(*TRUE[name])).method == "normal form"


@pytest.mark.parametrize("name", FALSE)
def test_false_statement_is_not(name):
    with pytest.raises(Unproved):
        check(equal(*FALSE[name]))


ONLY_BY_SYMBOLS = {
    "a size that depends on the index": (
        Sum(x[π(k)], (j, 1, k), (k, 1, n)),
        Sum(x[k], (j, 1, k), (k, 1, n)),
    ),
    "deltas of two permutations": (KroneckerDelta(π(i), ρ(j)), KroneckerDelta(i, j)),
    "with its place": (total(V[k, π(k)], k), total(V[k, k], k)),
}


@pytest.mark.parametrize("name", FALSE | ONLY_BY_SYMBOLS)
def test_symbols_alone_do_not_prove_what_is_false(name):
    with pytest.raises(Unproved):
        decide(equal(*(FALSE | ONLY_BY_SYMBOLS)[name]))


def test_delta_of_another_axis_eats_no_sum():
    with pytest.raises(NoNormalForm, match="not known to stay within"):
        normal_form(total(z[k] * KroneckerDelta(k, π(i)), k))


def test_false_statement_is_refuted_by_numbers():
    with pytest.raises(Unproved, match="false"):
        check(equal(*FALSE["not its own inverse"]))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("size", range(1, 6))
def test_stand_in_is_a_permutation(seed, size):
    node = π(k).func
    assert sorted(drawn(node, q, size, seed) for q in range(1, size + 1)) == [*range(1, size + 1)]


def test_stand_in_stays_the_same_at_a_point():
    point = Point(3, 2.0, {n: 4})
    assert evaluate(π(i), point, {i: 2}) == evaluate(π(k), point, {k: 2})


def test_outside_of_its_range_it_says_nothing():
    with pytest.raises(ValueError, match="a permutation of 1…4; it was asked for 5"):
        evaluate(π(i), Point(3, 2.0, {n: 4}), {i: 5})


def test_sum_over_another_axis_is_left():
    factor = x[π(k)]
    assert in_order(factor, {k: m}) == factor
    assert in_order(factor, {k: n}) == x[k]


def test_it_is_printed_by_its_name():
    assert tex(x[π(k)]) == r"x_{\pi(k)}"
    assert tex(V[i, π(k)]) == r"V_{i,\pi(k)}"


def test_result_names_the_size():
    shown = prove("t", "T", equal(total(x[π(k)], k), total(x[k], k)))
    assert shown.lead == "For every size $n,$"
