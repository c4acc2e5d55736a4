"""The book's account of itself: every numbered result, read back from the outputs stored in the chapters.

Nothing is proved here and nothing is remembered: what the pages show is what is counted.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from html import escape
from pathlib import Path

from nnlib.book.output import RECORD

PROVED = ("theorem", "lemma", "corollary")
KINDS = {
    "definition": "Definitions",
    "proved": "Proved",
    "axiom": "Axioms",
    "measurement": "Measured",
}
_HEADING = re.compile(r"^(##?) (.+)$", re.MULTILINE)


def read(root):
    """The records of the numbered results, in the book's order, each with its chapter, heading, section.

    `root` is the folder of _toc.yml. Raises ValueError where a label is used twice, or where a result
    says that it rests on one that is not in the book.
    """
    records = [record for stem in chapters(root) for record in of_chapter(root, stem)]
    require_sound(records)
    return records


def chapters(root):
    """The stems of the book's notebooks, in the order of _toc.yml."""
    files = re.findall(r"file:\s*(\S+)", (Path(root) / "_toc.yml").read_text("utf-8"))
    return [Path(file).name for file in files if (Path(root) / f"{file}.ipynb").exists()]


def of_chapter(root, stem):
    """The records stored in one notebook."""
    place, found = {"chapter": stem, "heading": "", "section": ""}, []
    for cell in _cells(root, stem):
        if cell["cell_type"] == "markdown":
            for level, words in _HEADING.findall("".join(cell["source"])):
                place |= {"heading" if level == "#" else "section": words}
        stored = (output.get("data", {}).get(RECORD) for output in cell.get("outputs", []))
        found += [place | record for record in stored if record and record["kind"] != "answer"]
    return found


def _cells(root, stem):
    return json.loads((Path(root) / "chapters" / f"{stem}.ipynb").read_text("utf-8"))["cells"]


def require_sound(records):
    """Every label names one result, and every result rests on others, which are there."""
    count = Counter(record["label"] for record in records)
    if twice := [label for label, times in count.items() if times > 1]:
        raise ValueError(f"labels used for more than one result: {', '.join(twice)}")
    for record in records:
        if lost := [label for label in record["uses"] if label not in count]:
            raise ValueError(
                f"{record['label']} (chapter {record['chapter']}) uses {', '.join(lost)}; "
                "no result of the book has that label"
            )
    try:
        TopologicalSorter({record["label"]: record["uses"] for record in records}).prepare()
    except CycleError as error:
        raise ValueError(f"results that rest on themselves: {' → '.join(error.args[1])}") from None


@dataclass(frozen=True)
class Page:
    """Something to show on the results page: MyST text for the book, and HTML where there is some."""

    myst: str
    html: str = ""

    def _repr_mimebundle_(self, include=None, exclude=None):
        forms = {"text/plain": self.myst, "text/markdown": self.myst}
        return forms | ({"text/html": self.html} if self.html else {})


# ── counts ──────────────────────────────────────────────────────────────────────────────────────


def tallies(records):
    """(results of each of the KINDS, alterations tried, of these refuted, of these equivalent)."""
    kinds = Counter("proved" if r["kind"] in PROVED else r["kind"] for r in records)
    sums = (sum(r.get(part, 0) for r in records) for part in ("tried", "refuted"))
    return [*(kinds[k] for k in KINDS), *sums, sum(len(r.get("equivalent", ())) for r in records)]


def counts(records):
    """A table of how much each chapter states, and how many wrong neighbours were refuted."""
    header = ["Chapter", *KINDS.values(), "Alterations", "refuted", "equivalent"]
    stems = dict.fromkeys(r["chapter"] for r in records)
    by_chapter = [[r for r in records if r["chapter"] == stem] for stem in stems]
    rows = [[f"[](./{own[0]['chapter']})", *tallies(own)] for own in by_chapter]
    rows += [["**All**", *(f"**{n}**" for n in tallies(records))]]
    return _table(header, rows)


def _table(header, rows):
    """Words in the first column, numbers in the others."""
    lines = [header, ["---"] + ["--:"] * (len(header) - 1), *rows]
    return Page("\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines))


# ── the course ──────────────────────────────────────────────────────────────────────────────────


def workload(records, root):
    """A table of how much each chapter proves, for how much of it sizes are symbols, and what there is to do."""
    header = ["Chapter", "Proved", "for every size", "Definitions", "Exercises", "with a box"]
    rows = []
    for stem in dict.fromkeys(r["chapter"] for r in records):
        own = [r for r in records if r["chapter"] == stem]
        proved = [r for r in own if r["kind"] in PROVED]
        counted = len(proved), sum(r["all sizes"] for r in proved), tallies(own)[0]
        rows.append([f"[](./{stem})", *counted, *tasks(root, stem)])
    return _table(header, rows)


def tasks(root, stem):
    """(exercises of a chapter, how many of them have a box)."""
    cells = _cells(root, stem)
    text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    opened = re.findall(r"^`{3,}\{(exercise|box)(?:-start)?\} ", text, re.MULTILINE)
    return opened.count("exercise"), opened.count("box")


def foundations(records):
    """For each chapter, the results of others that it rests on, and its sections that bear nothing else."""
    place = {r["label"]: (r["chapter"], r["section"]) for r in records}
    arcs = [(r["label"], label) for r in records for label in r["uses"]]
    bearing = {place[lower] for upper, lower in arcs if place[upper] != place[lower]}
    blocks = []
    for stem in dict.fromkeys(r["chapter"] for r in records):
        needed = [lower for upper, lower in arcs if place[upper][0] == stem != place[lower][0]]
        rests = ", ".join(f"{{prf:ref}}`{label}`" for label in dict.fromkeys(needed))
        sections = dict.fromkeys(place[r["label"]] for r in records if r["chapter"] == stem)
        free = "; ".join(f"*{at[1]}*" for at in sections if at not in bearing)
        blocks.append(
            f"[](./{stem})\n"
            f": Rests on {rests or 'no other chapter'}. No proof elsewhere rests on: {free or 'none'}."
        )
    return Page("\n\n".join(blocks))


# ── the ledger ──────────────────────────────────────────────────────────────────────────────────


def ledger(records):
    """Every numbered result: its statement and scope, how it was proved, and what was tried against it."""
    blocks = [f"``````{{raw}} html\n{_LEDGER_STYLE}\n``````"]
    for stem in dict.fromkeys(r["chapter"] for r in records):
        own = [r for r in records if r["chapter"] == stem]
        blocks += [f"``````{{rubric}} {own[0]['heading']}\n``````", *map(_entry, own)]
    return Page("\n\n".join(blocks))


def index(records):
    """Every numbered result by its title, in the order of the alphabet."""
    ordered = sorted(records, key=lambda r: [c for c in r["title"].casefold() if c.isalnum()])
    lines = [f"{r['title']}, {{prf:ref}}`{r['label']}`" for r in ordered]
    blocks = [f"``````{{raw}} html\n{_INDEX_STYLE}\n``````", "``````{container} by-title"]
    return Page("\n\n".join([*blocks, *lines, "``````"]))


def entries(records, labels):
    """The results of these labels, in their order. Raises ValueError for a label that is not there."""
    by_label = {record["label"]: record for record in records}
    if lost := [label for label in labels if label not in by_label]:
        raise ValueError(f"no result of the book is labelled {', '.join(lost)}")
    shown = [_entry(by_label[label]) for label in labels]
    return Page("\n\n".join([f"``````{{raw}} html\n{_LEDGER_STYLE}\n``````", *shown]))


def _entry(record):
    """A result in four short paragraphs; the statement may be wider than the page, and scrolls."""
    statement = record["statement"].replace("\n", " ")
    met = [f"`{c['name']}` {c['bound']}" for c in record["code"]]
    paragraphs = [
        f"{{prf:ref}}`{record['label']}` {record['title']}",
        record["scope"] or "&nbsp;",
        rf"$\displaystyle {statement}$" if statement else "&nbsp;",
        " · ".join(filter(None, [known_by(record), *met, tried(record)])),
    ]
    return "\n\n".join(["``````{container} entry", *paragraphs, "``````"])


def known_by(record):
    """In words, what stands behind a result."""
    if record["proof"] == "symbolic":
        return f"proved by symbols ({', '.join(record['methods'])})"
    if record["proof"].startswith("all "):
        return f"proved in {record['proof']}"
    return {"definition": "the meaning in use"}.get(record["proof"], record["proof"])


def tried(record):
    """How many wrong neighbours were refuted, and how many turned out to say the same."""
    if not record.get("tried"):
        return ""
    same = f", {len(record['equivalent'])} equivalent" if record["equivalent"] else ""
    return f"{record['refuted']} of {record['tried']} alterations refuted{same}"


# ── the picture ─────────────────────────────────────────────────────────────────────────────────

ROW, LEFT, WIDTH = 24, 110, 480


def picture(records):
    """Which result rests on which: a line of the book a result, an arc from it up to each one it uses."""
    height, places, headings = 0, {}, []
    for record in records:
        if not headings or headings[-1][1] != record["heading"]:
            height += ROW * (2 if headings else 1)
            headings.append((height, record["heading"]))
        height += ROW
        places[record["label"]] = height
    span = max(places.values()) - min(places.values()) or 1
    arcs = [_arc(places[label], places[r["label"]], span) for r in records for label in r["uses"]]
    lines = [_line(record, places[record["label"]]) for record in records]
    titles = [f'<text x="{LEFT}" y="{y}" class="heading">{escape(h)}</text>' for y, h in headings]
    label = f"{len(records)} results and the {len(arcs)} arcs from each to those it rests on"
    html = (
        '<div class="dependencies">'
        f'<svg width="{WIDTH}" height="{height + ROW}" viewBox="0 {-ROW // 2} {WIDTH} {height + ROW}" '
        f'role="group" aria-label="{label}">{_PICTURE_STYLE}'
        + "".join([*arcs, *titles, *lines])
        + "</svg></div>"
    )
    return Page(f"``````{{raw}} html\n{html}\n``````", html)


def _arc(upper, lower, span):
    """Half an ellipse at the left of the two lines; the further apart they are, the wider it is."""
    upper, lower = sorted((upper - 4, lower - 4))
    width = round(8 + (LEFT - 30) * ((lower - upper) / span) ** 0.5)
    return (
        f'<path d="M{LEFT - 12} {lower}A{width} {(lower - upper) // 2} 0 0 1 {LEFT - 12} {upper}"/>'
    )


def _line(record, y):
    page, kind = f"{record['chapter']}.html#{record['label']}", record["kind"]
    hollow = "" if kind in PROVED else ' class="given"'
    return (
        f'<a href="{page}"><title>{escape(kind.capitalize())}</title>'
        f'<circle cx="{LEFT - 12}" cy="{y - 4}" r="3.5"{hollow}/>'
        f'<text x="{LEFT}" y="{y}">{escape(record["title"])}</text></a>'
    )


_LEDGER_STYLE = """<style>
.entry { border-top: 1px solid var(--rule, currentColor); padding: 0.5rem 0; }
.entry p { margin: 0; }
.entry p:first-child { font: 0.98rem/1.5 var(--sans, sans-serif); color: var(--soft, currentColor); }
.entry p:nth-child(3) { overflow: auto hidden; padding: 0.3rem 0; white-space: nowrap; }
.entry p:last-child { font: 0.83rem/1.5 var(--sans, sans-serif); color: var(--soft, currentColor); }
</style>"""

_INDEX_STYLE = """<style>
.by-title { columns: 2 16rem; column-gap: 2rem; font-size: 0.9rem; }
.by-title p { margin: 0 0 0.35rem; break-inside: avoid; }
</style>"""

_PICTURE_STYLE = """<style>
.dependencies { overflow-x: auto; }
.dependencies svg { display: block; max-width: none; font: 14px var(--sans, sans-serif); }
.dependencies a { text-decoration: none; }
.dependencies text { fill: var(--text, currentColor); }
.dependencies .heading { fill: var(--soft, currentColor); font-weight: 620; }
.dependencies path { fill: none; stroke: var(--soft, currentColor); stroke-opacity: 0.55; }
.dependencies circle { fill: var(--accent, currentColor); stroke: var(--accent, currentColor); }
.dependencies .given { fill: var(--page, Canvas); }
.dependencies a:is(:hover, :focus-visible) text { fill: var(--warm, LinkText); }
</style>"""
