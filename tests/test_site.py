"""The built pages: nothing fetched from outside, nothing broken, nothing cut off on a phone."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest
from conftest import ROOT
from test_api import DEFINITIONS, MODULES, book_api

from nnlib.book import ledger

OUTSIDE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
FETCHED_BY_STYLE = re.compile(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^\s\"')]+", re.IGNORECASE)
FETCHED_BY_SCRIPT = re.compile(
    r"(?:\b(?:fetch|import|importScripts|Worker)\(|\.src\s*=)\s*[\"'`](?:https?:)?//[^\s\"'`]+"
)
# Where <link> names a file that the browser loads.
LOADING = {"stylesheet", "preload", "prefetch", "modulepreload", "icon", "manifest"}


class Page(HTMLParser):
    """What a page fetches, links to, and offers as targets; and the faults visible in its source."""

    def __init__(self, html):
        super().__init__()
        self.fetched, self.links, self.ids, self.faults = [], [], [], []
        self.feed(html)

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
        if "katex-error" in values.get("class", "").split():
            self.faults.append(f"TeX that does not parse: {values.get('title')}")
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
        '<span class="katex-error" title="ParseError">\\frac</span>',
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


# In a browser: what really happens.

# Mathematics that reaches beyond what can be seen or scrolled to.
CLIPPED = """() => [...document.querySelectorAll(".katex-html .base")].filter(part => {
    const { right, width } = part.getBoundingClientRect();
    if (!width) return false;
    for (let box = part.parentElement; box; box = box.parentElement) {
        const overflow = getComputedStyle(box).overflowX;
        if (overflow === "auto" || overflow === "scroll") return false;
        if (overflow !== "visible" && right > box.getBoundingClientRect().right + 1) return true;
    }
    return right > document.documentElement.clientWidth + 1;
}).map(part => part.textContent)"""


@pytest.fixture
def phone(browser):
    """A page 390 pixels wide, with a record of its outside requests and errors."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.outside, page.errors = [], []
    home = re.compile(r"(?:http://127\.0\.0\.1:|data:|about:|blob:)")
    page.on("request", lambda r: home.match(r.url) or page.outside.append(r.url))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda m: m.type == "error" and page.errors.append(m.text))
    yield page
    context.close()


def test_every_page_on_a_phone(phone, pages, site, origin):
    for path in pages:
        phone.goto(f"{origin}/{path.relative_to(site).as_posix()}", wait_until="load")
        phone.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert phone.evaluate(CLIPPED) == [], f"mathematics cut off on {path.name}"
        width = phone.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, f"{path.name} is {width} pixels wide on a phone 390 wide"
        assert phone.outside == [], f"{path.name} asks for outside files"
        assert phone.errors == [], f"{path.name} has errors"


def test_clipped_mathematics_is_seen(phone):
    formula = '<span class="katex-html"><span class="base">x</span></span>'
    style = "<style>.base { display: inline-block; width: 900px }</style>"
    for overflow, clipped in ("hidden", ["x"]), ("visible", ["x"]), ("auto", []):
        phone.set_content(f'{style}<div style="overflow-x: {overflow}">{formula}</div>')
        assert phone.evaluate(CLIPPED) == clipped, overflow


def test_requests_and_errors_are_seen(phone):
    phone.set_content('<img src="http://outside.invalid/x.png"><script>lost()</script>')
    assert phone.outside == ["http://outside.invalid/x.png"]
    assert any("lost is not defined" in error for error in phone.errors)
