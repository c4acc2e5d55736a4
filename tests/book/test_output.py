"""One result in four forms, each whole, and its record beside them."""

import re
from html.parser import HTMLParser

import pytest
from sympy import Derivative, Piecewise, exp

from nnlib.book import (
    answer,
    array,
    derive,
    equal,
    function,
    index,
    named,
    prove,
    real,
    refute,
    size,
)
from nnlib.book.output import ALIGN, RECORD

z = real("z")
n, j = size("n"), index("j")
sigma = function(r"\sigma", lambda z: 1 / (1 + exp(-z)))
v = array("v", n)
STATEMENT = equal(sigma.derivative(z), sigma(z) * (1 - sigma(z)))
RESULT = derive(
    "sigmoid-derivative", "Derivative of the sigmoid", STATEMENT,
    ("definition of $\\sigma$", Derivative(1 / (1 + exp(-z)), z)),
    ("chain rule", exp(-z) / (1 + exp(-z)) ** 2),
    uses=["elsewhere"],
)  # fmt: skip
TWO = prove("two", "Two relations", STATEMENT, equal(2 * v, v + v))


class Balanced(HTMLParser):
    """Every tag that opens, closes."""

    def __init__(self, html):
        super().__init__()
        self.open = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def forms(result):
    return result._repr_mimebundle_()


@pytest.mark.parametrize("form", ["text/plain", "text/html", "text/latex", "text/markdown"])
@pytest.mark.parametrize("result", [RESULT, TWO], ids=["derived", "proved"])
def test_each_form_holds_the_statement_and_no_mark(form, result):
    text = forms(result)[form]
    assert result.title in text
    assert ALIGN not in text or "aligned" in text
    if form != "text/html":
        assert r"\sigma'(z)" in text


def test_every_form_holds_every_step():
    for form, text in forms(RESULT).items():
        if form != RECORD:
            assert "chain rule" in text


def test_myst_is_a_numbered_theorem_with_a_numbered_equation():
    lines = RESULT.myst().splitlines()
    assert lines[:2] == [
        "```````{prf:theorem} Derivative of the sigmoid",
        ":label: sigmoid-derivative",
    ]
    assert ":label: eq-sigmoid-derivative" in lines
    assert "- Rests on {prf:ref}`elsewhere`." in lines


def test_fences_close():
    """Each fence opens inside a longer one, and closes before that does."""
    for result in (RESULT, TWO):
        stack = []
        for fence in re.findall(r"^(`{5,}|:{5,})", result.myst(), re.MULTILINE):
            if stack and fence == stack[-1]:
                stack.pop()
            else:
                stack.append(fence)
                assert sorted(stack, key=len, reverse=True) == stack
        assert stack == []


def test_html_is_whole():
    for result in (RESULT, TWO):
        assert Balanced(result.html()).open == []
        assert result.html().count("<math") >= 1


def test_record_is_what_the_ledger_reads():
    record = forms(RESULT)[RECORD]
    assert record == RESULT.record
    assert {"label", "title", "kind", "statement", "scope", "proof", "code", "tried", "refuted",
            "equivalent", "uses", "equalities"} <= set(record)  # fmt: skip


def test_an_ampersand_of_the_statement_is_kept():
    pieces = Piecewise((z, z > 0), (0, True))
    shown = prove("pieces", "Pieces", equal(named("p", pieces)[()] * 2, pieces * 2)).displayed
    assert r"z & \text{for}" in shown
    both = prove(
        "pieces", "Pieces", equal(pieces * 2, named("p", pieces)[()] * 2), STATEMENT
    ).displayed
    assert both.count(ALIGN + "=") == 2
    assert r"z & \text{for}" in both


def test_answer_and_refutation_have_no_number():
    assert ":label:" not in answer("ex-double", equal(2 * v, v + v)).myst()
    shown = refute(equal(sigma(-z), -sigma(z)))
    assert ":label:" not in shown.myst()
    assert forms(shown).get(RECORD) is None


def test_a_refutation_without_letters_names_no_place():
    assert refute(equal(1, exp(0) + 1)).summary == "The left side is $1.0$, the right side $2.0$."
