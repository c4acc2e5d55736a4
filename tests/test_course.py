"""The page for studying the book: its plan covers every chapter, and names no section that is not there."""

import json
import re

import pytest
from conftest import ROOT
from test_mathematics import NOTATION, broken, displays, unknown

from nnlib.book import ledger

CELLS = json.loads((ROOT / "chapters/course.ipynb").read_text("utf-8"))["cells"]
TEXT = "\n\n".join("".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "markdown")
CHAPTERS = [stem for stem in ledger.chapters(ROOT) if ledger.of_chapter(ROOT, stem)]


def section(text, heading):
    """What stands under a heading."""
    return re.split(r"^## ", text.partition(f"## {heading}\n")[2], flags=re.MULTILINE)[0]


def headings(stem):
    """The headings of a chapter, below its title."""
    cells = json.loads((ROOT / f"chapters/{stem}.ipynb").read_text("utf-8"))["cells"]
    text = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return set(re.findall(r"^#{2,3} (.+)$", text, re.MULTILINE))


def lost_sections(text, known):
    """Sections that a text names, “so”, and that no chapter has."""
    return [name for name in re.findall(r"“([^”]+)”", text) if name not in known]


def unplanned(text, stems):
    """Chapters that a text does not send its reader to."""
    return [stem for stem in stems if f"{{doc}}`{stem}`" not in text]


def test_sections_named_are_there():
    known = set().union(*map(headings, CHAPTERS))
    assert "“" in TEXT
    assert lost_sections(TEXT, known) == []


def test_every_chapter_has_its_weeks():
    assert unplanned(section(TEXT, "Learning alone"), CHAPTERS) == []


def test_weeks_are_in_order():
    weeks = re.findall(r"^Week (\d+)$", TEXT, re.MULTILINE)
    assert [int(week) for week in weeks] == list(range(1, len(weeks) + 1))
    assert len(weeks) > len(CHAPTERS)


def test_every_question_asks_for_something_needed():
    asked = re.findall(r"^:label: (\S+)$", TEXT, re.MULTILINE)
    needed = re.findall(r"\{ref\}`([^`]+)`", section(TEXT, "What you need"))
    assert len(asked) == len(set(asked)) == 8  # the page says eight, and six to begin
    assert set(needed) == set(asked)


def test_every_question_has_its_box_hint_and_solution():
    for label in re.findall(r"^:label: (\S+)$", TEXT, re.MULTILINE):
        exercise = re.search(rf"````\{{exercise\}}[^\n]*\n:label: {label}\n.*?\n````\n", TEXT + "\n", re.DOTALL)  # fmt: skip
        assert f"```{{box}} {label}\n" in exercise[0]
        assert "```{dropdown} Hint\n" in exercise[0]
        assert f"```{{solution-start}} {label}\n" in TEXT


def test_mathematics_of_the_solutions():
    assert list(unknown(CELLS, NOTATION)) == []
    texts = ["".join(out.get("data", {}).get("text/markdown", ""))
             for cell in CELLS for out in cell.get("outputs", [])]  # fmt: skip
    shown = [tex for text in texts for tex in displays(text)]
    assert len(shown) >= 8
    assert {tex: broken(tex) for tex in shown if broken(tex)} == {}


# Controls


def test_lost_section_is_found():
    assert lost_sections("Read “Mish”, then “Mosh”.", {"Mish"}) == ["Mosh"]


@pytest.mark.parametrize("text", ["", "Read {doc}`ant`.", "Read bee."])
def test_chapter_without_its_weeks_is_found(text):
    assert "bee" in unplanned(text, ["ant", "bee"])
