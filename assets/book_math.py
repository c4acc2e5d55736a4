"""The formulas of the pages: MathML, made while the book is built, which browsers set and screen readers speak.

Measured on the heaviest chapter, gradient-descent, against prerendered KaTeX: 83 kB in place of 156 kB
of gzip, 28 000 elements in place of 56 000; MathJax needs 800 kB, and to run in the reader's browser.
"""

import json
import re
from pathlib import Path
from subprocess import PIPE, Popen

import packages
from docutils import nodes
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)

STYLE = "temml.css"
LONG = 40  # characters of TeX, of a formula that may be too wide for a phone
# Temml writes these styles; the book's pages allow none (book_site), so each is a class of book.css.
CLASSES = {
    "padding-left:0em;padding-right:0em;": "",
    "padding-left:1em;padding-right:0em;": "apart",
    "display:block math;": "",
    "math-depth:0;": "depth-0",
    "math-depth:2;": "depth-2",
    "margin-left:-0.1667em;": "closer",
}


class Typesetter:
    """A node process that answers one formula after another, from the first until the build's end."""

    process = None

    def mathml(self, tex, displayed):
        """The formula as MathML with its TeX as annotation. Raises ValueError if it does not parse."""
        if self.process is None:
            command = [packages.NODE, packages.HERE / "math.mjs"]
            self.process = Popen(command, stdin=PIPE, stdout=PIPE, encoding="utf-8")
        self.process.stdin.write(json.dumps([tex, displayed]) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise ValueError(answer["error"])
        return without_styles(answer["mathml"])

    def end(self, app, error):
        if self.process:
            self.process.communicate()
            self.process = None


def without_styles(mathml):
    """Each style attribute as the class that says the same. Raises ValueError for one that is not known."""

    def tag(match):
        start, style, end = match.groups()
        if style not in CLASSES:
            raise ValueError(f"a style without a class: {style}")
        if not (name := CLASSES[style]):
            return start + end
        merged, found = re.subn(r'class="', f'class="{name} ', start + end, count=1)
        return merged if found else f'{start} class="{name}"{end}'

    return re.sub(r'(<[^<>]*?) style="([^"]*)"([^<>]*>)', tag, mathml)


typesetter = Typesetter()


def formula(node, displayed):
    try:
        return typesetter.mathml(node.astext().strip(), displayed)
    except ValueError as error:
        logger.warning("a formula cannot be typeset: %s", error, location=node)
        return f'<code class="problematic">{node.astext()}</code>'


def visit_inline(writer, node):
    """The formula, which scrolls on a phone if it is wider than that."""
    mathml = formula(node, displayed=False)
    long = len(node.astext()) > LONG
    writer.body.append(f'<span class="long">{mathml}</span>' if long else mathml)
    raise nodes.SkipNode


def visit_displayed(writer, node):
    """The equation, in a box that scrolls, and at its right its number, which is its address."""
    writer.body.append(writer.starttag(node, "div", CLASS="math"))
    writer.body.append(f'<div class="scroll">{formula(node, displayed=True)}</div>')
    if node["number"]:
        number, address = get_node_equation_number(writer, node), node["ids"][0]
        writer.body.append(f'<a class="eqno" href="#{address}">({number})</a>')
    writer.body.append("</div>\n")
    raise nodes.SkipNode


def write_style(app):
    """Temml's corrections for each browser, without the font that it would fetch."""
    packages.install()
    if app.builder.format == "html":
        css = (packages.INSTALLED / "temml" / "dist" / "Temml-STIX2.css").read_text("utf-8")
        static = Path(app.outdir, "_static")
        static.mkdir(parents=True, exist_ok=True)
        (static / STYLE).write_text(
            re.sub(r"@font-face \{.*?\}", "", css, flags=re.DOTALL), "utf-8"
        )


def setup(app):
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_displayed, None))
    app.connect("builder-inited", write_style)
    app.connect("build-finished", typesetter.end)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
