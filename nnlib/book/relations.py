"""Statements: two sides and a sign, with what is needed to prove them and to meet the code.

What is printed must be what is proved: one name stands for one thing, and every restriction that the
statement needs to make sense (a divisor that is not 0, a derivative away from a kink) is a condition
beside it.
"""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

import sympy as sp

from nnlib.book.arrays import Array
from nnlib.book.domains import conditions_to_make_sense
from nnlib.book.expectation import Expected
from nnlib.book.orthonormal import condition, frames
from nnlib.book.printing import tex
from nnlib.book.symbols import (
    Applied,
    Defined,
    FunctionalValue,
    Inverse,
    LogDeterminant,
    free_index_ranges,
    printed_names,
    require_known_kind,
    unfold,
)

_INDEX_LETTERS = "ijkpqrstuvw"


@dataclass(frozen=True, eq=False)
class Relation:
    """`left sign right`, element by element where the sides are arrays."""

    left: Any
    sign: str
    right: Any
    because: Any = None  # of an inequality: an expression equal to right − left, plainly ≥ 0 or > 0
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
        require_one_meaning([self])
        for symbol in self.free() | set(self.between):
            require_known_kind(symbol)
        for symbol, (low, high) in self.between.items():
            if not sp.sympify(low) < sp.sympify(high) or _contradicts(symbol, low, high):
                raise ValueError(
                    f"between says {low} < {symbol} < {high}; expected a range that is not empty "
                    f"and that agrees with what is assumed of {symbol}"
                )

    @property
    def shape(self):
        return next((s.shape for s in (self.left, self.right) if isinstance(s, Array)), ())

    def tex(self, align=""):
        sign = {"=": "=", "<=": r"\le", "<": "<"}[self.sign]
        return f"{side_tex(self.left)} {align}{sign} {side_tex(self.right)}"

    def shown(self):
        """TeX of the statement and the conditions beside it."""
        conditions = ", ".join([*self.conditions(), *self.needed()])
        return self.tex() + (rf" \qquad ({conditions})" if conditions else "")

    @cached_property
    def places(self):
        """The indices of the general element: letters that neither side uses for something else."""
        probe = [sp.Dummy(integer=True) for _ in self.shape]
        sides = [element(side, tuple(probe)) for side in (self.left, self.right)]
        taken = {str(s) for side in sides for s in side.free_symbols}
        letters = [k for k in _INDEX_LETTERS if k not in taken]
        return tuple(sp.Symbol(k, integer=True) for k in letters[: len(self.shape)])

    @cached_property
    def index_tuples(self):
        """The general element's indices, or every element's where the shape is of numbers."""
        if not all(n.is_number for n in self.shape):
            return [self.places]
        return list(product(*(map(sp.Integer, range(1, int(n) + 1)) for n in self.shape)))

    @cached_property
    def elements(self):
        """(left, right) for each of the `index_tuples`."""
        return [(element(self.left, p), element(self.right, p)) for p in self.index_tuples]

    def only_names(self):
        """Whether the left side is a name and the right side its definition: nothing is claimed."""
        return self.sign == "=" and all(
            isinstance(left, Defined) and left.unfold().as_dummy() == right.as_dummy()
            for left, right in self.elements
        )

    def ranges(self):
        """{free index: size}."""
        ranges = {}
        for side in self.opened:
            ranges |= free_index_ranges(side)
        named = dict(zip(self.places, self.shape, strict=True))
        return {k: n for k, n in (named | ranges).items() if k.is_integer and not k.is_positive}

    @cached_property
    def opened(self):
        """Every side of every element, its definitions opened."""
        return [unfold(side) for pair in self.elements for side in pair]

    def free(self):
        """Free symbols of both sides, and of arguments that vanish when opened: relu′(z) = 1, z > 0."""
        sides = [side for pair in self.elements for side in pair]
        applied = {node for side in sides for node in side.atoms(Applied)}
        bound = {limit.args[1] for side in sides for limit in side.atoms(sp.Limit)}
        bound |= {
            z for side in sides for integral in side.atoms(sp.Integral) for z in integral.variables
        }
        bound |= {
            law.variable for side in sides for node in side.atoms(Expected) for law in node.laws
        }
        arguments = set().union(*(unfold(node.args[0]).free_symbols for node in applied))
        return set().union(*(side.free_symbols for side in self.opened)) | (arguments - bound)

    def sizes(self):
        """Symbols for sizes, in alphabetical order."""
        inside = self.free() | {s for n in self.shape for s in n.free_symbols}
        return sorted(
            (s for s in inside if s.is_Symbol and s.is_integer and s.is_positive), key=str
        )

    def atoms(self, kind):
        return {a for side in self.opened for a in side.atoms(kind)}

    def functions(self):
        """{name of an undetermined function: how often it is differentiated}."""
        orders = {}
        for side in self.opened:
            for applied in _differentiated(side).atoms(Applied):
                name = applied.func.tex.rstrip("'")
                orders[name] = max(orders.get(name, 0), applied.func.tex.count("'"))
        return dict(sorted(orders.items()))

    def costs(self):
        return sorted({str(a.name) for a in self.atoms(FunctionalValue) if a.is_undetermined})

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
            elif s.is_nonzero:
                shown.append(rf"{name} \ne 0")
        return shown

    def needed(self):
        """TeX of each condition without which a side makes no sense, such as z − 1 ≠ 0."""
        return conditions_to_make_sense([s for pair in self.elements for s in pair], self.between)

    def has_hypotheses(self):
        """Whether it speaks of a cost of which more is known, or of the inverse that a matrix must have."""
        values = self.atoms(FunctionalValue)
        return any(a.stand_in or isinstance(a, Inverse | LogDeterminant) for a in values)

    def frames(self):
        """The matrices with orthonormal columns."""
        return frames(self.opened)

    def orthonormality(self):
        """TeX of what is known of each of them, UᵀU = I."""
        return [condition(base) for base in self.frames()]


def equal(left, right, *, between=None, code=()):
    """left = right."""
    return Relation(left, "=", right, between=between or {}, code=_listed(code))


def at_most(left, right, *, because, between=None, code=()):
    """left ≤ right, because right − left equals `because`, which is a sum of nonnegative terms."""
    return Relation(left, "<=", right, because, between or {}, _listed(code))


def below(left, right, *, because, between=None, code=()):
    """left < right, because right − left equals `because`, which is positive."""
    return Relation(left, "<", right, because, between or {}, _listed(code))


def require_one_meaning(relations):
    """Two different things that are printed alike would make the page say something else.

    From one relation of a statement to the next a number may change its sign (z > 0 stands beside one,
    z < 0 beside the other), and the cost may be seen as a function of another layer.
    """
    meanings = {}
    for relation in relations:
        sides = (side for pair in relation.elements for side in pair)
        for name, meaning in (named for side in sides for named in printed_names(side)):
            key = (name, relation) if isinstance(meaning, sp.Symbol | FunctionalValue) else name
            others = [meanings.get(name), meanings.get((name, relation))]
            if any(other not in (None, meaning) for other in others):
                raise ValueError(f"two different things are printed as {name} in one statement")
            meanings[key] = meaning


def _contradicts(symbol, low, high):
    """Whether the open range holds numbers that the symbol's own assumptions exclude."""
    return bool(
        (symbol.is_nonnegative and low < 0)
        or (symbol.is_nonpositive and high > 0)
        or (symbol.is_nonzero and low < 0 < high)
    )


def _differentiated(expr):
    """`expr` with every derivative taken that can be taken, to see how smooth its functions must be."""
    taken = lambda derivative: derivative.expr.diff(*derivative.variable_count)
    try:
        return expr.replace(lambda e: isinstance(e, sp.Derivative), taken)
    except NotImplementedError:
        return expr


def _listed(code):
    return tuple(code) if isinstance(code, list | tuple) else (code,)


def element(side, place):
    return side[place] if isinstance(side, Array) else side


def side_tex(side):
    return side.tex if isinstance(side, Array) else tex(side)
