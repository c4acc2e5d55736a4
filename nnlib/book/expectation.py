"""Chance: E, an average that is linear, and of which only what is stated about the random things is known.

E[…] is taken of a polynomial in random entries. What is known of each random array is its *law*; arrays
with different laws are independent of each other. The 30-digit witness does not use these rules: it
averages over the outcomes of a distribution that obeys the law, with nothing else in common.
"""

from itertools import product

import mpmath
from sympy import Add, Expr, Integer, KroneckerDelta, Mul, Sum, Symbol, Tuple, expand, sympify

from nnlib.book.indexed import NoNormalForm, normal_form
from nnlib.book.symbols import unfold


class Drawn(Symbol):
    """A number of the witness's own, which no message shows."""


class Expected(Expr):
    """E[body]. Each `Expectation` has a subclass of its own, with its laws."""

    laws = ()
    is_commutative = True

    def __new__(cls, body):
        return Expr.__new__(cls, sympify(body))

    body = property(lambda self: self.args[0])

    @property
    def free_symbols(self):
        return self.body.free_symbols - {law.variable for law in self.laws}

    def _eval_is_extended_real(self):
        return True

    def _eval_derivative(self, x):
        """Under the average: the outcomes do not depend on x."""
        return self.func(unfold(self.body).diff(x))

    def doit(self, **hints):
        """The average by linearity, independence and the laws; as it stands, where they do not suffice."""
        try:
            terms = Add.make_args(normal_form(unfold(self.body)))
        except NoNormalForm:
            return self
        taken = []
        for term in terms:
            factor, sums = term.as_independent(Sum)
            if not isinstance(sums, Sum):
                found = self._product(term)
            elif factor.has(*self._random(factor)) or sums.function.has(Sum):
                found = None
            elif (found := self._product(sums.function)) is not None:
                found = factor * Sum(found, *sums.limits)
            if found is None:
                return self
            taken.append(found)
        return Add(*taken)

    def is_given(self):
        """Whether its value is part of a law, no consequence of it: E of a product of entries of one array."""
        return any(law.listed(Mul.make_args(self.body)) for law in self.laws)

    def _random(self, expr):
        """The random entries in `expr`."""
        return [atom for law in self.laws for atom in law.entries(expr)]

    def _product(self, expr):
        """E of one product: the laws' shares of it, multiplied; None if a share is not known."""
        result, shares = Integer(1), {}
        for factor in Mul.make_args(expr):
            owners = [law for law in self.laws if law.entries(factor)]
            if len(owners) > 1:
                return None
            if not owners:
                result *= factor
            else:
                shares.setdefault(owners[0], []).append(factor)
        for law, factors in shares.items():
            if (moment := law.moment(factors, self.func)) is None:
                return None
            result *= moment
        return result

    def outcomes(self, number):
        """(probability, {what is random: its value}) pairs; `number` evaluates an expression."""
        for together in product(*(law.outcomes(number) for law in self.laws)):
            yield (
                mpmath.fprod(p for p, _ in together),
                {k: v for _, o in together for k, v in o.items()},
            )


class Expectation:
    """The average over what is random, as `laws` say: `E = Expectation(Uncorrelated(W, 0, v), Free(h))`."""

    def __init__(self, *laws):
        random = [law.variable for law in laws]
        known = set().union(*(law.parameters.free_symbols for law in laws))
        if len(set(random)) < len(random) or known & set(random):
            raise ValueError(
                f"each of {random} needs one law, whose mean, variance or probability is not random"
            )
        self.node = type("E", (Expected,), {"laws": laws})

    def __call__(self, value):
        return self.node(value[()] if hasattr(value, "element") else value)


class Law:
    """What is known of a random array, or of a random number (a symbol)."""

    parameters = Tuple()

    def __init__(self, variable):
        whole = not isinstance(variable, Symbol)
        if whole and not variable.variable:
            raise TypeError(
                f"{variable.tex} has a definition: what is random is an array of free variables"
            )
        self.shape = variable.shape if whole else ()
        places = [Symbol(f"_{k}", integer=True) for k in range(len(self.shape))]
        self.variable = variable[tuple(places)].base.label if whole else variable

    def entries(self, expr):
        """The entries of the random array that occur in `expr`."""
        if not self.shape:
            return {self.variable} & sympify(expr).free_symbols
        return {a for a in sympify(expr).atoms(Expr) if _base(a) == self.variable}

    def keys(self, number):
        """Where a `Point` keeps the entries."""
        if not self.shape:
            return [self.variable]
        ranges = (range(1, int(number(n)) + 1) for n in self.shape)
        return [(self.variable, place) for place in product(*ranges)]

    def moment(self, factors, average):
        """E of the product of `factors`, each made of entries of this array; here it stays as it is."""
        return average(Mul(*factors))

    def listed(self, factors):
        """The entries whose product the factors are, each as often as it occurs; None if they are not."""
        entries = []
        for factor in factors:
            base, power = factor.as_base_exp()
            if base not in self.entries(factor) or not (power.is_Integer and power > 0):
                return None
            entries += [base] * int(power)
        return entries

    def drawn(self, number):
        """Three outcomes, their entries drawn at random, and how often they occur: no two equally so."""
        entry = lambda k, key: number(Drawn(f"outcome {k} of {key}", real=True))
        outcomes = [{key: entry(k, key) for key in self.keys(number)} for k in "abc"]
        return list(zip((mpmath.mpf(k) / 6 for k in (1, 2, 3)), outcomes, strict=True))


class Free(Law):
    """Random, with any distribution at all, and independent of what has another law."""

    def outcomes(self, number):
        """What is drawn: not symmetric, and no entry a multiple of another."""
        return self.drawn(number)


class Symmetric(Law):
    """Random, and as likely to be z as to be −z; independent of what has another law."""

    def moment(self, factors, average):
        f = Mul(*factors)
        mirrored = f.xreplace({entry: -entry for entry in self.entries(f)})
        return Integer(0) if expand(f + mirrored) == 0 else average(f)

    def outcomes(self, number):
        """What is drawn, and its mirror image as often."""
        signed = lambda sign, outcome: {key: sign * value for key, value in outcome.items()}
        return [(p / 2, signed(s, outcome)) for p, outcome in self.drawn(number) for s in (1, -1)]


class Kept(Law):
    """A mask: each entry is 1 with this probability and else 0, whatever the others are."""

    def __init__(self, variable, probability):
        super().__init__(variable)
        self.probability = sympify(probability)
        self.parameters = Tuple(self.probability)

    def moment(self, factors, average):
        entries = self.listed(factors)
        different = list(dict.fromkeys(entries or ()))  # the square of 0 or 1 is itself
        if entries is None or len(different) > 2:
            return None
        q = self.probability
        return q if len(different) == 1 else q**2 + q * (1 - q) * same(*different)

    def outcomes(self, number):
        """Every mask."""
        keys, q = self.keys(number), number(self.probability)
        for mask in product((0, 1), repeat=len(keys)):
            share = mpmath.fprod(q if one else 1 - q for one in mask)
            yield share, dict(zip(keys, map(mpmath.mpf, mask), strict=True))


class Uncorrelated(Law):
    """Entries with one mean and one variance, and E[w_i w_j] = E[w_i] E[w_j] for different entries.

    Independent entries are such. Of more than two entries at once nothing is known.
    """

    def __init__(self, variable, mean, variance):
        super().__init__(variable)
        self.mean, self.variance = sympify(mean), sympify(variance)
        self.parameters = Tuple(self.mean, self.variance)

    def moment(self, factors, average):
        entries = self.listed(factors)
        if entries is None or len(entries) > 2:
            return None
        return self.mean if len(entries) == 1 else self.mean**2 + self.variance * same(*entries)

    def outcomes(self, number):
        """One entry off its mean at a time, far up or less far down, and all that seen in a mirror.

        The mirror keeps means and variances and mixes the entries: of more than two at once, nothing
        holds that holds by chance.
        """
        keys, mean = self.keys(number), number(self.mean)
        off = mpmath.sqrt(number(self.variance) * len(keys))
        normal = {key: number(Drawn(f"mirror at {key}", real=True)) for key in keys}
        length = mpmath.fsum(x**2 for x in normal.values())
        for key in keys:
            mirrored = {k: (k == key) - 2 * x * normal[key] / length for k, x in normal.items()}
            for times, far in ((1, 2), (4, -mpmath.mpf(1) / 2)):
                share = mpmath.mpf(times) / (5 * len(keys))
                yield share, {k: mean + far * off * x for k, x in mirrored.items()}


def same(first, second):
    """1 where two entries of an array are one and the same, else 0."""
    places = (getattr(entry, "indices", ()) for entry in (first, second))
    return Mul(*[KroneckerDelta(p, q) for p, q in zip(*places, strict=True)])


def _base(atom):
    return getattr(getattr(atom, "base", None), "label", None) if hasattr(atom, "indices") else None
