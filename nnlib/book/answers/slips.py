"""The usual slips: the right answer altered in one place, each alteration with its name in words."""

from dataclasses import replace
from fractions import Fraction

import mpmath

from nnlib.book.answers.meaning import Misfit, Node, build, described, number
from nnlib.book.answers.printing import mathml, name_mathml
from nnlib.book.answers.reading import Parsed, Unreadable


def alterations(node, names):
    """(altered tree, what the slip is) for each place of the tree; `names` are those of its variables."""
    yield from _here(node, names)
    for place, arg in enumerate(node.args):
        for changed, words in alterations(arg, names):
            args = [*node.args[:place], changed, *node.args[place + 1 :]]
            if (rebuilt := _rebuilt(node, args)) is not None:
                yield rebuilt, words


def _rebuilt(node, args):
    try:
        return build(node.op, *args, data=node.data)
    except (Misfit, Unreadable):
        return None


def _here(node, names):
    if node.op in ("⊙", "@", "outer"):
        for kept, lost in (node.args, node.args[::-1]):
            if lost.op != "number":
                yield kept, f"It is right but for the factor {mathml(lost)}, which is missing."
    if node.op == "/":
        yield node.args[0], f"It is right but for the division by {mathml(node.args[1])}."
    if node.op in "+-":
        first, second = node.args
        yield first, f"It is right but for the term {mathml(second)}, which is missing."
        left = second if node.op == "+" else build("neg", second)
        yield left, f"It is right but for the term {mathml(first)}, which is missing."
        other = "-" if node.op == "+" else "+"
        yield build(other, first, second), f"The sign of {mathml(second)} is wrong."
        flipped = build("neg", first)
        yield build(node.op, flipped, second), f"The sign of {mathml(first)} is wrong."
    if node.op == "neg":
        yield node.args[0], f"The sign of {mathml(node.args[0])} is wrong."
    if node.op == "^" and node.args[1].op == "number":
        for step in (-1, 1):
            power = build("^", node.args[0], number(Fraction(node.args[1].data) + step))
            yield power, f"The exponent of {mathml(node.args[0])} is wrong."
        yield node.args[0], f"The exponent of {mathml(node.args[0])} is missing."
    if node.op == "apply":
        yield from _of_functions(node, names)
    if node.op == "T":
        yield node.args[0], f"{mathml(node.args[0])} should be transposed."
    if node.op == "name" and len(node.shape) == 2:
        yield build("T", node), f"{mathml(node)} should not be transposed."
    if node.op == "element" and len(node.data.split()) == 2:
        swapped = " ".join(node.data.split()[::-1])
        yield Node("element", node.args, swapped), f"The indices of {mathml(node)} are swapped."


def _of_functions(node, names):
    """A derivative at another place; a function in place of its derivative, and the other way."""
    shown, (argument,) = name_mathml(node.data), node.args
    shown = f"<math>{shown}</math>"
    for other in names:
        if other.shape == argument.shape and other != argument:
            words = f"{shown} is taken at {mathml(other)}; it belongs at {mathml(argument)}."
            yield build("apply", other, data=node.data), words
    plain = node.data.rstrip("'")
    if node.data != plain:
        words = f"It is the derivative {shown} that stands here, not the function itself."
        yield build("apply", argument, data=plain), words
    else:
        words = f"It is the function {shown} itself that stands here, not its derivative."
        yield build("apply", argument, data=plain + "'"), words


def factor(pairs, sizes):
    """What a wrong answer is a multiple by, in words, or None.

    `pairs` holds, for each point, (theirs, ours) entry by entry; `sizes` the sizes at each point.
    """
    ratios = []
    for values in pairs:
        found = [theirs / ours for theirs, ours in values if ours]
        if not found or any(theirs and not ours for theirs, ours in values):
            return None
        if any(abs(ratio - found[0]) > mpmath.mpf(10) ** -25 * abs(found[0]) for ratio in found):
            return None
        ratios.append(found[0])
    if words := _constant(ratios):
        return words
    for name in sizes[0]:
        if _near(ratios, [mpmath.mpf(1) / each[name] for each in sizes]):
            return f"It is the answer divided by {_math(name)}: a mean where there should be a sum?"
        if _near(ratios, [mpmath.mpf(each[name]) for each in sizes]):
            return f"It is {_math(name)} times the answer: a sum where there should be a mean?"
    return None


def _math(name):
    return f"<math>{name_mathml(name)}</math>"


def _near(found, expected):
    return all(abs(x - y) < mpmath.mpf(10) ** -20 for x, y in zip(found, expected, strict=True))


def _constant(ratios):
    ratio = Fraction(str(mpmath.nstr(ratios[0], 20))).limit_denominator(64)
    if not ratio or not _near(
        ratios, [mpmath.mpf(ratio.numerator) / ratio.denominator] * len(ratios)
    ):
        return None
    if ratio == -1:
        return "The sign is wrong: it is the answer times −1."
    return f"A constant factor is wrong: it is the answer times {str(ratio).replace('-', '−')}."


def of_shape(theirs, ours):
    """Words for an answer of another shape than the right one."""
    return f"Your answer is {described(theirs)}; what is asked for is {described(ours)}."


def transposed(tree):
    """The trees, as they were read, with one name transposed that was not, or the other way round."""
    if tree.kind == "T":
        yield tree.parts[0], tree.parts[0]
    if tree.kind == "name":
        yield Parsed("T", (tree,), place=tree.place), tree
    for place, part in enumerate(tree.parts):
        for turned, at in transposed(part):
            yield replace(tree, parts=(*tree.parts[:place], turned, *tree.parts[place + 1 :])), at
