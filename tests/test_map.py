"""The map on the front page: every chapter, every dependency between chapters, and nothing else."""

import io
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from nnlib.book import ledger

sys.path.insert(0, str(ROOT / "assets"))  # where Sphinx finds it, by _config.yml

import book_map

RECORDS = ledger.read(ROOT)
STEMS = list(dict.fromkeys(r["chapter"] for r in RECORDS))
ITEM = re.compile(r'<p class="part">|<li>(.*?)</li>', re.DOTALL)
ARC = re.compile(
    r'class="(rests|bears)( ahead)?" stroke-width="([\d.]+)" d="M100 0A[^"]* (-?\d+)"/>'
)


def read(html):
    """(links, arcs, accounts) of a map: {kind: {(from, to): (width, leads ahead)}} from where each line ends."""
    height, items, total = {}, {}, 0
    for match in ITEM.finditer(html):
        if match[1]:
            link = re.search('href="([^"]+)"', match[1])[1]
            items[link], height[total] = match[1], link
        total += book_map.CHAPTER if match[1] else book_map.CAPTION
    place = {link: at for at, link in height.items()}
    drawn = {"rests": {}, "bears": {}}
    for link, item in items.items():
        for kind, ahead, width, down in ARC.findall(item):
            drawn[kind][link, height[place[link] + int(down)]] = float(width), bool(ahead)
    said = {link: re.search('class="account">([^<]+)<', item)[1] for link, item in items.items()}
    return list(items), drawn, said


def dependencies(records):
    """{(page, page it rests on): how many results of the second}, pair by pair."""
    of = {record["label"]: record["chapter"] for record in records}
    sets = {}
    for record in records:
        for label in record["uses"]:
            if of[label] != record["chapter"]:
                sets.setdefault((f"{record['chapter']}.html", f"{of[label]}.html"), set()).add(
                    label
                )
    return {pair: len(labels) for pair, labels in sets.items()}


@pytest.fixture(scope="module")
def page(site):
    html = (site / "chapters/index.html").read_text("utf-8")
    return html.partition('<div class="map">')[2].partition("</ol></div></div>")[0]


def test_every_chapter_is_there_in_order_and_leads_to_its_page(page, site):
    links, _, _ = read(page)
    assert links == [f"{stem}.html" for stem in STEMS]
    assert all((site / "chapters" / link).is_file() for link in links)


def test_arcs_are_the_dependencies_and_no_other(page):
    links, drawn, _ = read(page)
    expected = dependencies(RECORDS)
    assert len(expected) > 10
    assert set(drawn["rests"]) == set(expected)
    assert {(lower, upper): arc for (upper, lower), arc in drawn["rests"].items()} == drawn["bears"]
    for (upper, lower), (_, ahead) in drawn["rests"].items():
        assert ahead == (links.index(lower) > links.index(upper))


def test_arc_is_the_wider_the_more_results_it_carries(page):
    carried = dependencies(RECORDS)
    widths = sorted({(carried[pair], width) for pair, (width, _) in read(page)[1]["rests"].items()})
    assert [n for n, _ in widths] == sorted(set(carried.values()))  # one width for each number
    assert [width for _, width in widths] == sorted({width for _, width in widths})


def test_counts_are_the_ledgers(page):
    links, _, said = read(page)
    for link in links:
        own = [r for r in RECORDS if f"{r['chapter']}.html" == link]
        found = {lower: n for (upper, lower), n in dependencies(RECORDS).items() if upper == link}
        numbers = [i + 1 for i, lower in enumerate(links) if lower in found]
        expected = [ledger.tallies(own)[1], *([sum(found.values()), *numbers] if found else [])]
        assert [int(n) for n in re.findall(r"\d+", said[link])] == expected
    key = re.search('class="map-key">([^<]+)<', page)[1].replace(",", "")
    _, proved, *_, tried, refuted, same = ledger.tallies(RECORDS)
    counted = [len(STEMS), proved, refuted, tried, same, len(dependencies(RECORDS))]
    assert [int(n) for n in re.findall(r"\d+", key)][:-1] == counted


def test_map_brings_no_style_of_its_own(page):
    assert "</svg>" in page
    assert "style" not in page


# ── in a browser ────────────────────────────────────────────────────────────────────────────────

# How far, in pixels, the ends of each arc are from the dots that it joins, at most.
AWAY = """heights => {
  const middle = element => {
    const box = element.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  const dots = [...document.querySelectorAll(".map circle")].map(middle);
  return Math.max(...[...document.querySelectorAll(".map li")].flatMap((item, i) =>
    [...item.querySelectorAll(".rests, .bears")].flatMap(path => {
      const down = Number(path.getAttribute("d").match(/-?[0-9]+$/)[0]);
      const ends = [[0, i], [path.getTotalLength(), heights.indexOf(heights[i] + down)]];
      return ends.map(([length, j]) => {
        const end = path.getPointAtLength(length).matrixTransform(path.getScreenCTM());
        return Math.hypot(end.x - dots[j][0], end.y - dots[j][1]);
      });
    })));
}"""


@pytest.fixture(params=[1280, 390], ids=["wide", "phone"])
def opened(request, browser, site):
    with browser.new_page(viewport={"width": request.param, "height": 844}) as page:
        page.goto((site / "chapters/index.html").as_uri())
        yield page


@pytest.fixture(scope="module")
def places(page):
    """How far down the map each chapter begins."""
    found, total = [], 0
    for match in ITEM.finditer(page):
        if match[1]:
            found.append(total)
        total += book_map.CHAPTER if match[1] else book_map.CAPTION
    return found


def test_arcs_meet_their_dots(opened, places):
    assert opened.evaluate(AWAY, places) < 1.5
    opened.evaluate("document.documentElement.style.fontSize = '200%'")
    assert opened.evaluate(AWAY, places) < 1.5
    opened.evaluate("document.querySelector('.map > div').style.gridAutoRows = 'auto'")
    opened.evaluate("document.querySelector('.map li').style.paddingBottom = '5rem'")
    assert opened.evaluate(AWAY, places) > 10  # rows of unequal height: the arcs end elsewhere


def test_map_fits_its_page_and_its_links_a_finger(opened):
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    sizes = (
        "[...document.querySelectorAll('.map li')].map(item => item.getBoundingClientRect().height)"
    )
    assert min(opened.evaluate(sizes)) >= 24


def test_chapter_in_focus_shows_what_rests_on_it(opened):
    link = opened.locator(".map a", has_text="Backpropagation")
    shown = "path => getComputedStyle(path).visibility"
    bears = link.locator("xpath=..").locator(".bears").first
    assert bears.evaluate(shown) == "hidden"
    opened.locator(".map a", has_text="The chain rule").focus()
    opened.keyboard.press("Tab")
    assert link.evaluate("link => link === document.activeElement")
    assert bears.evaluate(shown) == "visible"


# ── another ledger, another map ─────────────────────────────────────────────────────────────────


def result(label, *uses, kind="theorem", **counts):
    return {"label": label, "chapter": label[:3], "uses": list(uses), "kind": kind} | counts


SMALL = [result("ant1", tried=9, refuted=8, equivalent=["same"]), result("ant2", kind="definition"),
         result("bee1", "ant1", "ant2"), result("cat1", "bee1"), result("cat2", "cat1")]  # fmt: skip
ANT = book_map.Chapter("ant", 1, "Ants & others", "ant.html", "Who?")
BEE = replace(ANT, stem="bee", number=2, title="Bees", link="bee.html")
CAT = replace(ANT, stem="cat", number=3, title="Cats", link="cat.html")


def small(records):
    return read(book_map.draw([("One", [ANT]), ("Two", [BEE, CAT])], records))


def arcs(records):
    return set(small(records)[1]["rests"])


def test_small_map():
    html = book_map.draw([("One", [ANT]), ("Two", [BEE, CAT])], SMALL)
    links, drawn, said = read(html)
    assert links == ["ant.html", "bee.html", "cat.html"]
    assert set(drawn["rests"]) == {("bee.html", "ant.html"), ("cat.html", "bee.html")}
    assert said["bee.html"] == "1 proved, using 2 from chapter 1"
    assert "Ants &amp; others" in html
    assert "8 of 9 altered ones were refuted, and the other 1" in html


def test_dependency_added_taken_or_turned_changes_the_arcs():
    assert arcs([*SMALL, result("cat3", "ant1")]) == arcs(SMALL) | {("cat.html", "ant.html")}
    assert arcs([*SMALL[:2], result("bee1"), *SMALL[3:]]) == arcs(SMALL) - {
        ("bee.html", "ant.html")
    }
    turned = [result("ant1", "bee1"), *SMALL[1:2], result("bee1"), *SMALL[3:]]
    assert ("ant.html", "bee.html") in arcs(turned)
    assert small(turned)[1]["rests"]["ant.html", "bee.html"][1]
    assert "broken arcs, 1 of them" in book_map.caption([ANT, BEE, CAT], turned)


def test_map_without_dependencies_has_no_arc():
    assert arcs([result("ant1"), result("bee1"), result("cat1")]) == set()


def test_result_more_is_counted():
    assert small(SMALL)[2]["cat.html"] == "2 proved, using 1 from chapter 2"
    more = [*SMALL, result("cat3", "ant1", "ant2"), result("cat4", kind="measurement")]
    assert small(more)[2]["cat.html"] == "3 proved, using 3 from chapters 1 and 2"
    rests = small(more)[1]["rests"]
    assert rests["cat.html", "ant.html"][0] > rests["cat.html", "bee.html"][0]


def test_chapter_left_out_is_not_there():
    links, _, _ = read(book_map.draw([("One", [ANT])], SMALL[:2]))
    assert links == ["ant.html"]


def test_chapter_without_results_is_refused_and_other_builders_leave_the_map_out(tmp_path):
    source, warnings = tmp_path / "source", io.StringIO()
    source.mkdir()
    (source / "_toc.yml").write_text("format: jb-book\nroot: index\n")
    (source / "index.md").write_text("# A book\n\n```{map}\nant: Who?\n```\n\n```{map}\n```\n")
    settings = {"extensions": ["myst_parser", "book_map"]}
    with docutils_namespace():
        Sphinx(source, None, tmp_path / "out", tmp_path, "text", settings, None, warnings).build()
    assert "chapters without a question, or the reverse: ['ant']" in warnings.getvalue()
    assert Path(tmp_path / "out/index.txt").read_text().strip().splitlines() == ["A book", "******"]
