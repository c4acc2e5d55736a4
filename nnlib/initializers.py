"""Learning starts somewhere: random weights whose scale keeps a signal's variance from layer to layer.

Each initializer takes (n_out, n_in, rng), with rng a ``numpy.random.Generator``, and returns a
weight matrix of shape (n_out, n_in). It raises ValueError unless both are integers from 1 up.
Biases start at zero. Source: chapter initialization.
"""

import numpy as np

from nnlib.checks import require_count


def zeros(n_out, n_in, rng):
    """All 0: every hidden unit then learns the same, which is why nobody starts here."""
    return np.zeros(_shape("zeros", n_out, n_in))


def glorot(n_out, n_in, rng):
    """Uniform on ±√(6/(n_in + n_out)): variance 2/(n_in + n_out).

    Source: Glorot and Bengio 2010, equation 16.
    """
    shape = _shape("glorot", n_out, n_in)
    limit = np.sqrt(6 / (n_in + n_out))
    return rng.uniform(-limit, limit, shape)


def he(n_out, n_in, rng):
    """Normal of variance 2/n_in, for ReLU. Source: He et al. 2015, equation 10."""
    shape = _shape("he", n_out, n_in)
    return rng.normal(0, np.sqrt(2 / n_in), shape)


def lecun(n_out, n_in, rng):
    """Normal of variance 1/n_in. Source: LeCun et al. 1998, section 4.6."""
    shape = _shape("lecun", n_out, n_in)
    return rng.normal(0, np.sqrt(1 / n_in), shape)


def orthogonal(n_out, n_in, rng):
    """Orthonormal rows or columns, whichever are fewer, and no direction preferred: Haar's measure.

    A square one keeps every length. It is the Q of a normal matrix, each column with the sign that
    makes R's diagonal positive (Mezzadri 2007); its last bits depend on the BLAS kernel.
    Source: Saxe, McClelland and Ganguli 2014.
    """
    _shape("orthogonal", n_out, n_in)
    Q, R = np.linalg.qr(rng.normal(size=(max(n_out, n_in), min(n_out, n_in))))
    Q *= np.copysign(1.0, R.diagonal())
    return Q if n_out >= n_in else Q.T


def _shape(name, n_out, n_in):
    """(n_out, n_in), refused unless both are counts."""
    require_count(f"{name}: n_out", n_out)
    require_count(f"{name}: n_in", n_in)
    return n_out, n_in
