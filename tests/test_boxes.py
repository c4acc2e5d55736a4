"""The boxes of the exercises, in a real browser: what a reader types is answered in the page itself."""

import io
import re
import sys
import tomllib
from html import unescape
from pathlib import Path
from zipfile import ZipFile

import pytest
from conftest import ROOT
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from nnlib.book.answers import exercises
from nnlib.book.answers.verdicts import check

sys.path.insert(0, str(ROOT / "assets"))  # where Sphinx finds it, by _config.yml

CHAPTER, LABEL = "backpropagation", "ex-input-gradient"
RIGHT, WRONG = "W.T delta", "W delta"
FIRST, LATER = 60_000, 30_000  # milliseconds that are too long even on a busy machine


@pytest.fixture
def context(browser):
    context = browser.new_context(viewport={"width": 1000, "height": 900})
    yield context
    context.close()


def address(origin, name=CHAPTER):
    return f"{origin}/chapters/{name}.html"


class Exercise:
    """An exercise on a page: its field is filled, its verdict read."""

    def __init__(self, page, label=LABEL):
        self.page, self.label = page, label
        self.box = page.locator(f'.box[data-label="{label}"]')
        self.field, self.button = self.box.locator("input"), self.box.locator("button")
        self.preview, self.verdict = (
            self.box.locator(".box-preview"),
            self.box.locator(".box-verdict"),
        )

    def answer(self, text, timeout=LATER):
        """The kind of the verdict on `text`."""
        self.field.fill(text)
        self.button.click()
        return self.kind(timeout)

    def kind(self, timeout=LATER):
        """The kind of verdict, once it has been found."""
        self.box.locator("form:not([aria-busy])").wait_for(timeout=timeout)
        return self.verdict.get_attribute("data-kind")


@pytest.fixture(scope="module")
def reader(browser, origin):
    """A page whose checker has answered once, with a record of requests and errors."""
    context = browser.new_context(viewport={"width": 1000, "height": 900})
    page = context.new_page()
    page.requests, page.faults = [], []
    page.on("request", lambda request: page.requests.append(request.url))
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda m: m.type == "error" and page.faults.append(m.text))
    page.goto(address(origin))
    assert Exercise(page).answer(RIGHT, FIRST) == "equal"
    yield page
    context.close()


# ── what is fetched, and when ───────────────────────────────────────────────────────────────────


def test_pages_without_a_box_know_nothing_of_it(site):
    pages = [p for p in site.rglob("*.html") if "_static" not in p.parts]
    with_box = {p for p in pages if re.search(r'class="(box|tally)"', p.read_text("utf-8"))}
    assert {p.stem for p in with_box} >= {"index", *exercises.chapters()}
    assert len(with_box) < len(pages)
    for page in pages:
        assert ("/answers/" in page.read_text("utf-8")) == (page in with_box), page


def test_nothing_is_fetched_before_the_first_use(context, origin):
    page, requests = context.new_page(), []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(address(origin), wait_until="networkidle")
    of_boxes = sorted(url.partition("/answers/")[2] for url in requests if "/answers/" in url)
    assert [name.partition("?")[0] for name in of_boxes] == ["boxes.css", "boxes.js", "solved.js"]
    Exercise(page).field.focus()
    page.wait_for_timeout(400)
    assert "manifest.json" not in "".join(requests)
    with page.expect_request("**/manifest.json"):
        Exercise(page).field.type("W")


def test_only_the_site_itself_is_asked(reader, origin):
    assert any(url.endswith("libraries.zip") for url in reader.requests)
    assert [url for url in reader.requests if not url.startswith((f"{origin}/", "data:"))] == []
    assert reader.faults == []


def test_answers_without_a_network(reader):
    asked = Exercise(reader)
    reader.context.set_offline(True)
    try:
        assert asked.answer(WRONG) == "not equal"
        assert asked.answer(RIGHT) == "equal"
    finally:
        reader.context.set_offline(False)


def test_a_second_visit_fetches_no_library(reader, origin):
    page, sizes = reader.context.new_page(), {}
    page.on("request", lambda request: sizes.setdefault(request.url.rpartition("/")[2], request))
    page.goto(address(origin))
    assert Exercise(page).answer(RIGHT, FIRST) == "equal"
    assert "worker.js" in sizes
    assert not {"libraries.zip", "pyodide.asm.wasm.gzip", "python_stdlib.zip"} & set(sizes)
    page.close()


# ── verdicts ────────────────────────────────────────────────────────────────────────────────────


def test_equal_shows_the_reference(reader):
    asked = Exercise(reader)
    assert asked.answer("delta.T W") != "equal"
    assert asked.answer("W^T * delta") == "equal"
    assert asked.verdict.locator("math").count() > 0
    assert asked.verdict.get_attribute("aria-live") == "polite"


def test_not_equal_names_the_slip(reader):
    asked = Exercise(reader)
    assert asked.answer("-W.T delta") == "not equal"
    assert "sign" in asked.verdict.inner_text()
    assert asked.answer(WRONG) == "not equal"
    assert "transpose" in asked.verdict.inner_text()


def test_unreadable_shows_the_place(reader):
    asked = Exercise(reader)
    text = "W.T (delta + )"
    assert asked.answer(text) == "unreadable"
    place = check(LABEL, text).place
    before = "m => { const r = document.createRange(); r.setStart(m.parentNode, 0); r.setEndBefore(m); return r.toString().length }"
    assert asked.verdict.locator("mark").evaluate(before) == place


def test_what_is_typed_is_shown_as_it_is_read(reader):
    asked = Exercise(reader)
    asked.field.fill("W.T delta")
    asked.preview.locator("math").wait_for(timeout=LATER)
    assert "⊤" in asked.preview.inner_text()
    asked.field.fill("")
    assert asked.preview.inner_text() == ""


def test_an_empty_field_asks_for_an_answer(reader):
    assert Exercise(reader).answer("  ") == "unreadable"
    assert "Type your answer" in Exercise(reader).verdict.inner_text()


@pytest.mark.parametrize(
    "text",
    [
        "9^9^9^9^9",
        "(" * 300,
        "W" * 500,
        "__import__('os').system('true')",
        '<img src=x onerror="document.title=1">',
        "</pre><script>document.title = 1</script>",
        "W.T delta\u202e\u0000",
        "1e999999999 delta",
        "().__class__.__bases__",
    ],
)
def test_hostile_answers_are_answered_and_the_page_lives(reader, text):
    asked, title = Exercise(reader), reader.title()
    assert asked.answer(text) in ("not equal", "unreadable")
    assert asked.verdict.locator("img, script").count() == 0
    assert reader.title() == title
    assert asked.answer(RIGHT) == "equal"


def test_a_checker_that_fails_is_forgiven(context, origin, site):
    """With one that never comes back from one answer and errs in another, as no known answer makes it do."""

    def failing(route):
        given = ZipFile(io.BytesIO(next(site.glob("answers/*/checker.zip")).read_bytes()))
        changed = io.BytesIO()
        with ZipFile(changed, "w") as target:
            for name in given.namelist():
                content = given.read(name)
                if name.endswith("verdicts.py"):
                    content += FAILING
                target.writestr(name, content)
        route.fulfill(body=changed.getvalue(), content_type="application/zip")

    context.route("**/checker.zip", failing)
    page = context.new_page()
    page.goto(address(origin))
    asked = Exercise(page)
    assert asked.answer(RIGHT, FIRST) == "equal"
    assert asked.answer("67890") == ""
    assert "IndexError: of a list" in asked.verdict.inner_text()
    asked.box.evaluate("box => box.dataset.limit = 1")
    assert asked.answer("12345") == ""
    assert "longer than 1 second" in asked.verdict.inner_text()
    asked.box.evaluate("box => box.dataset.limit = 20")
    assert asked.answer(RIGHT, FIRST) == "equal"


FAILING = b"""
_check = check


def check(label, text):
    if text == "67890":
        raise IndexError("of a list")
    while text == "12345":
        pass
    return _check(label, text)
"""


def test_the_page_says_what_python_says(reader, origin):
    """Right and wrong answers, chapter by chapter: the same verdict, and the same slip in the same words."""
    table = tomllib.loads((ROOT / "tests" / "answers.toml").read_text("utf-8"))
    cases = {kind: [(case["exercise"], case["answer"]) for case in table[kind]]
             for kind in ("right", "wrong")}  # fmt: skip
    assert len(cases["right"]) >= 10
    assert len(cases["wrong"]) >= 20
    for label, text in sorted(cases["right"] + cases["wrong"], key=lambda case: chapter(case[0])):
        show(reader, origin, label)
        asked, here = Exercise(reader, label), check(label, text)
        assert here.kind == ("equal" if (label, text) in cases["right"] else "not equal")
        assert asked.answer(text, FIRST) == here.kind, (label, text)
        assert "".join(asked.verdict.locator(".slip").all_text_contents()) == words(here.slip)


def words(html):
    return unescape(re.sub("<[^>]*>", "", html))


def chapter(label):
    return next(name for name in exercises.chapters() if label in exercises.table(name))


def show(page, origin, label=LABEL):
    """Turn to the page of that exercise; where it is open already, its checker goes on."""
    here = address(origin, chapter(label))
    if page.url != here:
        page.goto(here)


# ── memory ──────────────────────────────────────────────────────────────────────────────────────


def test_what_is_solved_is_remembered_and_forgotten(reader, origin):
    reader.goto(address(origin))
    title = reader.locator(".exercise", has=Exercise(reader).box).locator(".admonition-title")
    assert "solved" in title.inner_text()
    page = reader.context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{origin}/chapters/index.html")
    labels = list(exercises.table(CHAPTER))
    count = page.locator(f'.tally li:has(a[href="{CHAPTER}.html"]) span')
    assert re.fullmatch(rf"[1-9]\d* of {len(labels)}", count.inner_text())
    page.get_by_role("button", name="Forget").click()
    assert count.inner_text() == f"0 of {len(labels)}"
    page.goto(address(origin))
    assert page.locator(".solved").count() == 0
    page.close()


def test_without_storage_all_works_but_the_memory(context, origin):
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(
        "for (const name of ['localStorage', 'caches'])"
        " Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError') } })"
    )
    page.goto(address(origin))
    assert Exercise(page).answer(RIGHT, FIRST) == "equal"
    assert page.locator(".solved").count() == 1
    # The theme asks for storage too, and is not so calm about it.
    assert [error for error in errors if "answers/" in error] == []


# ── for every reader ────────────────────────────────────────────────────────────────────────────


def test_by_keyboard_alone(context, origin):
    page = context.new_page()
    page.goto(address(origin))
    asked = Exercise(page)
    asked.box.evaluate("box => { box.tabIndex = -1; box.focus() }")
    page.keyboard.press("Tab")
    assert asked.field.evaluate("field => field === document.activeElement")
    assert asked.field.evaluate("field => getComputedStyle(field).outlineStyle") == "solid"
    page.keyboard.type(WRONG)
    page.keyboard.press("Enter")
    page.wait_for_timeout(50)
    assert asked.kind(FIRST) == "not equal"
    assert asked.field.evaluate("field => field === document.activeElement")
    page.keyboard.press("Tab")
    assert asked.button.evaluate("button => button === document.activeElement")


def test_every_field_has_a_name_of_its_own(reader, origin):
    page = reader.context.new_page()
    for name in exercises.chapters():
        page.goto(address(origin, name))
        labels = [" ".join(text.split()) for text in page.locator(".box label").all_inner_texts()]
        assert len(labels) == len(exercises.table(name))
        assert len(set(labels)) == len(labels)
        assert all(re.fullmatch(r"Your answer: .{3,}", label) for label in labels), labels
    page.close()


def test_on_a_phone(reader, origin):
    reader.set_viewport_size({"width": 390, "height": 844})
    try:
        show(reader, origin)
        asked = Exercise(reader)
        assert asked.answer("W.T delta" + " + W.T delta" * 20, FIRST) == "not equal"
        asked.preview.locator("math").wait_for(timeout=LATER)
        assert reader.evaluate("document.documentElement.scrollWidth") <= 390
        assert asked.preview.evaluate("p => p.scrollWidth > p.clientWidth && p.tabIndex === 0")
        for part in (asked.field, asked.button, asked.box.locator("summary")):
            assert part.bounding_box()["height"] >= 24
    finally:
        reader.set_viewport_size({"width": 1000, "height": 900})


CONTRAST = """(box) => {
    const light = (colour) => {
        const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => {
            const share = part / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
    };
    const behind = (element) => {
        for (let one = element; one; one = one.parentElement) {
            const { backgroundColor } = getComputedStyle(one);
            if (!/rgba\\(.*, 0\\)|transparent/.test(backgroundColor)) return backgroundColor;
        }
        return "rgb(255, 255, 255)";
    };
    return Math.min(...[...box.querySelectorAll("input, button, p, strong, code, pre, summary")].map((one) => {
        const [more, less] = [light(getComputedStyle(one).color), light(behind(one))].sort((a, b) => b - a);
        return (more + 0.05) / (less + 0.05);
    }));
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast(reader, origin, theme):
    show(reader, origin)
    asked = Exercise(reader)
    reader.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    for text, kind in (RIGHT, "equal"), (WRONG, "not equal"), ("W +", "unreadable"):
        assert asked.answer(text, FIRST) == kind
        assert asked.box.evaluate(CONTRAST) >= 4.5, kind
    asked.button.evaluate("button => button.style.color = '#777'")
    assert asked.box.evaluate(CONTRAST) < 4.5
    asked.button.evaluate("button => button.removeAttribute('style')")


def test_without_javascript_the_exercise_reads(browser, origin):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address(origin))
    exercise = page.locator(".exercise", has=Exercise(page).box)
    assert not Exercise(page).field.is_visible()
    assert f'check("{LABEL}", "…")' in exercise.locator(".box-notebook").inner_text()
    hint = exercise.locator("details", has_text="Hint").last
    solution = page.locator(".exercise:has(.box) + details.solution").first
    for closed in hint, solution:
        assert not closed.locator("p").first.is_visible()
        closed.locator("summary").first.click()
        assert closed.locator("p").first.is_visible()
    context.close()


def test_opened_as_a_file_it_says_what_to_do(context, site):
    page = context.new_page()
    page.goto((site / "chapters" / f"{CHAPTER}.html").as_uri())
    assert Exercise(page).answer(RIGHT) == ""
    assert "make read" in Exercise(page).verdict.inner_text()


# ── the directive ───────────────────────────────────────────────────────────────────────────────


def built(folder, builder, text):
    """(the page, the warnings) of a book of one page."""
    source, out, warnings = folder / "source", folder / "out", io.StringIO()
    source.mkdir()
    (source / "index.md").write_text(text, "utf-8")
    extensions = ["myst_parser", "sphinx_exercise", "book_boxes"]
    settings = {"extensions": extensions, "myst_enable_extensions": ["dollarmath"]}
    with docutils_namespace():
        Sphinx(source, None, out, folder, builder, settings, None, warnings).build()
    found = next(Path(out).glob("*.tex" if builder == "latex" else "*.txt"))
    return found.read_text("utf-8"), warnings.getvalue()


PAGE = """# One exercise

```{box} LABEL
What stands before it, $x =$
```
"""


@pytest.mark.parametrize("builder", ["latex", "text"])
def test_elsewhere_only_what_stands_before_the_field_is_left(tmp_path, builder):
    page, warnings = built(tmp_path, builder, PAGE.replace("LABEL", LABEL))
    assert "What stands before it" in page
    assert "You may type" not in page
    assert warnings == ""


def test_an_unknown_label_is_a_warning(tmp_path):
    _, warnings = built(tmp_path, "text", PAGE.replace("LABEL", "ex-of-nobody"))
    assert "ex-of-nobody" in warnings
    assert LABEL in warnings  # those that there are
