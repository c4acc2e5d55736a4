import re

import numpy as np
import pytest

from nnlib import checks

pytestmark = pytest.mark.filterwarnings("error")
INF, NAN = np.inf, np.nan
MATRIX, VECTOR = np.ones((2, 3)), np.array([0.0, 1.0, 2.0])

# A call that passes: the first values allowed, at each end.
ALLOWED = [
    (checks.require_shape, (MATRIX, (2, 3))),
    (checks.require_shape, (np.float64(1), ())),
    (checks.require_batch_shape, (MATRIX,)),
    (checks.require_batch_shape, (MATRIX, 2)),
    (checks.require_batch_shape, (np.ones((0, 1)), 0)),
    (checks.require_no_nan, (np.array([INF, -INF, 1j]),)),
    (checks.require_no_nan, (np.array([1, 2]),)),
    (checks.require_no_nan, (np.array([1.7e308, 1.7e308]),)),
    (checks.require_positive, (5e-324,)),
    (checks.require_positive, (1.7e308,)),
    (checks.require_nonnegative, (0.0,)),
    (checks.require_nonnegative, (1.7e308,)),
    (checks.require_keep, (5e-324,)),
    (checks.require_keep, (1,)),
    (checks.require_probabilities, (np.array([[0.0, 0.5, 1.0]]),)),
    (checks.require_probabilities, (np.array([0, 1]),)),
    (checks.require_distributions, (np.array([[0.0, 0.5], [1.0, 0.5]]),)),
    (checks.require_distributions, (np.array([[0.25], [0.75 + 9e-7]]),)),
    (checks.require_distributions, (np.full((100_000, 2), 1e-5, np.float32),)),
    (checks.require_count, (1,)),
    (checks.require_count, (np.int32(1),)),
    (checks.require_count, (0, 0)),
]

# A call that is refused, and all that its message says after the name.
REFUSED = [
    (checks.require_shape, (MATRIX, (3, 2)), "has shape (2, 3), expected (3, 2)"),
    (checks.require_shape, ([1, 2], (2,)), "is a list, expected an array of shape (2,)"),
    (
        checks.require_batch_shape,
        (VECTOR,),
        "has shape (3,), expected (units, examples): columns are examples, one or more",
    ),
    (
        checks.require_batch_shape,
        (np.ones((2, 1, 1)), 2),
        "has shape (2, 1, 1), expected (2, examples): columns are examples, one or more",
    ),
    (
        checks.require_batch_shape,
        (np.ones((2, 0)),),
        "has shape (2, 0), expected (units, examples): columns are examples, one or more",
    ),
    (
        checks.require_batch_shape,
        (MATRIX, 3),
        "has shape (2, 3), expected (3, examples): columns are examples, one or more",
    ),
    (
        checks.require_batch_shape,
        ([[1.0]],),
        "is a list, expected an array of shape (units, examples)",
    ),
    (
        checks.require_no_nan,
        (np.array([1, NAN]),),
        "holds 1 NaN among its 2 entries, expected none",
    ),
    (
        checks.require_no_nan,
        (np.array([[NAN, 1, complex(0, NAN)]]),),
        "holds 2 NaN among its 3 entries, expected none",
    ),
    *[
        (checks.require_positive, (bad,), f"is {bad}, expected a finite number above 0")
        for bad in (0, 0.0, -1, INF, NAN)
    ],
    *[
        (checks.require_nonnegative, (bad,), f"is {bad}, expected a finite number of at least 0")
        for bad in (-5e-324, -1, INF, NAN)
    ],
    *[
        (checks.require_keep, (bad,), f"is {bad}, expected a probability above 0 and at most 1")
        for bad in (0, -0.5, 1.0000000000000002, NAN)
    ],
    (
        checks.require_probabilities,
        (np.array([[0.5, NAN], [2, -1]]),),
        "holds nan, one of 3 entries outside [0, 1], expected probabilities",
    ),
    (
        checks.require_probabilities,
        (np.array([-5e-324, 1]),),
        "holds -5e-324, one of 1 entries outside [0, 1], expected probabilities",
    ),
    (
        checks.require_distributions,
        (np.array([[0.5, 0.5], [0.5, 0.5 - 2e-6]]),),
        "has column 1 of sum 0.999998, expected distributions: each column sums to 1",
    ),
    (
        checks.require_distributions,
        (np.array([[0.5, 0.5], [0.5 + 2e-6, 0.5]]),),
        "has column 0 of sum 1, expected distributions: each column sums to 1",
    ),
    (
        checks.require_distributions,
        (np.array([[1.5], [-0.5]]),),
        "holds 1.5, one of 2 entries outside [0, 1], expected probabilities",
    ),
    *[
        (checks.require_count, (bad,), f"is {bad!r}, expected an integer of at least 1")
        for bad in (0, -1, 1.0, True, "2", NAN)
    ],
    (checks.require_count, (2, 3), "is 2, expected an integer of at least 3"),
]

EVERY = {check for name, check in vars(checks).items() if name.startswith("require_")}


def test_every_check_is_here():
    assert {check for check, _ in ALLOWED} == {check for check, *_ in REFUSED} == EVERY


@pytest.mark.parametrize(("check", "arguments"), ALLOWED)
def test_what_is_right_passes(check, arguments):
    check("here: it", *arguments)


@pytest.mark.parametrize(("check", "arguments", "message"), REFUSED)
def test_what_is_wrong_is_refused(check, arguments, message):
    kind = TypeError if message.startswith("is a ") else ValueError
    with pytest.raises(kind, match=f"^{re.escape(f'here: it {message}')}$"):
        check("here: it", *arguments)
