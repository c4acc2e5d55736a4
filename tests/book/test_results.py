"""What a result says of itself: its scope, its proof, its conditions, and nothing more."""

import pytest
from sympy import Abs, Derivative, Limit, Max, Symbol, cos, exp, log, oo, sign, sin

from nnlib.book import (
    Array,
    Functional,
    Unproved,
    WeakCheck,
    answer,
    argue,
    array,
    assume,
    at_most,
    define,
    derive,
    equal,
    function,
    gradient,
    index,
    measure,
    named,
    on_floats,
    prove,
    real,
    size,
    total,
    undetermined,
)

n, m = size("n m")
i, j, k = index("i j k")
x, y, z = real("x y z")
positive, negative = Symbol("z", positive=True), Symbol("z", negative=True)
a, C = undetermined("a"), Functional("C")
sigma = function(r"\sigma", lambda z: 1 / (1 + exp(-z)))
v = array("v", n)
squares = equal(sin(z) ** 2 + cos(z) ** 2, 1)
half = equal(Derivative(z**2 / 2, z), z)


def shown(*relations, **options):
    return prove("label", "Title", *relations, **options)


# Scope

SCOPES = {
    "For every real $z,$": lambda: squares,
    "For every $z > 0,$": lambda: equal(Derivative(log(positive), positive), 1 / positive),
    "For every $z < 0,$": lambda: equal(Abs(negative) + exp(negative), exp(negative) - negative),
    "For every real $z$, where $z > 0,$": lambda: equal(Derivative(log(z), z), 1 / z),
    "For every real $z$, where $z \\ne 0,$": lambda: equal(Derivative(Abs(z), z), sign(z)),
    "For every real $z$, where $z - 1 \\ne 0,$": lambda: equal((z**2 - 1) / (z - 1), z + 1),
    "For every $0 < z < 1,$": lambda: equal(
        Derivative(-z * log(z) - (1 - z) * log(1 - z), z), log((1 - z) / z), between={z: (0, 1)}
    ),
    "For every size $n,$": lambda: equal(total(v[i], i) ** 2, total(total(v[i] * v[j], i), j)),
    "For every differentiable function $a$ and every real $z,$": lambda: equal(
        Derivative(a(z) ** 2, z), 2 * a(z) * a.derivative(z)
    ),
    "For every twice differentiable function $a$ and every real $z,$": lambda: equal(
        Derivative(a(2 * z), (z, 2)), 4 * a.derivative.derivative(2 * z)
    ),
    "For every size $n$ and every differentiable cost $C,$": lambda: equal(
        gradient(C(2 * v), v), 2 * C.gradient(2 * v)
    ),
    "": lambda: equal(Limit(sigma(z), z, oo), 1),
}


@pytest.mark.parametrize("sentence", SCOPES)
def test_scope(sentence):
    result = shown(SCOPES[sentence]())
    assert result.lead == result.record["scope"] == sentence


def test_lead_in_words_keeps_the_conditions():
    result = shown(
        equal(Abs(positive) + z - z + exp(positive), positive + exp(positive)),
        lead="For every real $z$,",
    )
    assert r"\qquad (z > 0)" in result.displayed
    assert r"(z > 0)" in result.record["statement"]
    assert result.record["scope"] == result.lead  # the ledger says what the page says


def test_alterations_of_a_name_are_not_asked_for():
    named_sum = named("s", total(v[i], i))
    claim, name = equal(named_sum[()] * 2, total(2 * v[i], i)), equal(named_sum, total(v[i], i))
    result = argue("label", "Title", [name, claim], ("a step", claim))
    assert len(result.record["equalities"]) == 1
    assert name.only_names()
    assert not claim.only_names()


def test_conditions_that_differ_stand_beside_their_relation():
    result = shown(
        equal(Max(positive, 0) + 1, positive + 1),
        equal(Max(negative, 0) + exp(negative), exp(negative)),
    )
    assert result.conditions == ("z > 0", "z < 0")
    assert result.lead == ""


# Statements that would print as something else

MISPRINTED = {
    "two numbers called z": lambda: equal(z + positive, positive + z),
    "two functions called f": lambda: equal(
        function("f", lambda z: z)(x) + function("f", lambda z: 2 * z)(x), 3 * x
    ),
    "two arrays called h": lambda: equal(named("h", 2 * v), named("h", v) + v),
    "one letter, two shapes": lambda: equal(v[i], array("v", m)[i] + v[i] - array("v", m)[i] + 0),
    "a number and an array called v": lambda: equal(real("v") * v, v * real("v")),
    "a cost at two places": lambda: equal(C(v)[()] - C(2 * v)[()], -C(2 * v)[()] + C(v)[()]),
    "an even size": lambda: equal(cos(z * Symbol("n", even=True, positive=True)), cos(z)),
    "an imaginary number": lambda: equal(Symbol("z", imaginary=True) ** 2, -1),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(MISPRINTED) - {"one letter, two shapes"}))
def test_statement_that_would_print_as_another_is_refused(name):
    with pytest.raises(ValueError, match=r"printed as|more than the page can say"):
        MISPRINTED[name]()


def test_name_means_one_thing_in_all_relations_of_a_statement():
    first, second = named("h", 2 * v), named("h", 3 * v)
    with pytest.raises(ValueError, match="two different things are printed as h"):
        shown(equal(first, v + v), equal(second, v + 2 * v))


def test_name_may_mean_one_letter():
    same = named("h", Array((n,), lambda i: z, ""))
    assert "h_{i}" in shown(equal(same[i] + same[j], 2 * z)).record["statement"]


def test_kind_is_one_that_the_book_has():
    with pytest.raises(ValueError, match="is called a thoerem; expected one of theorem"):
        shown(squares, kind="thoerem")


@pytest.mark.parametrize(
    ("symbol", "ends"), [(positive, (-1, 1)), (negative, (-1, 1)), (z, (1, 1)), (z, (2, 1))]
)
def test_range_must_agree_with_the_symbol(symbol, ends):
    with pytest.raises(ValueError, match="expected a range"):
        equal(exp(symbol), exp(symbol), between={symbol: ends})


# Kinds of proof


def test_symbolic_proof_says_how():
    record = shown(squares).record
    assert record["proof"] == "symbolic"
    assert record["methods"]
    assert record["equalities"] == [record["tried"]]
    assert record["refuted"] + len(record["equivalent"]) == record["tried"]


def test_argument_is_called_one():
    result = argue("label", "Title", squares, ("differentiate", half), ("hence the claim", None))
    assert result.record["proof"] == "argument, 1 step checked"
    assert "proved by argument, 1 step checked" in result.summary
    assert "each checked step" in result.particulars[0]
    assert result.record["refuted"] + len(result.record["equivalent"]) == result.record["tried"]


def test_argument_shows_the_condition_of_a_step():
    step = equal(Max(positive, 0) + 1, positive + 1)
    result = argue("label", "Title", squares, ("for positive $z$", step))
    assert "(z > 0)" in result.steps[0][1]


def test_argument_of_words_is_none():
    with pytest.raises(ValueError, match="words alone"):
        argue("label", "Title", squares, ("it is clear", None))


def test_argument_names_the_wrong_step():
    with pytest.raises(Unproved, match="in the step “differentiate”: false"):
        argue("label", "Title", squares, ("differentiate", equal(Derivative(z**2, z), z)))


def test_argument_for_a_false_statement_is_refused():
    with pytest.raises(Unproved, match="false"):
        argue("label", "Title", equal(sin(z), cos(z)), ("differentiate", half))


def test_axiom_is_cited_and_confirmed():
    result = assume("label", "Title", squares, source="Euclid")
    assert result.record["proof"] == "taken from analysis: Euclid"
    with pytest.raises(Unproved, match="false"):
        assume("label", "Title", equal(sin(z), cos(z)), source="Euclid")


@pytest.mark.parametrize("state", [prove, define, lambda *a: argue(*a, [])])
def test_result_states_something(state):
    with pytest.raises(ValueError, match="states nothing"):
        state("label", "Title")


def test_statement_with_too_few_neighbours_is_weak():
    with pytest.raises(WeakCheck, match="only 6 alterations"):
        shown(equal(z, z))


# Derivations


def test_derivation_names_the_wrong_step():
    with pytest.raises(Unproved, match="in the step “chain rule”: false"):
        derive(
            "label", "Title", equal(sigma.derivative(z), sigma(z) * (1 - sigma(z))),
            ("definition", Derivative(1 / (1 + exp(-z)), z)),
            ("chain rule", -exp(-z) / (1 + exp(-z)) ** 2),
        )  # fmt: skip


def test_every_step_counts():
    result = derive(
        "label", "Title", half, ("halve", (Derivative(z**2, z)) / 2), ("power", 2 * z / 2)
    )
    record = result.record
    assert len(result.steps) == 2
    assert record["tried"] > record["equalities"][0]
    assert record["refuted"] + len(record["equivalent"]) == record["tried"]


# Definitions


def test_definition_must_be_the_one_in_use():
    h = named("h", 2 * v)
    assert define("label", "Title", equal(h, 2 * v)).kind == "definition"
    assert define("label", "Title", equal(sigma(z), 1 / (1 + exp(-z)))).kind == "definition"
    with pytest.raises(Unproved, match="not the one in use"):
        define("label", "Title", equal(h, 3 * v))


def test_theorem_is_no_definition():
    with pytest.raises(ValueError, match="a definition is name = meaning"):
        define("label", "Title", half)
    with pytest.raises(Unproved, match="not the one in use"):
        define("label", "Title", equal(sigma.derivative(z), sigma(z) * (1 - sigma(z))))
    with pytest.raises(ValueError, match="a definition is name = meaning"):
        define("label", "Title", at_most(sigma(z), sigma(z), because=0))


def test_code_beside_what_does_not_check_it_is_refused():
    code = on_floats("nnlib.activations.sigmoid", z, ulp=2)
    defined = equal(sigma(z), 1 / (1 + exp(-z)), code=code)
    for state in (define, lambda *args: assume(*args, source="Euclid")):
        with pytest.raises(ValueError, match="not checked against code"):
            state("label", "Title", defined)


# Measurements, answers, equivalents


@pytest.mark.parametrize("value", [1.0, 2.0, -0.1, float("nan")])
def test_measurement_out_of_bounds_is_refused(value):
    with pytest.raises(Unproved, match="measured"):
        measure("label", "Title", "Words.", value, below=1.0)


def test_measurement_prints_its_bound_only():
    result = measure("label", "Title", "Words.", 0.123456, below=1.0, code=["nnlib.layers.dense"])
    assert "0.12" not in str(result._repr_mimebundle_())
    assert result.record["code"] == [{"name": "nnlib.layers.dense", "bound": "below 1"}]


def test_answer_has_no_number():
    markdown = answer("ex-half", half).myst()
    assert markdown.startswith("```````{container} answer")
    assert ":label:" not in markdown


def test_equivalent_of_a_relation_that_is_not_there():
    with pytest.raises(ValueError, match="equivalent names the relations"):
        shown(half, squares, equivalent={2: {"sign of z": "no reason"}})
