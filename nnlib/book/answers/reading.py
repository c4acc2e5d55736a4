"""What is typed becomes a tree: a small grammar of formulas, in which nothing can run as code.

sum      = product { ("+" | "-") product }
product  = chain { ("⊙" | ".*") chain }
chain    = factor { ["*" | "/" | "@"] factor }        nothing between two factors multiplies
factor   = ("+" | "-") factor | postfix [ ("^" | "**") factor ]
postfix  = atom { ".T" | "^T" | ".sum(…)" | "[" letters "]" }
atom     = number | name | name {"'"} "(" sum { "," sum } ")" | "(" sum ")"
"""

import re
from dataclasses import dataclass

LONGEST, DEEPEST = 400, 40

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "lam": "λ", "mu": "μ",
    "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "sigmoid": "σ", "tau": "τ",
    "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Sigma": "Σ", "Phi": "Φ", "Delta": "Δ",
    "ln": "log",
}  # fmt: skip
# Signs that a phone or a book puts where a keyboard has none; each stands for one of the grammar's.
_SIGNS = str.maketrans("−–·×∗’′‘´∘{}", "--***''''⊙()")
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+(?![\w.]))?|\.\d+)"
    r"|(?P<name>[A-Za-zΑ-Ωα-ωℓŷ]+\d*(?:_(?:\(\w+\)|[A-Za-z0-9]+))*'*)"
    r"|(?P<transposed>\.T\b|\^T\b|[ᵀ⊤]|\^⊤)|(?P<sum>\.sum\b)|(?P<power>\*\*|\^|²|³)"
    r"|(?P<sign>\.\*|[-+*/@⊙()\[\],=])|(?P<other>\S))"
)


class Unreadable(ValueError):
    """What was typed is not a formula: says what stands where, and what was expected."""

    def __init__(self, words, place=None):
        super().__init__(words)
        self.words, self.place = words, place


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    place: int


@dataclass(frozen=True)
class Parsed:
    """A node of the tree: what it is, its parts, and where in the text it stands."""

    kind: str
    parts: tuple = ()
    text: str = ""
    place: int = 0


def canonical(name):
    """One name for all its spellings: delta and δ, w1 and w_1, W_{ij} and W_ij."""
    name, primes = name.rstrip("'"), len(name) - len(name.rstrip("'"))
    name = name.replace("ŷ", "y_hat").replace("(", "").replace(")", "")
    name = re.sub(r"^([^\W\d_]+?)(\d+|hat)$", r"\1_\2", name)
    base, *below = name.split("_")
    return "_".join([GREEK.get(base, base), *below]) + "'" * primes


def tokens(text):
    if len(text) > LONGEST:
        raise Unreadable(f"That is {len(text)} characters long; {LONGEST} are enough.", LONGEST)
    text, found, start = text.translate(_SIGNS), [], 0
    while match := _TOKEN.match(text, start):
        kind, place = match.lastgroup, match.start(match.lastgroup)
        if kind == "other":
            raise Unreadable(_strange(match[kind]), place)
        found.append(Token(kind, match[kind], place))
        start = match.end()
    return [*found, Token("end", "", len(text))]


def _strange(sign):
    if sign == "\\":
        return "A backslash: formulas are typed here as in Python, so 1/2 in place of \\frac12."
    if sign == "_":
        return "A name begins with a letter; _ may only stand before an index, as in W_ij."
    if sign == ".":
        return "After a point only .T, the transpose, and .sum can be read."
    return f"The sign {sign} has no meaning here."


def read(text):
    """The tree of what is typed. Raises `Unreadable`, with the place where reading stopped."""
    reader = _Reader(tokens(text))
    if reader.next.kind == "end":
        raise Unreadable("Nothing is typed yet.", 0)
    tree = reader.sum()
    if reader.next.kind != "end":
        reader.stop("the end, or a sign such as +")
    return tree


class _Reader:
    def __init__(self, found):
        self.tokens, self.position, self.depth = found, 0, 0

    @property
    def next(self):
        return self.tokens[self.position]

    def take(self, *texts):
        """The next token if it is one of these signs, else None."""
        token = self.next
        if token.kind in ("sign", "power", "name") and token.text in texts:
            self.position += 1
            return token
        return None

    def need(self, text, opened):
        if not self.take(text):
            self.stop(f"{text}, which closes the {opened.text} at place {opened.place + 1}")

    def stop(self, expected):
        found = f"“{self.next.text}”" if self.next.text else "the end"
        raise Unreadable(f"Here is {found}; expected {expected}.", self.next.place)

    def sum(self):
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unreadable(f"Brackets go deeper than {DEEPEST}.", self.next.place)
        tree = self.product()
        while sign := self.take("+", "-"):
            tree = Parsed(sign.text, (tree, self.product()), place=sign.place)
        self.depth -= 1
        return tree

    def product(self):
        tree = self.chain()
        while sign := self.take("⊙", ".*"):
            tree = Parsed("⊙", (tree, self.chain()), place=sign.place)
        return tree

    def chain(self):
        """Factors and the signs between them, as one node: shapes decide how they are to be taken."""
        parts, signs = [self.factor()], []
        while True:
            sign = self.take("*", "/", "@")
            if not sign and not self.begins_factor():
                break
            signs.append(sign.text if sign else " ")
            parts.append(self.factor())
        if not signs:
            return parts[0]
        return Parsed("chain", tuple(parts), "".join(signs), parts[0].place)

    def begins_factor(self):
        return self.next.kind in ("number", "name") or self.next.text == "("

    def factor(self):
        if sign := self.take("-", "+"):
            self.depth += 1
            if self.depth > DEEPEST:
                raise Unreadable(f"More than {DEEPEST} signs in a row.", sign.place)
            inner = self.factor()
            self.depth -= 1
            return Parsed("neg", (inner,), place=sign.place) if sign.text == "-" else inner
        base = self.postfix()
        if sign := self.take("^", "**", "²", "³"):
            if sign.text in "²³":
                exponent = Parsed("number", text="2" if sign.text == "²" else "3", place=sign.place)
            else:
                self.depth += 1
                if self.depth > DEEPEST:
                    raise Unreadable(f"Powers go deeper than {DEEPEST}.", sign.place)
                exponent = self.factor()
                self.depth -= 1
            return Parsed("^", (base, exponent), place=sign.place)
        return base

    def postfix(self):
        tree = self.atom()
        while True:
            if self.next.kind == "transposed":
                tree = Parsed("T", (tree,), place=self.next.place)
                self.position += 1
            elif self.next.kind == "sum":
                tree = self.sum_method(tree)
            elif opened := self.take("["):
                letters = [self.letter()]
                while self.take(","):
                    letters.append(self.letter())
                self.need("]", opened)
                tree = Parsed("index", (tree,), " ".join(letters), opened.place)
            else:
                return tree

    def letter(self):
        token = self.next
        if token.kind != "name" or len(token.text) > 1:
            self.stop("an index, which is one letter")
        self.position += 1
        return token.text

    def sum_method(self, tree):
        place = self.next.place
        self.position += 1
        if not (opened := self.take("(")):
            self.stop("( after .sum")
        axis = self.axis()
        self.need(")", opened)
        return Parsed("call", (tree, *axis), "sum", place)

    def axis(self):
        """`axis=1`, or `1` alone, as a node; none where there is nothing."""
        named = self.take("axis")
        if named and not self.take("="):
            self.stop("axis=0 or axis=1")
        if self.next.kind != "number":
            return ()
        if self.next.text not in ("0", "1"):
            self.stop("0 or 1, the number of an axis")
        self.position += 1
        return (Parsed("axis", text=self.tokens[self.position - 1].text),)

    def atom(self):
        token = self.next
        if token.kind == "number":
            self.position += 1
            if len(token.text) > 16:
                raise Unreadable("A number of more than 16 digits.", token.place)
            return Parsed("number", text=token.text, place=token.place)
        if token.kind == "name":
            self.position += 1
            name = canonical(token.text)
            if name.startswith(("sum_", "Σ_")):
                body = self.bracketed() if self.next.text == "(" else self.chain()
                letters = "".join(name.split("_")[1:])
                return Parsed("sum", (body,), letters, token.place)
            if self.next.text == "(":
                return Parsed("call", self.arguments(), name, token.place)
            return Parsed("name", text=name, place=token.place)
        if token.text == "(":
            return self.bracketed()
        if token.text == "=":
            self.stop("one expression, without =")
        self.stop("a number, a name or a bracket")

    def bracketed(self):
        opened = self.take("(")
        tree = self.sum()
        self.need(")", opened)
        return tree

    def arguments(self):
        opened = self.take("(")
        found = [self.sum()]
        while self.take(","):
            found += self.axis() if self.next.text == "axis" else [self.sum()]
        self.need(")", opened)
        return tuple(found)
