"""Before any arithmetic, the arguments: every error says what came, what was expected, and where."""

import numpy as np


def require_shape(what, array, expected):
    """Refuse an ``array`` whose shape is not the tuple ``expected`` (of integers or of symbols)."""
    if not hasattr(array, "shape"):
        kind = type(array).__name__
        raise TypeError(f"{what} is a {kind}, expected an array of shape {expected}")
    if array.shape != expected:
        raise ValueError(f"{what} has shape {array.shape}, expected {expected}")


def require_batch_shape(what, array, units=None):
    """Refuse what is not a matrix (units, examples) of at least one example."""
    expected = f"({'units' if units is None else units}, examples)"
    if not hasattr(array, "shape"):
        kind = type(array).__name__
        raise TypeError(f"{what} is a {kind}, expected an array of shape {expected}")
    if len(array.shape) != 2 or array.shape[1] == 0 or units not in (None, array.shape[0]):
        raise ValueError(
            f"{what} has shape {array.shape}, expected {expected}: columns are examples, one or more"
        )


def require_no_nan(what, array):
    """Refuse an array of any dtype that holds NaN, the one number that differs from itself."""
    with np.errstate(over="ignore", invalid="ignore"):
        total = array.sum()
    if np.equal(total, total):  # the quick way: NaN among them would make the sum NaN
        return
    nans = np.not_equal(array, array).sum()
    if nans:
        raise ValueError(f"{what} holds {nans} NaN among its {array.size} entries, expected none")


def require_positive(what, value):
    """Refuse a ``value`` outside (0, ∞); a NaN is outside."""
    if not 0 < value < np.inf:
        raise ValueError(f"{what} is {value}, expected a finite number above 0")


def require_keep(what, value):
    """Refuse a ``value`` that is not a probability above 0."""
    if not 0 < value <= 1:
        raise ValueError(f"{what} is {value}, expected a probability above 0 and at most 1")


def require_probabilities(what, array):
    """Refuse an array of real numbers with an entry outside [0, 1]; a NaN is outside."""
    wrong = array[~((array >= 0) & (array <= 1))]
    if wrong.size:
        raise ValueError(
            f"{what} holds {wrong[0]}, one of {wrong.size} entries outside [0, 1], expected "
            "probabilities"
        )


def require_distributions(what, array):
    """Refuse a matrix with a column that is not a distribution: probabilities that sum to 1."""
    require_probabilities(what, array)
    sums = array.sum(axis=0, dtype=float)
    (wrong,) = np.nonzero(np.abs(sums - 1) > 1e-6)
    if wrong.size:
        raise ValueError(
            f"{what} has column {wrong[0]} of sum {sums[wrong[0]]:.6g}, expected distributions: "
            "each column sums to 1"
        )


def require_count(what, value, least=1):
    """Refuse what is not an integer of at least ``least``."""
    if not hasattr(value, "__index__") or isinstance(value, bool) or value < least:
        raise ValueError(f"{what} is {value!r}, expected an integer of at least {least}")


def require_nonnegative(what, value):
    """Refuse a ``value`` outside [0, ∞); a NaN is outside."""
    if not 0 <= value < np.inf:
        raise ValueError(f"{what} is {value}, expected a finite number of at least 0")
