"""A normal form for sums over axes of symbolic size: two expressions are equal when theirs are.

Every expression is written as a sum of terms  c · Σ_k Σ_l … (product of factors).  A Kronecker delta
eats the sum over its index, sums multiply out under fresh indices, and what is bound is renamed in
one canonical way. A free index is taken to run over the axis on which it stands, and a delta eats a
sum only if that sum runs over the same axis.
"""

from collections import defaultdict
from itertools import permutations, product

from sympy import (
    Abs,
    Add,
    Dummy,
    Expr,
    Integer,
    KroneckerDelta,
    Lambda,
    Max,
    Min,
    Mul,
    Pow,
    Sum,
    Symbol,
    expand,
    sympify,
)

from nnlib.book.orthonormal import paired
from nnlib.book.permutations import Permuted, in_order
from nnlib.book.symbols import FunctionalPartial, FunctionalValue, free_index_ranges


class NoNormalForm(ValueError):
    """The expression holds a sum that is not over 1…n, or more bound indices than are handled."""


def normal_form(expr, ranges=None):
    """The canonical form of `expr` (unfolded, derivatives taken); `ranges` is {free index: size}."""
    expr = sympify(expr)
    ranges = free_index_ranges(expr) | (ranges or {})
    expr = _normal_atoms(expr, ranges)
    divisors = set(_divisors(expr))
    collected = defaultdict(lambda: Integer(0))
    for factor, limits in _terms(expr, divisors):
        factor, limits = _collapse(factor, dict(limits), ranges)
        if any(n.is_Integer for n in limits.values()):
            for term in Add.make_args(normal_form(_counted(factor, limits), ranges)):
                coefficient, rest = term.as_coeff_Mul()
                collected[rest] += coefficient
            continue
        factor, limits = _recognize(factor, limits, divisors)
        factor, sizes = _constant_sums(factor, limits)
        for term in Add.make_args(expand(factor * sizes)):
            coefficient, rest = term.as_coeff_Mul()
            kept = {k: n for k, n in limits.items() if rest.has(k)}
            missing = Mul(*[n for k, n in limits.items() if k not in kept and factor.has(k)])
            collected[_canonical(rest * missing, kept)] += coefficient
    return Add(*[c * term for term, c in collected.items()])


def _terms(expr, divisors):
    """`expr` as a list of (product, [(bound index, size), …])."""
    expr = expand(expr)
    if expr.is_Add:
        return [term for part in expr.args for term in _terms(part, divisors)]
    if isinstance(expr, Sum):
        if expr in divisors:
            return [(expr, [])]
        if (opened := _opened(expr)) is not None:
            return _terms(opened, divisors)
        change = {k: Dummy(k.name, integer=True) for k, *_ in expr.limits}
        limits = [
            (change[k], n.xreplace(change)) for k, low, n in expr.limits if _from_one(expr, low)
        ]
        inner = _terms(expr.function.xreplace(change), divisors)
        return [(factor, [*bound, *limits]) for factor, bound in inner]
    if isinstance(expr, Pow) and expr.exp.is_Integer and expr.exp > 1 and expr.base.has(Sum):
        return _product([expr.base] * int(expr.exp), divisors)
    if expr.is_Mul and any(_opens(part, divisors) for part in expr.args):
        return _product(expr.args, divisors)
    return [(expr, [])]


def _opened(expr):
    """Σ over 1…3 as three terms, Σ over 1…n + 1 as Σ over 1…n and the last term; None for others.

    A sum that a delta is to eat stays whole.
    """
    for limit in expr.limits:
        k, low, high = limit
        others = [other for other in expr.limits if other is not limit]
        if low != 1 or expr.has(KroneckerDelta) or any(other[2].has(k) for other in others):
            continue
        if high.is_Integer:
            terms = [expr.function.xreplace({k: Integer(place)}) for place in range(1, high + 1)]
        elif high.is_Add and high.as_coeff_Add()[0] >= 1 and (high - 1).is_positive:
            terms = [Sum(expr.function, (k, 1, high - 1)), expr.function.xreplace({k: high})]
        else:
            continue
        return Sum(Add(*terms), *others) if others else Add(*terms)
    return None


def _counted(factor, limits):
    """Open what the deltas have left of sums over a number of terms."""
    counted = {k: n for k, n in limits.items() if n.is_Integer}
    places = product(*(range(1, n + 1) for n in counted.values()))
    opened = Add(
        *[factor.xreplace(dict(zip(counted, map(Integer, p), strict=True))) for p in places]
    )
    others = [(k, 1, n) for k, n in limits.items() if k not in counted]
    return Sum(opened, *others) if others else opened


def _opens(part, divisors):
    """Whether a factor is a sum, or a positive power of one, that has to be multiplied out."""
    if isinstance(part, Pow) and part.exp.is_Integer and part.exp > 0:
        part = part.base
    return part.is_Add or (isinstance(part, Sum) and part not in divisors)


def _product(parts, divisors):
    result = [(Integer(1), [])]
    for part in parts:
        right = _terms(part, divisors) if _opens(part, divisors) else [(part, [])]
        result = [(x * y, [*a, *b]) for x, a in result for y, b in _renewed(right)]
    return result


def _renewed(terms):
    """Fresh bound indices, so that a repeated factor does not share its own."""
    for factor, limits in terms:
        change = {k: Dummy(k.name, integer=True) for k, _ in limits}
        yield factor.xreplace(change), [(change[k], n.xreplace(change)) for k, n in limits]


def _from_one(expr, low):
    if low != 1:
        raise NoNormalForm(f"a sum over an axis starts at 1: {expr}")
    return True


def _collapse(factor, limits, ranges):
    """Σ_k f(k) δ_kp = f(p), until no delta holds a bound index; δ_pq f(q) = δ_pq f(p) for free ones."""
    factor = in_order(factor, limits)
    for delta in sorted(factor.atoms(KroneckerDelta), key=str):
        if not factor.has(delta):  # changed by an earlier replacement
            return _collapse(factor, limits, ranges)
        if delta not in Mul.make_args(factor):
            continue
        p, q = sorted(delta.args[:2], key=lambda k: (k not in limits, str(k)))
        others = factor / delta
        if p in limits:
            if not _within(q, limits | ranges, limits[p]):
                raise NoNormalForm(f"{delta}: {q} is not known to stay within 1…{limits[p]}")
            remaining = {k: n for k, n in limits.items() if k != p}
            return _collapse(others.xreplace({p: q}), remaining, ranges)
        moved = others.xreplace({q: p} if q.is_Symbol else {p: q})
        factor = delta * moved
    joined, left = paired(factor, limits)
    return (factor, limits) if left == limits else _collapse(joined, left, ranges)


def _within(k, ranges, size):
    """Whether an index, or a number in its place, always lies in 1…size."""
    if isinstance(k, Permuted):
        return k.shape == (size,) and _within(*k.indices, ranges, size)
    return bool(k.is_number and k >= 1 and (size - k).is_nonnegative) or ranges.get(k) == size


def _recognize(factor, limits, divisors):
    """A sum that also stands in a denominator is taken back whole, so that S · S⁻² becomes S⁻¹."""
    for k, n in list(limits.items()):
        parts = Mul.make_args(factor)
        inside = Mul(*[part for part in parts if part.has(k)])
        if any(inside.has(other) for other in limits if other != k):
            continue
        whole = _canonical(inside, {k: n})
        if whole in divisors:
            factor = Mul(*[part for part in parts if not part.has(k)]) * whole
            limits = {other: m for other, m in limits.items() if other != k}
    return factor, limits


def _constant_sums(factor, limits):
    """A sum whose terms do not depend on its index is its size times the term."""
    sizes = Integer(1)
    for k in list(limits):  # inner sums come first: their size may depend on an outer index
        if not any(part.has(k) for part in (factor, sizes, *limits.values())):
            sizes *= limits.pop(k)
    return factor, sizes


def _canonical(factor, limits):
    """The term with its bound indices renamed so that equal terms are the same object."""
    if not limits:
        return factor
    if len(limits) > 6:
        raise NoNormalForm(f"{len(limits)} bound indices in one term: {factor}")
    first = _first_free("_b", factor, but=limits)
    fresh = [Symbol(f"_b{first + i}", integer=True) for i in range(len(limits))]
    forms = []
    for order in permutations(limits):
        renamed = factor.xreplace(dict(zip(order, fresh, strict=True)))
        sizes = [(k, 1, limits[old]) for k, old in zip(fresh, order, strict=True)]
        forms.append(Sum(renamed, *sizes))
    return min(forms, key=str)


def _first_free(prefix, expr, but=()):
    """The lowest number that no index of the normal form within `expr` carries yet, nor any above."""
    taken = (s.name for s in expr.atoms(Symbol) - set(but) if s.name.startswith(prefix))
    return 1 + max((int(name[len(prefix) :]) for name in taken), default=0)


def _normal_atoms(expr, ranges):
    """Normalize what stands inside functions, costs and denominators, where sums cannot open."""
    if isinstance(expr, FunctionalValue | FunctionalPartial):
        return _normal_functional(expr, ranges)
    if not expr.args or not expr.has(Sum, FunctionalValue):
        return expr
    if isinstance(expr, Add | Mul | Sum):
        return expr.func(
            *[_normal_atoms(arg, ranges) if isinstance(arg, Expr) else arg for arg in expr.args]
        )
    if isinstance(expr, Pow) and expr.exp.is_Integer and expr.exp > 0:
        return Pow(_normal_atoms(expr.base, ranges), expr.exp)
    args = [normal_form(arg, ranges) if isinstance(arg, Expr) else arg for arg in expr.args]
    if not isinstance(expr, Max | Min | Abs):
        return expr.func(*args)
    scale = _common_scale([arg for arg in args if arg != 0])
    return scale * expr.func(*[_divided(arg, scale) for arg in args])


def _common_scale(sums):
    """The positive letters that are a factor of every term of every sum: max(0, s x) is s max(0, x)."""
    terms = [_without_sum(term) for expr in sums for term in Add.make_args(expr)]
    letters = [{f for f in Mul.make_args(term) if f.is_Symbol and f.is_positive} for term in terms]
    return Mul(*set.intersection(*letters)) if letters else Integer(1)


def _without_sum(term):
    return term.function if isinstance(term, Sum) else term


def _divided(expr, scale):
    """A sum of terms, each with the factor `scale`, without it."""
    terms = []
    for term in Add.make_args(expr):
        rest = _without_sum(term) / scale
        terms.append(Sum(rest, *term.limits) if isinstance(term, Sum) else rest)
    return Add(*terms)


def _normal_functional(expr, ranges):
    if isinstance(expr, FunctionalPartial):
        return expr.func(_normal_functional(expr.value, ranges), expr.indices)
    first = _first_free("_a", expr)
    places = tuple(Symbol(f"_a{first + i}", integer=True) for i in range(len(expr.shape)))
    inner = ranges | dict(zip(places, expr.shape, strict=True))
    return expr.func(expr.name, expr.shape, Lambda(places, normal_form(expr.body(*places), inner)))


def _divisors(expr):
    """Sums in denominators or inside functions, already in normal form."""
    for power in expr.atoms(Pow):
        if isinstance(power.base, Sum) and not (power.exp.is_Integer and power.exp > 0):
            yield power.base
