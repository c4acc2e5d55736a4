"""The pages of nnlib: every public name, its formula, its errors, its source, and the results it met."""

import ast
import io
import re
import sys
from contextlib import redirect_stdout
from importlib import import_module

import pytest
from conftest import ROOT
from docutils.core import publish_doctree
from test_imports import FLOORS, MODULES

sys.path.insert(0, str(ROOT / "assets"))
import book_api

SHOWN = [module for module in MODULES if module != "checks"]
OVERVIEW = (ROOT / "chapters" / "nnlib.md").read_text("utf-8")


def public(body):
    """(name, node) of what a module or a class defines for others, by its source alone."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Assign):
            yield from ((name.id, node) for name in node.targets if isinstance(name, ast.Name))


def definitions():
    """(full name, node) of every public name of nnlib, methods included."""
    for module in SHOWN:
        tree = ast.parse((ROOT / "nnlib" / f"{module}.py").read_text("utf-8"))
        for name, node in public(tree.body):
            inner = public(node.body) if isinstance(node, ast.ClassDef) else ()
            for full, one in [(name, node), *((f"{name}.{part}", one) for part, one in inner)]:
                if not re.search(r"(^|\.)_", full):
                    yield f"nnlib.{module}.{full}", one


DEFINITIONS = dict(definitions())
DOCUMENTED = {n: d for n, d in DEFINITIONS.items() if not isinstance(d, ast.Assign)}


# ── the overview ───────────────────────────────────────────────────────────────────────────────────


def test_every_module_is_in_the_contents():
    contents = (ROOT / "_toc.yml").read_text("utf-8")
    assert set(re.findall(r"chapters/nnlib-(\w+)", contents)) == set(SHOWN)


def test_overview_names_the_floors():
    rows = re.findall(r"^\| \d \| (.*) \|$", OVERVIEW, re.MULTILINE)
    assert [set(re.findall(r"\w+", row)) for row in rows] == list(FLOORS)


def test_examples_of_the_overview_do_what_they_show():
    scope, blocks = {}, re.findall(r"```python\n(.*?)```\n+```text\n(.*?)```", OVERVIEW, re.DOTALL)
    assert len(blocks) == OVERVIEW.count("```python") == 3
    for code, shown in blocks:
        with redirect_stdout(io.StringIO()) as said:
            try:
                exec(code, scope)  # noqa: S102
            except ValueError as error:
                print(f"ValueError: {error}")
        assert said.getvalue() == shown


# ── what a docstring must say ───────────────────────────────────────────────────────────────────

NO_FORMULA = ("nnlib.datasets", "nnlib.training")  # data and files have no chapter to come from


def refuses(node):
    """The errors a function raises itself, and "any" where it asks one of nnlib.checks to."""
    for part in ast.walk(node):
        if isinstance(part, ast.Raise) and isinstance(part.exc, ast.Call):
            yield part.exc.func.id
        called = part.func if isinstance(part, ast.Call) else None
        if (getattr(called, "id", None) or getattr(called, "attr", "")).startswith("require_"):
            yield "Raise"


def faults(node, around=""):
    """What the docstring of a function leaves out, and those around it, of its class and module."""
    text = ast.get_docstring(node) or ""
    if not text:
        yield "no docstring"
    text += around
    if isinstance(node, ast.FunctionDef) and "Raises as" not in text:
        yield from (error for error in sorted(set(refuses(node))) if error not in text)
    if not re.search(r"\bchapters? [a-z-]+|\b(?:18|19|20)\d\d\b", text):
        yield "no source"


@pytest.mark.parametrize("name", DOCUMENTED)
def test_docstring_says_what_it_must(name):
    module = import_module(".".join(name.split(".")[:2]))
    parent = DOCUMENTED.get(name.rpartition(".")[0])
    around = module.__doc__ + (ast.get_docstring(parent) if parent else "")
    found = [fault for fault in faults(DOCUMENTED[name], around)
             if fault != "no source" or module.__name__ not in NO_FORMULA]  # fmt: skip
    assert found == []


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("def f(x): return x", ["no docstring", "no source"]),
        ('def f(x):\n "x. Source: chapter a."\n raise TypeError("no")', ["TypeError"]),
        ('def f(x):\n "x. Source: Gauss 1809."\n require_count("x", x)', ["Raise"]),
        ('def f(x):\n "x. Raises TypeError."\n raise TypeError("no")', ["no source"]),
    ],
)
def test_fault_of_a_docstring_is_seen(source, missing):
    assert list(faults(ast.parse(source).body[0])) == missing


# ── from a docstring to a page ──────────────────────────────────────────────────────────────────


def plain(lines):
    """The words that docutils reads in reStructuredText, which must be free of warnings."""
    tree = publish_doctree("\n".join(lines), settings_overrides={"halt_level": 2})
    return "".join(tree.astext().split())


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_character_of_a_docstring_is_printed(name):
    text = ast.get_docstring(DOCUMENTED[name])
    lines = [line for one in book_api.paragraphs(text) for line in book_api.written(one, set())]
    raised = str.maketrans("", "", "`_^{}() \n")  # what an index or an exponent may lose
    assert plain(lines).translate(raised) == text.translate(raised)


@pytest.mark.parametrize(
    "text",
    [
        "|d|, a * b * c, W_ and n_out",
        "d.",
        "- η g",
        r"a\b",
        ":x: y::",
        "*all*",
        "(i) ends",
        "__x__",
    ],
)
def test_nothing_in_a_docstring_is_markup(text):
    assert plain(book_api.written(text, set())) == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("n_{l−1} + n_L", "n<sub>l−1</sub> + n<sub>L</sub>"),
        ("e^(−|x|)/2 + e^min(x, 0)", "e<sup>−|x|</sup>/2 + e<sup>min(x, 0)</sup>"),
        ("f^⌊k / every⌋ η_k.", "f<sup>⌊k / every⌋</sup> η<sub>k</sub>."),
        ("n_out and ``n_l``", "n_out and <tt>n_l</tt>"),
    ],
)
def test_indices_and_exponents(text, html):
    (paragraph,) = publish_doctree("\n".join(book_api.written(text, set())))
    tags = {"subscript": "sub", "superscript": "sup", "literal": "tt"}
    assert html == "".join(
        f"<{tags[part.tagname]}>{part.astext()}</{tags[part.tagname]}>"
        if part.tagname in tags
        else part.astext()
        for part in paragraph
    )


def test_unescaped_markup_would_be_seen():
    assert plain([r"a\b and *all*"]) != r"a\band*all*"


def test_sentences_of_errors_and_sources_stand_alone():
    text = "x². Raises ValueError\nwhere x is 0. Source: Gauss 1809.\n\nThe end; it raises nothing."
    assert list(book_api.paragraphs(text)) == [
        "x².",
        "Raises ValueError where x is 0.",
        "Source: Gauss 1809.",
        "The end; it raises nothing.",
    ]


def test_only_chapters_that_exist_are_linked():
    text = "The chapter dawn. Source: chapters dawn and dusk-light, noon; chapter night; dawn."
    dawn, dusk = ":doc:`dawn <dawn>`", ":doc:`dusk-light <dusk-light>`"
    assert book_api.linked(text, {"dawn", "dusk-light"}) == (
        f"The chapter {dawn}. Source: chapters {dawn} and {dusk}, noon; chapter night; dawn."
    )


def table(tmp_path, monkeypatch, rows):
    """A module made of these rows."""
    (tmp_path / "rows.py").write_text(ROWS + rows)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "rows", raising=False)
    return import_module("rows")


ROWS = '''
from dataclasses import dataclass
import numpy as np

@dataclass
class Row:
    name: str
    value: object
    slope: object = None

def make(size):
    return Row("made", abs, abs)

def _square(x):
    """x²."""

'''


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('Row("row", _square, lambda x: 2 * x)', "``.value``: x².\n\n``.slope``: ``2 * x``."),
        ('Row("row", np.tanh, slope=_square)', "``.value``: ``np.tanh``.\n\n``.slope``: x²."),
        ("make(size=2)", "``make(size=2)``"),
    ],
)
def test_a_row_says_what_its_functions_say(row, said, tmp_path, monkeypatch):
    assert book_api.formulas(table(tmp_path, monkeypatch, f"row = {row}\n"), "row") == said


def test_results_are_gathered_by_what_they_met():
    names = "nnlib.costs.huber", "nnlib.costs.huber.gradient", "nnlib.Network.predict"
    code = [{"name": name, "bound": f"within {n}"} for n, name in enumerate(names)]
    record = {"label": "one", "title": "A *title*", "kind": "measurement", "code": code}
    met = book_api.results_met([record])
    assert met == {
        "nnlib.costs.huber": [(record, "within 0; `.gradient` within 1")],
        "nnlib.network.Network.predict": [(record, "within 2")],
    }
    (line,) = (x for x in book_api.listed(met["nnlib.costs.huber"]) if ":prf:ref:" in x)
    assert line.strip() == (
        r"- Measured in :prf:ref:`one`, A \*title\*: within 0; ``.gradient`` within 1"
    )
    assert book_api.listed([]) == []


@pytest.mark.parametrize(
    ("signature", "shown"),
    [
        ("(a, b=<function C.<lambda>>, c=None)", "(a, b=…, c=None)"),
        ("(a, *, b=<f at 0x7f>)", "(a, *, b=…)"),
        ("(a, b=complex_step)", "(a, b=complex_step)"),
        (None, None),
    ],
)
def test_signature_shows_no_address(signature, shown):
    event = None, "function", "f", None, None, signature, None
    assert book_api.without_addresses(*event) == (shown, None)
