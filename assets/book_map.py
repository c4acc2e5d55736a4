"""The map of the book: the way through its chapters, and beside it what the proofs of each rest on."""

from collections import Counter
from dataclasses import dataclass
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from nnlib.book import ledger

# The caption of a part takes one row of the map, and a chapter three. A row is 30 units high, as in pixels:
# browsers draw roughly what they must stretch far.
CAPTION, CHAPTER = 30, 90


class chapter_map(nodes.General, nodes.Element):
    """The map; `questions` has one for each chapter."""


class Map(SphinxDirective):
    """```{map}, around a line `chapter: question` for each chapter that has results."""

    has_content = True

    def run(self):
        questions = dict(line.partition(": ")[::2] for line in self.content)
        asked, stems = set(questions), {r["chapter"] for r in ledger.read(self.env.srcdir)}
        if asked != stems:
            message = f"chapters without a question, or the reverse: {sorted(asked ^ stems)}"
            return [self.state.document.reporter.warning(message, line=self.lineno)]
        for stem in stems:
            self.env.note_dependency(str(Path(self.env.srcdir) / f"chapters/{stem}.ipynb"))
        return [chapter_map(questions=questions)]


@dataclass(frozen=True)
class Chapter:
    """What the map shows of a chapter, beside what the ledger says of it."""

    stem: str
    number: int
    title: str
    link: str
    question: str


# ── what the ledger says ────────────────────────────────────────────────────────────────────────


def foundations(records):
    """{chapter: {another: how many of its results the proofs of the first use}}, in the book's order."""
    place = {record["label"]: record["chapter"] for record in records}
    used = {(r["chapter"], label) for r in records for label in r["uses"]}
    pairs = Counter((upper, place[label]) for upper, label in used if place[label] != upper)
    stems = dict.fromkeys(place.values())
    return {upper: {lower: pairs[upper, lower] for lower in stems if pairs[upper, lower]}
            for upper in stems}  # fmt: skip


def proved(records, stem):
    """How many results of a chapter are proved."""
    return sum(r["kind"] in ledger.PROVED for r in records if r["chapter"] == stem)


def caption(chapters, records):
    """What the map shows, in words that can be read alone."""
    number = {chapter.stem: chapter.number for chapter in chapters}
    arcs = [(upper, lower) for upper, found in foundations(records).items() for lower in found]
    later = sum(number[lower] > number[upper] for upper, lower in arcs)
    _, count, *_, tried, refuted, same = ledger.tallies(records)
    return (
        f"The way through {len(chapters)} chapters, in which {count} results are proved; the larger"
        " the dot, the more of them. The program then altered the statements, a sign here, a factor"
        f" there: {refuted} of {tried} altered ones were refuted, and the other {same} say the same"
        f" as before. Each of the {len(arcs)} arcs joins a chapter to one whose results its proofs use,"
        f" thicker where they use more; broken arcs, {later} of them, lead to a later chapter."
    )


def account(chapter, chapters, records):
    """How many results a chapter proves, and with how many of which other chapters."""
    found, count = foundations(records)[chapter.stem], proved(records, chapter.stem)
    numbers = [str(other.number) for other in chapters if other.stem in found]
    if not numbers:
        return f"{count} proved"
    *first, last = numbers
    others = f"chapters {', '.join(first)} and {last}" if first else f"chapter {last}"
    return f"{count} proved, using {sum(found.values())} from {others}"


# ── the drawing ─────────────────────────────────────────────────────────────────────────────────


def draw(parts, records):
    """The map as HTML; `parts` holds (caption, chapters) in the book's order."""
    chapters = [chapter for _, held in parts for chapter in held]
    height, lines = heights(parts), []
    for title, held in parts:
        items = "".join(_item(chapter, chapters, height, records) for chapter in held)
        lines.append(f'<p class="part">{escape(title)}</p><ol role="list">{items}</ol>')
    return (
        f'<div class="map"><p class="map-key">{caption(chapters, records)}</p>'
        f"<div>{''.join(lines)}</div></div>"
    )


def _item(chapter, chapters, height, records):
    """A chapter: its arcs and the way on, its dot, its link, and what is said of it."""
    lines = way(chapter.stem, height) + arcs(chapter.stem, height, foundations(records))
    radius = 1.6 * proved(records, chapter.stem) ** 0.5  # the area counts
    begin = " <em>begin here</em>" if chapter is chapters[0] else ""
    return (
        f'<li><svg class="arcs" viewBox="0 0 100 {CHAPTER}" preserveAspectRatio="none"'
        f' aria-hidden="true">{lines}</svg>'
        f'<svg class="dot" viewBox="-12 -12 24 24" aria-hidden="true"><circle r="{radius:.1f}"/></svg>'
        f'<a href="{escape(chapter.link)}"><span>{chapter.number}</span> {escape(chapter.title)}{begin}</a>'
        f'<p class="account">{account(chapter, chapters, records)}</p>'
        f"<p>{escape(chapter.question)}</p></li>"
    )


def heights(parts):
    """How far down the map each chapter begins."""
    height, total = {}, 0
    for _, held in parts:
        total += CAPTION
        for chapter in held:
            height[chapter.stem] = total
            total += CHAPTER
    return height


def way(stem, height):
    """The line from a chapter to the next one, if there is one."""
    below = min((h for h in height.values() if h > height[stem]), default=height[stem])
    return f'<path class="way" d="M100 0V{below - height[stem]}"/>'


def arcs(stem, height, found):
    """The arcs between a chapter and others, from its own place, (100, 0).

    Each is drawn twice: by the chapter that rests on another; and by that other, where it shows only
    while the chapter is pointed at.
    """
    both = [("rests", lower, n) for lower, n in found[stem].items()]
    both += [("bears", upper, found[upper][stem]) for upper in found if stem in found[upper]]
    longest = max((abs(height[a] - height[b]) for a in found for b in found[a]), default=0)
    return "".join(_arc(kind, height[at] - height[stem], n, longest) for kind, at, n in both)


def _arc(kind, down, n, longest):
    """Half an ellipse at the left: the further it leads, the wider it is."""
    ahead = " ahead" if (down > 0) == (kind == "rests") else ""
    width = round(100 * (abs(down) / longest) ** 0.6)
    return (
        f'<path class="{kind}{ahead}" stroke-width="{0.4 + 0.8 * n:.1f}"'
        f' d="M100 0A{width} {abs(down) / 2:g} 0 0 {int(down < 0)} 100 {down}"/>'
    )


# ── in the page ─────────────────────────────────────────────────────────────────────────────────


def visit_map(writer, node):
    env, questions = writer.builder.env, node["questions"]
    parts = [
        (part.caption, [_chapter(writer.builder, page, questions) for page in part.items
                        if Path(page).name in questions])
        for part in env.external_site_map.root.subtrees
    ]  # fmt: skip
    writer.body.append(draw([part for part in parts if part[1]], ledger.read(env.srcdir)))
    raise nodes.SkipNode


def _chapter(builder, page, questions):
    """A page of the book, as the map shows it."""
    stem, (number,) = Path(page).name, builder.env.toc_secnumbers[page][""]
    link = builder.get_relative_uri(builder.current_docname, page)
    return Chapter(stem, number, builder.env.titles[page].astext(), link, questions[stem])


def skip(writer, node):
    raise nodes.SkipNode


def add_style(app, pagename, templatename, context, doctree):
    """To the page that has the map, and to no other."""
    if doctree is not None and doctree.next_node(chapter_map):
        context["page_styles"] = [*context.get("page_styles", []), "_static/map.css"]


def setup(app):
    others = dict.fromkeys(("latex", "text", "man", "texinfo"), (skip, None))
    app.add_node(chapter_map, html=(visit_map, None), **others)
    app.add_directive("map", Map)
    app.connect("html-page-context", add_style)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
