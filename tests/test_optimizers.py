import jax.numpy as jnp
import numpy as np
import optax
import pytest
from oracles import relative_error

from nnlib.optimizers import (
    adagrad,
    adam,
    adamw,
    constant,
    cosine,
    gradient_descent,
    momentum,
    nesterov,
    proximal_gradient,
    rmsprop,
    step_decay,
    warm_up,
)
from nnlib.penalties import elastic_net, l1, l2

MAKERS = {
    "gradient_descent": gradient_descent,
    "momentum": momentum,
    "nesterov": nesterov,
    "adagrad": adagrad,
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": adamw,
    "proximal_gradient": lambda rate: proximal_gradient(rate, l1(1e-3)),
}
every_maker = pytest.mark.parametrize("name", MAKERS)
every_optimizer = pytest.mark.parametrize(
    "optimizer", [make(0.1) for make in MAKERS.values()], ids=lambda optimizer: optimizer.name
)
rng = np.random.default_rng(4)
START, GRADIENTS = rng.normal(size=5), rng.normal(size=(20, 5))
TINY = 1e-200  # an ε that is not felt


def run(optimizer, gradients, start=START):
    """θ₀, θ₁, … for gradients that are given."""
    theta, state, path = start, optimizer.start(start), [start]
    for g in gradients:
        theta, state = optimizer.update(theta, g, state)
        path.append(theta)
    return np.array(path)


def steps(optimizer, gradients=GRADIENTS):
    return np.diff(run(optimizer, gradients), axis=0)


def descend(optimizer, gradient, start, count):
    """θ₀, …, θ_count for a gradient that is a function of θ."""
    theta, state, path = start, optimizer.start(start), [start]
    for _ in range(count):
        theta, state = optimizer.update(theta, gradient(theta), state)
        path.append(theta)
    return np.array(path)


# On a quadratic, C = Σ λ θ²/2, every coordinate has a closed form.

CURVATURE = np.array([0.1, 1.0, 3.0])
ONES = np.ones(3)


def on_the_quadratic(optimizer):
    return descend(optimizer, lambda theta: CURVATURE * theta, ONES, 30)


def test_gradient_descent_on_a_quadratic():
    expected = (1 - 0.4 * CURVATURE) ** np.arange(31)[:, None]
    assert np.allclose(on_the_quadratic(gradient_descent(0.4)), expected, rtol=1e-12)
    assert not np.allclose(on_the_quadratic(gradient_descent(0.41)), expected, rtol=1e-3)


def test_gradient_descent_with_a_schedule_on_a_quadratic():
    def rate(k):
        return 0.4 / (k + 1)

    factors = [1 - rate(k) * CURVATURE for k in range(30)]
    expected = np.cumprod([ONES, *factors], axis=0)
    assert np.allclose(on_the_quadratic(gradient_descent(rate)), expected, rtol=1e-12)


def by_companion(matrix, before):
    """The powers of a 2×2 matrix for each curvature, applied to (θ₀, θ₋₁) = (1, before)."""
    powers = [
        [np.linalg.matrix_power(matrix(c), k) @ [1, before(c)] for c in CURVATURE]
        for k in range(31)
    ]
    return np.array(powers)[:, :, 0]


def heavy_ball_matrix(c, rate=0.4, decay=0.6):
    return np.array([[1 + decay - rate * c, -decay], [1, 0]])


def nesterov_matrix(c, rate=0.4, decay=0.6):
    return np.array([[(1 + decay) * (1 - rate * c), -decay * (1 - rate * c)], [1, 0]])


def test_heavy_ball_and_nesterov_on_a_quadratic():
    ball = by_companion(heavy_ball_matrix, lambda c: 1)
    ahead = by_companion(nesterov_matrix, lambda c: 1 / (1 - 0.4 * c))
    assert np.allclose(on_the_quadratic(momentum(0.4, 0.6)), ball, rtol=0, atol=1e-14)
    assert np.allclose(on_the_quadratic(nesterov(0.4, 0.6)), ahead, rtol=0, atol=1e-14)
    assert np.abs(ball - ahead).max() > 0.1


@pytest.mark.parametrize("make", [momentum, nesterov])
def test_momentum_without_memory_is_gradient_descent(make):
    plain = run(gradient_descent(0.1), GRADIENTS)
    assert np.allclose(run(make(0.1, decay=0), GRADIENTS), plain, rtol=1e-14)
    assert not np.allclose(run(make(0.1), GRADIENTS), plain, rtol=1e-1)


def test_momentum_unrolled():
    for t, step in enumerate(steps(momentum(0.1, 0.9))):
        assert np.allclose(step, -0.1 * (0.9 ** np.arange(t, -1, -1)) @ GRADIENTS[: t + 1])


# Under a constant gradient the squared gradients have closed forms.

CONSTANT = np.tile([1e-3, -2.0, 50.0, -1e-12, 7.0], (20, 1))
SIGN, COUNT = np.sign(CONSTANT), np.arange(1, 21)[:, None]


def test_adagrad_slows_as_the_root_of_the_count():
    expected = -0.1 * SIGN / np.sqrt(COUNT)
    assert np.allclose(steps(adagrad(0.1, TINY), CONSTANT), expected, rtol=1e-9)
    assert not np.allclose(steps(rmsprop(0.1, 0.9, TINY), CONSTANT), expected, rtol=1e-2)


def test_rmsprop_begins_with_long_steps():
    expected = -0.1 * SIGN / np.sqrt(1 - 0.9**COUNT)
    assert np.allclose(steps(rmsprop(0.1, 0.9, TINY), CONSTANT), expected, rtol=1e-9)
    assert not np.allclose(steps(rmsprop(0.1, 0.8, TINY), CONSTANT), expected, rtol=1e-2)
    expected = -0.1 * CONSTANT / (np.abs(CONSTANT) * np.sqrt(1 - 0.9**COUNT) + 0.2)
    assert np.allclose(steps(rmsprop(0.1, 0.9, epsilon=0.2), CONSTANT), expected, rtol=1e-9)


def test_adam_keeps_its_pace():
    """Every step is −η g / (|g| + ε): the correction of both biases makes it so from the first."""
    expected = -0.1 * CONSTANT / (np.abs(CONSTANT) + 1e-3)
    assert np.allclose(steps(adam(0.1, epsilon=1e-3), CONSTANT), expected, rtol=1e-9)
    uncorrected = (1 - 0.9**COUNT) / np.sqrt(1 - 0.999**COUNT)
    assert not np.allclose(steps(adam(0.1, epsilon=1e-3), CONSTANT), uncorrected * expected)


def test_adam_begins_with_the_sign():
    first = steps(adam(0.1, epsilon=TINY))[0]
    assert np.allclose(first, -0.1 * np.sign(GRADIENTS[0]), rtol=1e-9)


def test_adam_without_memory_is_sign_descent():
    without = steps(adam(0.1, beta1=0, beta2=0, epsilon=TINY))
    assert np.allclose(without, -0.1 * np.sign(GRADIENTS), rtol=1e-9)


def adam_unrolled(t, beta1=0.9, beta2=0.999):
    """Step t (from 1) as weighted means of all the gradients so far: no recursion."""
    w1, w2 = (b ** np.arange(t - 1, -1, -1) for b in (beta1, beta2))
    m, v = w1 @ GRADIENTS[:t] / w1.sum(), w2 @ GRADIENTS[:t] ** 2 / w2.sum()
    return -0.1 * m / (np.sqrt(v) + 1e-8)


def test_adam_unrolled():
    for t, step in enumerate(steps(adam(0.1)), start=1):
        assert np.allclose(step, adam_unrolled(t), rtol=1e-12)
    assert not np.allclose(steps(adam(0.1))[5], adam_unrolled(6, beta2=0.99))


def test_adamw_shrinks_and_then_steps_as_adam_does():
    expected = [START]
    for step in steps(adam(0.1)):
        expected.append((1 - 0.1 * 0.3) * expected[-1] + step)
    path = run(adamw(0.1, weight_decay=0.3), GRADIENTS)
    assert np.allclose(path, expected, rtol=1e-13)


def test_adamw_is_not_adam_on_a_penalty():
    """Coupled, Adam would divide the pull of λθ by √v̂ and lose most of it."""
    theta, state, optimizer = START, adam(0.1).start(START), adam(0.1)
    for g in GRADIENTS:
        theta, state = optimizer.update(theta, g + 0.3 * theta, state)
    decoupled = run(adamw(0.1, weight_decay=0.3), GRADIENTS)[-1]
    assert np.abs(theta - decoupled).max() > 0.01


def test_adamw_without_gradient_is_pure_decay():
    path = run(adamw(0.1, weight_decay=0.3), np.zeros((20, 5)))
    assert np.allclose(path, START * (0.97 ** np.arange(21))[:, None], rtol=1e-14)
    assert (run(adamw(0.1, weight_decay=0), GRADIENTS) == run(adam(0.1), GRADIENTS)).all()


# Proximal gradient descends on the lasso, where the gradient alone is lost at the kink.


def least_squares(X, y):
    return lambda w: X.T @ (X @ w - y)


def soft(z, threshold):
    return np.sign(z) * np.maximum(np.abs(z) - threshold, 0)


@pytest.mark.parametrize("rate", [1.0, 0.5])
def test_the_lasso_of_an_orthonormal_design_is_the_soft_threshold(rate):
    Q, y = np.linalg.qr(rng.normal(size=(12, 5)))[0], rng.normal(size=12)
    expected = soft(Q.T @ y, 0.3)
    assert 0 < (expected == 0).sum() < 5
    path = descend(proximal_gradient(rate, l1(0.3)), least_squares(Q, y), np.zeros(5), 60)
    assert np.abs(path[-1] - expected).max() < 1e-14
    assert ((path[-1] == 0) == (expected == 0)).all()
    assert np.abs(path[-1] - soft(Q.T @ y, 0.3 * rate / 2)).max() > 1e-2


@pytest.mark.parametrize("penalty", [l1(2.0), l2(2.0), elastic_net(3.0, 0.5)])
def test_proximal_gradient_descends_to_the_minimum(penalty):
    X, y = rng.normal(size=(12, 5)), rng.normal(size=12)
    gradient, rate = least_squares(X, y), 1 / np.linalg.norm(X, 2) ** 2
    path = descend(proximal_gradient(rate, penalty), gradient, np.ones(5), 2000)
    values = [((X @ w - y) ** 2).sum() / 2 + penalty(w) for w in path]
    assert (np.diff(values) <= 1e-13).all()
    w = path[-1]
    slack = np.abs(gradient(w) + penalty.gradient(w))
    assert (slack <= np.where(w == 0, penalty.lasso, 0) + 1e-10).all()
    assert (np.abs(gradient(1.01 * w) + penalty.gradient(1.01 * w)) > 1e-6)[w != 0].all()


def test_proximal_gradient_leaves_alone_what_is_not_a_weight():
    weights = np.array([True, False, True, False, True])
    path = run(proximal_gradient(0.1, l1(2.0), weights), GRADIENTS)
    everywhere = run(proximal_gradient(0.1, l1(2.0)), GRADIENTS)
    plain = run(gradient_descent(0.1), GRADIENTS)
    assert (path[:, weights] == everywhere[:, weights]).all()
    assert (path[:, ~weights] == plain[:, ~weights]).all()
    assert (everywhere[-1] != plain[-1]).all()


def test_proximal_gradient_at_a_rate_of_zero_rests():
    path = run(proximal_gradient(cosine(0.1, 10), l1(2.0)), GRADIENTS)
    assert (path[10:] == path[10]).all()
    assert (path[9] != path[8]).any()


# Against Optax, another library's formulas.

WAVE, OPTAX_WAVE = cosine(0.1, 15, 0.01), optax.cosine_decay_schedule(0.1, 15, alpha=0.1)
PAIRS = {
    "gradient_descent": (gradient_descent(WAVE), optax.sgd(OPTAX_WAVE)),
    "momentum": (momentum(0.1, 0.8), optax.sgd(0.1, momentum=0.8)),
    "nesterov": (nesterov(0.1, 0.8), optax.sgd(0.1, momentum=0.8, nesterov=True)),
    "adagrad": (adagrad(WAVE, TINY), optax.adagrad(OPTAX_WAVE, 0.0, eps=0.0)),
    "rmsprop": (
        rmsprop(WAVE, 0.8, epsilon=0.2),
        optax.rmsprop(OPTAX_WAVE, 0.8, eps=0.2, eps_in_sqrt=False),
    ),
    "adam": (adam(WAVE, 0.8, 0.95, epsilon=0.2), optax.adam(OPTAX_WAVE, 0.8, 0.95, eps=0.2)),
    "adamw": (
        adamw(WAVE, 0.8, 0.95, epsilon=0.2, weight_decay=0.3),
        optax.adamw(OPTAX_WAVE, 0.8, 0.95, eps=0.2, weight_decay=0.3),
    ),
}


def optax_path(optimizer):
    theta, path = jnp.asarray(START), [START]
    state = optimizer.init(theta)
    for g in GRADIENTS:
        change, state = optimizer.update(jnp.asarray(g), state, theta)
        theta = optax.apply_updates(theta, change)
        path.append(theta)
    return np.array(path)


@pytest.mark.parametrize("name", PAIRS)
def test_against_optax(name):
    ours, theirs = PAIRS[name]
    path = optax_path(theirs)
    assert relative_error(run(ours, GRADIENTS), path) < 1e-14
    other = PAIRS["adam" if name == "adamw" else "adamw"][0]
    assert relative_error(run(other, GRADIENTS), path) > 1e-3


# The schedules.


def test_constant():
    assert [constant(0.3)(k) for k in (0, 1, 10**9)] == [0.3] * 3


def test_step_decay_at_its_corners():
    rates = [step_decay(0.8, 0.5, 3)(k) for k in range(10)]
    assert rates == [0.8] * 3 + [0.4] * 3 + [0.2] * 3 + [0.1]
    assert step_decay(0.8, 1, 1)(100) == 0.8


def test_cosine_at_its_corners():
    schedule = cosine(0.8, 10, 0.2)
    assert [schedule(0), schedule(10), schedule(11), schedule(10**9)] == [0.8, 0.2, 0.2, 0.2]
    assert schedule(5) == pytest.approx(0.5, rel=1e-15)
    assert schedule(5 + 2) + schedule(5 - 2) == pytest.approx(1.0, rel=1e-15)
    assert cosine(0.8, 10)(10) == 0
    assert cosine(0.8, 1)(0) == 0.8


def test_warm_up_at_its_corners():
    assert [warm_up(0.8, 4)(k) for k in range(6)] == [0.2, 0.4, 0.6000000000000001, 0.8, 0.8, 0.8]
    decays = warm_up(step_decay(0.8, 0.5, 2), 4)
    assert [decays(k) for k in (0, 3, 4, 5, 6)] == [0.2, 0.8, 0.8, 0.8, 0.4]
    assert [warm_up(step_decay(0.8, 0.5, 1), 4)(k) for k in (3, 4, 5)] == [0.8, 0.8, 0.4]
    assert warm_up(0.8, 1)(0) == 0.8


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (WAVE, OPTAX_WAVE),
        (step_decay(0.1, 0.7, 4), optax.exponential_decay(0.1, 4, 0.7, staircase=True)),
        (
            warm_up(WAVE, 5),
            optax.join_schedules([optax.linear_schedule(0.02, 0.1, 4), OPTAX_WAVE], [5]),
        ),
    ],
)
def test_schedules_against_optax(ours, theirs):
    expected = np.array([theirs(k) for k in range(30)])
    assert np.allclose([ours(k) for k in range(30)], expected, rtol=1e-14)
    assert not np.allclose([ours(k + 1) for k in range(30)], expected, rtol=1e-3)


# What every optimizer keeps to.


@every_optimizer
def test_it_goes_downhill(optimizer):
    A, start = np.diag([1.0, 3.0]), np.array([1.0, -2.0])
    end = descend(optimizer, lambda theta: A @ theta, start, 400)[-1]
    assert end @ A @ end < 1e-2 * start @ A @ start


@every_maker
def test_the_state_is_a_count_and_arrays(name):
    optimizer = MAKERS[name](0.1)
    assert optimizer.name == name
    state = optimizer.start(START)
    for k, g in enumerate(GRADIENTS):
        assert state[0] == k
        assert all(array.shape == START.shape for array in state[1:])
        _, after = optimizer.update(START, g, state)
        assert len(after) == len(state)
        state = after


@every_optimizer
def test_nothing_is_changed_in_place(optimizer):
    theta, state = START.copy(), optimizer.start(START)
    for g in GRADIENTS[:3]:
        held = [theta, g.copy(), *state[1:]]
        copies = [array.copy() for array in held]
        for array in held:
            array.flags.writeable = False
        new_theta, new_state = optimizer.update(theta, held[1], state)
        assert all((array == copy).all() for array, copy in zip(held, copies, strict=True))
        for array in (new_theta, *new_state[1:]):
            assert not any(np.shares_memory(array, old) for old in held)
        theta, state = new_theta, new_state


@every_optimizer
def test_from_the_same_state_the_same_bits(optimizer):
    theta, state = START, optimizer.start(START)
    for g in GRADIENTS[:10]:
        theta, state = optimizer.update(theta, g, state)
    first, again = (optimizer.update(theta, GRADIENTS[10], state) for _ in range(2))
    assert (first[0] == again[0]).all()
    assert all((a == b).all() for a, b in zip(first[1][1:], again[1][1:], strict=True))


@every_maker
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_state_that_was_arrays_resumes_with_the_same_bits(name, dtype):
    """What a file gives back: the count as an array without axes, the arrays as copies."""
    optimizer = MAKERS[name](warm_up(cosine(0.1, 15), 3))
    theta, gradients = START.astype(dtype), GRADIENTS.astype(dtype)
    state = optimizer.start(theta)
    stored_theta, stored = theta, state
    for g in gradients:
        theta, state = optimizer.update(theta, g, state)
        stored = tuple(map(np.array, stored))
        stored_theta, stored = optimizer.update(stored_theta, g, stored)
        assert (stored_theta == theta).all()
        assert stored_theta.dtype == dtype


@every_maker
def test_float32_stays(name):
    theta = START.astype(np.float32)
    for rate in (0.1, np.float64(0.1), lambda k: np.float64(0.1)):
        optimizer = MAKERS[name](rate)
        state = optimizer.start(theta)
        for g in GRADIENTS[:2].astype(np.float32):
            moved, state = optimizer.update(theta, g, state)
            assert {array.dtype for array in (moved, *state[1:])} == {np.dtype(np.float32)}
        assert not np.isnan(moved).any()


FULL = {
    momentum: {"rate": 0.1, "decay": 0.9},
    nesterov: {"rate": 0.1, "decay": 0.9},
    adagrad: {"rate": 0.01, "epsilon": 1e-10},
    rmsprop: {"rate": 0.001, "decay": 0.9, "epsilon": 1e-8},
    adam: {"rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    adamw: {"rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.01},
}
every_full = pytest.mark.parametrize("make", FULL)


@every_full
def test_the_defaults(make):
    """Compared on gradients as small as ε too, where it is felt."""
    default = make(0.1) if make in (momentum, nesterov) else make()
    for scale in (1, 1e-8, 1e-10):
        path = run(make(**FULL[make]), scale * GRADIENTS)
        assert (run(default, scale * GRADIENTS) == path).all()


@every_full
def test_a_number_of_numpys_gives_the_same_bits(make):
    """As a factor it would turn float32 into float64, or at least round otherwise."""
    numbers = FULL[make] | ({"epsilon": 0.3} if "epsilon" in FULL[make] else {})
    theta, gradients = np.zeros(100, np.float32), rng.normal(size=(3, 100)).astype(np.float32)
    plain = run(make(**numbers), gradients, theta)
    wrapped = run(make(**{n: np.float64(value) for n, value in numbers.items()}), gradients, theta)
    assert wrapped.dtype == np.float32
    assert (wrapped == plain).all()


@every_optimizer
def test_float32_is_float64_rounded(optimizer):
    short = run(optimizer, GRADIENTS.astype(np.float32), START.astype(np.float32))
    assert relative_error(short, run(optimizer, GRADIENTS)) < 2e-6


@every_optimizer
def test_any_layout_in_memory(optimizer):
    strided = np.repeat(GRADIENTS, 2, axis=1)[:, ::2]
    assert (run(optimizer, strided, np.repeat(START, 2)[::2]) == run(optimizer, GRADIENTS)).all()
    assert run(optimizer, np.zeros((3, 0)), np.zeros(0)).shape == (4, 0)


@every_optimizer
def test_nan_stays_in_its_place(optimizer):
    gradients = GRADIENTS.copy()
    gradients[3, 2] = np.nan
    path = run(optimizer, gradients)
    assert np.isnan(path[4:, 2]).all()
    assert (np.delete(path, 2, axis=1) == np.delete(run(optimizer, GRADIENTS), 2, axis=1)).all()


@pytest.mark.parametrize("make", [adagrad, rmsprop, adam])
def test_where_the_square_overflows_theta_stays(make):
    with pytest.warns(RuntimeWarning, match="overflow"):
        path = run(make(0.1), np.array([[1e200, 1.0]]), np.ones(2))
    assert path[1, 0] == 1
    assert path[1, 1] < 1


# What comes in.


@every_optimizer
def test_gradient_shape(optimizer):
    expected = rf"{optimizer.name}: gradient has shape \(2,\), expected \(3,\)"
    with pytest.raises(ValueError, match=expected):
        optimizer.update(np.ones(3), np.ones(2), optimizer.start(np.ones(3)))
    with pytest.raises(TypeError, match=f"{optimizer.name}: gradient is a list, expected an array"):
        optimizer.update(np.ones(3), [1, 2, 3], optimizer.start(np.ones(3)))


@every_maker
@pytest.mark.parametrize("rate", [0, -0.1, np.nan, np.inf])
def test_rates_are_checked(name, rate):
    with pytest.raises(ValueError, match=f"^{name}: rate is {rate}, expected a finite number abo"):
        MAKERS[name](rate)


@pytest.mark.parametrize("beta", [1, -0.1, np.nan, 2])
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (momentum, "decay"),
        (nesterov, "decay"),
        (rmsprop, "decay"),
        (adam, "beta1"),
        (adam, "beta2"),
        (adamw, "beta1"),
        (adamw, "beta2"),
    ],
)
def test_decays_are_checked(make, name, beta):
    expected = f"^{make.__name__}: {name} is {beta}, expected a number from 0 up to, not including"
    with pytest.raises(ValueError, match=expected):
        make(0.1, **{name: beta})


@pytest.mark.parametrize("make", [adagrad, rmsprop, adam, adamw])
def test_epsilons_are_checked(make):
    with pytest.raises(ValueError, match=f"^{make.__name__}: epsilon is 0, expected a finite numb"):
        make(0.1, epsilon=0)


def test_the_weight_decay_is_checked():
    expected = "adamw: weight_decay is -1, expected a finite number of at least 0"
    with pytest.raises(ValueError, match=expected):
        adamw(0.1, weight_decay=-1)


def test_where_is_checked():
    with pytest.raises(ValueError, match="proximal_gradient: where has dtype int64, expected bool"):
        proximal_gradient(0.1, l1(1), where=np.array([0, 2]))
    expected = r"proximal_gradient: where has shape \(2,\), expected \(3,\)"
    with pytest.raises(ValueError, match=expected):
        proximal_gradient(0.1, l1(1), where=[True, False]).start(np.ones(3))


@pytest.mark.parametrize(
    ("make", "arguments", "expected"),
    [
        (constant, (0,), "rate is 0, expected a finite number above 0"),
        (step_decay, (0, 0.5, 3), "rate is 0, expected a finite number above 0"),
        (step_decay, (1, 0, 3), "factor is 0, expected a number above 0 and at most 1"),
        (step_decay, (1, 1.5, 3), "factor is 1.5, expected a number above 0 and at most 1"),
        (step_decay, (1, np.nan, 3), "factor is nan, expected a number above 0 and at most 1"),
        (step_decay, (1, 0.5, 0), "every is 0, expected an integer of at least 1"),
        (cosine, (np.inf, 3), "rate is inf, expected a finite number above 0"),
        (cosine, (1, 2.5), "steps is 2.5, expected an integer of at least 1"),
        (cosine, (1, 3, -1), "final is -1, expected a finite number of at least 0"),
        (warm_up, (-1, 3), "rate is -1, expected a finite number above 0"),
        (warm_up, (1, 0), "steps is 0, expected an integer of at least 1"),
    ],
)
def test_schedules_are_checked(make, arguments, expected):
    with pytest.raises(ValueError, match=f"^{make.__name__}: {expected}"):
        make(*arguments)
