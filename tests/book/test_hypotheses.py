"""Costs with a hypothesis: what stands for them keeps it, at every point, and a stronger claim is refuted."""

import pytest
from sympy import Rational, Symbol, symbols

from nnlib.book import argue, array, at_most, equal, gradient, index, named, size, total
from nnlib.book.evaluation import Point, evaluate
from nnlib.book.hypotheses import SmoothFunctional
from nnlib.book.printing import tex
from nnlib.book.proofs import Refuted, confirm, sample_points

n, (i,) = size("n"), index("i,")
L, mu = symbols(r"L \mu", positive=True)
u, v, star = array("u", n), array("v", n), array(r"\theta^{\star}", n)
SQUARES = total((u[i] - v[i]) ** 2, i)
RANGE = {mu: (0, L)}
COSTS = {
    "smooth": SmoothFunctional("C", L),
    "convex": SmoothFunctional("C", L, minimizer=star),
    "strongly convex": SmoothFunctional("C", L, minimizer=star, mu=mu),
}


def above_tangent(C):
    """C(v) − C(u) − ⟨∇C(u), v − u⟩."""
    return C(v)[()] - C(u)[()] - total(C.gradient(u)[i] * (v[i] - u[i]), i)


def held(relation):
    return confirm(relation, sample_points(relation))


def between(C):
    return RANGE if C is COSTS["strongly convex"] else {}


@pytest.mark.parametrize("kind", COSTS)
def test_slopes_change_by_L_at_most(kind):
    C = COSTS[kind]
    change = total((C.gradient(u)[i] - C.gradient(v)[i]) ** 2, i)
    held(at_most(change, L**2 * SQUARES, because=0, between=between(C)))
    with pytest.raises(Refuted):
        held(at_most(change, L**2 * SQUARES * Rational(9, 10), because=0, between=between(C)))


@pytest.mark.parametrize("kind", ["convex", "strongly convex"])
def test_lies_above_its_tangent_and_its_minimum(kind):
    C = COSTS[kind]
    held(at_most(0, above_tangent(C), because=0, between=between(C)))
    held(at_most(C(star)[()], C(u)[()], because=0, between=between(C)))
    held(equal(C.gradient(star), array("o", n) * 0, between=between(C)))


def test_strongly_convex_is_above_by_half_mu():
    C = COSTS["strongly convex"]
    held(at_most(mu / 2 * SQUARES, above_tangent(C), because=0, between=RANGE))
    with pytest.raises(Refuted):
        held(at_most(mu * SQUARES * Rational(6, 10), above_tangent(C), because=0, between=RANGE))


def test_smooth_is_below_by_half_L_and_not_less():
    C = COSTS["smooth"]
    held(at_most(above_tangent(C), L / 2 * SQUARES, because=0))
    with pytest.raises(Refuted):
        held(at_most(above_tangent(C), L / 2 * SQUARES * Rational(9, 10), because=0))


@pytest.mark.parametrize("kind", COSTS)
def test_every_stand_in_bends_within_its_bounds(kind):
    C, least = COSTS[kind], {"smooth": -L, "convex": 0, "strongly convex": mu}[kind]
    for seed in range(24):
        for scale in (1, 16):  # near the minimum, and far from it
            point = Point(seed, scale, {n: 2}, between(C))
            low, bent, high = (
                evaluate(each, point)
                for each in (least / 2 * SQUARES, above_tangent(C), L / 2 * SQUARES)
            )
            assert low - 1e-20 <= bent <= high + 1e-20


def test_smooth_bends_down_by_half_L_and_not_less():
    C = COSTS["smooth"]
    held(at_most(-L / 2 * SQUARES, above_tangent(C), because=0))
    with pytest.raises(Refuted):
        held(at_most(-L / 2 * SQUARES * Rational(9, 10), above_tangent(C), because=0))


def test_smooth_alone_is_not_convex():
    with pytest.raises(Refuted):
        held(at_most(0, above_tangent(COSTS["smooth"]), because=0))


def test_mu_above_L_is_refused():
    C = SmoothFunctional("C", L, minimizer=star, mu=2 * L)
    with pytest.raises(ValueError, match="0 ≤ μ ≤ L"):
        held(at_most(C(star)[()], C(u)[()], because=0))


def test_strong_convexity_without_a_minimizer_is_refused():
    with pytest.raises(ValueError, match="minimizer"):
        SmoothFunctional("C", L, mu=mu)


def test_stays_opaque_in_a_proof():
    C = COSTS["convex"]
    moved = named("w", u - C.gradient(u))
    step = equal(moved[i] - u[i], -C.gradient(u)[i])
    argue(
        "t", "T", at_most(C(star)[()], C(moved)[()], because=0), ("a step", step), lead="For $L$,"
    )


def test_prints_where_it_is_taken():
    C = COSTS["smooth"]
    assert tex(C(u)[()]) == "C(u)"
    assert tex(C.gradient(v)[i]) == r"\nabla C(v)_{i}"
    assert held(equal(total(gradient(C(u), u)[i], i), total(C.gradient(u)[i], i)))


def test_range_may_end_at_an_expression():
    eta = Symbol(r"\eta", positive=True)
    held(at_most(eta * L, 2, because=0, between={eta: (0, 2 / L)}))
    with pytest.raises(Refuted):
        held(at_most(eta * L, 1, because=0, between={eta: (0, 2 / L)}))


@pytest.mark.parametrize("kind", COSTS)
def test_its_height_is_free(kind):
    """Of the lowest value nothing is known: neither that it is 0 nor its sign."""
    C = COSTS[kind]
    squares = L / 2 * total((u[i] - star[i]) ** 2, i)
    for low, high in ((0, C(star)[()]), (C(star)[()], 0), (C(u)[()], 0), (C(u)[()], squares)):
        with pytest.raises(Refuted):
            held(at_most(low, high, because=0, between=between(C)))


@pytest.mark.parametrize("kind", ["convex", "strongly convex"])
def test_it_is_neither_even_nor_a_sum_over_elements(kind):
    C = COSTS[kind]
    mirrored = named("m", 2 * star - u)
    with pytest.raises(Refuted):
        held(equal(C(mirrored)[()], C(u)[()], between=between(C)))
    with pytest.raises(Refuted):
        held(equal(C.gradient(mirrored), C.gradient(u) * -1, between=between(C)))


def test_convex_is_not_convex_in_each_element_on_its_own():
    C = COSTS["convex"]
    with pytest.raises(Refuted):
        held(at_most(0, C.gradient(u)[i] * (u[i] - star[i]), because=0))
    held(at_most(0, total(C.gradient(u)[i] * (u[i] - star[i]), i), because=0))


def test_the_hypothesis_is_said():
    C = COSTS["convex"]
    statement, step = at_most(C(star)[()], C(u)[()], because=0), ("", equal(2 * mu - mu, mu))
    with pytest.raises(ValueError, match="for the lead to say"):
        argue("t", "T", statement, step)
