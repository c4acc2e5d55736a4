"""Work that ends: a computation is given up after so many calls, the same number on every machine."""

import sys
from contextlib import contextmanager


class OutOfWork(BaseException):
    """The calls are used up; no `except Exception` on the way takes it for its own."""


@contextmanager
def at_most(calls):
    """Raise `OutOfWork` from what runs inside once it has made so many calls of functions.

    Where a profiler runs already, it is left to run, and nothing is counted.
    """
    left = calls

    def count(frame, event, argument):
        nonlocal left
        left -= 1
        if left < 0:
            raise OutOfWork

    if sys.getprofile() is not None:
        yield
        return
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(None)
