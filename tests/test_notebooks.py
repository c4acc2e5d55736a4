"""What strict nbval lets through: notebooks never run, stripped, mistagged, or with typed equations."""

import json
import re

import pytest
from conftest import ROOT

NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))
PAGES = sorted((ROOT / "chapters").glob("*.md"))
KNOWN_TAGS = {"hide-input", "remove-input", "raises-exception"}

LITERAL = re.compile(r"^(`{3,}|~{3,})(?!`*\{)[^\n]*\n.*?^\1|`[^`\n]+`", re.MULTILINE | re.DOTALL)
DISPLAY = re.compile(r"\$\$|\\\[|\\begin\{|\{math\}|\{(?:prf|proof):(?:theorem|lemma|definition)")


def typed_equations(markdown):
    """Displayed mathematics typed into a text, outside what is quoted as code."""
    return DISPLAY.findall(LITERAL.sub("", markdown))


def faults_of_output(output, cell):
    data, mystnb = output.get("data", {}), cell["metadata"].get("mystnb", {})
    if any(form.startswith("image/") for form in data):
        if not mystnb.get("image", {}).get("alt", "").strip():
            yield "a figure without alternative text (metadata mystnb.image.alt)"
        if not mystnb.get("figure", {}).get("caption", "").strip():
            yield "a figure without a caption (metadata mystnb.figure.caption)"
    if "text/latex" in data and "text/markdown" not in data:
        yield "an equation that is shown but is no result: it has no Markdown form"


def faults(notebook):
    """Everything a stored notebook of this book must not be, one sentence a fault."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for expected, cell in enumerate(code, start=1):
        source, tags = "".join(cell["source"]), set(cell["metadata"].get("tags", []))
        where = f"code cell {expected} ({source[:40]!r}): "
        if not source.strip():
            yield where + "empty"
        if (count := cell["execution_count"]) != expected:
            yield where + f"its execution count is {count}, expected {expected}: run them all anew"
        if unknown := tags - KNOWN_TAGS:
            yield where + f"unknown tags {sorted(unknown)}; known are {sorted(KNOWN_TAGS)}"
        if "execution" in cell["metadata"]:
            yield where + "holds the time of its run: `make run` leaves it out"
        raised = any(output["output_type"] == "error" for output in cell["outputs"])
        if raised != ("raises-exception" in tags):
            yield where + f"raised an error: {raised}, tagged raises-exception: {not raised}"
        for output in cell["outputs"]:
            yield from (where + fault for fault in faults_of_output(output, cell))
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and (typed := typed_equations(text)):
            yield f"{typed} typed in {text[:40]!r}: a displayed equation is the output of a cell"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_stored_as_it_ran(path):
    assert list(faults(json.loads(path.read_text("utf-8")))) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page_types_no_equation(path):
    assert typed_equations(path.read_text("utf-8")) == []


def notebook(source="1 + 1", count=1, outputs=(), markdown="Words, $x$ and `$$`.", **metadata):
    """The smallest notebook, with what is to be tampered with."""
    cell = {"cell_type": "code", "source": source, "execution_count": count, "metadata": metadata}
    text = {"cell_type": "markdown", "source": markdown, "metadata": {}}
    return {"cells": [text, {**cell, "outputs": list(outputs)}]}


ERROR = {"output_type": "error", "ename": "ValueError"}
FIGURE = {"output_type": "display_data", "data": {"image/svg+xml": "<svg/>"}}
EQUATION = {"output_type": "execute_result", "data": {"text/plain": "x", "text/latex": "$x$"}}
NAMED = {"image": {"alt": "A line."}, "figure": {"caption": "A line."}}

SOUND = {
    "plain": notebook(),
    "expected error": notebook(outputs=[ERROR], tags=["raises-exception"]),
    "figure": notebook(outputs=[FIGURE], mystnb=NAMED),
    "quoted": notebook(markdown="Not like this:\n\n```latex\n$$x$$\n```\n"),
}
TAMPERED = {
    "never run": (notebook(count=None), "execution count is None"),
    "out of order": (notebook(count=7), "execution count is 7"),
    "empty cell": (notebook(source=" "), "empty"),
    "misspelt tag": (notebook(tags=["hide_input"]), "unknown tags"),
    "timed": (notebook(execution={}), "time of its run"),
    "error": (notebook(outputs=[ERROR]), "raised an error: True"),
    "no error": (notebook(tags=["raises-exception"]), "raised an error: False"),
    "no alternative text": (
        notebook(outputs=[FIGURE], mystnb={"figure": {"caption": "A"}}),
        "without alternative text",
    ),
    "no caption": (notebook(outputs=[FIGURE], mystnb={"image": {"alt": "A"}}), "without a caption"),
    "shown equation": (notebook(outputs=[EQUATION]), "no Markdown form"),
    "dollars": (notebook(markdown="$$\nx = 1\n$$"), "typed"),
    "brackets": (notebook(markdown=r"\[ x \]"), "typed"),
    "directive": (notebook(markdown="```{math}\nx\n```"), "typed"),
    "environment": (notebook(markdown=r"\begin{align}x\end{align}"), "typed"),
    "theorem": (notebook(markdown="```{prf:theorem} Mine\n$x$\n```"), "typed"),
}


@pytest.mark.parametrize("name", SOUND)
def test_guard_accepts(name):
    assert list(faults(SOUND[name])) == []


@pytest.mark.parametrize("name", TAMPERED)
def test_guard_rejects(name):
    tampered, message = TAMPERED[name]
    found = list(faults(tampered))
    assert len(found) == 1
    assert message in found[0]
