"""What nnlib is measured against: 50-digit arithmetic, symbols, and JAX in double precision."""

import jax
import numpy as np
import sympy as sp
from mpmath import mp

from nnlib.activations import Activation

jax.config.update("jax_enable_x64", True)
mp.dps = 50


def worst_ulp(computed, exact):
    """The largest |computed − exact| in units in the last place, among the normal results.

    The units are those of the dtype computed in, float64 or float32.
    """
    computed = np.asarray(computed)
    number, limits = computed.dtype.type, np.finfo(computed.dtype)
    pairs = zip(np.ravel(computed).tolist(), np.ravel(exact).tolist(), strict=True)
    normal = [(c, e) for c, e in pairs if 1.01 * limits.tiny < abs(e) < 0.99 * limits.max]
    assert normal, "no normal result to measure"
    return max(
        float(abs(mp.mpf(c) - e) / mp.mpf(float(np.spacing(number(abs(e)))))) for c, e in normal
    )


def exactly(function, x):
    """``function`` at every float of x, by mpmath."""
    return [function(mp.mpf(v)) for v in np.ravel(x).tolist()]


def relative_error(computed, expected):
    """The largest difference, in units of the largest entry expected."""
    expected = np.asarray(expected)
    return np.abs(computed - expected).max() / (np.abs(expected).max() or 1)


def _strided(a):
    apart = np.zeros((*a.shape[:-1], 2 * a.shape[-1]), a.dtype)
    apart[..., ::2] = a
    return apart[..., ::2]


def _read_only(a):
    a = a.copy()
    a.flags.writeable = False
    return a


# The same numbers, laid out otherwise in memory.
LAYOUTS = {
    "plain": np.ascontiguousarray,
    "columns": np.asfortranarray,
    "apart": _strided,
    "backwards": lambda a: np.ascontiguousarray(a[..., ::-1])[..., ::-1],
    "read-only": _read_only,
    "swapped bytes": lambda a: a.astype(a.dtype.newbyteorder()),
}


def symbols(name, *shape):
    """An object array of SymPy symbols."""
    return np.array(sp.symarray(name, shape))


def undetermined(name):
    """An activation of which nothing is known: a(z) and a′(z) for a function without a formula."""
    a, t = sp.Function(name), sp.Dummy()
    slope = a(t).diff(t)
    return Activation(
        name,
        np.vectorize(a, otypes=[object]),
        np.vectorize(lambda z: slope.subs(t, z), otypes=[object]),
    )


def same_symbols(computed, scalar, variables):
    """Whether ``computed`` is the derivative of ``scalar`` by each of the ``variables``, exactly."""
    exact = [scalar.diff(v) for v in np.ravel(variables)]
    pairs = zip(np.ravel(computed), exact, strict=True)
    return all(sp.expand((c - e).doit()) == 0 for c, e in pairs)


def backpropagated(network, theta, X, Y, cost, *options, **named):
    """(C, ∂C/∂θ) by the inner loop of training."""
    gradient = np.full_like(theta, np.nan)
    layers, slots = network.parameters(theta), network.parameters(gradient)
    return network.backpropagate(layers, slots, X, Y, cost, *options, **named), gradient
