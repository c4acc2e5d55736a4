"""Layers in a row make a network; its parameters are one vector θ, of which every W and b is a view.

θ holds W⁽¹⁾ row by row, then b⁽¹⁾, then W⁽²⁾, b⁽²⁾ and so on to the last layer.
"""

from functools import lru_cache
from inspect import unwrap

import numpy as np

from nnlib.activations import identity, named
from nnlib.checks import (
    require_batch_shape,
    require_count,
    require_keep,
    require_no_nan,
    require_shape,
)
from nnlib.initializers import glorot
from nnlib.layers import dense, dropout, elementwise


class Network:
    """A feedforward network of the given layer sizes, h⁽ˡ⁾ = a(W⁽ˡ⁾ h⁽ˡ⁻¹⁾ + b⁽ˡ⁾).

    ``sizes`` is n₀, n₁, …, n_L; ``activations`` names, or is, one activation for each of the L
    layers. ``keep`` is the probability that dropout, in training, keeps a hidden unit. ``count`` is
    the number of parameters, Σ n_l (n_{l−1} + 1). Raises ValueError for fewer than two sizes, a size
    below 1, another number of activations, a name that is not known, or keep outside (0, 1].
    Source: chapters forward-propagation and backpropagation.
    """

    def __init__(self, sizes, activations, keep=1.0):
        if len(sizes) < 2:
            raise ValueError(f"Network got sizes {sizes}, expected two or more: inputs, …, outputs")
        for place, size in enumerate(sizes):
            require_count(f"Network: size {place}", size)
        if isinstance(activations, str) or len(activations) != len(sizes) - 1:
            raise ValueError(
                f"Network got activations {activations!r}, expected a list of {len(sizes) - 1}: "
                f"one for each layer after the input"
            )
        require_keep("Network: keep", keep)
        self.sizes, self.keep = tuple(sizes), keep
        self.activations = tuple(map(named, activations))
        self._functions = [
            (unwrap(a.value), None if a is identity else unwrap(a.derivative))
            for a in self.activations
        ]
        self.count, self._places = 0, []
        for shape in zip(self.sizes[1:], self.sizes[:-1], strict=True):
            middle, end = self.count + shape[0] * shape[1], self.count + shape[0] * (shape[1] + 1)
            self._places.append((slice(self.count, middle), slice(middle, end), shape))
            self.count = end

    def initialize(self, rng, scheme=glorot):
        """A vector θ (count,): weights by the scheme, one of nnlib.initializers, and biases 0."""
        theta = np.zeros(self.count)
        for W, _ in self._views(theta):
            W[...] = scheme(*W.shape, rng)
        return theta

    def parameters(self, theta):
        """[(W⁽¹⁾, b⁽¹⁾), …]: views of θ, of shapes (n_l, n_{l−1}) and (n_l,).

        Raises ValueError unless θ has shape (count,), TypeError where it holds integers.
        """
        require_shape("theta", theta, (self.count,))
        if theta.dtype.kind in "biu":
            raise TypeError(f"theta has dtype {theta.dtype}, expected floats: a step would round")
        return self._views(theta)

    def _views(self, theta):
        return [(theta[W].reshape(shape), theta[b]) for W, b, shape in self._places]

    def _check_inputs(self, X, where=""):
        require_batch_shape(f"{where}X", X, self.sizes[0])
        require_no_nan(f"{where}X", X)

    def check_examples(self, X, Y, where=""):
        """Raise ValueError unless X is (n₀, m) and Y (n_L, m), neither holding NaN."""
        self._check_inputs(X, where)
        require_shape(f"{where}Y", Y, (self.sizes[-1], X.shape[1]))
        require_no_nan(f"{where}Y", Y)

    @property
    def weights(self):
        """Which parameters are weights: booleans (count,), True in the W's and False in the b's."""
        mask = np.zeros(self.count, bool)
        for W, _ in self._views(mask):
            W[...] = True
        return mask

    def forward(self, theta, X):
        """The output (n_L, m) for inputs X (n₀, m), and its pullback dH ↦ (dθ, dX).

        Raises ValueError for other shapes and for NaN in θ or X.
        """
        parameters = self.parameters(theta)
        self._check_inputs(X)
        require_no_nan("theta", theta)
        H, pullbacks = X, []
        for (W, b), activation in zip(parameters, self.activations, strict=True):
            Z, affine_pullback = dense(W, b, H)
            H, activation_pullback = elementwise(activation, Z)
            pullbacks.append((affine_pullback, activation_pullback))

        def pullback(dH):
            parts = []
            for affine_pullback, activation_pullback in reversed(pullbacks):
                dW, db, dH = affine_pullback(activation_pullback(dH))
                parts[:0] = dW.ravel(), db
            return np.concatenate(parts), dH

        return H, pullback

    def predict(self, theta, X):
        """The output (n_L, m) alone."""
        return self.forward(theta, X)[0]

    def cost_and_gradient(self, theta, X, Y, cost, penalty=None):
        """C, a scalar, and ∂C/∂θ, of the shape of θ, for targets Y (n_L, m).

        A penalty, one of nnlib.penalties, is added for every W, and for no b. Raises as ``forward``
        does, and for a Y of another shape or with NaN.
        """
        layers = self.parameters(theta)
        self.check_examples(X, Y)
        require_no_nan("theta", theta)
        gradient = np.empty(self.count, np.result_type(theta, X, Y))
        slopes = lambda *batch: cost.gradient(*batch).astype(gradient.dtype, copy=False)
        both = lambda output, target: (cost(output, target), slopes(output, target))
        C = self.backpropagate(layers, self._views(gradient), X, Y, both, penalty)
        return C, gradient

    def backpropagate(self, layers, slots, X, Y, cost, penalty=None, rng=None):
        """C, unchecked, for ``cost`` (output, Y) ↦ (C, ∂C/∂output); ∂C/∂θ is written to ``slots``.

        ``layers`` and ``slots`` are the parameters of θ and of a gradient of its dtype. The lines of
        ``forward`` and its pullbacks, without ∂C/∂X, which costs a product as large as the first
        layer's own. With ``rng``, hidden units drop out: the inner loop of training.
        """
        output, seen = self._pass_forward(layers, X, rng)
        C, dH = cost(output, Y)
        ones = _ones(X.shape[1], dH.dtype)
        for l in reversed(range(len(layers))):
            (H, Z, dropout_pullback), (dW, db) = seen[l], slots[l]
            if dropout_pullback:
                dH = dropout_pullback(dH)
            _, slope = self._functions[l]
            dZ = dH * slope(Z) if slope else dH
            np.dot(dZ, H.T, out=dW)
            np.dot(dZ, ones, out=db)
            if l:
                dH = layers[l][0].T @ dZ
        if penalty:
            for (W, _), (dW, _) in zip(layers, slots, strict=True):
                C = C + penalty(W)
                dW += penalty.gradient(W)
        return C

    def _pass_forward(self, layers, X, rng):
        """The output, and for each layer its input, its z and the pullback of its dropout or None."""
        H, seen, drops = X, [], rng is not None and self.keep < 1
        for (W, b), (value, _) in zip(layers, self._functions, strict=True):
            Z = W @ H
            Z += b[:, None]
            A, dropout_pullback = value(Z), None
            if drops and len(seen) < len(layers) - 1:
                A, dropout_pullback = dropout(A, self.keep, rng)
            seen.append((H, Z, dropout_pullback))
            H = A
        return H, seen


@lru_cache
def _ones(m, dtype):
    ones = np.ones(m, dtype)
    ones.flags.writeable = False
    return ones
