import numpy as np
import pytest

from nnlib.differences import (
    central,
    check_gradient,
    check_pullback,
    complex_step,
    five_point,
    forward,
)

RULES = {forward: 3e-8, central: 1e-9, five_point: 1e-11, complex_step: 1e-15}
each_rule = pytest.mark.parametrize("rule", RULES)
rng = np.random.default_rng(1)


def f(x):
    return np.exp(x[0]) * np.sin(x[1]) + x[2] ** 3


def gradient(x):
    e = np.exp(x[0])
    return np.array([e * np.sin(x[1]), e * np.cos(x[1]), 3 * x[2] * x[2]])


@each_rule
def test_accuracy_on_a_vector(rule):
    x = np.array([0.3, 1.2, -0.7])
    assert np.abs(rule(f, x) - gradient(x)).max() < RULES[rule]


@each_rule
def test_scalars_and_matrices(rule):
    assert np.ndim(rule(np.sin, 0.5)) == 0
    assert abs(rule(np.sin, 0.5) - np.cos(0.5)) < RULES[rule]
    A = rng.normal(size=(2, 3))
    assert np.abs(rule(lambda X: (X * X * A).sum(), A) - 2 * A * A).max() < 10 * RULES[rule]


@pytest.mark.parametrize(("rule", "order"), [(forward, 1), (central, 2), (five_point, 4)])
def test_order_of_the_error(rule, order):
    steps = 0.1, 0.05
    errors = [abs(rule(np.exp, 0.0, step=h) - 1) for h in steps]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.1)


def test_leading_error_terms():
    h = 0.01
    assert forward(np.exp, 0.0, step=h) - 1 == pytest.approx(h / 2, rel=0.01)
    assert central(np.exp, 0.0, step=h) - 1 == pytest.approx(h**2 / 6, rel=0.01)
    assert five_point(np.exp, 0.0, step=h) - 1 == pytest.approx(-(h**4) / 30, rel=0.01)
    assert complex_step(np.exp, 0.0, step=h) - 1 == pytest.approx(-(h**2) / 6, rel=0.01)


@each_rule
@pytest.mark.parametrize("step", [0, -1e-3, np.nan])
def test_steps_are_checked(rule, step):
    with pytest.raises(ValueError, match=f"{rule.__name__}: step is {step}, expected a finite"):
        rule(np.exp, 0.0, step=step)


THETA = np.array([0.3, 1.2, -0.7])


def test_check_gradient_passes_and_reports():
    assert check_gradient(lambda t: (f(t), gradient(t)), THETA) < 1e-15
    error = check_gradient(lambda t: (f(t), gradient(t)), THETA, tolerance=1e-6, rule=forward)
    assert 1e-13 < error < 1e-6


def test_check_gradient_names_the_worst_parameter():
    slip = np.array([1, -1, 1])
    with pytest.raises(AssertionError, match=r"worst is parameter \[1\]: the gradient says -0.48"):
        check_gradient(lambda t: (f(t), slip * gradient(t)), THETA)


def test_check_gradient_refuses_what_is_no_gradient():
    with pytest.raises(ValueError, match=r"the gradient has shape \(2,\), expected \(3,\)"):
        check_gradient(lambda t: (f(t), gradient(t)[:2]), THETA)
    with pytest.raises(ValueError, match="the gradient holds 1 NaN among its 3 entries"):
        check_gradient(lambda t: (f(t), np.array([0, np.nan, 0])), THETA)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_the_error_is_relative_to_the_largest_entry(unit):
    def slipped(t):
        return unit * (3 * t[0] + 4 * t[1]), unit * np.array([3.0, 4 + 4e-9])

    error = check_gradient(slipped, np.ones(2), tolerance=1e-8)
    assert error == pytest.approx(1e-9, rel=1e-3)
    with pytest.raises(AssertionError, match=r"wrong by 1.0e-09 of its largest .* 1.0e-10; the"):
        check_gradient(slipped, np.ones(2), tolerance=1e-10)


def test_the_worst_parameter_of_a_matrix_has_two_indices():
    slip = np.array([[0, 0, 0], [0, 0, 1]])
    with pytest.raises(AssertionError, match=r"the worst is parameter \[1, 2\]: the gradient says"):
        check_gradient(lambda t: ((t * t).sum(), 2 * t + slip), np.ones((2, 3)))


@pytest.mark.parametrize("worst", [0, 1, 2])
def test_of_several_wrong_parameters_the_worst_is_named(worst):
    slip = np.array([0.1, 0.2, 0.3])
    slip[worst] = 1
    with pytest.raises(AssertionError, match=rf"the worst is parameter \[{worst}\]"):
        check_gradient(lambda t: (f(t), gradient(t) + slip), THETA)


def test_a_zero_gradient_is_compared_absolutely():
    assert check_gradient(lambda t: (0 * t.sum(), 0 * t), THETA, tolerance=0) == 0
    with pytest.raises(AssertionError, match=r"wrong by 1.0e-06"):
        check_gradient(lambda t: (0 * t.sum(), 0 * t + 1e-6), THETA)


def bent(slope_at_0):
    """Σ |x| + x², with a gradient that gives ``slope_at_0`` to |x| where x is 0."""
    return lambda t: (
        (np.where(t.real > 0, t, -t) + t * t).sum(),
        np.where(t == 0, slope_at_0, np.sign(t)) + 2 * t,
    )


@each_rule
def test_a_kink_is_told_from_a_wrong_gradient(rule):
    smooth, kinked = np.array([0.3, -0.7]), np.array([0.3, 0.0, -0.7])
    assert check_gradient(bent(0.0), smooth, tolerance=1e-6, rule=rule) < 1e-6
    with pytest.raises(ValueError, match=r"1 of 3 parameters, the first of them \[1\], stand at a"):
        check_gradient(bent(0.5), kinked, tolerance=1e-6, rule=rule)
    with pytest.raises(AssertionError, match=r"the worst is parameter \[1\]"):
        check_gradient(bent(1.5), kinked, tolerance=1e-6, rule=rule)


def test_a_kink_does_not_hide_a_wrong_gradient_elsewhere():
    def slipped(t):
        value, gradient = bent(0.0)(t)
        return value, gradient * np.array([1, 1, 1.001])

    with pytest.raises(AssertionError, match=r"the worst is parameter \[2\]"):
        check_gradient(slipped, np.array([0.3, 0.0, -0.7]))


def kinked(slope, unit=1.0, at=0.0, jump=1.0, bow=1.0):
    """unit · (x₀ + jump |d| − bow d²), d = x₁ − at, with a gradient that gives ``slope`` to x₁."""

    def cost_and_gradient(t):
        d = t[1] - at
        value = t[0] + jump * np.where(d.real > 0, d, -d) - bow * d * d
        return unit * value, unit * np.array([1.0, slope])

    return cost_and_gradient


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize(("rule", "slope"), [(complex_step, 1.0), (forward, -1.0)])
def test_the_slope_of_the_other_side_is_right_too(rule, slope, unit):
    with pytest.raises(ValueError, match=r"the first of them \[1\], stand at a kink"):
        check_gradient(kinked(slope, unit), np.zeros(2), tolerance=1e-6, rule=rule)
    with pytest.raises(AssertionError, match=r"the worst is parameter \[1\]"):
        check_gradient(kinked(1.01 * slope, unit), np.zeros(2), tolerance=1e-6, rule=rule)


def test_a_kink_far_from_zero_and_a_slight_one():
    with pytest.raises(ValueError, match=r"the first of them \[1\], stand at a kink"):
        check_gradient(kinked(0.5, at=1e6, bow=0.0), np.array([0.0, 1e6]))
    with pytest.raises(ValueError, match=r"the first of them \[1\], stand at a kink"):
        check_gradient(kinked(0.02, jump=0.05), np.zeros(2))


def test_a_kink_out_of_reach_excuses_nothing():
    with pytest.raises(AssertionError, match=r"the worst is parameter \[1\]"):
        check_gradient(kinked(-0.75, at=3e-5), np.zeros(2))


def test_a_kink_within_the_step_of_a_central_difference():
    theta = np.array([0.3, 2e-6])
    assert check_gradient(bent(0.0), theta) < 1e-15
    with pytest.raises(ValueError, match=r"1 of 2 parameters, the first of them \[1\], stand at a"):
        check_gradient(bent(0.0), theta, tolerance=1e-6, rule=central)


def product(x, y):
    return x * y, lambda v: (v * y, v * x)


def test_check_pullback():
    x, y = rng.normal(size=(2, 4))
    assert check_pullback(product, x, y, rng=rng) < 1e-15
    assert check_pullback(lambda x: (x**3, lambda v: 3 * v * x * x), x, rng=rng) < 1e-15
    with pytest.raises(AssertionError, match=r"⟨v, Ju⟩ is .* differs from it by .* above 1.0e-12"):
        check_pullback(lambda x, y: (x * y, lambda v: (v * x, v * y)), x, y, rng=rng)


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_the_error_of_a_pullback_is_relative(unit):
    x, slipped = np.ones(1), lambda x: (unit * x, lambda v: 1.5 * unit * v)
    assert check_pullback(slipped, x, rng=rng, tolerance=1) == pytest.approx(0.5, rel=1e-12)
    with pytest.raises(AssertionError, match=r"differs from it by 5.0e-01 .* above 4.0e-01"):
        check_pullback(slipped, x, rng=rng, tolerance=0.4)


def test_the_pullback_of_a_constant_is_compared_absolutely():
    x, constant = np.ones(1), np.ones(1)
    assert check_pullback(lambda x: (constant, lambda v: 0 * v), x, rng=rng, tolerance=0) == 0
    u, v = np.random.default_rng(5).normal(size=2)
    error = check_pullback(
        lambda x: (constant, lambda v: 1e-3 * v), x, rng=np.random.default_rng(5), tolerance=1
    )
    assert error == pytest.approx(1e-3 * abs(u * v))


def test_check_pullback_counts_the_gradients():
    with pytest.raises(ValueError, match="the pullback returns 1 gradients, expected 2"):
        check_pullback(lambda x, y: (x * y, lambda v: (v * y,)), THETA, THETA, rng=rng)
    with pytest.raises(ValueError, match=r"gradient 0 has shape \(3, 1\), expected \(3,\)"):
        check_pullback(lambda x: (2 * x, lambda v: 2 * v[:, None]), THETA, rng=rng)
