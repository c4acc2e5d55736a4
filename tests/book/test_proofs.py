"""The machinery refuses what is false, what it cannot decide, and what it checks too weakly."""

import pytest
from sympy import (
    Abs,
    Derivative,
    Determinant,
    Integral,
    Limit,
    MatrixSymbol,
    Max,
    Rational,
    Sum,
    Symbol,
    atan,
    cos,
    exp,
    log,
    oo,
    pi,
    sign,
    sin,
    sqrt,
    tanh,
)  # fmt: skip

from nnlib.book import (
    Functional,
    Unproved,
    WeakCheck,
    array,
    at_most,
    below,
    diagonal,
    equal,
    function,
    gradient,
    index,
    jacobian,
    named,
    outer,
    proofs,
    real,
    size,
    total,
    undetermined,
)  # fmt: skip
from nnlib.book.proofs import check

n, m, r, t = size("n m r t")
i, j, k = index("i j k")
z, y, x, e, eta, lam = real(r"z y x \varepsilon \eta \lambda")
positive = Symbol("z", positive=True)
sigma = function(r"\sigma", lambda z: 1 / (1 + exp(-z)))
a, C = undetermined("a"), Functional("C")

W, b, H, V = array("W", r, n), array("b", r), array("H", n, m), array("V", r, m)
pairing = named(r"\langle V, Z \rangle", total(V[i, j] * (W @ H + b[:, None])[i, j], i, j))
v, w = array("v", n), array("w", n)
p = named("p", function("exp", exp)(v) / total(exp(v[i]), i))
X, target, c = array("X", n, m), array("y", m), real("c")
residual = X.T @ w + c - target
half_squares = named(r"\ell", total(residual[j] ** 2, j) / 2)
penalized = named("J", C(w)[()] + lam / 2 * total(w[i] ** 2, i))
beta = real(r"\beta")
guess, truth = array(r"\hat{y}", n), array("y", n)
mean_of_squares = named("C", total((guess[i] - truth[i]) ** 2, i) / n)


def cubic(x):
    return 2 * x**3 - 3 * x**2 + x - 5


def rows_as_examples():
    """The gradient of ⟨V, X W⟩ in X where every size is n, and X, W, V."""
    rows, weights, error = array("X", n, n), array("W", n, n), array("V", n, n)
    value = named("L", total(error[i, j] * (rows @ weights)[i, j], i, j))
    return gradient(value, rows), rows, weights, error


ROWS = rows_as_examples()

# Real errors from good books: as printed, and put right.
PUBLISHED = {
    "d2l-en 88, sign and base": (
        lambda: equal(sigma.derivative(x), -exp(x) / (1 + exp(-x)) ** 2),
        lambda: equal(sigma.derivative(x), exp(-x) / (1 + exp(-x)) ** 2),
    ),
    "Machine Learning Refined 6.18": (
        lambda: equal(tanh(x), 2 * sigma(x) - 1),
        lambda: equal(tanh(x), 2 * sigma(2 * x) - 1),
    ),
    "QuantEcon, sign": (
        lambda: equal(Derivative((x - y) ** 2 / 2, x), -(x - y)),
        lambda: equal(Derivative((x - y) ** 2 / 2, x), x - y),
    ),
    "cs231n 229, every size the same": (
        lambda: equal(ROWS[0], ROWS[3] @ ROWS[1].T),
        lambda: equal(ROWS[0], ROWS[3] @ ROWS[2].T),
    ),
    "kvfrans 5, mean for a sum": (
        lambda: equal(gradient(pairing, b), V.sum(axis=1) / m),
        lambda: equal(gradient(pairing, b), V.sum(axis=1)),
    ),
    "libnd4j 440, diagonal alone": (
        lambda: equal(jacobian(p, v), diagonal(p - p * p)),
        lambda: equal(jacobian(p, v), diagonal(p) - outer(p, p)),
    ),
    "d2l-en 124, bias forgotten": (
        lambda: equal(gradient(half_squares, w), X @ (X.T @ w - target)),
        lambda: equal(gradient(half_squares, w), X @ residual),
    ),
    "d2l-en 2277, one term too many": (
        lambda: equal(
            Sum(beta**k, (k, 0, t)), (1 - beta**t) / (1 - beta), between={beta: (0, 1)}
        ),
        lambda: equal(
            Sum(beta**k, (k, 0, t - 1)), (1 - beta**t) / (1 - beta), between={beta: (0, 1)}
        ),
    ),
    "d2l-en 350, divided once": (
        lambda: equal((cubic(x + e) - 2 * cubic(x) + cubic(x - e)) / e, Derivative(cubic(x), (x, 2))),
        lambda: equal(
            (cubic(x + e) - 2 * cubic(x) + cubic(x - e)) / e**2, Derivative(cubic(x), (x, 2))
        ),
    ),
    "d2l-en 1506, half forgotten": (
        lambda: equal(
            cubic(x + e),
            cubic(x) + e * Derivative(cubic(x), x) + e**2 * Derivative(cubic(x), (x, 2)) + 2 * e**3,
        ),
        lambda: equal(
            cubic(x + e),
            cubic(x) + e * Derivative(cubic(x), x) + e**2 * Derivative(cubic(x), (x, 2)) / 2 + 2 * e**3,
        ),
    ),
    "Deep-ML 54, factor 2": (
        lambda: equal(gradient(mean_of_squares, guess), Rational(1) / n * (guess - truth)),
        lambda: equal(gradient(mean_of_squares, guess), Rational(2) / n * (guess - truth)),
    ),
    "d2l-en 744, divided by the batch": (
        lambda: equal(w - eta * gradient(penalized, w), (1 - eta * lam / m) * w - eta * C.gradient(w)),
        lambda: equal(w - eta * gradient(penalized, w), (1 - eta * lam) * w - eta * C.gradient(w)),
    ),
    "Understanding Deep Learning 7.5.1, moment for variance": (
        lambda: equal(_moment(2) - _moment(1) ** 2, Rational(1, 2)),
        lambda: equal(_moment(2) - _moment(1) ** 2, Rational(1, 2) - 1 / (2 * pi)),
    ),
}  # fmt: skip


def _moment(order):
    """E[relu(z)^order] for a standard normal z."""
    return Integral(z**order * exp(-(z**2) / 2) / sqrt(2 * pi), (z, 0, oo))


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_error_is_refuted_and_its_correction_proved(name):
    printed, corrected = PUBLISHED[name]
    with pytest.raises(Unproved, match="false"):
        check(printed())
    assert check(corrected()).tried >= 8


def test_shapes_refute_what_only_a_square_hides():
    rows, weights, error = array("X", m, n), array("W", n, r), array("V", m, r)
    with pytest.raises(ValueError, match="cannot multiply shapes"):  # cs231n 229
        error @ rows.T
    with pytest.raises(ValueError, match="cannot multiply shapes"):  # d2l-en 128
        weights @ rows
    with pytest.raises(ValueError, match="the sides have shapes"):
        equal(gradient(pairing, W), (V @ H.T).T)


M, other = array("M", n, n), array("N", n, n)
FALSE = {
    "sign": lambda: equal(sigma(-z), sigma(z) - 1),
    "factor": lambda: equal(tanh(2 * z), 2 * tanh(z)),
    "index": lambda: equal((M @ v)[i], total(M[j, i] * v[j], j)),
    "transpose": lambda: equal((M @ other).T, M.T @ other.T),
    "only for positive numbers": lambda: equal(Max(0, z), z),
    "only for positive numbers, by a root": lambda: equal(sqrt(z**2), z),
    "only off the diagonal": lambda: equal(Derivative(v[i], v[j]), 0 * v[i] * v[j]),
    "only for one size": lambda: equal(total(v[i], i), v[1]),
    "only for sizes above one": lambda: equal(total(v[j] * v[j], j) ** 2, total(v[j] ** 2, j)),
    "a captured index": lambda: equal(v[i] * w, v * w),
    "a captured second index": lambda: equal(v[j] * M, (v * w)[j] * M),
    "a lost chain rule": lambda: equal(Derivative(a(2 * z), z), a.derivative(2 * z)),
    "a function taken for odd": lambda: equal(a(-z), -a(z)),
    "a limit": lambda: equal(Limit(sigma(z), z, -oo), 1),
    "an integral": lambda: equal(Integral(exp(-(z**2)), (z, -oo, oo)), pi),
    "an inequality": lambda: at_most(1, 2 * sigma(z), because=2 * sigma(z) - 1),
    "a strict inequality that is tight": lambda: below(
        2 * z - 1, z**2 + 1 - 1, because=(z - 1) ** 2
    ),
}


@pytest.mark.parametrize("name", FALSE)
def test_false_statement_is_refused(name):
    with pytest.raises(Unproved):
        check(FALSE[name]())


def test_counterexample_names_the_point():
    with pytest.raises(Unproved, match=r"false: [\s\S]*at z = [\s\S]*left side is .* right side"):
        check(FALSE["sign"]())


def test_true_but_undecided_is_refused_with_what_is_left():
    with pytest.raises(Unproved, match=r"undecided[\s\S]*Left over:\n.*atan"):
        check(equal(atan(positive) + atan(1 / positive), pi / 2))


def test_lying_symbols_do_not_get_past_the_numbers(monkeypatch):
    monkeypatch.setattr(proofs, "reduced", lambda *_: (0, "a lie"))
    with pytest.raises(Unproved, match="false"):
        check(FALSE["sign"]())


def test_lying_numbers_do_not_get_past_the_symbols(monkeypatch):
    monkeypatch.setattr(proofs, "evaluate", lambda *_: 1)
    with pytest.raises(Unproved, match="undecided"):
        check(FALSE["sign"]())


# What SymPy itself gets wrong in silence.
SILENT = {
    "derivative by the bound index": lambda: equal(
        Derivative(Sum(v[k] ** 2, (k, 1, n)), v[k]), Sum(2 * v[k], (k, 1, n))
    ),
    "log det": lambda: equal(
        log(Determinant(MatrixSymbol("A", 2, 2))).diff(MatrixSymbol("A", 2, 2)), 0
    ),
    "inner product": lambda: equal(
        (MatrixSymbol("x", 2, 1).T * MatrixSymbol("x", 2, 1))[0, 0].diff(MatrixSymbol("x", 2, 1)), 0
    ),
}


@pytest.mark.parametrize("name", SILENT)
def test_silent_error_of_sympy_does_not_get_through(name):
    with pytest.raises((Unproved, NotImplementedError, TypeError, AttributeError, ValueError)):
        check(SILENT[name]())


# Inequalities


def test_certificate_must_be_the_difference():
    with pytest.raises(Unproved, match="undecided"):
        check(at_most(2 * z, z**2 + 1, because=z**2))


def test_certificate_must_be_plainly_nonnegative():
    with pytest.raises(Unproved, match="not plainly nonnegative"):
        check(at_most(2 * z, z**2 + 1, because=z**2 - 2 * z + 1))
    with pytest.raises(Unproved, match="not plainly positive"):
        check(below(2 * z - 1, z**2 + 1, because=z**2 - 2 * z + 2))


def test_good_certificates_are_accepted():
    assert check(at_most(2 * z, z**2 + 1, because=(z - 1) ** 2)).method.endswith("(certificate)")
    assert check(below(-exp(z), 0, because=exp(z))).refuted >= 3
    quarter = (sigma(z) - Rational(1, 2)) ** 2
    check(at_most(sigma.derivative(z), Rational(1, 4), because=quarter))


def test_loose_inequality_is_a_weak_check():
    with pytest.raises(WeakCheck, match="not refuted"):
        check(at_most(sigma.derivative(z), Rational(1, 2), because=Rational(1, 4)
                      + (sigma(z) - Rational(1, 2)) ** 2))  # fmt: skip


def test_empty_sum_is_not_positive():
    short = Sum(exp(v[k]), (k, 1, n - 1))
    with pytest.raises(Unproved):
        check(below(0, short, because=short))


def test_root_of_a_real_is_not_taken_for_real():
    root = function("f", sqrt)
    with pytest.raises(Unproved):
        check(at_most(0, root(z) ** 2, because=root(z) ** 2))


# Weak checks


def test_neighbour_that_is_not_refuted_is_named():
    with pytest.raises(WeakCheck, match="not refuted"):
        check(equal(z, z, between={z: (-(10**-30), 10**-30)}))


def test_equivalent_neighbour_is_proved_and_recorded():
    done = check(equal(sigma.derivative(z), exp(-z) / (1 + exp(-z)) ** 2))
    assert done.refuted + len(done.equivalent) == done.tried
    assert set(done.equivalent.values()) == {"proved equal to the original"}


def test_stale_equivalent_is_an_error():
    with pytest.raises(ValueError, match="refuted or never tried"):
        check(equal(Derivative(z**2, z), 2 * z), {"sign of z": "it is not"})


def test_every_element_of_a_numeric_shape_is_altered():
    fixed = array("u", 3)
    touched = {str(pair[0]) for pair, *_ in proofs.neighbours(equal(2 * fixed, fixed + fixed))}
    assert len(touched) == 3


def test_statement_must_hold_where_it_divides_or_say_so():
    relation = equal((z**2 - 1) / (z - 1), z + 1)
    assert relation.needed() == [r"z - 1 \ne 0"]
    check(relation)


def test_kink_is_a_condition():
    assert equal(Derivative(Abs(z), z), sign(z)).needed() == [r"z \ne 0"]
    assert equal(Derivative(Abs(positive), positive), 1).needed() == []


def test_sides_of_either_sign_of_zero_are_compared_in_full_precision():
    with pytest.raises(Unproved, match="false"):
        check(equal(sin(z) ** 2 + cos(z) ** 2, 1 + z / 10**20))
