"""The exercises that have a box: their names, shapes and reference answers, chapter by chapter."""

import random
import tomllib
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import permutations
from pathlib import Path

import mpmath
import sympy as sp

from nnlib.book.answers.meaning import Node, Reader, described
from nnlib.book.answers.reading import Unreadable, canonical, read
from nnlib.book.answers.values import Evaluation, Numbers, entries

TABLES = Path(__file__).parent / "tables"
DOMAINS = "real", "positive", "0 to 1", "distribution"
_SIZES = (3, 2, 4, 5), (2, 4, 3, 6)
_SIMPLE = {
    "real": ["-2", "-1.5", "-1", "-0.5", "0.5", "1.5", "2", "2.5", "3"],
    "positive": ["0.5", "1.5", "2", "2.5", "3", "4"],
    "0 to 1": ["0.1", "0.2", "0.3", "0.4", "0.6", "0.7", "0.8", "0.9"],
}
POINTS = 6  # half of them of few digits, to be shown; half of many


def _stand_ins():
    """What an undetermined function is tried as: (words, expression)."""
    t = sp.Symbol("t", real=True)
    return t, (("sin", sp.sin(t)), ("t + t²/2 + t³/3", t + t**2 / 2 + t**3 / 3))


@dataclass(frozen=True)
class Point:
    """Numbers for every name: `given` as they are shown, `values` with the derived ones."""

    sizes: dict
    given: dict
    values: dict
    functions: dict
    stand_ins: dict

    def evaluate(self, node, indices=()):
        """The value of a tree here; with free indices, a list over each."""
        return _over(Evaluation(Numbers(self.functions), self.values, self.sizes), node, indices)


def _over(evaluation, node, indices):
    if not indices:
        return evaluation(node)
    (letter, size), *rest = indices
    found = []
    for k in range(evaluation.sizes.get(size) or int(size)):
        evaluation.index[letter] = k
        found.append(_over(evaluation, node, rest))
    return found


@dataclass(frozen=True)
class Exercise:
    """An exercise of a table: `names` as {name: what it is}, the answer, slips that have a name."""

    label: str
    answer: str
    names: dict
    indices: str = ""
    slips: dict = field(default_factory=dict)

    def __post_init__(self):
        object.__setattr__(self, "names", {canonical(k): v for k, v in self.names.items()})

    @cached_property
    def functions(self):
        return tuple(name for name, what in self.names.items() if what == "function")

    @cached_property
    def derived(self):
        """{name: tree} of the names that others define."""
        found = {}
        for name, what in self.names.items():
            if what.startswith("="):
                found[name] = Reader(self._shapes_before(name, found), self.functions).mean(
                    read(what[1:])
                )
        return found

    def _shapes_before(self, name, found):
        before = list(self.names)[: list(self.names).index(name)]
        return {k: found[k].shape if k in found else _shape(self.names[k]) for k in before
                if k not in self.functions}  # fmt: skip

    @cached_property
    def shapes(self):
        return {name: self.derived[name].shape if name in self.derived else _shape(what)
                for name, what in self.names.items() if name not in self.functions}  # fmt: skip

    @cached_property
    def sizes(self):
        found = [size for shape in self.shapes.values() for size in shape if isinstance(size, str)]
        return tuple(dict.fromkeys(found))

    def understand(self, text):
        """(tree, free indices with their sizes) of what is typed; `Unreadable` says what is wrong."""
        return self.mean(read(text))

    def mean(self, tree):
        right, indices = self.reference
        reader = Reader(self.shapes, self.functions)
        reader.ranges.update(indices)
        node = reader.mean(tree)
        if set(reader.ranges) == set(self.indices):
            return node, indices
        return node, _axes(reader.ranges, right.shape, node.shape)

    @cached_property
    def reference(self):
        reader = Reader(self.shapes, self.functions, self.indices)
        node = reader.mean(read(self.answer))
        return node, tuple((k, reader.ranges[k]) for k in self.indices)

    @cached_property
    def points(self):
        rng = random.Random(self.label)
        return [self._point(rng, k) for k in range(POINTS)]

    def _point(self, rng, k):
        sizes = dict(zip(self.sizes, _SIZES[k % 2], strict=False))
        given = {name: _draw(rng, _numbers(self.shapes[name], sizes), _domain(what), k < POINTS // 2)
                 for name, what in self.names.items()
                 if name in self.shapes and name not in self.derived}  # fmt: skip
        t, stand_ins = _stand_ins()
        chosen = {name: stand_ins[(k + place) % 2] for place, name in enumerate(self.functions)}
        functions = {name + "'" * order: sp.lambdify(t, expr.diff(t, order), "mpmath")
                     for name, (_, expr) in chosen.items() for order in range(4)}  # fmt: skip
        values = {name: _mapped(mpmath.mpf, value) for name, value in given.items()}
        for name, node in self.derived.items():
            values[name] = Evaluation(Numbers(functions), values, sizes)(node)
        words = {name: words for name, (words, _) in chosen.items()}
        return Point(sizes, given, values, functions, words)

    def variables(self):
        return [Node("name", data=name, shape=shape) for name, shape in self.shapes.items()]


def _axes(ranges, shape, is_shape):
    """The order of free indices that nobody named: those of a column or a matrix given by its entries."""
    for order in permutations(sorted(ranges)):
        axes = tuple(zip(order, shape, strict=False))
        if (
            not is_shape
            and len(order) == len(shape)
            and all(ranges[k] in (None, n) for k, n in axes)
        ):
            return axes
    letters = " and ".join(sorted(ranges))
    raise Unreadable(f"Nothing sums over {letters}: expected {described(shape)}.")


def _mapped(f, value):
    return [_mapped(f, part) for part in value] if isinstance(value, list) else f(value)


def _shape(what):
    """ "n × m, positive" is of shape (n, m)."""
    sizes = what.partition(",")[0].strip()
    if sizes in DOMAINS:
        return ()
    return tuple(int(s) if s.isdigit() else canonical(s) for s in map(str.strip, sizes.split("×")))


def _domain(what):
    domain = what.rpartition(",")[2].strip()
    return domain if domain in DOMAINS else "real"


def _numbers(shape, sizes):
    return tuple(sizes.get(size) or int(size) for size in shape)


def _draw(rng, shape, domain, simple):
    if domain == "distribution":
        return _distribution(rng, shape)
    if simple:
        return _simple(rng, shape, domain)
    if shape:
        return [_draw(rng, shape[1:], domain, simple) for _ in range(shape[0])]
    share = mpmath.mpf(rng.getrandbits(150) + 1) / 2**150
    return {"real": 6 * share - 3, "positive": 3 * share, "0 to 1": share}[domain]


def _simple(rng, shape, domain):
    """Numbers of few digits, no two alike in a column."""
    if len(shape) == 2:
        return [_simple(rng, shape[1:], domain) for _ in range(shape[0])]
    found = rng.sample(_SIMPLE[domain], *shape or (1,))
    return found if shape else found[0]


def _distribution(rng, shape):
    """Columns of positive numbers that add up to 1."""
    rows = [[rng.randint(1, 9) for _ in range((*shape, 1)[1])] for _ in range(shape[0])]
    totals = [sum(column) for column in zip(*rows, strict=True)]
    rows = [[mpmath.mpf(x) / total for x, total in zip(row, totals, strict=True)] for row in rows]
    return rows if len(shape) == 2 else [row[0] for row in rows]


@cache
def table(chapter):
    """{label: Exercise} of a chapter."""
    with (TABLES / f"{chapter}.toml").open("rb") as file:
        found = tomllib.load(file)
    return {label: Exercise(label, **fields) for label, fields in found.items()}


def chapters():
    return sorted(path.stem for path in TABLES.glob("*.toml"))


def exercise(label):
    """The exercise of that label; `KeyError` says which there are."""
    for chapter in chapters():
        if label in table(chapter):
            return table(chapter)[label]
    labels = ", ".join(name for chapter in chapters() for name in table(chapter))
    raise KeyError(f"no exercise is called {label!r}; those with a box are {labels}")


__all__ = ["Exercise", "Point", "chapters", "entries", "exercise", "table"]
