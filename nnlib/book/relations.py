"""Statements: two sides and a sign, with what is needed to prove them and to meet the code."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sympy as sp

from nnlib.book.arrays import Array
from nnlib.book.printing import tex
from nnlib.book.symbols import Applied, FunctionalValue, free_index_ranges, unfold


@dataclass(frozen=True, eq=False)
class Relation:
    """`left sign right`, element by element where the sides are arrays."""

    left: Any
    sign: str
    right: Any
    because: Any = (
        None  # inequality: an expression equal to right − left that is plainly ≥ 0 or > 0
    )
    between: dict = field(default_factory=dict)  # {symbol: (low, high)}, open
    code: tuple = ()

    def __post_init__(self):
        for side in ("left", "right", "because"):
            value = getattr(self, side)
            if value is not None and not isinstance(value, Array):
                object.__setattr__(self, side, sp.sympify(value))
        shapes = [side.shape for side in (self.left, self.right) if isinstance(side, Array)]
        if len(shapes) == 2 and shapes[0] != shapes[1]:
            raise ValueError(f"the sides have shapes {shapes[0]} and {shapes[1]}")

    @property
    def shape(self):
        return next((s.shape for s in (self.left, self.right) if isinstance(s, Array)), ())

    def tex(self, align=""):
        sign = {"=": "=", "<=": r"\le", "<": "<"}[self.sign]
        return f"{side_tex(self.left)} {align}{sign} {side_tex(self.right)}"

    @cached_property
    def elements(self):
        """(left, right) for the general element, or for each element where the shape is of numbers."""
        if all(n.is_number for n in self.shape):
            places = [()]
            for n in self.shape:
                places = [(*p, sp.Integer(k)) for p in places for k in range(1, int(n) + 1)]
        else:
            places = [tuple(sp.Symbol(k, integer=True) for k in "ij"[: len(self.shape)])]
        return [(element(self.left, p), element(self.right, p)) for p in places]

    def ranges(self):
        """{free index: size}."""
        ranges = {}
        for side in self.opened:
            ranges |= free_index_ranges(side)
        named = zip((sp.Symbol(k, integer=True) for k in "ij"), self.shape, strict=False)
        return {
            k: n for k, n in {**dict(named), **ranges}.items() if k.is_integer and not k.is_positive
        }

    @cached_property
    def opened(self):
        """Every side of every element, its definitions opened."""
        return [unfold(side) for pair in self.elements for side in pair]

    def free(self):
        """Free symbols of both sides, and of arguments that vanish when opened: relu′(z) = 1, z > 0."""
        arguments = [
            unfold(node.args[0]) for pair in self.elements for side in pair
            for node in side.atoms(Applied)
        ]  # fmt: skip
        return set().union(*(side.free_symbols for side in [*self.opened, *arguments]))

    def sizes(self):
        """Symbols for sizes, in alphabetical order."""
        inside = self.free() | {s for n in self.shape for s in n.free_symbols}
        return sorted(
            (s for s in inside if s.is_Symbol and s.is_integer and s.is_positive), key=str
        )

    def atoms(self, kind):
        return {a for side in self.opened for a in side.atoms(kind)}

    def functions(self):
        """Names of the undetermined functions."""
        return sorted({a.func.tex.rstrip("'") for a in self.atoms(Applied)})

    def costs(self):
        return sorted({str(a.name) for a in self.atoms(FunctionalValue)})

    def numbers(self):
        """Free scalar symbols that are neither sizes, nor indices, nor names of arrays."""
        bases = {a.base.label for a in self.atoms(sp.Indexed)}
        scalars = {s for s in self.free() if s.is_Symbol and s not in bases and not s.is_integer}
        names = {str(a.name) for a in self.atoms(FunctionalValue)}
        return sorted((s for s in scalars if str(s) not in names | {"Z"}), key=str)

    def conditions(self):
        """TeX of each restriction of a scalar, such as z > 0."""
        shown = []
        for s in self.numbers():
            name = tex(s)
            if s in self.between:
                low, high = self.between[s]
                shown.append(f"{tex(sp.sympify(low))} < {name} < {tex(sp.sympify(high))}")
            elif s.is_positive or s.is_negative:
                shown.append(f"{name} {'>' if s.is_positive else '<'} 0")
            elif s.is_nonnegative or s.is_nonpositive:
                shown.append(name + (r" \ge 0" if s.is_nonnegative else r" \le 0"))
        return shown


def equal(left, right, *, between=None, code=()):
    """left = right."""
    return Relation(left, "=", right, between=between or {}, code=_listed(code))


def at_most(left, right, *, because, between=None, code=()):
    """left ≤ right, because right − left equals `because`, which is a sum of nonnegative terms."""
    return Relation(left, "<=", right, because, between or {}, _listed(code))


def below(left, right, *, because, between=None, code=()):
    """left < right, because right − left equals `because`, which is positive."""
    return Relation(left, "<", right, because, between or {}, _listed(code))


def _listed(code):
    return tuple(code) if isinstance(code, list | tuple) else (code,)


def element(side, place):
    return side[place] if isinstance(side, Array) else side


def side_tex(side):
    return side.tex if isinstance(side, Array) else tex(side)
