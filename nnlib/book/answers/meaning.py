"""A tree whose every name is known and whose every shape fits: which product each `*` was meant to be."""

import re
from dataclasses import dataclass
from difflib import get_close_matches

from nnlib.book.answers.reading import GREEK, Parsed, Unreadable

UNARY = (
    "exp", "log", "sqrt", "abs", "sign", "sin", "cos", "tan", "sinh", "cosh", "tanh",
    "σ", "relu", "softplus", "Φ", "φ",
)  # fmt: skip
BINARY = "max", "min"
OF_ARRAYS = "softmax", "diag", "outer", "dot", "inv", "norm", "trace", "sum", "mean", "kron"
CONSTANTS = "e", "π"
MOST_PRIMES = 3


class Misfit(Unreadable):
    """Shapes that do not fit together."""


@dataclass(frozen=True)
class Node:
    """`op` of `args`: its shape is (), (n,) for a column, or (n, m); a row is (1, n).

    `data` is what else there is to say: a number's digits, a name, a function's name, indices.
    """

    op: str
    args: tuple = ()
    data: str = ""
    shape: tuple = ()

    def walk(self):
        yield self
        for arg in self.args:
            yield from arg.walk()

    def letters(self):
        """The free indices: those that stand somewhere, and over which nothing sums."""
        found = set().union(*(arg.letters() for arg in self.args))
        if self.op == "total":
            return found - {self.data.split()[0]}
        return found | set(self.data.split()) if self.op in ("element", "kron") else found


def build(op, *args, data=""):
    """The node of that op, its shape found from its parts; `Misfit` where they do not fit."""
    return Node(
        op, args, data, _SHAPES[op](*(arg.shape for arg in args), *([data] * (op in _OF_DATA)))
    )


def number(value):
    return Node("number", data=str(value))


# ── shapes ───────────────────────────────────────────────────────────────────────────────────────


def as_matrix(shape):
    """A column (n,) as (n, 1); a scalar as (1, 1)."""
    return (*shape, 1, 1)[:2]


def as_shape(matrix):
    """The shape of what has so many rows and columns: () for one entry, (n,) for one column."""
    rows, columns = matrix
    return matrix if columns != 1 else (rows,) if rows != 1 else ()


def described(shape):
    """Words for a shape; its sizes stand between backquotes, to be set as mathematics."""
    if not shape:
        return "a number"
    if len(shape) == 1:
        return f"a column of length `{shape[0]}`"
    if shape[0] == 1:
        return f"a row of length `{shape[1]}`"
    return f"a matrix `{shape[0]}` × `{shape[1]}`"


def _alike(what):
    def shape(left, right):
        if left and right and left != right:
            raise Misfit(f"{what} {described(left)} and {described(right)} do not fit.")
        return left or right

    return shape


def _matmul(left, right):
    if not (left and right):
        raise Misfit("@ multiplies columns, rows and matrices; for a number, write *.")
    (rows, inner), (other, columns) = as_matrix(left), as_matrix(right)
    if len(left) == len(right) == 1 and left == right:
        return ()
    if inner != other:
        raise Misfit(
            f"The product of {described(left)} and {described(right)}: as many columns on the left "
            "as rows on the right are needed. Is a transpose missing, or one too many?"
        )
    return as_shape((rows, columns))


def _square(what):
    def shape(matrix):
        if len(matrix) != 2 or matrix[0] != matrix[1]:
            raise Misfit(f"{what} takes a square matrix; this is {described(matrix)}.")
        return matrix if what == "inv" else ()

    return shape


def _scalar_exponent(base, exponent):
    if exponent:
        raise Misfit(f"An exponent is a number; this is {described(exponent)}.")
    if len(base) == 2 and base[0] == base[1]:
        raise Misfit("A power of a square matrix has two readings: write A @ A, A .* A, or inv(A).")
    return base


def _vector(what, shape_of):
    def shape(*vectors):
        for vector in vectors:
            if len(vector) != 1:
                raise Misfit(f"{what} takes columns; this is {described(vector)}.")
        return shape_of(*vectors)

    return shape


def _summed(shape, axis):
    if axis == "":
        return ()
    if len(shape) != 2 or shape[0] == 1:
        raise Misfit(f"An axis is for a matrix; this is {described(shape)}.")
    return (shape[1 - int(axis)],)


def _softmax(shape):
    if not shape or shape[0] == 1:
        raise Misfit(f"softmax takes a column, or a matrix of columns; this is {described(shape)}.")
    return shape


_SHAPES = {
    "+": _alike("A sum:"), "-": _alike("A difference:"), "⊙": _alike("A product entry by entry:"),
    "/": _alike("A quotient:"), "max": _alike("The larger of the two:"), "min": _alike("The smaller of the two:"),
    "neg": lambda shape: shape, "@": _matmul, "^": _scalar_exponent,
    "T": lambda shape: as_shape(as_matrix(shape)[::-1]) if len(shape) != 1 else (1, *shape),
    "apply": lambda shape, data: shape, "number": lambda data: (), "constant": lambda data: (),
    "sum": _summed, "mean": _summed, "total": lambda shape, data: shape, "kron": lambda data: (),
    "softmax": _softmax, "diag": _vector("diag", lambda v: v * 2), "inv": _square("inv"),
    "outer": _vector("outer", lambda u, v: (*u, *v)), "norm": _vector("norm", lambda v: ()),
    "trace": _square("trace"), "element": lambda shape, data: (),
}  # fmt: skip
_OF_DATA = "apply", "number", "constant", "sum", "mean", "total", "kron", "element"


# ── from what was read to what was meant ─────────────────────────────────────────────────────────


class Reader:
    """Gives each name its meaning: `shapes` of the names, `functions` left undetermined.

    `ranges` is {index: the size of its axis, None as long as nothing says it}.
    """

    def __init__(self, shapes, functions=(), ranges=()):
        self.shapes, self.functions, self.ranges = shapes, functions, dict(ranges)
        self.sizes = {size for shape in shapes.values() for size in shape if isinstance(size, str)}

    def mean(self, tree):
        """The Node for a tree of `reading`; `Unreadable` points at the place."""
        try:
            tree = self._apart(tree)
            return getattr(self, "_" + _RULES.get(tree.kind, "operator"))(tree)
        except Unreadable as error:
            if error.place is None:
                error.place = tree.place
            raise

    def _apart(self, tree):
        """wx² as w x²: of names side by side, a power and a transpose take the last alone."""
        if tree.kind not in ("^", "T") or tree.parts[0].kind != "name":
            return tree
        base, *others = tree.parts
        *before, last = self._side_by_side(base.text) or [base.text]
        if not before:
            return tree
        names = [Parsed("name", (), part, base.place, part) for part in (*before, last)]
        powered = Parsed(tree.kind, (names.pop(), *others), tree.text, tree.place)
        return Parsed("chain", (*names, powered), " " * len(names), base.place)

    def _side_by_side(self, name):
        """The names that, written side by side, are this one, if it is no name itself."""
        names = (*self.shapes, *self.sizes, *CONSTANTS)
        functions = (*self.functions, *UNARY, *BINARY, *OF_ARRAYS)
        if name in (*names, *functions) or len(name) > 8 or self._indexed(name):
            return None
        return _split(name, [*self.shapes, *CONSTANTS])

    def _operator(self, tree):
        return build(tree.kind, *map(self.mean, tree.parts))

    def _number(self, tree):
        return number(tree.text)

    def _axis(self, tree):
        raise Unreadable("An axis is named in sum(…) and mean(…) only.")

    def _power(self, tree):
        base, exponent = map(self.mean, tree.parts)
        if len(base.shape) == 2 and exponent == build("neg", number(1)):
            return build("inv", base)
        return build("^", base, exponent)

    # ── names

    def _name(self, tree):
        name, shapes = tree.text, self.shapes
        if name in shapes:
            return Node("name", data=name, shape=shapes[name])
        if name in self.sizes:
            return Node("size", data=name)
        if name in CONSTANTS:
            return build("constant", data=name)
        if indexed := self._indexed(name):
            return self._element(*indexed)
        if self._is_function(name) or name in (*BINARY, *OF_ARRAYS):
            raise Unreadable(f"`{name}` is a function: of what? Write {tree.typed}(…).")
        if name.endswith("'"):
            plain = tree.typed.rstrip("'")
            raise Unreadable(
                f"A prime is for a function, as in a'(z), and {plain} is none. "
                "The transpose of W is W.T."
            )
        if parts := self._side_by_side(name):
            return _chain_of(self._variables(parts))
        raise Unreadable(self._unknown(tree.typed or name, name))

    def _unknown(self, typed, name):
        has = ", ".join(f"`{k}`" for k in self.shapes)
        functions = ", ".join(f"`{k}`(…)" for k in self.functions)
        has = "; it has " + ", ".join(filter(None, (has, functions))) if has or functions else ""
        return f"“{typed}” is not a name in this exercise{has}.{self._nearest(name)}"

    def _nearest(self, name):
        every = (*UNARY, *BINARY, *OF_ARRAYS, *self.sizes, *self.functions, *self.shapes)
        spelled = {word: letter for word, letter in GREEK.items() if letter in every}
        folded = {
            typed.lower(): known
            for typed, known in [*spelled.items(), *zip(every, every, strict=True)]
        }
        near = get_close_matches(name.lower(), folded, 1, 0.6 if len(name) > 2 else 0.5)
        return f" Did you mean `{folded[near[0]]}`?" if near else ""

    def _is_function(self, name):
        plain = name.rstrip("'")
        if plain not in (*self.functions, *UNARY):
            return False
        if len(name) - len(plain) > MOST_PRIMES:
            raise Unreadable(f"Not more than {MOST_PRIMES} primes are read.")
        return True

    # ── indices

    def _indexed(self, name):
        """(array, letters) of a name such as W_ij or z_1_i; None if it is none."""
        parts = name.split("_")
        for end in range(len(parts) - 1, 0, -1):
            base, letters = "_".join(parts[:end]), "".join(parts[end:])
            if base in self.shapes or (base == "δ" and letters.isalpha()):
                return base, list(letters)
        return None

    def _index(self, tree):
        (inner,) = tree.parts
        if inner.kind != "name":
            raise Unreadable("An index may stand behind a name only, as in W[i, j].")
        if inner.text not in self.shapes and inner.text != "δ":
            raise Unreadable(self._unknown(inner.typed, inner.text), inner.place)
        return self._element(inner.text, tree.text.split())

    def _element(self, base, letters):
        if not all(re.fullmatch("[A-Za-z]", letter) for letter in letters):
            raise Unreadable(f"An index is a letter, as in {base}_i; one came that is none.")
        if base not in self.shapes:
            return self._kron(letters)
        array = Node("name", data=base, shape=self.shapes[base])
        axes = [size for size in array.shape if size != 1]  # a row needs no index for its one row
        if len(letters) != len(axes):
            takes = ("no index", "one index", "two indices")[len(axes)]
            raise Misfit(f"`{base}` is {described(array.shape)}: it takes {takes}.")
        for letter, size in zip(letters, axes, strict=True):
            self._runs(letter, size, f"this axis of `{base}`")
        if len(array.shape) == 2 and len(axes) == 1:
            array = build("T", array)
        return build("element", array, data=" ".join(letters))

    def _runs(self, letter, size, where):
        known = self.ranges.setdefault(letter, None)
        if None not in (known, size) and known != size:
            raise Misfit(f"The index `{letter}` runs to `{known}`, but {where} to `{size}`.")
        self.ranges[letter] = known if size is None else size

    def _kron(self, letters):
        if len(letters) != 2:
            raise Unreadable("Kronecker's δ takes two indices, as in δ_ij.")
        for letter, other in (letters, letters[::-1]):
            self._runs(letter, self.ranges.get(other), f"`{other}`, beside it,")
        return build("kron", data=" ".join(letters))

    def _total(self, tree):
        """A sum over indices, each running along the axis on which it stands."""
        if not re.fullmatch("[A-Za-z]+", tree.text):
            raise Unreadable("An index is a letter: write sum_i, or sum(…, i).")
        hidden = {k: self.ranges.pop(k) for k in tree.text if k in self.ranges}
        body = self.mean(tree.parts[0])
        for letter in dict.fromkeys(tree.text):
            size = self.ranges.pop(letter, None)
            if size is None:
                raise Unreadable(f"Nothing in this sum has the index `{letter}`.")
            body = build("total", body, data=f"{letter} {size}")
        self.ranges |= hidden
        return body

    # ── calls

    def _call(self, tree):
        name = tree.text
        if self._is_function(name):
            self._require_arguments(tree, 1)
            return build("apply", self.mean(tree.parts[0]), data=name)
        if name in ("sum", "mean"):
            return self._sum(tree)
        if name == "kron":
            self._require_arguments(tree, 2)
            return self._element("δ", [part.text for part in tree.parts])
        if name in (*OF_ARRAYS, *BINARY):
            self._require_arguments(tree, 2 if name in ("outer", "dot", *BINARY) else 1)
            return build("@" if name == "dot" else name, *map(self.mean, tree.parts))
        if factors := self._before_function(tree):
            return _chain_of(factors)
        return self._times_bracket(tree)

    def _before_function(self, tree):
        """The factors of zF'(x): names that, written side by side, end in a function."""
        for k in range(1, min(len(tree.text), 8)):
            before, function = tree.text[:k], tree.text[k:]
            if self._is_function(function) and (
                parts := _split(before, [*self.shapes, *CONSTANTS])
            ):
                call = Parsed("call", tree.parts, function, tree.place, tree.typed)
                return [*self._variables(parts), self.mean(call)]
        return None

    def _variables(self, names):
        return [
            Node("name", data=name, shape=self.shapes[name])
            if name in self.shapes
            else build("constant", data=name)
            for name in names
        ]

    def _require_arguments(self, tree, wanted):
        if len(tree.parts) != wanted:
            count = f"{wanted} argument{'s' * (wanted > 1)}"
            raise Unreadable(f"{tree.typed} takes {count}; {len(tree.parts)} came.")

    def _times_bracket(self, tree):
        """wx(1 − p) is a product, where w and x are variables."""
        try:
            factor = self._name(Parsed("name", (), tree.text, tree.place, tree.typed))
        except Misfit:
            raise
        except Unreadable as error:
            if "is not a name" not in error.words:
                raise
            known = ", ".join([*self.functions, *UNARY, *BINARY, *OF_ARRAYS])
            near = self._nearest(tree.text) or f" The functions are {known}."
            words = f"“{tree.typed}” is neither a function nor a name here.{near}"
            raise Unreadable(words) from None
        self._require_arguments(tree, 1)
        return _chain_of([factor, self.mean(tree.parts[0])])

    def _sum(self, tree):
        """sum(x), sum(X, axis=1), sum(x_i, i): over all entries, along an axis, over an index."""
        first, *others = tree.parts
        if others and all(part.kind == "name" for part in others):
            if tree.text == "mean":
                raise Unreadable("A mean over an index: write the sum and divide by the size.")
            letters = "".join(part.text for part in others)
            return self._total(Parsed("sum", (first,), letters, tree.place))
        if len(others) > 1 or any(part.text not in ("0", "1") for part in others):
            raise Unreadable(
                f"{tree.typed}(…) takes what is added, and then an axis, 0 or 1, or an index; "
                "the index runs along the whole axis on which it stands."
            )
        return build(tree.text, self.mean(first), data="".join(part.text for part in others))

    # ── products

    def _chain(self, tree):
        return _chain_of([self.mean(part) for part in tree.parts], tree.text)


def _split(name, names):
    """Known names that, written side by side, are `name`: wx is w x."""
    if not name:
        return []
    for known in sorted(names, key=len, reverse=True):
        if name.startswith(known) and (rest := _split(name[len(known) :], names)) is not None:
            return [known, *rest]
    return None


def _chain_of(factors, signs=None):
    """Products from the left; where shapes forbid it, from the right (as in a'(z) * W.T * δ)."""
    signs = signs or " " * (len(factors) - 1)
    try:
        return _from_left(factors, signs)
    except Misfit as error:
        if "/" in signs:
            raise
        try:
            return _from_right(factors, signs)
        except Unreadable:
            raise error from None


def _from_left(factors, signs):
    tree = factors[0]
    for sign, factor in zip(signs, factors[1:], strict=True):
        tree = _product(sign, tree, factor)
    return tree


def _from_right(factors, signs):
    tree = factors[-1]
    for sign, factor in zip(signs[::-1], factors[-2::-1], strict=True):
        tree = _product(sign, factor, tree)
    return tree


def _product(sign, left, right):
    """`/` and `@` say what they are; `*`, or nothing, is the product that the shapes allow."""
    if sign in "/@":
        return build(sign, left, right)
    if not (left.shape and right.shape):
        return build("⊙", left, right)
    if left.shape != right.shape:
        return build("@", left, right)
    if as_matrix(left.shape)[1] != as_matrix(right.shape)[0]:
        return build("⊙", left, right)
    raise Unreadable(
        f"A product of {described(left.shape)} with another has two readings: write @ for the "
        "matrix product, .* for entry by entry."
    )


_RULES = {
    "number": "number", "name": "name", "chain": "chain", "index": "index", "sum": "total",
    "call": "call", "^": "power", "axis": "axis",
}  # fmt: skip
