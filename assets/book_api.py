"""The pages of nnlib: each docstring as it is written, its chapters as links, and the results it met."""

import ast
import inspect
import re
from collections import defaultdict
from dataclasses import fields, is_dataclass
from importlib import import_module
from itertools import pairwise
from textwrap import dedent

from sphinx.ext.autodoc import ModuleLevelDocumenter
from sphinx.util.docutils import SphinxDirective

from nnlib.book import ledger

PAGES = "chapters/nnlib"
# The sentences that begin so stand on a line of their own.
LEADS = re.compile(r"(?:^|(?<=[.)]) )(Shapes:|Raises |Source:)")
CHAPTERS = re.compile(r"\bchapters? [a-z-]+(?:(?:, | and )[a-z-]+)*")
# A letter and its index; an exponent in parentheses, or a word with its argument, or a whole part.
INDEX = re.compile(r"(?<!\w)([^\W\d_])\\_(?:\{([^}]*)\}|(\w))(?!\w)")
EXPONENT = re.compile(r"\^(?:\(([^()]*)\)|(\w+(?:\([^()]*\))?|⌊[^⌋]*⌋))")
# A function or a method, and what else is asked of it: its derivative, its gradient.
ATTRIBUTE = re.compile(r"(nnlib\.\w+\.(?:[A-Z]\w*\.)?\w+)(\.\w+)?")


# ── from a docstring to a page ──────────────────────────────────────────────────────────────────


def escaped(text):
    """Text that reStructuredText prints as it is, indices and exponents apart; in backquotes, code."""
    parts = re.split(r"``?([^`]+)``?", text)
    parts[::2] = (raised(re.sub(r"([\\*`|_:])", r"\\\1", part)) for part in parts[::2])
    parts[1::2] = (f"``{part}``" for part in parts[1::2])
    return "".join(parts)


def raised(text):
    """The same text with its indices lowered, n_l or n_{l−1}, and its exponents raised, e^(−x)."""
    text = INDEX.sub(r"\1\\ :sub:`\2\3`\\ ", text)
    return EXPONENT.sub(r"\\ :sup:`\1\2`\\ ", text)


def linked(text, stems):
    """The same text, where the name of a chapter that the book has leads to it."""

    def links(chapters):
        return re.sub(
            r"[a-z-]+",
            lambda name: f":doc:`{name[0]} <{name[0]}>`" if name[0] in stems else name[0],
            chapters[0],
        )

    return CHAPTERS.sub(links, text)


def paragraphs(docstring):
    """The paragraphs of a docstring, cut again where a sentence says shapes, errors or the source."""
    for paragraph in re.split(r"\n\s*\n", dedent(docstring).strip()):
        text = " ".join(paragraph.split())
        cuts = [0, *(lead.start(1) for lead in LEADS.finditer(text) if lead.start(1)), len(text)]
        yield from (text[start:end].strip() for start, end in pairwise(cuts))


def written(paragraph, stems):
    """One paragraph in reStructuredText: an empty character before it, so that nothing is a list."""
    lead = LEADS.match(paragraph)
    start = lead.end() if lead else 0
    text = linked(escaped(paragraph[start:]), stems)
    if not lead:
        return ["\\ " + text, ""]
    errors = re.sub(r"\b(\w+Error)\b", r"``\1``", text)
    return [".. container:: particular", "", f"   **{lead[1].strip()}** {errors}", ""]


# ── what a docstring does not say ───────────────────────────────────────────────────────────────


def is_row(thing):
    """An activation, a cost: a value made of functions, which has no docstring of its own."""
    return is_dataclass(thing) and not isinstance(thing, type)


def formulas(module, name):
    """What ``name`` = call(…) holds: for each of its fields the docstring, or the code, given there."""
    assigned = {
        line.targets[0].id: line.value
        for line in ast.parse(inspect.getsource(module)).body
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)
    }
    call = assigned[name]
    given = {word.arg: word.value for word in call.keywords}
    given = inspect.signature(getattr(module, call.func.id)).bind(*call.args, **given).arguments
    names = {field.name for field in fields(getattr(module, name))} - {"name"}
    said = [f"``.{part}``: {_said(module, given[part])}" for part in given if part in names]
    return "\n\n".join(said or [f"``{ast.unparse(call)}``"])


def _said(module, node):
    own = getattr(module, node.id) if isinstance(node, ast.Name) else None
    if getattr(own, "__doc__", None):
        return inspect.getdoc(own)
    return f"``{ast.unparse(node.body if isinstance(node, ast.Lambda) else node)}``."


def results_met(records):
    """{name of a function: the results that met it, each with what was met}, by autodoc's names."""
    met = defaultdict(list)
    for record in records:
        parts = defaultdict(list)
        for code in record["code"]:
            name = re.sub(r"^nnlib\.(?=[A-Z])", "nnlib.network.", code["name"])
            whole, part = ATTRIBUTE.fullmatch(name).groups()
            parts[whole].append(f"`{part}` {code['bound']}" if part else code["bound"])
        for name, bounds in parts.items():
            met[name].append((record, "; ".join(bounds)))
    return met


def listed(results):
    """The list below a function: in which result it was met, and how closely."""
    if not results:
        return []
    lines = [
        f"   - {'Measured' if record['kind'] == 'measurement' else 'Proved'} in "
        f":prf:ref:`{record['label']}`, {escaped(record['title'])}: {escaped(bounds)}"
        for record, bounds in results
    ]
    return [".. container:: met", "", *lines, ""]


class Row(ModuleLevelDocumenter):
    """A row of a table is shown as the function that it is called as."""

    objtype, directivetype, priority = "row", "function", 100

    @classmethod
    def can_document_member(cls, member, membername, isattr, parent):
        return is_row(member)

    def format_args(self, **options):
        return str(inspect.signature(self.object))

    def get_doc(self):
        """None for a row that another module made, which autodoc asks for before it drops it."""
        own = self.check_module()
        return [formulas(self.module, self.objpath[-1]).splitlines()] if own else None

    def document_members(self, all_members=False):
        """It has none."""


class Openings(SphinxDirective):
    """The first sentences of the package's modules, in the order in which it says to read them."""

    required_arguments = 1

    def run(self):
        package = self.arguments[0]
        *_, order = paragraphs(import_module(package).__doc__)
        lines = []
        for name in re.findall(r"\w+(?=[,.])", order.partition(". ")[2]):
            page = f"{PAGES}-{name}"
            lines.append(f":doc:`{name} </{page}>`" if page in self.env.found_docs else name)
            first = next(paragraphs(import_module(f"{package}.{name}").__doc__))
            lines += [f"   {escaped(first)}", ""]
        return self.parse_text_to_nodes("\n".join(lines))


def keep_rows(app, what, name, thing, skip, options):
    """A row shares the docstring of its class, which autodoc takes for having none."""
    return False if is_row(thing) and not name.startswith("_") else None


def without_addresses(app, what, name, thing, options, signature, returns):
    """A default that has no source, in a dataclass, would be shown by its address."""
    return re.sub(r"=<.+?>+(?=[,)])", "=…", signature or "") or None, returns


# ── at the build ────────────────────────────────────────────────────────────────────────────────


def write(app, what, name, thing, options, lines):
    """The docstring in reStructuredText; a module's first sentence opens its page."""
    stems = {page.removeprefix("chapters/") for page in app.env.found_docs}
    page = [line for one in paragraphs("\n".join(lines)) for line in written(one, stems)]
    if what == "module":
        page[:1] = [".. container:: question", "", "   " + page[0]]
    lines[:] = page + listed(app.results_met[name])


def read_ledger(app):
    app.results_met = results_met(ledger.read(app.srcdir))


def adopt(app, doctree):
    """MyST reads a docstring as a document of its own, which holds Sphinx's whole state: a page that
    kept it would be written and read back with 3 MB of it, time and again."""
    for node in doctree.findall():
        node.document = doctree


def setup(app):
    app.setup_extension("sphinx.ext.autodoc")
    app.add_autodocumenter(Row)
    app.add_directive("openings", Openings)
    app.connect("builder-inited", read_ledger)
    app.connect("autodoc-skip-member", keep_rows)
    app.connect("autodoc-process-signature", without_addresses)
    app.connect("autodoc-process-docstring", write)
    app.connect("doctree-read", adopt)
    # A page shows results of chapters, which it does not read: it is always written anew.
    app.connect("env-get-outdated", lambda app, env, *_: {p for p in env.found_docs if PAGES in p})
    return {"parallel_read_safe": True, "parallel_write_safe": True}
