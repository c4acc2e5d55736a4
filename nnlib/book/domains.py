"""Where a statement makes sense: what a reader takes for granted, said as a condition beside it.

SymPy cancels (z² − 1)/(z − 1) and differentiates |z| without a word about z = 1 or z = 0. Here each
divisor, root, logarithm and kink is asked whether its argument can fail; where it can, that becomes
a printed condition.
"""

import sympy as sp

from nnlib.book.printing import tex
from nnlib.book.symbols import Applied, Defined, FunctionalPartial, FunctionalValue, unfold

_KINKED = (sp.Abs, sp.sign, sp.Heaviside, sp.Max, sp.Min, sp.Piecewise)
_SIGNS = {"nonzero": r"\ne", "positive": ">", "nonnegative": r"\ge"}


def conditions_to_make_sense(sides, between):
    """TeX of each condition that the sides need and that the assumptions on their symbols do not give."""
    wanted = {}
    for part, sign in (need for side in sides for need in _needs(side, frozenset())):
        meant = unfold(part)
        while isinstance(meant, sp.Product):  # of positive numbers, it is positive
            meant = meant.function
        stretched = _stretched(meant, between)
        seen = [meant, stretched]
        if part.is_Add or isinstance(unfold(part), sp.Product):  # 1 − σ(z) is a positive quotient
            seen.append(sp.together(stretched))
        if not any(getattr(each, f"is_{sign}") for each in seen):
            wanted.setdefault(tex(part), set()).add(sign)
    return [f"{part} {_SIGNS[_joint(signs)]} 0" for part, signs in wanted.items()]


def _joint(signs):
    """The one sign that says all of `signs`."""
    return signs.pop() if len(signs) == 1 else "positive"


def _needs(expr, dummies):
    """(part, what it must be) pairs; the variable of a limit or an integral asks for nothing."""
    if isinstance(expr, Defined):
        yield from _needs(expr.unfold(), dummies)
    elif isinstance(expr, FunctionalValue | FunctionalPartial | sp.Indexed):
        return
    elif isinstance(expr, Applied) and expr.meaning:
        argument = expr.args[0]
        yield from _needs(argument, dummies)
        yield from _needs(expr.meaning(argument), dummies)
        if "'" in expr.func.tex:
            yield from _kinks(unfold(expr.meaning(argument)), argument.free_symbols, dummies)
    else:
        if isinstance(expr, sp.Limit | sp.Integral):
            dummies = dummies | {expr.args[1] if isinstance(expr, sp.Limit) else expr.args[1][0]}
        for part, wanted in _own_needs(expr):
            if not part.free_symbols <= dummies:
                yield part, wanted
        if isinstance(expr, sp.Derivative):
            yield from _kinks(unfold(expr.expr), set(expr.variables), dummies)
        for part in expr.args:
            if isinstance(part, sp.Expr):
                yield from _needs(part, dummies)


def _own_needs(expr):
    if isinstance(expr, sp.log):
        yield expr.args[0], "positive"
    if not isinstance(expr, sp.Pow):
        return
    base, exponent = expr.args
    if exponent.is_integer:
        if not exponent.is_nonnegative:
            yield base.args[0] if isinstance(base, sp.Abs) else base, "nonzero"
    elif not base.is_positive:
        yield base, "nonnegative" if exponent.is_positive else "positive"


def _kinks(expr, variables, dummies):
    """A derivative is taken where the function is smooth: off the edges between its pieces."""
    moving = [x.base if isinstance(x, sp.Indexed) else x for x in variables]
    for node in sorted(expr.atoms(*_KINKED), key=sp.default_sort_key):
        if not any(node.has(x) for x in moving):
            continue
        for edge in _edges(node):
            if edge.free_symbols - dummies:
                yield edge, "nonzero"


def _edges(node):
    if isinstance(node, sp.Max | sp.Min):
        first, *others = sorted(node.args, key=lambda a: (a.is_number, a.sort_key()))
        return [first - other for other in others]
    if isinstance(node, sp.Piecewise):
        return [
            c.lhs - c.rhs
            for _, condition in node.args
            for c in condition.atoms(sp.core.relational.Relational)
        ]
    return [node.args[0]]


def _stretched(expr, between):
    """`expr` with each symbol of a range (low, high) written in a positive number, for SymPy to see."""
    for symbol, (low, high) in between.items():
        if expr.has(symbol):
            u = sp.Dummy(positive=True)
            expr = sp.cancel(expr.xreplace({symbol: low + (high - low) * u / (1 + u)}))
    return expr
