"""How many digits nnlib keeps, beside textbook formulas and SciPy: prints a Markdown table.

One formula serves twice: in floats it is the naive one, in 400 digits it is exact. Errors are in
units in the last place (ulp) of the exact result, among the results that are normal numbers.
"""

from functools import partial
from types import SimpleNamespace

import numpy as np
from mpmath import mp
from scipy import special

from nnlib.activations import TABLE, log_softmax, log_sum_exp, softmax
from nnlib.book.accuracy import ulp_errors
from nnlib.costs import binary_cross_entropy, cross_entropy

DIGITS = 400  # up to 325 of them cancel where a tail reaches 5e−324


def _exp(x):
    """mp.exp; far out, where its value is swallowed or swallows, a few digits do and take less time."""
    with mp.workdps(60 if abs(x) > 1e4 else DIGITS):
        return mp.exp(x)


FLOAT = SimpleNamespace(
    number=float, pi=np.pi, exp=np.exp, log=np.log, sqrt=np.sqrt, tanh=np.tanh, erf=special.erf
)
EXACT = SimpleNamespace(
    number=mp.mpf, pi=mp.pi, exp=np.frompyfunc(_exp, 1, 1),
    **{name: np.frompyfunc(getattr(mp, name), 1, 1) for name in ("log", "sqrt", "tanh", "erf")},
)  # fmt: skip

# The textbook: f(x, m) with the functions of m, which is FLOAT or EXACT.


def sigmoid(x, m):
    return 1 / (1 + m.exp(-x))


def sigmoid_slope(x, m):
    return sigmoid(x, m) * (1 - sigmoid(x, m))


def tanh(x, m):
    return (m.exp(x) - m.exp(-x)) / (m.exp(x) + m.exp(-x))


def softplus(x, m):
    return m.log(1 + m.exp(x))


def elu(x, m):
    return np.where(x > 0, x, m.exp(x) - 1)


def elu_slope(x, m):
    return np.where(x > 0, 1, m.exp(x))


def selu(x, m):
    scale, alpha = m.number("1.0507009873554804934"), m.number("1.6732632423543772848")
    return scale * np.where(x > 0, x, alpha * (m.exp(x) - 1))


def selu_slope(x, m):
    scale, alpha = m.number("1.0507009873554804934"), m.number("1.6732632423543772848")
    return scale * np.where(x > 0, 1, alpha * m.exp(x))


def silu_slope(x, m):
    return sigmoid(x, m) + x * sigmoid_slope(x, m)


def normal(x, m):
    return (1 + m.erf(x / m.sqrt(2))) / 2


def gelu_slope(x, m):
    return normal(x, m) + x * m.exp(-x * x / 2) / m.sqrt(2 * m.pi)


def gelu_tanh(x, m, slope=False):
    c, root = m.number("0.044715"), m.sqrt(2 / m.pi)
    t = m.tanh(root * (x + c * x**3))
    return (
        (1 + t) / 2 + x * (1 - t * t) * root * (1 + 3 * c * x * x) / 2 if slope else x * (1 + t) / 2
    )


def mish_slope(x, m):
    t = m.tanh(softplus(x, m))
    return t + x * (1 - t * t) * sigmoid(x, m)


def soft(Z, m):
    return m.exp(Z) / m.exp(Z).sum(axis=0)


# fmt: off
TEXTBOOK = {  # name: value, slope
    "sigmoid":     (sigmoid, sigmoid_slope),
    "tanh":        (tanh, lambda x, m: 1 - m.tanh(x) * m.tanh(x)),
    "elu":         (elu, elu_slope),
    "selu":        (selu, selu_slope),
    "softplus":    (softplus, sigmoid),
    "silu":        (lambda x, m: x * sigmoid(x, m), silu_slope),
    "gelu":        (lambda x, m: x * normal(x, m), gelu_slope),
    "gelu_tanh":   (gelu_tanh, partial(gelu_tanh, slope=True)),
    "mish":        (lambda x, m: x * m.tanh(softplus(x, m)), mish_slope),
    "log_sigmoid": (lambda x, m: m.log(sigmoid(x, m)), lambda x, m: 1 - sigmoid(x, m)),
}
SCIPY = {
    "sigmoid":     special.expit,
    "softplus":    special.softplus,
    "silu":        lambda x: x * special.expit(x),
    "gelu":        lambda x: x * special.ndtr(x),
    "log_sigmoid": special.log_expit,
}
FAMILY = {  # name: textbook, nnlib, SciPy
    "softmax":     (soft, softmax, special.softmax),
    "log_softmax": (lambda Z, m: m.log(soft(Z, m)), log_softmax, special.log_softmax),
    "log_sum_exp": (lambda Z, m: m.log(m.exp(Z).sum(axis=0)), log_sum_exp, special.logsumexp),
}
# fmt: on


def points(rng):
    """Floats of every size and sign; more of them where the functions bend and where they end."""
    sizes = 10 ** np.concatenate([rng.uniform(-307, 308, 600), rng.uniform(-3, 2.9, 700)])
    sizes = np.concatenate([sizes, rng.uniform(700, 745, 300)])
    return np.concatenate([sizes, -sizes])


def logits(rng, n, m=120):
    """m columns of n logits: some alike, some far apart, some all far from 0."""
    return rng.normal(size=(n, m)) * 10 ** rng.uniform(-3, 3, m) + 10 ** rng.uniform(-3, 3, m)


def errors(formula, x, *rivals):
    """The error of the formula in floats, then of each rival, a function of x or None."""
    with mp.workdps(DIGITS):
        exact = np.ravel(formula(np.frompyfunc(mp.mpf, 1, 1)(x), EXACT))
    rivals = partial(formula, m=FLOAT), *rivals
    with np.errstate(all="ignore"):
        return [f and error(np.ravel(f(x)), exact) for f in rivals]


def error(values, exact):
    """The worst in ulp; and the worst in units of the result, or of 1 where that is more."""
    nearest = exact.astype(float)
    off = np.abs(values - nearest) / np.maximum(1, np.abs(nearest))
    return ulp_errors(values, exact).max(), off[np.isfinite(off)].max()


def elementwise(name, x):
    """The cells of an activation's row: value and slope."""
    value, slope = TEXTBOOK[name]
    beside_zero = (x > -1.5) & (x < -0.5) & (name in ("silu", "gelu", "gelu_tanh", "mish"))
    return [
        *errors(value, x, TABLE[name].value, SCIPY.get(name)),
        *errors(slope, x[~beside_zero], TABLE[name].derivative),
    ]


def cost(ours, loss, slope, scipy, Z, Y):
    """The cells of a cost's row, each column of Z an example by itself: value and slope."""

    def alone(function, Z):
        return np.hstack([function(z[:, None], y[:, None]) for z, y in zip(Z.T, Y.T, strict=True)])

    return [
        *errors(loss, Z, partial(alone, ours), scipy),
        *errors(slope, Z, partial(alone, ours.gradient)),
    ]


def rows(rng):
    """(name, cells) of the whole table."""
    x = points(rng)
    for name in TEXTBOOK:
        yield name, elementwise(name, x)
    for name, (formula, ours, scipy) in FAMILY.items():
        for n in (10, 100):
            yield f"{name} of {n}", errors(formula, logits(rng, n), ours, partial(scipy, axis=0))
    Z, Y = x[None], rng.integers(0, 2, (1, x.size)).astype(float)
    sure = 2 * Y - 1
    yield "binary_cross_entropy", cost(
        binary_cross_entropy,
        lambda z, m: -m.log(sigmoid(sure * z, m)), lambda z, m: sigmoid(z, m) - Y,
        lambda z: -special.log_expit(sure * z), Z, Y,
    )  # fmt: skip
    Z, Y = logits(rng, 10), np.eye(10)[:, rng.integers(0, 10, 120)]
    yield "cross_entropy of 10", cost(
        cross_entropy,
        lambda Z, m: -m.log((Y * soft(Z, m)).sum(axis=0)), lambda Z, m: soft(Z, m) - Y,
        lambda Z: -(Y * special.log_softmax(Z, axis=0)).sum(axis=0), Z, Y,
    )  # fmt: skip


def shown(cell):
    """The worst error of a cell in ulp; from 2⁵² on no digit is right."""
    if cell is None:
        return "–"
    worst, _ = cell
    if not np.isfinite(worst):
        return "NaN" if np.isnan(worst) else "∞"
    digits = f"{worst:.1f}" if worst < 10 else f"{worst:.0f}" if worst < 1e6 else f"{worst:.0e}"
    return "no digit" if worst >= 2**52 else digits


def main():
    print("\n| worst error, ulp | naive | nnlib | SciPy | slope: naive | slope: nnlib |")
    print("|---|---:|---:|---:|---:|---:|")
    absolute = {"naive": 0.0, "nnlib": 0.0, "SciPy": 0.0}
    for name, cells in rows(np.random.default_rng(0)):
        cells += [None] * (5 - len(cells))
        print(f"| {name} | {' | '.join(map(shown, cells))} |", flush=True)
        for column, cell in zip(("naive", "nnlib", "SciPy", "naive", "nnlib"), cells, strict=True):
            absolute[column] = max(absolute[column], cell[1] if cell else 0)
    worst = ", ".join(f"{column} {size:.0e}" for column, size in absolute.items())
    print(f"\nIn units of the result, or of 1 where that is more, wherever there is one: {worst}.")


if __name__ == "__main__":
    main()
