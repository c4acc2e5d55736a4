"""The frame of every page: what its head says, which files it loads, and what it is allowed to load."""

import base64
import hashlib
import os
import re
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import book_math
from docutils import nodes

HERE = Path(__file__).parent
STATIC = HERE / "site"

# Before anything is drawn, the light that the reader chose; without a choice, the machine's own.
THEME_SCRIPT = 'try{const t=localStorage.getItem("theme");if(t)document.documentElement.dataset.theme=t}catch{}'
# What the first screen of a page is set in.
FIRST_FONTS = (
    "source-serif-4-latin-wght-normal.woff2",
    "source-sans-3-latin-wght-normal.woff2",
    "stix-two-math.woff2",
)

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "base-uri": "'self'",
    "form-action": "'none'",
}

LOST = """<h1>There is no such page</h1>
<p>The address may have been mistyped, or the page has moved. Search finds every result by its title,
every symbol by its name, and every word of the book.</p>
<p><a href="chapters/index.html">The front page</a></p>"""


# ── where the site is published, if it is ───────────────────────────────────────────────────────


def published():
    """The address of the site with its last slash, and the owner/name of the repository, or empty words."""
    address, repository = (os.environ.get(name, "") for name in ("BOOK_URL", "BOOK_REPOSITORY"))
    if address and not re.fullmatch(r"https?://\S+/", address):
        raise ValueError(f"BOOK_URL is an address that ends in a slash; it is {address!r}")
    if repository and not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise ValueError(f"BOOK_REPOSITORY is owner/name; it is {repository!r}")
    return address, repository


# ── what a page says of itself ──────────────────────────────────────────────────────────────────


def part_of(app, pagename):
    """The caption of the part of _toc.yml that holds the page, or the page above it, or None."""
    site = app.env.external_site_map
    above = next((page for page in site if pagename in site[page].child_files()), None)
    if above in (None, site.root.docname):
        return next((part.caption for part in site.root.subtrees if pagename in part.items), None)
    return part_of(app, above)


def description(doctree):
    """The question that a chapter asks, or the first sentences of another page."""
    asked = doctree.next_node(
        lambda n: "question" in getattr(n, "attributes", {}).get("classes", ())
    )
    told = asked or doctree.next_node(nodes.paragraph)
    words = re.sub(r"\s+", " ", told.astext()).strip() if told else ""
    return words if len(words) <= 160 else words[:160].rpartition(" ")[0] + " …"


def contents(context):
    """Every page of the book, and below the page that is open, its sections."""
    book = context["toctree"](maxdepth=2, collapse=True, includehidden=True)
    inner = re.search(r"</a>\s*(<ul.*</ul>)\s*</li>\s*</ul>", context.get("toc") or "", re.DOTALL)
    opened = re.compile(r'(<a class="current[^>]*>.*?</a>)')
    book = opened.sub(lambda link: link.group() + (inner.group(1) if inner else ""), book, count=1)
    return book.replace(' role="heading"', "")


# What the extensions write that no page needs.
NEEDLESS = [
    # Of the colours of code the book uses three; a word in the text's own colour needs no element.
    (
        r'<span class="(?:n|o|p|w|nn|mi|mf|nb|bp|kt|nd|vm|fm|err|x|go|gp|m|nv)">([^<]*)</span>',
        r"\1",
    ),
    (r"<pre><span></span>", "<pre>"),
    (r'<span class="pre">([^<]*)</span>', r"\1"),
    # A table whose first column has no name; an entry of the bibliography in the words of today's ARIA.
    (r'<th class="head">(?:<p></p>)?</th>', "<td></td>"),
    (r'role="doc-biblioentry"', 'role="listitem"'),
    (r'<span class="sd-summary-state-marker.*?</svg></span>', ""),
    (
        r'<summary aria-label="Toggle hidden content">\s*<p class="collapsed[^>]*>(.*?)</p>.*?</summary>',
        r"<summary>\1</summary>",
    ),
]


def tidy(body):
    for pattern, kept in NEEDLESS:
        body = re.sub(pattern, kept, body, flags=re.DOTALL)
    # A name and its number stay on one line.
    return re.sub(r">(\w+\.?) (\d+\.\d+)(?=</(?:a|span)>)", r">\1&nbsp;\2", body)


def self_linked(body):
    """The number of a result or an exercise is its address."""
    titled = re.compile(
        r'(<div class="(?:proof|exercise)[^"]*" id="([^"]+)">\s*<p class="admonition-title">)'
        r'<span class="caption-number">(.*?)</span>',
        re.DOTALL,
    )
    return titled.sub(r'\1<a class="caption-number" href="#\2">\3</a>', body)


def sized(app, body):
    """Each drawing with its width and height, so that nothing moves when it arrives."""

    def image(match):
        drawing = (Path(app.outdir) / "_images" / match.group(1)).read_text("utf-8")[:2000]
        size = re.search(r'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"', drawing)
        width, height = (round(float(side) * 4 / 3) for side in size.groups())
        return f'<img loading="lazy" decoding="async" width="{width}" height="{height}" src="../_images/{match.group(1)}"'

    return re.sub(r'<img(?= )(?=[^>]*src="../_images/([^"]+\.svg)")', image, body)


def policy(body):
    """The Content-Security-Policy of a page, which names its own few inline styles and the script above."""
    inline = {
        "script-src": [THEME_SCRIPT],
        "style-src": re.findall(r"<style>(.*?)</style>", body, re.DOTALL),
    }
    allowed = {
        name: " ".join([value, *map(digest, inline.get(name, ()))])
        for name, value in POLICY.items()
    }
    return "; ".join(f"{name} {value}" for name, value in allowed.items())


def digest(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def frame(app, pagename, templatename, context, doctree):
    """Whatever page.html shows besides what Sphinx gives it."""
    address, repository = published()
    site = context["content_root"]
    if pagename == "404":
        # Shown in place of any address: its links start from the root of the site.
        site = urlsplit(address).path or "/"
        context |= {"body": LOST, "heading": "There is no such page", "base_path": site}
    else:
        context["heading"] = app.env.titles[pagename].astext()
        context["address"] = address and address + app.builder.get_target_uri(pagename)
    body = self_linked(tidy(context["body"]))
    if part := doctree is not None and part_of(app, pagename):
        body = body.replace("<h1>", f'<p class="part">{escape(part)}</p>\n<h1>', 1)

    def asset(file):
        path = Path(app.outdir, file)
        own = STATIC / path.relative_to(Path(app.outdir, "_static")) if "_static" in file else path
        content = (own if own.exists() else path).read_bytes()
        return f"{site}{file}?v={hashlib.sha256(content).hexdigest()[:8]}"

    context |= {
        "asset": asset,
        "base": address,
        "body": body,
        "contents": contents(context),
        "csp": policy(body),
        "description": escape(description(doctree)) if doctree else "",
        "fonts": [f"{site}_static/fonts/{font}" for font in FIRST_FONTS],
        "repository": repository,
        "page_scripts": [
            *context.get("page_scripts", []),
            "_static/site.js",
            "_static/print.js",
        ],
        "page_styles": [
            f"_static/{book_math.STYLE}",
            "_static/book.css",
            *context.get("page_styles", []),
        ],
        "theme_script": THEME_SCRIPT,
    }


# ── the finished site ───────────────────────────────────────────────────────────────────────────


def finish(app, error):
    """Sizes of drawings, a map of the site for search engines, and no file that no page asks for."""
    if error or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for page in (out / "chapters").glob("*.html"):
        page.write_text(sized(app, page.read_text("utf-8")), "utf-8")
    own = {path.relative_to(STATIC) for path in STATIC.rglob("*")} | {Path(book_math.STYLE)}
    for path in (out / "_static").rglob("*"):
        if path.is_file() and path.relative_to(out / "_static") not in own:
            path.unlink()
    if address := published()[0]:
        pages = sorted(app.builder.get_target_uri(name) for name in app.env.found_docs)
        (out / "sitemap.txt").write_text("".join(f"{address}{page}\n" for page in pages), "utf-8")
        (out / "robots.txt").write_text(f"Sitemap: {address}sitemap.txt\n", "utf-8")


def setup(app):
    app.add_html_theme("book", str(HERE / "theme"))
    app.connect("builder-inited", lambda app: setattr(app.builder, "search", False))
    # After every extension has said which styles and scripts its pages need.
    app.connect("html-page-context", frame, priority=900)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
