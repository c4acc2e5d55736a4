"""Where a statement meets nnlib: the same function run on symbols, exactly, and on floats, to a bound."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pkgutil import resolve_name

import mpmath
import numpy as np
import sympy as sp
from sympy import Integer, Symbol

from nnlib.book.accuracy import exact_values, grid, ulp_errors
from nnlib.book.arrays import Array
from nnlib.book.evaluation import Point, evaluate
from nnlib.book.proofs import Unproved, carried_out, reduced
from nnlib.book.relations import element
from nnlib.book.symbols import ElementFunction, unfold


class Watched:
    """A function of nnlib that remembers whether it was asked for anything."""

    def __init__(self, name):
        self.function, self.asked = resolve_name(name), False

    def __call__(self, *arguments, **options):
        self.asked = True
        return self.function(*arguments, **options)

    def __getattr__(self, name):
        self.asked = True
        return getattr(self.function, name)


@dataclass(frozen=True)
class OnFloats:
    """A function of one real number, on a grid of floats, against the left side in 50 digits.

    Other letters of the left side get the numbers in `at`; `call` tells a function of several
    arguments what to take for them.
    """

    name: str
    variable: Symbol
    ulp: float
    low: float
    high: float
    call: Callable = lambda function, points: function(points)
    at: dict = field(default_factory=dict)

    def check(self, relation):
        points, function = grid(self.low, self.high), Watched(self.name)
        left = unfold(relation.left).subs(self.at)
        exact = exact_values(carried_out(left), self.variable, points)
        errors = ulp_errors(self.call(function, points), exact)
        if not function.asked:
            raise Unproved(f"{self.name} was to be met, but the call given does not call it")
        if not errors.max() <= self.ulp:
            where = (
                points[int(np.argmax(errors))]
                if len(errors) == len(points)
                else "a point of the grid"
            )
            raise Unproved(f"{self.name} is {errors.max():.3g} ulp from {relation.tex()} at {where}; "
                           f"at most {self.ulp} was claimed")  # fmt: skip
        at = ", ".join(f"{k} = {v}" for k, v in self.at.items())
        return {
            "name": self.name,
            "bound": f"within {self.ulp:g} ulp on [{self.low:g}, {self.high:g}]"
            + (f" for {at}" if at else ""),
        }


@dataclass(frozen=True)
class OnArrays:
    """A function of arrays, run on arrays of symbolic shape and on floats."""

    name: str
    call: Callable
    arguments: tuple
    within: float

    def check(self, relation):
        for meet in self._on_symbols, self._on_floats:
            function = Watched(self.name)
            meet(function, relation)
            if not function.asked:
                raise Unproved(f"{self.name} was to be met, but the call given does not call it")
        exactly = "for every size" if relation.sizes() else "exactly on symbols"
        return {"name": self.name, "bound": f"{exactly}, and within {self.within:g} on floats"}

    def _on_symbols(self, function, relation):
        with roots():
            result = self.call(function, *map(symbolic, self.arguments))
        if tuple(result.shape) != tuple(relation.shape):
            raise Unproved(
                f"{self.name} returns shape {result.shape}, the statement has {relation.shape}"
            )
        for place, (_, right) in zip(relation.index_tuples, relation.elements, strict=True):
            at = place if isinstance(result, Array) else tuple(int(k) - 1 for k in place)
            residual, _ = reduced(result[at] - right, relation.ranges())
            if residual != 0:
                raise Unproved(
                    f"{self.name}, run on symbols, differs from {relation.tex()} by\n{residual}"
                )

    def _on_floats(self, function, relation, seed=7):
        sizes = {n: 2 + k % 4 for k, n in enumerate(relation.sizes(), start=1)}
        point = Point(seed, 2.0, sizes, relation.between)
        result = np.asarray(self.call(function, *(numeric(a, point) for a in self.arguments)))
        shape = [int(n.subs(sizes)) for n in relation.shape]
        exact = np.empty(shape)
        for ij in product(*(range(n) for n in shape)):
            left = element(relation.left, tuple(Integer(k + 1) for k in ij))
            exact[ij] = float(evaluate(left, point))
        error = np.max(np.abs(result - exact)) / np.max(np.abs(exact))
        if not (result.shape == exact.shape and error <= self.within):
            raise Unproved(f"{self.name} on floats is off from {relation.tex()} by {error:.3g}; "
                           f"{self.within:g} was claimed")  # fmt: skip


@contextmanager
def roots():
    """Within, np.sqrt works on object arrays: NumPy asks each element for a method of that name."""
    sp.Expr.sqrt = sp.sqrt
    try:
        yield
    finally:
        del sp.Expr.sqrt


@dataclass(frozen=True)
class OnNumbers(OnArrays):
    """A function of arrays that asks which of two floats is larger, and so is run on floats alone."""

    def check(self, relation):
        for seed in (7, 8, 9):
            function = Watched(self.name)
            self._on_floats(function, relation, seed)
            if not function.asked:
                raise Unproved(f"{self.name} was to be met, but the call given does not call it")
        return {"name": self.name, "bound": f"within {self.within:g} on floats"}


def symbolic(argument):
    """An array of numeric shape as NumPy's array of symbols; anything else as it is."""
    if not isinstance(argument, Array) or not all(n.is_number for n in argument.shape):
        return argument
    symbols = np.empty([int(n) for n in argument.shape], dtype=object)
    for ij in np.ndindex(symbols.shape):
        symbols[ij] = argument[tuple(Integer(k + 1) for k in ij)]
    return symbols


def numeric(argument, point):
    """The float array, or the function on floats, that stands for `argument` at `point`."""
    if isinstance(argument, ElementFunction):
        return FloatFunction(argument, point)
    if not isinstance(argument, Array):
        return float(evaluate(argument, point))
    shape = [int(n.subs(point.sizes)) for n in argument.shape]
    values = np.empty(shape)
    for ij in product(*(range(n) for n in shape)):
        values[ij] = float(evaluate(argument[tuple(Integer(k + 1) for k in ij)], point))
    return values


class FloatFunction:
    """An undetermined function's stand-in at a point, on floats, with its derivative."""

    def __init__(self, function, point):
        self.function, self.point = function, point

    def __call__(self, x):
        z = Symbol("z", real=True)
        at = lambda t: float(evaluate(self.function(z), self.point.moved(z, mpmath.mpf(float(t)))))
        return np.vectorize(at, otypes=[float])(x)

    @property
    def derivative(self):
        return FloatFunction(self.function.derivative, self.point)


def on_floats(name, variable, *, ulp, low=-700.0, high=700.0, **more):
    """The nnlib function `name` computes the left side, a function of `variable`, within `ulp`.

    With `at` ({letter: number}) for the left side's other letters, and `call(function, points)`.
    """
    return OnFloats(name, variable, ulp, low, high, **more)


def on_arrays(name, call, *arguments, within=1e-13):
    """`call(nnlib function, *arguments)` gives the right side for every size, and so on floats."""
    return OnArrays(name, call, arguments, within)


def on_numbers(name, call, *arguments, within=1e-13):
    """`call(nnlib function, *arguments)` gives the left side on floats."""
    return OnNumbers(name, call, arguments, within)
