"""The second witness: both sides of a statement as numbers, in 30-digit arithmetic.

Nothing here differentiates, simplifies or sums symbolically. A derivative is a difference quotient at
raised precision, a sum is a loop, an integral is a quadrature, a limit is a value far out. What proved
the statement therefore has no part in checking it.
"""

import random
from dataclasses import dataclass, field, replace
from functools import cache

import mpmath
import sympy as sp
from mpmath import mp

from nnlib.book.expectation import Drawn, Expected
from nnlib.book.iteration import Iterate, Iterated
from nnlib.book.orthonormal import element_at, isframe
from nnlib.book.permutations import Permuted, drawn
from nnlib.book.symbols import (
    Applied,
    Defined,
    FunctionalPartial,
    FunctionalValue,
    InverseElement,
    Largest,
    LogDeterminant,
    SpectralNorm,
)

DIGITS = 30
FAR = mpmath.mpf(10) ** 12


@dataclass(frozen=True)
class Point:
    """Values for everything that is free: sizes, numbers, elements of arrays, undetermined functions.

    Values are drawn from a seeded generator when first asked for, and kept. They are multiples of
    1/64, exact at every precision.
    """

    seed: int
    scale: float = 2.0
    sizes: dict = field(default_factory=dict)
    between: dict = field(default_factory=dict)
    values: dict = field(default_factory=dict)
    paths: dict = field(default_factory=dict, init=False, compare=False)  # of this point alone

    def value(self, key, symbol):
        """The number that stands for `symbol`, remembered under `key`."""
        if key not in self.values:
            self.values[key] = self._draw(random.Random(f"{self.seed}:{key}"), symbol)
        return self.values[key]

    def _draw(self, rng, symbol):
        if symbol in self.between:
            low, high = (self._end(end) for end in self.between[symbol])
            return mpmath.mpf(rng.randint(1, 63)) / 64 * (high - low) + low
        size = mpmath.mpf(max(1, round(64 * self.scale * rng.uniform(0.02, 1)))) / 64
        if symbol.is_integer:
            return mpmath.mpf(rng.randint(1, 5))
        if symbol.is_positive or symbol.is_nonnegative:
            return size
        if symbol.is_negative or symbol.is_nonpositive:
            return -size
        return size if rng.random() < 0.5 else -size

    def _end(self, end):
        """The end of a range, which may be an expression such as 2/L."""
        return evaluate(end, self) if isinstance(end, sp.Expr) and end.free_symbols else end

    def moved(self, key, value):
        """The same point with one value changed."""
        return replace(self, values={**self.values, key: value})

    def described(self):
        """{symbol: number} for the sizes and scalars drawn so far: arrays have too many entries to show."""
        shown = lambda key: isinstance(key, sp.Symbol) and not isinstance(key, Drawn)
        scalars = {k: v for k, v in self.values.items() if shown(k)}
        return {**self.sizes, **scalars}

    def describe(self):
        """The sizes and scalars drawn so far, for a message."""
        return ", ".join(f"{k} = {mpmath.nstr(v, 6)}" for k, v in self.described().items())


def evaluate(expr, point, bound=None, digits=DIGITS):
    """The number that `expr` is at `point`; `bound` holds the indices of enclosing sums."""
    with mp.workdps(digits + 15):
        return _number(sp.sympify(expr), point, bound or {})


def _number(expr, point, bound):
    for kind, rule in _RULES.items():
        if isinstance(expr, kind):
            return rule(expr, point, bound)
    if expr.func in _FUNCTIONS:
        return _FUNCTIONS[expr.func](*(_number(arg, point, bound) for arg in expr.args))
    raise NotImplementedError(f"no 30-digit rule for {expr.func.__name__} in {expr}")


def _symbol(expr, point, bound):
    if expr in bound:
        return bound[expr]
    if expr in point.sizes:
        return point.sizes[expr]
    return point.value(expr, expr)


def _indices(expr, point, bound):
    return tuple(int(_number(k, point, bound)) for k in expr)


def _key(variable, point, bound):
    """Under which key a variable of differentiation is kept."""
    if isinstance(variable, sp.Indexed):
        return (variable.base.label, _indices(variable.indices, point, bound))
    return variable


def _indexed(expr, point, bound):
    key = _key(expr, point, bound)
    if isframe(expr):
        return element_at(expr, key[1], point, lambda n: _number(n, point, bound))
    return point.value(key, expr.base.label)


def _defined(expr, point, bound):
    body = expr.args[2]
    values = _indices(expr.indices, point, bound)
    return _number(body.expr, point, {**bound, **dict(zip(body.variables, values, strict=True))})


def _sum(expr, point, bound):
    return _loop(expr.function, list(expr.limits), point, bound)


def _loop(function, limits, point, bound):
    if not limits:
        return _number(function, point, bound)
    *inner, (k, low, high) = limits
    first, last = (int(_number(end, point, bound)) for end in (low, high))
    return mpmath.fsum(
        _loop(function, inner, point, {**bound, k: i}) for i in range(first, last + 1)
    )


def _product(expr, point, bound):
    (k, low, high), *others = reversed(expr.limits)
    inner = expr.func(expr.function, *reversed(others)) if others else expr.function
    first, last = (int(_number(end, point, bound)) for end in (low, high))
    return mpmath.fprod(_number(inner, point, {**bound, k: i}) for i in range(first, last + 1))


def _derivative(expr, point, bound):
    return _differentiated(expr.expr, list(expr.variable_count), point, bound)


def _differentiated(expr, variables, point, bound):
    if not variables:
        return _number(expr, point, bound)
    *rest, (x, order) = variables
    key = _key(x, point, bound)
    here = bound[x] if x in bound else _number(x, point, bound)
    if x in bound:  # the bound variable of an integral or of a definition
        return mpmath.diff(
            lambda t: _differentiated(expr, rest, point, {**bound, x: t}), here, int(order)
        )
    return mpmath.diff(
        lambda t: _differentiated(expr, rest, point.moved(key, t), bound), here, int(order)
    )


def _applied(expr, point, bound):
    argument = _number(expr.args[0], point, bound)
    order = expr.func.tex.count("'")
    plain = _plain_function(expr.func.primitive or expr.func, point)
    return mpmath.diff(plain, argument, order) if order else plain(argument)


@cache
def _definition(node):
    """(z, the definition of the function at z), built once: a quadrature asks a thousand times."""
    z = sp.Dummy("z", real=True)
    return z, sp.sympify(node.meaning(z))


def _plain_function(node, point):
    if node.meaning:
        z, expr = _definition(node)
        return lambda t: _number(expr, point, {z: t})
    c = [point.value(f"constant {node.tex} {k}", sp.Symbol("c", positive=True)) for k in range(4)]
    return lambda t: c[0] * mpmath.sin(c[1] * t + c[2]) + c[3] * t


def _functional(expr, point, bound):
    return _cost(expr, _elements(expr, point, bound), point)


def _spectral_norm(expr, point, bound):
    return mpmath.svd_r(_matrix(expr, point, bound), compute_uv=False)[0]


def _log_determinant(expr, point, bound):
    return mpmath.log(abs(mpmath.det(_matrix(expr, point, bound))))


def _inverse_element(expr, point, bound):
    i, j = _indices(expr.indices, point, bound)
    return mpmath.inverse(_matrix(expr.value, point, bound))[i - 1, j - 1]


def _matrix(expr, point, bound):
    elements = _elements(expr, point, bound)
    rows, columns = max(elements)
    matrix = mpmath.matrix(rows, columns)
    for (i, j), value in elements.items():
        matrix[i - 1, j - 1] = value
    return matrix


def _elements(expr, point, bound):
    """The array that the cost is taken of, as {indices: number}."""
    body, sizes = expr.body, [int(_number(n, point, bound)) for n in expr.shape]
    places = [()]
    for n in sizes:
        places = [(*place, k) for place in places for k in range(1, n + 1)]
    inner = lambda place: {**bound, **dict(zip(body.variables, place, strict=True))}
    return {place: _number(body.expr, point, inner(place)) for place in places}


def _cost(expr, elements, point):
    """A cost like no other, standing for the undetermined one: Σ sin(αz + β) + ½(Σ γz)².

    One of which more is known brings a stand-in of its own.
    """
    if expr.stand_in:
        return expr.stand_in(elements, point)
    free, total, mixed = sp.Symbol("c", positive=True), 0, 0
    for place, z in elements.items():
        a, b, c = (point.value(f"constant {expr.name} {k} {place}", free) for k in "abc")
        total, mixed = total + mpmath.sin(a * z + b), mixed + c * z
    return total + mixed**2 / 2


def _partial(expr, point, bound):
    elements = _elements(expr.value, point, bound)
    place = _indices(expr.indices, point, bound)
    return mpmath.diff(lambda t: _cost(expr.value, {**elements, place: t}, point), elements[place])


def _permuted(expr, point, bound):
    k, n = (int(_number(part, point, bound)) for part in expr.args)
    return mpmath.mpf(drawn(expr.func, k, n, point.seed))


def _iterate(expr, point, bound):
    """Element i of θ_k: the rule, k times. The vectors on the way are kept: every element asks for them."""
    count, label = int(_number(expr.k, point, bound)), expr.base.label
    outside = (expr.start.free_symbols | expr.rule.free_symbols) & set(bound)
    where = tuple((symbol, bound[symbol]) for symbol in sorted(outside, key=str))
    path = point.paths.setdefault((expr.args[:4], where, mp.prec), [])
    places = range(1, int(_number(expr.size, point, bound)) + 1)
    while len(path) <= count:
        body = expr.rule if path else expr.start
        here = replace(point, values={**point.values, **(path[-1] if path else {})})
        numbers = [_number(body.expr, here, {**bound, body.variables[0]: j}) for j in places]
        path.append({(label, (j,)): x for j, x in zip(places, numbers, strict=True)})
    return path[count][label, (int(_number(expr.i, point, bound)),)]


def _piecewise(expr, point, bound):
    for value, condition in expr.args:
        if condition is sp.true or _holds(condition, point, bound):
            return _number(value, point, bound)
    raise ValueError(f"no piece of {expr} covers {point.describe()}")


def _holds(condition, point, bound):
    if isinstance(condition, sp.And | sp.Or):
        parts = [_holds(part, point, bound) for part in condition.args]
        return all(parts) if isinstance(condition, sp.And) else any(parts)
    left, right = (_number(side, point, bound) for side in (condition.lhs, condition.rhs))
    compare = {sp.Gt: left > right, sp.Ge: left >= right, sp.Lt: left < right, sp.Le: left <= right,
               sp.Eq: left == right, sp.Ne: left != right}  # fmt: skip
    return compare[condition.func]


def _integral(expr, point, bound):
    ((x, low, high),) = expr.limits
    low, high = _number(low, point, bound), _number(high, point, bound)
    path = [low, *([0] if low < 0 < high else []), high]
    return mpmath.quad(lambda t: _number(expr.function, point, {**bound, x: t}), path)


def _limit(expr, point, bound):
    function, x, to, side = expr.args
    if to.is_infinite:
        return _number(function, point, {**bound, x: FAR if to > 0 else -FAR})
    step = 1 / FAR**2 if str(side) == "+" else -1 / FAR**2
    return _number(function, point, {**bound, x: _number(to, point, bound) + step})


def _expected(expr, point, bound):
    number = lambda part: _number(part, point, bound)
    return mpmath.fsum(
        share * _number(expr.body, replace(point, values={**point.values, **outcome}), bound)
        for share, outcome in expr.outcomes(number)
    )


def _iterated(expr, point, bound):
    count = _number(expr.k, point, bound)
    if count != int(count) or count < 0:
        raise ValueError(f"{expr.tex} after {count} steps: expected 0, 1, 2, …")
    value, (x, k) = _number(expr.start, point, bound), expr.step.variables
    for step in range(1, int(count) + 1):
        value = _number(expr.step.expr, point, {**bound, x: value, k: step})
    return value


def _power(expr, point, bound):
    base, exponent = (_number(arg, point, bound) for arg in expr.args)
    return mpmath.mpf(base) ** exponent if not isinstance(base, mpmath.mpc) else base**exponent


def _no_number(expr, point, bound):
    raise ZeroDivisionError("a division by 0")


def _constant(expr, point, bound):
    if expr.is_infinite:
        return mpmath.inf if expr > 0 else -mpmath.inf
    if isinstance(expr, sp.Rational):
        return mpmath.mpf(expr.p) / expr.q
    return mpmath.mpmathify(expr.evalf(mp.dps + 5))


_RULES = {
    sp.Number: _constant,
    sp.NumberSymbol: _constant,
    sp.core.numbers.ComplexInfinity: _no_number,
    sp.core.numbers.ImaginaryUnit: lambda *_: mpmath.mpc(0, 1),
    sp.Symbol: _symbol,
    sp.Add: lambda e, *where: mpmath.fsum(_number(arg, *where) for arg in e.args),
    sp.Mul: lambda e, *where: mpmath.fprod(_number(arg, *where) for arg in e.args),
    sp.Pow: _power,
    sp.Indexed: _indexed,
    Defined: _defined,
    Applied: _applied,
    Permuted: _permuted,
    SpectralNorm: _spectral_norm,
    Largest: lambda *where: max(_elements(*where).values()),
    LogDeterminant: _log_determinant,
    InverseElement: _inverse_element,
    FunctionalValue: _functional,
    FunctionalPartial: _partial,
    Iterate: _iterate,
    Expected: _expected,
    Iterated: _iterated,
    sp.Sum: _sum,
    sp.Product: _product,
    sp.Derivative: _derivative,
    sp.Integral: _integral,
    sp.Limit: _limit,
    sp.Piecewise: _piecewise,
    sp.KroneckerDelta: lambda e, *where: mpmath.mpf(_number(e.args[0], *where) == _number(e.args[1], *where)),
    sp.Max: lambda e, *where: max(_number(arg, *where) for arg in e.args),
    sp.Min: lambda e, *where: min(_number(arg, *where) for arg in e.args),
}  # fmt: skip

_FUNCTIONS = {
    sp.exp: mpmath.exp, sp.log: mpmath.log, sp.sin: mpmath.sin, sp.cos: mpmath.cos,
    sp.tanh: mpmath.tanh, sp.sinh: mpmath.sinh, sp.cosh: mpmath.cosh, sp.sech: mpmath.sech,
    sp.erf: mpmath.erf, sp.erfc: mpmath.erfc, sp.Abs: abs, sp.sign: mpmath.sign,
    sp.LambertW: mpmath.lambertw, sp.re: mpmath.re, sp.im: mpmath.im, sp.atan: mpmath.atan,
    sp.binomial: mpmath.binomial, sp.factorial: mpmath.factorial,
}  # fmt: skip
