"""The largest value of a formula on an interval, between bounds that no rounding can break."""

from mpmath import iv, mp
from sympy import lambdify

from nnlib.book.symbols import unfold

_INTERVALS = {"exp": iv.exp, "log": iv.log, "sqrt": iv.sqrt, "pi": iv.pi, "mpf": iv.mpf}


def largest(expr, variable, low, high, within=1e-6):
    """(lower, upper) bounds, at most `within` apart, of the maximum of `expr` for low ≤ variable ≤ high.

    Interval arithmetic bounds `expr` on each of many small intervals; one whose upper bound lies below
    a value that is reached elsewhere is thrown away, the others are halved. `expr` is made of +, −, ×,
    ÷, powers, exp, log and square roots. Raises ArithmeticError if sixty halvings are not enough.
    """
    function = lambdify(variable, unfold(expr), modules=[_INTERVALS, "mpmath"])
    boxes = [iv.mpf([low, high])]
    for _ in range(60):
        reached = max(function(box.mid).a for box in boxes)
        bounds = [function(box).b for box in boxes]
        if max(bounds) - reached <= within:
            return mp.mpf(reached), mp.mpf(max(bounds))
        kept = (box for box, bound in zip(boxes, bounds, strict=True) if bound >= reached)
        boxes = [
            half for box in kept for half in (iv.mpf([box.a, box.mid]), iv.mpf([box.mid, box.b]))
        ]
    raise ArithmeticError(f"no bounds within {within} of the maximum of {expr} on [{low}, {high}]")
