"""What the book's pages need beyond the Sphinx extensions they are built with."""

import re

from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from sphinx_exercise.nodes import is_exercise_enumerable_node, is_exercise_node, solution_node
from sphinx_proof.directive import DEFAULT_REALTYP_TO_COUNTERTYP, ElementDirective
from sphinx_proof.nodes import NODE_TYPES


class Measurement(ElementDirective):
    """What other books call an observation, this one measures."""

    def run(self):
        self.name = "prf:measurement"
        return super().run()


class Margin(SphinxDirective):
    """A sentence worth remembering, beside the text."""

    has_content = True

    def run(self):
        note = nodes.sidebar(classes=["margin"])
        self.state.nested_parse(self.content, self.content_offset, note)
        return [note]


def distinguish(app, doctree):
    """A section whose heading reads like a result's label has another id: the label is the result's."""
    results = (found for kind in NODE_TYPES.values() for found in doctree.findall(kind))
    labels = {label for result in results for label in result["ids"]}
    for section in doctree.findall(nodes.section):
        section["ids"] = [f"section-{i}" if i in labels else i for i in section["ids"]]


def refine(app, doctree, docname):
    """What the extensions leave to wish for, page by page."""
    for exercise in doctree.findall(is_exercise_node):
        name_exercise(exercise)
    for solution in list(doctree.findall(solution_node)):
        if "dropdown" in solution["classes"]:
            open_without_script(solution)
    for math in list(doctree.findall(nodes.math)):
        keep_together(math)
    for step in doctree.findall(nodes.container):
        if "step" in step["classes"] and not any(p.next_node(nodes.math) for p in step[:-1]):
            step["classes"].append("words")
    for table in list(doctree.findall(nodes.table)):
        table.replace_self(nodes.container("", table.deepcopy(), classes=["scroll"]))
    for section in doctree.findall(nodes.section):
        section["ids"] = [i for i in section["ids"] if not i.endswith("-content")]


def name_exercise(exercise):
    """Its title without parentheses, and in the place of a number where it has none."""
    for text in list(exercise.next_node(nodes.title).findall(nodes.Text)):
        if text in (" (", ")"):
            text.parent.replace(text, nodes.Text(" " if text == " (" else ""))
    if not is_exercise_enumerable_node(exercise):
        title = exercise.next_node(nodes.title)
        title[0] = nodes.inline("", f"{title[0].astext()} ", classes=["caption-number"])


def open_without_script(solution):
    opening = f'<details class="solution" id="{solution["ids"][0]}"><summary>Solution</summary>'
    section = solution.next_node(nodes.section)
    before, after = (nodes.raw("", html, format="html") for html in (opening, "</details>"))
    solution.parent.replace(solution, [before, section, after])


def keep_together(math):
    """A formula and what touches it, such as a comma, on one line: browsers break beside a formula."""
    siblings = math.parent
    place = next(i for i, node in enumerate(siblings) if node is math)
    together = [math]
    after = siblings[place + 1] if place + 1 < len(siblings) else None
    if isinstance(after, nodes.Text) and (touching := re.match(r"[^\s–—-]+", after)):
        together.append(nodes.Text(touching.group()))
        siblings[place + 1] = nodes.Text(after[touching.end() :])
    before = siblings[place - 1] if place else None
    if isinstance(before, nodes.Text) and (touching := re.search(r"[(\[“‘]+$", before)):
        together.insert(0, nodes.Text(touching.group()))
        siblings[place - 1] = nodes.Text(before[: touching.start()])
    if len(together) > 1:
        siblings[place] = nodes.inline("", "", *together, classes=["together"])


def setup(app):
    DEFAULT_REALTYP_TO_COUNTERTYP["measurement"] = "theorem"
    app.add_directive_to_domain("prf", "observation", Measurement, override=True)
    app.add_directive("margin", Margin)
    app.connect("doctree-read", distinguish, priority=100)  # before the contents are collected
    app.connect("doctree-resolved", refine)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
