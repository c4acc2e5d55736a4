"""Costs of which more is known than that they can be differentiated: smooth, convex, strongly convex.

To the proof such a cost is as opaque as any `Functional`: a hypothesis enters an argument by its words,
or as a number that cannot be negative. The numbers that confirm a statement need costs for which the
hypothesis holds, and those are here.
"""

import mpmath
from sympy import Integer, Symbol, sympify

from nnlib.book.arrays import Array, Functional, named
from nnlib.book.evaluation import evaluate
from nnlib.book.symbols import FunctionalPartial, FunctionalValue

_FREE = Symbol("c", positive=True)


class PlacedFunctional(Functional):
    """A cost C(θ), printed with the place at which it is taken: an argument speaks of several."""

    node = FunctionalValue

    def __call__(self, z):
        return named(f"{self.tex}({z.tex})", self._value(z))

    def gradient(self, z):
        value, name = self._value(z), Symbol(z.tex)
        element = lambda *at: FunctionalPartial(value, at, name)
        return named(rf"\nabla {self.tex}({z.tex})", Array(z.shape, element, ""))

    def _value(self, z):
        return self.node(*super().__call__(z)[()].args)


class SmoothFunctional(PlacedFunctional):
    """A cost C with a gradient that changes by L times the way at most.

    With a `minimizer` (an array) it is convex as well, and lowest there; with `mu` too it is so strongly
    convex. Every such cost is meant; each point of a confirmation draws another.
    """

    def __init__(self, name, L, *, minimizer=None, mu=None):
        if mu is not None and minimizer is None:
            raise ValueError(f"{name}: a strongly convex cost needs the name of its minimizer")
        super().__init__(name)
        stand_in = _wavy(name, L) if minimizer is None else _bowl(name, L, minimizer, mu or 0)
        self.node = type(
            name, (FunctionalValue,), {"stand_in": staticmethod(stand_in), "is_undetermined": False}
        )


def _wavy(name, L):
    """L times ½ Σ sin(z + b) s + ½ cos(⟨c, z⟩)/‖c‖², with |s| ≤ 1: its slopes change by L at most."""

    def cost(elements, point):
        draw = lambda k, place: point.value(f"constant {name} {k} {place}", _FREE)
        waves = mpmath.fsum(
            mpmath.sin(z + draw("b", p)) * _share(draw("s", p)) for p, z in elements.items()
        )
        c = {p: draw("c", p) for p in elements}
        along = mpmath.fsum(c[p] * z for p, z in elements.items())
        length = mpmath.fsum(x**2 for x in c.values())
        return evaluate(sympify(L), point) * (waves + mpmath.cos(along) / length) / 2

    return cost


def _bowl(name, L, minimizer, mu):
    """Half of L − μ times (Σ s log cosh(z − z*) + log cosh⟨c, z − z*⟩/‖c‖²), and μ/2 ‖z − z*‖²."""

    def cost(elements, point):
        draw = lambda k, place: point.value(f"constant {name} {k} {place}", _FREE)
        away = {
            p: z - evaluate(minimizer[tuple(map(Integer, p))], point) for p, z in elements.items()
        }
        bowl = lambda t: mpmath.log(mpmath.cosh(t))
        single = mpmath.fsum(bowl(t) * _share(draw("s", p)) for p, t in away.items())
        c = {p: draw("c", p) for p in elements}
        along = mpmath.fsum(c[p] * t for p, t in away.items())
        length = mpmath.fsum(x**2 for x in c.values())
        most, least = (evaluate(sympify(each), point) for each in (L, mu))
        if not 0 <= least <= most:
            raise ValueError(f"{name}: 0 ≤ μ ≤ L is wanted; these are {least} and {most}")
        squares = mpmath.fsum(t**2 for t in away.values())
        return (most - least) * (single + bowl(along) / length) / 2 + least * squares / 2

    return cost


def _share(positive):
    """A positive number, drawn freely, as one between 0 and 1."""
    return positive / (1 + positive)
