"""Wrong neighbours of a true statement: what its check must be able to refute.

Each alteration changes one place of one side, as a slip of the pen would: a sign, a factor 2, a term
or factor dropped, an exponent or constant off by one, two indices swapped, a mean for a sum, one term
for a sum, a derivative for its function, an argument with the wrong sign.
"""

from sympy import (
    Add,
    Indexed,
    Integer,
    KroneckerDelta,
    Limit,
    Mul,
    Number,
    Pow,
    Product,
    Sum,
    sympify,
)  # fmt: skip

from nnlib.book.symbols import Applied, Defined, FunctionalPartial, FunctionalValue

MOST = 24


def alterations(expr):
    """(description, altered expression) pairs, at most `MOST`, in a fixed order, without repeats."""
    seen, chosen = {expr}, []
    for description, altered in _everywhere(sympify(expr)):
        if altered not in seen:
            seen.add(altered)
            chosen.append((description, altered))
    if len(chosen) <= MOST:
        return chosen
    step = len(chosen) / MOST  # spread over the whole statement, not its first terms only
    return [chosen[int(k * step)] for k in range(MOST)]


def _everywhere(expr):
    """Alter the whole first, then each part where it stands."""
    yield from _here(expr)
    if isinstance(
        expr,
        Indexed | Defined | FunctionalValue | FunctionalPartial | KroneckerDelta | Number,
    ):
        return
    for place, part in enumerate(_open_parts(expr)):
        if part is None:
            continue
        for description, altered in _everywhere(part):
            args = list(expr.args)
            args[place] = altered
            try:
                yield description, expr.func(*args)
            except (TypeError, ValueError):  # the slip makes no expression at all
                continue


def _open_parts(expr):
    """The arguments in which a slip can be made; None keeps a place for the others."""
    if isinstance(expr, Sum | Product | Limit) or expr.func.__name__ in ("Integral", "Derivative"):
        return [expr.args[0]]
    if expr.func.__name__ == "Piecewise":
        return []
    return list(expr.args)


def _here(expr):
    name = _short(expr)
    if expr.is_Number or expr.is_NumberSymbol:
        if expr.is_finite:
            yield f"{name} + 1", expr + 1
            yield f"{name} − 1", expr - 1
        yield f"sign of {name}", -expr
        return
    yield f"sign of {name}", -expr
    yield f"twice {name}", 2 * expr
    yield f"half of {name}", expr / 2
    if isinstance(expr, Add | Mul):
        for part in expr.args:
            kind = "term" if isinstance(expr, Add) else "factor"
            yield f"{kind} {_short(part)} dropped", expr.func(*[a for a in expr.args if a != part])
    if isinstance(expr, Pow) and expr.exp.is_Number:
        yield f"exponent of {name} + 1", Pow(expr.base, expr.exp + 1)
        yield f"exponent of {name} − 1", Pow(expr.base, expr.exp - 1)
    if isinstance(expr, Sum):
        yield from _sum_slips(expr, name)
    if isinstance(expr, Product):
        yield from _product_slips(expr, name)
    if isinstance(expr, Indexed) and len(expr.indices) == 2:
        yield f"{name} transposed", Indexed(expr.base, *expr.indices[::-1])
    if isinstance(expr, Defined) and len(expr.indices) == 2:
        yield f"{name} transposed", expr.func(*expr.args[:3], *expr.indices[::-1])
    if isinstance(expr, Applied):
        if expr.func.prime is not None:
            yield f"{name} differentiated", expr.func.prime(expr.args[0])
        if expr.func.primitive is expr.func.prime or expr.func.tex.endswith("'"):
            yield f"{name} without its prime", lowered(expr)
    if isinstance(expr, KroneckerDelta):
        yield f"{name} always 1", Integer(1)


def _sum_slips(expr, name):
    k, low, high = expr.limits[0]
    yield f"mean for {name}", expr / high
    yield f"one term for {name}", expr.function.subs(k, low)
    yield (
        f"{name} without its last term",
        expr.func(expr.function, (k, low, high - 1), *expr.limits[1:]),
    )


def _product_slips(expr, name):
    k, low, high = expr.limits[0]
    yield f"one factor for {name}", expr.function.subs(k, low)
    yield (
        f"{name} without its last factor",
        expr.func(expr.function, (k, low, high - 1), *expr.limits[1:]),
    )


def lowered(expr):
    """f'(z) written as f(z), f''(z) as f'(z)."""
    node, target = expr.func.primitive, expr.func.tex.count("'") - 1
    for _ in range(target):
        node = node.prime
    return node(expr.args[0])


def _short(expr):
    """A part's name in a list of alterations."""
    if isinstance(expr, Defined | FunctionalValue | FunctionalPartial):
        return str(expr.name)
    if isinstance(expr, Indexed):
        return str(expr.base.label)
    text = str(expr).replace("_", "") if not expr.atoms(Indexed, Defined) else ""
    return text if 0 < len(text) <= 24 else f"a {expr.func.__name__.lower()}"
