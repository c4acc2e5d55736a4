"""Work that ends: a computation is given up after so many calls, the same number on every machine."""

import sys
from contextlib import contextmanager
from inspect import CO_GENERATOR


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
        # Not from a generator: Python ignores what one raises while it is thrown away.
        if left < 0 and event in ("call", "c_call") and not frame.f_code.co_flags & CO_GENERATOR:
            raise OutOfWork

    if sys.getprofile() is not None:
        yield
        return
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(None)
