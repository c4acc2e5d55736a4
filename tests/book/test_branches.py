"""The table of branches enters each proved result once, and counts what the ledger holds."""

import pytest
from conftest import ROOT

from nnlib.book import branches, ledger

RECORDS = ledger.read(ROOT)


def table(**labels):
    return {name: {"part": "words", "results": list(own)} for name, own in labels.items()}


def result(label, kind="theorem"):
    return {"label": label, "kind": kind, "chapter": "one"}


def test_every_proved_result_has_its_branch():
    counted = [r for _, own in branches.by_branch(RECORDS).values() for r in own]
    assert sorted(r["label"] for r in counted) == sorted(
        r["label"] for r in RECORDS if r["kind"] in ledger.PROVED
    )


def test_every_entry_is_a_result_of_the_book():
    entered = {label for _, branch in branches.read().items() for label in branch["results"]}
    assert entered - {r["label"] for r in RECORDS if r["kind"] in ledger.PROVED} == set()


def test_table_counts():
    found = branches.by_branch(
        [result("a"), result("b", "lemma"), result("c", "definition")],
        table(calculus="a", logic="b"),
    )
    assert {name: len(own) for name, (_, own) in found.items()} == {"calculus": 1, "logic": 1}


# Controls


def test_result_without_a_branch_is_named():
    with pytest.raises(ValueError, match=r"no branch of branches\.toml: b$"):
        branches.by_branch([result("a"), result("b")], table(calculus="a"))


def test_result_in_two_branches_is_named():
    with pytest.raises(ValueError, match=r"two branches, expected one: a$"):
        branches.by_branch([result("a")], table(calculus="a", logic="a"))
