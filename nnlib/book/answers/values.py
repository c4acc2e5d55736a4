"""What a tree is worth: with numbers of many digits to compare, with symbols to prove."""

import math
from fractions import Fraction
from functools import cache, reduce

import mpmath
import sympy as sp

DIGITS = 300
LARGEST = mpmath.mpf(10) ** 120
# A number between these two is no rounding error at 300 digits, and smaller than any that is needed:
# were it let through, what it is added to would seem unchanged.
SMALLEST, ROUNDING = mpmath.mpf(10) ** -90, mpmath.mpf(10) ** -175
LONGEST = 10_000  # steps of an evaluation


class TooLarge(ValueError):
    """A number on the way grew, or shrank, beyond all use."""


class Undefined(ValueError):
    """No real number: a division by 0, a logarithm of what is not positive."""


_STEEP = (
    "exp",
    "sinh",
    "cosh",
)  # grow beyond all use; others stay small, or smaller than what comes in
_FLAT = "sqrt", "abs", "sign", "relu", "log"
_KINKED = "abs", "sign", "relu"


@cache
def known(name):
    """A known function, or one of its derivatives, as an expression in t: (t, expression).

    A derivative at a kink, such as relu's at 0, is left to `Numbers`, which refuses it.
    """
    t, plain = sp.Symbol("t", real=True), name.rstrip("'")
    order = len(name) - len(plain)
    if plain in _KINKED:
        zero = sp.S.Zero
        steps = {
            "abs": (sp.Abs(t), sp.sign(t)), "sign": (sp.sign(t),),
            "relu": (sp.Max(t, 0), (1 + sp.sign(t)) / 2),
        }[plain]  # fmt: skip
        return t, steps[order] if order < len(steps) else zero
    value = {
        "σ": 1 / (1 + sp.exp(-t)), "softplus": sp.log(1 + sp.exp(t)),
        "Φ": (1 + sp.erf(t / sp.sqrt(2))) / 2, "φ": sp.exp(-(t**2) / 2) / sp.sqrt(2 * sp.pi),
        "exp": sp.exp(t), "log": sp.log(t), "sqrt": sp.sqrt(t), "sin": sp.sin(t), "cos": sp.cos(t),
        "tan": sp.tan(t), "sinh": sp.sinh(t), "cosh": sp.cosh(t), "tanh": sp.tanh(t),
    }[plain]  # fmt: skip
    return t, value.diff(t, order) if order else value


@cache
def _compiled(name):
    return sp.lambdify(*known(name), "mpmath")


class Numbers:
    """Real numbers of `DIGITS` digits; anything else is refused by name.

    `functions` is {name: function of a number} for those that the exercise leaves undetermined.
    """

    def __init__(self, functions=None):
        self.functions = functions or {}

    def number(self, text):
        exact = Fraction(text)
        return self.checked(mpmath.mpf(exact.numerator) / exact.denominator)

    def constant(self, name):
        return +mpmath.e if name == "e" else +mpmath.pi

    def checked(self, value):
        if isinstance(value, mpmath.mpc):
            if value.imag:
                raise Undefined("it is no real number")
            value = value.real
        if not mpmath.isfinite(value):
            raise Undefined("it is no finite number")
        if abs(value) > LARGEST:
            raise TooLarge("A number on the way is larger than any this exercise needs.")
        if ROUNDING < abs(value) < SMALLEST:
            raise TooLarge("A number on the way is smaller than any this exercise needs.")
        return value

    def add(self, x, y):
        return self.checked(x + y)

    def subtract(self, x, y):
        return self.checked(x - y)

    def multiply(self, x, y):
        return self.checked(x * y)

    def divide(self, x, y):
        if y == 0:
            raise Undefined("it divides by 0")
        return self.checked(x / y)

    def power(self, x, y):
        if x == 0 and y < 0:
            raise Undefined("it divides by 0")
        if x and abs(y) * abs(mpmath.log(abs(x))) > 300:
            raise TooLarge("A power on the way is larger than any this exercise needs.")
        return self.checked(x**y)

    def apply(self, name, x):
        if f := self.functions.get(name):
            return self.checked(mpmath.mpmathify(f(x)))
        if x == 0 and name.endswith("'") and name.startswith(_KINKED):
            raise Undefined(f"{name} is taken at its kink, 0")
        if abs(x) > (300 if name.startswith(_STEEP) else 10**6) and not name.startswith(_FLAT):
            raise TooLarge(f"{name} of a number as large as {mpmath.nstr(x, 3)}.")
        try:
            value = _compiled(name)(x)
        except (ZeroDivisionError, ValueError):
            raise Undefined(f"it takes {name} at {mpmath.nstr(x, 3)}") from None
        return self.checked(mpmath.mpmathify(value))

    def larger(self, x, y):
        return max(x, y)

    def smaller(self, x, y):
        return min(x, y)


class Symbols:
    """SymPy expressions; a function that is left undetermined (one of `functions`) stays one."""

    def __init__(self, functions=()):
        self.functions = functions

    def number(self, text):
        return sp.Rational(Fraction(text))

    def constant(self, name):
        return sp.E if name == "e" else sp.pi

    def checked(self, value):
        return value

    def add(self, x, y):
        return x + y

    def subtract(self, x, y):
        return x - y

    def multiply(self, x, y):
        return x * y

    def divide(self, x, y):
        return x / y

    def power(self, x, y):
        return x**y

    def apply(self, name, x):
        if name.rstrip("'") in self.functions:
            return sp.Function(name, real=True)(x)
        t, value = known(name)
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
        self.steps += math.prod(self.length(size) for size in node.shape)
        if self.steps > LONGEST:
            raise TooLarge("That takes longer to compute than any answer here needs.")
        args = [] if node.op == "total" else [self(arg) for arg in node.args]
        return getattr(self, f"_{_OPERATIONS[node.op]}")(node, *args)

    def length(self, size):
        """The number of entries along an axis, whose size is a name or digits."""
        return self.sizes[size] if size in self.sizes else int(size)

    def over(self, node, axes):
        """The values of the tree for every value of its free indices: `axes` are (index, size)."""
        if not axes:
            return self(node)
        (letter, size), *rest = axes
        found = []
        for k in range(self.length(size)):
            self.index[letter] = k
            found.append(self.over(node, rest))
        return found

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
        for k in range(self.length(size)):
            self.index[letter] = k
            found.append(self(node.args[0]))
        self.index[letter] = before
        return self._added(found)

    def _added(self, found):
        """The sum of values alike in shape."""
        if isinstance(found[0], list):
            return [self._added(parts) for parts in zip(*found, strict=True)]
        return reduce(self.field.add, found)

    def _inner(self, left, right):
        return self._added(list(map(self.field.multiply, left, right)))

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
            "+": field.add, "-": field.subtract, "neg": lambda x: -x, "⊙": field.multiply,
            "/": field.divide, "^": field.power, "max": field.larger, "min": field.smaller,
        }[node.op]  # fmt: skip

    def _matmul(self, node, left, right):
        one, other = (arg.shape for arg in node.args)
        if len(one) == len(other) == 1:
            return self._inner(left, right)
        left, columns = rows_of(left, one), list(zip(*rows_of(right, other), strict=True))
        rows = [[self._inner(row, column) for column in columns] for row in left]
        return value_of(rows, node.shape)

    def _outer(self, node, u, v):
        return [[self.field.multiply(x, y) for y in v] for x in u]

    def _transpose(self, node, value):
        columns = list(map(list, zip(*rows_of(value, node.args[0].shape), strict=True)))
        return value_of(columns, node.shape)

    def _sum(self, node, value):
        if node.data == "":
            found, count = self._added(entries(value)), len(entries(value))
        else:
            rows = value if node.data == "1" else list(zip(*value, strict=True))
            found, count = list(map(self._added, rows)), len(rows[0])
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
            whole = self._added(powers)
            shares.append([self.field.divide(x, whole) for x in powers])
        return value_of(list(map(list, zip(*shares, strict=True))), node.shape)

    def _diag(self, node, value):
        zero = self.field.number("0")
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
        return self.field.power(self._inner(value, value), self.field.number("0.5"))

    def _trace(self, node, value):
        return self._added([row[i] for i, row in enumerate(value)])


_OPERATIONS = dict.fromkeys(("+", "-", "neg", "⊙", "/", "^", "max", "min", "apply"), "each") | {
    "@": "matmul", "T": "transpose", "mean": "sum"} | {
    op: op for op in ("number", "constant", "size", "name", "kron", "element", "total", "outer",
                      "sum", "softmax", "diag", "inv", "norm", "trace")}  # fmt: skip
