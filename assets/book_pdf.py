"""The book on paper: every page of the site in its order, set a second time by the same browser as on the screen.

A solution below its exercise would be read with it: hints and solutions stand at the end of the book. Chromium numbers
the pages but tells the text no number, so it prints twice; the second time the contents know their pages.
"""

import json
import re
import shutil
import subprocess
import sys
from html import escape, unescape
from itertools import groupby
from pathlib import Path, PurePosixPath

import pikepdf
import yaml
from sphinx_external_toc.parsing import parse_toc_yaml

HERE = Path(__file__).parent
ROOT = HERE.parent
BROWSERS = "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
TITLE, AUTHOR = CONFIG["title"], CONFIG["author"]

HINT = r'<details class="[^"]*sd-card[^"]*">\s*<summary[^>]*>\s*<span[^>]*>Hint</span>'
ANSWER = re.compile(rf'{HINT}|<details class="solution"')
EXERCISE = re.compile(
    r'<div class="exercise[^"]*" id="([^"]+)">\s*<p class="admonition-title">(.*?)</p>', re.DOTALL
)
SECTION = re.compile(
    r'<section[^>]* id="([^"]+)">\s*(?:<span[^>]*></span>\s*)*<h3>(.*?)</h3>', re.DOTALL
)
CHAPTER = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)
# What the chapters say already; on paper it would be a hundred pages more.
LEDGER = re.compile(r'<section id="the-ledger">.*(?=<section id="by-title">)', re.DOTALL)
ANCHOR = re.compile(r'<a class="headerlink".*?</a>', re.DOTALL)


# ── from the pages of the site to one document ──────────────────────────────────────────────────


def parts():
    """[(caption, [page, …])] in the order of the book; the front page has no caption."""
    site = parse_toc_yaml(ROOT / "_toc.yml")

    def below(page):
        return [page, *(p for child in site[page].child_files() for p in below(child))]

    captioned = [
        (part.caption, [page for item in part.items for page in below(item)])
        for part in site.root.subtrees
    ]
    return [("", [site.root.docname]), *captioned]


def article(site, page):
    """The text of a page, a heading lower, with ids of its own and links into the document."""
    html = (site / f"{page}.html").read_text("utf-8")
    body = html.partition("<article>")[2].rpartition("</article>")[0]
    body = ANCHOR.sub("", LEDGER.sub("", body)).replace(' loading="lazy" decoding="async"', "")
    body = re.sub(r"<(/?)h([1-5])>", lambda tag: f"<{tag[1]}h{int(tag[2]) + 1}>", body)
    body = body.replace('src="../', f'src="{site.as_uri()}/')
    return linked(body, PurePosixPath(page).name)


def linked(body, name):
    """#id and other.html#id become #name.id and #other.id; #name. is the page itself."""

    def link(match):
        path, _, fragment = match[1].partition("#")
        return f' href="#{PurePosixPath(path).stem or name}.{fragment}"'

    body = re.sub(r' href="(?!\w+:)([^"]*)"', link, body)
    return re.sub(r' id="([^"]+)"', rf' id="{name}.\1"', body)


def closed(html, start):
    """The end of the <details> that begins at start."""
    depth = 0
    for tag in re.compile(r"<(/?)details\b[^>]*>").finditer(html, start):
        depth += -1 if tag[1] else 1
        if not depth:
            return tag.end()
    raise ValueError(f"not closed: {html[start : start + 80]}")


def parted(body):
    """The body without hints and solutions, and {id of an exercise: (its title, [hint, solution])}."""
    kept, answers, place = [], {}, 0
    while found := ANSWER.search(body, place):
        *_, exercise = EXERCISE.finditer(body, 0, found.start())
        end = closed(body, found.start())
        kept.append(body[place : found.start()])
        opened = body[found.start() : end].replace("<details", "<details open", 1)
        answers.setdefault(exercise[1], (exercise[2], []))[1].append(opened)
        place = end
    return "".join([*kept, body[place:]]), answers


def chapters(site, numbers):
    """(part or None, name, HTML) of every chapter, then of the solutions to each, numbers in the place of pages."""
    solutions = []
    for caption, pages in parts():
        for page in pages:
            name = PurePosixPath(page).name
            html, answers = parted(article(site, page))
            yield caption, name, pointed(html, answers, numbers)
            if answers:
                solutions.append((name, worked(CHAPTER.search(html)[1], answers)))
    for name, html in solutions:
        yield "Hints and solutions", f"{name}-solutions", html


def document(site, numbers):
    """The whole book as HTML, where numbers gives the page of each id, as far as it is known."""
    heads, contents, body = [], [], []
    for caption, group in groupby(chapters(site, numbers), key=lambda chapter: chapter[0]):
        if caption:
            contents.append(f'<p class="part">{escape(caption)}</p>')
            body.append(f'<h1 class="part">{escape(caption)}</h1>')
        for _, name, html in group:
            title = CHAPTER.search(html)[1]
            heads.append(head(name, title))
            contents.append(line("chapter", f"{name}.", title, numbers))
            if name != "index-of-terms":  # its sections are the letters of the alphabet
                contents += [line("section", *found, numbers) for found in SECTION.findall(html)]
            body.append(f'<article id="{name}." style="page: {name}">{html}</article>')
    names = "_static/temml.css", "_static/book.css", "_static/map.css", "answers/boxes.css"
    screen = [site / name for name in names]
    return PAGE.format(
        title=TITLE,
        screen=stylesheets(screen, "all"),
        paper=stylesheets([site / "_static/print.css", HERE / "pdf.css"], "print"),
        heads="\n".join(heads),
        contents="\n".join(contents),
        body="\n".join(body),
        script=(site / "_static/print.js").as_uri(),
    )


def head(name, title):
    """The title of a chapter at the head of its pages."""
    words = json.dumps(unescape(re.sub(r"<[^>]+>", "", title)), ensure_ascii=False)
    return f"@page {name} {{ @top-right {{ content: {words} }} }}"


def line(kind, target, title, numbers):
    """A line of the contents."""
    number = numbers.get(target, 0)
    return f'<p class="{kind}"><a href="#{target}">{title}</a> <span>{number}</span></p>'


def stylesheets(paths, media):
    return "".join(
        f'<link rel="stylesheet" media="{media}" href="{path.as_uri()}">\n' for path in paths
    )


def pointed(html, answers, numbers):
    """Beside the title of each exercise, where its solution is."""

    def title(match):
        if match[1] not in answers:
            return match[0]
        page = numbers.get(f"{match[1]}.worked", 0)
        link = f'<a class="answered" href="#{match[1]}.worked">solution on page {page}</a>'
        return match[0].removesuffix("</p>") + link + "</p>"

    return EXERCISE.sub(title, html)


def worked(chapter, answers):
    """The hints and solutions of a chapter, each under the title of its exercise."""
    exercises = "".join(
        f'<section class="worked" id="{name}.worked"><h4>{title}</h4>{"".join(answer)}</section>'
        for name, (title, answer) in answers.items()
    )
    return f"<h2>{chapter}</h2>{exercises}"


PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
{screen}{paper}<style>
{heads}
</style>
</head>
<body>
<header class="title">
<p class="name">{title}</p>
<p>Every numbered statement in this book is the output of a program that proved it.</p>
<p class="licence">Text and figures CC BY 4.0, code MIT</p>
</header>
<nav class="printed-contents">
<h1>Contents</h1>
{contents}
</nav>
{body}
<script src="{script}"></script>
</body>
</html>
"""


# ── from the document to paper ──────────────────────────────────────────────────────────────────


def print_to(pdf, html, *options):
    """Raises RuntimeError with what the browser said if it prints nothing."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise RuntimeError("a Chromium prints the book; on Debian: apt-get install chromium")
    source = pdf.with_suffix(".html")
    source.write_text(html, "utf-8")
    pdf.unlink(missing_ok=True)
    # Without its sandbox, which containers do not allow: it opens nothing but the book.
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    command += [*options, f"--print-to-pdf={pdf}", source.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not pdf.exists():
        raise RuntimeError(f"{browser} printed nothing:\n{done.stderr}")


def page_numbers(pdf):
    """{id: page} of whatever is linked to."""
    with pikepdf.open(pdf) as read:
        order = {page.objgen: n for n, page in enumerate(read.pages, 1)}
        places = read.Root.Dests.items()
        return {name.removeprefix("/"): order[place[0].objgen] for name, place in places}


def signed(pdf):
    """The author in the place of the browser's name, no date, and a third of the size."""
    with pikepdf.open(pdf, allow_overwriting_input=True) as read:
        for name in "/Creator", "/CreationDate", "/ModDate":
            del read.docinfo[name]
        read.docinfo["/Author"] = AUTHOR
        packed = pikepdf.ObjectStreamMode.generate
        read.save(pdf, object_stream_mode=packed, deterministic_id=True)


def book(site, pdf):
    """The PDF of the site."""
    pdf.parent.mkdir(parents=True, exist_ok=True)
    print_to(pdf, document(site, {}), "--disable-pdf-tagging")
    print_to(pdf, document(site, page_numbers(pdf)), "--generate-pdf-document-outline")
    signed(pdf)


if __name__ == "__main__":
    book(*(Path(path).resolve() for path in sys.argv[1:]))
