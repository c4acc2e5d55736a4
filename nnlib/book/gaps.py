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
    yours = np.asarray(yours)
    if yours.shape != right.shape:
        raise NotYet(f"yours has shape {yours.shape}, expected {_described(right)}.")
    wrong = np.argwhere(~(np.abs(yours - right) <= tol))
    if len(wrong):
        place = tuple(map(int, wrong[0]))
        where = f" in entry {', '.join(map(str, place))}" if place else ""
        raise NotYet(f"yours is {yours[place]:.6g}{where}, expected {right[place]:.6g}.")
    print("Right.")


def _described(array):
    return f"an array of shape {array.shape}" if array.ndim else "a number"
