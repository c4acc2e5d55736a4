"""A tree whose every name is known and whose every shape fits: which product each `*` was meant to be."""

from dataclasses import dataclass

from nnlib.book.answers.reading import Parsed, Unreadable

UNARY = (
    "exp", "log", "sqrt", "abs", "sign", "sin", "cos", "tan", "sinh", "cosh", "tanh",
    "σ", "relu", "softplus", "Φ", "φ",
)  # fmt: skip
BINARY = "max", "min"
OF_ARRAYS = "softmax", "diag", "outer", "dot", "inv", "norm", "trace", "sum", "mean", "kron"
CONSTANTS = "e", "π"


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
    if not shape:
        return "a number"
    if len(shape) == 1:
        return f"a column of length {shape[0]}"
    return f"a row of length {shape[1]}" if shape[0] == 1 else f"a matrix {shape[0]} × {shape[1]}"


def _alike(what):
    def shape(left, right):
        if left and right and left != right:
            raise Misfit(
                f"{what} {described(left)} and {described(right)}: the shapes must be alike."
            )
        return left or right

    return shape


def _matmul(left, right):
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
        raise Misfit("A power of a square matrix: write A @ A, or inv(A).")
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
    if len(shape) != 2:
        raise Misfit(f"An axis is for a matrix; this is {described(shape)}.")
    return (shape[1 - int(axis)],)


def _softmax(shape):
    if not shape:
        raise Misfit("softmax takes a column; this is a number.")
    return shape


_SHAPES = {
    "+": _alike("Adding"), "-": _alike("Subtracting"), "⊙": _alike("Entry by entry,"),
    "/": _alike("Dividing"), "max": _alike("The larger of"), "min": _alike("The smaller of"),
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
    """Gives each name its meaning: `shapes` of the names, `functions` left undetermined, free indices."""

    def __init__(self, shapes, functions=(), indices=""):
        self.shapes, self.functions = shapes, functions
        self.ranges = dict.fromkeys(indices)  # {index: the size of its axis, once it is known}
        self.sizes = {size for shape in shapes.values() for size in shape if isinstance(size, str)}

    def mean(self, tree):
        """The Node for a tree of `reading`; `Unreadable` points at the place."""
        try:
            return getattr(self, "_" + _RULES.get(tree.kind, "operator"))(tree)
        except Unreadable as error:
            if error.place is None:
                error.place = tree.place
            raise

    def _operator(self, tree):
        return build(tree.kind, *map(self.mean, tree.parts))

    def _number(self, tree):
        return number(tree.text)

    def _power(self, tree):
        base, exponent = map(self.mean, tree.parts)
        if len(base.shape) == 2 and exponent == build("neg", number(1)):
            return build("inv", base)
        return build("^", base, exponent)

    def _name(self, tree):
        name = tree.text
        if name in self.shapes:
            return Node("name", data=name, shape=self.shapes[name])
        if name in self.sizes:
            return Node("size", data=name)
        if name in CONSTANTS:
            return build("constant", data=name)
        base, *below = name.split("_")
        if below and (base in self.shapes or base == "δ"):
            return self._element(base, list("".join(below)))
        if name.rstrip("'") in (*self.functions, *UNARY, *OF_ARRAYS):
            raise Unreadable(f"{name} is a function: of what? Write {name}(…).", tree.place)
        if parts := self._split(name):
            return self._chain_of([Node("name", data=p, shape=self.shapes[p]) for p in parts])
        raise Unreadable(
            f"{name} is not a name in this exercise; it has {self.known()}.", tree.place
        )

    def known(self):
        return ", ".join([*self.shapes, *(f"{f}(…)" for f in self.functions)]) or "no names"

    def _split(self, name):
        """Known names that, written side by side, are `name`: wx is w x."""
        if not name or "_" in name:
            return None if name else []
        for known in sorted(self.shapes, key=len, reverse=True):
            if name.startswith(known) and (rest := self._split(name[len(known) :])) is not None:
                return [known, *rest]
        return None

    def _index(self, tree):
        (inner,) = tree.parts
        if inner.kind != "name":
            raise Unreadable("An index may stand behind a name only, as in W[i, j].", tree.place)
        return self._element(inner.text, tree.text.split())

    def _element(self, base, letters):
        for letter in letters:
            self.ranges.setdefault(letter, None)
        if base not in self.shapes and base == "δ":
            return self._kron(letters)
        array = self._name_of(base)
        if len(letters) != len(array.shape):
            raise Misfit(
                f"{base} is {described(array.shape)}: it takes {len(array.shape)} indices."
            )
        for letter, size in zip(letters, array.shape, strict=True):
            known = self.ranges[letter]
            if known not in (None, size):
                raise Misfit(
                    f"The index {letter} runs to {known}, but this axis of {base} to {size}."
                )
            self.ranges[letter] = size
        return build("element", array, data=" ".join(letters))

    def _name_of(self, base):
        if base not in self.shapes:
            raise Unreadable(f"{base} is not a name in this exercise; it has {self.known()}.")
        return Node("name", data=base, shape=self.shapes[base])

    def _kron(self, letters):
        if len(letters) != 2:
            raise Unreadable("Kronecker's δ takes two indices, as in δ_ij.")
        one, other = letters
        size = self.ranges[one] or self.ranges[other]
        self.ranges[one], self.ranges[other] = self.ranges[one] or size, self.ranges[other] or size
        return build("kron", data=" ".join(letters))

    def _total(self, tree):
        """A sum over indices, each running along the axis on which it stands."""
        hidden = {k: self.ranges.pop(k) for k in tree.text if k in self.ranges}
        self.ranges |= dict.fromkeys(tree.text)
        body = self.mean(tree.parts[0])
        for letter in tree.text:
            size = self.ranges.pop(letter)
            if size is None:
                raise Unreadable(f"Nothing in this sum has the index {letter}.")
            body = build("total", body, data=f"{letter} {size}")
        self.ranges |= hidden
        return body

    def _call(self, tree):
        name, plain = tree.text, tree.text.rstrip("'")
        if name in OF_ARRAYS or name in BINARY:
            return self._array_call(tree)
        if plain not in (*self.functions, *UNARY):
            return self._times_bracket(tree)
        if len(tree.parts) != 1:
            raise Unreadable(f"{name} takes one argument.")
        return build("apply", self.mean(tree.parts[0]), data=name)

    def _times_bracket(self, tree):
        """p(1 − p) is a product, where p is no function."""
        try:
            factor = self._name(Parsed("name", text=tree.text, place=tree.place))
        except Misfit:
            raise
        except Unreadable:
            functions = ", ".join([*self.functions, *UNARY, *BINARY, *OF_ARRAYS])
            words = f"{tree.text} is neither a function nor a name here; functions are {functions}."
            raise Unreadable(words, tree.place) from None
        return self._chain_of([factor, *map(self.mean, tree.parts)])

    def _array_call(self, tree):
        name, parts = tree.text, tree.parts
        if name in ("sum", "mean") and len(parts) > 1 and parts[1].kind == "name":
            letters = "".join(part.text for part in parts[1:])
            if name == "mean":
                raise Unreadable("A mean over an index: write the sum and divide by the size.")
            return self._total(type(tree)("sum", parts[:1], letters, tree.place))
        axis = next((part.text for part in parts if part.kind in ("axis", "number")), "")
        if name == "kron":
            return self._element("δ", [part.text for part in parts])
        takes = 2 if name in ("outer", "dot", *BINARY) else 1
        args = [self.mean(part) for part in parts if part.kind != "axis"]
        if name in ("sum", "mean"):
            return build(name, args[0], data=axis)
        if len(args) != takes:
            raise Unreadable(f"{name} takes {takes} argument{'s' * (takes > 1)}.")
        return build("@" if name == "dot" else name, *args)

    def _chain(self, tree):
        factors = [self.mean(part) for part in tree.parts]
        return self._chain_of(factors, tree.text)

    def _chain_of(self, factors, signs=None):
        """Products from the left; where shapes forbid it, from the right (as in a'(z) * W.T * δ)."""
        signs = signs or " " * (len(factors) - 1)
        try:
            return _from_left(factors, signs)
        except Misfit:
            if "/" in signs:
                raise
            try:
                return _from_right(factors, signs)
            except Misfit:
                pass
            raise


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
    entrywise = left.shape == right.shape
    if as_matrix(left.shape)[1] != as_matrix(right.shape)[0] and entrywise:
        return build("⊙", left, right)
    if entrywise:
        raise Unreadable(
            f"Between {described(left.shape)} and another, write @ for the matrix product or .* for "
            "entry by entry."
        )
    return build("@", left, right)


_RULES = {
    "number": "number", "name": "name", "chain": "chain", "index": "index", "sum": "total",
    "call": "call", "^": "power",
}  # fmt: skip
