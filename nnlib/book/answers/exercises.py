"""The exercises that have a box: their names, shapes and reference answers, chapter by chapter.

A table says what may be typed, and the answer, in the box's own grammar:

    [ex-input-gradient]
    answer = "W.T delta"
    names = { W = "n_1 × n_0", delta = "n_1" }

A name has sizes, a domain, or both ("n", "positive", "n × m, distribution": columns that add up to 1), is
a "function" that stays undetermined, or stands for a formula of the names before it ("= a(z)"). Two
fields more: `indices`, the letters that stay free in the answer, and `slips`, {wrong answer: words}.
"""

import random
import re
import tomllib
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import pairwise, permutations
from pathlib import Path

import mpmath
import sympy as sp

from nnlib.book.answers.meaning import MOST_PRIMES, Node, Reader, as_shape, described
from nnlib.book.answers.reading import Unreadable, canonical, read, tokens
from nnlib.book.answers.values import DIGITS, Evaluation, Numbers, TooLarge, Undefined, entries

TABLES = Path(__file__).parent / "tables"
DOMAINS = "real", "positive", "0 to 1", "distribution"
_SIZES = (3, 2, 4, 5), (2, 4, 3, 6), (4, 3, 5, 2)
_SIMPLE = {
    "real": ["-3", "-2", "-1.5", "-0.5", "0.4", "0.5", "1.5", "2", "2.5"],
    "positive": ["0.4", "0.5", "1.5", "2", "2.5", "3"],
    "0 to 1": ["0.1", "0.2", "0.3", "0.4", "0.6", "0.7", "0.8", "0.9"],
}
# A number of many digits is at most so large, and at least half that.
_SCALES = 1, 6, mpmath.mpf(1) / 2, 2
# The first points are of few digits, to be shown; in the others no two numbers meet by chance. Many more
# are for an answer that agrees at all of these and could not be proved.
SIMPLE, POINTS, MORE_POINTS = 4, 12, 100


@cache
def _stand_ins():
    """What an undetermined function is tried as: (words, the function and its derivatives)."""
    t = sp.Symbol("t", real=True)
    found = {
        "sin(t)": sp.sin(t), "t + t²/2 + t³/3": t + t**2 / 2 + t**3 / 3,
        "cos(t) + t²/3": sp.cos(t) + t**2 / 3,
    }  # fmt: skip
    return [
        (words, [sp.lambdify(t, value.diff(t, k), "mpmath") for k in range(MOST_PRIMES + 1)])
        for words, value in found.items()
    ]


@dataclass(frozen=True)
class Point:
    """Numbers for every name: `given` as they are shown, `values` with the derived ones."""

    sizes: dict
    given: dict
    values: dict
    functions: dict
    stand_ins: dict

    def evaluate(self, node, axes=()):
        """The value of a tree here; with free indices, a list over each."""
        return Evaluation(Numbers(self.functions), self.values, self.sizes).over(node, axes)


@dataclass(frozen=True)
class Exercise:
    """An exercise of a table: `names` as {name: what it is}, the answer, slips that have a name."""

    label: str
    answer: str
    names: dict
    indices: str = ""
    slips: dict = field(default_factory=dict)

    def __post_init__(self):
        for name in self.names:
            _require_name(name)
        names = {canonical(name): what for name, what in self.names.items()}
        if len(names) < len(self.names):
            raise ValueError(f"two names are one: {', '.join(self.names)}")
        object.__setattr__(self, "names", names)

    @cached_property
    def functions(self):
        return tuple(name for name, what in self.names.items() if what == "function")

    @cached_property
    def derived(self):
        """{name: tree} of the names that others define."""
        found = {}
        for name, what in self.names.items():
            if what.startswith("="):
                before = self._shapes_before(name, found)
                found[name] = Reader(before, self.functions).mean(self.read(what[1:]))
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

    @cached_property
    def reference(self):
        """(tree, its free indices with their sizes) of the answer."""
        reader = Reader(self.shapes, self.functions, dict.fromkeys(self.indices))
        node = reader.mean(self.read(self.answer))
        return node, tuple((k, reader.ranges[k]) for k in self.indices)

    def understand(self, text):
        """(tree, free indices with their sizes) of what is typed; `Unreadable` says what is wrong."""
        return self.mean(self.read(text))

    def read(self, text):
        """The tree of what is typed here."""
        names = [name for name in self.names if name not in self.functions]
        plain = [what for what in self.names.values() if what != "function" and what[:1] != "="]
        sizes = [size for what in plain for size in _shape(what)]
        return read(text, [*names, *filter(lambda size: isinstance(size, str), sizes)])

    def mean(self, tree):
        """The same for a tree of `reading`. An array may be given by its entries, and entries by an array."""
        right, axes = self.reference
        reader = Reader(self.shapes, self.functions, axes)
        node = reader.mean(tree)
        letters = node.letters()
        if axes and not node.shape and letters <= set(self.indices):
            return node, axes
        if not letters:
            return node, ()
        if not axes and not node.shape:
            sizes = [size for size in right.shape if size != 1]
            if len(letters) == len(sizes):
                for order in permutations(sorted(letters)):  # at most two letters
                    if all(
                        reader.ranges[k] in (None, n) for k, n in zip(order, sizes, strict=True)
                    ):
                        return node, tuple(zip(order, sizes, strict=True))
        over = " and ".join(
            f"`{k}`" for k in sorted(letters - set(self.indices)) or sorted(letters)
        )
        free = ", ".join(f"`{k}`" for k in self.indices)
        wanted = (
            f"the free indices are {free} here" if free else f"expected {described(right.shape)}"
        )
        raise Unreadable(f"Nothing sums over {over}: {wanted}.", tree.place)

    @cached_property
    def points(self):
        rng = random.Random(self.label)
        with mpmath.workdps(DIGITS):
            return [self._point(rng, k) for k in range(POINTS)]

    @cached_property
    def more_points(self):
        rng = random.Random(f"{self.label}: more")
        with mpmath.workdps(DIGITS):
            return [self._point(rng, POINTS + k) for k in range(MORE_POINTS)]

    def _point(self, rng, k):
        sizes = dict(zip(self.sizes, _SIZES[k % len(_SIZES)], strict=False))
        draw = _Draw(rng, k)
        given = {name: draw(_numbers(shape, sizes), _domain(self.names[name]))
                 for name, shape in self.shapes.items() if name not in self.derived}  # fmt: skip
        functions, words = {}, {}
        for place, name in enumerate(self.functions):
            words[name], orders = _stand_ins()[(k + place) % len(_stand_ins())]
            functions |= {name + "'" * order: f for order, f in enumerate(orders)}
        values = {name: _mapped(mpmath.mpf, value) for name, value in given.items()}
        for name, node in self.derived.items():
            values[name] = Evaluation(Numbers(functions), values, sizes)(node)
        return Point(sizes, given, values, functions, words)

    def variables(self):
        return [Node("name", data=name, shape=shape) for name, shape in self.shapes.items()]

    def validate(self):
        """Raise ValueError, saying what is wrong, unless the exercise can be asked."""
        for name, what in self.names.items():
            if what != "function" and not what.startswith("="):
                _require_sizes(name, what)
        if len(self.sizes) > len(_SIZES[0]):
            raise ValueError(
                f"has the sizes {', '.join(self.sizes)}; at most {len(_SIZES[0])} are tried"
            )
        if both := set(self.sizes) & set(self.names):
            raise ValueError(f"{', '.join(sorted(both))} is a size and a name")
        node, axes = self.reference
        if axes and node.shape:
            raise ValueError(
                f"has indices, {self.indices}, and an answer that is {described(node.shape)}"
            )
        if strange := node.letters() - set(self.indices):
            raise ValueError(f"the answer has the free indices {', '.join(sorted(strange))}")
        if unknown := [k for k, size in axes if size is None]:
            raise ValueError(f"nothing says how far the index {unknown[0]} runs")
        right = self._values(self.answer, node, axes)
        for text in self.slips:
            if self._values(text, *self.understand(text)) == right:
                raise ValueError(f"the slip {text!r} is equal to the answer")

    def _values(self, text, node, axes):
        try:
            found = [entries(point.evaluate(node, axes)) for point in self.points]
        except (Undefined, TooLarge) as error:
            raise ValueError(f"{text!r} has no value at a point that is tried: {error}") from None
        return [[mpmath.nstr(x, 40) for x in values] for values in found]


class _Draw:
    """Numbers of a domain for the k-th point: of few digits in the first points, of many in the others.

    The signs of the first real numbers go through all their combinations, and the first number of all
    through every scale with either sign.
    """

    def __init__(self, rng, k):
        self.rng, self.k, self.simple, self.drawn = rng, k, k < SIMPLE, 0
        self.taken = set()

    def __call__(self, shape, domain):
        if domain == "distribution":
            return self.distribution(shape)
        if len(shape) == 2:
            return [self(shape[1:], domain) for _ in range(shape[0])]
        if not shape:
            self.drawn += 1
        one = self.few_digits if self.simple else self.many_digits
        if shape:
            self.taken = set()
            return [one(domain, self.rng.random() < 0.5, True) for _ in range(shape[0])]
        mask = self.drawn if self.drawn <= 3 else self.rng.randint(1, 3)
        return one(domain, (self.k & mask).bit_count() % 2 == 1)

    def few_digits(self, domain, negative, in_array=False):
        """One of the simple numbers, not twice the same as long as there are others."""
        pool = [x for x in _SIMPLE[domain] if domain != "real" or negative == x.startswith("-")]
        found = self.rng.choice([x for x in pool if x not in self.taken] or pool)
        self.taken.add(found)
        return found

    def many_digits(self, domain, negative, in_array=False):
        share = mpmath.mpf(self.rng.getrandbits(200) + 1) / 2**200
        if domain == "0 to 1":
            return share
        scale = self.rng.choice([s for s in _SCALES if s <= 2] if in_array else _SCALES)
        if self.drawn == 1 and not in_array:
            scale = _SCALES[self.k // 2 % len(_SCALES)]
        return scale * (1 + share) / 2 * (-1 if domain == "real" and negative else 1)

    def distribution(self, shape):
        """Columns of positive numbers that add up to 1: of tenths, or of many digits."""
        columns = [self.shares(shape[0]) for _ in range(shape[1] if len(shape) == 2 else 1)]
        return [list(row) for row in zip(*columns, strict=True)] if len(shape) == 2 else columns[0]

    def shares(self, n):
        if self.simple and n < 10:
            cuts = [0, *sorted(self.rng.sample(range(1, 10), n - 1)), 10]
            tenths = [high - low for low, high in pairwise(cuts)]
            if len(set(tenths)) < min(n, 4):  # five and more tenths cannot all differ
                return self.shares(n)
            return [f"0.{share}" if share < 10 else "1" for share in tenths]
        parts = [self.many_digits("0 to 1", False) for _ in range(n)]
        return [part / sum(parts) for part in parts]


def _mapped(f, value):
    return [_mapped(f, part) for part in value] if isinstance(value, list) else f(value)


def _parts(what):
    """The sizes, as they are written, and the domain of a name: "n × m, positive" """
    sizes, _, domain = what.rpartition(",")
    if not sizes and domain.strip() not in DOMAINS:
        sizes, domain = domain, "real"
    return [size.strip() for size in sizes.split("×")] if sizes else [], domain.strip()


def _shape(what):
    """ "n × m, positive" is of shape (n, m); "n × 1" is a column."""
    sizes = [int(s) if re.fullmatch("[0-9]+", s) else canonical(s) for s in _parts(what)[0]]
    if len(sizes) == 2:
        return as_shape(tuple(sizes))
    return () if sizes == [1] else tuple(sizes)


def _domain(what):
    return _parts(what)[1]


def _numbers(shape, sizes):
    return tuple(sizes[size] if size in sizes else int(size) for size in shape)


def _require_name(name):
    try:
        found = tokens(name)
    except Unreadable:
        found = []
    if len(found) != 2 or found[0].kind != "name" or name.endswith("'"):
        raise ValueError(f"{name!r} cannot be typed as a name")


def _require_sizes(name, what):
    sizes, domain = _parts(what)
    good = domain in DOMAINS and len(sizes) <= 2
    if not good or (domain == "distribution" and not sizes):
        raise ValueError(
            f"{name} = {what!r}: expected sizes such as 'n' or 'n × m', one of {', '.join(DOMAINS)}, "
            "or both with a comma between; 'function'; or '= formula'"
        )
    for size in sizes:
        if not re.fullmatch("[1-9][0-9]*", size):
            _require_name(size)


@cache
def table(chapter):
    """{label: Exercise} of a chapter, as its table has them; `validate` looks further."""
    path = TABLES / f"{chapter}.toml"
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path.name}: {error}") from None
    return {label: _exercise(label, given) for label, given in found.items()}


def _exercise(label, given):
    """The exercise of these fields; ValueError names the label and what is wrong."""
    kinds = {"answer": str, "names": dict, "indices": str, "slips": dict}
    if missing := {"answer", "names"} - set(given):
        raise ValueError(f"{label}: has no {' and no '.join(sorted(missing))}")
    if strange := set(given) - set(kinds):
        raise ValueError(f"{label}: has {', '.join(sorted(strange))}; known are {', '.join(kinds)}")
    for name, value in given.items():
        texts = (
            [value] if kinds[name] is str else value.values() if isinstance(value, dict) else [0]
        )
        if not all(isinstance(text, str) for text in texts):
            raise ValueError(f"{label}: {name} holds {value!r}; expected text throughout")
    try:
        return Exercise(label, **given)
    except ValueError as error:
        raise ValueError(f"{label}: {error}") from None


def chapters():
    return sorted(path.stem for path in TABLES.glob("*.toml"))


@cache
def exercise(label):
    """The exercise of that label, validated; `KeyError` says which there are."""
    for chapter in chapters():
        if label in table(chapter):
            return validated(table(chapter)[label])
    labels = ", ".join(name for chapter in chapters() for name in table(chapter))
    raise KeyError(f"no exercise is called {label!r}; those with a box are {labels}")


def validated(found):
    """The exercise itself; ValueError, with its label, if it cannot be asked."""
    try:
        with mpmath.workdps(DIGITS):
            found.validate()
    except ValueError as error:
        raise ValueError(f"{found.label}: {error}") from None
    return found


__all__ = ["Exercise", "Point", "chapters", "entries", "exercise", "table"]
