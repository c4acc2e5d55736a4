"""Averages over chance: the symbols and the outcomes know the same laws, and agree in nothing else."""

import mpmath
import pytest
from sympy import KroneckerDelta, Piecewise, Symbol, exp

from nnlib.book import (
    Expectation,
    Free,
    Kept,
    Symmetric,
    Uncorrelated,
    argue,
    array,
    define,
    equal,
    function,
    index,
    named,
    prove,
    real,
    refute,
    size,
    total,
)  # fmt: skip
from nnlib.book.evaluation import Point, evaluate
from nnlib.book.proofs import Refuted, Unproved, carried_out, check, decide

n, r = size("n r")
i, j, k, l = index("i j k l")
v, q = Symbol("v", positive=True), Symbol("q", positive=True)
mu = real("mu")
W, h, w, y = array("W", r, n), array("h", n), array("w", n), array("y", r)
z = named("z", W @ h)
E = Expectation(Uncorrelated(W, 0, v), Free(h))
drawn = Expectation(Uncorrelated(w, mu, v))
masked = Expectation(Kept(w, q))
free, symmetric = Expectation(Free(h)), Expectation(Symmetric(h))
number = real("z")
relu = function("relu", lambda z: Piecewise((z, z > 0), (0, True)))


TRUE = [
    equal(E(W[i, j]) + W[i, j] * 0, 0),
    equal(E(W[i, j] * W[k, l]), v * KroneckerDelta(i, k) * KroneckerDelta(j, l)),
    equal(E(z[i] ** 2), v * total(E(h[j] ** 2), j)),
    equal(E(z[i] * z[k]), v * KroneckerDelta(i, k) * total(E(h[j] ** 2), j)),
    equal(E((z[i] - y[i]) ** 2), v * total(E(h[j] ** 2), j) + y[i] ** 2),
    equal(drawn(total(w[j] * h[j], j)), mu * total(h[j], j)),
    equal(
        drawn(total(w[j] * h[j], j) ** 2) - drawn(total(w[j] * h[j], j)) ** 2,
        v * total(h[j] ** 2, j),
    ),
]
TRUE += [
    equal(masked(w[i] ** 3) + masked(w[i]), 2 * q),
    equal(masked(w[i] * w[j]), q**2 + q * (1 - q) * KroneckerDelta(i, j)),
    equal(masked(w[i] ** 2 * w[j] ** 3), q**2 + q * (1 - q) * KroneckerDelta(i, j)),
    equal(
        masked(total(w[j] * h[j], j) ** 2),
        q**2 * total(h[j], j) ** 2 + q * (1 - q) * total(h[j] ** 2, j),
    ),
]


@pytest.mark.parametrize("relation", TRUE, ids=lambda relation: relation.tex())
def test_true_statement_is_proved(relation):
    check(relation)


def test_a_symmetric_array():
    average = Expectation(Symmetric(h))
    check(equal(average(h[i] ** 3) + average(h[i] * h[j]), average(h[j] * h[i])))
    with pytest.raises(Refuted):
        check(equal(average(h[i] * h[j]), average(h[i]) * average(h[j])))


@pytest.mark.parametrize(
    "relation",
    [
        equal(E(z[i] ** 2), v * total(E(h[j]) ** 2, j)),
        equal(E(z[i] ** 2), v * n * total(E(h[j] ** 2), j)),
        equal(E(z[i] ** 2), v * total(E(h[j] * h[k]), j, k)),
        equal(E(z[i] * z[k]), v * total(E(h[j] ** 2), j)),
        equal(E(h[i] * h[j]), E(h[i]) * E(h[j])),
        equal(drawn(w[i] * w[j]), mu**2),
        equal(drawn(w[i] ** 3), mu**3),
        equal(drawn(w[i] ** 3), mu**3 + 3 * mu * v),
        equal(drawn((w[i] - mu) ** 2 * (w[j] - mu)), 0),
        equal(free((h[i] - free(h[i])) ** 3), 0),
        equal(free(h[i] * h[j]) ** 2, free(h[i] ** 2) * free(h[j] ** 2)),
        equal(symmetric(h[i] ** 4), symmetric(h[i] ** 2) ** 2),
        equal(masked(w[i] * w[j]), q**2),
        equal(masked(w[i] ** 2), q**2),
    ],
    ids=lambda relation: relation.tex(),
)
def test_false_statement_is_refuted(relation):
    with pytest.raises(Refuted):
        check(relation)


@pytest.mark.parametrize(
    "value",
    [
        drawn(w[i] ** 3),
        drawn(relu(w[i])),
        masked(relu(w[i])),
        masked(w[i] * w[j] * w[k]),
        E(relu(h[j] + W[i, j])),
        E(relu(z[i])),
        drawn(w[i] / w[j]),
    ],
    ids=str,
)
def test_what_the_laws_do_not_settle_stays(value):
    assert carried_out(value).has(type(value))


two = array("x", n)
joint = Expectation(Free(h), Free(two))
sums = total(h[j], j)


@pytest.mark.parametrize(
    "relation",
    [
        equal(drawn(w[i] ** 3), mu**3 + 3 * mu * v),
        equal(drawn(w[i] / w[j]), mu),
        equal(joint(exp(h[i] * two[j]) * two[j]), joint(exp(h[i] * two[j])) * joint(two[j])),
        equal(free(h[i] * sums + 1 / sums), h[i] * total(free(h[j]), j) + free(1 / sums)),
    ],
    ids=lambda relation: relation.tex(),
)
def test_more_than_the_laws_say_is_not_proved(relation):
    with pytest.raises(Unproved):
        decide(relation)


def test_outcomes_have_the_stated_moments():
    number = lambda part: evaluate(part, Point(3, 2.0, {n: 3}))
    law = Uncorrelated(w, mu, v)
    outcomes = list(drawn(w[i]).outcomes(number))
    keys, mean, variance = law.keys(number), number(mu), number(v)
    assert mpmath.almosteq(sum(p for p, _ in outcomes), 1)
    for one in keys:
        assert mpmath.almosteq(sum(p * o[one] for p, o in outcomes), mean)
        for other in keys:
            second = sum(p * o[one] * o[other] for p, o in outcomes)
            assert mpmath.almosteq(second, mean**2 + variance * (one == other))


def test_a_symmetric_number():
    average = Expectation(Symmetric(number))
    check(equal(average(number**3) + average(number**2), average(number**2)))
    step = equal(relu(number) ** 2 + relu(-number) ** 2, number**2)
    statement = equal(average(relu(number) ** 2), average(number**2) / 2)
    shown = argue("half", "Half", statement, ("both signs", step))
    assert "every real" not in shown.lead
    with pytest.raises(Refuted):
        argue("all", "All", equal(average(relu(number)), average(number) / 2), ("both", step))


def test_the_gradient_is_taken_under_the_average():
    from sympy import Derivative

    u = array("u", n)
    cost = named("C", drawn(total(w[j] * u[j], j) ** 2))
    check(equal(Derivative(cost[()], u[k]), 2 * v * u[k] + 2 * mu**2 * total(u[j], j)))


def test_a_law_may_be_a_definition():
    shown = define("laws", "Laws", equal(drawn(w[i]), mu))
    assert shown.equations == (r"\mathbb{E}\!\left[w_{i}\right] {}&= \mu",)
    with pytest.raises(Unproved):
        define("laws", "Laws", equal(drawn(w[i]), 2 * mu))


@pytest.mark.parametrize(
    "theorem",
    [
        equal(drawn(total(w[j], j)), n * mu),
        equal(drawn(w[i] + w[j]), 2 * mu),
        equal(E(W[i, j] * h[j]), 0),
        equal(E(z[i]), 0),
    ],
    ids=lambda relation: relation.tex(),
)
def test_what_follows_from_a_law_is_no_definition(theorem):
    with pytest.raises(ValueError, match="a definition is name = meaning"):
        define("laws", "Laws", theorem)


def test_a_counterexample_shows_no_number_of_the_witness():
    shown = refute(equal(drawn(w[i] ** 2), mu**2))
    assert "mu" in shown.summary
    assert "mirror" not in shown.summary


def test_two_averages_in_one_statement():
    with pytest.raises(ValueError, match="two different things"):
        prove("two", "Two", equal(drawn(w[i]) + Expectation(Free(w))(w[i]), mu))


@pytest.mark.parametrize(
    "laws",
    [
        (Uncorrelated(w, 0, h[1] ** 2), Free(h)),  # its variance would leave the average
        (Uncorrelated(w, number, 1), Symmetric(number)),
        (Kept(w, number), Free(number)),
        (Free(h), Symmetric(h)),
    ],
)
def test_laws_that_depend_on_chance_or_contradict_each_other(laws):
    with pytest.raises(ValueError, match="needs one law"):
        Expectation(*laws)


def test_what_is_defined_is_not_drawn():
    with pytest.raises(TypeError, match="free variables"):
        Uncorrelated(z, 0, 1)


def test_a_named_number_is_averaged():
    whole = named("s", total(w[j] * h[j], j))
    check(equal(drawn(whole), mu * total(h[j], j)))
    check(equal(drawn(whole[()]), mu * total(h[j], j)))
    check(equal(drawn(3) * mu + mu * 0, 3 * mu))
