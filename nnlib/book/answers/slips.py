"""The usual slips: the right answer altered in one place, each alteration with its name in words."""

from dataclasses import replace
from fractions import Fraction

import mpmath

from nnlib.book.answers.meaning import MOST_PRIMES, build, described, number
from nnlib.book.answers.printing import mathml, name_mathml, number_mathml, prose
from nnlib.book.answers.reading import Parsed, Unreadable

TOLERANCE = mpmath.mpf(10) ** -110


def alterations(node, names):
    """(altered tree, what the slip is) for each place of the tree; `names` are those of its variables."""
    for rules in (_RULES, _LAST_RULES):
        yield from _altered(node, names, rules)


def _altered(node, names, rules):
    for ops, rule in rules:
        if node.op in ops:
            yield from ((altered, words) for altered, words in rule(node, names) if altered)
    for place, arg in enumerate(node.args):
        for changed, words in _altered(arg, names, rules):
            args = [*node.args[:place], changed, *node.args[place + 1 :]]
            if rebuilt := _built(node.op, *args, data=node.data):
                yield rebuilt, words


def _built(op, *args, data=""):
    """The node, or None where the shapes do not fit."""
    try:
        return build(op, *args, data=data)
    except Unreadable:
        return None


def _small(lost, kept):
    """Whether what is missing may be shown: where it is most of the answer, that is still to be found."""
    return len(list(lost.walk())) <= len(list(kept.walk())) + 3


def _missing(what, lost, kept):
    if _small(lost, kept):
        return f"It is right but for the {what} {mathml(lost)}, which is missing."
    return f"It is a part of the answer: another {what} is missing."


def _lost_factor(node, names):
    for kept, lost in (node.args, node.args[::-1]):
        slope = any(part.op == "apply" and part.data.endswith("'") for part in lost.walk())
        if slope and _small(lost, kept):
            yield kept, f"The chain rule has one factor more: {mathml(lost)} is missing."
        else:
            yield kept, _missing("factor of the chain rule" if slope else "factor", lost, kept)


def _division(node, names):
    above, below = node.args
    yield above, f"It is right but for the division by {mathml(below)}, which is missing."
    words = f"It is right but for {mathml(below)}: divide by it, in place of multiplying."
    yield _built("⊙", above, below), words


def _multiplied(node, names):
    left, right = node.args
    words = "It is right but for {}: multiply by it, in place of dividing."
    yield _built("/", left, right), words.format(mathml(right))
    yield _built("/", right, left), words.format(mathml(left))


def _brackets(node, names):
    """a (b + c) typed as a b + c, (a + b)/c as a + b/c, a/(b + c) as a/b + c."""
    left, right = node.args
    doing = "divides" if node.op == "/" else "multiplies"
    if right.op in ("+", "-"):
        (first, second), other = right.args, "is divided by" if node.op == "/" else doing
        words = f"Brackets: {mathml(left)} {other} the whole of {mathml(right)}."
        if part := _built(node.op, left, first):
            yield _built(right.op, part, second), words
    if left.op in ("+", "-"):
        first, second = left.args
        words = f"Brackets: {mathml(right)} {doing} the whole of {mathml(left)}."
        if part := _built(node.op, second, right):
            yield _built(left.op, first, part), words


def _terms(node, names):
    first, second = node.args
    yield first, _missing("term", second, first)
    left = second if node.op == "+" else build("neg", second)
    yield left, _missing("term", first, second)
    other = "-" if node.op == "+" else "+"
    yield build(other, first, second), f"The sign of the term {mathml(second)} is wrong."
    flipped = build("neg", first)
    yield build(node.op, flipped, second), f"The sign of the term {mathml(first)} is wrong."


def _sign(node, names):
    yield node.args[0], f"The sign of {mathml(node.args[0])} is wrong."


def _exponent(node, names):
    base, exponent = node.args
    words = f"The sign of the exponent {mathml(exponent)} is wrong."
    yield build("^", base, build("neg", exponent)), words
    yield base, f"The exponent of {mathml(base)} is missing."
    if exponent.op == "number":
        for step in (-1, 1):
            power = build("^", base, number(Fraction(exponent.data) + step))
            yield power, f"The exponent of {mathml(base)} is wrong."


def _function(node, names):
    """A derivative at another place; a function in place of its derivative, and the other way."""
    shown, (argument,) = f"<math>{name_mathml(node.data)}</math>", node.args
    plain = node.data.rstrip("'")
    value = build("apply", argument, data=plain)
    places = [other for other in names if other.shape == argument.shape and other != argument]
    if argument.op == "name":
        places.append(value)
    for other in places:
        words = f"{shown} is taken at {mathml(other)}; it belongs at {mathml(argument)}."
        yield build("apply", other, data=node.data), words
    if node.data != plain:
        words = f"It is the derivative {shown} that belongs here; yours has the function itself."
        yield value, words
    else:
        words = f"It is the function {shown} itself that belongs here; yours has its derivative."
        yield build("apply", argument, data=plain + "'"), words
    if plain != node.data != plain + "'" * MOST_PRIMES:
        words = f"It is {shown} that belongs here; yours has one derivative more."
        yield build("apply", argument, data=node.data + "'"), words
    yield argument, f"The function {shown} is missing around {mathml(argument)}."


def _transpose(node, names):
    yield node.args[0], f"{mathml(node.args[0])} should be transposed."


def _matrix(node, names):
    if len(node.shape) == 2:
        yield build("T", node), f"{mathml(node)} should not be transposed."


def _indices(node, names):
    letters = node.data.split()
    if len(letters) == 2:
        words = f"The indices of {mathml(node)} are swapped."
        yield replace(node, data=" ".join(letters[::-1])), words


# What is tried where; at each place the first that fits names the slip.
_RULES = (
    (("⊙", "@", "outer"), _lost_factor),
    (("/",), _division),
    (("+", "-"), _terms),
    (("⊙", "@", "/"), _brackets),
    (("neg",), _sign),
    (("^",), _exponent),
    (("apply",), _function),
    (("T",), _transpose),
    (("name",), _matrix),
    (("element",), _indices),
)
_LAST_RULES = ((("⊙",), _multiplied),)  # e^x for e^-x is a sign, before it is a division


def factor(pairs, sizes):
    """What a wrong answer is a constant, or a size, times: in words, or None.

    `pairs` holds, for each point, (theirs, ours) entry by entry; `sizes` the sizes at each point.
    """
    if all(_near(theirs, 0) for values in pairs for theirs, _ in values):
        return "Yours is 0 everywhere."
    ratios = [_ratio(values) for values in pairs]
    if None in ratios:
        return None
    return _constant(ratios) or _of_sizes(ratios, sizes)


def superfluous(pairs, factors):
    """Words for a factor that is one too many: `factors` are (MathML, values at each point)."""
    for shown, at_points in factors:
        found = [(theirs, ours, x) for values, xs in zip(pairs, at_points, strict=True)
                 for (theirs, ours), x in zip(values, xs, strict=True)]  # fmt: skip
        if all(_near(theirs, ours * x) for theirs, ours, x in found):
            return f"One factor too many: yours is the answer times {shown}."
        if all(_near(theirs * x, ours) for theirs, ours, x in found):
            return f"One division too many: yours is the answer divided by {shown}."
    return None


def _ratio(values):
    """The number by which every entry is the right one's multiple, or None."""
    theirs, ours = max(values, key=lambda pair: abs(pair[1]))
    if not ours:
        return None
    ratio = theirs / ours
    return ratio if all(_near(x, ratio * y) for x, y in values) else None


def _near(x, y):
    return abs(x - y) <= TOLERANCE * max(1, abs(y))


def _constant(ratios):
    if not all(_near(ratio, ratios[0]) for ratio in ratios) or abs(ratios[0]) > 1000:
        return None
    found = Fraction(mpmath.nstr(ratios[0], 20)).limit_denominator(64)
    if found in (0, 1) or not _near(ratios[0], mpmath.mpf(found.numerator) / found.denominator):
        return None
    if found == -1:
        return "The sign is wrong: yours is the answer times −1."
    shown = number_mathml(str(found.numerator))
    if found.denominator > 1:
        shown += f"<mo>/</mo>{number_mathml(str(found.denominator))}"
    return f"A constant factor is wrong: yours is the answer times <math>{shown}</math>."


def _of_sizes(ratios, sizes):
    for name in sizes[0]:
        numbers = [each[name] for each in sizes]
        pairs = list(zip(ratios, numbers, strict=True))
        shown = f"<math>{name_mathml(name)}</math>"
        if all(_near(ratio * n, 1) for ratio, n in pairs):
            return f"Yours is the answer divided by {shown}: a mean in place of a sum?"
        if all(_near(ratio, n) for ratio, n in pairs):
            return f"Yours is {shown} times the answer: a sum in place of a mean?"
    return None


def of_shape(theirs, ours):
    """Words for an answer of another shape than the right one."""
    return prose(f"Your answer is {described(theirs)}; what is asked for is {described(ours)}.")


def turned(tree):
    """(tree, what was done), with one name transposed that was not, or the reverse, or its indices swapped."""
    if tree.kind == "T" and tree.parts[0].kind == "name":
        yield tree.parts[0], f"`{tree.parts[0].text}` should not be transposed"
        return  # W.T.T is W
    if tree.kind == "name":
        name, _, letters = tree.text.rpartition("_")
        yield Parsed("T", (tree,), place=tree.place), f"`{tree.text}` should be transposed"
        if name and len(letters) == 2:
            words = f"the indices of `{tree.text}` are swapped"
            yield replace(tree, text=f"{name}_{letters[::-1]}"), words
    for place, part in enumerate(tree.parts):
        for other, words in turned(part):
            yield replace(tree, parts=(*tree.parts[:place], other, *tree.parts[place + 1 :])), words
