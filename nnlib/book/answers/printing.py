"""A tree in MathML, which browsers set and screen readers read aloud without help."""

from html import escape

SUM, PRODUCT, CHAIN, POWER, ATOM = range(5)


def mathml(node, display="inline"):
    return f'<math display="{display}">{_shown(node)[0]}</math>'


def name_mathml(name):
    """h_1 with a subscript, y_hat with a hat, a' with a prime."""
    plain, primes = name.rstrip("'"), len(name) - len(name.rstrip("'"))
    base, *below = plain.split("_")
    shown = _identifier(base)
    for part in below:
        if part == "hat":
            shown = f'<mover accent="true">{shown}<mo>^</mo></mover>'
        else:
            shown = f"<msub>{shown}{_number_or_name(part)}</msub>"
    return f"<msup>{shown}<mo>{'′' * primes}</mo></msup>" if primes else shown


def _identifier(name):
    return f"<mi>{escape(name)}</mi>"


def _number_or_name(text):
    return f"<mn>{text}</mn>" if text.isdigit() else _identifier(text)


def _row(*parts):
    return f"<mrow>{''.join(parts)}</mrow>"


def _sign(sign):
    return f"<mo>{sign}</mo>"


def _bracketed(inner):
    return _row(_sign("("), inner, _sign(")"))


def _shown(node):
    """MathML, and how tightly it binds."""
    return getattr(_Printer, f"_{_RULES.get(node.op, 'function')}")(node)


def _at_least(node, binding):
    shown, has = _shown(node)
    return shown if has >= binding else _bracketed(shown)


class _Printer:
    def _number(node):
        return f"<mn>{escape(node.data)}</mn>", ATOM

    def _name(node):
        return name_mathml(node.data), ATOM

    def _terms(node):
        left, right = node.args
        sign = "+" if node.op == "+" else "−"
        return _row(_at_least(left, SUM), _sign(sign), _at_least(right, PRODUCT)), SUM

    def _neg(node):
        return _row(_sign("−"), _at_least(node.args[0], PRODUCT)), SUM

    def _product(node):
        left, right = node.args
        if node.op == "⊙" and left.shape and right.shape:
            return _row(_at_least(left, PRODUCT), _sign("⊙"), _at_least(right, CHAIN)), PRODUCT
        if node.op == "@" and len(left.shape) == len(right.shape) == 1:  # NumPy's u @ v
            left_shown = f"<msup>{_at_least(left, ATOM)}<mo>⊤</mo></msup>"
            return _row(left_shown, _at_least(right, CHAIN)), CHAIN
        digits = right.op == "number" or (right.op == "^" and right.args[0].op == "number")
        between = _sign("·") if digits else '<mspace width="0.17em"/>'
        return _row(_at_least(left, CHAIN), between, _at_least(right, POWER)), CHAIN

    def _fraction(node):
        return f"<mfrac>{_shown(node.args[0])[0]}{_shown(node.args[1])[0]}</mfrac>", POWER

    def _power(node):
        base, exponent = node.args
        return f"<msup>{_at_least(base, ATOM)}{_row(_shown(exponent)[0])}</msup>", POWER

    def _transpose(node):
        return f"<msup>{_at_least(node.args[0], ATOM)}<mo>⊤</mo></msup>", ATOM

    def _inverse(node):
        return (
            f"<msup>{_at_least(node.args[0], ATOM)}<mrow><mo>−</mo><mn>1</mn></mrow></msup>",
            ATOM,
        )

    def _applied(node):
        inner = _shown(node.args[0])[0]
        if node.data == "exp":
            return f"<msup><mi>e</mi>{_row(inner)}</msup>", POWER
        if node.data == "sqrt":
            return f"<msqrt>{inner}</msqrt>", ATOM
        if node.data == "abs":
            return _row(_sign("|"), inner, _sign("|")), ATOM
        return _row(name_mathml(node.data), _bracketed(inner)), ATOM

    def _total(node):
        letter = _identifier(node.data.split()[0])
        return _row(
            f"<munder><mo>∑</mo>{letter}</munder>", _at_least(node.args[0], PRODUCT)
        ), PRODUCT

    def _element(node):
        letters = "".join(map(_identifier, node.data.split()))
        return f"<msub>{_shown(node.args[0])[0]}{_row(letters)}</msub>", ATOM

    def _kron(node):
        return f"<msub><mi>δ</mi>{_row(*map(_identifier, node.data.split()))}</msub>", ATOM

    def _norm(node):
        return _row(_sign("‖"), _shown(node.args[0])[0], _sign("‖")), ATOM

    def _outer(node):
        left, right = node.args
        return _row(
            _at_least(left, CHAIN), f"<msup>{_at_least(right, ATOM)}<mo>⊤</mo></msup>"
        ), CHAIN

    def _sum(node):
        """Along an axis: a product with the vector of ones; a mean as that over its size."""
        inner, one = node.args[0], "<mn>1</mn>"
        if node.op == "sum" and node.data == "1":
            return _row(_at_least(inner, CHAIN), '<mspace width="0.17em"/>', one), CHAIN
        return _Printer._function(node)

    def _function(node):
        inside = _sign(",").join(_shown(arg)[0] for arg in node.args)
        name = node.op + (f"_{node.data}" if node.op in ("sum", "mean") and node.data else "")
        return _row(name_mathml(name), _bracketed(inside)), ATOM


_RULES = {
    "number": "number", "constant": "name", "size": "name", "name": "name", "+": "terms",
    "-": "terms", "neg": "neg", "⊙": "product", "@": "product", "/": "fraction", "^": "power",
    "T": "transpose", "inv": "inverse", "apply": "applied", "total": "total",
    "element": "element", "kron": "kron", "norm": "norm", "outer": "outer", "sum": "sum",
}  # fmt: skip
