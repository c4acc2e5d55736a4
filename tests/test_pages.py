"""The pages in a real browser: light and dark, wide and on a phone, by keyboard, for every reader."""

import re
import time
from collections import defaultdict

import book_weight
import pytest
from conftest import ROOT

FAULTS = (ROOT / "tests" / "faults.js").read_text("utf-8")
AXE = ROOT / "assets" / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE = 20_000  # milliseconds that are too long even on a busy machine
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
CHAPTER = "chapters/gradient-descent.html"  # the longest: equations, code, figures, exercises

# A formula is a letter for axe, which knows no MathML; half of the elements of a chapter are in formulas.
LETTERS = """() => document.querySelectorAll("math").forEach((math) => {
    const { width, height } = math.getBoundingClientRect();
    const letter = document.createElement("span");
    letter.textContent = "x";
    Object.assign(letter.style, { display: "inline-block", width: `${width}px`, height: `${height}px` });
    math.replaceWith(letter);
})"""
VIOLATIONS = """async () => {
    const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { violations } = await axe.run({ runOnly: values, resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.html.slice(0, 100)}`));
}"""


@pytest.fixture
def opened(browser):
    """A function that opens an empty page, which keeps a record of its outside requests and errors."""
    contexts = []

    def opened(viewport=WIDE, **options):
        context = browser.new_context(viewport=viewport, **options)
        contexts.append(context)
        page = context.new_page()
        page.outside, page.errors = [], []
        home = re.compile(r"(?:http://127\.0\.0\.1:|data:|about:|blob:)")
        page.on("request", lambda r: home.match(r.url) or page.outside.append(r.url))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda m: m.type == "error" and page.errors.append(m.text))
        return page

    yield opened
    for context in contexts:
        context.close()


def violations(page):
    page.evaluate(LETTERS)
    page.evaluate(AXE.read_text("utf-8"))
    return page.evaluate(VIOLATIONS)


def faults(page, patience=PATIENCE):
    """Everything a page must not be, one sentence a fault."""
    page.evaluate(book_weight.LAY_OUT)
    page.keyboard.press("Shift")  # what scrolls is measured once the reader does anything
    found = page.evaluate(FAULTS, patience)
    found += [f"asks for {url}" for url in page.outside] + page.errors
    page.outside.clear()
    page.errors.clear()
    return found


# axe takes most of the time: it looks at both lights and at both widths, not at all four pairs.
@pytest.mark.parametrize(
    ("light", "viewport", "axe"),
    [("light", WIDE, True), ("dark", WIDE, False), ("light", PHONE, False), ("dark", PHONE, True)],
    ids=["light-wide", "dark-wide", "light-phone", "dark-phone"],
)
def test_every_page(opened, origin, site, light, viewport, axe):
    page, found = opened(viewport, color_scheme=light), {}
    for name in book_weight.pages(site):
        page.goto(f"{origin}/{name}")
        found[name] = faults(page) + (violations(page) if axe else [])
    assert len(found) > 30
    told = [f"{name}: {fault}" for name, some in found.items() for fault in some]
    assert not told, "\n".join(told)


FORMULA = "<math><mspace width='900px'/><mi>x</mi></math>"


@pytest.mark.parametrize(
    ("kind", "html"),
    [
        ("mathematics cut off", f"<div style='overflow-x: hidden'>{FORMULA}</div>"),
        ("mathematics cut off", f"<p>{FORMULA}</p>"),
        ("mathematics cut off", f"<p style='overflow: auto hidden; height: 3px'>{FORMULA}</p>"),
        ("wider than the window", "<pre>" + 90 * "long " + "</pre>"),
        ("scrolls, but not by keyboard", f"<div style='overflow-x: auto'>{FORMULA}</div>"),
        ("an id that is there twice", "<p id=x>one</p><p id=x>two</p>"),
        ("not one heading of the first level", "<h1>another</h1>"),
        ("a heading that skips a level", "<h3>too low</h3>"),
        ("a figure without a caption", "<figure><img alt='a curve'></figure>"),
        ("an inline style", "<p style='color: red'>red</p>"),
        ("lost is not defined", "<script>lost()</script>"),
        ("asks for http://outside.invalid/x.png", "<img src='http://outside.invalid/x.png'>"),
    ],
)
def test_fault_is_seen(opened, kind, html):
    page = opened(PHONE)
    page.set_content(f"<main><article><h1>A page</h1>{html}</article></main>")
    assert any(kind in fault for fault in faults(page, patience=0))


def test_a_page_may_be_without_fault(opened):
    page = opened(PHONE)
    scroller = f"<div tabindex='0' class='scroll'>{FORMULA}</div>"
    page.set_content(
        "<!doctype html><html lang='en'><title>A page</title><style>.scroll { overflow: auto hidden }</style>"
        f"<main><article><h1>A page</h1>{scroller}</article></main>"
    )
    assert faults(page, patience=0) == []
    assert violations(page) == []


@pytest.mark.parametrize(
    ("rule", "html"),
    [
        ("color-contrast", "<p style='color: #999; background: #fff'>pale</p>"),
        ("image-alt", "<img src='data:,'>"),
        ("label", "<input>"),
        ("target-size", "<button style='width: 9px; height: 9px; padding: 0'>a</button>" * 2),
    ],
)
def test_violation_is_seen(opened, rule, html):
    page = opened(PHONE)
    page.set_content(f"<html lang='en'><title>A page</title><main><h1>A page</h1>{html}</main>")
    assert any(one.startswith(rule) for one in violations(page))


# ── what is fetched ─────────────────────────────────────────────────────────────────────────────


def test_a_first_visit_is_light(browser, origin, site):
    found = book_weight.visits(browser, origin, site)
    assert {one.page for one in found} == set(book_weight.pages(site))
    assert all(100 < one.first <= book_weight.LIMIT for one in found), [*book_weight.table(found)]
    figures = next(one.figures for one in found if one.page == CHAPTER)
    assert figures > 20  # they are fetched, and counted apart


SHIFTS = """() => {
    window.shifted = 0;
    new PerformanceObserver((list) => {
        for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) window.shifted += value;
    }).observe({ type: "layout-shift", buffered: true });
}"""


# Of the fonts of text: without its own, a formula is of another width, which no other font can take for it.
@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("name", [CHAPTER, "chapters/index.html", "chapters/glossary.html"])
def test_nothing_moves_when_fonts_arrive(opened, origin, name, viewport):
    page = opened(viewport)
    page.add_init_script(f"({SHIFTS})()")
    page.route("**/source-*.woff2", lambda route: (time.sleep(0.2), route.continue_()))
    page.goto(f"{origin}/{name}")
    page.evaluate("() => document.fonts.ready")
    page.wait_for_timeout(300)
    assert page.evaluate("[...document.fonts].some((font) => font.status === 'loaded')")
    assert page.evaluate("shifted") <= 0.05


def test_what_moves_is_seen(opened):
    page = opened()
    page.set_content("<p style='height: 500px'>text</p>")
    page.evaluate(SHIFTS)
    page.wait_for_timeout(700)  # what moves in the first half second does not count
    page.evaluate("() => { document.body.style.paddingTop = '300px' }")
    page.wait_for_timeout(500)
    assert page.evaluate("shifted") > 0.05


LEAF = re.compile(r"<(m[ion]|mtext)\b[^>]*>[^<]+</\1>")


def fonts(page, leaves):
    """{font: the leaves that are really set in it}, of parts of formulas that become a page's text."""
    page.evaluate(
        "html => { document.querySelector('article').innerHTML = html }",
        f"<math>{''.join(leaves)}</math>",
    )
    page.evaluate("() => document.fonts.ready")
    tools, used = page.context.new_cdp_session(page), defaultdict(list)
    tools.send("DOM.enable")
    tools.send("CSS.enable")
    root = tools.send("DOM.getDocument")["root"]["nodeId"]
    asked = {"nodeId": root, "selector": "article math > *"}
    nodes = tools.send("DOM.querySelectorAll", asked)["nodeIds"]
    for leaf, node in zip(leaves, nodes, strict=True):
        for font in tools.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]:
            used[font["familyName"]].append(leaf)
    return used


def test_every_formula_is_set_in_the_font_of_formulas(opened, origin, site):
    found = (LEAF.finditer(path.read_text("utf-8")) for path in (site / "chapters").glob("*.html"))
    leaves = sorted({leaf.group() for leaves in found for leaf in leaves})
    assert len(leaves) > 300
    page = opened()
    page.goto(f"{origin}/{CHAPTER}")
    (own,) = fonts(page, ["<mi>x</mi>"])
    assert {font: some for font, some in fonts(page, leaves).items() if font != own} == {}
    assert own not in fonts(page, ["<mi>ж</mi>"])


# ── by keyboard ─────────────────────────────────────────────────────────────────────────────────

FOCUSED = "document.activeElement"


def test_the_first_stop_skips_to_the_text(opened, origin):
    page = opened()
    page.goto(f"{origin}/{CHAPTER}")
    page.keyboard.press("Tab")
    assert page.evaluate(f"{FOCUSED}.matches('.skip')")
    assert page.evaluate(f"{FOCUSED}.getBoundingClientRect().left >= 0")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate(f"{FOCUSED}.closest('main') !== null")


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_keyboard_reaches_everything(opened, origin, viewport):
    page = opened(viewport)
    page.goto(f"{origin}/chapters/backpropagation.html")
    assert faults(page) == []
    missed = page.evaluate(
        """() => {
            const stops = [...document.querySelectorAll("a[href], button, input, summary, [tabindex='0']")];
            window.missed = new Set(stops.filter((one) => one.checkVisibility({ visibilityProperty: true })));
            return missed.size;
        }"""
    )
    for _ in range(missed):
        page.keyboard.press("Tab")
        page.evaluate(f"missed.delete({FOCUSED})")
    assert missed > 150
    assert page.evaluate("[...missed].map((one) => one.outerHTML.slice(0, 100))") == []


def test_a_wide_equation_is_scrolled_by_arrow_keys(opened, origin):
    page = opened(PHONE)
    page.goto(f"{origin}/{CHAPTER}")
    page.keyboard.press("Shift")
    box = page.locator("article .scroll[tabindex='0']").first
    box.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(f"() => {FOCUSED}.scrollLeft > 0")


def test_the_contents_open_and_close(opened, origin):
    page = opened(PHONE)
    page.goto(f"{origin}/{CHAPTER}")
    contents = page.locator("#contents")
    assert not contents.is_visible()
    page.locator(".menu").focus()
    page.keyboard.press("Enter")
    assert contents.is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate(f"{FOCUSED}.closest('#contents') !== null")
    page.keyboard.press("Escape")
    assert not contents.is_visible()
    assert page.evaluate(f"{FOCUSED}.matches('.menu')")


# ── light, motion, copies ───────────────────────────────────────────────────────────────────────


def test_the_chosen_light_is_kept(opened, origin):
    page = opened(color_scheme="light")
    page.goto(f"{origin}/{CHAPTER}")
    shown = "getComputedStyle(document.documentElement).backgroundColor"
    before = page.evaluate(shown)
    page.locator(".light").focus()
    page.keyboard.press("Enter")
    chosen = page.evaluate(shown)
    assert chosen != before
    page.goto(f"{origin}/chapters/index.html")
    assert page.evaluate(shown) == chosen
    page.get_by_role("button", name="Light or dark").click()
    assert page.evaluate(shown) == before


MOVING = """() => [...document.querySelectorAll(":not(math, math *)")].filter((one) => {
    const { animationName, transitionDuration, scrollBehavior } = getComputedStyle(one);
    return animationName !== "none" || scrollBehavior === "smooth" || /[1-9]/.test(transitionDuration);
}).map((one) => one.outerHTML.slice(0, 100))"""


def test_nothing_moves_where_that_is_asked_for(opened, origin):
    page = opened(reduced_motion="reduce")
    for name in CHAPTER, "chapters/index.html", "chapters/results.html":
        page.goto(f"{origin}/{name}")
        assert page.evaluate(MOVING) == [], name
    page = opened()
    page.set_content("<p style='transition: color 1s'>slow</p>")
    assert len(page.evaluate(MOVING)) == 1


@pytest.fixture
def copied(opened, origin):
    """A function that presses Ctrl-C on the longest chapter where `selected` is, and says what was copied."""
    page = opened(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{origin}/{CHAPTER}")

    def copied(selected):
        page.locator(selected).first.evaluate("(one) => getSelection().selectAllChildren(one)")
        page.keyboard.press("ControlOrMeta+c")
        return page.evaluate("() => navigator.clipboard.readText()"), page.locator(selected).first

    return copied


def test_a_copied_equation_is_its_tex(copied):
    text, equation = copied("article div.math .scroll")
    assert text.strip() == f"$${equation.locator('annotation').text_content()}$$"


def test_a_copied_paragraph_keeps_its_words_and_its_tex(copied):
    text, paragraph = copied("article section > p:has(math)")
    tex = paragraph.locator("annotation").all_text_contents()
    assert tex
    assert all(f"${one}$" in text for one in tex)
    plain, paragraph = copied("article section > p:not(:has(math))")
    assert plain.split() == paragraph.inner_text().split()


def test_code_has_a_button_that_copies_it(opened, origin):
    page = opened(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{origin}/chapters/index.html")
    button = page.locator(".copy").first
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('.copy').textContent === 'Copied'")
    code = page.locator(".highlight pre").first.text_content().strip()
    assert page.evaluate("() => navigator.clipboard.readText()") == code
