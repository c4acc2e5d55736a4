"""Products over an axis of any length, their logarithms, and what stands in for a likelihood."""

import mpmath
import pytest
from sympy import Abs, Derivative, I, Integral, Product, Rational, Sum, Symbol, exp, log

from nnlib.book import (
    Array,
    Unproved,
    array,
    define,
    equal,
    function,
    index,
    named,
    on_floats,
    on_numbers,
    product,
    prove,
    real,
    size,
    total,
    undetermined,
)
from nnlib.book.alterations import alterations
from nnlib.book.domains import conditions_to_make_sense
from nnlib.book.evaluation import Point, evaluate
from nnlib.book.printing import tex
from nnlib.book.proofs import carried_out, check, decide

i, j, k = index("i j k")
m, n = size("m n")
y, z = array("y", m), array("z", m)
t, u = real("t u")
s = Symbol("s", positive=True)
sigma = function(r"\sigma", lambda z: 1 / (1 + exp(-z)))
p = named("p", sigma(z))


def test_product_is_evaluated_as_a_loop():
    point = Point(0, values={(Symbol("y", real=True), (k,)): mpmath.mpf(k + 1) for k in (1, 2, 3)})
    assert evaluate(product(y[i], i), Point(0, sizes={m: 3}, values=point.values)) == 24
    table = array("T", m, n)
    values = {(Symbol("T", real=True), (a, b)): mpmath.mpf(a + b) for a in (1, 2) for b in (1, 2)}
    both = product(table[i, j], i, j)
    assert evaluate(both, Point(0, sizes={m: 2, n: 2}, values=values)) == 2 * 3 * 3 * 4


def test_product_is_printed_over_its_axis():
    assert tex(product(y[i], i)) == r"\prod_{i} y_{i}"
    assert tex(product(y[i] + z[i], i)) == r"\prod_{i} \left(y_{i} + z_{i}\right)"


def test_index_of_a_product_must_stand_on_an_axis():
    with pytest.raises(ValueError, match="multiplied over"):
        product(y[i], j)


TRUE = {
    "exponentials": equal(log(product(exp(-y[i]), i)), -total(y[i], i)),
    "constant factor": equal(log(product(s * exp(y[i]), i)), m * log(s) + total(y[i], i)),
    "powers": equal(log(product(p[i] ** y[i], i)), total(y[i] * log(p[i]), i)),
    "complement": equal(log(product((1 - p[i]) ** y[i], i)), total(y[i] * log(1 - p[i]), i)),
}


@pytest.mark.parametrize("name", TRUE)
def test_logarithm_of_a_product_is_a_sum(name):
    assert TRUE[name].conditions() in ([], ["s > 0"])
    assert TRUE[name].needed() == []
    assert check(TRUE[name]).refuted >= 8


FALSE = {
    "sign": equal(log(product(exp(-y[i]), i)), total(y[i], i)),
    "constant once": equal(log(product(s * exp(y[i]), i)), log(s) + total(y[i], i)),
    "without power": equal(log(product(p[i] ** y[i], i)), total(log(p[i]), i)),
    "product of logarithms": equal(log(product(p[i], i)), product(log(p[i]), i)),
}


@pytest.mark.parametrize("name", FALSE)
def test_false_logarithm_is_refused(name):
    with pytest.raises(Unproved, match="false"):
        check(FALSE[name])


def test_factor_that_may_be_negative_is_a_condition():
    assert conditions_to_make_sense([log(product(y[i], i))], {}) == [r"\prod_{i} y_{i} > 0"]
    nonzero = Symbol("w", real=True, nonzero=True)
    of_many = lambda operation: 1 / operation(nonzero * (-1) ** i, (i, 1, m))
    assert conditions_to_make_sense([of_many(Product)], {}) == []  # a sum of such numbers may be 0
    assert conditions_to_make_sense([of_many(Sum)], {}) != []
    with pytest.raises(Unproved, match="not plainly positive"):
        prove("l", "L", equal(log(product(y[i] ** 2 + 1 - 1, i)), 2 * total(log(Abs(y[i])), i)))


def test_logarithm_of_a_complex_power_is_left():
    with pytest.raises(Unproved, match="not plainly positive"):
        decide(equal(log(product(s ** (I * y[i]), i)), I * log(s) * total(y[i], i)))


def test_product_may_be_a_definition():
    table = array("T", m, n)
    q = named("q", Array((m,), lambda i: product(table[i, j] ** 2, j), ""))
    assert define("d", "D", equal(q[i], product(table[i, k] ** 2, k))).kind == "definition"
    both = named("L", product(q[i], i))
    assert define("d", "D", equal(both[()], product(q[j], j))).kind == "definition"
    with pytest.raises(Unproved, match="not the one in use"):
        define("d", "D", equal(both[()], product(table[i, j], i, j)))


def test_products_within_products_keep_their_indices():
    """The outer index must not be taken for one of the two inner ones."""
    table = array("T", m, m)
    inner = lambda k: product(table[i, j] * y[k], i, j)
    here = carried_out(Product(y[k] + inner(k), (k, 1, m)))
    ((outer, *_),) = here.limits
    (within,) = here.function.atoms(Product)
    assert outer not in {bound for bound, *_ in within.limits}
    assert within.has(y[outer])


def test_slips_of_a_product():
    names = dict(alterations(product(exp(y[i]), i)))
    assert any(name.startswith("one factor for") for name in names)
    assert any(name.endswith("without its last factor") for name in names)
    assert any(isinstance(altered, Product) for altered in names.values())


# Meetings that products brought along

softplus = function(r"\operatorname{softplus}", lambda z: log(1 + exp(z)))
loss = softplus(t) - u * t


def met(u_is, number, **options):
    return on_floats("nnlib.costs.binary_cross_entropy.losses", t, ulp=2, at={u: u_is},
                     call=lambda losses, z: losses(z, number), **options)  # fmt: skip


def test_loss_is_met_with_its_target_held():
    (found,) = check(equal(loss, log(1 + exp(t)) - u * t, code=met(Rational(1, 4), 0.25))).code
    assert found["bound"] == "within 2 ulp on [-700, 700] for u = 1/4"


def test_loss_with_another_target_is_refused():
    with pytest.raises(Unproved, match="ulp from"):
        check(equal(loss, log(1 + exp(t)) - u * t, code=met(Rational(1, 4), 0.5)))


def test_call_that_does_not_call_is_refused():
    idle = on_floats("nnlib.costs.huber", t, ulp=1e9, at={u: 0}, call=lambda f, z: z)
    with pytest.raises(Unproved, match="does not call it"):
        check(equal(t + u, u + t, code=idle))


Z, Y = array("Z", n, m), array("Y", n, m)
squares = total((Z[i, j] - Y[i, j]) ** 2, i, j)


def on_squares(call):
    return on_numbers("nnlib.costs.squared_error", call, Z, Y)


def test_cost_is_met_on_numbers():
    right = on_squares(lambda cost, Z, Y: cost(Z, Y))
    (found,) = check(equal(squares / (2 * m), squares / m / 2, code=right)).code
    assert found == {"name": "nnlib.costs.squared_error", "bound": "within 1e-13 on floats"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda cost, Z, Y: cost(Z, Y) * Z.shape[1], "off from"),
        (lambda cost, Z, Y: cost.gradient(Z, Y), "off from"),
        (lambda cost, Z, Y: ((Z - Y) ** 2).sum() / 2 / Z.shape[1], "does not call it"),
    ],
)
def test_cost_with_a_slip_is_refused_on_numbers(call, message):
    with pytest.raises(Unproved, match=message):
        check(equal(squares / (2 * m), squares / m / 2, code=on_squares(call)))


def test_array_of_a_product_needs_no_more_than_its_factors():
    q = named("q", Array((m,), lambda i: exp(-y[i]), ""))
    likelihood = named("L", product(q[i], i))
    assert equal(-log(likelihood[()]), total(y[i], i)).needed() == []


# Slopes under an integral

F = undetermined("F")
low, high = real("a b")
shortfall = named("R", Integral((high - t) * F.derivative(t), (t, low, high)))
INTEGRALS = {
    "slope": equal(Integral(F.derivative(t), (t, low, high)), F(high) - F(low)),
    "factor": equal(Integral(u * F.derivative(t), (t, 0, u)), u * F(u) - u * F(0)),
    "under a derivative": equal(Derivative(shortfall[()], high), F(high) - F(low)),
}


@pytest.mark.parametrize("name", INTEGRALS)
def test_slope_of_an_undetermined_function_is_integrated(name):
    assert check(INTEGRALS[name]).refuted >= 8


@pytest.mark.parametrize(
    "wrong",
    [
        equal(Integral(F.derivative(t), (t, low, high)), F(low) - F(high)),
        equal(Integral(F.derivative(t), (t, low, high)), F.derivative(high) - F.derivative(low)),
        equal(Integral(t * F.derivative(t), (t, low, high)), high * F(high) - low * F(low)),
    ],
)
def test_wrong_integral_of_a_slope_is_refused(wrong):
    with pytest.raises(Unproved, match="false"):
        check(wrong)


@pytest.mark.parametrize("inner", [2 * t, t**2, t + u])
def test_slope_at_another_place_is_not_integrated(inner):
    at = lambda end: F(inner.subs(t, end))
    with pytest.raises(Unproved, match="undecided"):
        decide(equal(Integral(F.derivative(inner), (t, low, high)), at(high) - at(low)))


def test_integral_without_a_known_primitive_stays():
    with pytest.raises(Unproved, match="undecided"):
        check(equal(Integral(F(2 * t), (t, 0, u)), Integral(F(t), (t, 0, 2 * u)) / 2))
