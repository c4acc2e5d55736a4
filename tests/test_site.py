"""The source of the built pages: nothing fetched from outside, nothing broken, nothing that the policy forbids."""

import io
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import book_math
import book_theme
import pytest
from conftest import ROOT
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace
from test_api import DEFINITIONS, MODULES, book_api

from nnlib.book import ledger

OUTSIDE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
FETCHED_BY_STYLE = re.compile(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^\s\"')]+", re.IGNORECASE)
FETCHED_BY_SCRIPT = re.compile(
    r"(?:\b(?:fetch|import|importScripts|Worker)\(|\.src\s*=)\s*[\"'`](?:https?:)?//[^\s\"'`]+"
)
# Where <link> names a file that the browser loads.
LOADING = {"stylesheet", "preload", "prefetch", "modulepreload", "icon", "manifest"}


# What stands in the page itself, and what a policy may name.
INLINE = re.compile(r"<(?:script(?! [^>]*src)|style)[^>]*>(.*?)</(?:script|style)>", re.DOTALL)
ALLOWED = re.compile(r"[a-z]+-(?:src|uri|action);?|'(?:self|none|sha256-[\w+/=]+)';?|data:;?")


class Page(HTMLParser):
    """What a page fetches, links to, and offers as targets; and the faults visible in its source."""

    def __init__(self, html):
        super().__init__()
        self.fetched, self.links, self.ids, self.faults = [], [], [], []
        self.policy = ""
        self.feed(html)
        repeated = {one for one in self.ids if self.ids.count(one) > 1}
        self.faults += [f"an id that is there twice: {one}" for one in sorted(repeated)]
        self.faults += [
            f"a script that the policy does not name: {script[:40]}"
            for script in INLINE.findall(html)
            if book_theme.digest(script) not in self.policy
        ]
        if beyond := [word for word in self.policy.split() if not ALLOWED.fullmatch(word)]:
            self.faults.append(f"a policy that allows {beyond}")

    def handle_starttag(self, tag, attributes):
        values = {name: value or "" for name, value in attributes}
        self.fetched += [values[name] for name in ("src", "srcset", "poster") if name in values]
        self.fetched += FETCHED_BY_STYLE.findall(values.get("style", ""))
        if tag == "link" and LOADING & set(values.get("rel", "").split()):
            self.fetched.append(values.get("href", ""))
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "img" and not re.search(r"\w{2,} ?\w*", values.get("alt", "").strip()):
            self.faults.append(f"an image without alternative text: {values.get('src')}")
        if tag == "img" and re.fullmatch(r"\S*[0-9a-f]{32,}\S*", values.get("alt", "")):
            self.faults.append(f"a file name for alternative text: {values['alt']}")
        if "style" in values:
            self.faults.append(f"an inline style: {values['style']}")
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]
        if "problematic" in values.get("class", "").split():
            self.faults.append("an unresolved reference")

    @property
    def outside(self):
        return [url for url in self.fetched if OUTSIDE.match(url)]


@pytest.fixture(scope="session")
def pages(site):
    """Every page of the book, read; the site's root is only a redirection to the first."""
    paths = [path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]
    return {path: Page(path.read_text("utf-8")) for path in paths if path != site / "index.html"}


def test_pages_have_no_visible_fault(pages):
    assert {path.name: page.faults for path, page in pages.items() if page.faults} == {}


def test_pages_fetch_nothing_from_outside(pages, site):
    assert {path.name: page.outside for path, page in pages.items() if page.outside} == {}
    for kind, pattern in ("css", FETCHED_BY_STYLE), ("js", FETCHED_BY_SCRIPT):
        for path in site.rglob(f"*.{kind}"):
            assert pattern.findall(path.read_text("utf-8")) == [], path


def test_links_inside_the_book_lead_somewhere(pages):
    broken = []
    for path, page in pages.items():
        for link in page.links:
            url = urlsplit(link)
            if url.scheme or url.netloc:
                continue
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            anchors = pages[target].ids if target in pages else []
            if not target.exists() or (url.fragment and unquote(url.fragment) not in anchors):
                broken.append((path.name, link))
    assert broken == []


@pytest.mark.parametrize(
    "html",
    [
        '<img src="a.svg" alt="">',
        '<img src="a.svg">',
        '<img src="a.svg" alt="../_images/3f1f962f034286a6463b80b4738a5397e9702a0a.svg">',
        '<p style="color: red">red</p>',
        '<p id="x">one</p><p id="x">two</p>',
        "<script>lost()</script>",
        "<style>p { color: red }</style>",
        '<meta http-equiv="Content-Security-Policy" content="script-src https://cdn.example">',
        '<meta http-equiv="Content-Security-Policy" content="script-src \'unsafe-inline\'">',
        '<span class="problematic">lost</span>',
    ],
)
def test_fault_is_seen(html):
    assert Page(html).faults


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//cdn.example/x.css">',
        '<p style="background: url(https://cdn.example/x.png)">',
    ],
)
def test_outside_request_is_seen(html):
    assert Page(html).fetched
    assert Page(html).outside or FETCHED_BY_STYLE.search(html)


def test_outside_request_of_a_script_is_seen():
    assert FETCHED_BY_SCRIPT.search('fetch("https://cdn.example/data.json")')
    assert not FETCHED_BY_SCRIPT.search('fetch("searchindex.js")')


# The pages of nnlib


@pytest.fixture(scope="session")
def entry(site):
    """What the pages show of something with that full name, or nothing."""

    def entry(name):
        html = (site / "chapters" / f"nnlib-{name.split('.')[1]}.html").read_text("utf-8")
        return html.partition(f'id="{name}"')[2].partition('<dt class="sig')[0]

    return entry


def test_every_public_name_is_on_its_page(entry):
    assert len(DEFINITIONS) > 60
    assert [name for name in DEFINITIONS if not entry(name)] == []
    assert not entry("nnlib.layers.no_such_layer")


def test_every_result_is_listed_where_its_code_is(entry):
    met = book_api.results_met(ledger.read(ROOT))
    assert len(met) > 15
    for name, results in met.items():
        links = set(re.findall(r'href="([\w-]+\.html#[\w-]+)"', entry(name)))
        assert links == {f"{record['chapter']}.html#{record['label']}" for record, _ in results}


def test_source_is_a_link(entry):
    assert '<a class="reference internal" href="backpropagation.html">' in entry(
        "nnlib.layers.dense"
    )


def test_overview_opens_every_module(site):
    html = (site / "chapters" / "nnlib.html").read_text("utf-8")
    opened = re.findall(r"<dt>(?:<a.*?<span.*?>)?(\w+)(?:</span></a>)?</dt>", html)
    assert sorted(opened) == MODULES


# ── where the site is published ─────────────────────────────────────────────────────────────────

ADDRESS = "https://reader.example/book/"


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A function that builds a book of one page, published at an address or nowhere."""

    def small(address):
        for name, value in ("BOOK_URL", address), ("BOOK_REPOSITORY", ""):
            monkeypatch.setenv(name, value)
        source, out, warnings = tmp_path / "source", tmp_path / "out", io.StringIO()
        (source / "chapters").mkdir(parents=True)
        (source / "_toc.yml").write_text("format: jb-book\nroot: chapters/one\n", "utf-8")
        (source / "chapters" / "one.md").write_text("# One\n\nA page, with $x$.\n", "utf-8")
        settings = {
            "extensions": ["myst_parser", "sphinx_external_toc", "book_math", "book_theme"],
            "myst_enable_extensions": ["dollarmath"],
            "html_theme": "book",
            "html_math_renderer": "mathml",
            "html_static_path": [str(ROOT / "assets" / "site")],
            "html_additional_pages": {"404": "page.html"},
            "html_use_index": False,
        }
        with docutils_namespace():
            Sphinx(source, None, out, tmp_path, "html", settings, None, warnings).build()
        assert warnings.getvalue() == ""
        return out

    return small


def test_a_published_site_says_where_it_is(small):
    out = small(ADDRESS)
    page, lost = ((out / name).read_text("utf-8") for name in ("chapters/one.html", "404.html"))
    assert f'<link rel="canonical" href="{ADDRESS}chapters/one.html">' in page
    assert f'property="og:image" content="{ADDRESS}_static/card.png"' in page
    assert (out / "_static" / "card.png").exists()
    assert (out / "sitemap.txt").read_text("utf-8").split() == [f"{ADDRESS}chapters/one.html"]
    assert f"Sitemap: {ADDRESS}sitemap.txt" in (out / "robots.txt").read_text("utf-8")
    assert '<base href="/book/">' in lost
    assert "canonical" not in lost
    assert Page(page).faults == Page(lost).faults == []


def test_a_site_that_is_published_nowhere_is_silent(small):
    out = small("")
    page = (out / "chapters" / "one.html").read_text("utf-8")
    assert not re.search("canonical|og:image|og:url", page)
    assert not (out / "sitemap.txt").exists()
    assert not (out / "robots.txt").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BOOK_URL", "https://reader.example/book"),
        ("BOOK_URL", "reader.example/"),
        ("BOOK_REPOSITORY", "https://github.com/owner/name"),
    ],
)
def test_an_address_that_is_none_is_told(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=name):
        book_theme.published()


def test_a_style_without_a_class_is_a_formula_that_cannot_be_typeset():
    assert "style" not in book_math.typesetter.mathml(r"\frac{a}{b} \quad \text{if } c", False)
    with pytest.raises(ValueError, match="a style without a class: color:red"):
        book_math.without_styles('<mi style="color:red">x</mi>')
