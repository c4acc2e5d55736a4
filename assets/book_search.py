"""What a reader may be looking for: every result, section, word, letter and function, each by the names it has."""

import json
import posixpath
import re
from pathlib import Path

import packages
from docutils import nodes
from sphinx import addnodes
from sphinx_exercise.nodes import exercise_subtitle

from nnlib.book.answers.reading import GREEK

NOTATION = "chapters/notation"
# What else of TeX has a sign of its own.
SIGNS = {
    "nabla": "∇", "partial": "∂", "sum": "∑", "prod": "∏", "int": "∫", "infty": "∞", "ell": "ℓ",
    "le": "≤", "leq": "≤", "ge": "≥", "ne": "≠", "mid": "|", "approx": "≈", "in": "∈", "pm": "±", "times": "×", "cdot": "·",
    "odot": "⊙", "top": "ᵀ", "to": "→", "mapsto": "↦", "leftarrow": "←", "dots": "…", "cdots": "…", "lVert": "‖", "varphi": "φ",
    "rVert": "‖", "langle": "⟨", "rangle": "⟩", "sqrt": "√", "star": "*", "barwedge": "⊼", "lvert": "|", "rvert": "|",
    "Vert": "‖",
}  # fmt: skip
# What stands close to its letter.
CLOSE = {"∂", "∇", "√", "⟨"}
# The words for signs that a keyboard lacks; the search reads a letter and its name as one.
NAMES = {letter: name for name, letter in reversed(GREEK.items()) if len(letter) == 1} | {
    "∇": "nabla", "∂": "partial", "∑": "sum", "∏": "product", "∫": "integral", "ℓ": "ell",
    "ᵀ": "transpose", "⊙": "elementwise",
}  # fmt: skip
# Commands that say how to set what follows; any other is the name of a function.
SILENT = {
    "left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "quad", "qquad", "displaystyle",
    "frac", "dfrac", "tfrac", "operatorname", "mathrm", "mathbf", "mathbb", "mathcal", "mathit", "text",
    "boldsymbol", "underbrace", "overline", "limits", "middle", "mathdefault", "overset", "binom",
}  # fmt: skip
# What stands above a letter.
ACCENTS = {"hat": "\u0302", "dot": "\u0307", "ddot": "\u0308", "bar": "\u0304", "tilde": "\u0303"}


# ── formulas as a line of text ──────────────────────────────────────────────────────────────────


def plain(tex):
    """A formula in one line of letters and signs, as far as a line can say it."""
    text = re.sub(r"\\\\(?:\[\w+\])?", "; ", tex)
    text = re.sub(r"\\(?:begin|end)\{\w+\}|\\[,;:! ]|[&~]|\{\}", " ", text)
    text = re.sub(r"\\[dt]?frac(\w)(\w)", r"\1/\2", text)
    text = re.sub(r"\^\{([^{}]+?)\s*\\top\s*\}", r"^{\1}\\top ", text)
    accent = rf"\\({'|'.join(ACCENTS)})(?:\s*\{{([^{{}}]*)\}}|\s+(\w))"
    text = re.sub(accent, lambda found: f"{found[2] or found[3]}{ACCENTS[found[1]]}", text)
    before = None
    while text != before:
        before = text
        text = re.sub(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", _quotient, text)
        text = re.sub(r"([_^])\{([^{}]*)\}", _raised, text)
        text = re.sub(r"(\\(?![dt]?frac)[A-Za-z]+)\{([^{}]*)\}", r"\1 \2", text)
    text = re.sub(r"\\([A-Za-z]+)(\s*)", lambda command: _sign(*command.groups()), text)
    text = re.sub(r"[{}\\]", "", text).replace("-", "−").replace("^ᵀ", "ᵀ")
    return re.sub(r" (?=[)⟩,.;])|(?<=[a-z]{3}) (?=\()", "", squeezed(text))


def _quotient(match):
    return "/".join(
        part if re.fullmatch(r"(\\partial )?\S+", part) else f"({part})" for part in match.groups()
    )


def _raised(match):
    mark, part = match.groups()
    whole = mark == "_" or re.fullmatch(r"[^-+ ]*|\([^()]*\)", part)
    return mark + (part if whole else f"({part})")


def _sign(name, space):
    """The sign of a command, its word, or nothing for one that only says how to set what follows."""
    if name in SILENT:
        return ""
    capital = GREEK.get(name.lower(), "").upper() if name[0].isupper() else ""
    sign = GREEK.get(name) or SIGNS.get(name) or capital
    return (sign or f"{name} ") + ("" if sign in CLOSE else space)


def spoken(text):
    """The same line with each letter and sign by its name."""
    return re.sub(f"[{''.join(NAMES)}]", lambda letter: f" {NAMES[letter[0]]} ", text)


# ── one page after another ──────────────────────────────────────────────────────────────────────


class Reader(nodes.SparseNodeVisitor):
    """Takes a page apart into records: of each the words to show, and others that only find it."""

    def __init__(self, document, env, docname, uri):
        super().__init__(document)
        self.env, self.docname, self.uri = env, docname, uri
        self.records, self.record, self.part, self.exercise = [], None, "text", None

    def say(self, words):
        if self.record:
            self.record[self.part].append(words)

    def open(self, node, kind, title, number="", names=()):
        self.records.append(
            {
                "kind": kind,
                "number": number,
                "title": title,
                "names": " ".join(names),
                "url": f"{self.uri}#{node['ids'][0]}",
                "text": [],
                "more": [],
            }
        )
        return self.records[-1]

    def read(self, node, record, part="text"):
        """What is in the node, into that part of the record; the visitor need not look into it again."""
        before = self.record, self.part
        self.record, self.part = record, part
        for child in node.children:
            child.walk(self)
        self.record, self.part = before
        raise nodes.SkipNode

    def dispatch_visit(self, node):
        if not isinstance(node, nodes.Text | nodes.Inline):
            self.say(" ")
        return super().dispatch_visit(node)

    def unknown_visit(self, node):
        """Is read through."""

    def skip(self, node):
        raise nodes.SkipNode

    visit_title = visit_exercise_title = visit_solution_title = visit_rubric = skip
    visit_raw = visit_literal_block = visit_comment = skip

    def visit_Text(self, node):
        self.say(node.astext())

    def visit_math(self, node):
        self.say(plain(node.astext()))
        raise nodes.SkipNode

    def visit_math_block(self, node):
        if self.record:
            stated = self.part == "text" and node.get("label")
            self.record["text" if stated else "more"].append(f" {plain(node.astext())} ")
        raise nodes.SkipNode

    def visit_pending_xref(self, node):
        """As the page will call it: a result by its number, a page by its title; of others no label."""
        target = node["reftarget"]
        if node["refdomain"] == "prf":
            cited = self.env.proof_list[target]
            self.say(f"{cited['realtype'].title()} {number_of(self.env, cited)}")
        elif node["reftype"] == "doc" and not node["refexplicit"]:
            self.say(
                self.env.titles[posixpath.join("chapters", posixpath.basename(target))].astext()
            )
        elif node["reftype"] == "term" or node["refexplicit"]:
            return
        raise nodes.SkipNode

    def visit_superscript(self, node):
        self.say("^")

    def visit_subscript(self, node):
        self.say("_")

    def visit_section(self, node):
        if any(name.endswith("-content") for name in node["ids"]):
            return
        page = node.parent is self.document
        anchor = "" if page else f"#{node['ids'][0]}"
        numbers = self.env.toc_secnumbers.get(self.docname, {}).get(anchor, ())
        kind = ("Chapter" if numbers else "Page") if page else "Section"
        number = ".".join(map(str, numbers))
        self.read(node, self.open(node, kind, line_of(node.next_node(nodes.title)), number))

    def visit_theorem_node(self, node):
        label, kind = node["label"], node["realtype"].title()
        title = line_of(node.next_node(nodes.title))
        number = number_of(self.env, self.env.proof_list[label])
        self.read(node, self.open(node, kind, title, number, [label]))

    visit_lemma_node = visit_corollary_node = visit_definition_node = visit_theorem_node
    visit_axiom_node = visit_observation_node = visit_theorem_node

    def visit_exercise_enumerable_node(self, node):
        label = node["label"]
        kind = "Published error" if label.startswith("spot-") else "Exercise"
        title = line_of(node.next_node(exercise_subtitle))
        numbers = self.env.toc_fignumbers.get(self.docname, {}).get("exercise", {})
        number = ".".join(map(str, numbers.get(label, ())))
        self.exercise = self.open(node, kind, title, number, [label])
        self.read(node, self.exercise)

    visit_exercise_node = visit_exercise_enumerable_node

    def visit_solution_node(self, node):
        """A hint or a solution finds its exercise, and is not shown before it is opened."""
        self.read(node, self.exercise, "more")

    def visit_container(self, node):
        classes = {*node["classes"], *node.get("container_classes", ())}
        if classes & {"particulars", "met", "cell_input"}:
            raise nodes.SkipNode
        if "cell_output" in classes:
            # The results that it states; the page of results repeats the chapters.
            for stated in node.findall(nodes.Admonition):
                stated.walk(self)
            raise nodes.SkipNode
        if node.get("design_component") == "dropdown" and self.exercise:
            self.visit_solution_node(node)
        if "derivation" in classes:
            self.read(node, self.record, "more")

    def visit_definition_list_item(self, node):
        """A word of the glossary; KL finds what it is short for."""
        term = node.next_node(nodes.term)
        if not term["ids"]:
            return
        capitals = "".join(re.findall(r"[A-Z]", term.astext()))
        names = [capitals] if len(capitals) > 1 else []
        record = self.open(term, "Term", term.astext(), names=names)
        self.read(node.next_node(nodes.definition), record)

    def visit_row(self, node):
        """A row of the page of letters: its letters, what they mean, and their names in the code."""
        if not node["ids"]:
            return
        letters = line_of(node[0])
        code = [literal.astext() for literal in node.findall(nodes.literal)]
        record = self.open(node, "Symbol", letters, names=[spoken(letters), *code])
        self.read(node[1], record)

    def visit_desc(self, node):
        signature = node.next_node(addnodes.desc_signature)
        name = signature["ids"][0]
        kind = node["objtype"].title()
        record = self.open(signature, kind, name, names=[name.rpartition(".")[2]])
        self.read(node.next_node(addnodes.desc_content), record)


def number_of(env, result):
    """The number that the page prints for a result."""
    numbers = env.toc_fignumbers[result["docname"]][result["countertype"]][result["label"]]
    return ".".join(map(str, numbers))


def line_of(node):
    """The words of a node, its formulas with them, on one line."""
    words = (
        plain(part.astext()) if isinstance(part.parent, nodes.math) else part.astext()
        for part in node.findall(nodes.Text)
    )
    return squeezed("".join(words))


def squeezed(text):
    return re.sub(r"\s+", " ", text).strip()


def sources(env):
    """What the bibliography lists."""
    for source in env.domaindata["cite"]["citations"]:
        place = source.bibliography_key.docname
        yield {
            "kind": "Source",
            "number": "",
            "title": squeezed(str(source.entry.fields["title"])).translate(dict.fromkeys(b"{}")),
            "names": source.key,
            "url": f"{place}.html#{source.citation_id}",
            "text": [source.formatted_entry.text.render_as("text")],
            "more": [],
        }


def finished(record):
    """The record as it is written: no empty part, and each word that only finds it once."""
    words = dict.fromkeys(re.findall(r"\w+(?:\.\w+)*", spoken("".join(record["more"]))))
    text = re.sub(r" (?=[.,;:)])", "", squeezed("".join(record["text"])))
    record |= {"text": text, "more": " ".join(words)}
    return {name: value for name, value in record.items() if value}


# ── at the build ────────────────────────────────────────────────────────────────────────────────


def anchor(app, doctree):
    """The address of a letter on the page of letters, such as symbol-theta."""
    if app.env.docname == NOTATION:
        for row in doctree.findall(nodes.row):
            if isinstance(row.parent, nodes.tbody) and row[0].next_node(nodes.math):
                name = re.findall(r"[A-Za-z0-9]+", spoken(line_of(row[0])))
                row["ids"] = ["-".join(["symbol", *name])]


def records(app):
    for docname in app.env.found_docs:
        doctree = app.env.get_doctree(docname)
        reader = Reader(doctree, app.env, docname, app.builder.get_target_uri(docname))
        doctree.walk(reader)
        yield from map(finished, reader.records)
    yield from map(finished, sources(app.env))


def write(app, error):
    """The records, and the engine that looks them up, where the first search fetches them."""
    if error or app.builder.format != "html":
        return
    folder = Path(app.outdir, "search")
    folder.mkdir(exist_ok=True)
    titles = {
        app.builder.get_target_uri(name): title.astext() for name, title in app.env.titles.items()
    }
    found = {"letters": NAMES, "pages": titles, "records": list(records(app))}
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    (folder / "records.json").write_text(text, "utf-8")
    engine = packages.INSTALLED / "minisearch" / "dist" / "es" / "index.js"
    code = packages.notice("minisearch") + engine.read_text("utf-8")
    (folder / "minisearch.js").write_text(code, "utf-8")


def setup(app):
    app.connect("doctree-read", anchor)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "env_version": 1}
