"""The ledger: what the chapters' stored outputs claim, counted, and nothing claimed without its check."""

import json
import re

import pytest
from conftest import ROOT

from nnlib.book import array, define, equal, exhaust, ledger, measure, named, prove, real, size
from nnlib.book.output import RECORD
from nnlib.book.proofs import FEWEST

RECORDS = [r for stem in ledger.chapters(ROOT) for r in ledger.of_chapter(ROOT, stem)]
PROOFS = (
    r"symbolic|argument, [1-9]\d* steps? checked|all [1-9]\d* cases"
    r"|definition|measured|taken from analysis: .+"
)
# Elements, matrices and functions of z have a scope, unless a limit or a condition beside them is one.
FOR_SOMETHING = re.compile(r"^(?!.*(?:\\lim|\\int|\\qquad \()).*(?:_\{\w\w?\}|\([a-z]\)|\\top)")


def each(test):
    return pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["label"])(test)


def test_book_has_its_results():
    assert len(RECORDS) >= 45


def test_labels_are_unique_and_every_foundation_is_in_the_book():
    assert ledger.read(ROOT) == RECORDS


@each
def test_result_says_how_it_is_known(record):
    assert re.fullmatch(PROOFS, record["proof"])
    if record["proof"] == "symbolic" or record["proof"].startswith(("argument", "all ")):
        assert record["kind"] in ledger.PROVED
        assert record["methods"]
    else:
        kind = {"d": "definition", "m": "measurement", "t": "axiom"}[record["proof"][0]]
        assert record["kind"] == kind


@each
def test_result_states_something_for_something(record):
    assert record["title"]
    assert record["statement"] or record["kind"] == "measurement"
    assert record["scope"] or not FOR_SOMETHING.search(record["statement"])


@each
def test_alterations_are_all_accounted_for(record):
    if record["kind"] in ("definition", "measurement"):
        return
    assert all(tried >= FEWEST for tried in record["equalities"])
    assert record["refuted"] + len(record["equivalent"]) == record["tried"] > 0
    assert all(one["reason"] for one in record["equivalent"])


@each
def test_code_that_was_met_has_a_name_and_a_bound(record):
    for met in record["code"]:
        assert met["name"].startswith("nnlib.")
        assert met["bound"]


# The ledger itself, on small books

z = real("z")
PROVED = prove("square", "A square", equal((z + 1) ** 2, z**2 + 2 * z + 1), uses=["name"])
NAME = define("name", "A <name>", equal(named("h", 2 * z), 2 * z))
MEASURED = measure("time", "A time", "Words.", 0.5, below=1, code=["nnlib.layers.dense"])


def book(path, **chapters):
    """A book of notebooks that hold these results."""
    (path / "chapters").mkdir()
    lines = "".join(f"      - file: chapters/{stem}\n" for stem in chapters)
    (path / "_toc.yml").write_text("format: jb-book\nparts:\n  - chapters:\n" + lines)
    for stem, results in chapters.items():
        heading = {"cell_type": "markdown", "source": [f"# The {stem}\n", "\n", "Words."]}
        cells = [{"cell_type": "code", "source": "", "outputs": [{"data": r._repr_mimebundle_()}]}
                 for r in results]  # fmt: skip
        notebook = json.dumps({"cells": [heading, *cells]})
        (path / "chapters" / f"{stem}.ipynb").write_text(notebook)
    return path


@pytest.fixture
def records(tmp_path):
    return ledger.read(book(tmp_path, zebra=[NAME], ant=[PROVED, MEASURED]))


def test_order_is_that_of_the_book(records):
    found = [(r["chapter"], r["heading"], r["label"]) for r in records]
    assert found == [
        ("zebra", "The zebra", "name"),
        ("ant", "The ant", "square"),
        ("ant", "The ant", "time"),
    ]


def test_lost_foundation_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"square \(chapter ant\) uses name; no result"):
        ledger.read(book(tmp_path, ant=[PROVED]))


def test_circle_is_named(tmp_path):
    closing = define("name", "A name", equal(named("h", 2 * z), 2 * z))
    closing.record["uses"] = ["square"]
    with pytest.raises(ValueError, match=r"rest on themselves: .+ → "):
        ledger.read(book(tmp_path, ant=[PROVED, closing]))


def test_label_used_twice_is_named(tmp_path):
    with pytest.raises(ValueError, match="more than one result: name"):
        ledger.read(book(tmp_path, ant=[NAME], bee=[NAME]))


def test_counts(records):
    rows = ledger.counts(records).myst.splitlines()
    assert [cell.strip() for cell in rows[2].split("|")[1:-1]] == [
        "[](./zebra)", "1", "0", "0", "0", "0", "0", "0",
    ]  # fmt: skip
    tried, refuted = PROVED.record["tried"], PROVED.record["refuted"]
    total = ["**All**", "1", "1", "0", "1", tried, refuted, tried - refuted]
    assert [c.strip(" *") for c in rows[-1].split("|")[1:-1]] == [str(c).strip("*") for c in total]


def test_ledger_has_an_entry_for_each_result(records):
    text = ledger.ledger(records).myst
    for record in records:
        assert text.count(f"{{prf:ref}}`{record['label']}`") == 1
    assert re.findall(r"\{rubric\} (.+)", text) == ["The zebra", "The ant"]
    assert "`nnlib.layers.dense` below 1" in text
    assert f"{PROVED.record['refuted']} of {PROVED.record['tried']} alterations refuted" in text


def test_index_is_in_the_order_of_the_alphabet(records):
    titles = re.findall(r"^(.+), \{prf:ref\}", ledger.index(records).myst, re.MULTILINE)
    assert titles == ["A <name>", "A square", "A time"]


def test_chosen_results_are_shown_in_their_order(records):
    page = ledger.entries(records, ["name", "square"]).myst
    assert re.findall(r"\{prf:ref\}`([\w-]+)`", page) == ["name", "square"]


def test_result_that_is_not_there_is_named(records):
    with pytest.raises(ValueError, match=r"^no result of the book is labelled nowhere$"):
        ledger.entries(records, ["name", "nowhere"])


def test_picture_links_each_result_and_draws_each_arc(records):
    page = ledger.picture(records)
    assert re.findall(r'href="([^"]+)"', page.html) == [
        "zebra.html#name",
        "ant.html#square",
        "ant.html#time",
    ]
    assert page.html.count("<path ") == 1
    assert page.html.count("<circle ") == 3
    assert "A &lt;name&gt;" in page.html
    assert page.html in page.myst


TASKS = """# The ant

## Here

Words.

## Exercises

````{exercise} One
:label: ex-one

```{box} ex-one
$x =$
```
````

```{exercise-start} Two
:label: ex-two
```

```{exercise-end}
```

```{solution-start} ex-two
```

Not one: `{exercise} Three`.
"""


def tasked(path):
    """A small book, a chapter of which has sections and exercises."""
    root = book(path, zebra=[NAME], ant=[PROVED, MEASURED])
    notebook = root / "chapters/ant.ipynb"
    cells = json.loads(notebook.read_text())["cells"]
    cells[0]["source"] = [TASKS]
    notebook.write_text(json.dumps({"cells": cells}))
    return root


def test_tasks_are_counted(tmp_path):
    root = tasked(tmp_path)
    assert ledger.tasks(root, "ant") == (2, 1)
    assert ledger.tasks(root, "zebra") == (0, 0)


def test_workload(tmp_path):
    root = tasked(tmp_path)
    rows = ledger.workload(ledger.read(root), root).myst.splitlines()
    assert rows[2:] == ["| [](./zebra) | 0 | 0 | 1 | 0 | 0 |", "| [](./ant) | 1 | 0 | 0 | 2 | 1 |"]


def test_result_for_every_size_is_counted(tmp_path):
    n = size("n")
    x = array("x", n)
    sized = prove("twice", "Twice", equal(x + x + 2 * x, 4 * x))
    root = book(tmp_path, ant=[sized, PROVED], zebra=[NAME])
    assert "| [](./ant) | 2 | 1 | 0 |" in ledger.workload(ledger.read(root), root).myst


def test_section_is_the_last_heading_before_the_result(tmp_path):
    found = {r["label"]: r["section"] for r in ledger.read(tasked(tmp_path))}
    assert found == {"name": "", "square": "Exercises", "time": "Exercises"}


def test_foundations_name_what_a_chapter_rests_on_and_what_bears_nothing(records):
    here = {"name": "Names", "square": "Squares", "time": "Times"}
    placed = [record | {"section": here[record["label"]]} for record in records]
    zebra, ant = ledger.foundations(placed).myst.split("\n\n")
    assert zebra == "[](./zebra)\n: Rests on no other chapter. No proof elsewhere rests on: none."
    assert ant == (
        "[](./ant)\n: Rests on {prf:ref}`name`. No proof elsewhere rests on: *Squares*; *Times*."
    )


def test_ledger_says_in_how_many_cases(tmp_path):
    tried = exhaust("bits", "Bits", equal((z + 1) ** 2, 3 * z + 1), over={z: (0, 1)})
    text = ledger.ledger(ledger.read(book(tmp_path, ant=[tried]))).myst
    assert "proved in all 2 cases · " in text
    assert r"For every $z \in \{0, 1\},$" in text
    assert re.fullmatch(PROOFS, tried.record["proof"])


def test_answers_are_not_counted(tmp_path):
    from nnlib.book import answer

    shown = answer("ex-square", equal((z + 1) ** 2, z**2 + 2 * z + 1))
    assert RECORD in shown._repr_mimebundle_()
    assert ledger.read(book(tmp_path, ant=[shown])) == []
