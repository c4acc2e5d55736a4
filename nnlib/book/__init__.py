"""What the chapters use to state, prove and show a result; nothing in `nnlib` itself imports it."""

from nnlib.book.answers.verdicts import check
from nnlib.book.arrays import (
    Array,
    Functional,
    array,
    diagonal,
    gradient,
    inverse,
    jacobian,
    largest,
    log_det,
    named,
    norm,
    outer,
    spectral_norm,
)  # fmt: skip
from nnlib.book.exhaustion import counted, exhaust, on_cases
from nnlib.book.expectation import Expectation, Free, Kept, Symmetric, Uncorrelated
from nnlib.book.gaps import compare
from nnlib.book.iteration import sequence
from nnlib.book.meetings import on_arrays, on_floats, on_numbers
from nnlib.book.proofs import Unproved, WeakCheck
from nnlib.book.relations import at_most, below, equal
from nnlib.book.results import answer, argue, assume, define, derive, measure, prove, refute
from nnlib.book.symbols import function, index, product, real, size, total, undetermined

__all__ = [
    "Array", "Expectation", "Free", "Functional", "Kept", "Symmetric", "Uncorrelated", "Unproved", "WeakCheck", "answer", "argue", "array", "assume", "at_most",
    "below", "check", "compare", "counted", "define", "derive", "diagonal", "equal", "exhaust",
    "function", "gradient", "index", "inverse", "jacobian", "largest", "log_det", "measure", "named", "norm", "on_arrays", "on_cases",
    "on_floats", "on_numbers", "outer", "product", "prove", "real", "refute", "sequence", "size", "spectral_norm", "total",
    "undetermined",
]  # fmt: skip
