"""θ_0, θ_1, θ_2 …: vectors (`iterates`) or numbers (`sequence`) that a rule makes, each from the last.

The number of the step may be a symbol. To the proof θ_k is opaque; what an argument needs of it is one
step. The numbers run the rule.
"""

from sympy import Dummy, Expr, Indexed, IndexedBase, Lambda, Symbol, Tuple, sympify

from nnlib.book.arrays import Array, named


class Iterate(Expr):
    """Element i of θ_k: `start` for k = 0, then k times `rule`, which speaks of the last θ by `base`."""

    def __new__(cls, base, size, start, rule, k, i):
        return Expr.__new__(cls, base, size, start, rule, sympify(k), sympify(i))

    base, size, start, rule, k, i = (property(lambda self, at=at: self.args[at]) for at in range(6))
    is_commutative = True

    def _eval_is_extended_real(self):
        return True

    def _eval_is_finite(self):
        return True

    def _eval_derivative(self, x):
        raise NotImplementedError("the book does not differentiate through the steps of a method")


def iterates(name, start, step):
    """k ↦ θ_k, an array: `start`, and from each θ the next one is step(θ)."""
    (size,) = start.shape
    base = IndexedBase(Symbol(f"last {name}", real=True), shape=(size,), real=True)
    i = Dummy("i", integer=True)
    last = Array((size,), lambda j: Indexed(base, j), name)
    first, rule = Lambda((i,), start[i]), Lambda((i,), step(last)[i])

    def at(k):
        k = sympify(k)
        label = f"{name}_{{{k}}}"
        if k == 0 and start.tex == label:
            return start
        return named(label, Array((size,), lambda j: Iterate(base, size, first, rule, k, j), ""))

    return at


class Iterated(Expr):
    """The number after k steps: prints as name_k. Each `sequence` has a subclass of its own."""

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
