"""The reference form of a box, read on the chapter's own objects: so that it can be proved, not trusted."""

import sympy as sp

from nnlib.book.answers.exercises import exercise
from nnlib.book.answers.reading import canonical
from nnlib.book.answers.values import known
from nnlib.book.arrays import Array


def reference(label, objects):
    """The reference answer of the exercise, with `objects` ({name in the box: array, number, function}).

    An array, or a scalar; with free indices, an array over them, unless `objects` holds them too. A
    name that the exercise derives from others need not be given.
    """
    return read_on(exercise(label), objects)


def read_on(asked, objects):
    """`reference`, for an exercise that is at hand."""
    objects = {canonical(name): value for name, value in objects.items()}
    if missing := set(asked.names) - set(objects) - set(asked.derived):
        raise ValueError(
            f"{asked.label}: the box has the names {', '.join(sorted(missing))}; none came"
        )
    if strange := set(objects) - set(asked.names) - set(asked.sizes) - set(asked.indices):
        raise ValueError(f"{asked.label}: the box has no names {', '.join(sorted(strange))}")
    node, indices = asked.reference
    read = _Reading(asked, objects)
    shape = node.shape or tuple(n for k, n in indices if k not in objects)
    free = [k for k, _ in indices if k not in objects]

    def element(*places):
        read.index.update(zip(free, places, strict=True) if free else ())
        return read(node, () if free else places)

    return Array(tuple(map(read.size, shape)), element, "") if shape else element()


class _Reading:
    """Elements of a tree as SymPy expressions, over arrays of symbolic shape."""

    def __init__(self, asked, objects):
        self.objects, self.derived = objects, asked.derived
        self.sizes = {k: v for k, v in objects.items() if k in asked.sizes}
        self.index = {k: v for k, v in objects.items() if k in asked.indices}
        for name, shape in asked.shapes.items():
            if name in objects:
                self._meet(name, shape, getattr(objects[name], "shape", ()))

    def _meet(self, name, shape, given):
        """What a name's array says of the sizes, which must fit together."""
        fits = len(shape) == len(given)
        for n, size in zip(shape, given, strict=False):
            fits = fits and self.sizes.setdefault(n, size) == size
            fits = fits and (isinstance(n, str) or size == n)
        if not fits:
            told = " × ".join(map(str, shape)) or "a number"
            raise ValueError(f"{name} is {told} in the box; the shape {given} came")

    def size(self, n):
        if n not in self.sizes and isinstance(n, str):
            raise ValueError(f"nothing says how large {n} is: give it, {n}=…, in the box")
        return self.sizes[n] if n in self.sizes else sp.Integer(n)

    def __call__(self, node, at):
        """The element of the tree at these indices: none for a number, one for a column."""
        rule = getattr(self, f"_{_RULES.get(node.op)}", None)
        if rule is None:
            raise NotImplementedError(
                f"{node.op} has no elements in closed form for every size: an answer with it cannot be "
                "proved; word the exercise so that it is not needed"
            )
        return rule(node, at)

    def _number(self, node, at):
        return sp.Rational(node.data)

    def _constant(self, node, at):
        return sp.E if node.data == "e" else sp.pi

    def _size(self, node, at):
        return self.size(node.data)

    def _name(self, node, at):
        if node.data not in self.objects:
            return self(self.derived[node.data], at)
        value = self.objects[node.data]
        return value[at] if isinstance(value, Array) else sp.sympify(value)

    def _element(self, node, at):
        return self(node.args[0], tuple(self.index[k] for k in node.data.split()))

    def _kron(self, node, at):
        return sp.KroneckerDelta(*(self.index[k] for k in node.data.split()))

    def _each(self, node, at):
        args = [self(arg, at if arg.shape else ()) for arg in node.args]
        return {
            "+": lambda x, y: x + y, "-": lambda x, y: x - y, "neg": lambda x: -x,
            "⊙": lambda x, y: x * y, "/": lambda x, y: x / y, "^": lambda x, y: x**y,
            "max": sp.Max, "min": sp.Min, "apply": lambda x: self._applied(node.data, x),
        }[node.op](*args)  # fmt: skip

    def _applied(self, name, x):
        plain = name.rstrip("'")
        if plain not in self.objects:
            t, value = known(name)
            return value.subs(t, x)
        f = self.objects[plain]
        for _ in name[len(plain) :]:
            f = f.derivative
        return f(x)

    def _over(self, n, summand):
        k = sp.Dummy("k", integer=True)
        return sp.Sum(summand(k), (k, 1, self.size(n)))

    def _total(self, node, at):
        letter, n = node.data.split()
        before = self.index.get(letter)

        def summand(k):
            self.index[letter] = k
            return self(node.args[0], at)

        total = self._over(n, summand)
        self.index[letter] = before
        return total

    def _matmul(self, node, at):
        left, right = node.args
        rows, columns = _rows(left.shape, at, first=True), _rows(right.shape, at, first=False)
        inner = left.shape[-1] if left.shape else 1
        if len(left.shape) == 1 and right.shape != left.shape:  # a column times a row
            return self(left, at[:1]) * self(right, (1, *at[1:]))
        return self._over(inner, lambda k: self(left, (*rows, k)) * self(right, (k, *columns)))

    def _outer(self, node, at):
        return self(node.args[0], at[:1]) * self(node.args[1], at[1:])

    def _transpose(self, node, at):
        inner = node.args[0]
        return self(
            inner, at[-1:] if len(inner.shape) == 1 else (1, *at) if len(at) == 1 else at[::-1]
        )

    def _sum(self, node, at):
        inner, axis = node.args[0], node.data
        if axis == "":
            return self._whole(inner, inner.shape, ())
        place = lambda k: (*at, k) if axis == "1" else (k, *at)
        return self._over(inner.shape[int(axis)], lambda k: self(inner, place(k)))

    def _mean(self, node, at):
        inner, axis = node.args[0], node.data
        count = (
            sp.prod(map(self.size, inner.shape))
            if axis == ""
            else self.size(inner.shape[int(axis)])
        )
        return self._sum(node, at) / count

    def _whole(self, inner, shape, at):
        if not shape:
            return self(inner, at)
        return self._over(shape[0], lambda k: self._whole(inner, shape[1:], (*at, k)))

    def _softmax(self, node, at):
        inner = node.args[0]
        whole = self._over(inner.shape[0], lambda k: sp.exp(self(inner, (k, *at[1:]))))
        return sp.exp(self(inner, at)) / whole

    def _diag(self, node, at):
        return sp.KroneckerDelta(*at) * self(node.args[0], at[:1])

    def _norm(self, node, at):
        inner = node.args[0]
        return sp.sqrt(self._over(inner.shape[0], lambda k: self(inner, (k,)) ** 2))

    def _trace(self, node, at):
        return self._over(node.args[0].shape[0], lambda k: self(node.args[0], (k, k)))


def _rows(shape, at, first):
    """Indices of a factor that are the product's own: the left's rows, the right's columns."""
    if first:
        return at[:1] if len(shape) == 2 and shape[0] != 1 else (1,) * (len(shape) == 2)
    return at[-1:] if len(shape) == 2 else ()


_RULES = dict.fromkeys(("+", "-", "neg", "⊙", "/", "^", "max", "min", "apply"), "each") | {
    "@": "matmul", "T": "transpose"} | {
    op: op for op in ("number", "constant", "size", "name", "kron", "element", "total", "outer",
                      "sum", "mean", "softmax", "diag", "norm", "trace")}  # fmt: skip
