"""The table that traces the source article names no section that is not there."""

import re

import pytest
from conftest import ROOT
from test_course import headings

PAGE = (ROOT / "chapters/corrections.md").read_text("utf-8")
ROWS = PAGE.partition("## Sentence by sentence")[2]


def lost(text):
    """(chapter, section) pairs that a text names, {doc}`chapter`, “section”, and that the chapter lacks."""
    named = re.findall(r"\{doc\}`([\w-]+)`, ((?:“[^”]+”(?: and )?)+)", text)
    pairs = [
        (stem, section) for stem, quoted in named for section in re.findall("“([^”]+)”", quoted)
    ]
    return [(stem, section) for stem, section in pairs if section not in headings(stem)]


def test_sections_are_there():
    assert lost(PAGE) == []


def test_every_claim_is_traced():
    rows = [line for line in ROWS.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 15
    assert [row for row in rows if "{doc}`" not in row] == []


# Control


@pytest.mark.parametrize(
    "name", ["“No such section”", "“A sum, a bias, a bend” and “No such section”"]
)
def test_lost_section_is_named(name):
    assert lost(f"{{doc}}`neurons`, {name}") == [("neurons", "No such section")]
