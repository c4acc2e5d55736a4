"""Learning starts somewhere: random weights whose scale keeps a signal's variance from layer to layer.

Each initializer takes (n_out, n_in, rng), with rng a ``numpy.random.Generator``, and returns a
weight matrix of shape (n_out, n_in). Biases start at zero. Source: chapter initialization.
"""

import numpy as np


def zeros(n_out, n_in, rng):
    """All 0: every hidden unit then learns the same, which is why nobody starts here."""
    return np.zeros((n_out, n_in))


def glorot(n_out, n_in, rng):
    """Uniform on ±√(6/(n_in + n_out)): variance 2/(n_in + n_out). Glorot and Bengio 2010, eq. 16."""
    limit = np.sqrt(6 / (n_in + n_out))
    return rng.uniform(-limit, limit, (n_out, n_in))


def he(n_out, n_in, rng):
    """Normal of variance 2/n_in, for ReLU. He et al. 2015, eq. 10."""
    return rng.normal(0, np.sqrt(2 / n_in), (n_out, n_in))


def lecun(n_out, n_in, rng):
    """Normal of variance 1/n_in. LeCun et al. 1998, section 4.6."""
    return rng.normal(0, np.sqrt(1 / n_in), (n_out, n_in))
