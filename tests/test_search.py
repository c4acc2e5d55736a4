"""Finding: what a reader types, what a link shows before it is followed, and what the index lists."""

import gzip
import json
import re
import sys
from html.parser import HTMLParser

import pytest
from conftest import ROOT

from nnlib.book import ledger

sys.path.insert(0, str(ROOT / "assets"))
import book_index
import book_search

# The dialog, once it has its records.
READY = ".search[open]:not([aria-busy])"
FIELD = ".search input[type=search]"


# The records


@pytest.fixture(scope="session")
def records(site):
    return json.loads((site / "search" / "records.json").read_text("utf-8"))["records"]


def test_every_result_has_a_record_of_its_own(records):
    urls = [record["url"] for record in records]
    results = ledger.read(ROOT)
    assert len(results) > 400
    for result in results:
        assert urls.count(f"chapters/{result['chapter']}.html#{result['label']}") == 1, result


def test_records_lead_to_places_that_are_there(records, site):
    pages = {}
    for record in records:
        page, _, anchor = record["url"].partition("#")
        text = pages.setdefault(page, (site / page).read_text("utf-8"))
        assert text.count(f'id="{anchor}"') == 1, record["url"]


def test_records_are_light(site):
    assert len(gzip.compress((site / "search" / "records.json").read_bytes())) < 250_000


def test_no_solution_is_shown(records):
    shown = next(one for one in records if one["url"].endswith("#ex-sigmoid-bend"))
    assert "changes sign" not in shown["text"]
    assert "changes" in shown["more"]


@pytest.mark.parametrize(
    ("tex", "line"),
    [
        (r"\frac{\partial C}{\partial W} = \delta\,h^{\top}", "∂C/∂W = δ hᵀ"),
        (r"\log{\left(\sum_{k} e^{z_{k}} \right)} \\[4pt] \tfrac12", "log(∑_k e^z_k); 1/2"),
        (r"\lVert W \rVert_2 \le \Lambda", "‖ W ‖_2 ≤ Λ"),
    ],
)
def test_formula_in_a_line(tex, line):
    assert book_search.plain(tex) == line


# The dialog


@pytest.fixture
def desk(browser, origin):
    """A wide page with a mouse, and what went wrong on it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda message: message.type == "error" and page.errors.append(message.text))
    page.goto(f"{origin}/chapters/softmax.html")
    yield page
    assert page.errors == []
    context.close()


FOUND = {
    "sigma": "notation.html#symbol-sigma",
    "σ": "notation.html#symbol-sigma",
    "sigmoid": "activations.html#sigmoid",
    "sigmiod": "activations.html#sigmoid",
    "delta": "notation.html#symbol-delta-l",
    "theta": "notation.html#symbol-theta",
    "nabla": "notation.html#symbol-nabla-C-theta",
    "ℓ": "notation.html#symbol-ell",
    "KL": "glossary.html#term-KullbackLeibler-divergence",
    "softmax": "glossary.html#term-softmax",
    "the jacobian of softmax": "softmax.html#softmax-jacobian",
    "softmax-jacobian": "softmax.html#softmax-jacobian",
    "softmax_pullback": "nnlib-activations.html#nnlib.activations.softmax_pullback",
    "backpropogation": "glossary.html#term-backpropagation",
    "vanishing gradient": "glossary.html#term-vanishing-gradient",
    "dense": "nnlib-layers.html#nnlib.layers.dense",
    "layers.dense": "nnlib-layers.html#nnlib.layers.dense",
    "adam": "nnlib-optimizers.html#nnlib.optimizers.adam",
    "nesterov": "gradient-descent.html#nesterov-step",
    "early stopping": "glossary.html#term-early-stopping",
    "chain rule": "glossary.html#term-chain-rule",
    "momentum": "gradient-descent.html#momentum",
    "lasso": "glossary.html#term-lasso",
    "learning rate": "glossary.html#term-learning-rate",
    "ulp": "glossary.html#term-unit-in-the-last-place-ulp",
    "hessian": "glossary.html#term-Hessian",
    "gibbs": "cost-functions.html#gibbs-inequality",
    "overflow": "cost-functions.html#ex-without-overflow",
    "kingma": "bibliography.html#",
    "temperature": "glossary.html#term-temperature",
}


def found(page, words):
    page.fill(FIELD, words)
    return page.evaluate("[...document.querySelectorAll('.search li a')].map(link => link.href)")


def test_what_is_typed_is_found(desk):
    desk.keyboard.press("/")
    desk.wait_for_selector(READY)
    lost = {}
    for words, place in FOUND.items():
        first = found(desk, words)[:3]
        if not any(f"/chapters/{place}" in link for link in first):
            lost[words] = first
    assert lost == {}


def test_results_are_found_by_their_numbers(desk, site):
    desk.keyboard.press("Control+k")
    desk.wait_for_selector(READY)
    for chapter, label in ("softmax", "softmax-jacobian"), ("neurons", "xor-in-two-layers"):
        html = (site / "chapters" / f"{chapter}.html").read_text("utf-8")
        number = re.search(rf'href="#{label}">\s*(\w+ [\d.]+)', html)[1]
        for words in number, number.split()[1], number.lower():
            assert any(link.endswith(f"#{label}") for link in found(desk, words)[:3]), words


def test_what_is_nowhere_is_not_found(desk):
    desk.click(".find")
    desk.wait_for_selector(READY)
    assert found(desk, "xyzzyq") == []
    assert "xyzzyq" in desk.inner_text(".search [role=status]")
    assert found(desk, "") == []


def test_search_by_keyboard_alone(desk):
    desk.keyboard.press("/")
    desk.wait_for_selector(READY)
    desk.keyboard.type("temperature")
    assert desk.evaluate("document.querySelector('.search [role=status]').textContent")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("ArrowDown")
    assert desk.evaluate("document.activeElement.closest('li').previousElementSibling !== null")
    desk.keyboard.press("ArrowUp")
    desk.keyboard.press("ArrowUp")
    assert desk.evaluate("document.activeElement.type") == "search"
    desk.keyboard.press("Escape")
    assert not desk.is_visible(".search")
    desk.keyboard.press("/")
    desk.wait_for_selector(READY)
    desk.keyboard.type("nnlib.layers.dense")
    desk.wait_for_selector(".search a[href$='nnlib.layers.dense']")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/nnlib-layers.html#nnlib.layers.dense")


def test_slash_can_be_turned_off(desk):
    desk.keyboard.press("/")
    desk.uncheck(".search label input")
    desk.keyboard.press("Escape")
    desk.keyboard.press("/")
    desk.wait_for_timeout(200)
    assert not desk.is_visible(".search")


def test_nothing_is_fetched_before_it_is_asked_for(browser, origin):
    page = browser.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{origin}/chapters/softmax.html", wait_until="networkidle")
    assert asked
    assert [url for url in asked if "search" in url or "preview" in url] == []
    page.close()


# The cards


CARD = ".preview:popover-open"
SAME_ID = """() => {
    const ids = [...document.querySelectorAll("[id]")].map(one => one.id);
    return ids.filter((id, i) => ids.indexOf(id) < i);
}"""


@pytest.fixture
def link(desk, origin):
    """A link of the glossary to a result of another page, in sight."""
    desk.goto(f"{origin}/chapters/glossary.html")
    link = desk.locator('article a[href="backpropagation.html#backpropagation"]').first
    link.scroll_into_view_if_needed()
    return link


def test_link_shows_the_statement(desk, link):
    link.hover()
    desk.wait_for_selector(CARD)
    card = desk.locator(CARD)
    assert link.inner_text().replace("\N{NO-BREAK SPACE}", " ") in card.inner_text()
    assert card.locator("math[display=block]").count()
    assert card.locator(".derivation, details").count() == 0
    assert desk.evaluate(SAME_ID) == []
    desk.hover(CARD)
    desk.wait_for_timeout(600)
    assert desk.is_visible(CARD)
    desk.mouse.move(5, 5)
    desk.wait_for_selector(CARD, state="hidden")


def test_link_shows_the_statement_to_the_keyboard(desk, link):
    desk.keyboard.press("Tab")
    link.focus()
    desk.wait_for_selector(CARD)
    desk.keyboard.press("Escape")
    assert not desk.is_visible(CARD)
    desk.wait_for_timeout(600)
    assert not desk.is_visible(CARD)


def test_link_to_a_page_shows_nothing(desk, link):
    desk.hover("article a[href='notation.html']")
    desk.wait_for_timeout(800)
    assert not desk.is_visible(CARD)


def test_touch_shows_nothing(browser, origin):
    context = browser.new_context(has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{origin}/chapters/glossary.html")
    page.evaluate("document.querySelector('article a[href*=\"#\"]').focus()")
    page.wait_for_timeout(800)
    assert page.locator(".preview").count() == 0
    context.close()


# The index


class Links(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = set()
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag == "a":
            self.found.add(dict(attributes).get("href"))


def test_index_lists_every_term_and_every_result(site):
    listed = Links((site / "chapters" / "index-of-terms.html").read_text("utf-8")).found
    glossary = (site / "chapters" / "glossary.html").read_text("utf-8")
    terms = {f"glossary.html#{i}" for i in re.findall(r'<dt id="(term-[^"]+)"', glossary)}
    results = {f"{one['chapter']}.html#{one['label']}" for one in ledger.read(ROOT)}
    assert len(terms) > 50
    assert terms - listed == set()
    assert results - listed == set()
    assert "glossary.html#term-phlogiston" not in listed


def test_index_has_no_subject_that_nothing_speaks_of(site):
    html = (site / "chapters" / "index-of-terms.html").read_text("utf-8")
    lines = set(re.findall(r"<li><p>([^<\N{NO-BREAK SPACE}]+)", html))
    subjects = re.split(r",\s+", book_index.SUBJECTS.strip())
    assert [subject for subject in subjects if subject not in lines] == []
