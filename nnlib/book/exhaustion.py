"""Statements over finitely many cases: both sides evaluated exactly in every one of them.

A truth table is such a statement, and so is a count for n = 1, 2, 3, 4. Here trying is proving, since no
case is left out. A wrong neighbour is decided by the same enumeration: it differs in some case, or it is
true in every case as well.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import pairwise, product

import mpmath
import numpy as np
import sympy as sp

from nnlib.book.alterations import alterations
from nnlib.book.evaluation import DIGITS, Point, evaluate
from nnlib.book.meetings import Watched
from nnlib.book.output import ALIGN, Result
from nnlib.book.printing import tex
from nnlib.book.proofs import (
    FEWEST,
    TOLERANCE,
    Refuted,
    Unproved,
    WeakCheck,
    neighbours,
    same,
)
from nnlib.book.relations import require_one_meaning
from nnlib.book.symbols import Applied, Defined, unfold

_KINDS = "theorem", "lemma", "corollary", "answer"
# What an altered side may raise: it says nothing.
_UNEVALUATED = ArithmeticError, ValueError, TypeError
_ALSO_TRUE = "true in every case as well"


class Counted(sp.Function):
    """A number found by a program: T(n) stays as it is until an exact evaluation asks for it."""

    nargs = 1
    tex = counting = again = None


def counted(name, counting, again):
    """T(n), a count that a program makes, and a second program makes in another way.

    Both take an int and return an int, and raise ValueError where they do not apply, such as beyond the
    n that can be counted. Wherever the count is used, the two must agree.
    """
    if counting is again:
        raise ValueError(f"{name} is to be counted by two programs; got one")
    programs = {"counting": staticmethod(cache(counting)), "again": staticmethod(cache(again))}
    return type(name, (Counted,), {"tex": name, **programs})


class Operation(sp.Function):
    """A function of two numbers with a sign of its own that is printed between them, such as x ⊼ y."""

    nargs = 2
    sign = meaning = None

    def opened(self):
        return self.meaning(*self.args)

    def _latex(self, printer, exp=None):
        """In brackets, unless it is the whole of what is printed."""
        left, right = (
            rf"\left({printer._print(part)}\right)" if part.is_Add or part.is_Mul
            else printer._print(part) for part in self.args
        )  # fmt: skip
        shown = rf"{left} {self.sign} {right}"
        if printer._print_level == 1:
            return shown
        return rf"\left({shown}\right)" + ("" if exp is None else f"^{{{exp}}}")


def operation(name, sign, meaning):
    """x sign y, for `exhaust`: `operation("Nand", r"\\barwedge", lambda x, y: 1 - x * y)`."""
    return type(name, (Operation,), {"sign": sign, "meaning": staticmethod(meaning)})


@dataclass(frozen=True)
class OnCases:
    """A function of nnlib, run on the floats of each case."""

    name: str
    call: Callable
    arguments: tuple

    def check_cases(self, relation, cases):
        function = Watched(self.name)
        for case in cases:
            floats = [float(exactly(argument, case)) for argument in self.arguments]
            got, exact = self.call(function, *floats), exactly(relation.right, case)
            if Fraction(float(got)) != Fraction(int(exact.p), int(exact.q)):
                raise Unproved(f"{self.name} gives {got:g} at {_where(case)}; {relation.tex()}")
        if not function.asked:
            raise Unproved(f"{self.name} was to be met, but the call given does not call it")
        return {"name": self.name, "bound": "equal on floats in every case"}


def on_cases(name, call, *arguments):
    """`call(nnlib function, *arguments)`, a float, equals the right side in every case."""
    return OnCases(name, call, tuple(map(sp.sympify, arguments)))


def exhaust(label, title, *relations, over, kind="theorem", uses=(), equivalent=None, lead=None):
    """A statement proved by trying every case: `over` is {symbol: its values}, integers or fractions.

    Without letters (`over={}`) each relation is a case. An alteration that is true in every case is
    recorded as equivalent; `equivalent`, {number of the relation: {description: reason}}, may say why.
    A `lead` may hold {scope}; where it does not, the cases stand beside each relation.
    """
    if kind not in _KINDS:
        raise ValueError(f"{label} is called a {kind}; expected one of {', '.join(_KINDS)}")
    cases, reasons = _cases(label, relations, over), equivalent or {}
    require_one_meaning(relations)
    if unknown := set(reasons) - set(range(len(relations))):
        raise ValueError(f"equivalent names the relations {unknown}, of {len(relations)} from 0")
    checked = [_check(r, cases, reasons.get(k, {})) for k, r in enumerate(relations)]
    code = [met for *_, found in checked for met in found]
    runs, number = _runs(over), len(cases) if over else len(relations)
    scope = _sentence(runs)
    record = {
        "proof": f"all {number} cases", "scope": scope, "all sizes": False,
        "methods": ["enumeration"],
        "equalities": [c[0] for r, c in zip(relations, checked, strict=True) if r.sign == "="],
        "points": sum(len(cases) * len(r.elements) for r in relations),
        "tried": sum(c[0] for c in checked), "refuted": sum(c[1] for c in checked),
        "equivalent": [{"change": k, "reason": v} for c in checked for k, v in c[2].items()],
        "code": [met for k, met in enumerate(code) if met not in code[:k]],
    }  # fmt: skip
    lead = "{scope}" if lead is None else lead
    condition = "" if "{scope}" in lead else ", ".join(one.strip("$") for _, one in runs)
    lead, statement = lead.replace("{scope}", scope), tuple(r.tex(ALIGN) for r in relations)
    beside = (condition,) * len(relations)
    shown = Result(kind, label, title, lead, statement, beside)
    summary, particulars = _words(record, relations, uses)
    head = {"label": label, "title": title, "kind": kind, "statement": shown.displayed}
    record = head | {"uses": sorted(uses)} | record | {"scope": lead}
    return replace(shown, summary=summary, particulars=particulars, record=record)


def _cases(label, relations, over):
    """Every assignment, {symbol: exact number}."""
    if not relations:
        raise ValueError(f"{label} states nothing: expected one relation or more")
    values = {symbol: [_exact(v) for v in some] for symbol, some in over.items()}
    for symbol, some in values.items():
        if not some or len(set(some)) != len(some):
            raise ValueError(f"{label}: the values of {symbol} are {some}; expected each once")
        if lost := [v for v in some if not _is_one(v, symbol)]:
            raise ValueError(f"{label}: {symbol} is assumed to be unlike {lost}")
    if any(not n.is_number for r in relations for n in r.shape):
        raise ValueError(f"{label}: an array of symbolic shape has no finite number of elements")
    free = {letter for r in relations for letter in r.free()}
    if lost := sorted(map(str, free - set(over))):
        raise ValueError(f"{label}: nothing says which values {', '.join(lost)} takes")
    if idle := sorted(map(str, set(over) - free)):
        raise ValueError(f"{label}: {', '.join(idle)} is in no relation")
    return [dict(zip(values, some, strict=True)) for some in product(*values.values())]


def _exact(value):
    value = sp.sympify(int(value) if isinstance(value, np.integer) else value)
    if not value.is_Rational:
        raise ValueError(f"{value} is no exact number; expected an integer or a fraction")
    return value


def _is_one(value, symbol):
    """Whether the value has what is assumed of the symbol."""
    return all(
        getattr(value, f"is_{kind}") is not (not so) for kind, so in symbol.assumptions0.items()
    )


# ── one relation ────────────────────────────────────────────────────────────────────────────────


def _check(relation, cases, reasons):
    """(alterations tried, refuted, {equivalent: reason}, code met)."""
    values = [
        (pair, case, *_sides(relation, pair, case)) for pair in relation.elements for case in cases
    ]
    tried = refuted = 0
    equivalents, seen = {}, Counter()
    for pair, name, side, altered in _neighbours(relation, cases[0]):
        outcome = _differs(relation, side, altered, [v[1:] for v in values if v[0] == pair])
        if outcome is None:  # nothing that can be evaluated: no statement at all
            continue
        tried, refuted = tried + 1, refuted + outcome
        seen[name] += 1
        if not outcome:
            key = name if seen[name] == 1 else f"{name} ({seen[name]})"
            equivalents[key] = reasons.get(key, _ALSO_TRUE)
    if unused := set(reasons) - set(equivalents):
        raise ValueError(f"recorded as equivalent, but refuted or never tried: {sorted(unused)}")
    if relation.sign == "=" and (tried < FEWEST or refuted < FEWEST / 2):
        raise WeakCheck(f"only {refuted} of {tried} alterations of {relation.tex()} refuted; "
                        f"needed {FEWEST}, half of them refuted")  # fmt: skip
    met = tuple(meeting.check_cases(relation, cases) for meeting in relation.code)
    return tried, refuted, equivalents, met


def _sides(relation, pair, case):
    """The two sides, exactly; each of them evaluated a second time in another way."""
    left, right = (exactly(side, case) for side in pair)
    if not _holds(relation.sign, left, right):
        raise RefutedCase(relation, case, left, right)
    for side, value in zip(pair, (left, right), strict=True):
        seen = _second_way(side, case)
        if not same(seen, _float(value), TOLERANCE):
            raise Unproved(
                f"the two ways disagree at {_where(case)}: {tex(side)} is {value} exactly, "
                f"{mpmath.nstr(seen, 12)} by numbers"
            )
    if relation.because is not None and exactly(relation.because, case) != right - left:
        raise Unproved(
            f"the certificate of {relation.tex()} is not the difference of its sides, "
            f"at {_where(case)}"
        )
    return left, right


def exactly(expr, case):
    """The integer or fraction that `expr` is in this case; ValueError if it is no such number."""
    value = _opened(sp.sympify(expr).subs(case))
    value = _with_counts(value, lambda count, n: count.counting(_whole(n))).doit()
    if not value.is_Rational:
        raise ValueError(f"{expr} is {value} at {_where(case)}; expected an integer or a fraction")
    return value


def _opened(expr):
    """Every name replaced by what it means, from the inside out, so that a kink is met by a number."""
    if isinstance(expr, Defined):
        return _opened(expr.unfold())
    if not expr.args or isinstance(expr, sp.Indexed):
        return expr
    inner = expr.func(*map(_opened, expr.args))
    if isinstance(inner, Operation):
        return _opened(inner.opened())
    return unfold(inner) if isinstance(inner, Applied) else inner


def _second_way(expr, case):
    """The same in 30-digit arithmetic, which opens names itself; each count by its second program."""
    operations = lambda part: isinstance(part, Operation)
    expr = sp.sympify(expr).replace(operations, lambda part: part.opened())
    expr = _with_counts(expr, lambda count, n: count.again(_whole(n.subs(case))))
    return evaluate(expr, Point(0, values={k: _float(v) for k, v in case.items()}))


def _with_counts(expr, made):
    """Each T(n) in `expr` replaced by the number that made(T, n) is."""
    counts = lambda part: isinstance(part, Counted)
    return expr.replace(counts, lambda part: sp.Integer(made(part, part.args[0])))


def _whole(value):
    if not value.is_Integer:
        raise ValueError(f"a count is asked for at {value}; expected an integer")
    return int(value)


def _float(value):
    with mpmath.workdps(2 * DIGITS):
        return mpmath.mpf(int(value.p)) / int(value.q)


def _holds(sign, left, right):
    return {"=": left == right, "<=": left <= right, "<": left < right}[sign]


class RefutedCase(Refuted):
    """The statement is false in the case that the message shows."""

    def __init__(self, relation, case, left, right):
        super().__init__(relation, Point(0), {}, _float(left), _float(right))
        self.place = {str(k): _float(v) for k, v in case.items()}
        said = f"the left side is {left}, the right side {right}"
        self.args = (f"false: {relation.tex()}\nat {_where(case)}\n{said}",)


def _where(case):
    return ", ".join(f"{k} = {v}" for k, v in case.items()) or "the numbers given"


# ── wrong neighbours ────────────────────────────────────────────────────────────────────────────


def _neighbours(relation, letters):
    """Those of every relation, and each count off by one, or made for a neighbouring n.

    Where there are operations, what may be wrong is how they are joined.
    """
    if relation.atoms(Operation):
        yield from _joined_otherwise(relation, letters)
        return
    yield from neighbours(relation)
    if relation.sign != "=":
        return
    for pair in relation.elements:
        for side, expr in zip(("left", "right"), pair, strict=True):
            for part in sorted(expr.atoms(Counted), key=sp.default_sort_key):
                (n,) = part.args
                beside = {"+ 1": part + 1, "− 1": part - 1}
                if not n.is_number:  # that of a number is altered like any number
                    beside |= {"for n + 1": part.func(n + 1), "for n − 1": part.func(n - 1)}
                for slip, altered in beside.items():
                    yield pair, f"{part} {slip}", side, expr.xreplace({part: altered})


def _joined_otherwise(relation, letters):
    """An operation left out, or turned over, or with another of the letters in place of its own."""
    for pair in relation.elements:
        for side, expr in zip(("left", "right"), pair, strict=True):
            nodes = [n for n in sp.preorder_traversal(expr) if isinstance(n, Operation)]
            slips = {} if nodes else {altered: name for name, altered in alterations(expr)}
            for node in nodes:
                for k, operand in enumerate(node.args):
                    slips[expr.xreplace({node: operand})] = f"{operand} for {node}"
                    for letter in letters if operand in letters else ():
                        args = [
                            letter if place == k else arg for place, arg in enumerate(node.args)
                        ]
                        slips[expr.xreplace({node: node.func(*args)})] = f"{letter} for {operand}"
                slips[expr.xreplace({node: 1 - node})] = f"opposite of {node}"
            slips.pop(expr, None)
            yield from ((pair, name, side, altered) for altered, name in slips.items())


def _differs(relation, side, altered, values):
    """True if the altered statement fails in some case, False if in none, None if it says nothing."""
    said = False
    for case, left, right in values:
        try:
            if side == "both":
                left, right = right, left
            elif side == "right":
                right = exactly(altered, case)
            else:
                left = exactly(altered, case)
        except _UNEVALUATED:
            continue
        said = True
        if not _holds(relation.sign, left, right):
            return True
    return False if said else None


# ── words ───────────────────────────────────────────────────────────────────────────────────────


def _runs(over):
    """("all ", "every " or nothing, which values some letters take) in words and TeX."""
    together, runs = {}, []
    for symbol, values in over.items():
        counts = bool(symbol.is_integer and symbol.is_positive)
        together.setdefault((counts, tuple(map(_exact, values))), []).append(tex(symbol))
    for (counts, values), names in together.items():
        listed, letters = _listed(values), ", ".join(names)
        ranged = f"{letters} = {listed}" if counts else rf"{letters} \in \{{{listed}\}}"
        runs.append(("" if counts else "all " if names[1:] else "every ", f"${ranged}$"))
    return runs


def _sentence(runs):
    """For which cases a statement holds."""
    if not runs:
        return ""
    parts = [word + values for word, values in runs]
    words = "For " + " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)
    return f"{words[:-1]},$"  # a comma is not to be parted from its letter


def _listed(values):
    """Values in a row; a long run of integers is cut short."""
    run = len(values) > 6 and all(b - a == 1 for a, b in pairwise(values))
    shown = [*map(tex, values[:2]), r"\dots", tex(values[-1])] if run else map(tex, values)
    return ", ".join(shown)


def _words(record, relations, uses):
    """The quiet line under the result, and what it opens to."""
    tally = f"{record['refuted']} of {record['tried']} alterations refuted"
    if record["equivalent"]:
        tally += f", {len(record['equivalent'])} equivalent"
    met = dict.fromkeys(f"met by `{c['name']}`" for c in record["code"])
    summary = " · ".join([f"proved in {record['proof']}", *met, tally])
    counts = any(part for r in relations for part in r.atoms(Counted))
    lines = [
        f"By enumeration: both sides evaluated exactly, in integers and fractions, in {record['proof']}.",
        "By numbers: both sides evaluated a second time in 30-digit arithmetic"
        + (", each count by a second program." if counts else "."),
    ]
    lines += [f"By code: `{c['name']}`, {c['bound']}." for c in record["code"]]
    changes = {}
    for one in record["equivalent"]:
        changes.setdefault(one["reason"], []).append(f"`{one['change']}`")
    for reason, some in changes.items():
        listed = f"{len(some)} alterations" if len(some) > 8 else ", ".join(dict.fromkeys(some))
        lines.append(f"Equivalent, hence not refuted: {listed} ({reason}).")
    if uses:
        lines.append("Rests on " + ", ".join(f"{{prf:ref}}`{name}`" for name in sorted(uses)) + ".")
    return summary, tuple(lines)
