"""The book's notation in TeX: layers as superscripts, primes, sums without ranges, named things by name."""

from string import ascii_lowercase

from sympy import Dummy, Function, Limit, Mul, Sum, Symbol, fraction, preorder_traversal
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE, precedence

from nnlib.book.symbols import index_ranges, unfold

_LETTERS = "ijkpqrst" + ascii_lowercase
_DIGITS = range(1, 10)


class BookPrinter(LatexPrinter):
    """SymPy's printer, taught the notation page."""

    def _print_Dummy(self, expr):
        return self._print_Symbol(Symbol(expr.name))

    def _print_Indexed(self, expr):
        return self._with_indices(self._print(expr.base.label), expr.indices)

    def _print_Defined(self, expr):
        return self._with_indices(self._print(expr.name), expr.indices)

    def _with_indices(self, name, indices):
        if not indices:
            return name
        separator = "" if all(k.is_Symbol or k in _DIGITS for k in indices) else ","
        return f"{name}_{{{separator.join(map(self._print, indices))}}}"

    def _as_ordered_terms(self, expr, order=None):
        """SymPy's order, but a term without a minus sign first, where there is one."""
        terms = list(super()._as_ordered_terms(expr, order=order))
        first = next((t for t in terms if not t.could_extract_minus_sign()), terms[0])
        terms.remove(first)
        return [first, *terms]

    def _print_Mul(self, expr):
        """A product in the book's order: numbers, letters, errors, weights, functions, sums."""
        above, below = fraction(expr, exact=True)
        if below != 1:
            sign = ""
            if above.could_extract_minus_sign() and not above.is_Add:
                sign, above = "-", -above
            return rf"{sign}\frac{{{self._print(above)}}}{{{self._print(below)}}}"
        factors = sorted(Mul.make_args(expr), key=lambda f: (_rank(f), f.sort_key()))
        sign = ""
        if factors[0].is_Number and factors[0] < 0:
            sign, factors[0] = "-", -factors[0]
        if factors[0] == 1:
            factors = factors[1:]
        last = len(factors) - 1
        shown = []
        for k, factor in enumerate(factors):
            bracket = factor.is_Add or (isinstance(factor, Sum | Limit) and k < last)
            text = self._print(factor)
            shown.append(rf"\left({text}\right)" if bracket and last else text)
        return sign + r" \, ".join(shown)

    def _print_Expected(self, expr):
        return rf"\mathbb{{E}}\!\left[{self._print(expr.body)}\right]"

    def _print_Iterated(self, expr):
        return self._with_indices(expr.tex, (expr.k,))

    def _print_FunctionalValue(self, expr):
        return self._print(expr.name)

    def _print_FunctionalPartial(self, expr):
        below = self._with_indices(self._print(expr.name), expr.indices)
        return rf"\frac{{\partial {self._print(expr.value.name)}}}{{\partial {below}}}"

    def _print_InverseElement(self, expr):
        return self._with_indices(rf"\left({self._print(expr.value.name)}\right)", expr.indices)

    def _print_ElementNode(self, expr, exp=None):
        name = expr.func.tex if exp is None else rf"{expr.func.tex}^{{{exp}}}"
        return applied_tex(name, self._print(expr.args[0]))

    _print_Applied = _print_ElementNode

    def _print_Function(self, expr, exp=None):
        if hasattr(expr.func, "tex"):
            return self._print_ElementNode(expr, exp)
        return super()._print_Function(expr, exp)

    def _print_Sum(self, expr):
        """Only the indices, where the sum runs over the whole axis on which they stand."""
        return self._over_axes(expr, "sum")

    def _print_Product(self, expr):
        return self._over_axes(expr, "prod")

    def _over_axes(self, expr, sign):
        axes = index_ranges(expr.function, wanted={k for k, *_ in expr.limits})
        whole = all(low == 1 and axes.get(k) == high for k, low, high in expr.limits)
        body, limits = distinct_letters(expr)
        if any(end.has(k) for k, *_ in limits for *_, end in limits):
            limits = limits[::-1]  # a range that depends on another index is the inner one
        if whole:
            signs = "".join(rf"\{sign}_{{{self._print(k)}}}" for k, *_ in limits)
        else:
            signs = "".join(
                rf"\{sign}_{{{self._print(k)}={self._print(low)}}}^{{{self._print(high)}}}"
                for k, low, high in limits
            )
        inner = self._print(body)
        if body.is_Add or precedence(body) < PRECEDENCE["Mul"]:
            inner = rf"\left({inner}\right)"
        return rf"{signs} {inner}"

    def _print_Derivative(self, expr):
        inner, variables = expr.expr, expr.variables
        single = len(inner.free_symbols) == 1 and not hasattr(variables[0], "indices")
        d = "d" if single else r"\partial"
        order = "" if len(variables) == 1 else f"^{{{len(variables)}}}"
        powers = ((x, "" if count == 1 else f"^{{{count}}}") for x, count in expr.variable_count)
        below = r"\,".join(f"{d} {self._print(x)}{power}" for x, power in powers)
        top = self._print(inner)
        if inner.is_Atom or hasattr(inner, "indices") or (hasattr(inner, "name") and is_low(top)):
            return rf"\frac{{{d}{order} {top}}}{{{below}}}"
        return rf"\frac{{{d}{order}}}{{{below}}}\left({top}\right)"

    def _print_KroneckerDelta(self, expr, exp=None):
        i, j = expr.args[:2]
        return rf"\mathbf{{1}}[{self._print(i)}={self._print(j)}]"

    def _print_Max(self, expr, exp=None):
        args = sorted(expr.args, key=lambda a: (a.is_number, a.sort_key()))
        shown = applied_tex(rf"\{type(expr).__name__.lower()}", ", ".join(map(self._print, args)))
        return shown if exp is None else rf"{shown}^{{{exp}}}"

    _print_Min = _print_Max


def is_low(tex):
    """Whether TeX is one line high and short enough to stand above a fraction bar."""
    return len(tex) < 40 and not any(
        tall in tex for tall in (r"\frac", r"\sum", r"\int", "+", " - ")
    )


def applied_tex(name, argument):
    """f(x), with brackets that grow where the argument is tall."""
    if any(tall in argument for tall in (r"\frac", r"\sum", r"\int", r"\left")):
        return rf"{name}\!\left({argument}\right)"
    return f"{name}({argument})"


_ORDER = (
    "Symbol",
    "FunctionalPartial",
    "Defined",
    "Derivative",
    "Indexed",
    "Function",
    "Add",
    "Sum",
)


def _rank(factor):
    """Place of a factor in a printed product: its power's base, or the nearest class, decides."""
    numeric = all(atom.is_Number or atom.is_NumberSymbol for atom in factor.atoms())
    if numeric and not factor.is_Add and not factor.has(Function):
        return -2 if factor.is_Number else -1
    base = factor.base if factor.is_Pow else factor
    names = {kind.__name__ for kind in type(base).__mro__}
    if "Defined" in names and not _is_error(base):
        if not base.indices and not unfold(base).free_symbols:  # a constant with a name
            return -0.5
        return _ORDER.index("Indexed") + 0.5
    return next((k for k, name in enumerate(_ORDER) if name in names), len(_ORDER))


def _is_error(defined):
    """Whether a name means something with a derivative in it, as an error signal does."""
    parts = preorder_traversal(defined.args[2])
    return any(type(part).__name__ in ("Derivative", "FunctionalPartial") for part in parts)


def distinct_letters(expr):
    """The summand and limits of a Sum, its bound letters changed where they collide with others."""
    limits = [tuple(limit) for limit in expr.limits]
    bound = {k for k, *_ in limits}
    taken = {s.name for s in expr.function.free_symbols - bound if isinstance(s, Symbol)}
    change = {}
    for k, *_ in limits:
        letter = k.name
        if letter in taken:
            letter = next(c for c in _LETTERS if c not in taken)
        taken.add(letter)
        change[k] = Dummy(letter, integer=True)
    renamed = [(change[k], low, high.xreplace(change)) for k, low, high in limits]
    return expr.function.xreplace(change), renamed


def tex(expr, **settings):
    """TeX of a scalar expression in the book's notation."""
    return BookPrinter({"ln_notation": False, **settings}).doprint(expr)
