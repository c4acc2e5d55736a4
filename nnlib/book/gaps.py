"""Code to complete: a cell with a gap, and a comparison that says what is still missing."""

import numpy as np


class NotYet(AssertionError):
    """An exercise that is not solved yet; a notebook shows the message alone, without the call stack."""

    def _render_traceback_(self):
        return [f"Not yet: {self}"]


def compare(yours, right, tol=1e-9):
    """Raise `NotYet` unless `yours` is `right` to within tol; an Ellipsis is a gap still open."""
    right = np.asarray(right)
    if yours is ... or yours is None:
        raise NotYet(f"put your own in place of the dots; expected {_described(right)}.")
    try:
        yours = np.asarray(yours) * 1.0
    except (TypeError, ValueError):
        raise NotYet(f"yours is a {type(yours).__name__}, expected {_described(right)}.") from None
    if yours.shape != right.shape:
        raise NotYet(f"yours has shape {yours.shape}, expected {_described(right)}.")
    wrong = np.argwhere(~(np.abs(yours - right) <= tol))
    if len(wrong):
        place = tuple(map(int, wrong[0]))
        where = f" in entry {', '.join(map(str, place))}" if place else ""
        pairs = ([f"{array[place]:.{n}g}" for array in (yours, right)] for n in (6, 12, 17))
        ours, expected = next(pair for pair in pairs if pair[0] != pair[1])
        raise NotYet(f"yours is {ours}{where}, expected {expected}.")
    print("Right.")


def _described(array):
    return f"an array of shape {array.shape}" if array.ndim else "a number"
