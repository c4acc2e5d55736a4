"""A chapter to take away: plain in a local build; in a published one, with the cell that installs."""

import json
import sys
from types import SimpleNamespace

import nbformat
import pytest
from conftest import ROOT
from IPython.core.inputtransformer2 import TransformerManager

sys.path.insert(0, str(ROOT / "assets"))
import book_notebooks

STORED = {path.stem: path.read_text("utf-8") for path in (ROOT / "chapters").glob("*.ipynb")}
NEED_ALL = {"course", "derivative-table", "results", "training"}


@pytest.fixture
def local(monkeypatch):
    monkeypatch.delenv("BOOK_REPOSITORY", raising=False)
    monkeypatch.delenv("BOOK_REVISION", raising=False)


@pytest.fixture
def published(monkeypatch):
    monkeypatch.setenv("BOOK_REPOSITORY", "owner/book")
    monkeypatch.setenv("BOOK_REVISION", "0123abc")


def test_local_notebooks_are_the_stored_bytes(local, tmp_path):
    book_notebooks.write(tmp_path / "notebooks")
    stored = {path.name: path.read_bytes() for path in (ROOT / "chapters").glob("*.ipynb")}
    assert {path.name: path.read_bytes() for path in tmp_path.glob("notebooks/*")} == stored


def test_local_pages_offer_nothing_that_needs_an_address(local):
    assert all(book_notebooks.ways(name, text) == [] for name, text in STORED.items())


def offered(page):
    """(label, address, whether it is a download) of what a page offers."""
    context = {"pathto": lambda file, resource: f"../{file}"}
    book_notebooks.offer(SimpleNamespace(srcdir=ROOT), page, "page.html", context, "a doctree")
    return [(label, href, download) for label, _, href, download in context.get("takeaway", [])]


def test_local_page_offers_its_notebook_and_a_page_of_text_none(local):
    assert offered("chapters/neurons") == [("Notebook", "../notebooks/neurons.ipynb", True)]
    assert offered("chapters/index") == []


def test_published_page_offers_three_ways(published):
    assert [label for label, *_ in offered("chapters/neurons")] == ["Notebook", "Colab", "Binder"]
    assert offered("chapters/index") == []


def faults(text, stored):
    """What is wrong with a notebook to be taken away, beside the one that is stored."""
    notebook, before = json.loads(text), json.loads(stored)
    why, install, *rest = notebook.pop("cells")
    try:
        nbformat.validate(nbformat.reads(text, as_version=4))
    except nbformat.ValidationError as error:
        yield f"it is no notebook: {error.message}"
    if rest != before.pop("cells") or notebook != before:
        yield "more has changed than the first cells"
    if "github.com/owner/book)" not in why["source"]:
        yield "it does not say where nnlib comes from"
    if '"git+https://github.com/owner/book@0123abc"' not in install["source"]:
        yield "it does not install nnlib as of this revision"
    compile(TransformerManager().transform_cell(install["source"]), "install", "exec")


@pytest.mark.parametrize("name", STORED)
def test_published_notebook_installs_and_is_else_unchanged(published, name):
    assert list(faults(book_notebooks.taken(STORED[name]), STORED[name])) == []


def tampered(alter):
    notebook = json.loads(book_notebooks.taken(STORED["neurons"]))
    alter(notebook["cells"])
    return json.dumps(notebook)


@pytest.mark.parametrize(
    ("alter", "fault"),
    [
        (lambda cells: cells[1].pop("outputs"), "no notebook"),
        (lambda cells: cells.pop(), "more has changed"),
        (lambda cells: cells[0].update(source="Run the next cell."), "where nnlib comes from"),
        (lambda cells: cells[1].update(source="%pip install nnlib"), "as of this revision"),
    ],
    ids=["invalid", "a cell lost", "no reason", "another nnlib"],
)
def test_faults_of_a_published_notebook_are_found(published, alter, fault):
    (found,) = faults(tampered(alter), STORED["neurons"])
    assert fault in found


def test_published_pages_offer_what_runs(published):
    labels = {
        name: [label for label, *_ in book_notebooks.ways(name, text)]
        for name, text in STORED.items()
    }
    assert {name for name in labels if labels[name] == ["Binder"]} == NEED_ALL
    assert {tuple(labels[name]) for name in STORED.keys() - NEED_ALL} == {("Colab", "Binder")}


def test_addresses(published):
    (*_, colab), (*_, binder) = book_notebooks.ways("neurons", STORED["neurons"])
    assert colab == (
        "https://colab.research.google.com/github/owner/book/blob/notebooks/neurons.ipynb"
    )
    assert (
        binder == "https://mybinder.org/v2/gh/owner/book/0123abc?labpath=chapters%2Fneurons.ipynb"
    )


def test_repository_without_revision_is_an_error(published, monkeypatch):
    monkeypatch.delenv("BOOK_REVISION")
    with pytest.raises(KeyError, match="BOOK_REVISION"):
        book_notebooks.taken(STORED["neurons"])


def test_only_what_reads_the_whole_book_says_that_it_must(published):
    said = {name for name in STORED if "reads all chapters" in book_notebooks.taken(STORED[name])}
    assert said == NEED_ALL
