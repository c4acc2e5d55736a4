"""The index: every term, letter, method and function, and below them what is proved of each."""

import re
from collections import defaultdict
from itertools import groupby

from book_search import NAMES, NOTATION, line_of
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from nnlib.book import ledger

PAGE = "chapters/index-of-terms"
# What titles speak of, besides the terms of the glossary.
SUBJECTS = """
absolute error, accuracy, Adam, affine map, balance, best rate, binary cross-entropy, bound, Brier score, budget,
bump, Cauchy–Schwarz, central difference, chord, classifier, column, complex numbers, convex cost,
curvature, degrees of freedom, density, depth, derivative, descent lemma, determinant, digits, direction,
distance, distribution, divergence, dual number, eigenvector, elastic net, elementwise, ELU, exponential family,
fold, forward difference, Frobenius norm, GELU, Gibbs’ inequality, Glorot’s variance, gradient flow, Gram matrix,
hard tanh, heavy ball, hidden unit, Huber’s loss, hyperbolic tangent, hyperplane, inverse, kink, label smoothing,
Laplace density, Laplace’s scatter, least squares, length, linear model, log-softmax, log-sum-exp, logarithm, mask,
mean square, minibatch, Mish, moment, moving average, NAND, Nesterov’s step, noise, normal density, normal scatter,
odd function, optimizer, orthogonal, outer product, parabola, permutation, piece, pinball loss, pinball, price,
proximal gradient, pseudo-Huber, push-forward, quadratic, quadratic form, quantile, random mask, rate, recursion,
region, ReLU, rescaling, ridge, saddle, scikit-learn, score, second difference, SELU, sign, signed distance, SiLU,
slope, soft threshold, softplus, squared error, standard normal distribution, steepest descent,
strongly convex cost, surprise, symmetry, tanh, Taylor’s formula, tent, trace, tumours, uniform, unit, variance,
velocity, weak direction, XOR
"""
# Sections that every chapter has.
COMMON = {"Summary", "Exercises", "Where to read more", "Spot the error"}
ARTICLE = re.compile(r"^(?:the|an|a) (?=..)", re.IGNORECASE)


class bookindex(nodes.General, nodes.Element):
    """Where the index will stand, once every page has been read."""


class BookIndex(SphinxDirective):
    """```{bookindex}: the index of the book."""

    def run(self):
        return [bookindex()]


# ── what there is to be listed ──────────────────────────────────────────────────────────────────


def dotted(numbers):
    return ".".join(map(str, numbers))


def terms(env):
    """(term, its place) of the glossary."""
    for (kind, name), place in env.get_domain("std").objects.items():
        if kind == "term":
            yield name, place


def sections(env):
    """(title, its number, its place) of each section of a chapter."""
    for docname, numbers in env.toc_secnumbers.items():
        for link in env.tocs[docname].findall(nodes.reference):
            anchor, title = link["anchorname"], link.astext()
            if anchor in numbers and title not in COMMON:
                yield title, f"§{dotted(numbers[anchor])}", (docname, anchor.removeprefix("#"))


def results(app):
    """(title, its number, its place, whether it is a definition) of each numbered result."""
    for record in ledger.read(app.srcdir):
        docname, label = f"chapters/{record['chapter']}", record["label"]
        number = app.env.toc_fignumbers[docname]["theorem"][label]
        title = record["title"].replace("$", "").replace("'", "’")
        yield title, dotted(number), (docname, label), record["kind"] == "definition"


def functions(env):
    """(name, its module, its place) of what nnlib's modules hold."""
    for name, entry in env.get_domain("py").objects.items():
        if entry.objtype in ("function", "class"):
            module, _, short = name.rpartition(".")
            yield short, module, (entry.docname, entry.node_id)


def letters(env):
    """(the letter, what it is, its place) of each Greek letter on the page of letters."""
    for row in env.get_doctree(NOTATION).findall(nodes.row):
        name = line_of(row[0])[:1] if row["ids"] else ""
        if name in NAMES and NAMES[name].isalpha():
            yield name, line_of(row[1]), (NOTATION, row["ids"][0])


# ── under which words ───────────────────────────────────────────────────────────────────────────


def mentions(names):
    """{topic: what mentions it}, the longest first, so that a hidden layer is not a layer."""
    names = sorted(names, key=lambda name: (-len(name), name))
    return {
        name: re.compile(
            rf"\b{re.escape(re.sub(r' [(].*', '', name))}(?:s|es)?(?!\w)", re.IGNORECASE
        )
        for name in names
    }


def topics_of(title, topics):
    found = []
    for topic, mention in topics.items():
        title, times = mention.subn(" ", title)
        found += [topic] * bool(times)
    return found


def below(title, topic):
    """The title as a line below its topic, which need not be said again at its start or its end."""
    name = re.escape(topic)
    rest = re.sub(rf"^(?:the |an |a )?{name}(?![\w’-])[,:]? ?", "", title, flags=re.IGNORECASE)
    if rest != title:
        return rest
    ends = rf"^(?:the |an |a )?(.* (?:of|for|to|in|on|from|by|with))(?: the| an| a)? {name}$"
    return uncapitalized(re.sub(ends, r"\1", title, flags=re.IGNORECASE))


def uncapitalized(text):
    """A line goes on in small letters, but for names and abbreviations."""
    first = text.partition(" ")[0]
    name = "’" in first or "–" in first or (not first[1:].islower() and len(first) > 1)
    return text if name else text[:1].lower() + text[1:]


class Entry:
    """A line of the index: what it is linked to, where it is spoken of, and the lines below it."""

    def __init__(self):
        self.target, self.places, self.below = None, [], []


def entries(app):
    """{heading: its entry}."""
    found = defaultdict(Entry)
    for name, place in terms(app.env):
        found[name].target = place
    topics = mentions({*found, *re.split(r",\s+", SUBJECTS.strip())})
    for title, number, place in sections(app.env):
        for topic in topics_of(title, topics):
            found[topic].places.append((number, place, False))
    for title, number, place, defined in results(app):
        for topic in topics_of(title, topics):
            if rest := below(title, topic):
                found[topic].below.append((rest, number, place, defined))
            else:
                found[topic].places.append((number, place, defined))
        if not topics_of(title, topics):
            found[uncapitalized(ARTICLE.sub("", title))].places.append((number, place, defined))
    for name, module, place in functions(app.env):
        found[f"{name}, {module}"].target = place
    for letter, meaning, place in letters(app.env):
        found[f"{NAMES[letter]} ({letter}), {meaning}"].target = place
    return found


# ── on the page ─────────────────────────────────────────────────────────────────────────────────


def link(app, words, place, node=nodes.inline):
    docname, anchor = place
    uri = f"{app.builder.get_relative_uri(PAGE, docname)}#{anchor}"
    return nodes.reference("", "", node("", words), refuri=uri, internal=True)


def located(app, places):
    """The numbers of what an entry speaks of, where it is defined in bold."""
    parts = []
    for number, place, defined in places:
        parts += [
            nodes.Text(", " if parts else "\N{NO-BREAK SPACE}"),
            link(app, number, place, nodes.strong if defined else nodes.inline),
        ]
    return parts


def item(app, heading, entry):
    """A word that is explained elsewhere is a link to there; what follows its comma is not."""
    name, comma, rest = heading.partition(", ") if entry.target else ("", "", heading)
    kind = nodes.literal if rest.startswith("nnlib") else nodes.inline
    shown = [link(app, name, entry.target, kind)] if name else []
    line = nodes.paragraph("", "", *shown, nodes.Text(comma + rest), *located(app, entry.places))
    lines = [
        nodes.list_item("", nodes.paragraph("", "", nodes.Text(words), *located(app, [place])))
        for words, *place in entry.below
    ]
    return nodes.list_item("", line, *([nodes.bullet_list("", *lines)] if lines else []))


def sorting(heading):
    return re.sub(r"^[\W\d_]+|[^\w ]", "", heading).casefold()


def build(app, doctree, docname):
    """The index takes its place: a section for each letter, and the letters above."""
    for place in list(doctree.findall(bookindex)):
        found = entries(app)
        groups = groupby(
            sorted(found, key=sorting), key=lambda heading: sorting(heading)[0].upper()
        )
        parts, initials = [], []
        for initial, headings in groups:
            lines = nodes.bullet_list(
                "", *(item(app, heading, found[heading]) for heading in headings)
            )
            name = f"index-{initial.lower()}"
            parts.append(nodes.section("", nodes.title("", initial), lines, ids=[name]))
            initials.append(nodes.reference("", initial, refid=name, internal=True))
        above = nodes.paragraph("", "", *initials, classes=["index-letters"])
        place.replace_self([above, nodes.container("", *parts, classes=["book-index"])])


def setup(app):
    app.add_node(bookindex)
    app.add_directive("bookindex", BookIndex)
    app.connect("doctree-resolved", build)
    # It speaks of every page, and is written anew with any of them.
    app.connect("env-get-outdated", lambda app, env, *_: {PAGE} & env.found_docs)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
