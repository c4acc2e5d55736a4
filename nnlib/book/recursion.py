"""A sequence given by its first value and a step: what a proof by induction is about.

Nothing reduces it by symbols. A closed form for it is argued: the start and the step are checked, and
the statement itself is evaluated by taking the steps one by one.
"""

from sympy import Dummy, Expr, Lambda, Tuple, sympify


class Iterated(Expr):
    """The value after k steps: prints as name_k. Each `sequence` has a subclass of its own."""

    tex = None
    is_commutative = True

    def __new__(cls, k, start, step):
        return Expr.__new__(cls, sympify(k), sympify(start), step)

    k = property(lambda self: self.args[0])
    start = property(lambda self: self.args[1])
    step = property(lambda self: self.args[2])

    def _eval_is_extended_real(self):
        return True


def sequence(name, start, step):
    """k ↦ the value after k steps, where `step(value, k)` is the value after step k = 1, 2, …"""
    value, k = Dummy("x", real=True), Dummy("k", integer=True, positive=True)
    node = type("Sequence", (Iterated,), {"tex": name})
    rule = Lambda(Tuple(value, k), sympify(step(value, k)))
    return lambda at: node(at, start, rule)
