"""The book on paper: every page of it, every number once, links that lead somewhere, nothing beyond the margin."""

import io
import re
import sys

import pypdfium2
import pytest
from conftest import ROOT
from pypdf import PdfReader

sys.path.insert(0, str(ROOT / "assets"))
import book_pdf

SOME = {"index", "notation", "neurons"}  # all of the book takes minutes
MARGIN = 25 / 25.4 * 72  # print.css


@pytest.fixture(scope="session")
def whole(site):
    return book_pdf.document(site, {})


def text(html):
    return re.sub(r"\s+", " ", re.sub(r"<annotation.*?</annotation>|<[^>]+>", "", html)).strip()


def unled(html):
    """Links into the document that lead nowhere."""
    ids = re.findall(r'<[^>]* id="([^"]+)"', html)
    return set(re.findall(r' href="#([^"]*)"', html)) - set(ids)


def test_every_page_is_in_the_document(whole, site):
    pages = [page for _, pages in book_pdf.parts() for page in pages]
    assert sorted(pages) == sorted(
        f"chapters/{path.stem}" for path in (site / "chapters").glob("*.html")
    )
    assert re.findall(r'<article id="([\w-]+)\."', whole)[: len(pages)] == [
        page.removeprefix("chapters/") for page in pages
    ]


def test_links_lead_somewhere(whole):
    assert unled(whole) == set()
    assert unled('<p id="a">…</p><a href="#a">…</a><a href="#b">…</a>') == {"b"}


def test_every_equation_has_its_number_once(whole, site):
    numbered = re.compile(r'class="eqno"[^>]*>(\([\d.]+\))<')
    shown = [
        number
        for path in (site / "chapters").glob("*.html")
        for number in numbered.findall(path.read_text("utf-8"))
    ]
    assert len(shown) > 300
    assert sorted(numbered.findall(whole)) == sorted(shown)


def test_solutions_stand_at_the_end(whole):
    exercises, solutions = whole.split('<h1 class="part">Hints and solutions</h1>')
    assert '<details class="solution"' not in exercises
    assert solutions.count('<details open class="solution"') == exercises.count('class="answered"')


# On paper: a few pages of the book.


@pytest.fixture(scope="session")
def printed(site, browser, tmp_path_factory):
    """A part of the book, as it is printed; skipped where there is no browser."""
    pdf = tmp_path_factory.mktemp("pdf") / "book.pdf"
    some = [
        (caption, [page for page in pages if page.removeprefix("chapters/") in SOME])
        for caption, pages in book_pdf.parts()
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(book_pdf, "parts", lambda: some)
        book_pdf.book(site, pdf)
    return PdfReader(pdf)


def bookmarks(outline, depth=0):
    for item in outline:
        if isinstance(item, list):
            yield from bookmarks(item, depth + 1)
        else:
            yield depth, re.sub(r"\s+", " ", item.title)


def beyond(pdf):
    """(page, letter) of whatever reaches beyond the margins at the left and the right."""
    for n, page in enumerate(pypdfium2.PdfDocument(pdf), 1):
        letters, width = page.get_textpage(), page.get_width()
        for i in range(letters.count_chars()):
            letter, (left, _, right, _) = letters.get_text_range(i, 1), letters.get_charbox(i)
            if letter.strip() and (left < MARGIN - 2 or right > width - MARGIN + 2):
                yield n, letter


def test_chapters_and_sections_have_bookmarks(printed, site):
    marks = list(bookmarks(printed.outline))
    for name in SOME:
        html = (site / "chapters" / f"{name}.html").read_text("utf-8")
        title = text(re.search(r"<h1>(.*?)<a", html, re.DOTALL)[1])
        assert title in [mark for _, mark in marks], name
    assert any(depth > 1 and "A sum, a bias, a bend" in mark for depth, mark in marks)


def test_contents_know_the_pages(printed):
    page = book_pdf.page_numbers(printed.stream)["neurons."]
    said = re.sub(r"\s+", " ", printed.pages[1].extract_text())
    assert re.search(rf"Neurons {page}\b", said), (page, said)


def test_it_says_what_it_is(printed):
    assert printed.metadata.title == book_pdf.TITLE
    assert printed.metadata.author == book_pdf.AUTHOR
    assert printed.trailer["/Root"]["/Lang"] == "en"
    assert printed.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_nothing_stands_beyond_the_margin(printed):
    assert list(beyond(printed.stream)) == []


def test_what_stands_beyond_the_margin_is_seen(browser):
    page = browser.new_page()
    page.set_content("<style>@page { size: A4; margin: 10mm }</style><p>a + b</p>")
    pdf = page.pdf(prefer_css_page_size=True)
    page.close()
    assert list(beyond(pdf))


# One page, printed from a browser.


def test_a_chapter_is_printed_in_ink_and_within_its_margins(browser, origin):
    page = browser.new_page(color_scheme="dark")
    page.goto(f"{origin}/chapters/gradient-descent.html")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    pdf = page.pdf(prefer_css_page_size=True, format="A4")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 30, 33)"
    assert page.evaluate("getComputedStyle(document.querySelector('article img')).filter") == "none"
    page.close()
    assert list(beyond(pdf)) == []
    words = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert "Exercise 7.1" in words
    assert "Solution" not in words
