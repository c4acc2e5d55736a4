"""What a tree is worth: with numbers of many digits to compare, with symbols to prove."""

from functools import cache, reduce
from operator import add, mul

import mpmath
import sympy as sp

LARGEST = mpmath.mpf(10) ** 120
LONGEST = 20_000  # steps of an evaluation


class TooLarge(ValueError):
    """A number on the way grew beyond all use."""


class Undefined(ValueError):
    """No real number: a division by 0, a logarithm of what is not positive."""


@cache
def known(name):
    """A known function, or one of its derivatives, as an expression in t."""
    t, plain = sp.Symbol("t", real=True), name.rstrip("'")
    special = {
        "σ": 1 / (1 + sp.exp(-t)), "softplus": sp.log(1 + sp.exp(t)), "relu": sp.Max(t, 0),
        "Φ": (1 + sp.erf(t / sp.sqrt(2))) / 2, "φ": sp.exp(-(t**2) / 2) / sp.sqrt(2 * sp.pi),
        "abs": sp.Abs(t), "sign": sp.sign(t),
    }  # fmt: skip
    value = special[plain] if plain in special else getattr(sp, plain)(t)
    return t, value.diff(t, len(name) - len(plain)) if name != plain else value


class Numbers:
    """Real numbers of as many digits as mpmath is set to; anything else is refused by name."""

    def __init__(self, functions=None):
        self.functions = functions or {}

    def number(self, text):
        return mpmath.mpf(text)

    def constant(self, name):
        return mpmath.e if name == "e" else +mpmath.pi

    def checked(self, value):
        if isinstance(value, mpmath.mpc) and value.imag:
            raise Undefined("it is no real number")
        value = mpmath.mpf(value.real)
        if mpmath.isnan(value) or mpmath.isinf(value):
            raise Undefined("it is no finite number")
        if abs(value) > LARGEST:
            raise TooLarge("A number on the way is larger than any this exercise needs.")
        return value

    def divide(self, x, y):
        if y == 0:
            raise Undefined("it divides by 0")
        return self.checked(x / y)

    def multiply(self, x, y):
        return self.checked(x * y)

    def power(self, x, y):
        if x == 0 and y < 0:
            raise Undefined("it divides by 0")
        if x and abs(y) * abs(mpmath.log(abs(x))) > 300:
            raise TooLarge("A power on the way is larger than any this exercise needs.")
        return self.checked(x**y)

    def apply(self, name, x):
        if abs(x) > 300:
            raise TooLarge(f"{name} of a number as large as {mpmath.nstr(x, 3)}.")
        try:
            return self.checked((self.functions.get(name) or _compiled(name))(x))
        except (ZeroDivisionError, ValueError) as error:
            if isinstance(error, Undefined | TooLarge):
                raise
            raise Undefined(f"it takes {name} at {mpmath.nstr(x, 3)}") from None

    def larger(self, x, y):
        return max(x, y)

    def smaller(self, x, y):
        return min(x, y)


@cache
def _compiled(name):
    return sp.lambdify(*known(name), "mpmath")


class Symbols:
    """SymPy expressions; a function that is left undetermined stays one."""

    def number(self, text):
        return sp.Rational(text)

    def constant(self, name):
        return sp.E if name == "e" else sp.pi

    def checked(self, value):
        return value

    def divide(self, x, y):
        return x / y

    def multiply(self, x, y):
        return x * y

    def power(self, x, y):
        return x**y

    def apply(self, name, x):
        try:
            t, value = known(name)
        except AttributeError:
            return sp.Function(name, real=True)(x)
        return value.subs(t, x)

    def larger(self, x, y):
        return sp.Max(x, y)

    def smaller(self, x, y):
        return sp.Min(x, y)


# ── arrays of such numbers: a scalar as itself, a column as a list, a matrix as a list of rows ────


def rows_of(value, shape):
    """A value as a list of rows."""
    if not shape:
        return [[value]]
    return [[entry] for entry in value] if len(shape) == 1 else value


def value_of(rows, shape):
    """A list of rows as the value of that shape."""
    if not shape:
        return rows[0][0]
    return [row[0] for row in rows] if len(shape) == 1 else rows


def entries(value):
    """All entries, row by row."""
    if not isinstance(value, list):
        return [value]
    return [entry for part in value for entry in entries(part)]


class Evaluation:
    """Values of trees where the names have these values, and the sizes these numbers."""

    def __init__(self, field, values, sizes):
        self.field, self.values, self.sizes, self.index = field, values, sizes, {}
        self.steps = 0

    def __call__(self, node):
        self.steps += 1
        if self.steps > LONGEST:
            raise TooLarge("That takes longer to compute than any answer here needs.")
        args = [] if node.op in ("total", "diag") else [self(arg) for arg in node.args]
        return getattr(self, f"_{_OPERATIONS[node.op]}")(node, *args)

    def _number(self, node):
        return self.field.number(node.data)

    def _constant(self, node):
        return self.field.constant(node.data)

    def _size(self, node):
        return self.field.number(str(self.sizes[node.data]))

    def _name(self, node):
        return self.values[node.data]

    def _kron(self, node):
        one, other = node.data.split()
        return self.field.number(str(int(self.index[one] == self.index[other])))

    def _element(self, node, value):
        for letter in node.data.split():
            value = value[self.index[letter]]
        return value

    def _total(self, node):
        letter, size = node.data.split()
        found, before = [], self.index.get(letter)
        for k in range(self.sizes.get(size) or int(size)):
            self.index[letter] = k
            found.append(self(node.args[0]))
        self.index[letter] = before
        return reduce(add, found)

    def _each(self, node, *args):
        """Entry by entry, scalars repeated."""
        f = self._scalar_function(node)
        longest = max(node.args, key=lambda arg: len(arg.shape)).shape

        def at(*place):
            taken = []
            for value in args:
                for k in place if isinstance(value, list) else ():
                    value = value[k]
                taken.append(value)
            return f(*taken)

        if not longest:
            return at()
        template = next(v for v in args if isinstance(v, list))
        if len(longest) == 1:
            return [at(i) for i in range(len(template))]
        return [[at(i, j) for j in range(len(template[0]))] for i in range(len(template))]

    def _scalar_function(self, node):
        field = self.field
        if node.op == "apply":
            return lambda x: field.apply(node.data, x)
        return {
            "+": lambda x, y: x + y, "-": lambda x, y: x - y, "neg": lambda x: -x,
            "⊙": field.multiply, "/": field.divide, "^": field.power,
            "max": field.larger, "min": field.smaller,
        }[node.op]  # fmt: skip

    def _matmul(self, node, left, right):
        one, other = (arg.shape for arg in node.args)
        if len(one) == len(other) == 1:
            return self.field.checked(reduce(add, map(mul, left, right)))
        left, right = rows_of(left, one), rows_of(right, other)
        rows = [
            [self.field.checked(reduce(add, map(mul, row, column))) for column in zip(*right, strict=True)]
            for row in left
        ]  # fmt: skip
        return value_of(rows, node.shape)

    def _outer(self, node, u, v):
        return [[self.field.multiply(x, y) for y in v] for x in u]

    def _transpose(self, node, value):
        columns = list(map(list, zip(*rows_of(value, node.args[0].shape), strict=True)))
        return value_of(columns, node.shape)

    def _sum(self, node, value):
        if node.data == "":
            found = reduce(add, entries(value))
            count = len(entries(value))
        else:
            rows = value if node.data == "1" else list(zip(*value, strict=True))
            found, count = [reduce(add, row) for row in rows], len(rows[0])
        if node.op == "sum":
            return found
        count = self.field.number(str(count))
        divide = lambda x: self.field.divide(x, count)
        return list(map(divide, found)) if isinstance(found, list) else divide(found)

    def _softmax(self, node, value):
        columns = zip(*rows_of(value, node.shape), strict=True)
        shares = []
        for column in columns:
            powers = [self.field.apply("exp", x) for x in column]
            whole = reduce(add, powers)
            shares.append([self.field.divide(x, whole) for x in powers])
        return value_of(list(map(list, zip(*shares, strict=True))), node.shape)

    def _diag(self, node):
        value, zero = self(node.args[0]), self.field.number("0")
        return [[x if i == j else zero for j in range(len(value))] for i, x in enumerate(value)]

    def _inv(self, node, value):
        if isinstance(self.field, Symbols):
            return sp.Matrix(value).inv().tolist()
        try:
            return [
                list(map(self.field.checked, row)) for row in (mpmath.matrix(value) ** -1).tolist()
            ]
        except ZeroDivisionError:
            raise Undefined("it inverts a matrix that has no inverse") from None

    def _norm(self, node, value):
        return self.field.power(reduce(add, (x * x for x in value)), self.field.number("0.5"))

    def _trace(self, node, value):
        return reduce(add, (row[i] for i, row in enumerate(value)))


_OPERATIONS = dict.fromkeys(("+", "-", "neg", "⊙", "/", "^", "max", "min", "apply"), "each") | {
    "@": "matmul", "T": "transpose", "mean": "sum"} | {
    op: op for op in ("number", "constant", "size", "name", "kron", "element", "total", "outer",
                      "sum", "softmax", "diag", "inv", "norm", "trace")}  # fmt: skip
