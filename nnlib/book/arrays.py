"""Arrays of symbolic shape, with NumPy's operators: what lets nnlib's own code be proved for every size.

An `Array` knows its shape (sizes may be symbols), its general element as a SymPy scalar, and how it
prints. `W @ H + b[:, None]` is then the same text in the chapter, in `nnlib.layers` and on the page.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from sympy import (
    Derivative,
    Dummy,
    Indexed,
    IndexedBase,
    KroneckerDelta,
    Lambda,
    Mul,
    Sum,
    Symbol,
    sqrt,
    sympify,
)  # fmt: skip

from nnlib.book.printing import applied_tex, is_low
from nnlib.book.printing import tex as scalar_tex
from nnlib.book.symbols import (
    Defined,
    FunctionalPartial,
    FunctionalValue,
    Inverse,
    InverseElement,
    Largest,
    LogDeterminant,
    SpectralNorm,
)

ATOM, PRODUCT, HADAMARD, SCALED, SUM = 4, 3, 2, 2, 1


@dataclass(frozen=True, eq=False)
class Array:
    """`shape`, the element at given indices, TeX, and how tightly that TeX binds."""

    shape: tuple
    element: Callable
    tex: str
    binding: int = ATOM
    variable: bool = False

    __array_ufunc__ = None  # NumPy scalars and arrays leave mixed operations to this class

    @property
    def ndim(self):
        return len(self.shape)

    def wrapped(self, binding):
        return self.tex if self.binding >= binding else rf"\left({self.tex}\right)"

    def __getitem__(self, key):
        if key == (slice(None), None) and self.ndim == 1:
            return Array((*self.shape, sympify(1)), lambda i, _: self[i], self.tex, self.binding)
        key = key if isinstance(key, tuple) else (key,)
        if len(key) != self.ndim:
            raise IndexError(f"{self.tex} has {self.ndim} axes; got the index {key}")
        return self.element(*key)

    @property
    def T(self):
        if self.ndim < 2:
            return self
        return Array(self.shape[::-1], lambda i, j: self[j, i], _transposed(self.wrapped(ATOM)))

    def __matmul__(self, other):
        if not (self.ndim and other.ndim) or self.shape[-1] != other.shape[0]:
            raise ValueError(f"cannot multiply shapes {self.shape} and {other.shape}")
        inner = self.shape[-1]

        def element(*indices):
            left, right = indices[: self.ndim - 1], indices[self.ndim - 1 :]
            k = Dummy("k", integer=True)
            return Sum(self[(*left, k)] * other[(k, *right)], (k, 1, inner))

        left = self.wrapped(PRODUCT) + (r"^{\top}" if self.ndim == 1 else "")
        tex = rf"{left}\,{other.wrapped(PRODUCT)}"
        return Array(self.shape[:-1] + other.shape[1:], element, tex, PRODUCT)

    def _combine(self, other, operate, operator, binding):
        other = other if isinstance(other, Array) else scalar(other)
        shape = _broadcast(self.shape, other.shape)
        element = lambda *ij: operate(_at(self, ij), _at(other, ij))
        left, right = (_widened(x, shape, binding) for x in (self, other))
        return Array(shape, element, f"{left} {operator} {right}", binding)

    def __add__(self, other):
        return self._combine(other, lambda x, y: x + y, "+", SUM)

    def __sub__(self, other):
        difference = self._combine(other, lambda x, y: x - y, "-", SUM)
        if getattr(other, "binding", ATOM) > SUM:
            return difference
        tex = rf"{self.tex} - \left({other.tex}\right)"
        return Array(difference.shape, difference.element, tex, SUM)

    def __mul__(self, other):
        if isinstance(other, Array) and self.shape and other.shape:
            return self._combine(other, lambda x, y: x * y, r"\odot", HADAMARD)
        product = self._combine(other, lambda x, y: x * y, r"\,", PRODUCT)
        return replace(product, binding=SCALED if product.shape else PRODUCT)  # W (c x), but a b c

    def __rmul__(self, other):
        return scalar(other) * self

    def __neg__(self):
        return Array(self.shape, lambda *ij: -self[ij], f"-{self.wrapped(PRODUCT)}", SUM)

    def __truediv__(self, scalar):
        return (1 / sympify(scalar)) * self

    def sum(self, axis, keepdims=False):
        """Sum along `axis`: a product with the vector of ones, and printed so.

        That of a vector has one element, as NumPy has it with `keepdims`.
        """
        if keepdims and (self.ndim, axis) == (1, 0):
            k = Dummy("k", integer=True)
            tex = rf"\mathbf{{1}}^{{\top}}\,{self.wrapped(PRODUCT)}"
            whole = Sum(self[k], (k, 1, *self.shape))
            return Array((sympify(1),), lambda _: whole, tex, PRODUCT)
        if keepdims or self.ndim != 2 or axis not in (0, 1):
            raise ValueError(f"sum is for a matrix and axis 0 or 1; got shape {self.shape}, {axis}")
        k = Dummy("k", integer=True)
        along = lambda i: self[i, k] if axis else self[k, i]
        element = lambda i: Sum(along(i), (k, 1, self.shape[axis]))
        matrix = self if axis else self.T
        return Array(
            (self.shape[1 - axis],), element, rf"{matrix.wrapped(PRODUCT)}\,\mathbf{{1}}", PRODUCT
        )

    def elementwise(self, f):
        """f applied to each element."""
        return Array(self.shape, lambda *ij: f(self[ij]), applied_tex(f.tex, self.tex))


def scalar(value):
    """A scalar as an array without axes, printed in brackets where it is, or ends in, a sum."""
    value = sympify(value)
    ends = value.is_Add or any(isinstance(factor, Sum) for factor in Mul.make_args(value))
    return Array((), lambda: value, scalar_tex(value), SUM if ends else PRODUCT)


def _transposed(tex):
    """TeX with the sign of transposition; a layer's number shares its superscript with it."""
    if tex.endswith(r"^{\top}"):
        return tex.removesuffix(r"^{\top}")
    if tex.endswith(r")\top}"):
        return tex.removesuffix(r"\top}") + "}"
    if tex.endswith("^{-1}"):
        return tex.removesuffix("1}") + r"\top}"
    if tex.endswith(r"^{-\top}"):
        return tex.removesuffix(r"\top}") + "1}"
    if tex.startswith(r"\frac"):
        return rf"\left({tex}\right)^{{\top}}"
    return tex[:-1] + r"\top}" if re.search(r"\^\{\([^{}]*\)\}$", tex) else rf"{tex}^{{\top}}"


def _broadcast(a, b):
    if not a or not b or a == b:
        return a or b
    if len(a) == len(b) and all(x == y or 1 in (x, y) for x, y in zip(a, b, strict=True)):
        return tuple(y if x == 1 else x for x, y in zip(a, b, strict=True))
    raise ValueError(f"shapes {a} and {b} do not broadcast")


def _at(array, indices):
    return array[tuple(1 if n == 1 else i for n, i in zip(array.shape, indices, strict=False))]


def _widened(array, shape, binding):
    """TeX of an operand; a column repeated over the batch is printed as b 1ᵀ, a row as 1 bᵀ."""
    if array.ndim == 2 and array.shape[1] == 1 != shape[1]:
        return rf"{array.wrapped(PRODUCT)}\,\mathbf{{1}}^{{\top}}"
    if array.ndim == 2 and array.shape[0] == 1 != shape[0]:
        return rf"\mathbf{{1}}\,{array.wrapped(PRODUCT)}"
    if (array.binding, binding) == (PRODUCT, HADAMARD):
        return array.wrapped(ATOM)
    return array.wrapped(binding)


def array(name, *shape):
    """An array of free variables: `array("W", n, m)`."""
    shape = tuple(map(sympify, shape))
    base = IndexedBase(Symbol(name, real=True), shape=shape, real=True)
    return Array(shape, lambda *ij: Indexed(base, *ij), name, variable=True)


def named(name, definition):
    """A name for an array (or, with no axes, a scalar): it prints as the name, it means the definition."""
    definition = definition if isinstance(definition, Array) else scalar(definition)
    places = [Dummy(letter, integer=True) for letter in "ij"[: definition.ndim]]
    body = Lambda(tuple(places), definition[tuple(places)])
    label = Symbol(name, real=True)
    return Array(definition.shape, lambda *ij: Defined(label, definition.shape, body, *ij), name)


def outer(u, v):
    """The outer product u vᵀ of two vectors."""
    tex = rf"{u.wrapped(PRODUCT)}\,{_transposed(v.wrapped(ATOM))}"
    return Array((*u.shape, *v.shape), lambda i, j: u[i] * v[j], tex, PRODUCT)


def diagonal(v):
    """The square matrix with the vector v on its diagonal."""
    element = lambda i, j: KroneckerDelta(i, j) * v[i]
    return Array(v.shape * 2, element, rf"\operatorname{{diag}}\!\left({v.tex}\right)")


def gradient(value, x):
    """∂value/∂x, in the shape of the variable x: element by element, the partial derivative."""
    if not x.variable:
        raise TypeError(f"a gradient is taken in an array of free variables, not in {x.tex}")
    scalar = value[()] if isinstance(value, Array) else sympify(value)
    top = value.tex if isinstance(value, Array) else scalar_tex(scalar)
    tex = rf"\frac{{\partial {top}}}{{\partial {x.tex}}}" if is_low(top) else (
        rf"\frac{{\partial}}{{\partial {x.tex}}}\left({top}\right)")  # fmt: skip
    return Array(x.shape, lambda *ij: Derivative(scalar, x[ij]), tex)


def jacobian(f, x):
    """J_ij = ∂f_i/∂x_j for vectors f and x."""
    if not x.variable or (f.ndim, x.ndim) != (1, 1):
        raise TypeError(
            f"a Jacobian needs a vector and a vector of free variables, not {f.tex}, {x.tex}"
        )
    element = lambda i, j: Derivative(f[i], x[j])
    return Array((*f.shape, *x.shape), element, rf"\frac{{\partial {f.tex}}}{{\partial {x.tex}}}")


def norm(v):
    """The Euclidean norm ‖v‖ of a vector."""
    k = Dummy("k", integer=True)
    return named(rf"\lVert {v.tex} \rVert", sqrt(Sum(v[k] ** 2, (k, 1, *v.shape))))


def spectral_norm(A):
    """The spectral norm ‖A‖₂ of a matrix: the most that it can stretch a vector."""
    value, tex = Functional("A")(A)[()], rf"\lVert {A.tex} \rVert_2"
    node = SpectralNorm(Symbol(tex), value.shape, value.body)
    return Array((), lambda: node, tex)


def log_det(A):
    """log |det A| of a square matrix that is invertible."""
    tex = rf"\log \lvert \det {_square(A).wrapped(ATOM)} \rvert"
    value = Functional("A")(A)[()]
    node = LogDeterminant(Symbol(tex), value.shape, value.body)
    return Array((), lambda: node, tex, PRODUCT)


def inverse(A):
    """The inverse of a square matrix that is invertible."""
    tex = rf"{_square(A).wrapped(ATOM)}^{{-1}}"
    value = Functional("A")(A)[()]
    node = Inverse(Symbol(tex), value.shape, value.body)
    return Array(A.shape, lambda i, j: InverseElement(node, (i, j)), tex)


def _square(A):
    if A.ndim != 2 or A.shape[0] != A.shape[1]:
        raise ValueError(f"{A.tex} has shape {A.shape}; expected a square matrix")
    return A


def largest(v):
    """The largest element of a vector."""
    value, tex = Functional("v")(v)[()], rf"\max_k {scalar_tex(v[Symbol('k', integer=True)])}"
    node = Largest(Symbol(tex), value.shape, value.body)
    return Array((), lambda: node, tex, PRODUCT)


class Functional:
    """A cost C(Z), differentiable and otherwise undetermined, of a whole array."""

    def __init__(self, name):
        self.tex = name

    def __call__(self, z):
        places = [Dummy(letter, integer=True) for letter in "ij"[: z.ndim]]
        value = FunctionalValue(
            Symbol(self.tex, real=True), z.shape, Lambda(tuple(places), z[tuple(places)])
        )
        return Array((), lambda: value, self.tex)

    def gradient(self, z):
        """∂C/∂Z at Z = z, opaque."""
        value, name = self(z)[()], Symbol(z.tex)
        element = lambda *ij: FunctionalPartial(value, ij, name)
        return Array(z.shape, element, rf"\frac{{\partial {self.tex}}}{{\partial {z.tex}}}")
