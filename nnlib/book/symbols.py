"""The book's scalars: sizes, indices, functions that may stay undetermined, costs of whole arrays.

Every node is an ordinary SymPy expression, so that SymPy can differentiate and rewrite it, and
each says what it *means* (`unfold`) apart from how it *prints*.
"""

import numpy as np
from sympy import (
    Dummy,
    Expr,
    Function,
    Indexed,
    Lambda,
    Product,
    Sum,
    Symbol,
    Tuple,
    symbols,
    sympify,
)

from nnlib.book.permutations import Permuted


def size(names):
    """Symbols for sizes: positive integers such as the width of a layer or of a batch."""
    return symbols(names, integer=True, positive=True)


def index(names):
    """Symbols for indices. A free index ranges over the axis that it stands on, from 1."""
    return symbols(names, integer=True)


def real(names):
    """Symbols for real numbers."""
    return symbols(names, real=True)


class Applied(Function):
    """A function of one real variable applied to a scalar: what `ElementFunction` builds."""

    nargs = 1
    tex = meaning = primitive = prime = None

    def fdiff(self, argindex=1):
        if self.prime is None:
            raise NotImplementedError(f"{self.func} is not differentiated any further")
        return self.prime(self.args[0])

    def _eval_is_extended_real(self):
        return self.args[0].is_extended_real

    def _eval_is_finite(self):
        return self.args[0].is_finite


class ElementFunction:
    """A scalar function, applied to each element: undetermined, or with a definition.

    Calling it works on a SymPy scalar, on an object array of SymPy scalars and on an `Array` of
    symbolic shape, and `.derivative` is another such function. It can therefore stand where nnlib
    expects an activation.
    """

    def __init__(self, name, meaning=None, *, primitive=None, order=0):
        self.tex = name + "'" * order
        self.node = type(name + "'" * order, (Applied,), {})
        self.node.tex, self.node.primitive = self.tex, primitive
        self.node.meaning = staticmethod(meaning) if meaning else None
        if order < 3:
            first = primitive or self.node
            self.derivative = ElementFunction(name, meaning, primitive=first, order=order + 1)
            self.node.prime = self.derivative.node

    def __call__(self, x):
        if isinstance(x, np.ndarray):
            return np.vectorize(self.node, otypes=[object])(x)
        if hasattr(x, "elementwise"):
            return x.elementwise(self)
        return self.node(sympify(x))

    def __repr__(self):
        return self.tex


def undetermined(name):
    """A differentiable function of which nothing else is known, such as the activation a."""
    return ElementFunction(name)


def function(name, meaning):
    """A function with a definition: `function(r"\\sigma", lambda z: 1 / (1 + exp(-z)))`."""
    return ElementFunction(name, meaning)


class Defined(Expr):
    """An element of an array that has a name and a definition: prints the name, means the rest."""

    def __new__(cls, name, shape, body, *indices):
        return Expr.__new__(cls, name, Tuple(*shape), body, *map(sympify, indices))

    name = property(lambda self: self.args[0])
    shape = property(lambda self: self.args[1])
    indices = property(lambda self: self.args[3:])
    is_commutative = True

    def _eval_is_extended_real(self):
        return True

    def unfold(self):
        return self.args[2](*self.indices)

    def _eval_derivative(self, x):
        return self.unfold().diff(x)


class FunctionalValue(Expr):
    """C(Z): a cost, undetermined but differentiable, of a whole array Z."""

    stand_in = None  # of a cost with a hypothesis: (elements, point) ↦ number

    def __new__(cls, name, shape, body):
        return Expr.__new__(cls, name, Tuple(*shape), body)

    name = property(lambda self: self.args[0])
    shape = property(lambda self: self.args[1])
    body = property(lambda self: self.args[2])
    is_commutative = True
    is_undetermined = True

    def _eval_is_extended_real(self):
        return True

    def _eval_is_finite(self):
        return True

    def _eval_derivative(self, x):
        """The multivariate chain rule: the sum over every element of Z of ∂C/∂Z · ∂Z/∂x."""
        indices = [Dummy(letter, integer=True) for letter in "pq"[: len(self.shape)]]
        inner = unfold(self.body(*indices)).diff(x)
        limits = [(k, 1, n) for k, n in zip(indices, self.shape, strict=True)]
        return Sum(FunctionalPartial(self, indices) * inner, *limits)


class SpectralNorm(FunctionalValue):
    """The largest singular value of a matrix; opaque to SymPy, a number to the evaluation."""

    is_undetermined = False

    def _eval_derivative(self, x):
        raise NotImplementedError("the spectral norm is not differentiated in the book")


class LogDeterminant(FunctionalValue):
    """log |det A| of a square matrix; opaque to SymPy, a number to the evaluation."""

    is_undetermined = False

    def _eval_derivative(self, x):
        raise NotImplementedError("a determinant of any size is differentiated by argument alone")


class Inverse(FunctionalValue):
    """The inverse of a square matrix as a whole: what its elements, `InverseElement`, belong to."""

    is_undetermined = False


class Largest(FunctionalValue):
    """The largest element of an array; opaque to SymPy, a number to the evaluation."""

    is_undetermined = False

    def _eval_is_finite(self):
        return True

    def _eval_derivative(self, x):
        raise NotImplementedError("the largest element has kinks; it is not differentiated here")


class FunctionalPartial(Expr):
    """∂C/∂Z_ij at Z: opaque, since nothing is known of C but that it is differentiable."""

    def __new__(cls, value, indices, name=None):
        return Expr.__new__(cls, value, Tuple(*indices), name or Symbol("Z"))

    value = property(lambda self: self.args[0])
    indices = property(lambda self: self.args[1])
    name = property(lambda self: self.args[2])
    is_commutative = True

    def _eval_is_extended_real(self):
        return True

    def _eval_is_finite(self):
        return True

    def _eval_derivative(self, x):
        if not unfold(self.value).has(x.base if isinstance(x, Indexed) else x):
            return sympify(0)
        raise NotImplementedError("second derivatives of an undetermined cost are not in the book")


class InverseElement(FunctionalPartial):
    """An element of A⁻¹: opaque to SymPy, a number to the evaluation."""

    def _eval_derivative(self, x):
        raise NotImplementedError("an inverse of any size is differentiated by argument alone")


def unfold(expr):
    """Replace every name by its definition, until only undetermined things are left."""
    expr = sympify(expr)
    if isinstance(expr, Defined):
        return unfold(expr.unfold())
    if isinstance(expr, FunctionalPartial):  # the name of Z is for print only
        return expr.func(unfold(expr.value), expr.indices)
    if isinstance(expr, Applied) and expr.meaning:
        return unfold(_derived(expr))
    if not expr.args or isinstance(expr, Indexed):
        return expr
    return expr.func(*map(unfold, expr.args))


def _derived(applied):
    """The definition of f, f' or f'' at the argument, by SymPy's own differentiation."""
    variable = Dummy("z", real=True)
    expr = unfold(applied.meaning(variable))
    for _ in range(applied.tex.count("'")):
        expr = expr.diff(variable)
    return Lambda(variable, expr)(applied.args[0])


def printed_names(expr):
    """(name, what it stands for) for all that `expr` prints; the definition of a name is not printed."""
    if isinstance(expr, Defined | FunctionalValue):
        places = [Symbol(f"_place{k}", integer=True) for k in range(len(expr.shape))]
        body = expr.args[2]
        meaning = unfold(body(*places))  # of a letter by itself, as_dummy makes another letter
        body = Lambda(tuple(places), meaning if meaning.is_Symbol else meaning.as_dummy())
        yield str(expr.name), expr.func(expr.name, expr.shape, body)
        parts = getattr(expr, "indices", ())
    elif isinstance(expr, FunctionalPartial):
        parts = (expr.value, *expr.indices)
    elif isinstance(expr, Indexed):
        yield str(expr.base.label), expr.shape
        parts = expr.indices
    elif expr.is_Symbol and not isinstance(expr, Dummy):
        yield str(expr), expr
        parts = ()
    else:
        if isinstance(expr, Applied):
            yield expr.func.tex, expr.func
        elif hasattr(expr, "laws"):
            yield r"\mathbb{E}", expr.func
        elif hasattr(expr, "step"):
            yield expr.tex, expr.func
        parts = expr.args
    for part in parts:
        yield from printed_names(part)


_KINDS = [
    {}, {"real": True}, {"positive": True}, {"negative": True}, {"nonnegative": True},
    {"nonpositive": True}, {"real": True, "nonzero": True}, {"integer": True},
    {"integer": True, "positive": True},
]  # fmt: skip
_KNOWN = [Symbol("x", **kind).assumptions0 for kind in _KINDS]


def require_known_kind(symbol):
    """Refuse a symbol with assumptions that the printed scope has no words for, such as `even`."""
    if symbol.is_Symbol and symbol.assumptions0 not in _KNOWN:
        raise ValueError(
            f"{symbol} is assumed to be more than the page can say; expected a size, an index, "
            "or a real, positive, negative, nonnegative, nonpositive or nonzero number"
        )


def index_ranges(expr, wanted=None):
    """{index: size} for the symbols that stand as indices in `expr`; a contradiction is an error."""
    ranges = {}
    for node in sympify(expr).atoms(Indexed, Defined, FunctionalPartial, Permuted):
        shape = node.value.shape if isinstance(node, FunctionalPartial) else node.shape
        for k, n in zip(node.indices, shape, strict=True):
            if not k.is_Symbol or (wanted is not None and k not in wanted):
                continue
            if ranges.setdefault(k, n) != n:
                raise ValueError(f"index {k} runs over an axis of size {ranges[k]} and one of {n}")
    return dict(sorted(ranges.items(), key=lambda item: item[0].sort_key()))


def free_index_ranges(expr):
    """{index: size} for the indices of `expr` that no sum and no definition binds."""
    bound = {k for node in expr.atoms(Sum, Product) for k, *_ in node.limits}
    bound |= {k for node in expr.atoms(Lambda) for k in node.variables}
    indexed = expr.atoms(Indexed, Defined, FunctionalPartial, Permuted)
    return index_ranges(expr, wanted={k for node in indexed for k in node.indices} - bound)


def total(expr, *indices):
    """The sum of `expr` over each index, along the whole axis on which the index stands."""
    return _along(Sum, expr, indices)


def product(expr, *indices):
    """The product of `expr` over each index, along the whole axis on which the index stands."""
    return _along(Product, expr, indices)


def _along(operation, expr, indices):
    ranges = index_ranges(expr, wanted=set(indices))
    for k in indices:
        if k not in ranges:
            done = "summed" if operation is Sum else "multiplied"
            raise ValueError(f"{k} is {done} over, but is the index of nothing in {expr}")
        bound = Dummy(k.name, integer=True)
        expr = operation(expr.xreplace({k: bound}), (bound, 1, ranges[k]))
    return expr
