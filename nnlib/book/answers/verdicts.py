"""Is it equal? Every answer compared with the reference, and told kindly what was found."""

import re
from dataclasses import dataclass
from html import escape, unescape
from itertools import islice

import mpmath
import sympy as sp

from nnlib.book.answers import slips
from nnlib.book.answers.bounded import OutOfWork, at_most
from nnlib.book.answers.exercises import SIMPLE, exercise
from nnlib.book.answers.meaning import build, described
from nnlib.book.answers.printing import mathml, name_mathml, number_mathml, prose
from nnlib.book.answers.reading import LONGEST, Unreadable
from nnlib.book.answers.values import (
    DIGITS,
    Evaluation,
    Symbols,
    TooLarge,
    Undefined,
    entries,
)

AGREEING = 120  # digits to which equal values agree; DIGITS are computed, since numbers may cancel
CALLS = 400_000  # of functions, that SymPy may make to reduce a difference to 0
MOST_TURNED = 16  # places where a transpose is tried, when the shapes do not fit


@dataclass(frozen=True, repr=False)
class Verdict:
    """`kind` is "equal", "not equal", "unreadable" or, of a preview, "read"; `html` says it.

    `slip` names the slip, as HTML, where it can; `place` is where reading stopped.
    """

    kind: str
    html: str
    slip: str = ""
    place: int | None = None

    @property
    def equal(self):
        return self.kind == "equal"

    def _repr_html_(self):
        return self.html

    def __repr__(self):
        """The words alone, for a terminal."""
        spaced = re.sub(r"</p>|</math>(?=<p>)", "\n", self.html)
        return unescape(re.sub(r"<[^>]*>", "", spaced)).strip()


def check(label, answer):
    """Whether an answer to the exercise of that label is right: `check("ex-log-sigmoid", "1/(1 + e^z)")`."""
    return judge(exercise(label), answer)


def preview(label, answer):
    """The answer typeset as it is read, or what keeps it from being read."""
    return shown(exercise(label), answer)


def judge(asked, text):
    """The verdict on what is typed."""
    if not isinstance(text, str):
        raise TypeError(f"an answer is typed, as text in quotes; got {type(text).__name__}")
    return _guarded(text, lambda: _judged(asked, text))


def shown(asked, text):
    """What is typed, typeset."""
    return _guarded(text, lambda: Verdict("read", mathml(asked.understand(text)[0], "block")))


def _guarded(text, verdict):
    """The verdict, or why there is none: whatever is typed, the reader gets words."""
    try:
        with mpmath.workdps(DIGITS):
            return verdict()
    except Unreadable as error:
        return _unreadable(text, error)
    except TooLarge as error:
        return Verdict("unreadable", f"<p>{escape(str(error))}</p>")
    except (ArithmeticError, RecursionError, MemoryError):
        return Verdict("unreadable", "<p>That is more than can be computed here.</p>")


def _unreadable(text, error):
    html = f"<p>{prose(error.words)}</p>"
    if error.place is not None and text.strip():
        text = "".join(c if c.isprintable() else "\ufffd" for c in text[: LONGEST + 1])
        before, at, after = text[: error.place], text[error.place : error.place + 1], text[error.place + 1 :]  # fmt: skip
        html = (
            f"<pre>{escape(before)}<mark>{escape(at) or '&nbsp;'}</mark>{escape(after)}</pre>{html}"
        )
    return Verdict("unreadable", html, place=error.place)


def _judged(asked, text):
    tree = asked.read(text)
    try:
        node, axes = asked.mean(tree)
    except Unreadable:
        if found := _misfit(asked, tree):
            return found
        raise
    return _compared(asked, node, axes)


# ── the same values? ─────────────────────────────────────────────────────────────────────────────


def _alike(one, other):
    """Whether two (tree, axes) give values of one shape; by entries, a row is as good as a column."""
    loose = bool(one[1]) != bool(other[1])
    shapes = [(*node.shape, *(size for _, size in axes)) for node, axes in (one, other)]
    if loose:
        shapes = [[size for size in shape if size != 1] for shape in shapes]
    return shapes[0] == shapes[1]


def _same(x, y):
    return abs(x - y) <= mpmath.mpf(10) ** -AGREEING * max(1, abs(y))


def _all_same(pairs):
    return all(_same(x, y) for x, y in pairs)


def _right_values(asked):
    return [entries(point.evaluate(*asked.reference)) for point in asked.points]


def _values(asked, node, axes):
    """The values at each point, entry by entry; `Undefined`, of an error, where there is none."""
    found = []
    for point in asked.points:
        try:
            found.append(entries(point.evaluate(node, axes)))
        except Undefined as error:
            found.append(error)
    return found


def _compared(asked, node, axes):
    if not _alike((node, axes), asked.reference):
        return _of_other_shape(asked, node, axes)
    ours, theirs = _right_values(asked), _values(asked, node, axes)
    # At points of many digits no two numbers meet by chance: what has no value there has none on a whole
    # region. Where it has none at some of the simple points only, nothing is lost.
    if any(isinstance(values, Undefined) for values in theirs[SIMPLE:]):
        k = next(k for k, values in enumerate(theirs) if isinstance(values, Undefined))
        words = _without_value(asked, asked.points[k], node, theirs[k])
        return _refused(words, _named(asked, ours, node, axes))
    pairs = [None if isinstance(values, Undefined) else list(zip(values, right, strict=True))
             for values, right in zip(theirs, ours, strict=True)]  # fmt: skip
    differing = [k for k, values in enumerate(pairs) if values and not _all_same(values)]
    if not differing:
        if _proved(asked, node, axes):
            return _equal(asked, asked.points[:1], proved=True)
        agreeing = [point for point, values in zip(asked.points, pairs, strict=True) if values]
        return _tried_elsewhere(asked, node, axes, agreeing)
    words, k = _named(asked, ours, node, axes) or _slip(asked, pairs), differing[0]
    return _refused(_counterexample(asked, asked.points[k], pairs[k], node), words)


def _tried_elsewhere(asked, node, axes, agreeing):
    """The verdict after many more points: what no proof reached may differ in some corner."""
    for point in asked.more_points:
        try:
            theirs = entries(point.evaluate(node, axes))
        except Undefined as error:
            return _refused(_without_value(asked, point, node, error))
        except TooLarge:
            continue  # it is not counted among those that agree
        pairs = list(zip(theirs, entries(point.evaluate(*asked.reference)), strict=True))
        if not _all_same(pairs):
            return _refused(_counterexample(asked, point, pairs, node))
        agreeing.append(point)
    return _equal(asked, agreeing, proved=False)


def _refused(shown, slip=""):
    named = f'<p class="slip">{slip}</p>' if slip else ""
    return Verdict("not equal", f"<p><strong>Not equal.</strong></p>{named}{shown}", slip)


# ── which slip? ──────────────────────────────────────────────────────────────────────────────────


def _named(asked, ours, node, axes):
    """The words that the table has for this wrong answer."""
    theirs = None
    for text, words in asked.slips.items():
        wrong, of_wrong = asked.understand(text)
        if not _alike((wrong, of_wrong), (node, axes)):
            continue
        theirs = theirs or _values(asked, node, axes)
        if any(isinstance(values, Undefined) for values in theirs):
            return ""
        if _agree(asked, theirs, wrong, of_wrong):
            return prose(words)
    return ""


def _slip(asked, pairs):
    """Words for the first usual slip that explains every value."""
    if None in pairs:
        return ""
    right, axes = asked.reference
    if words := slips.factor(pairs, [point.sizes for point in asked.points]):
        return words
    theirs = [[x for x, _ in values] for values in pairs]
    for altered, words in slips.alterations(right, asked.variables()):
        if altered.shape == right.shape and _agree(asked, theirs, altered, axes):
            return words
    return slips.superfluous(pairs, _factors(asked)) or _diagonal_only(asked, pairs)


def _agree(asked, theirs, node, axes):
    """Whether the answers are the values of the tree, at every point."""
    try:
        return all(
            _all_same(zip(values, entries(point.evaluate(node, axes)), strict=True))
            for point, values in zip(asked.points, theirs, strict=True)
        )
    except (Undefined, TooLarge, IndexError):  # an altered index may run past its axis
        return False


def _factors(asked):
    """(MathML, values at each point) of the parts of the reference, scalar or of its shape."""
    right, axes = asked.reference
    free, counts = {k for k, _ in axes}, [len(values) for values in _right_values(asked)]
    for part in dict.fromkeys([*right.walk(), *asked.variables()]):
        simple = part.op in ("name", "apply", "element", "size")
        if not simple or part.shape not in ((), right.shape) or not part.letters() <= free:
            continue
        values = [entries(point.evaluate(part, axes)) for point in asked.points]
        if not (part.shape or axes):
            values = [found * n for found, n in zip(values, counts, strict=True)]
        yield mathml(part), values


def _diagonal_only(asked, pairs):
    right, axes = asked.reference
    shape = right.shape or tuple(size for _, size in axes)
    if len(shape) != 2 or shape[0] != shape[1]:
        return ""
    only = True
    for point, values in zip(asked.points, pairs, strict=True):
        step = (point.sizes[shape[0]] if shape[0] in point.sizes else int(shape[0])) + 1
        if not _all_same(values[::step]):
            return ""
        only = only and all(not x for k, (x, _) in enumerate(values) if k % step)
    if only:
        return "Yours is right on the diagonal and 0 beside it: the other entries count too."
    return "Yours is right on the diagonal and wrong beside it."


def _of_other_shape(asked, node, axes):
    right, of_right = asked.reference
    if words := _named(asked, _right_values(asked), node, axes):
        return _refused("", words)
    if of_right:
        letters = ", ".join(f"`{letter}`" for letter, _ in of_right)
        words = f"What is asked for is one number for each {letters}; your answer is "
        return _refused("", prose(f"{words}{described(node.shape)}."))
    slip = slips.of_shape(node.shape, right.shape)
    if _is_right(asked, build("T", node), ()):
        slip += " It is right but for a transpose."
    return _refused("", slip)


def _is_right(asked, node, axes):
    if not _alike((node, axes), asked.reference):
        return False
    return _agree(asked, _right_values(asked), node, axes)


def _misfit(asked, tree):
    """Where shapes do not fit, but would with one name turned, and then be right: which."""
    try:
        for turned, words in islice(slips.turned(tree), MOST_TURNED):
            try:
                right = _is_right(asked, *asked.mean(turned))
            except (Unreadable, Undefined):
                continue
            if right:
                return _refused("", prose(f"The shapes do not fit: {words}."))
    except Unreadable:  # turned once more, the tree is too high
        pass
    return None


# ── where they differ ────────────────────────────────────────────────────────────────────────────


def _at(asked, point, node):
    """ "At z = 0.5, y = 1": the numbers of the point, of the names that matter."""
    used = set()
    for tree in (node, asked.reference[0]):
        _collect(asked, tree, used)
    parts = []
    for name, value in point.given.items():
        if name in used:
            parts.append(
                f"<math>{name_mathml(name)}<mo>{_equals(value)}</mo>{_number(value)}</math>"
            )
    for name, words in point.stand_ins.items():
        if name in used:
            parts.append(
                f"<math>{name_mathml(name)}<mo>(</mo><mi>t</mi><mo>)</mo></math> = {words}"
            )
    return f"At {', '.join(parts)}" if parts else "Here"


def _collect(asked, tree, used):
    for part in tree.walk():
        if part.op in ("name", "apply"):
            used.add(part.data.rstrip("'"))
            if part.data in asked.derived:
                _collect(asked, asked.derived[part.data], used)


def _digits(value, digits):
    if isinstance(value, str):
        return value
    value = mpmath.mpf(value)
    if abs(value) < mpmath.mpf(10) ** -AGREEING:
        return "0"
    text = mpmath.nstr(value, digits)
    mantissa, sign, exponent = text.partition("e")
    return mantissa.removesuffix(".0") + sign + exponent


def _equals(value, digits=4):
    """= where the number is shown whole, ≈ where it is rounded."""
    exact = all(_same(mpmath.mpf(_digits(x, digits)), mpmath.mpf(x)) for x in entries(value))
    return "=" if exact else "≈"


def _number(value, digits=4):
    """A number, or an array in brackets, as MathML."""
    if not isinstance(value, list):
        return number_mathml(_digits(value, digits))
    inside = "<mo>,</mo>".join(_number(part, digits) for part in value)
    return f"<mrow><mo>[</mo>{inside}<mo>]</mo></mrow>"


def _without_value(asked, point, node, error):
    return f"<p>{_at(asked, point, node)} your answer has no value: {escape(str(error))}.</p>"


def _counterexample(asked, point, pairs, node):
    place = next(j for j, pair in enumerate(pairs) if not _same(*pair))
    theirs, ours = pairs[place]
    where = _place_words(asked, point, place)
    digits = next((n for n in (6, 12, 20) if _digits(theirs, n) != _digits(ours, n)), None)
    if digits is None:
        gap = f"<math>{number_mathml(_digits(theirs - ours, 3))}</math>"
        return (
            f"<p>{_at(asked, point, node)}: yours{where} differs from the right one by {gap}.</p>"
        )
    yours, right = (
        f"{'' if _equals(x, digits) == '=' else 'about '}<math>{_number(x, digits)}</math>"
        for x in (theirs, ours)
    )
    return f"<p>{_at(asked, point, node)}: yours is {yours}{where}, the right one {right}.</p>"


def _place_words(asked, point, place):
    """ " in entry 1, 2" of an array."""
    right, axes = asked.reference
    shape = [n for n in right.shape or (size for _, size in axes) if n != 1]
    if not shape:
        return ""
    if len(shape) == 1:
        return f" in entry {place + 1}"
    columns = point.sizes[shape[1]] if shape[1] in point.sizes else int(shape[1])
    return f" in entry {place // columns + 1}, {place % columns + 1}"


# ── equal, and how it is known ───────────────────────────────────────────────────────────────────


def _equal(asked, points, proved):
    """The verdict of a proof, at the sizes of the one point; or of agreement, at all of the points."""
    tried = sorted({tuple(point.sizes.items()) for point in points if point.sizes})
    sizes = " and ".join(
        ", ".join(f"<math>{name_mathml(n)}<mo>=</mo><mn>{k}</mn></math>" for n, k in one) for one in tried
    )  # fmt: skip
    if proved:
        how = f"SymPy reduces the difference to 0{' at ' * bool(sizes)}{sizes}"
    else:
        how = f"Not proved, but both agree to {AGREEING} digits at {len(points)} points"
        how += f", with {sizes}" if sizes else ""
    right = mathml(asked.reference[0], "block")
    return Verdict(
        "equal",
        f"<p><strong>Equal.</strong> The reference form:</p>{right}<p><small>{how}.</small></p>",
    )


def _proved(asked, node, axes):
    """Whether SymPy reduces the difference to 0, entry by entry, for the sizes of the first point."""
    try:
        with at_most(CALLS):
            return all(map(_is_zero, _differences(asked, node, axes)))
    except (OutOfWork, TooLarge, TypeError, ValueError, AttributeError, NotImplementedError,
            ArithmeticError, RecursionError):  # fmt: skip
        return False  # SymPy could not; the numbers have spoken


def _differences(asked, node, axes):
    sizes, values = asked.points[0].sizes, {}
    evaluation = Evaluation(Symbols(asked.functions), values, sizes)
    for name, shape in asked.shapes.items():
        if name in asked.derived:
            values[name] = evaluation(asked.derived[name])
        else:
            numbers = [evaluation.length(size) for size in shape]
            values[name] = _symbols(name, numbers, asked.names[name])
    sides = [entries(evaluation.over(*side)) for side in ((node, axes), asked.reference)]
    return [x - y for x, y in zip(*sides, strict=True)]


def _is_zero(difference):
    in_exponentials = lambda d: sp.cancel(sp.together(d.rewrite(sp.exp)))
    for reduce in (sp.expand, in_exponentials, _with_logarithms_opened, sp.simplify):
        difference = reduce(difference)
        if difference == 0:
            return True
    return False


def _with_logarithms_opened(difference):
    """log(a/b) as log a − log b, where a and b are known to be positive."""
    cancelled = difference.replace(sp.log, lambda x: sp.log(sp.cancel(sp.together(x))))
    return sp.expand(sp.expand_log(cancelled))


def _symbols(name, shape, what):
    """Dummies, so that no entry of an array is taken for a scalar whose name looks like it.

    A number between 0 and 1 is s/(1 + s) with a positive s: then SymPy knows 1 − p to be positive too.
    """
    positive = any(domain in what for domain in ("positive", "0 to 1", "distribution"))
    if not shape:
        symbol = sp.Dummy(name, positive=True) if positive else sp.Dummy(name, real=True)
        return symbol / (1 + symbol) if "0 to 1" in what else symbol
    return [_symbols(name, shape[1:], what) for _ in range(shape[0])]
