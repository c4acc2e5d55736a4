"""Kinks: an expression with pieces is 0 if it is 0 on every piece, and where the pieces meet.

SymPy's own simplification of sums of pieces is not to be trusted (its issue 27359), so each piece is
entered by a substitution that SymPy can see through: z = c + u with u > 0, and so on.
"""

from itertools import pairwise

import sympy as sp

PIECES = (sp.Piecewise, sp.Max, sp.Min, sp.Abs, sp.Heaviside)


def by_cases(expr):
    """0 if `expr`, whose pieces meet at numbers on the axis of one real letter, is 0 in every case.

    Where they meet at numbers times one letter of known sign, such as ±δ, that letter is the unit.
    """
    if not expr.has(*PIECES):
        return expr
    opened = expr.rewrite([sp.Max, sp.Min, sp.Abs, sp.Heaviside], sp.Piecewise)
    edges = [c.lhs - c.rhs for c in opened.atoms(sp.core.relational.Relational)]
    letters = {s for edge in edges for s in edge.free_symbols if s.is_positive is None}
    if len(letters) != 1:
        return expr
    (z,) = letters
    units = {s for edge in edges for s in edge.free_symbols - letters}
    if not all(unit.is_nonzero for unit in units):
        return expr
    if len(units) == 1:
        (unit,), in_units = units, sp.Dummy("z", real=True)
        opened = opened.subs(z, unit * in_units)
        edges = [sp.cancel(edge.subs(z, unit * in_units) / unit) for edge in edges]
        z = in_units
    if not all(edge.is_polynomial(z) for edge in edges):
        return expr
    roots = [sp.roots(edge, z) for edge in edges]
    known = all(sum(r.values()) == sp.degree(edge, z) for r, edge in zip(roots, edges, strict=True))
    found = {root for some in roots for root in some if root.is_real is not False}
    if not (known and found and all(c.is_real and c.is_number for c in found)):
        return expr
    meetings = sorted(found)
    cases = [opened.subs(z, place) for place in _everywhere(meetings)]
    if units:
        cases = [_decided(case) for case in cases]
    return sp.Integer(0) if all(sp.simplify(case) == 0 for case in cases) else expr


def split_at_0(integral):
    """An integral over pieces as one on each side of 0, where SymPy sees which piece holds."""
    f, (x, low, high) = integral.function, integral.limits[0]
    if not (f.has(*PIECES) and low.is_extended_negative and high.is_extended_positive):
        return integral
    left, right = sp.Dummy("x", negative=True), sp.Dummy("x", positive=True)
    return sp.Integral(f.subs(x, left), (left, low, 0)) + sp.Integral(
        f.subs(x, right), (right, 0, high)
    )


def _decided(case):
    """Each condition settled whose two sides differ by something of plain sign: δ < δ u/(1 + u) is false."""
    known = {}
    for condition in case.atoms(sp.core.relational.Relational):
        gap = sp.factor(condition.lhs - condition.rhs)
        sign = next(
            (k for k, a in ((1, gap.is_positive), (-1, gap.is_negative), (0, gap.is_zero)) if a),
            None,
        )
        if sign is not None:
            known[condition] = condition.func(sign, 0)
    return case.subs(known)


def _everywhere(meetings):
    """Expressions that together take every real value, each on one side of every meeting point."""
    u = sp.Dummy("u", positive=True)
    inner = [low + (high - low) * u / (1 + u) for low, high in pairwise(meetings)]
    return [meetings[0] - u, *meetings, *inner, meetings[-1] + u]
