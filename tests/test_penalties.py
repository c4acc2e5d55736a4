import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from oracles import relative_error, same_symbols, symbols
from scipy.optimize import minimize_scalar

from nnlib.differences import check_gradient
from nnlib.penalties import elastic_net, l1, l2

pytestmark = pytest.mark.filterwarnings("error")
rng = np.random.default_rng(6)

# Each penalty beside its textbook formula, written for JAX.
TABLE = {
    l1(0.7): lambda w: 0.7 * abs(w).sum(),
    l2(0.7): lambda w: 0.35 * (w**2).sum(),
    elastic_net(0.7, 0.2): lambda w: 0.7 * (0.2 * abs(w).sum() + 0.4 * (w**2).sum()),
}
every_penalty = pytest.mark.parametrize("penalty", TABLE, ids=lambda penalty: penalty.name)
finite = arrays(float, st.integers(0, 6), elements=st.floats(-1e3, 1e3))
strengths, mixes, steps = st.floats(0, 10), st.floats(0, 1), st.floats(0, 10)


@every_penalty
@pytest.mark.parametrize("shape", [(), (5,), (3, 4), (0, 3)])
def test_value_and_gradient_against_jax(penalty, shape):
    w = rng.normal(size=shape)
    value, gradient = jax.value_and_grad(TABLE[penalty])(jnp.asarray(w))
    assert abs(penalty(w) - value) <= 1e-15 * w.size
    assert penalty.gradient(w).shape == shape
    assert not w.size or relative_error(penalty.gradient(w), gradient) < 1e-15


def test_names():
    assert [p.name for p in (l1(1), l2(1), elastic_net(1, 0.5))] == ["l1", "l2", "elastic_net"]


@every_penalty
def test_gradient_by_complex_step(penalty):
    w = rng.normal(size=(3, 4))
    check_gradient(lambda w: (penalty(w), penalty.gradient(w)), w)
    with pytest.raises(AssertionError, match="the gradient is wrong by"):
        check_gradient(lambda w: (penalty(w), 2 * penalty.gradient(w)), w)


@every_penalty
def test_at_the_kink_everything_is_zero(penalty):
    w = np.zeros(3)
    assert penalty(w) == 0
    assert (penalty.gradient(w) == 0).all()
    assert (penalty.proximal(w, 0.5) == 0).all()


def test_ridge_on_symbols():
    w = symbols("w", 2, 3)
    assert same_symbols(l2(0.5).gradient(w), l2(0.5)(w), w)
    assert not same_symbols(l2(0.25).gradient(w), l2(0.5)(w), w)


def test_the_ends_of_the_elastic_net():
    w = rng.normal(size=5)
    for mix, end in ((1, l1(0.7)), (0, l2(0.7))):
        net = elastic_net(0.7, mix)
        assert net(w) == end(w)
        assert (net.gradient(w) == end.gradient(w)).all()
        assert (net.proximal(w, 0.5) == end.proximal(w, 0.5)).all()


# The proximal map.


@every_penalty
@pytest.mark.parametrize("step", [0.1, 1.0, 2.5])
def test_proximal_against_direct_minimization(penalty, step):
    def direct(w):
        def total(u):
            return (u - w) ** 2 / 2 + step * penalty(u)

        return minimize_scalar(total, bounds=(-4, 4), method="bounded", options={"xatol": 1e-10}).x

    w = np.append(rng.uniform(-3, 3, size=20), [3.0, -3.0])
    expected = [direct(entry) for entry in w]
    assert np.abs(penalty.proximal(w, step) - expected).max() < 1e-6
    assert np.abs(penalty.proximal(w, 1.1 * step) - expected).max() > 1e-3


@settings(deadline=None)
@given(finite, strengths, mixes, steps)
def test_proximal_solves_the_condition_of_optimality(w, strength, mix, step):
    """w − u lies in step · ∂R(u): the gradient away from 0, the interval of slopes at 0."""
    penalty = elastic_net(strength, mix)
    u = penalty.proximal(w, step)
    slack = np.abs(w - u - step * penalty.gradient(u))
    allowed = np.where(u == 0, step * strength * mix, 0)
    assert (slack <= allowed + 1e-13 * (1 + np.abs(w) + step * strength)).all()


@every_penalty
def test_a_wrong_threshold_breaks_the_condition_of_optimality(penalty):
    w, wrong = np.array([2.0, -3.0]), 1.01
    u = penalty.proximal(w, wrong)
    assert (np.abs(w - u - penalty.gradient(u)) > 1e-3).all()


@settings(deadline=None)
@given(finite, st.data(), strengths, mixes, steps)
def test_proximal_is_firmly_nonexpansive(w, data, strength, mix, step):
    """‖prox w − prox v‖² ≤ ⟨prox w − prox v, w − v⟩, here entry by entry."""
    v = data.draw(arrays(float, w.shape, elements=st.floats(-1e3, 1e3)))
    penalty = elastic_net(strength, mix)
    moved = penalty.proximal(w, step) - penalty.proximal(v, step)
    assert (moved * moved <= moved * (w - v) + 1e-9).all()


def test_the_test_of_nonexpansiveness_can_fail():
    """Hard thresholding, the proximal map of a penalty that is not convex, expands."""
    w, v = np.array([1.01]), np.array([0.99])
    moved = w * (np.abs(w) > 1) - v * (np.abs(v) > 1)
    assert not (moved * moved <= moved * (w - v) + 1e-9).all()


def test_soft_threshold_and_shrinkage():
    w = np.array([-3.0, -1.0, -0.25, 0.0, 0.5, 1.0, 2.0])
    assert (l1(0.5).proximal(w, 2.0) == [-2, 0, 0, 0, 0, 0, 1]).all()
    assert (l2(0.5).proximal(w, 2.0) == w / 2).all()
    assert (elastic_net(1.0, 0.5).proximal(w, 2.0) == [-1, 0, 0, 0, 0, 0, 0.5]).all()


@every_penalty
def test_a_step_of_zero_stays(penalty):
    w = rng.normal(size=5)
    assert (penalty.proximal(w, 0) == w).all()


def test_proximal_continues_to_complex_numbers():
    """Its slope by a complex step is 0 up to the threshold, and 1 over the shrinkage beyond."""
    w = np.array([-2.0, 0.1, 0.5, 2.0]) + 1e-30j
    slope = elastic_net(1.0, 0.5).proximal(w, 1.0).imag / 1e-30
    assert np.allclose(slope, [1 / 1.5, 0, 0, 1 / 1.5], rtol=1e-15)


# What comes in.


@every_penalty
def test_no_strength_no_penalty(penalty):
    none = type(penalty)(penalty.name, 0.0, 0.0)
    w = rng.normal(size=5)
    assert none(w) == 0
    assert (none.gradient(w) == 0).all()
    assert (none.proximal(w, 1.0) == w).all()


def test_strength_zero_is_allowed():
    for penalty in (l1(0), l2(0), elastic_net(0, 0.5)):
        assert (penalty.lasso, penalty.ridge) == (0, 0)


@every_penalty
def test_nan_stays(penalty):
    w = np.array([1.0, np.nan, -2.0])
    assert np.isnan(penalty(w))
    for mapped in (penalty.gradient(w), penalty.proximal(w, 0.1)):
        assert np.isnan(mapped).tolist() == [False, True, False]


@pytest.mark.parametrize("number", [float, np.float64, np.float32])
def test_float32_stays_whatever_number_the_strength_is(number):
    w = rng.normal(size=5).astype(np.float32)
    strength, half = number(0.7), number(0.5)
    for penalty in (l1(strength), l2(strength), elastic_net(strength, half)):
        assert penalty(w).dtype == np.float32
        assert penalty.gradient(w).dtype == np.float32
        assert penalty.proximal(w, half).dtype == np.float32


@every_penalty
def test_any_layout_in_memory(penalty):
    w = rng.normal(size=(4, 6))
    strided = np.asfortranarray(w)[:, ::2]
    strided.flags.writeable = False
    plain = w[:, ::2].copy()
    assert np.isclose(penalty(strided), penalty(plain), rtol=1e-15)
    assert (penalty.gradient(strided) == penalty.gradient(plain)).all()
    assert (penalty.proximal(strided, 0.1) == penalty.proximal(plain, 0.1)).all()


@every_penalty
def test_integers_and_lists(penalty):
    assert penalty([1, -2]) == penalty(np.array([1.0, -2.0]))
    assert (penalty.gradient([1, -2]) == penalty.gradient(np.array([1.0, -2.0]))).all()
    assert (penalty.proximal([1, -2], 1) == penalty.proximal(np.array([1.0, -2.0]), 1)).all()


def test_the_lasso_of_large_weights_does_not_overflow():
    assert l1(0.5)(np.array([1e300, -1e300])) == 1e300


@pytest.mark.parametrize("strength", [-1, np.nan, np.inf])
@pytest.mark.parametrize("make", [l1, l2, lambda strength: elastic_net(strength, 0.5)])
def test_strengths_are_checked(make, strength):
    expected = f": strength is {strength}, expected a finite number of at least 0"
    with pytest.raises(ValueError, match=expected) as refusal:
        make(strength)
    assert str(refusal.value).startswith(("l1", "l2", "elastic_net"))


@pytest.mark.parametrize("mix", [-0.1, 1.1, np.nan])
def test_the_mix_is_checked(mix):
    with pytest.raises(ValueError, match=f"elastic_net: mix is {mix}, expected a number from 0 to"):
        elastic_net(1, mix)


@every_penalty
@pytest.mark.parametrize("step", [-0.5, np.nan, np.inf])
def test_steps_are_checked(penalty, step):
    expected = f"{penalty.name}: step is {step}, expected a finite number of at least 0"
    with pytest.raises(ValueError, match=expected):
        penalty.proximal(np.ones(2), step)
