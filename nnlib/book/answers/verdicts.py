"""Is it equal? Every answer compared with the reference, and told kindly what was found."""

from dataclasses import dataclass
from html import escape

import mpmath
import sympy as sp

from nnlib.book.answers import slips
from nnlib.book.answers.exercises import _over, exercise
from nnlib.book.answers.meaning import Misfit, build
from nnlib.book.answers.printing import mathml, name_mathml
from nnlib.book.answers.reading import Unreadable, read
from nnlib.book.answers.values import Evaluation, Symbols, TooLarge, Undefined, entries

DIGITS, MORE_DIGITS = 50, 400
LARGEST_PROOF = 16, 600  # entries, and operations in each, that SymPy is asked to reduce to 0


@dataclass(frozen=True)
class Verdict:
    """`kind` is "equal", "not equal" or "unreadable"; `html` says it, `slip` names it, where it can."""

    kind: str
    html: str
    slip: str = ""
    place: int | None = None

    @property
    def equal(self):
        return self.kind == "equal"

    def _repr_html_(self):
        return self.html


def check(label, answer):
    """Whether an answer to the exercise of that label is right: `check("ex-logit", "1/(1+e^-z)")`."""
    return judge(exercise(label), answer)


def preview(label, answer):
    """The answer typeset as it is read, or what keeps it from being read."""
    try:
        node, _ = exercise(label).understand(answer)
    except Unreadable as error:
        return _unreadable(answer, error)
    return Verdict("read", mathml(node, "block"))


def judge(asked, text):
    """The verdict on what is typed."""
    with mpmath.workdps(DIGITS):
        try:
            tree = read(text)
            return _compared(asked, *asked.mean(tree))
        except Misfit as error:
            return _untransposed(asked, tree) or _unreadable(text, error)
        except Unreadable as error:
            return _unreadable(text, error)
        except TooLarge as error:
            return Verdict("unreadable", f"<p>{error}</p>")


def _untransposed(asked, tree):
    """Where shapes do not fit, but would with one transpose more or less, and then be right."""
    for turned, at in slips.transposed(tree):
        try:
            node, indices = asked.mean(turned)
        except Unreadable:
            continue
        if not indices and _right(asked, node):
            name = mathml(asked.mean(at)[0])
            should = "should" if at.kind == "name" and turned is not at else "should not"
            return _refused("", f"The shapes do not fit: {name} {should} be transposed.")
    return None


def _unreadable(text, error):
    html = f"<p>{escape(error.words)}</p>"
    if error.place is not None and text.strip():
        before, after = text[: error.place], text[error.place :]
        html = f"<pre>{escape(before)}<mark>{escape(after[:1]) or '&nbsp;'}</mark>{escape(after[1:])}</pre>{html}"
    return Verdict("unreadable", html, place=error.place)


def _compared(asked, node, indices):
    right, of_right = asked.reference
    by_entries = indices and not of_right  # an array, given by its entries
    if node.shape != right.shape and not by_entries:
        return _of_other_shape(asked, node)
    pairs = []
    for point in asked.points:
        ours = entries(point.evaluate(right, of_right))
        try:
            theirs = entries(point.evaluate(node, indices))
        except Undefined as error:
            return _refused(f"<p>{_at(point)} your answer has no value: {error}.</p>")
        pairs.append(list(zip(theirs, ours, strict=True)))
    differing = [k for k, values in enumerate(pairs) if not _same(values)]
    differing = [k for k in differing if not _same_with_more_digits(asked, node, indices, k)]
    if not differing:
        return _equal(asked, node, indices)
    words = _slip(asked, node, indices, pairs)
    k = differing[0]
    return _refused(_counterexample(asked, asked.points[k], pairs[k], node, indices), words)


def _same(values, digits=DIGITS - 20):
    return all(abs(x - y) <= mpmath.mpf(10) ** -digits * max(1, abs(y)) for x, y in values)


def _same_with_more_digits(asked, node, indices, k):
    """Large numbers that cancel leave few digits: compare with more before calling it wrong."""
    with mpmath.workdps(MORE_DIGITS):
        point = type(asked)(asked.label, asked.answer, asked.names, asked.indices).points[k]
        sides = (entries(point.evaluate(*side)) for side in ((node, indices), asked.reference))
        return _same(list(zip(*sides, strict=True)), 100)


def _refused(shown, slip=""):
    named = f'<p class="slip">{slip}</p>' if slip else ""
    return Verdict("not equal", f"<p><strong>Not equal.</strong></p>{named}{shown}", slip)


def _of_other_shape(asked, node):
    right, _ = asked.reference
    slip = slips.of_shape(node.shape, right.shape)
    if _right(asked, build("T", node)):
        slip += " It is right but for a transpose."
    return _refused("", slip)


def _right(asked, node):
    """Whether the tree has the reference's shape and, at every point, its value."""
    right, indices = asked.reference
    if node.shape != right.shape:
        return False
    wanted = [entries(point.evaluate(right, indices)) for point in asked.points]
    return _agree(asked, [[(x, x) for x in values] for values in wanted], node)


def _slip(asked, node, indices, pairs):
    for text, words in asked.slips.items():
        if _agree(asked, pairs, asked.understand(text)[0]):
            return escape(words)
    if words := slips.factor(pairs, [point.sizes for point in asked.points]):
        return words
    right, _ = asked.reference
    for altered, words in slips.alterations(right, asked.variables()):
        if altered.shape == right.shape and _agree(asked, pairs, altered):
            return words
    if _diagonal_only(asked, pairs, indices):
        return "It is right on the diagonal and wrong beside it: the other entries count too."
    return ""


def _agree(asked, pairs, node):
    """Whether the answers in `pairs` are the values of the tree."""
    _, indices = asked.reference
    try:
        for point, values in zip(asked.points, pairs, strict=True):
            found = entries(point.evaluate(node, indices))
            if not _same([(theirs, x) for (theirs, _), x in zip(values, found, strict=True)]):
                return False
    except (Undefined, TooLarge):
        return False
    return True


def _diagonal_only(asked, pairs, indices):
    shape = asked.reference[0].shape or tuple(size for _, size in indices)
    if len(shape) != 2 or shape[0] != shape[1]:
        return False
    for point, values in zip(asked.points, pairs, strict=True):
        n = point.sizes.get(shape[0]) or int(shape[0])
        if not _same(values[:: n + 1]):
            return False
    return True


def _at(point):
    """ "At z = 0.5, y = 1" """
    numbers = [f"<math>{name_mathml(k)}<mo>=</mo><mn>{_shown(v)}</mn></math>" for k, v in point.given.items()
               if not isinstance(v, list)]  # fmt: skip
    numbers += [f"<math>{name_mathml(k)}</math> = {v}" for k, v in point.stand_ins.items()]
    arrays = [f"<math>{name_mathml(k)}</math> = {_shown(v)}" for k, v in point.given.items()
              if isinstance(v, list)]  # fmt: skip
    return "At " + ", ".join([*numbers, *arrays]) if numbers or arrays else "Here"


def _shown(value, digits=4):
    if isinstance(value, list):
        return "[" + ", ".join(_shown(part, digits) for part in value) + "]"
    return mpmath.nstr(mpmath.mpf(value), digits).removesuffix(".0").replace("-", "−")


def _counterexample(asked, point, values, node, indices):
    k = next(k for k, pair in enumerate(values) if not _same([pair]))
    theirs, ours = (_shown(x, 6) for x in values[k])
    if theirs == ours:
        theirs, ours = (_shown(x, 30) for x in values[k])
    shape = node.shape or tuple(size for _, size in indices)
    where = ""
    if shape:
        columns = (point.sizes.get(shape[1]) or int(shape[1])) if len(shape) == 2 else 1
        place = (k // columns + 1, k % columns + 1) if len(shape) == 2 else (k + 1,)
        where = f" in entry {', '.join(map(str, place))}"
    return f"<p>{_at(point)}: yours is {theirs}{where}, the right one {ours}.</p>"


def _equal(asked, node, indices):
    proved = _proved(asked, node, indices)
    how = (
        "SymPy reduces the difference to 0" if proved
        else f"both agree to {DIGITS - 20} digits at {len(asked.points)} points"
    )  # fmt: skip
    sizes = sorted({tuple(p.sizes.items()) for p in asked.points[: 1 if proved else None]})
    sizes = " and ".join(", ".join(f"<math>{name_mathml(n)}<mo>=</mo><mn>{k}</mn></math>" for n, k in s)
                         for s in sizes if s)  # fmt: skip
    where = f" ({sizes})" if sizes else ""
    right = mathml(asked.reference[0], "block")
    return Verdict(
        "equal",
        f"<p><strong>Equal.</strong> The reference form:</p>{right}<p><small>{how}{where}.</small></p>",
    )


def _proved(asked, node, indices):
    """Whether SymPy reduces the difference to 0, entry by entry, for the sizes of the first point."""
    point, values = asked.points[0], {}
    for name, shape in asked.shapes.items():
        values[name] = _symbols(
            name, [point.sizes.get(s) or int(s) for s in shape], asked.names[name]
        )
    try:
        for name, tree in asked.derived.items():
            values[name] = Evaluation(Symbols(), values, point.sizes)(tree)
        sides = (_over(Evaluation(Symbols(), values, point.sizes), *side)
                 for side in ((node, indices), asked.reference))  # fmt: skip
        differences = [x - y for x, y in zip(*map(entries, sides), strict=True)]
    except (TypeError, ValueError, AttributeError):
        return False
    few, small = LARGEST_PROOF
    return len(differences) <= few and all(
        d.count_ops() < small and _is_zero(d) for d in differences
    )


def _is_zero(difference):
    for reduce in (sp.expand, lambda d: sp.cancel(sp.together(d.rewrite(sp.exp))), sp.simplify):
        difference = reduce(difference)
        if difference == 0:
            return True
        if difference.count_ops() > 300:
            return False
    return False


def _symbols(name, shape, what):
    kind = {"positive": True} if "positive" in what or "0 to 1" in what else {"real": True}
    if not shape:
        return sp.Symbol(name, **kind)
    return [_symbols(f"{name}_{k}", shape[1:], what) for k in range(shape[0])]
