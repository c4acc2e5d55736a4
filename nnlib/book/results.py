"""State, prove, show: each function here returns the `Result` that a cell of a chapter displays."""

from dataclasses import replace

from mpmath import nstr
from sympy import Indexed

from nnlib.book.answers.exercises import exercise
from nnlib.book.boxes import reference
from nnlib.book.expectation import Expected
from nnlib.book.output import ALIGN, Result
from nnlib.book.printing import tex
from nnlib.book.proofs import (
    FEWEST,
    Refuted,
    Unproved,
    WeakCheck,
    check,
    confirm,
    reduced,
    refute_neighbours,
    sample_points,
)
from nnlib.book.relations import element, equal, require_one_meaning, side_tex
from nnlib.book.symbols import Applied, Defined, FunctionalPartial, FunctionalValue, unfold

_KINDS = "theorem", "lemma", "corollary", "definition", "axiom", "answer"
_NAMES = (Applied, Defined, Expected, FunctionalPartial, FunctionalValue)


def define(label, title, *relations, lead=""):
    """A definition. That the left side means the right one is checked; there is nothing to prove."""
    _require_relations(label, relations)
    for relation in relations:
        if relation.code:
            raise ValueError(f"{label}: a definition is not checked against code; a theorem is")
        check_same_meaning(relation)
    return _result("definition", label, title, relations, lead=lead, checked=[])


def check_same_meaning(relation):
    """The displayed definition must be the one that the program uses, and no theorem in disguise."""
    for left, right in relation.elements:
        derived = isinstance(left, Expected) and not left.is_given()
        if relation.sign != "=" or not isinstance(left, _NAMES) or derived:
            raise ValueError(f"a definition is name = meaning; got {relation.tex()}")
        if reduced(left - right, relation.ranges()) != (0, "normal form"):
            raise Unproved(f"the definition shown is not the one in use: {relation.tex()}\n"
                           f"{side_tex(relation.left)} means {unfold(left)}")  # fmt: skip
    confirm(relation, sample_points(relation))


def prove(label, title, *relations, kind="theorem", uses=(), equivalent=None, lead=None):
    """A statement of one or several relations, each proved."""
    checked = _checked(relations, equivalent)
    return _result(kind, label, title, relations, checked=checked, uses=uses, lead=lead)


def derive(
    label, title, relation, *steps, at=(), kind="theorem", uses=(), equivalent=None, lead=None
):
    """A statement and the way to it: steps are (reason, expression), and every `=` is proved.

    `at` names the index, or the indices, at which the derivation is written: j for a vector, say. It
    begins with the left side and must end at the right side.
    """
    checked = _checked([relation], equivalent)
    between = [equal(0, expr) for _, expr in steps]
    _require_orthonormality(label, [relation], between, lead)
    at = at if isinstance(at, tuple) else (at,)
    first = element(relation.left, at)
    rows, links, before = [], [], first
    for k, (reason, expr) in enumerate(steps):
        links.append(_link(before, expr, reason))
        left = side_tex(first) if k == 0 else ""
        rows.append((left, f"= {side_tex(expr)}", reason))
        before = expr
    _link(before, element(relation.right, at), "the right side of the statement")
    return _result(
        kind, label, title, [relation], checked=checked + links, steps=rows, uses=uses, lead=lead
    )


def argue(label, title, statement, *steps, kind="theorem", uses=(), equivalent=None, lead=None):
    """A statement whose proof is an argument: steps are (words, relation or None), each relation proved.

    The statement's relations are confirmed by numbers and their neighbours refuted; what joins the
    steps is said in words, and the ledger says so.
    """
    relations = statement if isinstance(statement, list | tuple) else [statement]
    _require_relations(label, relations)
    _require_orthonormality(label, relations, [r for _, r in steps if r], lead)
    if not any(relation for _, relation in steps):
        raise ValueError(f"{label}: an argument needs a step that is checked; got words alone")
    checked = []
    for relation in relations:
        values = confirm(relation, sample_points(relation))
        tried, refuted, same = refute_neighbours(relation, values, equivalent or {})
        code = tuple(meeting.check(relation) for meeting in relation.code)
        checked.append(_Confirmed(len(values), tried, refuted, same, code))
    proved = [(words, relation, relation and _step(relation, words)) for words, relation in steps]
    rows = [("", relation.shown() if relation else "", words) for words, relation, _ in proved]
    counted = [done for *_, done in proved if done]
    return _result(kind, label, title, relations, checked=checked + counted, steps=rows, uses=uses,
                   lead=lead, argument=len(counted))  # fmt: skip


def assume(label, title, *relations, source, lead=None):
    """What the book takes from analysis without proof: cited, and confirmed by numbers."""
    checked = []
    for relation in relations:
        if relation.code:
            raise ValueError(f"{label}: an axiom is not checked against code; a theorem is")
        values = confirm(relation, sample_points(relation))
        tried, refuted, same = refute_neighbours(relation, values, {})
        checked.append(_Confirmed(len(values), tried, refuted, same, ()))
    return _result("axiom", label, title, relations, checked=checked, lead=lead, source=source)


def measure(label, title, words, value, *, below, uses=(), code=()):
    """A number measured by nnlib, claimed to be below a bound: the bound is printed, not the number.

    Where the words say {bound}, the bound is printed.
    """
    if not 0 <= value < below:
        raise Unproved(f"{title}: measured {value:.3g}; expected from 0 to below {below:g}")
    words = words.replace("{bound}", f"${_power_of_ten(below)}$")
    met = [{"name": name, "bound": f"below {below:g}"} for name in code]
    record = {"proof": "measured", "scope": words, "code": met}
    return Result(
        "measurement", label, title, lead=words,
        summary="measured, and compared again at every run",
        particulars=(f"The bound is {below:g}.",),
        record=_record("measurement", label, title, "", record, uses),
    )  # fmt: skip


def _power_of_ten(number):
    """TeX of a number, 1e-12 as a power of ten."""
    digits, _, exponent = f"{number:g}".partition("e")
    power = rf"10^{{{int(exponent)}}}" if exponent else ""
    return r" \cdot ".join(part for part in (digits, power) if part != "1" and part) or digits


def answer(label, relation, *steps, at=(), equivalent=None, box=None):
    """The worked answer of an exercise: proved like a theorem, shown without a number.

    `box` gives the names of the exercise's box ({name: array, number or function}): its reference form
    is then proved equal to the right side.
    """
    if steps:
        found = derive(label, "", relation, *steps, at=at, kind="answer", equivalent=equivalent)
    else:
        found = prove(label, "", relation, kind="answer", equivalent=equivalent)
    if box is None:
        return found
    _link(relation.right, reference(label, box), "the reference form of the box")
    return replace(found, record=found.record | {"box": exercise(label).answer})


def refute(relation):
    """A false statement and its counterexample, shown without a number; `Unproved` if none is found."""
    try:
        confirm(relation, sample_points(relation))
    except Refuted as found:
        numbers = {**found.place, **found.point.described()}
        where = ", ".join(f"${tex(k)} = {nstr(v, 6)}$" for k, v in numbers.items())
        arrays = "random arrays" if relation.atoms(Indexed) else ""
        at = " and ".join(filter(None, (where, arrays)))
        counterexample = (
            f"{f'At {at} the' if at else 'The'} left side is "
            f"${nstr(found.left, 6)}$, the right side ${nstr(found.right, 6)}$."
        )
        left, _, right = relation.tex(ALIGN).partition(ALIGN)
        sign, _, right = right.partition(" ")
        claim = rf"{left} \overset{{?}}{{{sign}}} {right}"
        return Result("refutation", "", "", "", (claim,), ("",), summary=counterexample)
    raise Unproved(f"no counterexample was found to {relation.tex()}")


class _Confirmed:
    """Like `proofs.Checked`, for a relation that an argument, not a reduction, proves."""

    method = None

    def __init__(self, points, tried, refuted, equivalent, code):
        self.points, self.tried, self.refuted = points, tried, refuted
        self.equivalent, self.code = equivalent, code


def _checked(relations, equivalent):
    """Check each relation; recorded equivalents belong to the one in which they occur."""
    _require_relations("a result", relations)
    if (
        equivalent
        and len(relations) > 1
        and not all(isinstance(v, dict) for v in equivalent.values())
    ):
        raise ValueError(
            "with several relations, equivalent is {number of the relation: {description: reason}}"
        )
    reasons = {0: equivalent} if equivalent and len(relations) == 1 else equivalent or {}
    if unknown := set(reasons) - set(range(len(relations))):
        raise ValueError(f"equivalent names the relations {unknown}, of {len(relations)} from 0")
    require_one_meaning(relations)
    checked = [check(relation, reasons.get(k)) for k, relation in enumerate(relations)]
    for relation, done in zip(relations, checked, strict=True):
        if relation.sign == "=" and done.tried < FEWEST:
            raise WeakCheck(f"only {done.tried} alterations of {relation.tex()}; needed {FEWEST}")
    return checked


def _require_relations(label, relations):
    if not relations:
        raise ValueError(f"{label} states nothing: expected one relation or more")


def _require_orthonormality(label, relations, steps, lead):
    """A step may not use UᵀU = I without the statement's saying so."""
    said = {c for relation in relations for c in relation.orthonormality()}
    for c in (c for step in steps for c in step.orthonormality()):
        if c not in said and c not in (lead or ""):
            raise ValueError(f"{label}: a step uses ${c}$, of which the statement says nothing")


def _link(before, after, reason):
    """Two neighbours in a derivation, proved equal."""
    return _step(equal(before, after), reason)


def _step(relation, words):
    """A relation on the way to another, checked; what fails says in which step."""
    try:
        return check(relation)
    except AssertionError as error:
        error.args = (f"in the step “{words}”: {error}",)
        raise


# ── what the page says of the proof ─────────────────────────────────────────────────────────────


def scope(relations):
    """(sentence, conditions beside each relation, whether a size is symbolic)."""
    sizes = sorted({s for r in relations for s in r.sizes()}, key=str)
    orders = {}
    for name, order in (item for r in relations for item in r.functions().items()):
        orders[name] = max(order, orders.get(name, 1))
    costs = sorted({c for r in relations for c in r.costs() if "Vert" not in c})
    restricted = {s for r in relations for s in r.numbers() if s in r.between or not _all_reals(s)}
    reals = sorted({s for r in relations for s in r.numbers()} - restricted, key=str)
    conditions, needed = [r.conditions() for r in relations], [r.needed() for r in relations]
    shared, all_need = (every[0] if every and all(c == every[0] for c in every) else []
                        for every in (conditions, needed))  # fmt: skip
    parts = []
    if sizes:
        parts.append(_plural("all sizes", "every size", sizes))
    for order, often in enumerate(("", "twice ", "three times "), start=1):
        if functions := [name for name in sorted(orders) if orders[name] == order]:
            smooth = f"{often}differentiable function"
            parts.append(_plural(f"all {smooth}s", f"every {smooth}", functions))
    if costs:
        parts.append(_plural("all differentiable costs", "every differentiable cost", costs))
    if reals and {str(s) for s in reals} - {str(s) for s in restricted}:
        parts.append(_plural("all real", "every real", reals))
    parts += [f"every ${c}$" for c in shared]
    apart = [([] if shared else c) + ([] if all_need else n)
             for c, n in zip(conditions, needed, strict=True)]  # fmt: skip
    beside = [", ".join(c) for c in apart]
    sentence = "For " + " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)
    known = list(dict.fromkeys(c for r in relations for c in r.orthonormality()))
    all_need = [*known, *all_need]
    if all_need:
        where = " and ".join(f"${c}$" for c in all_need)
        sentence = f"{sentence}, where {where}" if parts else f"Where {where}"
    if sentence.endswith("$"):
        sentence = f"{sentence[:-1]},$"  # a comma is not to be parted from its letter
    return (sentence if parts or all_need else ""), beside, bool(sizes)


def _all_reals(symbol):
    signs = "positive", "negative", "nonnegative", "nonpositive", "nonzero"
    return all(getattr(symbol, f"is_{sign}") is None for sign in signs)


def _plural(many, one, symbols):
    names = ", ".join(f"${tex(s) if not isinstance(s, str) else s}$" for s in symbols)
    return f"{many if len(symbols) > 1 else one} {names}"


def _result(
    kind, label, title, relations, *, checked, steps=(), uses=(), lead=None, argument=0, source=None
):
    sentence, beside, all_sizes = scope(relations)
    tried, refuted = (sum(getattr(c, part) for c in checked) for part in ("tried", "refuted"))
    equivalent = [{"change": k, "reason": v} for c in checked for k, v in c.equivalent.items()]
    if lead is not None and "{scope}" in lead:
        lead = lead.replace("{scope}", sentence)
    elif lead is not None:  # a lead in words must not lose a condition
        beside = [", ".join(r.conditions() + r.needed()) for r in relations]
    if lead is None and any(r.has_hypotheses() for r in relations):
        raise ValueError(
            f"{label}: what is known of a cost, or that a matrix is invertible, is for the lead to say"
        )
    for known in (c for r in relations for c in r.orthonormality()):
        if lead is not None and known not in lead:
            raise ValueError(f"{label}: the lead leaves out ${known}$")
    code = []
    for found in (found for c in checked for found in c.code):
        code += [found] if found not in code else []
    statement = [r.tex(ALIGN) for r in relations]
    if kind not in _KINDS:
        raise ValueError(f"{label} is called a {kind}; expected one of {', '.join(_KINDS)}")
    proof = _proof(kind, argument, source)
    record = {
        "proof": proof, "scope": lead or sentence, "all sizes": all_sizes,
        "methods": sorted({c.method for c in checked if c.method}),
        "equalities": [
            c.tried
            for r, c in zip(relations, checked, strict=False)
            if r.sign == "=" and not (argument and r.only_names())
        ],
        "points": sum(c.points for c in checked), "tried": tried, "refuted": refuted,
        "equivalent": equivalent, "code": code,
    }  # fmt: skip
    lead = sentence if lead is None else lead
    shown = Result(kind, label, title, lead, tuple(statement), tuple(beside), tuple(steps))
    if checked:
        summary, particulars = _words(record, uses, source)
        shown = replace(shown, summary=summary, particulars=particulars)
    return replace(shown, record=_record(kind, label, title, shown.displayed, record, uses))


def _record(kind, label, title, statement, record, uses):
    head = {"label": label, "title": title, "kind": kind}
    return head | {"statement": statement, "uses": sorted(uses)} | record


def _proof(kind, argument, source):
    if kind == "definition":
        return "definition"
    if source:
        return f"taken from analysis: {source}"
    steps = f"{argument} step{'s' if argument > 1 else ''}"
    return f"argument, {steps} checked" if argument else "symbolic"


def _words(record, uses, source):
    """The quiet line under a result, and what it opens to."""
    sizes = " for all sizes" if record["all sizes"] else ""
    head = {
        "s": f"proved{sizes}",
        "a": f"proved by {record['proof']}",
        "t": "taken from analysis, checked by numbers",
    }
    tally = f"{record['refuted']} of {record['tried']} alterations refuted"
    if record["equivalent"]:
        tally += f", {len(record['equivalent'])} equivalent"
    met = dict.fromkeys(f"met by `{c['name']}`" for c in record["code"])
    summary = " · ".join([head[record["proof"][0]], *met, tally])
    lines = []
    if record["methods"]:
        where = "in each checked step, " if record["proof"][0] == "a" else ""
        methods = ", ".join(record["methods"])
        lines.append(
            f"By symbols: {where}the difference of the two sides reduces to 0 ({methods})."
        )
    if source:
        lines.append(f"Source: {source}.")
    lines.append(
        f"By numbers: both sides evaluated separately in 30-digit arithmetic at {record['points']} points."
    )
    lines += [f"By code: `{c['name']}`, {c['bound']}." for c in record["code"]]
    equivalents = [f"`{one['change']}` ({one['reason']})" for one in record["equivalent"]]
    lines += [f"Equivalent, hence not refuted: {one}." for one in dict.fromkeys(equivalents)]
    if uses:
        lines.append("Rests on " + ", ".join(f"{{prf:ref}}`{name}`" for name in sorted(uses)) + ".")
    return summary, tuple(lines)
