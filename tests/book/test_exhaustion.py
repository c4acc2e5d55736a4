"""Statements over finitely many cases: every case is tried, exactly, and so is every wrong neighbour."""

from fractions import Fraction

import pytest
from sympy import Piecewise, Rational, Sum, sin, sqrt

from nnlib.book import Unproved, WeakCheck, array, at_most, equal, function, real, size
from nnlib.book.exhaustion import _neighbours, counted, exactly, exhaust, on_cases, operation
from nnlib.book.printing import tex
from nnlib.book.symbols import index

x, y = real("x_1 x_2")
n, m = size("n m")
H = function("H", lambda t: Piecewise((1, t > 0), (0, True)))
bits = {x: (0, 1), y: (0, 1)}
either = equal(H(x + y - Rational(1, 2)), x + y - x * y)


def triangles(n):
    if not 0 <= n <= 6:
        raise ValueError("counted up to 6 only")
    return sum(range(n + 1))


T = counted("T", triangles, lambda n: n * (n + 1) // 2)


def shown(*relations, over, **options):
    return exhaust("label", "Title", *relations, over=over, **options)


def test_truth_table_is_proved_in_every_case():
    result = shown(either, over=bits)
    record = result.record
    assert record["proof"] == "all 4 cases"
    assert record["scope"] == result.lead == r"For all $x_{1}, x_{2} \in \{0, 1\},$"
    assert record["refuted"] + len(record["equivalent"]) == record["tried"] >= 8
    assert result.summary.startswith("proved in all 4 cases · ")
    assert "{prf:theorem} Title" in result.myst()


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        (equal(H(x + y - Rational(3, 2)), x + y - x * y), r"x_1 = 0, x_2 = 1\nthe left side is 0"),
        (equal(H(x + y - Rational(1, 2)), x + y), "x_1 = 1, x_2 = 1"),
        (at_most(x + y, x * y + x, because=x * y - y), "x_1 = 0, x_2 = 1"),
    ],
)
def test_false_in_one_case_is_refuted_with_the_case(wrong, where):
    with pytest.raises(Unproved, match=f"false: (.|\n)*at {where}"):
        shown(wrong, over=bits)


def test_almost_equal_is_not_equal():
    tiny = Rational(1, 10**40)
    with pytest.raises(Unproved, match="false"):
        shown(equal(x + tiny * x * y, x), over=bits)


def test_lead_in_words_keeps_the_cases():
    result = shown(either, over=bits, lead="Whatever is said,")
    assert result.lead == "Whatever is said,"
    assert r"\qquad (x_{1}, x_{2} \in \{0, 1\})" in result.displayed
    assert r"\qquad" not in shown(either, over=bits).displayed


def test_alteration_that_is_true_in_every_case_is_recorded():
    result = shown(either, over=bits, lead="Whatever {scope}")
    assert result.lead.startswith("Whatever For all")
    beside = shown(equal(x**2 + y + 1, x + y + 1), over=bits)
    assert {"change": "exponent of x1**2 + 1", "reason": "true in every case as well"} not in (
        beside.record["equivalent"]
    )  # the right side has enough neighbours of its own
    same = shown(equal(x + y + 1, x**2 + y + 1), over=bits)
    equivalents = {one["change"]: one["reason"] for one in same.record["equivalent"]}
    assert equivalents["exponent of x1**2 + 1"] == "true in every case as well"
    why = {0: {"exponent of x1**2 + 1": "the powers of 0 and 1"}}
    named = shown(equal(x + y + 1, x**2 + y + 1), over=bits, equivalent=why)
    assert "the powers of 0 and 1" in " ".join(named.particulars)


def test_statement_that_its_cases_hardly_test_is_weak():
    with pytest.raises(WeakCheck, match=r"only \d of \d+ alterations"):
        shown(equal(x + y + x * y + x**2, 2 * x + y + x * y), over={x: (0,), y: (0,)})


def test_equivalent_that_is_refuted_is_an_error():
    with pytest.raises(ValueError, match="refuted or never tried"):
        shown(either, over=bits, equivalent={0: {"twice x1": "no"}})
    with pytest.raises(ValueError, match="equivalent names the relations"):
        shown(either, over=bits, equivalent={3: {}})


def test_statement_with_too_few_wrong_neighbours_is_weak():
    with pytest.raises(
        WeakCheck, match=r"only 6 of 6 alterations of x_\{1\} = x_\{1\} refuted; needed 8"
    ):
        shown(equal(x, x), over={x: (0, 1)})


def test_inequality_and_its_certificate():
    assert shown(at_most(x * y, x, because=x - x * y), over=bits).record["refuted"] == 3
    with pytest.raises(Unproved, match="certificate"):
        shown(at_most(x * y, x, because=1 - x * y), over=bits)


def test_sums_are_carried_out():
    k = index("k")
    gauss = equal(Sum(k, (k, 1, n)), n * (n + 1) / 2)
    assert shown(gauss, over={n: range(1, 8)}).record["points"] == 7


# What is no statement over finitely many exact cases


@pytest.mark.parametrize(
    ("relation", "over", "message"),
    [
        (either, {x: (0, 1)}, "nothing says which values x_2 takes"),
        (equal(x + 1, 1 + x), bits, "x_2 is in no relation"),
        (either, {x: (0, 0.5), y: (0, 1)}, "no exact number"),
        (either, {x: (0, 0), y: (0, 1)}, "expected each once"),
        (either, {x: (), y: (0, 1)}, "expected each once"),
        (equal(sin(x) + y, sin(x) + y), bits, "expected an integer or a fraction"),
        (equal(sqrt(x + 1) + y, sqrt(x + 1) + y), bits, "expected an integer or a fraction"),
        (equal(1 / x + y, 1 / x + y), bits, "expected an integer or a fraction"),
        (equal(array("v", n), array("v", n)), {n: (1, 2)}, "symbolic shape"),
    ],
)
def test_refused(relation, over, message):
    with pytest.raises(ValueError, match=message):
        shown(relation, over=over)


def test_result_states_something_of_a_known_kind():
    with pytest.raises(ValueError, match="states nothing"):
        shown(over={})
    with pytest.raises(ValueError, match="is called a axiom"):
        shown(either, over=bits, kind="axiom")


# Counts


def test_count_for_every_n_up_to_four():
    result = shown(equal(T(n), n * (n + 1) / 2), over={n: (1, 2, 3, 4)})
    assert result.lead == "For $n = 1, 2, 3, 4,$"
    assert result.summary.startswith("proved in all 4 cases")
    assert "each count by a second program" in result.particulars[1]


def test_count_is_altered_by_one_and_to_its_neighbours():
    record = shown(equal(T(3), 6), equal(T(6), 21), over={}).record
    assert record["proof"] == "all 2 cases"
    assert record["scope"] == ""
    assert all(tried >= 8 for tried in record["equalities"])


@pytest.mark.parametrize("wrong", [5, 7, 10])
def test_wrong_count_is_refuted(wrong):
    with pytest.raises(Unproved, match="the left side is 6"):
        shown(equal(T(3), wrong), over={})


def test_two_programs_must_agree():
    off = counted("T", triangles, lambda n: n * (n + 1) // 2 + (n == 4))
    assert shown(equal(off(n), n * (n + 1) / 2), over={n: (1, 2, 3)})
    with pytest.raises(Unproved, match="the two ways disagree at n = 4"):
        shown(equal(off(n), n * (n + 1) / 2), over={n: (1, 2, 3, 4)})


def test_count_beyond_its_reach():
    with pytest.raises(ValueError, match="up to 6 only"):
        shown(equal(T(7), 28), over={})


def test_kink_within_a_kink():
    both = H(H(x + y - Rational(1, 2)) - H(x + y - Rational(3, 2)) - Rational(1, 2))
    assert shown(equal(both, x + y - 2 * x * y), over=bits).record["proof"] == "all 4 cases"


def test_operation_prints_between_and_means_its_definition():
    nand = operation("Nand", r"\barwedge", lambda x, y: H(Rational(3, 2) - x - y))
    result = shown(equal(nand(x, nand(x, y)), 1 - x + x * y), over=bits)
    assert r"x_{1} \barwedge \left(x_{1} \barwedge x_{2}\right) {}&= " in result.equations[0]
    with pytest.raises(Unproved, match="false"):
        shown(equal(nand(x, nand(y, x)), x * y), over=bits)
    within = {tex(2 * nand(x, y)), tex(nand(x, y) + 1), tex(nand(x, y) ** 2), tex(nand(x + y, y))}
    assert within == {
        r"2 \, \left(x_{1} \barwedge x_{2}\right)", r"\left(x_{1} \barwedge x_{2}\right) + 1",
        r"\left(x_{1} \barwedge x_{2}\right)^{2}", r"\left(x_{1} + x_{2}\right) \barwedge x_{2}",
    }  # fmt: skip


def test_operations_joined_otherwise_are_refuted():
    nand = operation("Nand", r"\barwedge", lambda x, y: H(Rational(3, 2) - x - y))
    xor = equal(nand(nand(x, nand(x, y)), nand(y, nand(x, y))), x + y - 2 * x * y)
    tried = {(name, side) for _, name, side, _ in _neighbours(xor, bits)}
    assert {
        ("x_1 for x_2", "left"),
        ("x_1 for Nand(x_1, x_2)", "left"),
        ("twice x1", "right"),
    } <= tried
    record = shown(xor, over=bits).record
    assert record["refuted"] == record["tried"] > 30
    one = equal(nand(x, nand(x, x)), 1)  # y can take the place of x there, if y is about
    assert shown(one, xor, over=bits).record["equalities"][0] >= 8
    same = shown(equal(nand(x, nand(x, y)), 1 - x + x * y), over=bits).record["equivalent"]
    assert [one["change"] for one in same] == [
        "x_2 for x_1 (2)"
    ]  # x ⊼ (y ⊼ y) is the same function


def test_long_range_is_cut_short():
    result = shown(equal(m * (m + 1) / 2, m**2 / 2 + m / 2), over={m: range(1, 10)})
    assert result.lead == r"For $m = 1, 2, \dots, 9,$"
    mixed = shown(equal((x + m) ** 2, x + m**2 + 2 * x * m), over={x: (0, 1), m: (1, 2)})
    assert mixed.lead == r"For every $x_{1} \in \{0, 1\}$ and $m = 1, 2,$"


def test_fractions_are_exact():
    assert exactly(x / 3 + y, {x: Rational(1, 7), y: Rational(2, 21)}) == Rational(1, 7)
    third = {x: (Fraction(1, 3), 1)}
    assert shown(equal((3 * x - 1) * (x - 1) + x + 2, x + 2), over=third).lead == (
        r"For every $x_{1} \in \{\frac{1}{3}, 1\},$"
    )


# nnlib's own code


def met_by(call):
    relation = equal(H(x + y - Rational(1, 2)), x + y - x * y)
    code = on_cases("nnlib.activations.relu", call, x, y)
    return shown(equal(relation.left, relation.right, code=code), over=bits)


def test_code_is_met_in_every_case():
    result = met_by(lambda relu, x, y: relu(x + y) - relu(x + y - 1))
    assert result.record["code"][0]["bound"] == "equal on floats in every case"
    assert "met by `nnlib.activations.relu`" in result.summary


def test_code_that_differs_or_is_not_called_is_refused():
    with pytest.raises(Unproved, match=r"gives 2 at x_1 = 1, x_2 = 1"):
        met_by(lambda relu, x, y: relu(x) + relu(y))
    with pytest.raises(Unproved, match="does not call it"):
        met_by(lambda relu, x, y: x + y - x * y)


@pytest.mark.parametrize("value", [0, -1, Rational(1, 2)])
def test_value_that_a_size_cannot_have(value):
    """SymPy has simplified (−1)²ⁿ to 1 for whole n, before any case is tried."""
    with pytest.raises(ValueError, match="assumed to be unlike"):
        shown(equal((-1) ** (2 * n) + n, 1 + n), over={n: (1, value)})


def test_one_program_is_no_second_witness():
    with pytest.raises(ValueError, match="two programs"):
        counted("T", triangles, triangles)
