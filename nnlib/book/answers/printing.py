"""A tree in MathML, which browsers set and screen readers read aloud without help."""

import re
from html import escape

# How tightly a formula binds; less than a place needs is put in brackets.
SUM, TOTAL, PRODUCT, CHAIN, POWER, ATOM = range(6)
# Signs that are heard, not seen.
TIMES, OF = '<mo lspace="0" rspace="0.17em">\u2062</mo>', "<mo>\u2061</mo>"


def mathml(node, display="inline"):
    return f'<math display="{display}">{_shown(node)[0]}</math>'


def name_mathml(name):
    """h_1 with a subscript, y_hat with a hat, a' with a prime."""
    plain, primes = name.rstrip("'"), len(name) - len(name.rstrip("'"))
    base, *below = plain.split("_")
    shown = _digits_or_name(base)
    for part in below:
        if part == "hat":
            shown = f'<mover accent="true">{shown}<mo>^</mo></mover>'
        else:
            shown = f"<msub>{shown}{_digits_or_name(part)}</msub>"
    return f"<msup>{shown}<mo>{'′' * primes}</mo></msup>" if primes else shown


def prose(words):
    """Words as HTML: escaped, with the names between backquotes set as mathematics."""
    parts = re.split("`([^`]+)`", words)
    parts[::2] = map(escape, parts[::2])
    parts[1::2] = [f"<math>{name_mathml(name)}</math>" for name in parts[1::2]]
    return "".join(parts)


def number_mathml(text):
    """2.5, −2, and 1e-7 as a power of ten."""
    digits, _, exponent = text.partition("e")
    shown = f"<mn>{escape(digits.lstrip('-'))}</mn>"
    if exponent:
        shown = _row(
            shown, _sign("·"), _superscript("<mn>10</mn>", number_mathml(str(int(exponent))))
        )
    return _row(_sign("−"), shown) if digits.startswith("-") else shown


def _digits_or_name(text):
    digits = re.fullmatch("[0-9]+", text)
    upright = ' mathvariant="normal"' if len(text) > 1 else ""
    return f"<mn>{text}</mn>" if digits else f"<mi{upright}>{escape(text)}</mi>"


def _row(*parts):
    return f"<mrow>{''.join(parts)}</mrow>"


def _sign(sign):
    return f"<mo>{sign}</mo>"


def _superscript(base, exponent):
    return f"<msup>{base}{_row(exponent)}</msup>"


def _transposed(base):
    return _superscript(base, _sign("⊤"))


def _bracketed(inner, opening="(", closing=")"):
    return _row(_sign(opening), inner, _sign(closing))


def _applied(name, *inside):
    return _row(name_mathml(name), OF, _bracketed(_sign(",").join(inside)))


def _shown(node):
    """MathML, and how tightly it binds."""
    return _RULES.get(node.op, _function)(node)


def _at_least(node, binding):
    shown, has = _shown(node)
    return shown if has >= binding else _bracketed(shown)


def _number(node):
    shown = number_mathml(node.data.lower())
    return shown, ATOM if re.fullmatch(r"[0-9.]+", node.data) else CHAIN


def _name(node):
    return name_mathml(node.data), ATOM


def _terms(node):
    left, right = node.args
    sign = "+" if node.op == "+" else "−"
    return _row(_at_least(left, SUM), _sign(sign), _at_least(right, TOTAL)), SUM


def _neg(node):
    return _row(_sign("−"), _at_least(node.args[0], TOTAL)), SUM


def _product(node):
    left, right = node.args
    if node.op == "⊙" and left.shape and right.shape:
        return _row(_at_least(left, PRODUCT), _sign("⊙"), _at_least(right, CHAIN)), PRODUCT
    if node.op == "@" and len(left.shape) == len(right.shape) == 1:  # NumPy's u @ v
        return _row(_transposed(_at_least(left, ATOM)), TIMES, _at_least(right, POWER)), CHAIN
    shown = _at_least(right, POWER)
    between = _sign("·") if re.match(r"(<mrow>|<msup>|<mfrac>)*<mn>", shown) else TIMES
    return _row(_at_least(left, CHAIN), between, shown), CHAIN


def _fraction(node):
    above, below = (_row(_shown(arg)[0]) for arg in node.args)
    return f"<mfrac>{above}{below}</mfrac>", POWER


def _power(node):
    base, exponent = node.args
    return _superscript(_at_least(base, ATOM), _shown(exponent)[0]), POWER


def _transpose(node):
    return _transposed(_at_least(node.args[0], ATOM)), POWER


def _inverse(node):
    return _superscript(_at_least(node.args[0], ATOM), _sign("−") + "<mn>1</mn>"), POWER


def _apply(node):
    inner = _shown(node.args[0])[0]
    if node.data == "exp":
        return _superscript("<mi>e</mi>", inner), POWER
    if node.data == "sqrt":
        return f"<msqrt>{inner}</msqrt>", ATOM
    if node.data == "abs":
        return _bracketed(inner, "|", "|"), ATOM
    return _applied(node.data, inner), ATOM


def _total(node):
    letter = _digits_or_name(node.data.split()[0])
    return _row(f"<munder><mo>∑</mo>{letter}</munder>", _at_least(node.args[0], TOTAL)), TOTAL


def _element(node):
    array, letters = node.args[0], "".join(map(_digits_or_name, node.data.split()))
    if array.op == "T":  # a row, which has one index
        array = array.args[0]
    return f"<msub>{_shown(array)[0]}{_row(letters)}</msub>", ATOM


def _kron(node):
    return f"<msub><mi>δ</mi>{_row(*map(_digits_or_name, node.data.split()))}</msub>", ATOM


def _norm(node):
    return _bracketed(_shown(node.args[0])[0], "‖", "‖"), ATOM


def _outer(node):
    left, right = node.args
    return _row(_at_least(left, CHAIN), TIMES, _transposed(_at_least(right, ATOM))), CHAIN


def _sum(node):
    """Along an axis: a product with the vector of ones; a mean along one says which axis."""
    (inner,), axis = node.args, node.data
    if axis == "":
        return _function(node)
    if node.op == "mean":
        along = _row('<mi mathvariant="normal">axis</mi>', _sign("="), f"<mn>{axis}</mn>")
        return _applied("mean", _shown(inner)[0], along), ATOM
    rows = _at_least(inner, CHAIN) if axis == "1" else _transposed(_at_least(inner, ATOM))
    return _row(rows, TIMES, '<mi mathvariant="normal">𝟏</mi>'), CHAIN


def _function(node):
    return _applied(node.op, *(_shown(arg)[0] for arg in node.args)), ATOM


_RULES = {
    "number": _number, "constant": _name, "size": _name, "name": _name, "+": _terms, "-": _terms,
    "neg": _neg, "⊙": _product, "@": _product, "/": _fraction, "^": _power, "T": _transpose,
    "inv": _inverse, "apply": _apply, "total": _total, "element": _element, "kron": _kron,
    "norm": _norm, "outer": _outer, "sum": _sum, "mean": _sum,
}  # fmt: skip
