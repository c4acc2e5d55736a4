import mpmath
import numpy as np
import pytest

from nnlib.book.accuracy import worst_within

EXACT = [mpmath.mpf(1), mpmath.mpf(3)]


def off_by(ulps):
    return np.array([1.0, 3 + ulps * np.spacing(3.0)])


def test_bound_that_is_kept_comes_back():
    assert worst_within(4, off_by(4), EXACT) == 4
    assert worst_within(4, off_by(1), EXACT) == 4


@pytest.mark.parametrize("ulps", [5, 0, np.nan])
def test_bound_that_is_broken_or_far_too_wide_is_refused(ulps):
    with pytest.raises(ValueError, match=r"worst error is .* ulp, expected one up to 4 .* above"):
        worst_within(4, off_by(ulps), EXACT)
