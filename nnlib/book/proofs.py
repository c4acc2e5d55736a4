"""Proving a relation: by symbols, by 30-digit numbers, against wrong neighbours, against nnlib's code.

Undecided is a failure. Every failure says what was left over, and where the two sides differ.
"""

import random
from collections import Counter
from dataclasses import dataclass
from itertools import product

import mpmath
import sympy as sp

from nnlib.book.alterations import alterations, lowered
from nnlib.book.cases import by_cases, split_at_0
from nnlib.book.evaluation import Point, evaluate
from nnlib.book.expectation import Expected
from nnlib.book.indexed import NoNormalForm, normal_form
from nnlib.book.orthonormal import roomy
from nnlib.book.symbols import Applied, Largest, unfold

TOLERANCE = mpmath.mpf(10) ** -24
FAR_TOLERANCE = mpmath.mpf(10) ** -9  # for a limit, evaluated far out
TIES = 1 / 32  # a scale so small that elements often coincide, and several are the largest
FEWEST = 8  # alterations tried for an equality, at least
# For what the first points leave open: a ReLU may be off at every one of them.
MORE_SEEDS = 1000, 2000, 3000


class Unproved(AssertionError):
    """The statement is false, or could not be decided."""


class Refuted(Unproved):
    """The statement is false: `point`, `place` (of free indices) and the two sides' values show it."""

    def __init__(self, relation, point, place, left, right):
        super().__init__(
            f"false: {relation.tex()}\nat {_where(point, place)}\n"
            f"the left side is {mpmath.nstr(left, 6)}, the right side {mpmath.nstr(right, 6)}"
        )
        self.point, self.place, self.left, self.right = point, place, left, right


class WeakCheck(AssertionError):
    """A wrong neighbour of the statement was not refuted."""


@dataclass(frozen=True)
class Checked:
    """What was done to prove one relation."""

    method: str
    points: int
    tried: int
    refuted: int
    equivalent: dict
    code: tuple


def check(relation, equivalent=None):
    """Prove `relation` in every way that it can be proved, or raise."""
    points = sample_points(relation)
    values = confirm(relation, points)
    method = decide(relation)
    tried, refuted, recorded = refute_neighbours(relation, values, equivalent or {})
    code = tuple(meeting.check(relation) for meeting in relation.code)
    return Checked(method, len(values), tried, refuted, recorded, code)


# ── by numbers ──────────────────────────────────────────────────────────────────────────────────


def sample_points(relation, first=0):
    """(point, indices) pairs: several scales, equal and unequal sizes, on and off the diagonal.

    Another `first` seed gives other points.
    """
    sizes, ranges = relation.sizes(), relation.ranges()
    if not sizes:
        shapes = [(scale, {}) for scale in (1, 2, 4, 8)]
    else:
        count = len(sizes)
        patterns = (
            [3] * count,
            [2 + k % 3 for k in range(count)],
            [4 - k % 3 for k in range(count)],
            [1] * count,  # where a sum is one term, and an inequality may be tight
        )
        scales = (2, TIES) if relation.atoms(Largest) else (2,)
        shapes = [
            (s, dict(zip(sizes, pattern, strict=True))) for s in scales for pattern in patterns
        ]
    pairs = []
    for seed, (scale, assigned) in enumerate(shapes, start=first):
        assigned = roomy(assigned, relation.frames())
        point = Point(seed, scale, assigned, relation.between)
        axes = [range(1, int(sp.sympify(n).subs(assigned)) + 1) for n in ranges.values()]
        places = list(product(*axes))
        some = random.Random(seed).sample(places, min(3, len(places)))
        for place in sorted({places[0], places[-1], *some}):
            pairs.append((point, dict(zip(ranges, place, strict=True))))
        if not ranges and not sizes:
            pairs.append((Point(seed + 100, scale, assigned, relation.between), {}))
    return pairs


def confirm(relation, points):
    """Evaluate both sides separately at each point; the list of (left, right, point, place, values)."""
    values = []
    for left, right in relation.elements:
        for point, place in points:
            try:
                x, y = evaluate(left, point, place), evaluate(right, point, place)
            except ZeroDivisionError:
                if relation.needed():  # a condition beside the statement leaves this point out
                    continue
                raise Unproved(f"{relation.tex()} divides by 0 at {_where(point, place)}") from None
            if not _holds(relation.sign, x, y, tolerance(left, right)):
                raise Refuted(relation, point, place, x, y)
            values.append((left, right, point, place, x, y))
    if not values:
        raise Unproved(f"no point was found at which {relation.tex()} makes sense")
    return values


def tolerance(*sides):
    return FAR_TOLERANCE if any(side.has(sp.Limit) for side in sides) else TOLERANCE


def same(x, y, allowed):
    return bool(
        mpmath.isfinite(x) and mpmath.isfinite(y) and abs(x - y) <= allowed * (1 + abs(x) + abs(y))
    )


def _holds(sign, x, y, allowed):
    if sign == "=":
        return same(x, y, allowed)
    if mpmath.im(x) or mpmath.im(y):  # no order among complex numbers
        return False
    return bool(mpmath.re(x) < mpmath.re(y) or (sign == "<=" and same(x, y, allowed)))


def _where(point, place):
    indices = ", ".join(f"{k} = {v}" for k, v in place.items())
    return ", ".join(part for part in (indices, point.describe()) if part) or "a random point"


# ── by symbols ──────────────────────────────────────────────────────────────────────────────────


def decide(relation):
    """The name of the method that proved the relation; `Unproved` with the residual if none did."""
    methods = []
    for left, right in relation.elements:
        if relation.sign == "=":
            methods.append(_zero(left - right, relation))
            continue
        certificate = unfold(relation.because)
        strict = relation.sign == "<"
        if not (certificate.is_positive if strict else certificate.is_nonnegative):
            wanted = "positive" if strict else "nonnegative"
            raise Unproved(f"undecided: the certificate {certificate} is not plainly {wanted}")
        methods.append(f"{_zero(right - left - relation.because, relation)} (certificate)")
    return max(dict.fromkeys(methods), key=methods.count)


def _zero(difference, relation):
    residual, method = reduced_within(difference, relation)
    if residual != 0:
        raise Unproved(
            f"undecided: {relation.tex()}\nthe sides agree at every point tried, "
            f"but their difference was not reduced to 0. Left over:\n{residual}"
        )
    return method


def reduced_within(difference, relation):
    """`reduced`, and where z is held in an open interval, once more with z = low + (high − low) q/(1 + q).

    As q > 0 varies, z takes every value between; SymPy knows what is positive, not what lies between.
    """
    residual, method = reduced(difference, relation.ranges())
    for z, (low, high) in relation.between.items():
        if residual != 0:
            q = sp.Dummy("q", positive=True)
            residual, method = reduced(residual.subs(z, low + (high - low) * q / (1 + q)), {})
    return residual, method


def reduced(difference, ranges):
    """(what is left of `difference`, the method that left it); `ranges` is {free index: size}."""
    expr = carried_out(unfold(difference))
    try:
        expr = normal_form(expr, ranges)
    except NoNormalForm:
        expr = sp.expand(expr.doit())
    if expr == 0:
        return expr, "normal form"
    for name, method in _METHODS.items():
        rest = method(expr)
        if rest == 0:
            return rest, name
    return expr, "none"


def carried_out(expr):
    """Derivatives, integrals, limits and averages taken; sums are left to the normal form."""
    if not expr.args or isinstance(expr, sp.Indexed):
        return expr
    if isinstance(expr, sp.Derivative):
        return _slopes_integrated(carried_out(expr.expr).diff(*expr.variable_count))
    expr = expr.func(*[carried_out(a) if isinstance(a, sp.Basic) else a for a in expr.args])
    if isinstance(expr, sp.Integral):
        return _slopes_integrated(expr if _opaque(expr) else split_at_0(expr).doit())
    if isinstance(expr, sp.Product):
        return _renamed(expr)
    if isinstance(expr, sp.log) and isinstance(expr.args[0], sp.Product):
        return _log_of_product(expr.args[0])
    return expr.doit() if isinstance(expr, sp.Limit | Expected) else expr


def _opaque(integral):
    """Whether every term of the integrand holds an undetermined function: SymPy would search in vain."""
    x = integral.variables[0]
    unknown = lambda term: any(f.has(x) and not f.func.meaning for f in term.atoms(Applied))
    return all(map(unknown, sp.Add.make_args(sp.expand(integral.function))))


def _renamed(factors):
    """The product with its bound indices named by their depth, so that equal products are the same object."""
    depth = sum(len(inner.limits) for inner in factors.function.atoms(sp.Product))
    names = {
        k: sp.Symbol(f"_f{depth + i}", integer=True) for i, (k, *_) in enumerate(factors.limits)
    }
    return factors.xreplace(names)


def _slopes_integrated(expr):
    """∫ F′ = F(b) − F(a), the fundamental theorem, for an undetermined F, which SymPy leaves alone."""
    if not expr.has(sp.Integral):
        return expr

    def rule(integral):
        (x, low, high), *others = integral.limits
        total = sp.Integer(0)
        for term in sp.Add.make_args(sp.expand(integral.function)):
            factor, slope = term.as_independent(x, as_Add=False)
            known = isinstance(slope, Applied) and slope.args == (x,) and "'" in slope.func.tex
            if not known or slope.func.meaning or others:
                return integral
            primitive = lowered(slope)
            total += factor * (primitive.subs(x, high) - primitive.subs(x, low))
        return total

    return expr.replace(lambda e: isinstance(e, sp.Integral) and len(e.limits[0]) == 3, rule)


def _log_of_product(f):
    """log Π f = Σ log f and log f^y = y log f, where every factor is seen to be positive."""
    if isinstance(f, sp.Product):
        return sp.Sum(_log_of_product(f.function), *f.limits)
    if f.is_Mul:
        return sp.Add(*map(_log_of_product, f.args))
    if (f.is_Pow or isinstance(f, sp.exp)) and f.exp.is_real:
        return f.exp * _log_of_product(f.base)
    if not sp.together(f).is_positive:
        raise Unproved(
            f"undecided: the logarithm of a product, whose factor {f} is not plainly positive"
        )
    return sp.log(f)


def _lambert(expr):
    """e^(k W(x)) = (x / W(x))^k, the definition of Lambert's W."""

    def rule(power):
        factors = []
        for term in sp.Add.make_args(power):
            k, rest = term.as_independent(sp.LambertW)
            known = isinstance(rest, sp.LambertW)
            factors.append((rest.args[0] / rest) ** k if known else sp.exp(term))
        return sp.Mul(*factors)

    return sp.simplify(expr.replace(sp.exp, rule))


_METHODS = {
    "cases": by_cases,
    "expansion": lambda e: sp.expand(sp.expand_log(sp.expand(e), force=False)),
    "common denominator": lambda e: sp.cancel(
        sp.together(sp.expand(e.rewrite(sp.exp), power_exp=True))
    ),
    "absolute values": lambda e: sp.simplify(e.rewrite(sp.Abs)),
    "simplification": sp.simplify,
    "Lambert's W": _lambert,
    "simplification of exponentials": lambda e: sp.simplify(sp.expand(e.rewrite(sp.exp))),
}


# ── against wrong neighbours ────────────────────────────────────────────────────────────────────


def refute_neighbours(relation, values, equivalent):
    """(tried, refuted, recorded equivalents): every altered statement must fail at some point."""
    tried = refuted = 0
    recorded, seen = {}, Counter()
    for pair, name, side, altered in neighbours(relation):
        outcome = _refuted(relation, pair, side, altered, values)
        if outcome is None:  # nothing that can be evaluated: no statement at all
            continue
        tried += 1
        seen[name] += 1
        description = name if seen[name] == 1 else f"{name} ({seen[name]})"
        if outcome:
            refuted += 1
            continue
        original = pair[side == "right"]
        if altered is not None and _equal(altered, original, relation):
            recorded[description] = "proved equal to the original"
        elif _refuted_elsewhere(relation, pair, side, altered):
            refuted += 1
        elif description in equivalent:
            recorded[description] = equivalent[description]
        else:
            raise WeakCheck(
                f"not refuted: {relation.tex()}\nwith this change: {description}, giving {altered}.\n"
                "Either the check is weak, or the change is equivalent: "
                "then record it, equivalent={description: reason}."
            )
    if unused := set(equivalent) - set(recorded):
        raise ValueError(f"recorded as equivalent, but refuted or never tried: {sorted(unused)}")
    return tried, refuted, recorded


def _refuted_elsewhere(relation, pair, side, altered):
    more = (confirm(relation, sample_points(relation, seed)) for seed in MORE_SEEDS)
    return any(_refuted(relation, pair, side, altered, values) for values in more)


def _equal(altered, original, relation):
    try:
        return reduced_within(altered - original, relation)[0] == 0
    except ValueError:  # an index on two axes at once: not the same statement for every size
        return False
    except StopIteration:  # SymPy's way of giving up on some sums of sums
        return False
    except NotImplementedError:  # what is opaque, or differentiated too often, is not compared
        return False


def neighbours(relation):
    """(element, description, side, altered) for each wrong neighbour, spread over the elements."""
    if relation.sign != "=":
        yield from _tightened(*relation.elements[0])
        return
    count, apart = 0, len(relation.elements)
    for side in ("right", "left"):
        for k, pair in enumerate(relation.elements):
            for description, altered in _slips(*pair, side)[k::apart]:
                count += 1
                yield pair, description, side, altered
        if count >= FEWEST:
            return


def _slips(left, right, side):
    """The alterations of one side; where the other is 0, scaling it changes nothing."""
    original, other = (right, left) if side == "right" else (left, right)
    scalings = {-original, 2 * original, original / 2} if other == 0 else set()
    return [(name, altered) for name, altered in alterations(original) if altered not in scalings]


def _tightened(left, right):
    """An inequality's neighbours: reversed, moved by 1, and with a bare number tightened by a tenth."""
    pair = left, right
    yield pair, "direction reversed", "both", None
    yield pair, "left side + 1", "left", left + 1
    yield pair, "right side − 1", "right", right - 1
    for side, bound, toward in (("left", left, 1), ("right", right, -1)):
        if bound.is_number:
            step = abs(bound) / 10 if bound else sp.Rational(1, 10)
            yield pair, f"{bound} tightened by a tenth", side, bound + toward * step


def _refuted(relation, pair, side, altered, values):
    """True if the altered statement fails somewhere, False if it holds, None if it says nothing."""
    said = False
    for left, right, point, place, x, y in values:
        if (left, right) != pair:
            continue
        try:
            if side == "both":
                x, y = y, x
            elif side == "right":
                y = evaluate(altered, point, place)
            else:
                x = evaluate(altered, point, place)
        except (ArithmeticError, ValueError, KeyError):
            continue
        if not (mpmath.isfinite(x) and mpmath.isfinite(y)):
            continue
        said = True
        if not _holds(relation.sign, x, y, tolerance(left, right)):
            return True
    return False if said else None
