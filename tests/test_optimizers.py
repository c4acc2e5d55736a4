import numpy as np
import pytest

from nnlib.optimizers import adam, gradient_descent, momentum

OPTIMIZERS = gradient_descent(0.1), momentum(0.1), adam(0.1)
each = pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
rng = np.random.default_rng(4)
GRADIENTS = rng.normal(size=(20, 5))


def run(optimizer, gradients):
    theta = np.zeros(gradients.shape[1])
    state = optimizer.start(theta)
    path = []
    for g in gradients:
        theta, state = optimizer.update(theta, g, state)
        path.append(theta)
    return np.array(path)


def test_gradient_descent_adds_the_gradients():
    assert np.allclose(run(gradient_descent(0.1), GRADIENTS), -0.1 * GRADIENTS.cumsum(axis=0))


def test_momentum_unrolled():
    path = run(momentum(0.1, 0.9), GRADIENTS)
    steps = np.diff(path, axis=0, prepend=0)
    for t in range(20):
        assert np.allclose(steps[t], -0.1 * (0.9 ** np.arange(t, -1, -1)) @ GRADIENTS[: t + 1])


def adam_unrolled(t, beta1=0.9, beta2=0.999):
    """Step t (from 1) as weighted means of all the gradients so far: no recursion."""
    w1, w2 = (b ** np.arange(t - 1, -1, -1) for b in (beta1, beta2))
    m, v = w1 @ GRADIENTS[:t] / w1.sum(), w2 @ GRADIENTS[:t] ** 2 / w2.sum()
    return -0.1 * m / (np.sqrt(v) + 1e-8)


def test_adam_unrolled():
    steps = np.diff(run(adam(0.1), GRADIENTS), axis=0, prepend=0)
    for t in range(20):
        assert np.allclose(steps[t], adam_unrolled(t + 1), rtol=1e-12)
    assert not np.allclose(steps[5], adam_unrolled(6, beta2=0.99))


def test_adam_without_memory_is_sign_descent():
    path = run(adam(0.1, beta1=0, beta2=0), GRADIENTS)
    assert np.allclose(np.diff(path, axis=0), -0.1 * np.sign(GRADIENTS[1:]), atol=1e-6)


@each
def test_it_goes_downhill(optimizer):
    A, theta = np.diag([1.0, 3.0]), np.array([1.0, -2.0])
    start, state = theta @ A @ theta, optimizer.start(theta)
    for _ in range(200):
        theta, state = optimizer.update(theta, A @ theta, state)
    assert theta @ A @ theta < 1e-3 * start


@each
def test_nothing_is_changed_in_place(optimizer):
    theta, g = np.ones(3), np.ones(3)
    state = optimizer.start(theta)
    first, later = optimizer.update(theta, g, state)
    again, _ = optimizer.update(theta, g, state)
    assert (theta == 1).all()
    assert (g == 1).all()
    assert (first == again).all()
    assert optimizer.update(first, g, later)[0].shape == (3,)


@each
def test_float32_stays(optimizer):
    theta = np.ones(3, np.float32)
    assert optimizer.update(theta, theta, optimizer.start(theta))[0].dtype == np.float32


@each
def test_gradient_shape(optimizer):
    with pytest.raises(ValueError, match=r": gradient has shape \(2,\), expected \(3,\)"):
        optimizer.update(np.ones(3), np.ones(2), optimizer.start(np.ones(3)))


@pytest.mark.parametrize("rate", [0, -0.1, np.nan, np.inf])
@pytest.mark.parametrize("make", [gradient_descent, momentum, adam])
def test_rates_are_checked(make, rate):
    with pytest.raises(ValueError, match=f"{make.__name__}: rate is {rate}, expected a finite num"):
        make(rate)


@pytest.mark.parametrize("beta", [1, -0.1, np.nan, 2])
def test_decays_are_checked(beta):
    for make, name in ((momentum, "decay"), (adam, "beta1"), (adam, "beta2")):
        with pytest.raises(ValueError, match=f"{name} is {beta}, expected a number from 0 up to"):
            make(0.1, **{name: beta})
    with pytest.raises(ValueError, match="adam: epsilon is 0, expected a finite number above 0"):
        adam(0.1, epsilon=0)
