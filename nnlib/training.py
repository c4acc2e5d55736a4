"""And it learns: the gradient of a few examples at a time, the optimizer's step, epoch after epoch."""

from dataclasses import dataclass

import numpy as np

from nnlib.checks import require_count


@dataclass(frozen=True)
class Result:
    """Where training ended, and the costs on the way: one number for each epoch.

    ``history`` is the mean cost of the epoch's batches, each met before its step; ``validation`` is
    the cost of the validation set after the epoch, empty where none was given.
    """

    theta: np.ndarray
    history: tuple
    validation: tuple


def fit(network, theta, X, Y, cost, optimizer, *, epochs, batch_size, rng, validation=None):
    """Minimize cost(network.predict(θ, X), Y) over θ by minibatches, drawn anew each epoch.

    X (n₀, m), Y (n_L, m); ``validation`` is such a pair too. The last batch of an epoch may be
    smaller. Returns a Result; the theta that came is left as it was. Raises ValueError for wrong
    shapes, NaN, and ``epochs`` or ``batch_size`` below 1, and FloatingPointError where the cost
    stops being finite. Source: chapter training.
    """
    require_count("fit: epochs", epochs)
    require_count("fit: batch_size", batch_size)
    network.check_examples(X, Y, "fit: ")
    if validation is not None:
        network.check_examples(*validation, "fit: validation ")
    state, history, validated = optimizer.start(theta), [], []
    for epoch in range(epochs):
        total = 0.0
        for batch in _batches(X.shape[1], batch_size, rng):
            C, gradient = network.cost_and_gradient(theta, X[:, batch], Y[:, batch], cost)
            if not np.isfinite(C):
                raise FloatingPointError(
                    f"fit: the cost is {C} in epoch {epoch + 1}, expected a finite number; "
                    "the rate may be too high, or the inputs too large"
                )
            theta, state = optimizer.update(theta, gradient, state)
            total += C * len(batch)
        history.append(float(total / X.shape[1]))
        if validation is not None:
            validated.append(float(cost(network.predict(theta, validation[0]), validation[1])))
    return Result(theta, tuple(history), tuple(validated))


def _batches(m, size, rng):
    """The examples 0 … m − 1 in random order, cut into runs of ``size``."""
    order = rng.permutation(m)
    return [order[start : start + size] for start in range(0, m, size)]
