"""An undetermined permutation π of 1…n: the index π(k) may stand wherever an index may stand.

Of π only this is known: as k runs over 1…n, so does π(k).
"""

import random

from sympy import Function, Integer, KroneckerDelta


class Permuted(Function):
    """π(k) with the size n of its axis: what the function that `permutation` returns builds."""

    nargs = 2
    is_integer = True
    tex = None

    indices = property(lambda self: self.args[:1])
    shape = property(lambda self: self.args[1:])


def permutation(name, n):
    """A permutation of 1…n of which nothing else is known, as a function of an index."""
    node = type(name, (Permuted,), {"tex": name})
    return lambda k: node(k, n)


def drawn(node, k, n, seed):
    """π(k) for a permutation drawn from the seed, every other time a cycle: π at a point."""
    if not 1 <= k <= n:
        raise ValueError(f"{node.tex} is a permutation of 1…{n}; it was asked for {k}")
    order = list(range(1, n + 1))
    random.Random(f"{seed}:{node.tex}:{n}").shuffle(order)
    return order[k - 1] if seed % 2 else order[(order.index(k) + 1) % n]


def in_order(factor, limits):
    """`factor`, a term under sums over `limits`, with k for π(k) where k occurs in no other way.

    Σ_k f(π(k)) = Σ_k f(k): the same terms, in another order. And π(p) = π(q) only where p = q.
    """
    factor = factor.replace(_same_permutation, lambda delta: _of_places(*delta.args[:2]))
    for k, n in limits.items():
        nodes = {node for node in factor.atoms(Permuted) if node.indices == (k,)}
        rest = factor.xreplace(dict.fromkeys(nodes, Integer(1)))
        alone = not (rest.has(k) or any(end.has(k) for end in limits.values()))
        if len(nodes) == 1 and alone and next(iter(nodes)).shape == (n,):
            return in_order(factor.xreplace(dict.fromkeys(nodes, k)), limits)
    return factor


def _same_permutation(expr):
    """Whether it is a Kronecker delta of π(p) and π(q), with one π."""
    if not isinstance(expr, KroneckerDelta):
        return False
    p, q = expr.args[:2]
    return isinstance(p, Permuted) and p.func is q.func and p.shape == q.shape


def _of_places(p, q):
    return KroneckerDelta(*p.indices, *q.indices)
