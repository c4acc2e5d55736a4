"""The box of an exercise: a field in the page, whose answers the book's own checker judges there."""

from html import escape
from pathlib import Path

import book_checker
from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from sphinx_exercise.nodes import is_exercise_node

from nnlib.book.answers import exercises
from nnlib.book.answers.printing import mathml, name_mathml
from nnlib.book.answers.reading import GREEK

LIMIT = 20  # seconds that a computation may take in the reader's browser
# Each letter by the first name that a keyboard can type.
TYPED = {letter: name for name, letter in reversed(GREEK.items())}
GRAMMAR = """
<p>As in Python: <code>*</code>, or nothing, multiplies as the shapes ask, <code>.*</code> or ⊙ entry by
entry; <code>^</code> is a power, <code>.T</code> the transpose, <code>W_ij</code> an entry,
<code>sum(…, i)</code> a sum over an index, <code>a'(z)</code> a derivative.
Known functions are <code>exp</code>, <code>log</code>, <code>sqrt</code>, <code>abs</code>,
<code>tanh</code>, <code>σ</code>, <code>max</code>, <code>softmax</code>, <code>diag</code>,
<code>norm</code> and their like. A Greek letter is typed, or named: <code>delta</code>. A size, such as
the <code>n</code> of a column of length n, may be typed like a name.</p>
""".strip().replace("\n", " ")


class box(nodes.General, nodes.Element):
    """What stands before the field, as children; `label` and `names`, the HTML of what may be typed."""


class tally(nodes.General, nodes.Element):
    """How many exercises of each chapter have a box, and how many of them this reader has solved."""


class Box(SphinxDirective):
    """```{box} label, around what stands before the field."""

    required_arguments = 1
    has_content = True

    def run(self):
        label = self.arguments[0]
        try:
            asked = exercises.exercise(label)
        except KeyError as error:
            return [self.state.document.reporter.warning(error.args[0], line=self.lineno)]
        for path in sorted(exercises.TABLES.glob("*.toml")):
            self.env.note_dependency(str(path))
        node = box(label=label, names=names(asked))
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


class Tally(SphinxDirective):
    """```{tally}: one line for each chapter that has boxes."""

    def run(self):
        for path in sorted(exercises.TABLES.glob("*.toml")):
            self.env.note_dependency(str(path))
        return [tally()]


# ── what may be typed ───────────────────────────────────────────────────────────────────────────


def typed(name):
    """How a keyboard writes a name: delta for δ, yhat for ŷ, W1 for W₁."""
    base, *below = name.split("_")
    return "".join([TYPED.get(base, base), *below])


def names(asked):
    """The names of an exercise with their shapes, and its functions, as a sentence."""
    found = [_name(asked, name) for name in asked.names if name not in asked.functions]
    found += [f"the function <code>{typed(f)}</code>" for f in asked.functions]
    *first, last = found or ["numbers only"]
    commas = [*"," * (len(first) - 1), " and"] if first else []
    # Each with its comma, as one word: browsers break a line before what follows a formula.
    words = map("".join, zip([*first, last], [*commas, "."], strict=True))
    return " ".join(f"<span>{word}</span>" for word in words)


def _name(asked, name):
    """A name as it is typed, and in brackets what it is."""
    shown = f"<math>{name_mathml(name)}</math>" if typed(name) != name else ""
    if name in asked.derived:
        meaning = mathml(asked.derived[name]).partition(">")[2].removesuffix("</math>")
        words = [f"<math>{name_mathml(name)}<mo>=</mo>{meaning}</math>"]
    else:
        domain = asked.names[name].rpartition(",")[2].strip()
        words = [shown, _shape(asked.shapes[name]), DOMAINS.get(domain, "")]
    words = ", ".join(filter(None, words))
    return f"<code>{typed(name)}</code>" + (f" ({words})" if words else "")


def _shape(sizes):
    shown = " × ".join(f"<math>{_size(size)}</math>" for size in sizes)
    return f"of length {shown}" if len(sizes) == 1 else shown


DOMAINS = {
    "positive": "positive",
    "0 to 1": "between 0 and 1",
    "distribution": "columns that add up to 1",
}


def _size(size):
    return name_mathml(size) if isinstance(size, str) else f"<mn>{size}</mn>"


# ── in a page ───────────────────────────────────────────────────────────────────────────────────


def visit_box(writer, node):
    label = escape(node["label"])
    writer.body.append(
        f'<div class="box" data-label="{label}" data-limit="{LIMIT}">'
        '<div class="box-line"><div class="box-asked">'
    )


def depart_box(writer, node):
    label, identifier = escape(node["label"]), f"answer-{escape(node['label'])}"
    around = node.parent
    while around is not None and not is_exercise_node(around):
        around = around.parent
    title = f": {around.next_node(nodes.title).astext().strip()}" if around is not None else ""
    writer.body.append(
        "</div>"
        '<form hidden autocomplete="off">'
        f'<label class="unseen" for="{identifier}">Your answer{escape(title)}</label>'
        f'<input id="{identifier}" type="text" inputmode="text" enterkeyhint="go" spellcheck="false"'
        f' autocomplete="off" autocapitalize="off" autocorrect="off" aria-describedby="{identifier}-names">'
        '<button type="submit">Check</button></form></div>'
        '<div class="box-preview"></div>'
        '<div class="box-verdict" aria-live="polite"></div>'
        f'<p class="box-names" id="{identifier}-names">You may type {node["names"]}</p>'
        f"<details><summary>How a formula is typed</summary>{GRAMMAR}</details>"
        f'<p class="box-notebook">In a notebook, <code>check("{label}", "…")</code> answers.</p>'
        "</div>"
    )


def visit_tally(writer, node):
    """One line for each chapter that has a table, in the order of the book."""
    env, builder = writer.builder.env, writer.builder
    lines = []
    for docname in (page for part in env.external_site_map.root.subtrees for page in part.items):
        if Path(docname).name not in exercises.chapters():
            continue
        labels = list(exercises.table(Path(docname).name))
        link = escape(builder.get_relative_uri(builder.current_docname, docname))
        title = escape(env.titles[docname].astext())
        number = f"{len(labels)} exercise{'s' * (len(labels) > 1)}"
        lines.append(
            f'<li><a class="reference internal" href="{link}">{title}</a> '
            f'<span data-labels="{escape(" ".join(labels))}">{number}</span></li>'
        )
    writer.body.append(
        f'<div class="tally"><ul>{"".join(lines)}</ul>'
        '<button type="button" hidden>Forget what is solved</button><p role="status"></p></div>'
    )
    raise nodes.SkipNode


def add_scripts(app, pagename, templatename, context, doctree):
    """To the pages that have a box or a tally, and to no other."""
    if doctree is None or not (doctree.next_node(box) or doctree.next_node(tally)):
        return
    context["page_styles"] = [*context.get("page_styles", []), "answers/boxes.css"]
    boxes = ["answers/boxes.js"] if doctree.next_node(box) else []
    context["page_scripts"] = ["answers/solved.js", *boxes]


def publish(app):
    if app.builder.name == "html":
        book_checker.publish(Path(app.outdir) / "answers")


def passed(writer, node):
    """Elsewhere than in a page, what stands before the field is all there is."""


def skipped(writer, node):
    raise nodes.SkipNode


def setup(app):
    others = dict.fromkeys(("latex", "text", "man", "texinfo"), (passed, passed))
    app.add_node(box, html=(visit_box, depart_box), **others)
    others = dict.fromkeys(others, (skipped, None))
    app.add_node(tally, html=(visit_tally, None), **others)
    app.add_directive("box", Box)
    app.add_directive("tally", Tally)
    app.connect("builder-inited", publish)
    app.connect("html-page-context", add_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "env_version": 1}
