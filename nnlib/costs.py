"""What the network gives is compared with what was wanted: one number, the mean over the batch.

Outputs and targets are matrices (units, examples) of one shape. A cost adds the losses of an
example's units and divides by the number of examples; nothing else in nnlib divides by it. At a
kink the slope is 0, the middle one. The costs named cross-entropy take logits, the output layer's
z, since the probability itself has lost the digits that matter. Source: chapter cost-functions.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nnlib.activations import log_softmax, sigmoid, softmax, softplus
from nnlib.checks import (
    require_batch_shape,
    require_distributions,
    require_positive,
    require_probabilities,
    require_shape,
)


@dataclass(frozen=True)
class Cost:
    """C = (1/m) Σ losses over a batch of m columns, and its gradient.

    ``losses`` and ``slopes`` map (output, target) to arrays of their shape: each entry's share of
    the sum, and the derivative of the sum by that entry of the output. ``require_targets`` (what,
    target) raises ValueError for targets that make no sense. ``sums``, where given, is
    (Σ losses, slopes) by a quicker way, exact in absolute terms alone: all that a mean over a batch
    keeps, and what training uses.
    """

    name: str
    losses: Callable
    slopes: Callable
    require_targets: Callable = lambda what, target: None
    sums: Callable = None

    def __call__(self, output, target):
        """The scalar C.

        Raises ValueError unless output and target are matrices of one shape, and for targets that
        are no probabilities where the cost is a cross-entropy.
        """
        m = self._examples(output, target)
        return self.losses(output, target).sum() / m

    def gradient(self, output, target):
        """∂C/∂output, of the shape of output. Raises as the cost itself does."""
        m = self._examples(output, target)
        return self.slopes(output, target) / m

    def quickly(self, output, target):
        """(C, ∂C/∂output), unchecked: the inner loop of training."""
        m = output.shape[1]
        if self.sums:
            total, slopes = self.sums(output, target)
        else:
            total, slopes = self.losses(output, target).sum(), self.slopes(output, target)
        return total / m, slopes * (1 / m)

    def _examples(self, output, target):
        require_batch_shape(f"{self.name}: output", output)
        require_shape(f"{self.name}: target", target, output.shape)
        self.require_targets(f"{self.name}: target", target)
        return output.shape[1]


def smooth_labels(target, amount):
    """(1 − ε) Y + ε/n for one-hot targets Y (n, m): every class gets a little of the probability.

    Raises ValueError unless 0 ≤ amount < 1. Source: Szegedy et al. 2016, section 7.
    """
    require_batch_shape("smooth_labels: target", target)
    if not 0 <= amount < 1:
        raise ValueError(f"smooth_labels: amount is {amount}, expected a number from 0 to below 1")
    return (1 - amount) * target + amount / target.shape[0]


def _magnitude(d):
    """|d| by the sign of the real part, as a complex step needs it."""
    return np.where(d.real > 0, d, -d)


def _by_side(d, left, right):
    """``left`` where d < 0, ``right`` where d > 0, else 0; a NaN stays."""
    return np.where(d.real < 0, left, np.where(d.real > 0, right, d))


def _squared_losses(output, target):
    """d²/2 with d = output − target; symbols are welcome."""
    return (output - target) * (output - target) / 2


def _squared_slopes(output, target):
    """d."""
    return output - target


def _absolute_losses(output, target):
    """|d|."""
    return _magnitude(output - target)


def _absolute_slopes(output, target):
    """The sign of d."""
    return _by_side(output - target, -1.0, 1.0)


def huber_cost(delta):
    """d²/2 for |d| ≤ δ, δ(|d| − δ/2) beyond, with d = output − target.

    Raises ValueError unless 0 < delta < ∞. Source: Huber 1964; chapter cost-functions.
    """
    require_positive("huber_cost: delta", delta)

    def losses(output, target):
        size = _magnitude(output - target)
        inner = np.where(size.real <= delta, size, delta)
        return inner * (size - inner / 2)

    def slopes(output, target):
        d = output - target
        return np.where(_magnitude(d).real <= delta, d, _by_side(d, -delta, delta))

    return Cost("huber", losses, slopes)


def pseudo_huber_cost(delta):
    """δ²(√(1 + (d/δ)²) − 1) = d² / (1 + √(1 + (d/δ)²)), with d = output − target.

    Raises ValueError unless 0 < delta < ∞. Source: chapter cost-functions.
    """
    require_positive("pseudo_huber_cost: delta", delta)

    def parts(output, target):
        """d, √(1 + r²) with r = d/δ, and where |r| < 1e18, beyond which the cost is a line."""
        d = output - target
        with np.errstate(over="ignore"):
            r = d / delta
        near = _magnitude(r).real < 1e18
        r = np.where(near, r, 0.0)
        return d, np.sqrt(1 + r * r), near

    def losses(output, target):
        d, root, near = parts(output, target)
        size = _magnitude(d)
        return size * np.where(near, size / (1 + root), delta)

    def slopes(output, target):
        d, root, near = parts(output, target)
        return np.where(near, d / root, _by_side(d, -delta, delta))

    return Cost("pseudo_huber", losses, slopes)


def pinball_cost(level):
    """level · (target − output) where the output is too low, (1 − level) · (output − target) else.

    Its minimizer in expectation is the quantile of that level. Raises ValueError unless
    0 < level < 1. Source: Koenker and Bassett 1978; chapter cost-functions.
    """
    if not 0 < level < 1:
        raise ValueError(f"pinball_cost: level is {level}, expected a number between 0 and 1")

    def slopes(output, target):
        return _by_side(output - target, -level, 1 - level)

    def losses(output, target):
        return slopes(output, target) * (output - target)

    return Cost("pinball", losses, slopes)


def _binary_losses(logits, target):
    """max(z, 0) − yz + log(1 + e^(−|z|)), as |z| (1 − y or y, by the sign of z) + softplus(−|z|)."""
    size, share = _magnitude(logits), np.where(logits.real > 0, 1 - target, target)
    return share * np.where(share == 0, 0.0, size) + softplus(-size)


def _binary_slopes(logits, target):
    """σ(z) − y, as (1 − y) σ(z) − y σ(−z): no cancellation when right and sure."""
    return (1 - target) * sigmoid(logits) - target * sigmoid(-logits)


def _categorical_losses(logits, target):
    """−y log softmax(z), and 0 where y is 0, even if z is −∞."""
    return target * np.where(target == 0, 0.0, -log_softmax(logits))


def _categorical_slopes(logits, target):
    """p − y, as p (1 − y) − y (1 − p) with 1 − p = −expm1(log p): no cancellation as p → 1."""
    return softmax(logits) * (1 - target) + target * np.expm1(log_softmax(logits))


def _categorical_sums(logits, target):
    """(Σ log Σ e^d − Σ y d, p − y) with d = z − max z; bare ufuncs, as methods take longer."""
    d = logits - np.maximum.reduce(logits)
    weights = np.exp(d)
    total = np.add.reduce(weights)
    losses = np.add.reduce(np.log(total)) - np.vdot(target, d)
    weights /= total
    weights -= target
    return losses, weights


# fmt: off
squared_error        = Cost("squared_error",        _squared_losses,     _squared_slopes)
absolute_error       = Cost("absolute_error",       _absolute_losses,    _absolute_slopes)
huber                = huber_cost(delta=1.0)
pseudo_huber         = pseudo_huber_cost(delta=1.0)
pinball              = pinball_cost(level=0.5)
binary_cross_entropy = Cost("binary_cross_entropy", _binary_losses,      _binary_slopes,      require_probabilities)
cross_entropy        = Cost("cross_entropy",        _categorical_losses, _categorical_slopes, require_distributions, _categorical_sums)
# fmt: on
