"""What is typed becomes a tree: a small grammar of formulas, in which nothing can run as code.

sum      = product { ("+" | "-") product }
product  = chain { ("⊙" | ".*") chain }
chain    = factor { ["*" | "/" | "@"] factor }        nothing between two factors multiplies
factor   = ("+" | "-") factor | postfix [ ("^" | "**") factor ]
postfix  = atom { ".T" | "^T" | ".sum(…)" | "[" letters "]" }
atom     = number | name | name {"'"} "(" sum { "," sum } ")" | "(" sum ")" | "sum_" letters chain
"""

import re
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass, field

LONGEST, DEEPEST = 400, 40  # characters; nodes one inside another

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "lam": "λ", "mu": "μ",
    "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "sigmoid": "σ", "tau": "τ",
    "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Sigma": "Σ", "Phi": "Φ", "Delta": "Δ",
    "ln": "log", "ReLU": "relu", "maximum": "max", "minimum": "min",
}  # fmt: skip
# Signs that a phone or a book puts where a keyboard has none; each stands for one of the grammar's.
_SIGNS = str.maketrans("−–‐‑·⋅×∗÷’′‘´∘{}∑µϵϕϑ∆", "----****/''''⊙()Σμεφθ∆".replace("∆", "Δ"))
_HAT = "\N{COMBINING CIRCUMFLEX ACCENT}"
_LOW = str.maketrans("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₘₙ", "0123456789ijkmn")
_LETTER = "A-Za-zΑ-Ωα-ωℓŷ"
_BELOW = f"[{_LETTER}0-9]+"
# As many spaces take its place, so that places in the text stay.
_NUMPY = re.compile(r"(?<![A-Za-z_.])np\.(?=[a-z])")
_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+(?![\w.]))?|\.[0-9]+)"
    rf"|(?P<name>[{_LETTER}](?:{_HAT}|[{_LETTER}])*[0-9]*[₀-₉ᵢⱼₖₘₙ]*"
    rf"(?:_(?:\( *{_BELOW}(?: *, *{_BELOW})* *\)|{_BELOW}))*'*)"
    r"|(?P<transposed>\.T\b|\^T\b|\^ *\(T\)|[ᵀ⊤]|\^⊤|\^ *\(⊤\))|(?P<sum>\.sum\b)"
    r"|(?P<power>\*\*|\^|²|³)|(?P<sign>\.\*|[-+*/@⊙()\[\],=])|(?P<other>\S))"
)
_STRANGE = {
    "\\": "A backslash: formulas are typed here as in Python, so 1/2 in place of \\frac12.",
    "$": "No $ is needed: type the formula as in Python.",
    "_": "A name begins with a letter; _ may only stand before an index, as in W_ij.",
    ".": "After a point only .T, the transpose, and .sum can be read.",
    "|": "Bars are not read: write abs(…) for a number, norm(…) for a column.",
    "√": "Write sqrt(…) for a root.",
    "∂": "The derivative itself is asked for, worked out: an expression without ∂.",
    "'": "A prime may stand behind the name of a function only, as in a'(z).",
    "⁻": "Write an exponent with ^, as in x^-1.",
}


class Unreadable(ValueError):
    """What was typed is not a formula: says what stands where, and what was expected.

    Between backquotes the words hold names, which the page sets as mathematics.
    """

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
    """A node of the tree: what it is, its parts, where in the text it stands, and how high it is.

    `text` is a number's digits, a name in its one spelling, the signs of a chain, the letters of indices;
    `typed` a name as it was written.
    """

    kind: str
    parts: tuple = ()
    text: str = ""
    place: int = field(default=0, compare=False)
    typed: str = field(default="", compare=False)
    height: int = field(init=False, compare=False, default=0)

    def __post_init__(self):
        # A chain becomes as many products, one inside another, as it has signs.
        own = max(1, len(self.parts) - 1) if self.kind == "chain" else 1
        height = own + max((part.height for part in self.parts), default=0)
        if height > 2 * DEEPEST:
            raise Unreadable("That is longer than any answer needs.", self.place)
        object.__setattr__(self, "height", height)


def canonical(name):
    """One name for all its spellings: delta and δ, w1 and w_1, yhat and ŷ, W_{ij} and W_ij."""
    primes = len(name) - len(name.rstrip("'"))
    base, *below = re.sub(r"[(), ]", "", name.rstrip("'")).split("_")
    base = base.replace("ŷ", f"y{_HAT}")
    letters, digits, low = re.fullmatch(r"([^0-9₀-₉ᵢⱼₖₘₙ]*)(.*?)([₀-₉ᵢⱼₖₘₙ]*)", base).groups()
    hat = ["hat"] * (_HAT in letters)
    letters = letters.replace(_HAT, "")
    if letters not in GREEK and (found := re.fullmatch(r"(.|[a-z]{2,})hat", letters)):
        stem = found[1]
        letters, hat = (stem, ["hat"]) if len(stem) == 1 or stem in GREEK else (letters, hat)
    parts = [GREEK.get(letters, letters), *hat, digits, low.translate(_LOW), *below]
    return "_".join(filter(None, parts)) + "'" * primes


def tokens(text):
    if len(text) > LONGEST:
        raise Unreadable(f"That is {len(text)} characters long; {LONGEST} are enough.", LONGEST)
    text, found, start = _NUMPY.sub("   ", text.translate(_SIGNS)), [], 0
    while match := _TOKEN.match(text, start):
        kind, place = match.lastgroup, match.start(match.lastgroup)
        if kind == "other":
            raise Unreadable(_strange(match[kind]), place)
        if kind == "number":
            _require_short(match[kind], place)
        found.append(Token(kind, match[kind], place))
        start = match.end()
    return [*found, Token("end", "", len(text))]


def _require_short(number, place):
    digits, _, exponent = number.lower().partition("e")
    if len(digits) > 16 or len(exponent.lstrip("+-")) > 2:
        raise Unreadable("A number of more digits than any answer here needs.", place)


def _strange(sign):
    if sign in _STRANGE:
        return _STRANGE[sign]
    named = unicodedata.name(sign, f"U+{ord(sign):04X}").lower()
    shown = f"“{sign}” ({named})" if sign.isprintable() else f"The invisible sign “{named}”"
    return f"{shown} has no meaning here."


def read(text, variables=()):
    """The tree of what is typed. Raises `Unreadable`, with the place where reading stopped.

    Of `variables`, a bracket behind one is a factor: 1/m (x + y) is (1/m) (x + y). Any other name before a
    bracket is called.
    """
    reader = _Reader(_with_powers_of(variables, tokens(text)), variables)
    if reader.next.kind == "end":
        raise Unreadable("Nothing is typed yet.", 0)
    tree = reader.sum()
    if reader.next.text in (")", "]"):
        raise Unreadable(f"This {reader.next.text} closes nothing.", reader.next.place)
    if reader.next.kind != "end":
        reader.stop("the end, or a sign such as +")
    return tree


def _with_powers_of(variables, found):
    """The tokens, of which n^T is a power and no transpose where T is a variable."""
    for token in found:
        if (
            token.kind == "transposed"
            and token.text[0] == "^"
            and "T" in token.text
            and "T" in variables
        ):
            after = token.place + token.text.index("T")
            yield from (Token("power", "^", token.place), Token("name", "T", after))
        else:
            yield token


class _Reader:
    def __init__(self, found, variables):
        self.tokens, self.position, self.depth = [*found], 0, 0
        self.variables = {*variables, "δ", "e", "π"}

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
            if self.next.kind == "end":
                raise Unreadable(f"This {opened.text} is not closed.", opened.place)
            self.stop(f"{text}, which closes the {opened.text} at place {opened.place + 1}")

    def stop(self, expected):
        if self.next.text == "=":
            raise Unreadable("One expression is asked for, without =.", self.next.place)
        found = f"“{self.next.text}”" if self.next.text else "the end"
        raise Unreadable(f"Here is {found}; expected {expected}.", self.next.place)

    @contextmanager
    def deeper(self):
        self.depth += 1
        if self.depth > DEEPEST:
            words = f"Brackets, signs or powers go deeper than {DEEPEST}."
            raise Unreadable(words, self.next.place)
        yield
        self.depth -= 1

    def sum(self):
        with self.deeper():
            tree = self.product()
            while sign := self.take("+", "-"):
                tree = Parsed(sign.text, (tree, self.product()), place=sign.place)
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
            with self.deeper():
                inner = self.factor()
            return Parsed("neg", (inner,), place=sign.place) if sign.text == "-" else inner
        base = self.postfix()
        while sign := self.take("²", "³"):
            exponent = Parsed("number", text="2" if sign.text == "²" else "3", place=sign.place)
            base = Parsed("^", (base, exponent), place=sign.place)
        if sign := self.take("^", "**"):
            if self.next.text == "+":
                raise Unreadable("The positive part of x is typed relu(x).", self.next.place)
            with self.deeper():
                return Parsed("^", (base, self.factor()), place=sign.place)
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
        if not named and self.next.kind != "number":
            return ()
        if self.next.text not in ("0", "1"):
            self.stop("0 or 1, the number of an axis")
        self.position += 1
        return (Parsed("axis", text=self.tokens[self.position - 1].text),)

    def atom(self):
        token = self.next
        if token.kind == "number":
            self.position += 1
            return Parsed("number", text=token.text, place=token.place)
        if token.kind == "name":
            self.position += 1
            name = canonical(token.text)
            if name.startswith(("sum_", "Σ_")):
                with self.deeper():
                    body = self.product()
                letters = "".join(name.split("_")[1:])
                return Parsed("sum", (body,), letters, token.place)
            if self.next.text == "(" and not self.is_variable(name):
                return Parsed("call", self.arguments(), name, token.place, token.text)
            return Parsed("name", (), name, token.place, token.text)
        if token.text == "(":
            return self.bracketed()
        self.stop("a number, a name or a bracket")

    def is_variable(self, name):
        """Whether it is one, or an entry of one, such as z_1_i."""
        parts = name.split("_")
        return any("_".join(parts[:end]) in self.variables for end in range(1, len(parts) + 1))

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
