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
    """Waves that bend by L at most, and parabolas that do so, up or down: a bound may be tight there."""

    def cost(elements, point):
        most, draw = _bend(L, point), _drawing(name, point)

        def single(place, z):
            t = z - draw("b", place)
            return most * {1: t**2 / 2, 2: -(t**2) / 2}.get(_kind(point), mpmath.sin(t))

        apart = mpmath.fsum(single(place, z) for place, z in elements.items())
        together = most * mpmath.sin(_along(elements, draw))
        return _mixed(apart, together, point) + _height(name, point)

    return cost


def _bowl(name, L, minimizer, mu):
    """Bowls that bend by μ at least and L at most, and parabolas that bend by one of the two.

    Where μ is 0 that would be flat: a parabola across a valley instead.
    """

    def cost(elements, point):
        most, least, draw = _bend(L, point), _bend(mu, point), _drawing(name, point)
        if not 0 <= least <= most:
            raise ValueError(f"{name}: 0 ≤ μ ≤ L is wanted; these are {least} and {most}")
        away = {
            p: z - evaluate(minimizer[tuple(map(Integer, p))], point) for p, z in elements.items()
        }

        def single(t):
            bent = least * t**2 / 2 + (most - least) * _uneven(t)
            return {1: most * t**2 / 2, 2: least * t**2 / 2}.get(_kind(point), bent)

        along = _along(away, draw)
        if not least and _kind(point) == 2:
            return most * along**2 / 2 + _height(name, point)
        apart = mpmath.fsum(map(single, away.values()))
        squares = mpmath.fsum(t**2 for t in away.values())
        together = least * squares / 2 + (most - least) * _uneven(along)
        return _mixed(apart, together, point) + _height(name, point)

    return cost


def _uneven(t):
    """A bowl that bends by 1 at most, does so where it is lowest, at 0, and is steeper on one side."""
    side = 1 if t > 0 else 2
    return mpmath.log(mpmath.cosh(side * t)) / side**2


def _height(name, point):
    """How high the whole cost lies, of which a hypothesis says nothing."""
    return 8 * point.value(f"constant {name} height", Symbol("c", real=True))


def _bend(bound, point):
    return evaluate(sympify(bound), point)


def _drawing(name, point):
    """(what, place) ↦ a number between 0 and 1 that belongs to the point."""

    def draw(what, place):
        drawn = point.value(f"constant {name} {what} {place}", _FREE)
        return drawn / point.scale

    return draw


def _along(elements, draw):
    """How far `elements` reach in a direction of length 1."""
    c = {p: draw("c", p) for p in elements}
    length = mpmath.sqrt(mpmath.fsum(x**2 for x in c.values()))
    return mpmath.fsum(c[p] * z for p, z in elements.items()) / length


def _kind(point):
    """1 and 2 for the parabolas, 0 and 3 for what lies between: a confirmation has points of each kind."""
    return point.seed % 4


def _mixed(apart, together, point):
    """The elements apart, or a quarter of that and three of what ties them together."""
    return apart if _kind(point) else (apart + 3 * together) / 4
