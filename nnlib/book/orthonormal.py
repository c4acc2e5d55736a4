"""Matrices with orthonormal columns, UᵀU = I, of symbolic shape: what a singular value decomposition needs.

Nothing else is known of their elements. The normal form turns Σ_k U_ki U_kj into 1[i=j], the sample
points draw such a matrix, and the page says the condition.
"""

from itertools import combinations_with_replacement, product

import mpmath
from mpmath import mp
from sympy import Indexed, IndexedBase, KroneckerDelta, Mul, Symbol, sympify

from nnlib.book.arrays import Array


class Orthonormal(IndexedBase):
    """The base of a matrix whose columns are orthonormal; if it is square, its rows are so too."""


def orthonormal(name, rows, columns):
    """A matrix with orthonormal columns: `orthonormal("V", n, n)`. It has no more columns than rows."""
    shape = sympify(rows), sympify(columns)
    if (shape[0] - shape[1]).is_negative:
        raise ValueError(f"{name} has {rows} rows: that many columns at most are orthonormal")
    base = Orthonormal(Symbol(name, real=True), shape=shape, real=True)
    return Array(shape, lambda i, j: Indexed(base, i, j), name)


def frames(sides):
    """The orthonormal bases in the sides of a statement, by name."""
    found = {x.base for side in sides for x in side.atoms(Indexed) if isframe(x)}
    return sorted(found, key=str)


def isframe(element):
    return isinstance(element, Indexed) and isinstance(element.base, Orthonormal)


def condition(base):
    """TeX of what is known of it."""
    name = str(base.label)
    return rf"{name}^{{\top}}\,{name} = I"


def paired(factor, limits):
    """(factor, limits) with Σ_k U_ki U_kj replaced by 1[i=j], where k is the index of nothing else."""
    elements = []
    for part in Mul.make_args(factor):
        base, power = part.as_base_exp()
        if isframe(base) and power in (1, 2):
            elements += [base] * int(power)
    for one, other in combinations_with_replacement(elements, 2):
        if one.base != other.base:
            continue
        for axis in (0, 1) if len(set(one.base.shape)) == 1 else (0,):
            k = one.indices[axis]
            rest = factor / (one * other)
            alone = not rest.has(k) and k not in (one.indices[1 - axis], other.indices[1 - axis])
            if k == other.indices[axis] and limits.get(k) == one.base.shape[axis] and alone:
                left = {j: n for j, n in limits.items() if j != k}
                delta = KroneckerDelta(one.indices[1 - axis], other.indices[1 - axis])
                return paired(rest * delta, left)
    return factor, limits


def element_at(element, indices, point, number):
    """The number that stands for an element: the columns are drawn together, then made orthonormal."""
    label = element.base.label
    if (label, indices) not in point.values:
        rows, columns = (int(number(n)) for n in element.base.shape)
        if columns > rows:
            raise ValueError(f"{columns} columns of {rows} elements are not orthonormal")
        with mp.workdps(90):
            drawn = mpmath.matrix(rows, columns)
            for i, j in product(range(rows), range(columns)):
                drawn[i, j] = point.value((f"{label} drawn", (i, j)), label)
            made = mpmath.qr(drawn, mode="skinny")[0]  # of one determinant, but for a sign
        signs = [mpmath.sign(point.value((f"{label} sign", j), label)) for j in range(columns)]
        for i, j in product(range(rows), range(columns)):
            point.values[label, (i + 1, j + 1)] = made[i, j] * signs[j]
    return point.values[label, indices]


def roomy(sizes, bases):
    """`sizes` with as many rows as columns, at least, for each of the `bases`."""
    for base in bases:
        rows, columns = base.shape
        if rows in sizes:
            sizes = sizes | {rows: max(sizes[rows], int(columns.subs(sizes)))}
    return sizes
