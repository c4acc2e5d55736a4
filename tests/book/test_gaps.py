"""Code to complete: a gap says calmly what is missing, and nothing but the right value passes."""

import numpy as np
import pytest

from nnlib.book.gaps import NotYet, compare

RIGHT = np.array([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize("yours", [RIGHT, RIGHT.tolist(), RIGHT + 1e-12, RIGHT.astype(int)])
def test_what_is_right_passes(yours, capsys):
    compare(yours, RIGHT)
    assert capsys.readouterr().out == "Right.\n"


@pytest.mark.parametrize(
    ("yours", "message"),
    [
        (..., r"put your own in place of the dots; expected an array of shape \(2, 2\)"),
        (None, "put your own in place of the dots"),
        (RIGHT + 1e-8, "yours is 1.00000001 in entry 0, 0, expected 1"),
        (RIGHT.T, r"yours is 3 in entry 0, 1, expected 2"),
        (RIGHT[0], r"yours has shape \(2,\), expected an array of shape \(2, 2\)"),
        (RIGHT * np.nan, "yours is nan in entry 0, 0, expected 1"),
        (RIGHT + 1e-6, "yours is 1.000001 in entry 0, 0, expected 1"),
        (np.array([[1, 0], [0, 1]], bool), "yours is 0 in entry 0, 1, expected 2"),
        (np.tanh, "yours is a ufunc, expected an array"),
        (lambda z: z, "yours is a function, expected an array"),
        ("RIGHT", "yours is a str, expected an array"),
        ([[1, 2], [3]], "yours is a list, expected an array"),
        ({"W": RIGHT}, "yours is a dict, expected an array"),
    ],
)
def test_what_is_missing_is_said(yours, message):
    with pytest.raises(NotYet, match=message):
        compare(yours, RIGHT)


def test_a_number_has_no_entries():
    compare(np.float32(0.5), 0.5)
    with pytest.raises(NotYet, match=r"yours is 2, expected 0\.5\."):
        compare(2, 0.5)
    with pytest.raises(NotYet, match="expected a number"):
        compare(..., 0.5)


def test_a_notebook_shows_the_message_alone():
    assert NotYet("think again.")._render_traceback_() == ["Not yet: think again."]
